"""Blocks: users that are never matched with the user."""

import msgspec

from matchmaker.domain.ids import UserId
from server.db.people.blocks import BlockedUser
from server.http.route import RequestContext
from server.http.services import HttpServices


class BlocksResponse(msgspec.Struct, frozen=True, kw_only=True):
    """The users you have blocked, the latest first."""

    blocks: list[BlockedUser]


async def show(services: HttpServices, call: RequestContext[None]) -> BlocksResponse:
    """List the users you have blocked."""
    return BlocksResponse(blocks=await services.repository.blocks(call.user))


async def block(services: HttpServices, call: RequestContext[None]) -> None:
    """Block a user: you no longer see or meet each other, and a room you share ends. Idempotent."""
    target = UserId(call.name("user_id"))
    await services.matchmaker.block(call.user, target)
    services.friends.part(call.user, target)


async def unblock(services: HttpServices, call: RequestContext[None]) -> None:
    """Remove a block. Idempotent."""
    await services.matchmaker.unblock(call.user, UserId(call.name("user_id")))
