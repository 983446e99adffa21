"""Redis: up, down, forgetful, locked."""

from collections.abc import Iterator

import pytest

from server.doctor.engine_redis import examine
from tests.doctor.conftest import of, settings
from tests.valkey import Valkey


@pytest.fixture
def valkey() -> Iterator[Valkey]:
    server = Valkey().start()
    yield server
    server.stop()


async def test_a_good_one(valkey: Valkey) -> None:
    found = await examine(settings(REDIS_URL=valkey.url))
    assert [(finding.check, finding.state) for finding in found] == [("redis", "ok"), ("clock", "ok")]
    assert of(found, "redis").found.startswith("Valkey ")


@pytest.mark.parametrize(("memory", "state"), [("100mb", "fail"), ("0", "warn")])
async def test_one_that_forgets(valkey: Valkey, memory: str, state: str) -> None:
    valkey.ask("CONFIG", "SET", "maxmemory-policy", "allkeys-lru")
    valkey.ask("CONFIG", "SET", "maxmemory", memory)
    found = of(await examine(settings(REDIS_URL=valkey.url)), "redis")
    assert (found.state, "noeviction" in found.remedy) == (state, True)


async def test_one_that_is_nearly_full(valkey: Valkey) -> None:
    valkey.ask("CONFIG", "SET", "maxmemory", "1mb")
    assert of(await examine(settings(REDIS_URL=valkey.url)), "redis").state == "warn"


async def test_one_that_wants_a_password(valkey: Valkey) -> None:
    valkey.ask("CONFIG", "SET", "requirepass", "right-horse")
    for url in (valkey.url, valkey.url.replace("//", "//:wrong-horse@")):
        (found,) = await examine(settings(REDIS_URL=url))
        assert (found.state, "password" in found.remedy) == ("fail", True)
        assert "horse" not in found.found
    found = of(await examine(settings(REDIS_URL=valkey.url.replace("//", "//:right-horse@"))), "redis")
    assert found.state == "ok"


async def test_one_that_tells_nothing(valkey: Valkey) -> None:
    valkey.ask("ACL", "SETUSER", "default", "-info")
    (found,) = await examine(settings(REDIS_URL=valkey.url))
    assert (found.state, "INFO" in found.remedy) == ("warn", True)


async def test_a_replica(valkey: Valkey, closed_port: int) -> None:
    valkey.ask("REPLICAOF", "127.0.0.1", closed_port)
    found = of(await examine(settings(REDIS_URL=valkey.url)), "redis")
    assert (found.state, "primary" in found.remedy) == ("fail", True)


async def test_one_that_is_down(closed_port: int) -> None:
    (found,) = await examine(settings(REDIS_URL=f"redis://:hunter2@127.0.0.1:{closed_port}/0"))
    assert (found.state, bool(found.remedy), "hunter2" in found.found) == ("fail", True, False)


async def test_none() -> None:
    (found,) = await examine(settings())
    assert found.state == "skip"
