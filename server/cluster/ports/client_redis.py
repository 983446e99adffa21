"""Redis clients by URL: one server, the master that Sentinels name, or a Redis Cluster."""

import asyncio
from collections.abc import Awaitable
from typing import Any, Final, TypeVar
from urllib.parse import parse_qs, unquote, urlsplit

import redis.asyncio
from redis.asyncio.retry import Retry
from redis.asyncio.sentinel import Sentinel
from redis.backoff import NoBackoff
from redis.exceptions import RedisError

from matchmaker.domain.errors import Unavailable

TIMEOUT_S: Final = 1.0
"""How long a connection attempt, and a command that does not block, may take."""
SENTINEL_S: Final = 0.3
"""How long one Sentinel may take before the next is asked."""
SENTINEL_PORT: Final = 26_379
PREFIX: Final = "{rondo}"
"""Begins every key, so that all of them are in one slot of a Redis Cluster and one script may touch several."""

Result = TypeVar("Result")


def connect(url: str, *, name: str, timeout_s: float = TIMEOUT_S, keeps_connection: bool = False) -> Any:
    """Return a client of the Redis at *url*; nothing is sent yet.

    *keeps_connection*: commands wait for each other on one connection, and only `ask` limits their time: to take one
    from a pool, and a task for each timeout, cost more than the command. With Sentinels and for a Redis Cluster there
    are pools in any case, which ask for the address again.

    `redis://`, `rediss://`, `unix://`; `redis+sentinel://user:password@host:26379,host/service/0`;
    `redis+cluster://host:6379`. With `rediss+…` the servers are spoken to over TLS.

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
    if scheme.endswith("+cluster"):
        options["retry"] = Retry(NoBackoff(), 1)  # a moved slot costs one
        plain = scheme.removesuffix("+cluster")
        return redis.asyncio.RedisCluster.from_url(f"{plain}://{rest}", **options)
    if not scheme.endswith("+sentinel"):
        return redis.asyncio.Redis.from_url(url, single_connection_client=keeps_connection, **options)
    parts = urlsplit(f"redis://{rest}")
    hosts = parts.netloc.rpartition("@")[2]
    service, _, database = unquote(parts.path).strip("/").partition("/")
    secret = parse_qs(parts.query).get("sentinel_password", [None])[0]
    sentinel = Sentinel(  # type: ignore[no-untyped-call]
        [_address(host) for host in hosts.split(",")],
        sentinel_kwargs={
            "password": secret,
            "socket_timeout": SENTINEL_S,
            "socket_connect_timeout": SENTINEL_S,
            "retry": Retry(NoBackoff(), 0),
        },
    )
    if parts.password:
        options |= {"username": unquote(parts.username or "") or None, "password": unquote(parts.password)}
    if scheme.startswith("rediss"):
        options["ssl"] = True
    return sentinel.master_for(service, db=int(database or 0), **options)


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


def _address(host: str) -> tuple[str, int]:
    """Return name and port; an IPv6 address stands in brackets."""
    parts = urlsplit(f"//{host.strip()}")
    return parts.hostname or "", parts.port or SENTINEL_PORT
