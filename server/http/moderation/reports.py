"""Reports about other users, and appeals against the user's own ban."""

from typing import Annotated

import msgspec
from msgspec import Meta

from matchmaker.domain.errors import Invalid
from server.domain.ban_policy import Ban
from server.http.route import RequestContext
from server.http.services import HttpServices
from signaling.wire.channel_frames import AnyChannel, N
from signaling.wire.constraints import AnyInvite, AnyRoom, AnyUser, Category, Details
from signaling.wire.meeting import Meeting

Reasons = Annotated[
    str,
    Meta(
        min_length=1,
        max_length=2_000,
        pattern=r"^\s*[^\s\x00][^\x00]*\Z",
        description="1 to 2000 characters, not only spaces",
    ),
]


class ReportRequest(msgspec.Struct, frozen=True, kw_only=True):
    """A report about a user you met in a room, by an invite or by an introduction."""

    user_id: AnyUser
    room_id: AnyRoom | None = None
    """At most one of the four. All left out: the room you are in, or else where you met last."""
    invite_id: AnyInvite | None = None
    """A direct invite from them that ended within 24 hours without a room."""
    referral_code: Annotated[str, Meta(max_length=64)] | None = None
    """The link by which you were introduced."""
    channel_id: AnyChannel | None = None
    """A conversation that you share."""
    n: N | None = None
    """A message of theirs in it; left out: their latest."""
    category: Category
    details: Details = ""

    def __post_init__(self) -> None:
        """Check that a message number comes with its channel."""
        if self.n is not None and self.channel_id is None:
            raise Invalid("n", "name the channel_id too")


class ReportCreated(msgspec.Struct, frozen=True, kw_only=True):
    """Your report, as stored."""

    report_id: str


class AppealRequest(msgspec.Struct, frozen=True, kw_only=True):
    """The text of your appeal."""

    text: Reasons


async def report(services: HttpServices, call: RequestContext[ReportRequest]) -> ReportCreated:
    """Report a user: the room is kept as evidence, you are blocked from each other, and a shared room ends."""
    body = call.body
    where = Meeting(
        room_id=body.room_id,
        invite_id=body.invite_id,
        referral_code=body.referral_code,
        channel_id=body.channel_id,
    )
    report_id = await services.moderation.report(
        call.user, body.user_id, where=where, n=body.n, category=body.category, details=body.details
    )
    return ReportCreated(report_id=report_id)


async def appeal(services: HttpServices, call: RequestContext[AppealRequest]) -> Ban:
    """Appeal against your ban, once: a moderator reads it, and you see the answer in your account."""
    return await services.moderation.appeal(call.user, call.body.text.strip())
