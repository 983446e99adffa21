"""After a restart, one user of some rooms does not reconnect, in others neither does: the waiting users learn it, and
when.
"""

import asyncio
import math

from server.drill.clients.client_pool import Pair, until_all
from server.drill.drill_context import Drill, DrillContext
from server.drill.judgement.evidence import Restart
from server.drill.judgement.verdict import all_of, at_most
from server.drill.spread import both

LIVE_S = 5.5
"""Rooms that were live for less leave no history that tells disconnected users the reason."""
EXACT_S = 0.25
"""Tolerance of a deadline across a restart."""


async def run(context: DrillContext) -> None:
    """Kill and start; a third of the rooms lose one user, a third both; the rest continue."""
    pairs = await context.clients.pair_up(context.options.rooms, mode=both)
    one_gone, both_gone, whole = pairs[::3], pairs[1::3], pairs[2::3]
    together = [person for pair in whole for person in pair]
    absent = [pair[1] for pair in one_gone] + [person for pair in both_gone for person in pair]
    rooms = {person.user_id: person.room["room_id"] for person in together if person.room is not None}
    async with context.clients.talking(whole):
        await asyncio.sleep(LIVE_S)
        for person in absent:
            person.returns = False
        restart = await context.restart()
        here = [pair[0] for pair in one_gone] + together
        context.require(all_of("people who came back", await context.clients.all_here(here), len(here)))
        await _wait_in_vain(context, one_gone, restart)
    context.mark("the absent users reconnect, too late")
    for person in absent:
        person.come_back()
    await context.clients.all_here()
    kept = [person for person in together if person.room and person.room["room_id"] == rooms[person.user_id]]
    context.require(
        all_of("users of complete rooms, still in them", len(kept), len(together)),
        all_of("absent users who are idle again", sum(person.phase == "idle" for person in absent), len(absent)),
    )


async def _wait_in_vain(context: DrillContext, pairs: list[Pair], restart: Restart) -> None:
    """Make the connected users wait for the others until every grace has ended."""
    context.say("waiting for the grace to pass")
    waiting = [pair[0] for pair in pairs]
    longest_s = max(context.windows.grace_s, context.windows.text_grace_s)
    await until_all(waiting, lambda person: person.room is None, patience_s=longest_s + 5)
    await context.wait_until(restart.back_at + longest_s + 1)
    late: list[float] = []
    for number, person in enumerate(waiting):
        # Every third pair; video and text alternate.
        grace_s = context.windows.grace_for(both(3 * number))
        late += [
            entry.at - restart.back_at - grace_s
            for entry in person.log.heard("room.ended")
            if entry.frame["reason"] == "grace_expired"
        ]
    context.measure("end of the grace, after its instant", late)
    context.require(
        all_of("waiting users told that the grace has ended", len(late), len(waiting)),
        at_most("deviation of the end of a grace", max(map(abs, late), default=math.nan), EXACT_S, digits=3),
    )


DRILL = Drill(
    name="absent",
    summary="after a restart one user of a room does not return; and neither user",
    run=run,
    settings={"RONDO_TEXT_GRACE_S": "15"},
    brief_settings={"RONDO_GRACE_S": "6", "RONDO_TEXT_GRACE_S": "7"},
    brief_rooms=9,
)
