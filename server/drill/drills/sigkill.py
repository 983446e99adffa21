"""The power goes: N live rooms, SIGKILL, start; everybody comes back with full jitter."""

import asyncio

from server.drill.calls import calling
from server.drill.drills import both
from server.drill.play import Drill, Play
from server.drill.verdict import all_of, at_most

SETTLE_S = 3.0
"""How long people talk before and after."""
READY_S = 1.5
RESUME_P50_S, RESUME_P99_S = 1.5, 3.0
"""After the service is back, with people spread over one second."""


async def play(play: Play) -> None:
    """Kill the service in the middle of everything, start it, and see who gets their room back."""
    settle_s = 1.0 if play.options.brief else SETTLE_S
    play.say(f"opening {play.options.rooms} rooms")
    pairs = await play.cast.pair_up(play.options.rooms, mode=both)
    people = play.cast.people
    rooms = {person.user_id: person.room["room_id"] for person in people if person.room is not None}
    async with calling(play, play.options.calls), play.cast.talking(pairs):
        await asyncio.sleep(settle_s)
        restart = await play.restart()
        await play.cast.all_here(people)
        play.mark("everybody is back")
        await asyncio.sleep(settle_s)
    await asyncio.gather(*(person.until(lambda p=person: not p.unsaid) for person in people))  # type: ignore[misc]
    waits = play.resumed_after(people, rooms, restart)
    resumed = play.measure("time to resume", waits)
    play.require(
        all_of("people who got their room back", len(waits), len(people)),
        at_most("time to resume, p50", resumed.p50, RESUME_P50_S),
        at_most("time to resume, p99", resumed.p99, RESUME_P99_S),
        at_most("start to ready", restart.back_at - restart.started_at, READY_S),
    )
    play.tally("start to ready (s)", round(restart.back_at - restart.started_at, 3))


DRILL = Drill(name="sigkill", summary="SIGKILL in the middle of live rooms, and a start", play=play)
