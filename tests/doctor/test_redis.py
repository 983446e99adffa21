"""Redis: up, down, forgetful, locked."""

import asyncio
import ssl
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from server.doctor.check_redis import examine
from tests.doctor.conftest import of, settings
from tests.support.valkey import Valkey


@pytest.fixture
def valkey() -> Iterator[Valkey]:
    server = Valkey().start()
    yield server
    server.stop()


async def test_working_redis(valkey: Valkey) -> None:
    found = await examine(settings(REDIS_URL=valkey.url))
    assert [(finding.check, finding.state) for finding in found] == [("redis", "ok"), ("clock", "ok")]
    assert of(found, "redis").found.startswith("Valkey ")


@pytest.mark.parametrize(("memory", "state"), [("100mb", "fail"), ("0", "warn")])
async def test_redis_that_evicts(valkey: Valkey, memory: str, state: str) -> None:
    valkey.ask("CONFIG", "SET", "maxmemory-policy", "allkeys-lru")
    valkey.ask("CONFIG", "SET", "maxmemory", memory)
    found = of(await examine(settings(REDIS_URL=valkey.url)), "redis")
    assert (found.state, "noeviction" in found.remedy) == (state, True)


async def test_redis_that_is_nearly_full(valkey: Valkey) -> None:
    valkey.ask("CONFIG", "SET", "maxmemory", "1mb")
    assert of(await examine(settings(REDIS_URL=valkey.url)), "redis").state == "warn"


async def test_redis_that_needs_a_password(valkey: Valkey) -> None:
    valkey.ask("CONFIG", "SET", "requirepass", "right-horse")
    for url in (valkey.url, valkey.url.replace("//", "//:wrong-horse@")):
        (found,) = await examine(settings(REDIS_URL=url))
        assert (found.state, "password" in found.remedy) == ("fail", True)
        assert "horse" not in found.found
    found = of(await examine(settings(REDIS_URL=valkey.url.replace("//", "//:right-horse@"))), "redis")
    assert found.state == "ok"


async def test_redis_that_refuses_info(valkey: Valkey) -> None:
    valkey.ask("ACL", "SETUSER", "default", "-info")
    (found,) = await examine(settings(REDIS_URL=valkey.url))
    assert (found.state, "INFO" in found.remedy) == ("warn", True)


async def test_replica(valkey: Valkey, closed_port: int) -> None:
    valkey.ask("REPLICAOF", "127.0.0.1", closed_port)
    found = of(await examine(settings(REDIS_URL=valkey.url)), "redis")
    assert (found.state, "primary" in found.remedy) == ("fail", True)


async def test_unreachable_redis(closed_port: int) -> None:
    (found,) = await examine(settings(REDIS_URL=f"redis://:hunter2@127.0.0.1:{closed_port}/0"))
    assert (found.state, bool(found.remedy), "hunter2" in found.found) == ("fail", True, False)


async def test_no_redis() -> None:
    (found,) = await examine(settings())
    assert found.state == "skip"


async def test_redis_without_tls(valkey: Valkey) -> None:
    (found,) = await examine(settings(REDIS_URL=valkey.url.replace("redis://", "rediss://")))
    assert (found.state, "the TLS handshake" in found.found) == ("fail", True)
    assert "redis://" in found.remedy


async def test_self_signed_certificate(tmp_path: Path) -> None:
    key, certificate = tmp_path / "key", tmp_path / "certificate"
    command = ["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes"]
    command += ["-keyout", str(key), "-out", str(certificate), "-days", "1", "-subj", "/CN=localhost"]
    subprocess.run(command, check=True, capture_output=True)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate, key)
    server = await asyncio.start_server(lambda _, writer: writer.close(), "127.0.0.1", 0, ssl=context)
    async with server:
        port = server.sockets[0].getsockname()[1]
        (found,) = await examine(settings(REDIS_URL=f"rediss://:hunter2@127.0.0.1:{port}/0"))
    assert (found.state, "its certificate is not trusted (self" in found.found) == ("fail", True)
    assert "ssl_ca_certs" in found.remedy
    assert "hunter2" not in found.found
