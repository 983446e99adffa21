"""Redis clients by URL: one server, the master that Sentinels name, or a Redis Cluster."""

import asyncio
from collections.abc import Awaitable
from typing import Any, Final, TypeVar
from urllib.parse import unquote, urlsplit

import redis.asyncio
from redis.asyncio.cluster import ClusterNode
from redis.asyncio.connection import parse_url
from redis.asyncio.retry import Retry
from redis.asyncio.sentinel import Sentinel
from redis.backoff import NoBackoff
from redis.exceptions import RedisError

from matchmaker.domain.errors import Unavailable
from server.cluster.ports.heartbeats import ANSWER_S

TIMEOUT_S: Final = ANSWER_S
"""How long a connection attempt, and a command that does not block, may take."""
SENTINEL_S: Final = 0.3
"""How long one Sentinel may take before the next is asked."""
REDIS_PORT: Final = 6_379
SENTINEL_PORT: Final = 26_379
PREFIX: Final = "{rondo}"
"""Begins every key, so that all of them are in one slot of a Redis Cluster and one script may touch several."""

Result = TypeVar("Result")


def connect(url: str, *, name: str, timeout_s: float = TIMEOUT_S, keeps_connection: bool = False) -> Any:
    """Return a client of the Redis at *url*; nothing is sent yet.

    *keeps_connection*: commands wait for each other on one connection, and only `ask` limits their time: to take one
    from a pool, and a task for each timeout, cost more than the command. With Sentinels and for a Redis Cluster there
    are pools in any case, which ask for the address again.

    `redis://`, `rediss://`, `unix://`; `redis+sentinel://user:password@host:26379,host/service/0`, with
    `?sentinel_username=…&sentinel_password=…` if the Sentinels ask for them; `redis+cluster://host:6379,host`. With
    `rediss+…` servers and Sentinels are spoken to over TLS.

    Raises:
        ValueError: *url* is not of these forms.
    """
    options: dict[str, Any] = {
        "client_name": name,
        "socket_timeout": None if keeps_connection else timeout_s,
        "socket_connect_timeout": timeout_s,
        "retry": Retry(NoBackoff(), 0),
    }
    scheme, _, rest = url.partition("://")
    plain, _, kind = scheme.partition("+")
    if not kind:
        return redis.asyncio.Redis.from_url(url, single_connection_client=keeps_connection, **options)
    parts = urlsplit(f"{plain}://{rest}")
    login, _, hosts = parts.netloc.rpartition("@")
    options |= parse_url(f"{plain}://{login}@?{parts.query}")
    if options.pop("connection_class", None) is not None:
        options["ssl"] = True
    if kind == "cluster":
        options["retry"] = Retry(NoBackoff(), 1)  # a moved slot costs one
        nodes = [ClusterNode(*_address(host, REDIS_PORT)) for host in hosts.split(",")]
        return redis.asyncio.RedisCluster(startup_nodes=nodes, **options)
    service, _, database = unquote(parts.path).strip("/").partition("/")
    own = {name: options.pop(f"sentinel_{name}", None) for name in ("username", "password")}
    tls = {name: value for name, value in options.items() if name.startswith("ssl")}
    times = {"socket_timeout": SENTINEL_S, "socket_connect_timeout": SENTINEL_S, "retry": Retry(NoBackoff(), 0)}
    sentinel = Sentinel(  # type: ignore[no-untyped-call]
        [_address(host, SENTINEL_PORT) for host in hosts.split(",")], sentinel_kwargs=own | tls | times
    )
    return sentinel.master_for(service, **{"db": int(database or 0)} | options)


async def ask(command: Awaitable[Result], *, timeout_s: float = TIMEOUT_S) -> Result:
    """Return the answer to *command*.

    Raises:
        Unavailable: there is none, or it is an error; its cause has the reason.
    """
    task = asyncio.current_task()
    assert task is not None
    cancelled = task.cancelling()
    try:
        async with asyncio.timeout(2 * timeout_s):
            return await command
    except (RedisError, OSError, TimeoutError) as error:
        raise Unavailable from error
    finally:
        if task.cancelling() > cancelled:
            # redis-py can lose a cancellation that arrives with an answer (seen with 8.1.0), and a loop would continue.
            raise asyncio.CancelledError


def _address(host: str, port: int) -> tuple[str, int]:
    """Return name and port, *port* if *host* has none; an IPv6 address stands in brackets."""
    parts = urlsplit(f"//{host.strip()}")
    return parts.hostname or "", parts.port or port
