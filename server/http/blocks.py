"""Blocks: users that are never matched with the user."""

import msgspec

from matchmaker.ids import UserId
from server.http.desk import Desk
from server.http.route import Call
from server.ledger.blocks import Block


class Blocks(msgspec.Struct, frozen=True, kw_only=True):
    """The users you have blocked, the latest first."""

    blocks: list[Block]


async def show(desk: Desk, call: Call[None]) -> Blocks:
    """List the users you have blocked."""
    return Blocks(blocks=await desk.ledger.blocks(call.user))


async def block(desk: Desk, call: Call[None]) -> None:
    """Block a user: you no longer see or meet each other, and a room you share ends. Idempotent."""
    target = UserId(call.name("user_id"))
    await desk.matchmaker.block(call.user, target)
    desk.friends.part(call.user, target)


async def unblock(desk: Desk, call: Call[None]) -> None:
    """Take a block back. Idempotent."""
    await desk.matchmaker.unblock(call.user, UserId(call.name("user_id")))
