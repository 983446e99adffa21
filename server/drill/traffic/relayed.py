"""Signals sent during a fault, and which of them arrive."""

import asyncio
import time
from collections.abc import Iterator, Sequence
from typing import Any, Final

from server.drill.clients.client_pool import Pair, until_all
from server.drill.clients.scripted_client import ScriptedClient
from server.drill.drill_context import DrillContext

PER_S: Final = 40.0
SETTLE_S: Final = 0.5
"""Timeout of the last signal."""


async def signal_during(
    context: DrillContext, pairs: Sequence[Pair], event: asyncio.Task[Any], *, settle_s: float = SETTLE_S
) -> tuple[int, int]:
    """Send signals at random until *event* is done; return how many were sent, and how many arrived.

    *settle_s*: how long after the event they may arrive.
    """
    since = time.monotonic()
    while not event.done():
        context.clients.signal(context.rng.choice(context.rng.choice(pairs)))
        await asyncio.sleep(1 / PER_S)
    await event
    ended_at = time.monotonic()
    await asyncio.sleep(settle_s)
    people = [person for pair in pairs for person in pair]
    sent = {mark for one in people for mark in _marks(one, "sent", since, ended_at)}
    heard = {mark for one in people for mark in _marks(one, "heard", since, time.monotonic())}
    return len(sent), len(sent & heard)


async def signal_once(context: DrillContext, pairs: Sequence[Pair], *, patience_s: float) -> tuple[int, int]:
    """Send one signal in both directions of each pair; return how many were sent, and how many arrived in time."""
    since = time.monotonic()
    peers = [(one, two) for pair in pairs for one, two in (pair, pair[::-1]) if one.is_here and two.is_here]
    for one, _ in peers:
        context.clients.signal(one)
    now = time.monotonic()
    wanted = {two.user_id: set(_marks(one, "sent", since, now)) for one, two in peers}

    def has_heard(person: ScriptedClient) -> bool:
        return wanted[person.user_id] <= set(_marks(person, "heard", since, time.monotonic()))

    return len(peers), await until_all([two for _, two in peers], has_heard, patience_s=patience_s)


def _marks(person: ScriptedClient, kind: str, since: float, until: float) -> Iterator[str]:
    for entry in reversed(person.log.entries):
        if entry.at < since:
            return
        if entry.kind == kind and entry.type == "signal" and entry.at <= until:
            yield entry.frame["candidate"]["candidate"]
