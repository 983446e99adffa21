"""Text rooms with a torch warning and a restart: the clock of the warning is paused, and continues from its remaining
time.
"""

import asyncio
import math

from server.drill.clients.client_log import wall_ms
from server.drill.clients.client_pool import Pair, until_all
from server.drill.drill_context import Drill, DrillContext
from server.drill.judgement.verdict import all_of, at_most

EXACT_S = 0.5
"""Tolerance of the end. The time of the server's death is known to half a second, by its heartbeat."""


async def run(context: DrillContext) -> None:
    """Wait for every torch warning, kill and start; half of the rooms chat again, the others end by the torch."""
    pairs = await context.clients.pair_up(context.options.rooms, mode=lambda _: "text")
    people = [person for pair in pairs for person in pair]
    context.say("waiting for the warnings")
    patience_s = context.windows.torch_idle_s + 5
    warned = await until_all(people, lambda one: bool(one.log.heard("torch.warning")), patience_s=patience_s)
    # A third of the warning has passed at the kill.
    await asyncio.sleep(context.windows.torch_warning_s / 3)
    restart = await context.restart()
    saved, lost = pairs[::2], pairs[1::2]
    # Each pair chats as soon as both are back: its warning may end before the last of all users has reconnected.
    async with asyncio.TaskGroup() as conversations:
        talks = [conversations.create_task(_talk(pair, context.windows.torch_idle_s / 4)) for pair in saved]
        back = await context.clients.all_here(people)
        silent = [person for pair in lost for person in pair]
        await until_all(silent, lambda one: one.room is None, patience_s=patience_s)
        for talk in talks:
            talk.cancel()
    context.require(
        all_of("people who were warned", warned, len(people)),
        all_of("people who came back", back, len(people)),
    )
    context.mark("the torch warnings have ended")
    off: list[float] = []
    for pair in lost:
        # From outside only this is known: the time left at the kill is the time left when both are back.
        before = [entry for entry in pair[0].log.heard("torch.warning") if entry.at < restart.lost_at][-1]
        left_s = (before.frame["ends_at"] - wall_ms(restart.lost_at)) / 1_000
        both_back = max(person.log.heard("welcome")[-1].at for person in pair)
        for person in pair:
            off += [
                entry.at - both_back - left_s
                for entry in person.log.heard("room.ended")
                if entry.frame["reason"] == "torch"
            ]
    kept = [person for pair in saved for person in pair if person.room is not None]
    cleared = [person for pair in saved for person in pair if person.log.heard("torch.cleared")]
    context.measure("end by the torch, after its instant", off)
    context.require(
        all_of("rooms of silent users, ended by the torch", len(off), 2 * len(lost)),
        all_of("users who chatted and are still in their room", len(kept), 2 * len(saved)),
        all_of("users told that the warning has ended", len(cleared), 2 * len(saved)),
        at_most("deviation of the end by the torch", max(map(abs, off), default=math.nan), EXACT_S, digits=3),
    )


async def _talk(pair: Pair, every_s: float) -> None:
    """Send a message of both users as soon as both are connected, and again every *every_s*, until cancelled."""
    await until_all(pair, lambda one: one.is_here, patience_s=60.0)
    while True:
        for person in pair:
            person.say("here I am")
        await asyncio.sleep(every_s)


DRILL = Drill(
    name="torch",
    summary="a restart during the torch warning of text rooms",
    run=run,
    rooms=100,
    settings={"RONDO_TORCH_IDLE_S": "20", "RONDO_TORCH_WARNING_S": "15"},
    brief_settings={"RONDO_TORCH_IDLE_S": "2", "RONDO_TORCH_WARNING_S": "3"},
    brief_rooms=6,
)
