"""The relay: a good one, and every way in which one is not."""

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from server.doctor.finding import Finding
from server.doctor.turn_relay import Server, examine, parse
from tests.doctor.conftest import settings
from tests.relay.coturn import CONFIG, RELAYED, SECRET, Coturn


async def tried(url: str, *, secret: str = SECRET, policy: str = "all") -> Finding:
    (found,) = await examine(settings(RONDO_TURN_URLS=url, RONDO_TURN_SECRET=secret, RONDO_ICE_POLICY=policy))
    assert secret not in found.found + found.remedy
    return found


@pytest.fixture
def relay(tmp_path: Path) -> Iterator["StartCoturn"]:
    """Start a relay that is not as it should be."""
    relays: list[Coturn] = []

    def start_coturn(*options: str, **details: object) -> Coturn:
        relays.append(Coturn(tmp_path, *options, **details))  # type: ignore[arg-type]
        relays[-1].start()
        return relays[-1]

    yield start_coturn
    for one in relays:
        one.stop()


class StartCoturn:
    def __call__(self, *options: str, **details: object) -> Coturn: ...


@pytest.mark.parametrize("transport", ["udp", "tcp"])
async def test_working_relay(coturn: Coturn, transport: str) -> None:
    found = await tried(coturn.url.replace("udp", transport), policy="relay")
    assert (found.state, found.remedy) == ("ok", ""), found
    assert f"relays from {RELAYED}" in found.found


async def test_relay_with_another_secret(coturn: Coturn) -> None:
    found = await tried(coturn.url, secret="another secret")
    assert found.state == "fail"
    assert "static-auth-secret" in found.remedy


async def test_unreachable_relay(closed_port: int) -> None:
    for transport in ("udp", "tcp"):
        found = await tried(f"turn:127.0.0.1:{closed_port}?transport={transport}")
        assert (found.state, bool(found.remedy)) == ("fail", True)


async def test_unknown_host() -> None:
    found = await tried("turn:nowhere.invalid")
    assert (found.state, "name is unknown" in found.found) == ("fail", True)


async def test_relay_without_tls(coturn: Coturn) -> None:
    found = await tried(coturn.url.replace("turn:", "turns:").replace("udp", "tcp"))
    assert (found.state, bool(found.remedy)) == ("fail", True)


async def test_relay_without_authentication(relay: StartCoturn, tmp_path: Path) -> None:
    config = tmp_path / "open.conf"
    config.write_text(CONFIG.read_text().replace("use-auth-secret", "no-auth"))
    found = await tried(relay(config=config).url)
    assert (found.state, "expired" in found.found) == ("fail", True)


@pytest.mark.parametrize(("policy", "state"), [("all", "warn"), ("relay", "fail")])
async def test_relay_that_cannot_reach_itself(relay: StartCoturn, policy: str, state: str) -> None:
    found = await tried(relay(f"--static-auth-secret={SECRET}", peers=None).url, policy=policy)
    assert (found.state, "allowed-peer-ip" in found.remedy) == (state, True)


async def test_relay_that_reaches_private_networks(relay: StartCoturn, tmp_path: Path) -> None:
    config = tmp_path / "lax.conf"
    config.write_text(CONFIG.read_text().replace("denied-peer-ip=169.254", "#"))
    found = await tried(relay(f"--static-auth-secret={SECRET}", config=config).url)
    assert (found.state, "denied" not in found.found, "deny private" in found.remedy) == ("fail", True, True)


async def test_relay_over_its_quota(relay: StartCoturn, tmp_path: Path) -> None:
    config = tmp_path / "small.conf"
    config.write_text(CONFIG.read_text().replace("user-quota=24", "user-quota=1"))
    found = await tried(relay(f"--static-auth-secret={SECRET}", config=config).url)
    assert (found.state, "reached its quota" in found.found) == ("fail", True)


async def test_no_relay() -> None:
    (found,) = await examine(settings())
    assert (found.state, "RONDO_TURN_URLS" in found.remedy) == ("warn", True)


def test_url_resolution() -> None:
    assert parse("turn:turn.example") == Server("turn.example", 3478, "udp", is_tls=False)
    assert parse("turn:[2001:db8::7]:99?transport=tcp") == Server("2001:db8::7", 99, "tcp", is_tls=False)
    assert parse("turns:turn.example") == Server("turn.example", 5349, "tcp", is_tls=True)
    for wrong in ("turn:", "turn://turn.example", "turn:turn.example?transport=sctp", "stun:turn.example"):
        with pytest.raises(ValueError, match="turn"):
            parse(wrong)


def test_coturn_is_available() -> None:
    assert shutil.which("turnserver"), "`make test` installs coturn on Debian; elsewhere install it yourself"
