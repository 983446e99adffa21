"""Minimum age and age bands. Pure: today is an argument."""

from collections.abc import Sequence
from datetime import UTC, date, datetime

from matchmaker.domain.errors import Invalid
from matchmaker.domain.ticket import ALL_AGES, AgeBand

ADULT_TEXT = "2026-11"
"""Version of the statement that `adult: true` confirms: "I am old enough by the rules of this service, and an adult".
Stored with the time, so that a changed statement can be asked again."""
OLDEST = 130


def today(now: int) -> date:
    """Return the date at *now* (Unix milliseconds), in UTC."""
    return datetime.fromtimestamp(now / 1_000, UTC).date()


def years(born: date, *, today: date) -> int:
    """Return the age in years. A user born on 29 February is a year older on 1 March."""
    return today.year - born.year - ((today.month, today.day) < (born.month, born.day))


def band(born: date | None, *, today: date, bands: Sequence[int]) -> AgeBand:
    """Return the age band of a user; *bands* are the minimum ages of the bands, ascending.

    It fails closed: without a date of birth, or below the first band, a user is matched with no one.
    """
    if not bands:
        return ALL_AGES
    if born is None:
        return None
    old = years(born, today=today)
    return max((youngest for youngest in bands if youngest <= old), default=None)


def require_old_enough(born: date | None, *, today: date, at_least: int, required: bool) -> None:
    """Check the age of a user, as far as it is required.

    Raises:
        Invalid: the user is too young, the date of birth is invalid, or it is missing where it is required.
    """
    if born is None:
        if required:
            raise Invalid("birth_date", "say when you were born, like 1990-12-31")
        return
    if not 0 <= years(born, today=today) <= OLDEST:
        raise Invalid("birth_date", "this is no date of birth of a living person")
    if years(born, today=today) < at_least:
        raise Invalid("birth_date", f"you must be {at_least} or older")
