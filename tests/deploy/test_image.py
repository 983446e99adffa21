"""The image: what `deploy/Dockerfile` promises, read line by line. No engine runs where the tests do."""

import json
import re
import subprocess
from pathlib import Path
from typing import NamedTuple

import pytest
import yaml

from hatch_build import INSIDE
from server.config.loader import load
from tests.deploy.conftest import DEPLOY, ROOT

TEXT = (DEPLOY / "Dockerfile").read_text()


class Line(NamedTuple):
    """One instruction, such as `COPY`, and its arguments."""

    word: str
    rest: str


def parse(text: str) -> list[list[Line]]:
    """Return the instructions of each stage."""
    kept = "\n".join(line for line in text.splitlines() if not line.lstrip().startswith("#"))
    stages: list[list[Line]] = []
    for line in re.sub(r"\\\n\s*", "", kept).splitlines():
        if line.strip():
            word, _, rest = line.strip().partition(" ")
            if word == "FROM":
                stages.append([])
            stages[-1].append(Line(word, rest.strip()))
    return stages


PAGE, BUILD, LAST = parse(TEXT)


def said(stage: list[Line], word: str) -> list[str]:
    return [line.rest for line in stage if line.word == word]


def environment() -> dict[str, str]:
    """Return what the last stage sets."""
    return dict(pair.split("=", 1) for line in said(LAST, "ENV") for pair in line.split())


def test_base_images_are_pinned_to_version_and_distribution() -> None:
    for stage in (BUILD, LAST):
        (base,) = said(stage, "FROM")
        assert re.match(r"^python:3\.\d+(\.\d+)?-slim-[a-z]+( AS [a-z]+)?$", base), base
    assert [re.sub(r"\d+", "N", base) for base in said(PAGE, "FROM")] == ["node:N-bookworm-slim AS page"]


def test_packages_are_locked_and_not_compiled() -> None:
    commands = " && ".join(said(BUILD, "RUN")).split(" && ")
    fetching = [command for command in commands if "pip download" in command or "pip install" in command]
    for command in fetching:
        # Either from the network, by hash and as wheels; or of what has been fetched so.
        by_hash = "--require-hashes" in command and "--only-binary :all:" in command
        assert by_hash != ("--no-index" in command), command
    assert not re.search(r"apt-get|curl|wget|\bgcc\b|build-essential|git clone", TEXT)


def test_start_page_is_built_from_the_lock() -> None:
    (command,) = said(PAGE, "RUN")
    installing, building = command.split(" && ")
    assert installing.startswith("npm ci --ignore-scripts ")
    assert building == "node page_build.mjs /page"
    assert "--from=page /page /page" in said(BUILD, "COPY")
    assert "RONDO_PAGE=/page pip wheel" in " ".join(said(BUILD, "RUN"))


def test_last_stage_has_no_build_tools() -> None:
    assert said(LAST, "COPY") == ["--from=build /opt/rondo /opt/rondo"]
    assert "python -m venv --without-pip /opt/rondo" in " ".join(said(BUILD, "RUN"))
    (command,) = said(LAST, "RUN")
    assert command.startswith("pip uninstall") and {"pip", "setuptools", "wheel"} <= set(command.split())  # noqa: PT018


def test_image_runs_without_root() -> None:
    (user,) = said(LAST, "USER")
    uid, gid = map(int, user.split(":"))
    assert uid > 0
    assert f"--uid {uid}" in said(LAST, "RUN")[0]
    assert f"--gid {gid}" in said(LAST, "RUN")[0]
    # Nothing that would need rights comes after it.
    words = [line.word for line in LAST]
    assert not {"RUN", "COPY", "ADD"} & set(words[words.index("USER") :])


def test_signals_reach_the_server() -> None:
    assert json.loads(said(LAST, "CMD")[-1]) == ["rondo", "serve"]
    assert said(LAST, "ENTRYPOINT") == []


def test_health_check_has_exec_form() -> None:
    (check,) = said(LAST, "HEALTHCHECK")
    words = json.loads(check.partition("CMD ")[2])
    assert words[:2] == ["python", "-c"]
    compile(words[2], "HEALTHCHECK", "exec")
    assert "/readyz" in words[2]
    assert '"PORT"' in words[2]


def test_no_volume_because_railway_refuses_it() -> None:
    assert said(LAST, "VOLUME") == []


def test_image_contains_no_secret() -> None:
    assert not re.search(r"(?i)(secret|password|token|api_?key)\s*=", TEXT)
    # What is built, and of which commit; nothing else comes in from outside, and nothing into the last stage.
    given = {line.partition("=")[0] for line in said(BUILD, "ARG")}
    assert given == {"LOCK", "EXTRAS", "RAILWAY_GIT_COMMIT_SHA", "RONDO_COMMIT"}
    assert said(LAST, "ARG") + said(BUILD, "ADD") + said(LAST, "ADD") == []


def test_environment_contains_only_settings() -> None:
    ours = {name: value for name, value in environment().items() if name not in ("PATH", "PYTHONDONTWRITEBYTECODE")}
    settings = load(ours)
    assert (settings.host, settings.ops_host, settings.port, settings.ops_port) == ("::", "::", 8080, 9090)
    assert not settings.is_private
    # Operators' port is named nowhere that `docker run -P` would publish it.
    assert said(LAST, "EXPOSE") == [str(settings.port)]
    assert said(LAST, "WORKDIR") == [str(settings.data_dir)]


def test_copied_files_exist_and_are_in_the_build_context() -> None:
    lines = [line for line in said(PAGE, "COPY") + said(BUILD, "COPY") if not line.startswith("--from")]
    copied = [name for line in lines for name in line.split()[:-1]]
    allowed = {line[1:] for line in (ROOT / ".dockerignore").read_text().splitlines() if line.startswith("!")}
    assert set(copied) <= allowed
    assert all((ROOT / name).exists() for name in copied)
    # What the wheel is made of (pyproject.toml) is what is copied.
    assert {"rondo", *INSIDE, "hatch_build.py", "README.md", "LICENSE"} <= set(copied)


@pytest.mark.parametrize("name", ["compose.yaml", "prometheus.yml", "alerts.yml"])
def test_deployment_files_are_yaml(name: str) -> None:
    assert yaml.safe_load((DEPLOY / name).read_text())


def test_secrets_are_created_once_and_accepted(tmp_path: Path) -> None:
    def make() -> str:
        words = ["sh", str(DEPLOY / "secrets.sh"), str(tmp_path)]
        return subprocess.run(words, capture_output=True, text=True, check=True).stdout

    assert len(make().splitlines()) == 8
    made = {path.name: path.read_text() for path in tmp_path.iterdir()}
    assert make() == ""
    assert {path.name: path.read_text() for path in tmp_path.iterdir()} == made
    assert all(path.stat().st_mode & 0o777 == 0o444 for path in tmp_path.iterdir())
    passwords = [made[name] for name in made if "secret" in name or "password" in name]
    assert len({*passwords}) == len(passwords) == 5
    assert all(re.match(r"^[0-9a-f]{64}\n$", password) for password in passwords)
    services = yaml.safe_load((DEPLOY / "compose.yaml").read_text())["services"]
    inside = {
        name: value.replace("/run/rondo", str(tmp_path))
        for name, value in services["node1"]["environment"].items()
        if name.endswith("_FILE")
    }
    settings = load(inside)
    assert settings.database_url == f"postgresql://rondo:{made['postgres_password'].strip()}@postgres:5432/rondo"
    assert settings.redis_url == f"redis://:{made['redis_password'].strip()}@redis:6379/0"
    assert settings.secret == made["rondo_secret"].strip()
    assert settings.turn_secret == made["turn_secret"].strip()


def test_partial_secrets_are_completed(tmp_path: Path) -> None:
    (tmp_path / "postgres_password").write_text("mine\n")
    subprocess.run(["sh", str(DEPLOY / "secrets.sh"), str(tmp_path)], capture_output=True, check=True)
    assert (tmp_path / "postgres_password").read_text() == "mine\n"
    assert (tmp_path / "database_url").read_text() == "postgresql://rondo:mine@postgres:5432/rondo\n"
