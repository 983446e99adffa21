"""Redis is full, a replica, someone else's, away: `Unavailable`, with the reason as its cause."""

import asyncio
import ssl
import subprocess
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import msgspec
import pytest
import structlog.testing

from matchmaker.domain.errors import Unavailable
from matchmaker.domain.ids import UserId
from server.cluster.ports.client_redis import ask, connect
from server.cluster.ports.directory import Entry
from server.cluster.ports.directory_redis import RedisDirectory
from server.cluster.ports.heartbeats_redis import RedisHeartbeats
from server.cluster.ports.redis_fault import RedisFault, fault_of
from server.cluster.ports.streams import KEPT
from server.cluster.ports.streams_redis import RedisStreams
from server.cluster.wire.bus import Bus
from server.cluster.wire.links import MessageBatch, Numbering
from server.config.loader import load
from server.drill.servers.ports import steady_port
from server.runtime.outage import Outage
from tests.cluster.conftest import CARD
from tests.support.valkey import Valkey

ADA = UserId("ada")
FULL = ("OutOfMemoryError", "redis_full")
READ_ONLY = ("ReadOnlyError", "redis_read_only")
UNREACHABLE = ("ConnectionError", "redis_unreachable")


@pytest.fixture
async def client(bad_redis: Valkey) -> AsyncIterator[Any]:
    found = connect(bad_redis.url, name="test")
    yield found
    await found.aclose()


async def reason(call: Any) -> tuple[str, str]:
    """Return the error of redis-py, and the reason in the log line that a heartbeat with this outcome writes."""
    with pytest.raises(Unavailable) as refused:
        await call
    with structlog.testing.capture_logs() as lines:
        Outage[RedisFault]("redis_lost", "redis_restored").record(fault_of(refused.value))
    (line,) = lines
    assert (line["event"], line["log_level"]) == ("redis_lost", "warning")
    return type(refused.value.__cause__).__name__, line["reason"]


async def test_full_memory(bad_redis: Valkey, client: Any) -> None:
    bad_redis.ask("CONFIG", "SET", "maxmemory", "1")
    assert await reason(RedisStreams(client, client, "one").append([("two", b"x")])) == (
        "OutOfMemoryError",
        "redis_full",
    )
    assert await reason(RedisDirectory(client).swap(ADA, None, Entry(1, "one"))) == FULL


async def test_read_only_replica(bad_redis: Valkey, client: Any) -> None:
    bad_redis.ask("REPLICAOF", "127.0.0.1", "1")
    assert await reason(RedisStreams(client, client, "one").append([("two", b"x")])) == (
        "ReadOnlyError",
        "redis_read_only",
    )
    assert await reason(RedisHeartbeats(client, "one", CARD).beat(draining=False)) == (
        "ReadOnlyError",
        "redis_read_only",
    )


async def test_wrong_password(bad_redis: Valkey) -> None:
    bad_redis.ask("CONFIG", "SET", "requirepass", "secret")
    client = connect(bad_redis.url.replace("redis://", "redis://:wrong@"), name="test")
    assert await reason(RedisHeartbeats(client, "one", CARD).beat(draining=False)) == (
        "AuthenticationError",
        "redis_login_refused",
    )
    await client.aclose()


async def test_forbidden_command(bad_redis: Valkey, client: Any) -> None:
    bad_redis.ask("ACL", "SETUSER", "default", "-@scripting")
    found = await reason(RedisHeartbeats(client, "one", CARD).beat(draining=False))
    assert found == ("NoPermissionError", "redis_login_refused")
    bad_redis.ask("ACL", "SETUSER", "default", "+@all")


async def test_tls_on_a_plaintext_server(bad_redis: Valkey) -> None:
    client = connect(bad_redis.url.replace("redis://", "rediss://"), name="test")
    _, logged = await reason(RedisHeartbeats(client, "one", CARD).beat(draining=False))
    assert logged in ("redis_unreachable", "redis_tls_failed"), "the server may close, or not answer in time"
    await client.aclose()


async def test_tls_certificate(tmp_path: Path) -> None:
    command = "openssl req -x509 -newkey rsa:2048 -nodes -keyout key.pem -out cert.pem -days 1 -subj /CN=127.0.0.1"
    command += " -addext subjectAltName=IP:127.0.0.1"
    subprocess.run(command.split(), cwd=tmp_path, check=True, capture_output=True)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(tmp_path / "cert.pem", tmp_path / "key.pem")
    heard = []

    async def take(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        heard.append(await reader.read(1))
        writer.close()

    async with await asyncio.start_server(take, "127.0.0.1", 0, ssl=context) as listener:
        port = listener.sockets[0].getsockname()[1]
        for url in (f"rediss://127.0.0.1:{port}/0", f"rediss+sentinel://127.0.0.1:{port}/mine"):
            client = connect(url, name="test", timeout_s=20)
            found = await reason(ask(client.ping(), timeout_s=20))
            # A Sentinel that does not answer, for whatever reason, is passed over.
            assert found[1] == ("redis_unreachable" if "sentinel" in url else "redis_tls_failed")
            assert heard == []
            trusting = connect(f"{url}?ssl_ca_certs={tmp_path}/cert.pem", name="test", timeout_s=20)
            assert await reason(ask(trusting.ping(), timeout_s=20))
            assert heard.pop() == b"*", "the first byte of a command: the certificate is trusted"
            await asyncio.gather(client.aclose(), trusting.aclose())


async def test_server_that_is_loading(bad_redis: Valkey, client: Any) -> None:
    bad_redis.ask("EVAL", "for n = 1, 4000 do redis.call('SET', 'key' .. n, string.rep('x', 1000)) end", 0)
    bad_redis.ask("CONFIG", "SET", "rdbcompression", "no")  # it answers between two keys
    bad_redis.ask("SAVE")
    bad_redis.kill()
    bad_redis.start("--key-load-delay", "10000", "--loading-process-events-interval-bytes", "1024")
    found = ("TimeoutError", "")
    while found[0] == "TimeoutError":  # a busy machine lets a server that loads answer late
        found = await reason(RedisHeartbeats(client, "one", CARD).beat(draining=False))
    assert found == ("BusyLoadingError", "redis_loading")


async def test_no_server(bad_redis: Valkey, client: Any) -> None:
    bad_redis.kill()
    assert await reason(RedisHeartbeats(client, "one", CARD).beat(draining=False)) == (
        "ConnectionError",
        "redis_unreachable",
    )
    assert await reason(RedisDirectory(client).lookup(ADA)) == UNREACHABLE


async def test_unanswered_request(bad_redis: Valkey) -> None:
    client = connect(bad_redis.url, name="test", timeout_s=0.2)
    writer = connect(bad_redis.url, name="test", timeout_s=0.2, keeps_connection=True)
    beats, streams = RedisHeartbeats(client, "one", CARD), RedisStreams(writer, client, "one")
    await beats.beat(draining=False)
    await streams.append([("one", b"before")])
    bad_redis.pause()
    assert await reason(beats.beat(draining=False)) == ("TimeoutError", "redis_unreachable")
    with pytest.raises(TimeoutError):
        async with asyncio.timeout(0.1):
            await streams.append([("one", b"perhaps")])
    bad_redis.go_on()
    await beats.beat(draining=False)
    await streams.append([("one", b"after")])
    read = await streams.read()
    assert (read[0], read[-1]) == (b"before", b"after")
    await client.aclose()
    await writer.aclose()


async def test_flushed_scripts_are_loaded_again(bad_redis: Valkey, client: Any) -> None:
    directory = RedisDirectory(client)
    await directory.swap(ADA, None, Entry(1, "one"))
    bad_redis.ask("SCRIPT", "FLUSH")
    assert await directory.lookup(ADA) == Entry(1, "one")


async def test_stream_whose_ids_went_back_is_read_from_its_start(bad_redis: Valkey, client: Any) -> None:
    """The clock of Redis was set back, and the stream lost: a failover to a machine whose clock is behind."""
    reader = connect(bad_redis.url, name="test", timeout_s=3.0)
    streams = RedisStreams(client, reader, "one", prefix="{t}")
    bad_redis.ask("XADD", "{t}:stream:one", "9000-0", "d", "new")
    assert await streams.read() == [b"new"]
    bad_redis.ask("DEL", "{t}:stream:one")
    bad_redis.ask("XADD", "{t}:stream:one", "1000-0", "d", "older")
    while not (found := await streams.read()):
        pass
    assert found == [b"older"]
    await reader.aclose()


async def test_stream_trimmed_unread_resets_both_ends(bad_redis: Valkey, client: Any) -> None:
    """The receiver stood still while more was sent than Redis keeps: what is left has a gap at its start."""
    numbers = Numbering("one")
    batches = [msgspec.msgpack.encode(numbers.pack("two", [b"%d" % n])) for n in range(KEPT + 500)]
    for at in range(0, len(batches), 1_000):
        await RedisStreams(client, client, "one").append([("two", batch) for batch in batches[at : at + 1_000]])
    reader = connect(bad_redis.url, name="test", timeout_s=3.0)
    streams = RedisStreams(client, reader, "two")
    two = Bus(streams, "two")
    two.open(print)
    try:
        with structlog.testing.capture_logs() as lines:
            async with asyncio.timeout(8):
                assert next(await two.receive()) == ("one", None)
        assert lines == [{"event": "bus_link_reset", "other_node": "one", "reason": "gap", "log_level": "info"}]
        sender = RedisStreams(client, reader, "one")
        while not (
            asked := await sender.read()
        ):  # what is stale is answered by the same request, several times perhaps
            pass
    finally:
        await two.close()
        await reader.aclose()
    assert msgspec.msgpack.decode(asked[0], type=MessageBatch).generation == 2, "the sender is told to reset its end"


@pytest.fixture
async def clustered() -> AsyncIterator[Valkey]:
    server = Valkey("--cluster-enabled", "yes", "--cluster-port", str(steady_port())).start()
    server.ask("CLUSTER", "ADDSLOTSRANGE", 0, 16_383)
    async with asyncio.timeout(10):
        while b"cluster_state:ok" not in server.ask("CLUSTER", "INFO"):  # noqa: ASYNC110 - in another process
            await asyncio.sleep(0.02)
    yield server
    server.stop()


async def test_redis_cluster(clustered: Valkey) -> None:
    url = load({"REDIS_URL": f"redis+cluster://127.0.0.1:1,127.0.0.1:{clustered.port}"}).redis_url or ""
    client, reader = connect(url, name="test"), connect(url, name="test", timeout_s=3.0)
    directory, streams = RedisDirectory(client), RedisStreams(client, reader, "two")
    await directory.swap(ADA, None, Entry(1, "one"))
    await asyncio.gather(
        directory.swap(ADA, Entry(1, "one"), Entry(2, "two")), directory.swap(UserId("bob"), None, Entry(1, "one"))
    )
    assert await directory.lookup(ADA) == Entry(2, "two")
    await streams.append([("two", b"a"), ("two", b"b"), ("three", b"c")])
    assert await streams.read() == [b"a", b"b"]
    beat = await RedisHeartbeats(client, "one", CARD).beat(draining=False)
    assert beat is not None
    await client.aclose()
    await reader.aclose()
