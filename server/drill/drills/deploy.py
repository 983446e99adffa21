"""A new process starts beside the old one, on the same port and database; then the old one is stopped."""

import asyncio
import math
import time
from itertools import pairwise

from server.drill.clients.client_log import stays
from server.drill.clients.client_pool import Pair
from server.drill.clients.outcomes import FrameRefused, Interrupted
from server.drill.clients.scripted_client import ScriptedClient
from server.drill.drill_context import Drill, DrillContext
from server.drill.judgement.verdict import all_of, at_most, exactly, none_of
from server.drill.spread import both
from server.drill.traffic.calls import calling
from server.drill.traffic.churn import churning

MODE = "text"
BESIDE_S = 2.0
"""How long both serve before the old one is stopped."""
ACCEPT_S = 4.0
"""Invites are accepted at random within this time, from SIGTERM to the old process."""


async def run(context: DrillContext) -> None:
    """Deploy under load; no room ends, no accept is refused, and no user is disconnected for long."""
    context.say(f"opening {context.options.rooms} rooms")
    pairs = await context.clients.pair_up(context.options.rooms, mode=both)
    people = [person for pair in pairs for person in pair]
    rooms = {person.user_id: person.room["room_id"] for person in people if person.room is not None}
    invited = await _strangers(context, max(4 * len(context.nodes), context.options.rooms // 10))
    async with calling(context, context.options.calls), context.clients.talking(pairs), churning(context, 10):
        await asyncio.sleep(1)
        ends: list[tuple[int, float]] = []
        accepted: list[str] = []
        began = time.monotonic()
        # Several nodes are replaced one after the other: a rolling deploy.
        for place in range(len(context.nodes)):
            old, _ = await context.succeed(place)
            # Some lose their connection while both serve, and reconnect to either.
            for pair in pairs[:: max(1, len(pairs) // 10)]:
                pair[0].drop()
            await asyncio.sleep(BESIDE_S)
            some = invited[place :: len(context.nodes)]
            await _invite(some)
            told_at = context.mark("SIGTERM")
            old.ask_to_stop()
            accepts = asyncio.gather(*(_accept(context, other) for _, other in some))
            code = await old.gone()
            ends.append((code, context.mark("the old process has ended") - told_at))
            accepted += await accepts
        await context.clients.all_here(people)
        await asyncio.sleep(1.0)
    kept = [person for person in people if person.room and person.room["room_id"] == rooms[person.user_id]]
    away = [gap for person in people for gap in _gaps(person, began)]
    context.measure("disconnected from the room", away)
    context.require(
        all_of("people who are in their room at the end", len(kept), len(people)),
        none_of("rooms ended by the deploy", _ended(people, rooms), looked_at=len(pairs)),
        none_of("accepts refused", [why for why in accepted if why], looked_at=len(accepted)),
        exactly("exit code of the old process", max(code for code, _ in ends), 0),
        at_most(
            "from SIGTERM to the exit of the old process", max(took_s for _, took_s in ends), context.windows.drain_s
        ),
        at_most("longest time disconnected from a room", max(away, default=math.nan), context.windows.grace_s),
    )


async def _strangers(context: DrillContext, count: int) -> list[Pair]:
    people = await context.clients.sign_up(2 * count)
    await context.clients.connect(people)
    return list(zip(people[::2], people[1::2], strict=True))


async def _invite(pairs: list[Pair]) -> None:
    """Make the first of each invite the second; both may first have to be on one process."""
    for one, other in pairs:
        await _together(one, other)


async def _together(one: ScriptedClient, other: ScriptedClient) -> None:
    """Repeat the invite until both are on the same process: queue and invites are known to one only."""
    until = time.monotonic() + 20
    while time.monotonic() < until:
        try:
            await other.ask("queue.join", mode=MODE, pairing="manual")
            await one.ask("invite.send", user_id=other.user_id, mode=MODE)
            await other.until(lambda: other.invite is not None)
            return
        except FrameRefused as refusal:
            if refusal.code != "target_unavailable":
                raise
            one.drop()
            await one.until(lambda: not one.is_here)
            await one.until(lambda: one.is_here)


async def _accept(context: DrillContext, person: ScriptedClient) -> str:
    """Accept the invite at a random moment; return why that was refused, if it was."""
    assert person.invite is not None
    invite_id = person.invite["invite_id"]
    await asyncio.sleep(context.rng.uniform(0, ACCEPT_S))
    try:
        await person.ask("invite.accept", invite_id=invite_id)
        await person.until(lambda: person.room is not None)
    except (FrameRefused, Interrupted, TimeoutError) as error:
        return f"{person.log.name}: {error!r}"
    return ""


def _ended(people: list[ScriptedClient], rooms: dict[str, str]) -> list[str]:
    return [
        f"{stay.room_id} for {person.log.name}: {stay.reason}"
        for person in people
        for stay in stays(person.log)
        if stay.room_id == rooms[person.user_id] and stay.until is not None
    ]


def _gaps(person: ScriptedClient, since: float) -> list[float]:
    """Return each duration for which this user was disconnected from their room."""
    lives = [life for stay in stays(person.log) for life in stay.lives]
    return [later[0] - earlier[1] for earlier, later in pairwise(lives) if earlier[1] >= since]


DRILL = Drill(
    name="deploy",
    summary="a new process takes over on the same port and database while the old one drains, under load",
    run=run,
    remote=False,
)
