"""The list of notifications."""

from typing import Annotated

import msgspec
from msgspec import Meta

from server.http.route import RequestContext
from server.http.services import HttpServices
from signaling.wire.constraints import UUID
from signaling.wire.models import NotificationObject as Notification


class NotificationsQuery(msgspec.Struct, frozen=True, kw_only=True):
    """The part of the list to return."""

    cursor: Annotated[str, Meta(pattern=UUID, description="from the answer before")] | None = None
    limit: Annotated[int, Meta(ge=1, le=100)] = 50


class NotificationsResponse(msgspec.Struct, frozen=True, kw_only=True):
    """Your notifications, newest first; `cursor` leads to older ones, null: there are none."""

    notifications: list[Notification]
    unread: int
    """How many of the whole list are unread."""
    cursor: str | None


class UpTo(msgspec.Struct, frozen=True, kw_only=True):
    """How far you have read."""

    up_to: Annotated[str, Meta(pattern=UUID, max_length=36, description="id of the latest notification you have seen")]


async def show(services: HttpServices, call: RequestContext[NotificationsQuery]) -> NotificationsResponse:
    """List your notifications, newest first."""
    limit = call.body.limit
    found = await services.referrals.notifications(call.user, before=call.body.cursor, limit=limit + 1)
    more = found[limit:]
    unread = await services.notifications.unread(call.user)
    return NotificationsResponse(
        notifications=found[:limit], unread=unread, cursor=found[limit - 1].notification_id if more else None
    )


async def read(services: HttpServices, call: RequestContext[None]) -> None:
    """Mark a notification as read. Idempotent."""
    await services.referrals.read(call.user, call.name("notification_id"))


async def read_up_to(services: HttpServices, call: RequestContext[UpTo]) -> None:
    """Mark every notification up to one as read. Idempotent."""
    await services.notifications.read_up_to(call.user, call.body.up_to)


class NotificationAnswer(msgspec.Struct, frozen=True, kw_only=True):
    """Whether you want to be introduced."""

    accept: bool


async def answer(services: HttpServices, call: RequestContext[NotificationAnswer]) -> None:
    """Agree to an introduction, or decline it. Idempotent; a different second answer is a `conflict`."""
    await services.referrals.answer(call.user, call.name("notification_id"), accept=call.body.accept)
