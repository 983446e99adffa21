"""Minimum age and age bands. Pure: today is an argument."""

from collections.abc import Sequence
from datetime import UTC, date, datetime

from matchmaker.domain.errors import Invalid
from matchmaker.domain.ticket import ALL_AGES, AgeBand

ADULT_TEXT = "2026-11"
"""Version of what a person confirms by `adult: true`: "I am old enough by the rules of this service, and an adult". It
is stored with the moment, so that a changed wording can be asked again."""
OLDEST = 130


def today(now: int) -> date:
    """Return the date at *now* (Unix milliseconds), in UTC."""
    return datetime.fromtimestamp(now / 1_000, UTC).date()


def years(born: date, *, today: date) -> int:
    """Return the age in years. A user born on 29 February is a year older on 1 March."""
    return today.year - born.year - ((today.month, today.day) < (born.month, born.day))


def band(born: date | None, *, today: date, bands: Sequence[int]) -> AgeBand:
    """Return the age band of a user, where *bands* are the youngest ages of each band, rising.

    It fails closed: without a date of birth, or below the first band, a user meets no one.
    """
    if not bands:
        return ALL_AGES
    if born is None:
        return None
    old = years(born, today=today)
    return max((youngest for youngest in bands if youngest <= old), default=None)


def require_old_enough(born: date | None, *, today: date, at_least: int, required: bool) -> None:
    """Let only those pass who are old enough, as far as they were asked.

    Raises:
        Invalid: they are too young, their date of birth is none, or it is missing where it is required.
    """
    if born is None:
        if required:
            raise Invalid("birth_date", "say when you were born, like 1990-12-31")
        return
    if not 0 <= years(born, today=today) <= OLDEST:
        raise Invalid("birth_date", "this is no date of birth of a living person")
    if years(born, today=today) < at_least:
        raise Invalid("birth_date", f"you must be {at_least} or older")
