"""`deploy/compose.yaml`: what waits for what, what is reached from where, and what is cut off when."""

import re
from typing import Any

import pytest
import yaml

from server.config.loader import Settings, load
from tests.deploy.conftest import DEPLOY

COMPOSE = yaml.safe_load((DEPLOY / "compose.yaml").read_text())
SERVICES: dict[str, dict[str, Any]] = COMPOSE["services"]
NODES = ("node1", "node2")
ONCE = {name for name, service in SERVICES.items() if service.get("restart") == "no"}
LASTING = sorted(set(SERVICES) - ONCE)


def seconds(text: str) -> float:
    number, unit = re.fullmatch(r"(\d+)(s|m)", text).groups()  # type: ignore[union-attr]
    return int(number) * {"s": 1, "m": 60}[unit]


def settings_of(name: str) -> Settings:
    """Return the settings of a node, as they are without a `.env`; secrets apart."""
    said = {key: str(value) for key, value in SERVICES[name]["environment"].items() if not key.endswith("_FILE")}
    plain = {key: re.sub(r"\$\{\w+:-([^}]*)\}", r"\1", value) for key, value in said.items()}
    return load({**plain, "RONDO_TURN_SECRET": "x"})


def published(service: dict[str, Any]) -> list[str]:
    return list(service.get("ports", ()))


def test_all_services_are_there() -> None:
    wanted = {"node1", "node2", "postgres", "redis", "coturn", "prometheus", "grafana", "caddy", "secrets", "migrate"}
    assert set(SERVICES) == wanted


def test_dependencies_exist_and_can_be_awaited() -> None:
    for name, service in SERVICES.items():
        for other, how in service.get("depends_on", {}).items():
            match how["condition"]:
                case "service_healthy":
                    # The image of the nodes brings its own check.
                    assert "healthcheck" in SERVICES[other] or other in NODES, (name, other)
                case "service_completed_successfully":
                    assert other in ONCE, (name, other)
                case other_condition:
                    pytest.fail(f"{name}: {other_condition} waits for nothing")


def test_dependencies_have_no_circle() -> None:
    done: set[str] = set()
    while len(done) < len(SERVICES):
        ready = {name for name, service in SERVICES.items() if set(service.get("depends_on", ())) <= done}
        assert ready > done, set(SERVICES) - done
        done = ready


@pytest.mark.parametrize("name", NODES)
def test_node_starts_after_its_dependencies(name: str) -> None:
    waits = {other: how["condition"] for other, how in SERVICES[name]["depends_on"].items()}
    assert waits == {
        "migrate": "service_completed_successfully",
        "postgres": "service_healthy",
        "redis": "service_healthy",
    }


def test_secret_readers_wait_until_it_is_created() -> None:
    for name, service in SERVICES.items():
        if "secrets:/run/rondo:ro" in service.get("volumes", ()):
            waits, seen = set(service.get("depends_on", ())), set()
            while waits - seen:
                seen |= waits
                waits |= {further for other in seen for further in SERVICES[other].get("depends_on", ())}
            assert "secrets" in seen, name


def test_no_secret_is_in_an_environment() -> None:
    for name, service in SERVICES.items():
        for variable, value in service.get("environment", {}).items():
            if re.search(r"SECRET|PASSWORD|DATABASE_URL|REDIS_URL", variable):
                assert variable.endswith(("_FILE", "__FILE")), (name, variable)
                assert value.startswith("/run/rondo/"), (name, variable)


def test_only_product_and_relay_are_public() -> None:
    public = {name for name in SERVICES for port in published(SERVICES[name]) if not port.startswith("127.0.0.1:")}
    assert public == {"caddy", "coturn"}
    # What operators look at is published on this machine alone, and the nodes' own port not at all.
    assert all(port.startswith("127.0.0.1:") for name in NODES for port in published(SERVICES[name]))
    assert all(port.endswith(":9090") for name in NODES for port in published(SERVICES[name]))


def test_stores_are_on_an_internal_network() -> None:
    networks = COMPOSE["networks"]
    for store in ("postgres", "redis"):
        assert SERVICES[store]["networks"] == ["data"]
        assert published(SERVICES[store]) == []
    assert networks["data"]["internal"] is True
    assert {name for name in SERVICES if "data" in SERVICES[name].get("networks", ())} == {
        "postgres",
        "redis",
        "migrate",
        *NODES,
    }


def test_relay_is_isolated() -> None:
    assert [name for name in SERVICES if "relay" in SERVICES[name].get("networks", ())] == ["coturn"]
    assert SERVICES["coturn"]["networks"] == ["relay"]


def test_stop_grace_period_exceeds_the_drain() -> None:
    for name in NODES:
        assert seconds(SERVICES[name]["stop_grace_period"]) > settings_of(name).drain_s + 5


@pytest.mark.parametrize("name", LASTING)
def test_lasting_services_have_a_health_check_and_restart(name: str) -> None:
    service = SERVICES[name]
    assert service["restart"] == "unless-stopped"
    assert service["logging"]["options"]["max-size"]
    if name not in NODES:
        assert service["healthcheck"]["test"][0] in ("CMD", "CMD-SHELL")
    if "build" not in service:
        assert re.search(r":v?\d+", service["image"]), "no version"
        assert "latest" not in service["image"]


@pytest.mark.parametrize("name", NODES)
def test_node_has_no_unneeded_privileges(name: str) -> None:
    service = SERVICES[name]
    assert service["read_only"] is True
    assert service["cap_drop"] == ["ALL"]
    assert service["security_opt"] == ["no-new-privileges:true"]
    assert service["ulimits"]["nofile"] >= 20_000


def test_node_settings_are_valid_and_consistent() -> None:
    one, other = (SERVICES[name]["environment"] for name in NODES)
    assert {**one, "RONDO_NODE": ""} == {**other, "RONDO_NODE": ""}
    assert one["RONDO_NODE"] != other["RONDO_NODE"]
    for name in NODES:
        settings = settings_of(name)
        assert settings.trusted_proxies == 1
        assert settings.node == name
        assert settings.turn_urls[0] == "turn:localhost:3478"


def test_relay_publishes_its_port_range() -> None:
    said = dict(re.findall(r"^([\w-]+)=(\S+)", (DEPLOY / "coturn.conf").read_text(), re.MULTILINE))
    ports = f"{said['min-port']}-{said['max-port']}"
    assert f"{ports}:{ports}/udp" in published(SERVICES["coturn"])
    assert f"{said['listening-port']}:{said['listening-port']}/udp" in published(SERVICES["coturn"])


def test_mounted_files_exist() -> None:
    volumes = set(COMPOSE["volumes"])
    used = set()
    for name, service in SERVICES.items():
        for mount in service.get("volumes", ()):
            source = mount.split(":")[0]
            if source.startswith("./"):
                assert (DEPLOY / source).exists(), (name, source)
                assert mount.endswith(":ro"), (name, source)
            else:
                used.add(source)
    assert used == volumes


def test_prometheus_scrapes_the_ops_ports() -> None:
    scrapes = yaml.safe_load((DEPLOY / "prometheus.yml").read_text())["scrape_configs"]
    (rondo,) = (scrape for scrape in scrapes if scrape["job_name"] == "rondo")
    assert rondo["static_configs"][0]["targets"] == [f"{name}:9090" for name in NODES]
    for name in NODES:
        assert "watch" in SERVICES[name]["networks"]
    assert SERVICES["prometheus"]["networks"] == SERVICES["grafana"]["networks"] == ["watch"]


def test_proxy_reaches_both_nodes_and_nothing_else() -> None:
    assert SERVICES["caddy"]["networks"] == ["edge"]
    assert SERVICES["caddy"]["environment"]["RONDO_NODES"] == " ".join(f"{name}:8080" for name in NODES)
    assert {name for name in SERVICES if "edge" in SERVICES[name].get("networks", ())} == {"caddy", *NODES}
