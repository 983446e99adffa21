"""Who may meet people while the service is invite-only, and the codes that let them."""

import io
from typing import Annotated, Literal

import msgspec
from aiohttp import web
from msgspec import Meta

from matchmaker.errors import Invalid
from server.codes import spell
from server.http.desk import Desk
from server.http.referrals import origin_of
from server.http.route import Call
from server.ledger.invite_codes import InviteCode, Made
from server.ledger.sessions import Access


class Door(msgspec.Struct, frozen=True, kw_only=True):
    """Whether an invite code is required to meet people, and the minimum age."""

    access: Literal["open", "invite_only"]
    min_age: int
    """How old one must be."""
    asks_birth_date: bool
    parts_by_age: bool
    """Only users of one age band meet; users without a date of birth meet no one."""
    """Whether one has to say when one was born."""


class Redemption(msgspec.Struct, frozen=True, kw_only=True):
    """An invite code."""

    code: Annotated[str, Meta(max_length=64, description="16 characters; capitals, spaces and hyphens do not matter")]


class Standing(msgspec.Struct, frozen=True, kw_only=True):
    """How far you may come in."""

    access: Access


class Batch(msgspec.Struct, frozen=True, kw_only=True):
    """How often a new code can be used."""

    uses: Annotated[int, Meta(ge=1, le=2**31 - 1, description="at most RONDO_INVITE_CODE_USES_MAX")]


class Codes(msgspec.Struct, frozen=True, kw_only=True):
    """The codes that administrators have made, newest first."""

    invite_codes: list[Made]


async def door(desk: Desk, _: Call[None]) -> Door:
    """Tell whether the service is open or invite-only."""
    settings = desk.settings
    return Door(
        access=settings.access,
        min_age=settings.min_age,
        asks_birth_date=settings.require_birth_date,
        parts_by_age=bool(settings.age_bands),
    )


async def show(desk: Desk, call: Call[None]) -> InviteCode:
    """Get your own invite code, once you have earned it, and how often it can still be used."""
    return await desk.ladder.own_code(call.user)


async def qr(desk: Desk, call: Call[None]) -> web.Response:
    """Get your own invite code as a QR image: a link to the page that has it filled in."""
    import segno  # noqa: PLC0415 - what few ask for must not slow down every start

    mine = await desk.ladder.own_code(call.user)
    link = f"{origin_of(call.request, desk.settings)}/?code={mine.code}"
    out = io.BytesIO()
    # A quiet zone of four modules (ISO/IEC 18004), dark on light in every theme: some readers want it so.
    segno.make(link, error="m", micro=False).save(
        out, kind="svg", scale=8, border=4, light="#fff", title=f"Invite code {spell(mine.code)}", xmldecl=False
    )
    return web.Response(body=out.getvalue(), content_type="image/svg+xml", headers={"Cache-Control": "no-store"})


async def redeem(desk: Desk, call: Call[Redemption]) -> Standing:
    """Redeem an invite code: from now on you may meet people. Using the same one again costs nothing."""
    await desk.limits.redemptions.spend(call.address)
    await desk.limits.redemptions_of_account.spend(call.user)
    return Standing(access=await desk.ladder.redeem(call.user, call.body.code))


async def listed(desk: Desk, _: Call[None]) -> Codes:
    """List the codes that administrators have made: the latest 200."""
    return Codes(invite_codes=await desk.ladder.codes(limit=200))


async def make(desk: Desk, call: Call[Batch]) -> Made:
    """Make an invite code."""
    if call.body.uses > (most := desk.settings.invite_code_uses_max):
        raise Invalid("uses", f"at most {most} (RONDO_INVITE_CODE_USES_MAX)")
    return await desk.ladder.make_code(uses=call.body.uses, by=call.user)
