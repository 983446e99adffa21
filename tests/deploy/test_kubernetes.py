"""The manifests for Kubernetes: they fit its schemas (of the package kubernetes-validate), each other and Rondo."""

import copy
import re
from typing import Any

import kubernetes_validate
import pytest
import yaml

from server.config.loader import SECRETS, load, variable
from server.config.settings import Settings
from tests.deploy.conftest import DEPLOY, ROOT
from tests.deploy.test_image import LAST, environment, said

FOLDER = DEPLOY / "kubernetes"
MANIFESTS = [
    document for path in sorted(FOLDER.glob("*.yaml")) for document in yaml.safe_load_all(path.read_text()) if document
]
VERSIONS = ("1.29", kubernetes_validate.latest_version())
"""The oldest that a cluster may have, and the newest that is known."""
OPTIONAL = {"RONDO_TURN_URLS": "turn:turn.example:3478", "RONDO_TURN_SECRET": "a shared secret of the relay"}
GIVEN = OPTIONAL | {
    "DATABASE_URL": "postgresql://rondo:x@postgres:5432/rondo",
    "REDIS_URL": "redis://redis:6379/0",
    "RONDO_SECRET": "k" * 44,
}


def of(kind: str, name: str = "rondo") -> dict[str, Any]:
    [found] = [one for one in MANIFESTS if one["kind"] == kind and one["metadata"]["name"] == name]
    return dict(found)


POD = of("Deployment")["spec"]["template"]
CONTAINER = POD["spec"]["containers"][0]


@pytest.mark.parametrize("version", VERSIONS)
@pytest.mark.parametrize("manifest", MANIFESTS, ids=lambda one: f"{one['kind']}-{one['metadata']['name']}")
def test_manifests_match_the_schemas(manifest: dict[str, Any], version: str) -> None:
    kubernetes_validate.validate(manifest, version, strict=True)


def test_unknown_field_is_detected() -> None:
    wrong = copy.deepcopy(of("Deployment"))
    wrong["spec"]["template"]["spec"]["containers"][0]["readynessProbe"] = {}
    with pytest.raises(kubernetes_validate.ValidationError):
        kubernetes_validate.validate(wrong, VERSIONS[-1], strict=True)


def test_two_nodes_and_one_surge() -> None:
    spec = of("Deployment")["spec"]
    assert spec["replicas"] == 2
    assert spec["strategy"] == {"type": "RollingUpdate", "rollingUpdate": {"maxSurge": 1, "maxUnavailable": 0}}
    assert of("PodDisruptionBudget")["spec"]["maxUnavailable"] == 1


def test_selectors_match_the_pods() -> None:
    labels = POD["metadata"]["labels"]
    for chosen in (
        of("Deployment")["spec"]["selector"]["matchLabels"],
        of("PodDisruptionBudget")["spec"]["selector"]["matchLabels"],
        of("Service")["spec"]["selector"],
        of("Service", "rondo-ops")["spec"]["selector"],
    ):
        assert chosen.items() <= labels.items()


def test_no_session_affinity() -> None:
    assert of("Service")["spec"]["sessionAffinity"] == "None"
    assert not re.search(r"(?i)sticky|affinity: *ClientIP|session-cookie", yaml.safe_dump_all(MANIFESTS))


def test_termination_grace_exceeds_notice_and_drain() -> None:
    [word, seconds] = CONTAINER["lifecycle"]["preStop"]["exec"]["command"]
    assert word == "sleep"
    assert POD["spec"]["terminationGracePeriodSeconds"] > int(seconds) + Settings().drain_s + 5


def test_ports_and_probes_match_the_image() -> None:
    ports = {port["name"]: port["containerPort"] for port in CONTAINER["ports"]}
    image = environment()
    assert ports == {"http": int(image["PORT"]), "ops": int(image["RONDO_OPS_PORT"])}
    probes = {name: CONTAINER[name]["httpGet"] for name in ("startupProbe", "readinessProbe", "livenessProbe")}
    assert probes["readinessProbe"] == probes["startupProbe"] == {"path": "/readyz", "port": "http"}
    assert probes["livenessProbe"] == {"path": "/healthz", "port": "ops"}
    for name in ("rondo", "rondo-ops"):
        assert of("Service", name)["spec"]["ports"][0]["targetPort"] in ports
    [user] = said(LAST, "USER")
    context = POD["spec"]["securityContext"]
    assert user == f"{context['runAsUser']}:{context['runAsGroup']}"


def test_environment_contains_settings_and_secret_references() -> None:
    environ = {one["name"]: one for one in CONTAINER["env"]}
    plain = {name: one["value"] for name, one in environ.items() if "value" in one}
    referred = {
        name: one["valueFrom"]["secretKeyRef"]
        for name, one in environ.items()
        if "secretKeyRef" in one.get("valueFrom", {})
    }
    assert referred.keys() == GIVEN.keys()
    assert {name for name, key in referred.items() if key.get("optional")} == OPTIONAL.keys()
    assert all((key["name"], key["key"]) == ("rondo", name) for name, key in referred.items())
    assert not {variable(field) for field in SECRETS} & plain.keys()
    settings = load(environment() | plain | GIVEN | {"RONDO_NODE": "rondo-7d9c5b6f4-x2x8z"})
    assert (settings.trusted_proxies, settings.node, settings.has_mirror) == (1, "rondo-7d9c5b6f4-x2x8z", False)


def test_documented_secret_matches_the_pods() -> None:
    page = (ROOT / "docs" / "deployment.md").read_text()
    [section] = re.findall(r"^## Kubernetes\n(.*?)^## ", page, re.MULTILINE | re.DOTALL)
    assert set(re.findall(r"--from-literal=([A-Z_]+)=", section)) == GIVEN.keys()
    assert "kubectl apply -f deploy/kubernetes" in section
