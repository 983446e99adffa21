"""Whom one does not meet for a while."""

import msgspec

from server.http.desk import Desk
from server.http.route import Call
from server.ledger.cooldowns import Cooldown


class Cooldowns(msgspec.Struct, frozen=True, kw_only=True):
    """Whom you do not meet yet, and until when; whoever you may meet first at the head."""

    cooldowns: list[Cooldown]


async def show(desk: Desk, call: Call[None]) -> Cooldowns:
    """List whom you do not meet for a while, and until when."""
    return Cooldowns(cooldowns=await desk.ledger.cooldowns(call.user, now=desk.clock.now()))
