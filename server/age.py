"""How old somebody must be. Pure: today is an argument."""

from datetime import date

from matchmaker.errors import Invalid

ADULT_TEXT = "2026-11"
"""Version of what a person confirms by `adult: true`: "I am old enough by the rules of this service, and an adult". It
is stored with the moment, so that a new wording can be asked for anew."""
OLDEST = 130


def years(born: date, *, today: date) -> int:
    """Return how old somebody is. Who was born on 29 February is a year older on 1 March."""
    return today.year - born.year - ((today.month, today.day) < (born.month, born.day))


def insist_old_enough(born: date | None, *, today: date, at_least: int, required: bool) -> None:
    """Let only those pass who are old enough, as far as they were asked.

    Raises:
        Invalid: they are too young, their date of birth is none, or it is missing where it is required.
    """
    if born is None:
        if required:
            raise Invalid("birth_date", "say when you were born, like 1990-12-31")
        return
    if not 0 <= years(born, today=today) <= OLDEST:
        raise Invalid("birth_date", "this is no date of birth of somebody alive")
    if years(born, today=today) < at_least:
        raise Invalid("birth_date", f"you must be {at_least} or older")
