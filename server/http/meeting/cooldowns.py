"""Cooldowns: users that are not matched again before a time."""

import msgspec

from server.db.rooms.cooldowns import Cooldown
from server.http.route import RequestContext
from server.http.services import HttpServices


class Cooldowns(msgspec.Struct, frozen=True, kw_only=True):
    """The users you will not meet before a time, the earliest time first."""

    cooldowns: list[Cooldown]


async def show(services: HttpServices, call: RequestContext[None]) -> Cooldowns:
    """List the users you will not meet before a time, and that time."""
    return Cooldowns(cooldowns=await services.repository.cooldowns(call.user, now=services.clock.now()))
