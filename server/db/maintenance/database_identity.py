"""Which database this is, whatever URL it is reached by, and what time it has."""

import time
from typing import NamedTuple

from server.db.pool import Pool

LOOKS = 5
"""How often the time is asked for; the quickest answer is the most exact one."""


class Offset(NamedTuple):
    """How far a clock is ahead of another one."""

    ahead_ms: float
    give_ms: float
    """Half the round trip: so much it may be more or less."""

    @property
    def certain_ms(self) -> float:
        """By how much the clocks are apart at least."""
        return max(0.0, abs(self.ahead_ms) - self.give_ms)


def offset_of(ours_before: float, theirs: float, ours_after: float) -> Offset:
    """Return how far our clock is ahead of one that was read between two readings of ours (milliseconds)."""
    return Offset((ours_before + ours_after) / 2 - theirs, (ours_after - ours_before) / 2)


async def identity(pool: Pool) -> str:
    """Return what only this database has: its number, and that of its cluster where we may know it.

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
