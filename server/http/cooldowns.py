"""Cooldowns: users that are not matched again before a time."""

import msgspec

from server.http.desk import Desk
from server.http.route import Call
from server.ledger.cooldowns import Cooldown


class Cooldowns(msgspec.Struct, frozen=True, kw_only=True):
    """The users you will not meet before a time, the earliest time first."""

    cooldowns: list[Cooldown]


async def show(desk: Desk, call: Call[None]) -> Cooldowns:
    """List the users you will not meet before a time, and that time."""
    return Cooldowns(cooldowns=await desk.ledger.cooldowns(call.user, now=desk.clock.now()))
