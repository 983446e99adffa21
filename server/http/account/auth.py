"""Sign-up as a guest, upgrade, log-in and log-out."""

from datetime import date
from typing import Annotated, Any

import msgspec
from msgspec import UNSET, Meta

from matchmaker.domain.errors import Invalid, RateLimited, StateConflict, Unauthenticated
from matchmaker.domain.ids import UserId, new_id, new_user_id
from matchmaker.domain.profile import Gender, Profile
from server.accounts.sign_up_gate import Gate, GateAnswer
from server.auth.attempt_limits import count_failures
from server.auth.forwarded import shortened
from server.auth.tokens import hash_of, new_token
from server.db.accounts.sessions import Login, LoginDevice, lifetime_ms
from server.db.accounts.users import User
from server.domain import age
from server.domain.networks import network_of
from server.http import validators
from server.http.account import account_email, credentials
from server.http.account.device_cookie import new_device
from server.http.constraints import DisplayName, Email, Interests, LogInName, NewPassword
from server.http.route import RequestContext
from server.http.services import HttpServices

LOG_IN = (Unauthenticated, RateLimited)
DEVICE_MAX = 200


class SignUpRequest(msgspec.Struct, frozen=True, kw_only=True):
    """The fields of a sign-up."""

    display_name: DisplayName
    adult: Annotated[Any, Meta(extra_json_schema={"const": True, "description": "confirms to be an adult"})] = UNSET
    birth_date: (
        Annotated[date, Meta(description="like 1990-12-31; asked for where RONDO_REQUIRE_BIRTH_DATE is on")] | None
    ) = None
    gender: Gender = "unspecified"
    interests: Interests = ()
    referral_code: Annotated[str, Meta(max_length=64, description="of an introduction link")] | None = None
    invite_code: Annotated[str, Meta(max_length=64, description="what lets in where it is invite-only")] | None = None
    gate: GateAnswer | None = None


class LogInRequest(msgspec.Struct, frozen=True, kw_only=True):
    """Credentials of a permanent account."""

    email: LogInName
    password: str


class MakePermanentRequest(msgspec.Struct, frozen=True, kw_only=True):
    """Credentials that a permanent account will have."""

    email: Email
    password: NewPassword


class AccountResponse(msgspec.Struct, frozen=True, kw_only=True):
    """Your account."""

    user: User


class SignUpResponse(msgspec.Struct, frozen=True, kw_only=True):
    """Your account and its token, which is shown only once."""

    token: str
    user: User


async def sign_up(services: HttpServices, call: RequestContext[SignUpRequest]) -> SignUpResponse:
    """Sign up as a guest."""
    body = call.body
    if body.adult is not True:
        raise Invalid("adult", "must be true: Rondo is for adults")
    settings = services.settings
    born, required = body.birth_date, settings.require_birth_date
    today = age.today(services.clock.now())
    age.require_old_enough(born, today=today, at_least=settings.min_age, required=required)
    name, tags = validators.display_name(body.display_name), validators.interests(body.interests)
    # Last, so that invalid input counts nothing.
    await services.sign_up_gate.admit(call.address, body.gate)
    now = services.clock.now()
    profile = Profile(user_id=new_user_id(), display_name=name, gender=body.gender, interests=tags)
    token, device = _session(call, permanent=False, now=now)
    call.new_device = call.device or new_device()
    person = await services.sign_up.add(
        profile,
        device,
        token_hash=hash_of(token),
        seen_from=await services.origins.of(call.address, call.new_device),
        birth_date=born if required else None,  # not stored unless it was asked for
        invite_code=body.invite_code or None,
        referral_code=body.referral_code or None,
    )
    return _admit(services, call, person, token, device)


async def show_gate(services: HttpServices, call: RequestContext[None]) -> Gate:
    """Get what a sign-up from your address needs now: nothing, a proof of work, or a Turnstile token."""
    return await services.sign_up_gate.show(call.address)


async def upgrade(services: HttpServices, call: RequestContext[MakePermanentRequest]) -> AccountResponse:
    """Become permanent: add an e-mail address and a password; id, history and cooldowns stay.

    Where e-mail is configured, both are pending until the address is verified, and the answer is the same whether or
    not another account has the address.
    """
    email, password = validators.email(call.body.email), call.body.password
    user, network = call.user, network_of(call.address)
    # Before the costly part: hashing a password takes a hundred times as long as everything else here.
    if call.login.permanent:
        if (await services.users.get(user)).email is not None:
            raise StateConflict("this account has an e-mail address already")
        await credentials.require_own_password(services, call, password, wrong=credentials.not_yours())
    if services.mail.is_on:
        await account_email.require_mail_capacity(services, call, email)
        sealed = await services.passwords.hash(password, network=network)
        return AccountResponse(
            user=shown(services, await account_email.pend(services, user, email=email, sealed=sealed))
        )
    # Counted, because the answer reveals which names are taken.
    async with count_failures(StateConflict, (services.limits.passwords, call.address)):
        sealed = await services.passwords.hash(password, network=network)
        person = await services.accounts.set_log_in_name(user, email=email, sealed=sealed)
    services.broadcast.forget(user)
    return AccountResponse(user=shown(services, person))


async def log_in(services: HttpServices, call: RequestContext[LogInRequest]) -> SignUpResponse:
    """Log in to a permanent account on one more device; with more than 20 sessions the oldest ends."""
    user = await credentials.require_log_in(services, call, validators.log_in_name(call.body.email), call.body.password)
    person = await services.users.get(user)
    token, device = _session(call, permanent=True, now=services.clock.now())
    ended = await services.sessions.add(
        device,
        user=user,
        token_hash=hash_of(token),
        at_most=services.settings.sessions_max,
        is_new_device=not await services.origins.is_known_device(user, call.address, call.device),
    )
    if ended:
        services.broadcast.end(user, *ended)
    if (network := network_of(call.address)) is not None:
        services.origins.record(user, "network", network)
    call.new_device = call.device or new_device()
    services.origins.record(user, "device", call.new_device)
    # Not cached: the authenticator reads the session at its first use, with its bans.
    return SignUpResponse(token=token, user=shown(services, person))


async def log_out(services: HttpServices, call: RequestContext[None]) -> None:
    """Log out: the token is revoked and its socket is closed."""
    await end_session(services, call.user, call.login.session_id)


async def end_session(services: HttpServices, user: UserId, session_id: str) -> bool:
    """Revoke the token of a session, then close its socket; False when *user* has no such session."""
    known = await services.sessions.revoke(session_id, user=user)
    services.broadcast.end(user, session_id)
    return known


def _session(call: RequestContext[Any], *, permanent: bool, now: int) -> tuple[str, LoginDevice]:
    agent = "".join(filter(str.isprintable, call.request.headers.get("User-Agent", "")))
    device = LoginDevice(
        session_id=new_id(now),
        device=agent[:DEVICE_MAX],
        address=shortened(call.address),
        permanent=permanent,
        created_at=now,
        last_seen_at=now,
        expires_at=now + lifetime_ms(permanent=permanent),
    )
    return new_token(), device


def shown(services: HttpServices, person: User) -> User:
    """Return the account as its owner sees it: what is for friends only if there are friends."""
    return person if services.settings.friends else person.without_friends


def _admit(
    services: HttpServices, call: RequestContext[Any], person: User, token: str, device: LoginDevice
) -> SignUpResponse:
    login = Login(
        session_id=device.session_id,
        profile=person.profile,
        permanent=device.permanent,
        access=person.access,
        role=person.role,
        last_seen_at=device.last_seen_at,
        expires_at=device.expires_at,
        birth_date=person.birth_date,
        network=network_of(call.address),
        device=call.new_device,
    )
    services.authenticator.remember(hash_of(token), login)
    return SignUpResponse(token=token, user=shown(services, person))
