"""Connections are closed, dropped silently and stalled, and thousands reconnect together: no room
or message is lost.
"""

import re
import time
from collections import defaultdict

from server.drill.clients.client_pool import SOCKET, Pair, each, until_all
from server.drill.clients.scripted_client import ScriptedClient
from server.drill.drill_context import Drill, DrillContext
from server.drill.judgement.verdict import all_of, at_most
from server.drill.servers.proxy import Proxy
from server.drill.spread import both

STORM = 5_000
BRIEF_STORM = 60
WELCOMED_S = 10.0
"""Bound for the last welcome after the storm, in seconds."""
LAG_S = 0.25
"""Lag of the server's loop during the storm, p99."""
SILENT_S = 5.0
"""The server's silence after which a page closes (RONDO_SERVER_SILENT_S)."""
LATE_S = 0.25
STALL_BYTES = 60_000
STALL_FRAMES = 400
"""More than the outbound limit of 1 MiB and all buffers in between."""


async def run(context: DrillContext) -> None:
    """Disturb the network in four ways, one after the other."""
    proxy = Proxy(("127.0.0.1", context.nodes[0].port))
    await proxy.open()
    try:
        pairs = await context.clients.pair_up(context.options.rooms, mode=both)
        people = [person for pair in pairs for person in pair]
        rooms = {person.user_id: person.room["room_id"] for person in people if person.room is not None}
        async with context.clients.talking(pairs):
            await _cut(context, people)
            await _swallow(context, [pair[0] for pair in pairs], proxy)
        await until_all(people, lambda person: not person.unsaid)
        await _stall(context, pairs[0])
        await _storm(context)
        kept = [one for one in people if one.room and one.room["room_id"] == rooms[one.user_id]]
        context.require(all_of("people who are in their room at the end", len(kept), len(people)))
    finally:
        await proxy.close()


async def _cut(context: DrillContext, people: list[ScriptedClient]) -> None:
    """Cut half of the connections without a close; all clients reconnect and continue."""
    context.mark("half of the connections are cut")
    for person in people[::2]:
        person.drop()
    here = await context.clients.all_here(people)
    context.require(all_of("people back after a cut", here, len(people)))


async def _swallow(context: DrillContext, people: list[ScriptedClient], proxy: Proxy) -> None:
    """Move some users behind a proxy, drop their data silently, and wait until they detect it and reconnect by another
    way.
    """
    straight = people[0].urls
    for person in people:
        person.returns = False
        person.drop()
        person.urls = [proxy.base + SOCKET]
    await each(people, ScriptedClient.connect)
    for person in people:
        person.urls = straight
        person.returns = True
    silent_at = context.mark("half-open: the data of half of the users is swallowed")
    proxy.swallow()
    await until_all(people, lambda one: one.log.lost_since(silent_at) is not None)
    left = [at - silent_at for one in people if (at := one.log.lost_since(silent_at)) is not None]
    here = await context.clients.all_here(people)
    noticed = context.measure("from the silence to the client's close", left)
    context.require(
        all_of("people back from a half-open socket", here, len(people)),
        at_most("until the client closes a silent socket", noticed.max, SILENT_S + LATE_S),
    )


async def _stall(context: DrillContext, pair: Pair) -> None:
    """Stop reading on one side and flood it from the other: the stalled one is closed, and reconnects."""
    talker, staller = pair
    noticed = len(talker.log.heard("room.peer_away"))
    context.mark("a reader stalls")
    staller.wire.transport.pause_reading()
    description = {"type": "offer", "sdp": "x" * STALL_BYTES}
    sent = 0
    while sent < STALL_FRAMES and len(talker.log.heard("room.peer_away")) == noticed and talker.room is not None:
        talker.tell("signal", room_id=talker.room["room_id"], description=description)
        await talker.ask("queue.leave")
        sent += 1
    cut = len(talker.log.heard("room.peer_away")) > noticed
    context.require(all_of("stalled readers that were closed", int(cut), 1))
    staller.drop()
    await context.clients.all_here([staller])


async def _storm(context: DrillContext) -> None:
    """Disconnect thousands in the same instant; they reconnect as pages do."""
    count = BRIEF_STORM if context.options.brief else STORM
    context.say(f"{count} users connect")
    crowd = await context.clients.sign_up(count)
    for person in crowd:
        person.keeps = False
    await context.clients.connect(crowd)
    before = await _lags(context)
    began = context.mark(f"{count} users are disconnected together")
    for person in crowd:
        person.drop()
    here = await context.clients.all_here(crowd)
    took = time.monotonic() - began
    context.tally("storm: all welcomed after (s)", round(took, 2))
    lag = _p99(before, await _lags(context))
    context.require(
        all_of("people of the storm who were welcomed", here, len(crowd)),
        at_most("all welcomed", took, WELCOMED_S),
    )
    if before:  # a public service shows its metrics to operators only
        told = "lag of the server's loop in the storm, p99 (upper bound of its bucket)"
        context.require(at_most(told, lag, LAG_S, digits=3))
    for person in crowd:
        person.leave()


async def _lags(context: DrillContext) -> dict[float, float]:
    """Return the cumulative counts of measurements of the loop's lag, by upper bound in seconds."""
    found: dict[float, float] = defaultdict(float)
    for node in context.nodes:
        text = await context.clients.read("/metrics", at=node.base)
        for bound, count in re.findall(r'rondo_loop_lag_seconds_bucket\{le="([^"]+)"\} ([0-9.e+]+)', text):
            found[float(bound)] += float(count)
    return found


def _p99(before: dict[float, float], after: dict[float, float]) -> float:
    counts = {bound: count - before.get(bound, 0.0) for bound, count in after.items()}
    total = max(counts.values(), default=0.0)
    return min((bound for bound, count in counts.items() if count >= 0.99 * total), default=float("nan"))


DRILL = Drill(
    name="network",
    summary="connections cut, swallowed and stalled; thousands reconnect together",
    run=run,
    rooms=100,
    brief_rooms=6,
    settings={"RONDO_GRACE_S": "20"},
    remote=False,
)
