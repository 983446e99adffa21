"""Whether the time of an answer reveals a like or a decline: requests with and without one, in turns."""

import statistics
import time
from collections.abc import Iterator, Sequence

from server.drill.clients.client_pool import Pair, each, meet, until_all
from server.drill.drill_context import DrillContext
from server.drill.judgement.verdict import VerdictLine

LAPS, BRIEF_LAPS = 25, 3
COUPLES_MAX = 40
LEAST, MOST = 0.9, 1.1
"""Between these the ratio of the medians must be."""


async def compare_times(
    context: DrillContext, declined: Sequence[Pair], liked: Sequence[Pair]
) -> Iterator[VerdictLine]:
    """Let the second of every other pair decline, or be liked; return a line for each request that could reveal it.

    The pairs have not met, and are idle.
    """
    declined, liked = declined[:COUPLES_MAX], liked[:COUPLES_MAX]
    pairs = [*declined, *liked]
    await each(pairs, lambda pair: meet(*pair, "text"))
    for one, _ in pairs:
        assert one.room is not None
        one.tell("room.leave", room_id=one.room["room_id"])
    await until_all([user for pair in pairs for user in pair], lambda user: user.room is None)
    for number, (asker, target) in enumerate(declined):
        await _timed(context, asker.token, "PUT", f"/v1/friends/{target.user_id}")
        if number % 2:
            await _timed(context, target.token, "POST", f"/v1/friends/requests/{asker.user_id}/decline")
    for asker, target in liked[1::2]:
        await _timed(context, asker.token, "PUT", f"/v1/friends/{target.user_id}", quiet=True)
    return iter(
        [
            await _line(context, "asking again after a decline", "PUT", declined, by=0, path="/v1/friends/{}"),
            await _line(
                context, "requests of who declined, to the asker", "GET", declined, by=0, path="/v1/friends/requests"
            ),
            await _line(context, "requests of who was liked", "GET", liked, by=1, path="/v1/friends/requests"),
            await _line(context, "notifications of who was liked", "GET", liked, by=1, path="/v1/notifications"),
        ]
    )


async def _line(
    context: DrillContext, name: str, method: str, pairs: Sequence[Pair], *, by: int, path: str
) -> VerdictLine:
    """Return the line of one request by the first or second of each pair; every other pair has something to hide."""
    times: tuple[list[float], list[float]] = [], []
    for _ in range(BRIEF_LAPS if context.options.brief else LAPS):
        for number, pair in enumerate(pairs):
            where = path.format(pair[1 - by].user_id)
            times[number % 2].append(await _timed(context, pair[by].token, method, where))
    for which, values in zip(("without", "with"), times, strict=True):
        context.measure(f"{name}: {which}", values)
    ratio = statistics.median(times[1]) / statistics.median(times[0])
    found = f"{ratio:.3f}"
    return VerdictLine(f"time of {name}, of without", f"{LEAST} to {MOST}", found, LEAST <= ratio <= MOST, is_pace=True)


async def _timed(context: DrillContext, token: str, method: str, path: str, **body: object) -> float:
    began = time.perf_counter()
    status, answer = await context.clients.call(
        method, path, None if method == "GET" else body, token=token, at=context.clients.bases[0]
    )
    assert status in (200, 204), answer
    return time.perf_counter() - began
