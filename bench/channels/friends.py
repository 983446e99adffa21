"""The scenario `friends`: the cost of users with connected friends."""

import asyncio
import hashlib
import time
from collections.abc import Iterable, Sequence
from typing import Any

import asyncpg

from bench.channels.messages import USERS_OF
from bench.dialect import Dialect
from bench.load import Crowd
from bench.servers import Server

FRIENDS = 20
"""Friends of each idle user."""
WATCHERS = 100
"""Friends of each user whose presence changes."""
MOVERS_MAX = 400
SETTLE_S = 4.0
QUIET_S = 3.0
HOLD_S = 15.0
"""RONDO_PRESENCE_HOLD_S."""
BEFRIEND = """
INSERT INTO friendships (low, high, since_at)
SELECT DISTINCT LEAST(a, b), GREATEST(a, b), now() FROM unnest($1::uuid[], $2::uuid[]) AS t (a, b)
ON CONFLICT DO NOTHING
"""


class FriendlyDialect(Dialect):
    """The protocol of clients with friends and channels."""

    def hello(self, token: str) -> bytes:
        """Return a hello with both features."""
        return self._say("hello", {"token": token, "features": ["friends", "channels"]})


def friends(server: Server, sizes: Any) -> dict[str, float]:
    """Measure the memory of a user with friends compared to one without, and the cost of a presence change."""
    count = min(sizes.friends, len(server.tokens) // 2 - WATCHERS)
    return {"friendly_idle_bytes": _idle(server, count), "presence_change_cpu_s": _change(server, count)}


def _idle(server: Server, count: int) -> float:
    """Return how many bytes an idle user with 20 friends, all connected, needs more than one without the feature.

    What the server loads once, such as statements and the code of both features, is loaded by users before them.
    """
    plain, friendly = server.tokens[:count], server.tokens[count : 2 * count]
    first = server.tokens[2 * count : 2 * count + WATCHERS]
    for tokens in (first, friendly):
        size = len(tokens)
        ring = [(n, (n + step) % size) for n in range(size) for step in range(1, FRIENDS // 2 + 1)]
        asyncio.run(_befriend(server, tokens, ring))
    grown = []
    crowds = []
    for dialect, tokens in ((FriendlyDialect(), first), (Dialect(), plain), (FriendlyDialect(), friendly)):
        before = server.rss_bytes()
        crowd = Crowd(dialect, server.ports, joins=[dialect.join_to_wait])
        crowd.connect(tokens)
        crowd.idle(SETTLE_S)
        grown.append((server.rss_bytes() - before) / len(tokens))
        crowds.append(crowd)
    for crowd in crowds:
        crowd.close()
    _, without, with_friends = grown
    return with_friends - without


def _change(server: Server, count: int) -> float:
    """Return the CPU of the server for sending 100 friends that a user is offline, without other load.

    Many of these users leave at the same moment, as when a network or a node fails: friends are sent them in batches.
    """
    tokens = server.tokens[2 * count : 2 * count + WATCHERS]
    watchers, movers = tokens, server.tokens[: min(MOVERS_MAX, count)]
    clients = [*watchers, *movers]
    pairs = [(n, m) for n in range(len(watchers)) for m in range(len(watchers), len(clients))]
    asyncio.run(_befriend(server, clients, pairs))
    dialect = FriendlyDialect()
    here, going = (Crowd(dialect, server.ports, joins=[dialect.join_to_wait]) for _ in range(2))
    here.connect(watchers)
    going.connect(movers)
    here.idle(SETTLE_S + HOLD_S / 3)  # every connect was delivered by then
    going.close()
    closed = time.monotonic()
    here.idle(HOLD_S / 3)
    cpu = server.cpu_s()
    here.idle(QUIET_S)
    rest_per_s = (server.cpu_s() - cpu) / QUIET_S
    cpu, began = server.cpu_s(), time.monotonic()
    here.idle(closed + HOLD_S + QUIET_S - began)
    spent = server.cpu_s() - cpu - rest_per_s * (time.monotonic() - began)
    here.close()
    return max(0.0, spent) / len(movers)


async def _befriend(server: Server, tokens: Sequence[str], pairs: Iterable[tuple[int, int]]) -> None:
    assert server.database is not None
    connection = await asyncpg.connect(**server.database.address())
    try:
        rows = await connection.fetch(USERS_OF, [hashlib.sha256(token.encode()).digest() for token in tokens])
        users = [row[0] for row in rows]
        named = [(users[one], users[other]) for one, other in pairs]
        await connection.execute(BEFRIEND, [one for one, _ in named], [other for _, other in named])
    finally:
        await connection.close()
