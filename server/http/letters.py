"""Passwords that change, and letters that prove whose an address is."""

from typing import Annotated

import msgspec
from msgspec import Meta

from matchmaker.errors import Invalid, Taken
from matchmaker.ids import UserId
from server.door import hash_of, new_token
from server.http import words
from server.http.desk import Desk
from server.http.route import Call
from server.ledger.letters import Purpose

VERIFY_MS = 24 * 3_600_000
RESET_MS = 3_600_000
"""How long a letter can be answered: a password is asked for by somebody who waits for it."""

SUBJECTS: dict[Purpose, str] = {"verify": "Your e-mail address at Rondo", "reset": "A new password for Rondo"}
TEXTS: dict[Purpose, str] = {
    "verify": "Somebody, probably you, gave this address at Rondo.\n\n"
    "Enter this code there within 24 hours to say that it is yours:\n\n{token}\n\n"
    "If it was not you, do nothing.\n",
    "reset": "Somebody, probably you, asked for a new password at Rondo.\n\n"
    "Enter this code there within an hour:\n\n{token}\n\n"
    "If it was not you, do nothing: your password stays as it is.\n",
}


class Change(msgspec.Struct, frozen=True, kw_only=True):
    """The password you have, and the one you want."""

    password: str
    new_password: Annotated[str, Meta(description="8 characters or more")]


class Address(msgspec.Struct, frozen=True, kw_only=True):
    """Where to send a letter."""

    email: str


class Code(msgspec.Struct, frozen=True, kw_only=True):
    """What stands in the letter."""

    code: Annotated[str, Meta(max_length=100)]


class Reset(Code, frozen=True, kw_only=True):
    """What stands in the letter, and the password you want."""

    password: Annotated[str, Meta(description="8 characters or more")]


async def change_password(desk: Desk, call: Call[Change]) -> None:
    """Change your password: every other session of yours ends, and its socket is closed."""
    fresh = words.password(call.body.new_password)
    email = (await desk.people.get(call.user)).email
    if email is None:
        raise Taken("a guest has no password: add an e-mail address first")
    await desk.limits.log_ins.spend(call.address)
    await desk.limits.log_ins_of_account.spend(email.lower())
    known = await desk.people.sealed_password(email)
    if not await desk.passwords.fits(known and known[1], call.body.password):
        raise Invalid("password", "this is not your password")
    ended = await desk.records.change_password(
        call.user, sealed=await desk.passwords.seal(fresh), keep=call.login.session_id
    )
    desk.bulletin.end(call.user, *ended)


async def ask_to_verify(desk: Desk, call: Call[None]) -> None:
    """Get a letter with a code, which proves that your e-mail address is yours."""
    desk.mail.insist()
    email = (await desk.people.get(call.user)).email
    if email is None:
        raise Taken("you have not given an e-mail address")
    await desk.limits.letters.spend(call.address)
    await desk.limits.letters_of_account.spend(email.lower())
    await _send(desk, call.user, email, "verify", VERIFY_MS)


async def verify(desk: Desk, call: Call[Code]) -> None:
    """Prove with the code from a letter that your e-mail address is yours."""
    await desk.limits.redemptions.spend(call.address)
    await desk.records.verify_address(hash_of(call.body.code.strip()))


async def ask_to_reset(desk: Desk, call: Call[Address]) -> None:
    """Get a letter with a code for a new password; the answer is the same whether or not there is such an account."""
    desk.mail.insist()
    email = words.email(call.body.email)
    await desk.limits.letters.spend(call.address)
    await desk.limits.letters_of_account.spend(email.lower())
    known = await desk.people.sealed_password(email)
    if known is not None:
        person = await desk.people.get(known[0])
        # To the address as its owner wrote it: others that compare equal may belong to somebody else.
        await _send(desk, known[0], person.email or email, "reset", RESET_MS)


async def reset(desk: Desk, call: Call[Reset]) -> None:
    """Set a new password with the code from a letter: every session of yours ends."""
    fresh = words.password(call.body.password)
    await desk.limits.log_ins.spend(call.address)
    sealed = await desk.passwords.seal(fresh)
    user, ended = await desk.records.reset_password(hash_of(call.body.code.strip()), sealed=sealed)
    desk.bulletin.end(user, *ended)


async def _send(desk: Desk, user: UserId, email: str, purpose: Purpose, lifetime: int) -> None:
    token = new_token()
    await desk.records.note_letter(user, purpose, token_hash=hash_of(token), lifetime=lifetime)
    desk.mail.send(email, SUBJECTS[purpose], TEXTS[purpose].format(token=token))
