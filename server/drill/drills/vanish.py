"""A node stops answering without closing a socket: its process is stopped, then its link is cut. Clients detect it by
silence.
"""

import asyncio
from collections.abc import Mapping, Sequence
from typing import Final

from server.drill.clients.client_log import stays
from server.drill.clients.client_pool import until_all
from server.drill.clients.scripted_client import ScriptedClient
from server.drill.clients.timings import timings
from server.drill.drill_context import Drill, DrillContext, node_name
from server.drill.judgement.verdict import all_of, at_most, none_of, not_run
from server.drill.servers.link import NetworkLink
from server.drill.spread import both, spread_out

PLACE: Final = 0
"""The node that stops answering."""
FAULT_S, BRIEF_FAULT_S = 7.0, 3.0
"""How long a single node is unreachable: longer than the clients' timeout. One of several stays unreachable until all
are back."""
SILENT: Final = "RONDO_SERVER_SILENT_S"
SILENT_S: Final = 5.0
LATE_S: Final = 0.25
HANDSHAKE_S: Final = 1.0
DEAD_S: Final = 3.0
"""Silence after which the other nodes consider it dead."""
SETTLE_S: Final = 2.0
"""Duration of the chat before each fault, and of the recovery of a node that is back."""
BRIEF: Final = {"RONDO_PING_S": "0.6", SILENT: "1", "RONDO_CLIENT_SILENT_S": "1.6"}


async def run(context: DrillContext) -> None:
    """Stop the node, then cut its link; each time all users must have their room again."""
    count = context.options.nodes
    context.say(f"opening {context.options.rooms} rooms on {count} node(s)")
    pairs = await context.clients.pair_up(context.options.rooms, mode=both, node=lambda n: spread_out(count, n))
    people = [person for pair in pairs for person in pair]
    rooms = {person.user_id: person.room["room_id"] for person in people if person.room is not None}
    async with context.clients.talking(pairs):
        await _vanish(context, "hangs", people, rooms)
        if isinstance(context.link, NetworkLink):
            await _come_home(context, people)
            await _vanish(context, "is cut off", people, rooms)
        else:
            context.require(not_run("a dropped link", context.link))
    await until_all(people, lambda person: not person.unsaid)
    kept = [person for person in people if person.room and person.room["room_id"] == rooms[person.user_id]]
    context.require(
        all_of("people who are in their room at the end", len(kept), len(people)),
        none_of("rooms ended by the unreachable node", _ended(people), looked_at=2 * len(pairs)),
    )


async def _vanish(context: DrillContext, how: str, people: Sequence[ScriptedClient], rooms: Mapping[str, str]) -> None:
    await asyncio.sleep(SETTLE_S)
    struck = [one for one in people if context.node_of(one) == PLACE]
    at = context.mark(f"{node_name(PLACE)} {how}")
    try:
        await _begin(context, how)
        if context.options.nodes == 1:
            await asyncio.sleep(BRIEF_FAULT_S if context.options.brief else FAULT_S)
        else:
            await until_all(struck, lambda one: _back_at(one, rooms, at) is not None)
    finally:
        await _end(context, how)
    ended_at = context.mark(f"{node_name(PLACE)} is back")
    await until_all(struck, lambda one: _back_at(one, rooms, at) is not None)
    await asyncio.sleep(SETTLE_S)
    silent_s = float(BRIEF[SILENT]) if context.options.brief else SILENT_S
    left = [lost - at for one in struck if (lost := one.log.lost_since(at)) is not None]
    back = [found for one in struck if (found := _back_at(one, rooms, at)) is not None]
    noticed = context.measure(f"{how}: from the fault to the client's close", left)
    context.require(
        all_of(f"{how}: people who have their room again", len(back), len(struck)),
        at_most(f"{how}: until the client closes the silent socket", noticed.max, silent_s + LATE_S),
    )
    if context.options.nodes == 1:
        bound_s = timings().backoff_cap + HANDSHAKE_S
        resumed = context.measure(
            f"{how}: from the end of the fault to the room", [max(0.0, one - ended_at) for one in back]
        )
        context.require(at_most(f"{how}: until all users are back, after it", resumed.max, bound_s))
    else:
        bound_s = DEAD_S + context.windows.grace_s
        resumed = context.measure(f"{how}: from the fault to the room, elsewhere", [one - at for one in back])
        context.require(at_most(f"{how}: until all users are back, elsewhere", resumed.max, bound_s))


async def _begin(context: DrillContext, how: str) -> None:
    if how == "hangs":
        context.nodes[PLACE].freeze()
        return
    assert isinstance(context.link, NetworkLink)
    await context.link.cut()
    if context.options.nodes > 1:
        context.fleet.around[PLACE].redis.swallow()
        context.fleet.around[PLACE].postgres.swallow()


async def _end(context: DrillContext, how: str) -> None:
    if how == "hangs":
        context.nodes[PLACE].thaw()
        return
    assert isinstance(context.link, NetworkLink)
    await context.link.mend()
    if context.options.nodes > 1:
        context.fleet.around[PLACE].redis.mend()
        context.fleet.around[PLACE].postgres.mend()


async def _come_home(context: DrillContext, people: Sequence[ScriptedClient]) -> None:
    """Reconnect half of the users to the node that all have left."""
    if context.options.nodes > 1:
        for person in people[::2]:
            person.returns = False
            person.drop()
        await context.clients.connect_at(people[::2], lambda _: PLACE)
        for person in people[::2]:
            person.returns = True


def _back_at(person: ScriptedClient, rooms: Mapping[str, str], since: float) -> float | None:
    """Return when *person* was welcomed into their room again after they had left the node; None: not yet."""
    lost_at = person.log.lost_since(since)
    if lost_at is None:
        return None
    for entry in person.log.heard("welcome"):
        room = entry.frame["state"]["room"]
        if entry.at > lost_at and room is not None and room["room_id"] == rooms[person.user_id]:
            return entry.at
    return None


def _ended(people: Sequence[ScriptedClient]) -> list[str]:
    found = [(person, stay) for person in people for stay in stays(person.log) if stay.until is not None]
    return [f"{stay.room_id} for {person.log.name}: {stay.reason}" for person, stay in found]


DRILL = Drill(
    name="vanish",
    summary="a node hangs, then its link is cut, and no socket is closed: all users get their room back",
    run=run,
    can_part=True,
    has_link=True,
    brief_settings=BRIEF,
    remote=False,
)
