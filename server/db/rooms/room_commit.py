"""Opening and ending rooms: a group of both is one statement, and so one transaction."""

from collections.abc import Sequence
from functools import cache

from matchmaker.domain.errors import VersionConflict
from matchmaker.domain.ids import pair_of
from matchmaker.domain.transactions import RoomWrite
from server.db.pool import Pool
from server.db.rooms.room_close import ENDED, OVER, ending_row, steps_for
from server.db.rooms.room_open import ASKED, OPEN, OPEN_VIDEO, REFUSALS, opening_refusal, opening_row


async def open_and_end(pool: Pool, changes: Sequence[RoomWrite], *, owner: str | None = None) -> list[Exception | None]:
    """Store new rooms of *owner*, at version 1, and ends, no user in two of them; return for each None, or the error.

    The end of a room that has another version is a VersionConflict.
    """
    results: list[Exception | None] = [None] * len(changes)
    # In the order of their cooldowns, as everywhere: two transactions that wait for each other never wait for ever.
    # Sorted here and not in the statement, where each sort costs 20 µs.
    order = sorted(range(len(changes)), key=lambda n: pair_of(*changes[n].after.users))
    opened = [n for n in order if changes[n].before is None]
    ended = [n for n in order if changes[n].before is not None]
    opening = ending = None
    arguments: list[str | None] = []
    if opened:
        opening = OPEN if any(changes[n].after.mode == "text" for n in opened) else OPEN_VIDEO
        arguments += ASKED.pack(opening_row(n, changes[n].after) for n in opened), owner
    if ended:
        arguments.append(OVER.pack(ending_row(n, changes[n]) for n in ended))
        ending = steps_for((changes[n] for n in ended), parameter=len(arguments))
    for n in ended:
        results[n] = VersionConflict("the room has another version")
    for n, outcome, until_at in await pool.fetch(statement(opening, ending), *arguments):
        results[n] = None if outcome == "ended" else opening_refusal(outcome, until_at)
    return results


@cache
def statement(opening: str | None, ending: str | None) -> str:
    """Return the statement with these steps; its rows are those of `REFUSALS` and `ENDED`."""
    parts = [part for part in ((opening, REFUSALS), (ending, ENDED)) if part[0] is not None]
    return f"WITH {', '.join(steps or '' for steps, _ in parts)} {' UNION ALL '.join(rows for _, rows in parts)}"
