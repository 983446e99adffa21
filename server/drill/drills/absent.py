"""After a restart one side of some rooms does not return, in others neither does: those who wait are told, and when."""

import asyncio
import math

from server.drill.clients.client_pool import Pair, until_all
from server.drill.drill_context import Drill, DrillContext
from server.drill.judgement.evidence import Restart
from server.drill.judgement.verdict import all_of, at_most
from server.drill.spread import both

LIVE_S = 5.5
"""Rooms that were live for less leave no trace that tells the absent why."""
EXACT_S = 0.25
"""How near to its instant a deadline must be across a restart."""


async def play(play: DrillContext) -> None:
    """Kill and start; a third of the rooms lose one user, a third both; the rest continue."""
    pairs = await play.cast.pair_up(play.options.rooms, mode=both)
    one_gone, both_gone, whole = pairs[::3], pairs[1::3], pairs[2::3]
    together = [person for pair in whole for person in pair]
    absent = [pair[1] for pair in one_gone] + [person for pair in both_gone for person in pair]
    rooms = {person.user_id: person.room["room_id"] for person in together if person.room is not None}
    async with play.cast.talking(whole):
        await asyncio.sleep(LIVE_S)
        for person in absent:
            person.returns = False
        restart = await play.restart()
        here = [pair[0] for pair in one_gone] + together
        play.require(all_of("people who came back", await play.cast.all_here(here), len(here)))
        await _wait_in_vain(play, one_gone, restart)
    play.mark("the absent come, too late")
    for person in absent:
        person.come_back()
    await play.cast.all_here()
    kept = [person for person in together if person.room and person.room["room_id"] == rooms[person.user_id]]
    play.require(
        all_of("people of rooms that were whole, still there", len(kept), len(together)),
        all_of("absent people who are free again", sum(person.phase == "idle" for person in absent), len(absent)),
    )


async def _wait_in_vain(play: DrillContext, pairs: list[Pair], restart: Restart) -> None:
    """Let those who came back wait for those who do not, until every grace is over."""
    play.say("waiting for the grace to pass")
    waiting = [pair[0] for pair in pairs]
    longest_s = max(play.windows.grace_s, play.windows.text_grace_s)
    await until_all(waiting, lambda person: person.room is None, patience_s=longest_s + 5)
    await play.wait_until(restart.back_at + longest_s + 1)
    late: list[float] = []
    for number, person in enumerate(waiting):
        # Every third pair of those that are video and text in turns.
        grace_s = play.windows.grace_for(both(3 * number))
        late += [
            entry.at - restart.back_at - grace_s
            for entry in person.testimony.heard("room.ended")
            if entry.frame["reason"] == "grace_expired"
        ]
    play.measure("end of the grace, after its instant", late)
    play.require(
        all_of("those who waited were told that the grace is over", len(late), len(waiting)),
        at_most("the end of a grace, off its instant", max(map(abs, late), default=math.nan), EXACT_S, digits=3),
    )


DRILL = Drill(
    name="absent",
    summary="after a restart one side of a room does not return; and neither side",
    play=play,
    settings={"RONDO_TEXT_GRACE_S": "15"},
    brief_settings={"RONDO_GRACE_S": "6", "RONDO_TEXT_GRACE_S": "7"},
    brief_rooms=9,
)
