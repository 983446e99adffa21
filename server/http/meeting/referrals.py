"""Introductions: links with which a user introduces a friend to a user they have met."""

import msgspec
from aiohttp import web

from matchmaker.domain.profile import Profile
from server.config.settings import Settings
from server.http.route import RequestContext
from server.http.services import HttpServices
from signaling.wire.constraints import AnyUser
from signaling.wire.models import IntroducerObject as Introducer


class CreateReferralRequest(msgspec.Struct, frozen=True, kw_only=True):
    """A user you have met, to whom you want to introduce a friend."""

    target_user_id: AnyUser


class ReferralLink(msgspec.Struct, frozen=True, kw_only=True):
    """The link for the friend; valid for 90 days, for a few friends a day."""

    code: str
    """10 characters; capitals do not matter."""
    url: str


class ReferralPreview(msgspec.Struct, frozen=True, kw_only=True):
    """The introducer and the user to meet, by first name."""

    target: Introducer
    introduced_by: Introducer


class FollowResponse(msgspec.Struct, frozen=True, kw_only=True):
    """The user to meet; you are paired first with each other after they agree."""

    target: Profile


async def create(services: HttpServices, call: RequestContext[CreateReferralRequest]) -> ReferralLink:
    """Create a link that introduces a friend to a user you have met. Repeating it extends the same link."""
    code = await services.referrals.create(call.user, call.body.target_user_id)
    return ReferralLink(code=code, url=f"{origin_of(call.request, services.settings)}/?intro={code}")


async def preview(services: HttpServices, call: RequestContext[None]) -> ReferralPreview:
    """See who a link is about, and who made it."""
    found = await services.referrals.preview(call.request.match_info["code"])
    target, introducer = Introducer(display_name=found.target), Introducer(display_name=found.introducer)
    return ReferralPreview(target=target, introduced_by=introducer)


async def follow(services: HttpServices, call: RequestContext[None]) -> FollowResponse:
    """Follow a link: its target is asked once, and you are paired first with each other if they agree. Idempotent."""
    return FollowResponse(target=await services.referrals.follow(call.user, call.request.match_info["code"]))


def origin_of(request: web.Request, settings: Settings) -> str:
    """Return the origin of the page: RONDO_PUBLIC_URL, or that of the request; a proxy may have terminated TLS."""
    if settings.public_origin is not None:
        return settings.public_origin
    scheme = request.scheme
    if settings.is_behind_proxy and request.headers.get("X-Forwarded-Proto", "").split(",")[-1].strip() == "https":
        scheme = "https"
    return f"{scheme}://{request.host}"
