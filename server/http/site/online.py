"""The approximate number of users online, for the start page."""

import msgspec

from server.http.route import RequestContext
from server.http.services import HttpServices


class Online(msgspec.Struct, frozen=True, kw_only=True):
    """About how many users are connected."""

    people: int
    """Rounded down: to tens below 100, to two digits above; fewer than 10 are 0. Changes once a minute at most."""


async def show(services: HttpServices, _: RequestContext[None]) -> Online:
    """Get about how many users are connected."""
    return Online(people=services.headcount.people())
