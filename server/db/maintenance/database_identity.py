"""The identity of a database, whatever URL it is reached by, and its clock."""

import time
from typing import NamedTuple

from server.db.pool import Pool

LOOKS = 5
"""How often the time is read; the quickest answer is the most precise one."""


class Offset(NamedTuple):
    """The offset of a clock to another one."""

    ahead_ms: float
    give_ms: float
    """Half the round trip: the uncertainty in both directions."""

    @property
    def certain_ms(self) -> float:
        """The smallest possible difference of the clocks."""
        return max(0.0, abs(self.ahead_ms) - self.give_ms)


def offset_of(ours_before: float, theirs: float, ours_after: float) -> Offset:
    """Return how far our clock is ahead of one that was read between two readings of ours (milliseconds)."""
    return Offset((ours_before + ours_after) / 2 - theirs, (ours_after - ours_before) / 2)


async def identity(pool: Pool) -> str:
    """Return an identity that only this database has: its number, and that of its cluster where we may read it.

    Copies made from one backup differ in it, a replica that was promoted does not.
    """
    may = await pool.fetchval("SELECT has_function_privilege('pg_control_system()', 'EXECUTE')")
    cluster = await pool.fetchval("SELECT system_identifier FROM pg_control_system()") if may else 0
    number = await pool.fetchval("SELECT oid::bigint FROM pg_database WHERE datname = current_database()")
    return f"{cluster}/{number}"


async def clock_offset(pool: Pool) -> Offset:
    """Return how far the clock of this machine is ahead of that of the database.

    Raises:
        Unavailable: the database cannot be reached.
    """
    looks = []
    for _ in range(LOOKS):
        before = time.time() * 1_000
        theirs: float = await pool.fetchval("SELECT extract(epoch FROM clock_timestamp())::float8 * 1000")
        looks.append(offset_of(before, theirs, time.time() * 1_000))
    return min(looks, key=lambda look: look.give_ms)
