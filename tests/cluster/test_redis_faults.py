"""Redis is full, a replica, someone else's, away: `Unavailable`, with the reason as its cause."""

from collections.abc import AsyncIterator, Iterator
from typing import Any

import pytest

from matchmaker.errors import Unavailable
from matchmaker.ids import UserId
from server.cluster.client_redis import connect
from server.cluster.directory_redis import RedisDirectory
from server.cluster.epoch import Entry
from server.cluster.heartbeats_redis import RedisHeartbeats
from server.cluster.streams_redis import RedisStreams
from tests.valkey import Valkey

ADA = UserId("ada")


@pytest.fixture
def server() -> Iterator[Valkey]:
    found = Valkey().start()
    yield found
    found.stop()


@pytest.fixture
async def client(server: Valkey) -> AsyncIterator[Any]:
    found = connect(server.url, name="test")
    yield found
    await found.aclose()


async def reason(call: Any) -> str:
    with pytest.raises(Unavailable) as refused:
        await call
    return type(refused.value.__cause__).__name__


async def test_full_memory(server: Valkey, client: Any) -> None:
    server.ask("CONFIG", "SET", "maxmemory", "1")
    assert await reason(RedisStreams(client, client, "one").append([("two", b"x")])) == "OutOfMemoryError"
    assert await reason(RedisDirectory(client).swap(ADA, None, Entry(1, "one"))) == "OutOfMemoryError"


async def test_read_only_replica(server: Valkey, client: Any) -> None:
    server.ask("REPLICAOF", "127.0.0.1", "1")
    assert await reason(RedisStreams(client, client, "one").append([("two", b"x")])) == "ReadOnlyError"
    assert await reason(RedisHeartbeats(client, "one").beat(draining=False)) == "ReadOnlyError"


async def test_wrong_password(server: Valkey) -> None:
    server.ask("CONFIG", "SET", "requirepass", "secret")
    client = connect(server.url.replace("redis://", "redis://:wrong@"), name="test")
    assert await reason(RedisHeartbeats(client, "one").beat(draining=False)) == "AuthenticationError"
    await client.aclose()


async def test_tls_that_the_server_does_not_speak(server: Valkey) -> None:
    client = connect(server.url.replace("redis://", "rediss://"), name="test")
    assert await reason(RedisHeartbeats(client, "one").beat(draining=False)) in ("ConnectionError", "TimeoutError")
    await client.aclose()


async def test_no_server(server: Valkey, client: Any) -> None:
    server.kill()
    assert await reason(RedisHeartbeats(client, "one").beat(draining=False)) == "ConnectionError"
    assert await reason(RedisDirectory(client).lookup(ADA)) == "ConnectionError"


async def test_answer_that_does_not_come(server: Valkey) -> None:
    client = connect(server.url, name="test", timeout_s=0.2)
    beats = RedisHeartbeats(client, "one")
    await beats.beat(draining=False)
    server.pause()
    assert await reason(beats.beat(draining=False)) == "TimeoutError"
    server.go_on()
    await beats.beat(draining=False)
    await client.aclose()


async def test_scripts_that_were_flushed_are_loaded_again(server: Valkey, client: Any) -> None:
    directory = RedisDirectory(client)
    assert await directory.swap(ADA, None, Entry(1, "one"))
    server.ask("SCRIPT", "FLUSH")
    assert await directory.lookup(ADA) == Entry(1, "one")


async def test_stream_whose_ids_went_back_is_read_from_its_start(server: Valkey, client: Any) -> None:
    """The clock of Redis was set back, and the stream lost: a failover to a machine whose clock is behind."""
    reader = connect(server.url, name="test", timeout_s=3.0)
    streams = RedisStreams(client, reader, "one", prefix="{t}")
    server.ask("XADD", "{t}:stream:one", "9000-0", "d", "new")
    assert await streams.read() == [b"new"]
    server.ask("DEL", "{t}:stream:one")
    server.ask("XADD", "{t}:stream:one", "1000-0", "d", "older")
    while not (found := await streams.read()):
        pass
    assert found == [b"older"]
    await reader.aclose()
