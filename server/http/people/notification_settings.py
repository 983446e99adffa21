"""Notification settings."""

from typing import Annotated, Final

import msgspec
from msgspec import Meta

from matchmaker.domain.errors import Invalid, Unavailable
from server.domain.people.notification_kinds import TERMS, Choice, Kind
from server.http.route import RequestContext
from server.http.services import HttpServices

CHOOSE = (Invalid,)
UNSUBSCRIBE = (Unavailable,)
TOKEN_CHARS: Final = 200
"""A longer token is forged, and ignored like any other forged one."""


class Choices(msgspec.Struct, frozen=True, kw_only=True):
    """By kind: whether it is in the list and announced while you are connected, and whether you get an e-mail."""

    kinds: Annotated[
        dict[Kind, Choice],
        Meta(
            description="a PUT changes the kinds that it names; `security` can be named, but not changed",
            extra_json_schema={"propertyNames": {"enum": list(TERMS)}},
        ),
    ]


async def show(services: HttpServices, call: RequestContext[None]) -> Choices:
    """Get your notification settings."""
    return Choices(kinds=await services.notifications.choices(call.user))


async def choose(services: HttpServices, call: RequestContext[Choices]) -> Choices:
    """Change your notification settings; kinds that are left out stay."""
    return Choices(kinds=await services.notifications.choose(call.user, call.body.kinds))


async def unsubscribe(services: HttpServices, call: RequestContext[None]) -> None:
    """Get no e-mail of one kind any more, by the link of an e-mail (RFC 8058). Idempotent."""
    token = call.request.match_info["token"]
    if len(token) <= TOKEN_CHARS:
        await services.notifications.unsubscribe(token)
