"""What one was told, and has perhaps not seen yet."""

from typing import Annotated

import msgspec
from msgspec import Meta

from server.http.desk import Desk
from server.http.route import Call
from signaling.bounds import UUID
from signaling.objects import NotificationObject as Notification


class Page(msgspec.Struct, frozen=True, kw_only=True):
    """Which part is wanted."""

    cursor: Annotated[str, Meta(pattern=UUID, description="from the answer before")] | None = None
    limit: Annotated[int, Meta(ge=1, le=100)] = 50


class Notifications(msgspec.Struct, frozen=True, kw_only=True):
    """What you were told, newest first; `cursor` leads to older ones, null: there are none."""

    notifications: list[Notification]
    cursor: str | None


async def show(desk: Desk, call: Call[Page]) -> Notifications:
    """List what you were told, newest first."""
    limit = call.body.limit
    found = await desk.introducing.notifications(call.user, before=call.body.cursor, limit=limit + 1)
    more = found[limit:]
    return Notifications(notifications=found[:limit], cursor=found[limit - 1].notification_id if more else None)


async def read(desk: Desk, call: Call[None]) -> None:
    """Note that you have read a notification. Idempotent."""
    await desk.introducing.read(call.user, call.name("notification_id"))


class Answer(msgspec.Struct, frozen=True, kw_only=True):
    """Whether you want to be introduced."""

    accept: bool


async def answer(desk: Desk, call: Call[Answer]) -> None:
    """Agree to an introduction, or refuse it. Idempotent; a different second answer is a `conflict`."""
    await desk.introducing.answer(call.user, call.name("notification_id"), accept=call.body.accept)
