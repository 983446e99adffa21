"""One of several nodes dies with live rooms: its users continue on others, and so do its deadlines."""

import asyncio
import time
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager, suppress
from typing import Any

from server.drill.checks.deadline_check import DeadlineCheck
from server.drill.clients.client_log import stays
from server.drill.clients.client_pool import Pair, each, until_all
from server.drill.clients.outcomes import FrameRefused, Interrupted
from server.drill.clients.scripted_client import ScriptedClient
from server.drill.drill_context import Drill, DrillContext, node_name
from server.drill.judgement.verdict import all_of, at_most, none_of
from server.drill.spread import both, spread_out

DOOMED = 0
"""The node that is killed."""
SETTLE_S = 1.0
LIT_S = 15.0
"""Interval, in seconds, at which users send a message who were not chosen at random."""
NOTICED_S = 5.0
MOVING_S = 0.3
"""How long before the death others join: longer than it takes until a user moves to another node to be paired."""
JOINED_S = 10.0
RESUME_P50_S, RESUME_P99_S = 1.5, 3.0
"""After the death, with the backoff of a page."""


async def run(context: DrillContext) -> None:
    """Kill one node, check who resumes where and which deadlines are processed; then replace it."""
    count = context.options.nodes
    context.say(f"opening {context.options.rooms} rooms on {count} nodes")
    pairs = await context.clients.pair_up(context.options.rooms, mode=both, node=lambda n: spread_out(count, n))
    people = [person for pair in pairs for person in pair]
    promises = DeadlineCheck(context, DOOMED)
    async with context.clients.talking(pairs), _lit(people):
        await _resume_elsewhere(context, pairs)
        await promises.make(max(2, context.options.rooms // 50))
        joining = await _joining(context)
        await promises.moment()
        rooms = {one.user_id: one.room["room_id"] for one in context.clients.people if one.room is not None}
        struck = [one for one in people if context.node_of(one) == DOOMED]
        late = _late(context, pairs)
        for _, person in late:
            person.returns = False
        promises.give_up()
        moves = asyncio.create_task(each(joining, _join))
        await asyncio.sleep(context.rng.uniform(0, MOVING_S))
        lost_at = context.mark(f"SIGKILL of {node_name(DOOMED)}")
        await context.nodes[DOOMED].kill()
        await _noticed(context, late, lost_at)
        for _, person in late:
            person.returns = True
            person.come_back()
        here = [one for one in context.clients.people if one not in promises.given_up]
        context.require(all_of("users who are connected again", await context.clients.all_here(here), len(here)))
        context.mark("all users are back")
        stayed_away = [person for _, person in late]
        _resumed(context, [one for one in struck if one not in stayed_away], rooms, lost_at)
        await moves
        await _judge_joining(context, joining)
        await promises.judge()
        await _again(context)
    await until_all(people, lambda person: not person.unsaid)
    kept = [person for person in people if person.room and person.room["room_id"] == rooms[person.user_id]]
    context.require(
        all_of("people who are in their room at the end", len(kept), len(people)),
        none_of("rooms ended by the death", _ended(people), looked_at=len(pairs)),
    )
    for person in promises.given_up:
        person.come_back()
    await context.clients.all_here(promises.given_up)


async def _resume_elsewhere(context: DrillContext, pairs: Sequence[Pair]) -> None:
    """Disconnect some users, who reconnect to another node; each must resume with nothing missed."""
    people = [pair[0] for pair in pairs[:: max(1, len(pairs) // 10)]]
    places = [(context.node_of(person) + 1) % len(context.nodes) for person in people]
    await context.clients.move_to(people, lambda n: places[n])
    resumed = [person for person in people if person.log.heard("welcome")[-1].frame["resumed"]]
    context.require(all_of("users who resumed at another node, `resumed: true`", len(resumed), len(people)))


async def _joining(context: DrillContext) -> list[ScriptedClient]:
    """Return users at the node that dies and at the others in turns, not yet in the queue."""
    people = await context.clients.sign_up(2 * max(4, context.options.rooms // 20), gender="nonbinary")
    await context.clients.connect_at(people, lambda n: DOOMED + n % len(context.nodes))
    return people


async def _join(person: ScriptedClient) -> None:
    """Join the queue; a lost connection or a busy node is retried."""
    with suppress(FrameRefused, Interrupted):
        await person.ask("queue.join", mode="text", auto_accept=True, want={"gender": ["nonbinary"]})


async def _judge_joining(context: DrillContext, people: Sequence[ScriptedClient]) -> None:
    """Require that all who joined while the node died are paired, those it lost after they have joined again."""
    until = time.monotonic() + JOINED_S
    while any(one.room is None for one in people) and time.monotonic() < until:
        await each([one for one in people if one.room is None and one.phase == "idle" and one.is_here], _join)
        await until_all(people, lambda one: one.room is not None, patience_s=SETTLE_S)
    paired = [one for one in people if one.room is not None]
    context.require(all_of("users who joined while the node died, and are paired", len(paired), len(people)))


@asynccontextmanager
async def _lit(people: Sequence[ScriptedClient]) -> AsyncIterator[None]:
    """Keep every torch from its warning within the `with`: at random one user of a thousand stays silent."""

    async def speak_up() -> None:
        while True:
            for person in people:
                await asyncio.sleep(LIT_S / len(people))
                person.say("still here")

    task = asyncio.create_task(speak_up())
    try:
        yield
    finally:
        task.cancel()


def _ended(people: Sequence[ScriptedClient]) -> list[str]:
    found = [(person, stay) for person in people for stay in stays(person.log) if stay.until is not None]
    return [f"{stay.room_id} for {person.log.name}: {stay.reason}" for person, stay in found]


def _late(context: DrillContext, pairs: Sequence[Pair]) -> list[Pair]:
    """Return some pairs divided by the death: the connected user, and the one who stays away until that is detected."""
    divided = [(one, two) for pair in pairs for one, two in (pair, pair[::-1]) if context.node_of(two) == DOOMED]
    divided = [(one, two) for one, two in divided if context.node_of(one) != DOOMED]
    return divided[:: max(1, len(divided) // max(2, len(pairs) // 20))]


async def _noticed(context: DrillContext, late: Sequence[Pair], lost_at: float) -> None:
    """Wait until the connected users get the event that the others are away."""

    def told(one: ScriptedClient) -> float | None:
        # Users owned by the dead node reconnect, and see the grace in the welcome instead of an event.
        told = [entry.at for entry in one.log.heard("room.peer_away")]
        shown = [entry.at for entry in one.log.heard("welcome") if _shows_grace(entry.frame)]
        return next((at for at in sorted((*told, *shown)) if at > lost_at), None)

    await until_all([one for one, _ in late], lambda one: told(one) is not None)
    waits = [at - lost_at for one, _ in late if (at := told(one)) is not None]
    noticed = context.measure("from the death of the node to “your partner is away”", waits)
    context.require(
        all_of("people who were told that their partner is away", len(waits), len(late)),
        at_most("until the death of a node is noticed", noticed.max, NOTICED_S),
    )


def _shows_grace(welcome: Mapping[str, Any]) -> bool:
    room = welcome["state"]["room"]
    return room is not None and room["grace"] is not None


def _resumed(context: DrillContext, people: Sequence[ScriptedClient], rooms: Mapping[str, str], lost_at: float) -> None:
    """Measure how soon users who reconnected immediately were in their room again."""
    waits: list[float] = []
    for person in people:
        for entry in person.log.heard("welcome"):
            room = entry.frame["state"]["room"]
            if entry.at > lost_at and room is not None and room["room_id"] == rooms[person.user_id]:
                waits.append(entry.at - lost_at)
                break
    resumed = context.measure("time to resume on another node", waits)
    context.require(
        all_of("people of the dead node who got their room back", len(waits), len(people)),
        at_most("time to resume, p50", resumed.p50, RESUME_P50_S),
        at_most("time to resume, p99", resumed.p99, RESUME_P99_S),
    )


async def _again(context: DrillContext) -> None:
    """Replace the dead node, and pair users there with users at other nodes."""
    await context.nodes[DOOMED].start()
    context.mark(f"{node_name(DOOMED)} serves again")
    pairs = await context.clients.pair_up(4, mode=both, node=lambda n: DOOMED + n % 2)
    met = sum(pair[0].room is not None and pair[1].room is not None for pair in pairs)
    context.require(all_of("rooms between the new node and another", met, len(pairs)))
    await asyncio.sleep(SETTLE_S)


DRILL = Drill(
    name="node",
    summary="one of several nodes is killed under live rooms: who resumes where, and which deadlines still fire",
    run=run,
    nodes=2,
    settings={"RONDO_TORCH_IDLE_S": "40", "RONDO_TORCH_WARNING_S": "22", "RONDO_TEXT_GRACE_S": "15"},
    brief_settings={
        "RONDO_TORCH_IDLE_S": "2.5",
        "RONDO_TORCH_WARNING_S": "4",
        "RONDO_INVITE_TTL_S": "3",
        "RONDO_GRACE_S": "6",
        "RONDO_TEXT_GRACE_S": "7",
    },
    remote=False,
)
