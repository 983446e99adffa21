"""`railway.json` and `.railway/railway.ts`: equal values, valid for Railway, and suited to the service."""

import json
import re
import subprocess
from functools import cache
from pathlib import Path
from typing import Any

import jsonschema
import playwright
import pytest

from server.config.loader import load
from server.http.routes import ROUTES
from tests.deploy.conftest import ROOT

HERE = Path(__file__).parent
JSON = json.loads((ROOT / "railway.json").read_text())
SCHEMA = json.loads((HERE / "railway.schema.json").read_text())
NODE = Path(playwright.__file__).parent / "driver" / "node"
"""A node that strips types, and that the tests bring along."""
EVALUATE = """
import program from './.railway/railway.ts';
const environment = process.argv[2];
const context = { environment, environmentName: environment, isEnvironment: (name) => name === environment };
console.log(JSON.stringify(await program(context)));
"""


@pytest.fixture(scope="session")
def railway(tmp_path_factory: pytest.TempPathFactory) -> Any:
    """Return the project as `railway.ts` describes it for an environment."""
    folder = tmp_path_factory.mktemp("railway")
    package = folder / "node_modules" / "railway"
    package.mkdir(parents=True)
    (package / "package.json").write_text('{"name": "railway", "type": "module", "exports": {"./iac": "./iac.mjs"}}')
    (package / "iac.mjs").write_text((HERE / "railway_iac.mjs").read_text())
    (folder / ".railway").mkdir()
    (folder / ".railway" / "railway.ts").write_text((ROOT / ".railway" / "railway.ts").read_text())
    (folder / "package.json").write_text('{"type": "module"}')
    (folder / "evaluate.mjs").write_text(EVALUATE)

    @cache
    def evaluate(environment: str) -> dict[str, Any]:
        words = [NODE, "--disable-warning=ExperimentalWarning", "evaluate.mjs", environment]
        done = subprocess.run(words, cwd=folder, capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stderr
        resources = json.loads(done.stdout)["resources"]
        return {resource["name"]: resource for resource in resources}

    return evaluate


def test_railway_json_matches_the_schema() -> None:
    jsonschema.validate(JSON, SCHEMA)


@pytest.mark.parametrize(
    ("part", "wrong"),
    [
        ("deploy", {"overlapSeconds": "20"}),
        ("deploy", {"overlapSeconds": 0}),
        ("deploy", {"drainingSeconds": None}),
        ("deploy", {"deploymentOverlapSeconds": 20}),
        ("deploy", {"preDeployCommand": "rondo migrate"}),
        ("deploy", {"restartPolicyType": "always"}),
        ("build", {"builder": "NIXPACKS"}),
    ],
)
def test_schema_detects_errors(part: str, wrong: dict[str, Any]) -> None:
    with pytest.raises(jsonschema.ValidationError):
        jsonschema.validate(JSON | {part: JSON[part] | wrong}, SCHEMA)


@pytest.mark.parametrize("environment", ["production", "staging"])
def test_both_files_agree(railway: Any, environment: str) -> None:
    service = railway(environment)["rondo"]
    deploy = {name: value for name, value in service["deploy"].items() if name != "numReplicas"}
    assert {"build": service["build"], "deploy": deploy} == {name: JSON[name] for name in ("build", "deploy")}
    jsonschema.validate({"build": service["build"], "deploy": service["deploy"]}, SCHEMA)


def test_named_files_exist(railway: Any) -> None:
    assert (ROOT / JSON["build"]["dockerfilePath"]).is_file()
    assert JSON["deploy"]["healthcheckPath"] in {route.path for route in ROUTES}
    assert JSON["deploy"]["preDeployCommand"] == ["rondo migrate"]


def test_drain_fits_the_platform_limit(railway: Any) -> None:
    env = railway("production")["rondo"]["env"]
    settings = load({name: value for name, value in env.items() if isinstance(value, str)})
    assert JSON["deploy"]["drainingSeconds"] > settings.drain_s
    assert JSON["deploy"]["restartPolicyType"] == "ALWAYS"


def test_stores_are_references_and_secrets_are_kept(railway: Any) -> None:
    found = railway("production")
    assert {name: found[name].get("engine") for name in found} == {
        "Postgres": "postgres",
        "Redis": "redis",
        "rondo": None,
    }
    env = found["rondo"]["env"]
    assert env["DATABASE_URL"] == {"type": "reference", "resource": "Postgres", "output": "DATABASE_URL"}
    assert env["REDIS_URL"] == {"type": "reference", "resource": "Redis", "output": "REDIS_URL"}
    assert {name for name in env if "SECRET" in name} == {"RONDO_SECRET", "RONDO_TURN_SECRET"}
    assert all(env[name] == {"type": "preserve"} for name in env if name.startswith("RONDO_"))
    assert not re.search(r"[0-9a-f]{32}", (ROOT / ".railway" / "railway.ts").read_text())


def test_replicas_share_a_redis(railway: Any) -> None:
    assert railway("production")["rondo"]["deploy"]["numReplicas"] == 2
    assert railway("staging")["rondo"]["deploy"]["numReplicas"] == 1


def test_no_volume_because_it_prevents_overlap(railway: Any) -> None:
    assert "volumeMounts" not in railway("production")["rondo"]


def test_page_names_the_end_of_railway_json() -> None:
    page = (ROOT / "docs" / "railway.md").read_text()
    assert "2026-12-01" in page
    for name in ("railway.json", "railway.ts", "RONDO_TURN_URLS", "100.64.0.0/10", "overlapSeconds", "drainingSeconds"):
        assert name in page
