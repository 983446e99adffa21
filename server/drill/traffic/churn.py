"""Clients that join, are paired, send a message, leave and join again, without pause."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from typing import Final

from server.drill.clients.outcomes import FrameRefused, Interrupted
from server.drill.clients.scripted_client import ScriptedClient
from server.drill.drill_context import DrillContext
from server.drill.judgement.verdict import none_of

MODE: Final = "text"
TOLERATED: Final = frozenset(
    ("unavailable", "wrong_phase", "not_in_room", "target_unavailable", "invite_gone", "cooldown_active")
)
"""Errors that are allowed for users who join and leave continuously."""


@asynccontextmanager
async def churning(context: DrillContext, count: int) -> AsyncIterator[list[ScriptedClient]]:
    """Make *count* users join and leave within the `with`; then require that no other error occurred."""
    people = await context.clients.sign_up(count)
    await context.clients.connect(people)
    refused: list[str] = []
    stopping = asyncio.Event()
    tasks = [asyncio.create_task(_live(context, person, refused, stopping)) for person in people]
    try:
        yield people
        stopping.set()
        await asyncio.gather(*tasks)
    finally:
        for task in tasks:
            task.cancel()
    context.tally("rooms of users who join and leave", sum(len(one.log.heard("room.started")) for one in people) // 2)
    context.require(none_of("unexpected errors", refused, looked_at=f"{count} users who join and leave"))


async def _live(context: DrillContext, person: ScriptedClient, refused: list[str], stopping: asyncio.Event) -> None:
    """Meet and leave, until the end."""
    while not stopping.is_set():
        await person.until(lambda: person.is_here)
        try:
            if person.room is not None:
                person.say("hello")
                await asyncio.sleep(context.rng.uniform(0.2, 1.0))
                if person.room is not None:
                    await person.ask("room.leave", room_id=person.room["room_id"])
            elif person.phase == "idle":
                await person.ask("queue.join", mode=MODE, auto_accept=True)
        except FrameRefused as refusal:
            if refusal.code not in TOLERATED:
                refused.append(f"{person.log.name}: {refusal}")
        except Interrupted:
            pass
        with suppress(TimeoutError):
            await person.until(lambda: person.room is not None or not person.is_here, patience_s=0.3)
