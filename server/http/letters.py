"""Letters: e-mail addresses that are verified, and passwords that are forgotten or change."""

from functools import partial
from typing import Annotated, Any

import msgspec
from msgspec import Meta

from matchmaker.errors import NotFound, Taken
from matchmaker.ids import UserId
from server.door import hash_of, new_token
from server.email_address import key_of
from server.http import credentials, words
from server.http.bounds import LogInName, NewPassword
from server.http.desk import Desk
from server.http.limits import count_failures
from server.http.route import Call
from server.ledger.people import Person
from server.mail import Letter
from server.networks import network_of

VERIFY_MS = 24 * 3_600_000
RESET_MS = 3_600_000
"""How long a letter can be answered: a new password is requested by a user who waits for it."""

VERIFY = "Your e-mail address at Rondo"
RESET = "A new password for Rondo"
VERIFY_TEXT = (
    "Somebody, probably you, gave this address at Rondo.\n\n"
    "Sign in there and enter this code within 24 hours to say that it is yours:\n\n{token}\n\n"
    "If it was not you, do nothing.\n"
)
OWNED_TEXT = (
    "Somebody, probably you, gave this address for another account at Rondo.\n\n"
    "It belongs to an account already, and stays there: sign in with it. If you have forgotten the password, ask for a "
    "new one. To use the address for the other account, delete this one first.\n\n"
    "If it was not you, do nothing: nobody but you can use the address.\n"
)
RESET_TEXT = (
    "Somebody, probably you, asked for a new password at Rondo.\n\n"
    "Enter this code there within an hour:\n\n{token}\n\n"
    "If it was not you, do nothing: your password stays as it is.\n"
)
UNPROVED_TEXT = (
    "Somebody, probably you, asked for a new password at Rondo.\n\n"
    "An account signs in with this address, but nobody has shown that the address belongs to its owner. So there is no "
    "new password by letter. If the account is yours, sign in with its password and verify the address.\n\n"
    "If it was not you, do nothing.\n"
)


class Change(msgspec.Struct, frozen=True, kw_only=True):
    """The password you have, and the one you want."""

    password: str
    new_password: NewPassword


class Address(msgspec.Struct, frozen=True, kw_only=True):
    """Where to send a letter."""

    email: LogInName


class Code(msgspec.Struct, frozen=True, kw_only=True):
    """What stands in the letter."""

    code: Annotated[str, Meta(max_length=100)]


class Reset(Code, frozen=True, kw_only=True):
    """What stands in the letter, and the password you want."""

    password: NewPassword


async def change_password(desk: Desk, call: Call[Change]) -> None:
    """Change your password: every other session of yours ends, and its socket is closed."""
    fresh = call.body.new_password
    if await desk.people.sealed_password(call.user) is None:
        raise Taken("a guest has no password: add an e-mail address first")
    await credentials.insist_on_own(desk, call, call.body.password, wrong=credentials.not_yours())
    sealed = await desk.passwords.seal(fresh, network=network_of(call.address))
    ended = await desk.records.change_password(call.user, sealed=sealed, keep=call.login.session_id)
    desk.bulletin.end(call.user, *ended)


async def ask_to_verify(desk: Desk, call: Call[None]) -> None:
    """Get a letter with a code, which proves that your e-mail address is yours; the code before it is dead."""
    desk.mail.insist()
    person = await desk.people.get(call.user)
    email = person.pending_email or person.email
    if email is None:
        raise Taken("you have not given an e-mail address")
    await insist_on_room(desk, call, words.email(email))
    token = new_token()
    await desk.records.note_letter(call.user, "verify", token_hash=hash_of(token), lifetime=VERIFY_MS)
    desk.mail.post(partial(_write_verification, desk, call.user, email, token))


async def verify(desk: Desk, call: Call[Code]) -> None:
    """Prove with the code from a letter that your e-mail address is yours: your account is permanent from then on."""
    await desk.limits.redemptions.spend(call.address)
    await desk.records.verify_address(call.user, hash_of(call.body.code.strip()))
    desk.bulletin.forget(call.user)


async def ask_to_reset(desk: Desk, call: Call[Address]) -> None:
    """Get a letter with a code for a new password; the answer is the same whether or not there is such an account."""
    desk.mail.insist()
    email = words.log_in_name(call.body.email)
    await insist_on_room(desk, call, email)
    desk.mail.post(partial(_write_reset, desk, email))


async def reset(desk: Desk, call: Call[Reset]) -> None:
    """Set a new password with the code from a letter: every session of yours ends."""
    fresh = call.body.password
    async with count_failures(NotFound, (desk.limits.passwords, call.address)):
        sealed = await desk.passwords.seal(fresh, network=network_of(call.address))
        user, ended = await desk.records.reset_password(hash_of(call.body.code.strip()), sealed=sealed)
    desk.bulletin.end(user, *ended)


async def insist_on_room(desk: Desk, call: Call[Any], email: str) -> None:
    """Count one more letter to *email*.

    Raises:
        RateLimited: it is one too many, for the address that asks or for the mailbox.
        Unavailable: too many letters are on their way.
    """
    desk.mail.insist()
    await desk.limits.letters.spend(call.address)
    await desk.limits.letters_of_account.spend(key_of(email))


async def pend(desk: Desk, user: UserId, *, email: str, sealed: str) -> Person:
    """Store address and password until the letter is answered that goes out now, and return the account."""
    token = new_token()
    person = await desk.records.pend(user, email=email, sealed=sealed, token_hash=hash_of(token), lifetime=VERIFY_MS)
    desk.mail.post(partial(_write_verification, desk, user, email, token))
    return person


async def _write_verification(desk: Desk, user: UserId, email: str, token: str) -> Letter:
    # Of an address that another account has verified the token is in no letter, so it proves nothing.
    owner = await desk.records.owner_of(email)
    text = VERIFY_TEXT.format(token=token) if owner in (None, user) else OWNED_TEXT
    return Letter(email, VERIFY, text)


async def _write_reset(desk: Desk, email: str) -> Letter | None:
    found = await desk.records.log_ins(email)
    if not found:
        return None
    owner = found[0]
    if not owner.is_verified or owner.email is None:
        return Letter(email, RESET, UNPROVED_TEXT)
    token = new_token()
    await desk.records.note_letter(owner.user, "reset", token_hash=hash_of(token), lifetime=RESET_MS)
    # To the address as its owner wrote it: others that compare equal may be another mailbox.
    return Letter(owner.email, RESET, RESET_TEXT.format(token=token))
