"""Coming and going: sign up as a guest, become permanent, log in, log out."""

from datetime import date
from typing import Annotated, Any

import msgspec
from msgspec import UNSET, Meta

from matchmaker.errors import Invalid, RateLimited, Taken, Unauthenticated
from matchmaker.ids import UserId, new_id, new_user_id
from matchmaker.profile import Gender, Profile
from server import age
from server.door import hash_of, new_token
from server.http import credentials, letters, words
from server.http.address import shortened
from server.http.bounds import DisplayName, Email, Interests, LogInName, NewPassword
from server.http.desk import Desk
from server.http.device import new_device
from server.http.limits import count_failures
from server.http.route import Call
from server.ledger.people import Person
from server.ledger.sessions import Device, Login, lifetime_ms
from server.networks import network_of
from server.signup_gate import Gate, GateAnswer

LOG_IN = (Unauthenticated, RateLimited)
DEVICE_MAX = 200


class SignUp(msgspec.Struct, frozen=True, kw_only=True):
    """All that a guest has to say."""

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


class Credentials(msgspec.Struct, frozen=True, kw_only=True):
    """What a permanent account is opened with."""

    email: LogInName
    password: str


class NewCredentials(msgspec.Struct, frozen=True, kw_only=True):
    """What a permanent account will be opened with."""

    email: Email
    password: NewPassword


class Account(msgspec.Struct, frozen=True, kw_only=True):
    """Your account."""

    user: Person


class Admission(msgspec.Struct, frozen=True, kw_only=True):
    """Your account, and the token that proves it is yours. The token is shown this once."""

    token: str
    user: Person


async def sign_up(desk: Desk, call: Call[SignUp]) -> Admission:
    """Sign up as a guest."""
    body = call.body
    if body.adult is not True:
        raise Invalid("adult", "must be true: Rondo is for adults")
    settings = desk.settings
    born, required = body.birth_date, settings.require_birth_date
    today = age.today(desk.clock.now())
    age.insist_old_enough(born, today=today, at_least=settings.min_age, required=required)
    name, tags = words.display_name(body.display_name), words.interests(body.interests)
    # Last, so that a typing error costs nothing.
    await desk.sign_up_gate.admit(call.address, body.gate)
    now = desk.clock.now()
    profile = Profile(user_id=new_user_id(), display_name=name, gender=body.gender, interests=tags)
    token, device = _session(call, permanent=False, now=now)
    call.new_device = call.device or new_device()
    person = await desk.admission.add(
        profile,
        device,
        token_hash=hash_of(token),
        seen_from=await desk.origins.of(call.address, call.new_device),
        birth_date=born if required else None,  # what was not asked for is not kept
        invite_code=body.invite_code or None,
        referral_code=body.referral_code or None,
    )
    return _admit(desk, call, person, token, device)


async def show_gate(desk: Desk, call: Call[None]) -> Gate:
    """Get what a sign-up from your address has to bring along now: nothing, a proof of work, or a Turnstile token."""
    return await desk.sign_up_gate.show(call.address)


async def upgrade(desk: Desk, call: Call[NewCredentials]) -> Account:
    """Become permanent: add an e-mail address and a password; id, history and cooldowns stay.

    Where letters are sent, both wait until the letter is answered, and the answer is the same whether or not another
    account has the address.
    """
    email, password = words.email(call.body.email), call.body.password
    user, network = call.user, network_of(call.address)
    # Before the costly part: a password takes a hundred times as long as everything else here.
    if call.login.permanent:
        if (await desk.people.get(user)).email is not None:
            raise Taken("this account has an e-mail address already")
        await credentials.insist_on_own(desk, call, password, wrong=credentials.not_yours())
    if desk.mail.is_on:
        await letters.insist_on_room(desk, call, email)
        sealed = await desk.passwords.seal(password, network=network)
        return Account(user=await letters.pend(desk, user, email=email, sealed=sealed))
    # Counted, for it tells which names are taken.
    async with count_failures(Taken, (desk.limits.passwords, call.address)):
        sealed = await desk.passwords.seal(password, network=network)
        person = await desk.records.set_log_in_name(user, email=email, sealed=sealed)
    desk.bulletin.forget(user)
    return Account(user=person)


async def log_in(desk: Desk, call: Call[Credentials]) -> Admission:
    """Log in to a permanent account, on one more device; of more than 20 sessions the oldest ends."""
    user = await credentials.insist_on_log_in(desk, call, words.log_in_name(call.body.email), call.body.password)
    person = await desk.people.get(user)
    token, device = _session(call, permanent=True, now=desk.clock.now())
    ended = await desk.sessions.add(
        device,
        user=user,
        token_hash=hash_of(token),
        at_most=desk.settings.sessions_max,
        is_new_device=not await desk.origins.is_known_device(user, call.address, call.device),
    )
    if ended:
        desk.bulletin.end(user, *ended)
    if (network := network_of(call.address)) is not None:
        desk.origins.note(user, "network", network)
    call.new_device = call.device or new_device()
    desk.origins.note(user, "device", call.new_device)
    # Not remembered: the door asks the ledger at the first use, which knows of bans.
    return Admission(token=token, user=person)


async def log_out(desk: Desk, call: Call[None]) -> None:
    """Log out: the token is revoked and its socket is closed."""
    await end_session(desk, call.user, call.login.session_id)


async def end_session(desk: Desk, user: UserId, session_id: str) -> bool:
    """Kill a session's token, then close its socket; False when *user* has no such session."""
    known = await desk.sessions.revoke(session_id, user=user)
    desk.bulletin.end(user, session_id)
    return known


def _session(call: Call[Any], *, permanent: bool, now: int) -> tuple[str, Device]:
    agent = "".join(filter(str.isprintable, call.request.headers.get("User-Agent", "")))
    device = Device(
        session_id=new_id(now),
        device=agent[:DEVICE_MAX],
        address=shortened(call.address),
        permanent=permanent,
        created_at=now,
        last_seen_at=now,
        expires_at=now + lifetime_ms(permanent=permanent),
    )
    return new_token(), device


def _admit(desk: Desk, call: Call[Any], person: Person, token: str, device: Device) -> Admission:
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
    desk.door.remember(hash_of(token), login)
    return Admission(token=token, user=person)
