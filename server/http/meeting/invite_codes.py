"""Access while the service is invite-only, and invite codes."""

import io
from typing import Annotated, Literal

import msgspec
from aiohttp import web
from msgspec import Meta

from matchmaker.domain.errors import Invalid
from server.db.accounts.invite_codes import InviteCode, Made
from server.db.accounts.sessions import Access
from server.domain.share_codes import spell
from server.http.meeting.referrals import origin_of
from server.http.route import RequestContext
from server.http.services import HttpServices


class AccessPolicyResponse(msgspec.Struct, frozen=True, kw_only=True):
    """Whether an invite code is required to meet people, and the minimum age."""

    access: Literal["open", "invite_only"]
    min_age: int
    """The minimum age."""
    asks_birth_date: bool
    parts_by_age: bool
    """Only users of one age band meet; users without a date of birth meet no one."""
    """Whether a date of birth is required."""


class RedeemRequest(msgspec.Struct, frozen=True, kw_only=True):
    """An invite code."""

    code: Annotated[str, Meta(max_length=64, description="16 characters; capitals, spaces and hyphens do not matter")]


class AccessResponse(msgspec.Struct, frozen=True, kw_only=True):
    """Your access."""

    access: Access


class CreateCodesRequest(msgspec.Struct, frozen=True, kw_only=True):
    """How often a new code can be used."""

    uses: Annotated[int, Meta(ge=1, le=2**31 - 1, description="at most RONDO_INVITE_CODE_USES_MAX")]


class InviteCodesResponse(msgspec.Struct, frozen=True, kw_only=True):
    """The codes of administrators, newest first."""

    invite_codes: list[Made]


async def door(services: HttpServices, _: RequestContext[None]) -> AccessPolicyResponse:
    """Return whether the service is open or invite-only."""
    settings = services.settings
    return AccessPolicyResponse(
        access=settings.access,
        min_age=settings.min_age,
        asks_birth_date=settings.require_birth_date,
        parts_by_age=bool(settings.age_bands),
    )


async def show(services: HttpServices, call: RequestContext[None]) -> InviteCode:
    """Get your own invite code, once you have earned it, and how often it can still be used."""
    return await services.access.own_code(call.user)


async def qr(services: HttpServices, call: RequestContext[None]) -> web.Response:
    """Get your own invite code as a QR image: a link to the page that has it filled in."""
    import segno  # noqa: PLC0415 - what few ask for must not slow down every start

    mine = await services.access.own_code(call.user)
    link = f"{origin_of(call.request, services.settings)}/?code={mine.code}"
    out = io.BytesIO()
    # A quiet zone of four modules (ISO/IEC 18004), dark on light in every theme: some readers require it.
    segno.make(link, error="m", micro=False).save(
        out, kind="svg", scale=8, border=4, light="#fff", title=f"Invite code {spell(mine.code)}", xmldecl=False
    )
    return web.Response(body=out.getvalue(), content_type="image/svg+xml", headers={"Cache-Control": "no-store"})


async def redeem(services: HttpServices, call: RequestContext[RedeemRequest]) -> AccessResponse:
    """Redeem an invite code: from now on you may meet people. Using the same one again costs nothing."""
    await services.limits.redemptions.spend(call.address)
    await services.limits.redemptions_of_account.spend(call.user)
    return AccessResponse(access=await services.access.redeem(call.user, call.body.code))


async def listed(services: HttpServices, _: RequestContext[None]) -> InviteCodesResponse:
    """List the codes of administrators: the latest 200."""
    return InviteCodesResponse(invite_codes=await services.access.codes(limit=200))


async def make(services: HttpServices, call: RequestContext[CreateCodesRequest]) -> Made:
    """Make an invite code."""
    if call.body.uses > (most := services.settings.invite_code_uses_max):
        raise Invalid("uses", f"at most {most} (RONDO_INVITE_CODE_USES_MAX)")
    return await services.access.make_code(uses=call.body.uses, by=call.user)
