"""For the start page: about how many users are here."""

import msgspec

from server.http.desk import Desk
from server.http.route import Call


class Online(msgspec.Struct, frozen=True, kw_only=True):
    """About how many users are connected."""

    people: int
    """Rounded down: to tens below 100, to two digits above; fewer than 10 are 0. Changes once a minute at most."""


async def show(desk: Desk, _: Call[None]) -> Online:
    """Get about how many users are connected."""
    return Online(people=desk.headcount.people())
