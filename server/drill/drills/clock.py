"""A restart near the end of calls; invites and graces expire without one: all at their exact instants."""

import math
from collections.abc import Sequence

from server.db.maintenance.drill_audit import age_calls
from server.drill.clients.client_log import monotonic_of
from server.drill.clients.client_pool import Pair, each, until_all
from server.drill.clients.scripted_client import ScriptedClient
from server.drill.drill_context import Drill, DrillContext
from server.drill.judgement.verdict import all_of, at_most

SHORTEST_S = 60
"""The shortest allowed call."""
BEFORE_END_S = 2.0
LATER_S = 5
"""How much later the other half of the calls ends: after the restart."""
ACROSS_S, WITHOUT_S = 0.5, 0.1
"""Tolerance of a deadline: across a restart, and without one."""


async def run(context: DrillContext) -> None:
    """Measure deadlines without a fault; then kill so that some calls end during the outage, some soon after."""
    await _in_peace(context)
    count = max(2, context.options.rooms // 2)
    early = await context.clients.pair_up(count, mode=lambda _: "video", duration_s=SHORTEST_S)
    began = context.mark("calls of a minute begin")
    pairs = early + await context.clients.pair_up(count, mode=lambda _: "video", duration_s=SHORTEST_S + LATER_S)
    people = [person for pair in pairs for person in pair]
    if context.options.brief:
        # Too long to wait for: the start times of the calls are moved back during the outage.
        await context.restart(while_down=lambda: _age(context))
    else:
        await context.wait_until(began + SHORTEST_S - BEFORE_END_S)
        # Half of the calls end during the outage.
        await context.restart(while_down=lambda: context.wait_until(began + SHORTEST_S))
    await until_all(people, lambda one: one.is_here and one.room is None, patience_s=20)
    await _read_history(context, people)
    off = [found for person in people if (found := _off(person)) is not None]
    context.measure("end of a call, after its instant, across a restart", off)
    context.require(
        all_of("calls that ended by the clock", len(off), len(people)),
        at_most("deviation of the end of a call", max(map(abs, off), default=math.nan), ACROSS_S, digits=3),
    )


async def _age(context: DrillContext) -> None:
    assert context.dsn is not None
    await age_calls(context.dsn, by_ms=SHORTEST_S * 1_000)


def _off(person: ScriptedClient) -> float | None:
    """Return how late this user's call ended; None: not by the clock."""
    rooms = [e.frame["room"] for e in person.log.heard("room.started")]
    ends = [e.frame for e in person.log.heard("room.live")]
    ends += [e.frame["state"]["room"] for e in person.log.heard("welcome") if e.frame["state"]["room"]]
    due = ends[-1]["ends_at"]
    for entry in person.log.heard("room.ended"):
        if entry.frame["reason"] == "time_up":
            return entry.at - monotonic_of(due)
    for call in person.log.history or ():
        if call["room_id"] == rooms[-1]["room_id"] and call["end_reason"] == "time_up":
            return 0.0
    return None


async def _read_history(context: DrillContext, people: Sequence[ScriptedClient]) -> None:
    async def read(person: ScriptedClient) -> None:
        _, answer = await context.clients.call("GET", "/v1/history", token=person.token)
        person.log.history = answer["calls"]

    await each(people, read)


async def _in_peace(context: DrillContext) -> None:
    """Let invites and graces expire without a restart."""
    invites, rooms = await _invites(context, 5), await context.clients.pair_up(5, mode=lambda _: "video")
    context.mark("one of two is disconnected, invites expire")
    for _, other in rooms:
        other.returns = False
        other.drop()
    await until_all([one for one, _ in rooms], lambda one: one.room is None, patience_s=context.windows.grace_s + 5)
    await until_all([one for one, _ in invites], lambda one: bool(one.log.heard("invite.closed")))
    graces = [_since_told(one, "room.peer_away", "room.ended") for one, _ in rooms]
    expiries = [_since_told(other, "invite.received", "invite.closed") for _, other in invites]
    context.measure("end of a grace, after its instant", graces)
    context.measure("end of an invite, after its instant", expiries)
    context.require(
        at_most("deviation of the end of a grace without a restart", max(map(abs, graces)), WITHOUT_S, digits=3),
        at_most("deviation of the end of an invite without a restart", max(map(abs, expiries)), WITHOUT_S, digits=3),
    )
    for _, other in rooms:
        other.come_back()


def _since_told(person: ScriptedClient, told: str, over: str) -> float:
    """Return the delay between the announced deadline and the end."""
    frame = person.log.heard(told)[-1].frame
    due = frame["invite"]["expires_at"] if "invite" in frame else frame["ends_at"]
    return person.log.heard(over)[-1].at - monotonic_of(due)


async def _invites(context: DrillContext, count: int) -> list[Pair]:
    """Return pairs in which the first has invited the second, who does not answer."""
    people = await context.clients.sign_up(2 * count)
    await context.clients.connect(people)
    pairs = list(zip(people[::2], people[1::2], strict=True))
    for one, other in pairs:
        await other.ask("queue.join", mode="text", pairing="manual")
        await one.ask("invite.send", user_id=other.user_id, mode="text")
    await until_all([other for _, other in pairs], lambda other: other.invite is not None)
    return pairs


DRILL = Drill(
    name="clock",
    summary="a restart near the end of video calls; every deadline at its instant",
    run=run,
    rooms=100,
    brief_settings={"RONDO_GRACE_S": "6", "RONDO_INVITE_TTL_S": "1"},
    brief_rooms=4,
)
