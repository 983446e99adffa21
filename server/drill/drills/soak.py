"""Users join, chat, leave, disconnect and reconnect for minutes: memory, descriptors and rows must be level."""

import asyncio
import random
import time
from collections.abc import Sequence
from contextlib import suppress

from server.db.maintenance.drill_audit import count_rows
from server.drill.clients.client_pool import each
from server.drill.clients.outcomes import FrameRefused, Interrupted
from server.drill.clients.scripted_client import ScriptedClient
from server.drill.drill_context import Drill, DrillContext
from server.drill.judgement.verdict import VerdictLine, all_of

LOOK_S = 5.0
BRIEF_LOOK_S = 0.5
WARM_SHARE = 0.4
"""The first part of a soak fills caches and pools; the growth is measured after it."""
REMEMBERED_MINUTES = 3
"""How long clients keep every frame, in seconds: a longer soak would exhaust the memory of the drill."""
MAY_GROW = {"memory (MiB)": 0.10, "descriptors": 0.02, "open rooms": 0.25, "seats in rooms": 0.25}
"""Maximum growth of each over the measured part, relative to its mean, by linear regression."""
FEW = {"memory (MiB)": 8.0, "descriptors": 12.0, "open rooms": 12.0, "seats in rooms": 24.0}
"""Absolute growth that does not count in a small service."""


async def run(context: DrillContext) -> None:
    """Run a number of users for a while, and sample the server from outside."""
    people = await context.clients.sign_up(2 * context.options.rooms)
    for person in people:
        person.keeps = context.options.minutes <= REMEMBERED_MINUTES
    await each(people, ScriptedClient.connect)
    until = time.monotonic() + 60 * context.options.minutes
    lives = [asyncio.create_task(_live(person, until)) for person in people]
    looks: list[tuple[float, dict[str, float]]] = []
    while time.monotonic() < until:
        looks.append((time.monotonic(), await _look(context)))
        left = max(0.0, until - time.monotonic())
        context.count("seconds", round(60 * context.options.minutes - left), round(60 * context.options.minutes))
        await asyncio.sleep(min(left, BRIEF_LOOK_S if context.options.brief else LOOK_S))
    talked = sum(await asyncio.gather(*lives))
    await context.clients.all_here(people)
    context.tally("conversations", talked)
    for name in MAY_GROW:
        context.series[name] = [(at, look[name]) for at, look in looks]
    context.require(all_of("users who are connected at the end", sum(person.is_here for person in people), len(people)))
    judged = looks[int(len(looks) * WARM_SHARE) :]
    context.require(*(_level(name, [(at, look[name]) for at, look in judged]) for name in MAY_GROW))


async def _live(person: ScriptedClient, until: float) -> int:
    """Meet the next partner, send a message, go to the next; return the number of rooms."""
    rng: random.Random = person.rng
    talked = 0
    while time.monotonic() < until:
        with suppress(FrameRefused, Interrupted, TimeoutError):
            if not person.is_here:
                await person.until(lambda: person.is_here)
            if person.room is None:
                if person.phase == "idle":
                    await person.ask("queue.join", mode=rng.choice(("video", "text")), auto_accept=True)
                await person.until(lambda: person.room is not None, patience_s=2)
            room = person.room
            if room is not None:
                talked += 1
                if room["mode"] == "video":
                    await person.ask("room.ready", room_id=room["room_id"])
                person.say("hello")
                await asyncio.sleep(rng.uniform(0, 0.5))
                if rng.random() < 0.1:
                    person.drop()
                    continue
                await person.ask("room.leave", room_id=room["room_id"], reason=rng.choice(("next", "hangup")))
                await person.until(lambda left=room: person.room is not left, patience_s=5)  # type: ignore[misc]
        await asyncio.sleep(rng.uniform(0, 0.2))
    return talked


async def _look(context: DrillContext) -> dict[str, float]:
    assert context.dsn is not None
    rows = await count_rows(context.dsn)
    return {
        "memory (MiB)": sum(node.resident_mib for node in context.nodes),
        "descriptors": float(sum(node.descriptors for node in context.nodes)),
        "open rooms": float(rows["active_rooms"]),
        "seats in rooms": float(rows["room_seats"]),
    }


def _level(name: str, points: Sequence[tuple[float, float]]) -> VerdictLine:
    """Return the line that holds if the growth over *points* is noise."""
    mean = sum(value for _, value in points) / max(1, len(points))
    grown = slope(points) * (points[-1][0] - points[0][0]) if len(points) > 1 else 0.0
    bound = max(FEW[name], MAY_GROW[name] * mean)
    return VerdictLine(f"{name}: growth", f"at most {bound:.0f}", f"{grown:+.1f} at {mean:.0f}", grown <= bound)


def slope(points: Sequence[tuple[float, float]]) -> float:
    """Return the slope by linear regression (least squares), per second."""
    count = len(points)
    mean_x = sum(x for x, _ in points) / count
    mean_y = sum(y for _, y in points) / count
    spread = sum((x - mean_x) ** 2 for x, _ in points)
    return sum((x - mean_x) * (y - mean_y) for x, y in points) / spread if spread else 0.0


DRILL = Drill(
    name="soak",
    summary="minutes of joining, chatting, leaving and disconnecting; memory, descriptors and rows must be level",
    run=run,
    rooms=100,
    brief_rooms=10,
    settings={"RONDO_COOLDOWN_S": "20", "RONDO_GRACE_S": "5", "RONDO_TEXT_GRACE_S": "5"},
    remote=False,
)
