"""The minimum age, to the day."""

from datetime import date

import pytest

from matchmaker.domain.errors import Invalid
from matchmaker.domain.ticket import ALL_AGES
from server.domain.age import band, require_old_enough, years

TODAY = date(2026, 11, 21)


@pytest.mark.parametrize(
    ("born", "today", "age"),
    [
        (date(2008, 11, 21), TODAY, 18),
        (date(2008, 11, 22), TODAY, 17),
        (date(2008, 2, 29), date(2026, 2, 28), 17),
        (date(2008, 2, 29), date(2026, 3, 1), 18),
    ],
)
def test_an_age_changes_on_the_birthday(born: date, today: date, age: int):
    assert years(born, today=today) == age


def test_the_day_before_the_birthday_is_too_early():
    require_old_enough(date(2008, 11, 21), today=TODAY, at_least=18, required=True)
    with pytest.raises(Invalid, match="18 or older"):
        require_old_enough(date(2008, 11, 22), today=TODAY, at_least=18, required=False)


@pytest.mark.parametrize("born", [date(2026, 11, 22), date(1850, 1, 1)])
def test_what_is_no_date_of_birth(born: date):
    with pytest.raises(Invalid, match="no date of birth"):
        require_old_enough(born, today=TODAY, at_least=18, required=False)


def test_a_date_is_asked_for_only_where_it_is_required():
    require_old_enough(None, today=TODAY, at_least=21, required=False)
    with pytest.raises(Invalid, match="birth_date"):
        require_old_enough(None, today=TODAY, at_least=18, required=True)


@pytest.mark.parametrize(
    ("born", "found"),
    [
        (date(2008, 11, 21), 18),
        (date(2001, 11, 22), 18),
        (date(2001, 11, 21), 25),
        (date(1950, 1, 1), 40),
        (date(2008, 11, 22), None),
        (None, None),
    ],
)
def test_the_band_follows_from_the_birthday_and_fails_closed(born: date | None, found: int | None):
    assert band(born, today=TODAY, bands=(18, 25, 40)) == found


def test_where_there_are_no_bands_age_parts_nobody():
    assert band(None, today=TODAY, bands=()) == ALL_AGES
