"""E-mail of accounts: verification of addresses, forgotten and changed passwords."""

from functools import partial
from typing import Annotated, Any

import msgspec
from msgspec import Meta

from matchmaker.domain.errors import NotFound, StateConflict
from matchmaker.domain.ids import UserId
from server.auth.attempt_limits import count_failures
from server.auth.tokens import hash_of, new_token
from server.db.accounts.users import User
from server.domain.email_address import key_of
from server.domain.networks import network_of
from server.http import validators
from server.http.account import credentials
from server.http.constraints import LogInName, NewPassword
from server.http.route import RequestContext
from server.http.services import HttpServices
from server.runtime.mail import Letter

VERIFY_MS = 24 * 3_600_000
RESET_MS = 3_600_000
"""How long a token is valid: a new password is requested by a user who waits for it."""

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
    "If it was not you, do nothing: only you can use the address.\n"
)
RESET_TEXT = (
    "Somebody, probably you, asked for a new password at Rondo.\n\n"
    "Enter this code there within an hour:\n\n{token}\n\n"
    "If it was not you, do nothing: your password stays as it is.\n"
)
UNPROVED_TEXT = (
    "Somebody, probably you, asked for a new password at Rondo.\n\n"
    "An account signs in with this address, but the address was never verified. So there is "
    "no new password by e-mail. If the account is yours, sign in with its password and verify the address.\n\n"
    "If it was not you, do nothing.\n"
)


class ChangePasswordRequest(msgspec.Struct, frozen=True, kw_only=True):
    """The current password, and the new one."""

    password: str
    new_password: NewPassword


class EmailRequest(msgspec.Struct, frozen=True, kw_only=True):
    """The address to send an e-mail to."""

    email: LogInName


class EmailCodeRequest(msgspec.Struct, frozen=True, kw_only=True):
    """The code from the e-mail."""

    code: Annotated[str, Meta(max_length=100)]


class ResetPasswordRequest(EmailCodeRequest, frozen=True, kw_only=True):
    """The code from the e-mail, and the new password."""

    password: NewPassword


async def change_password(services: HttpServices, call: RequestContext[ChangePasswordRequest]) -> None:
    """Change your password: every other session of yours ends, and its socket is closed."""
    fresh = call.body.new_password
    if await services.users.password_hash(call.user) is None:
        raise StateConflict("a guest has no password: add an e-mail address first")
    await credentials.require_own_password(services, call, call.body.password, wrong=credentials.not_yours())
    sealed = await services.passwords.hash(fresh, network=network_of(call.address))
    ended = await services.accounts.change_password(call.user, sealed=sealed, keep=call.login.session_id)
    services.broadcast.end(call.user, *ended)


async def ask_to_verify(services: HttpServices, call: RequestContext[None]) -> None:
    """Get an e-mail with a code that verifies your address; earlier codes become invalid."""
    services.mail.require_configured()
    person = await services.users.get(call.user)
    email = person.pending_email or person.email
    if email is None:
        raise StateConflict("you have not given an e-mail address")
    await require_mail_capacity(services, call, validators.email(email))
    token = new_token()
    await services.accounts.record_letter(call.user, "verify", token_hash=hash_of(token), lifetime=VERIFY_MS)
    services.mail.post(partial(_write_verification, services, call.user, email, token))


async def verify(services: HttpServices, call: RequestContext[EmailCodeRequest]) -> None:
    """Verify your e-mail address with the code from an e-mail: your account is permanent from then on."""
    await services.limits.redemptions.spend(call.address)
    await services.accounts.verify_address(call.user, hash_of(call.body.code.strip()))
    services.broadcast.forget(call.user)


async def ask_to_reset(services: HttpServices, call: RequestContext[EmailRequest]) -> None:
    """Get an e-mail with a code for a new password; the answer is the same whether or not there is such an account."""
    services.mail.require_configured()
    email = validators.log_in_name(call.body.email)
    await require_mail_capacity(services, call, email)
    services.mail.post(partial(_write_reset, services, email))


async def reset(services: HttpServices, call: RequestContext[ResetPasswordRequest]) -> None:
    """Set a new password with the code from an e-mail: every session of yours ends."""
    fresh = call.body.password
    async with count_failures(NotFound, (services.limits.passwords, call.address)):
        sealed = await services.passwords.hash(fresh, network=network_of(call.address))
        user, ended = await services.accounts.reset_password(hash_of(call.body.code.strip()), sealed=sealed)
    services.broadcast.end(user, *ended)


async def require_mail_capacity(services: HttpServices, call: RequestContext[Any], email: str) -> None:
    """Count one more e-mail to *email*.

    Raises:
        RateLimited: the limit of the client address or of the mailbox is exceeded.
        Unavailable: too many e-mails are being sent.
    """
    services.mail.require_configured()
    await services.limits.letters.spend(call.address)
    await services.limits.letters_of_account.spend(key_of(email))


async def pend(services: HttpServices, user: UserId, *, email: str, sealed: str) -> User:
    """Send the verification e-mail, store address and password until it is answered, and return the account."""
    token = new_token()
    person = await services.accounts.pend(
        user, email=email, sealed=sealed, token_hash=hash_of(token), lifetime=VERIFY_MS
    )
    services.mail.post(partial(_write_verification, services, user, email, token))
    return person


async def _write_verification(services: HttpServices, user: UserId, email: str, token: str) -> Letter:
    # For an address that another account has verified the token is in no e-mail, so it proves nothing.
    owner = await services.accounts.owner_of(email)
    text = VERIFY_TEXT.format(token=token) if owner in (None, user) else OWNED_TEXT
    return Letter(email, VERIFY, text)


async def _write_reset(services: HttpServices, email: str) -> Letter | None:
    found = await services.accounts.log_ins(email)
    if not found:
        return None
    owner = found[0]
    if not owner.is_verified or owner.email is None:
        return Letter(email, RESET, UNPROVED_TEXT)
    token = new_token()
    await services.accounts.record_letter(owner.user, "reset", token_hash=hash_of(token), lifetime=RESET_MS)
    # To the address as its owner wrote it: others that compare equal may be another mailbox.
    return Letter(owner.email, RESET, RESET_TEXT.format(token=token))
