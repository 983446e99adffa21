"""Checks of passwords: at log-in, and where a logged-in account has to prove its identity again."""

from typing import Any
from urllib.parse import unquote_to_bytes

from matchmaker.domain.errors import Invalid, PasswordRequired, RequestError, Unauthenticated
from matchmaker.domain.ids import UserId
from server.auth.attempt_limits import count_failures
from server.db.accounts.email_addresses import LogIn
from server.domain.email_address import key_of
from server.domain.networks import network_of
from server.http.route import RequestContext
from server.http.services import HttpServices

PASSWORD_HEADER = "X-Rondo-Password"  # noqa: S105
"""The password, UTF-8 and percent-encoded."""


async def require_log_in(services: HttpServices, call: RequestContext[Any], email: str, password: str) -> UserId:
    """Return the account that logs in with *email* and *password*.

    Raises:
        Unauthenticated: there is none; takes as long when the address is unknown.
        RateLimited: too many failures of this client address, or for this account from networks new to it.
    """
    found = await services.accounts.log_ins(email)
    bucket = await _bucket(services, call, email, found)
    limits = (services.limits.passwords, call.address), (services.limits.passwords_of_account, bucket)
    async with count_failures(Unauthenticated, *limits):
        # One after the other: an address that was verified by another account is still a log-in name of the first.
        for sealed in (one.sealed for one in found) if found else (None,):
            if await services.passwords.verify(sealed, password, network=network_of(call.address)):
                return next(one.user for one in found if one.sealed == sealed)
        raise Unauthenticated("e-mail address or password is wrong")


async def require_own_password(
    services: HttpServices, call: RequestContext[Any], password: str, *, wrong: RequestError
) -> None:
    """Check that *password* is that of the account that asks; a guest has none.

    Not behind the limits of `insist_on_log_in`, which strangers can exhaust: failures count for each session.

    Raises:
        RateLimited: too many failures with this session.
        RequestError: *wrong*, it is not the password.
    """
    sealed = await services.users.password_hash(call.user)
    async with count_failures(type(wrong), (services.limits.passwords_of_session, call.login.session_id)):
        if not await services.passwords.verify(sealed, password, network=network_of(call.address)):
            raise wrong


async def require_password_header(services: HttpServices, call: RequestContext[Any]) -> None:
    """Check that the request carries the password of a permanent account; a guest needs none.

    Raises:
        PasswordRequired: it is missing or wrong.
        RateLimited: too many failures with this session.
    """
    if await services.users.password_hash(call.user) is None:
        return
    if (encoded := call.request.headers.get(PASSWORD_HEADER)) is None:
        raise PasswordRequired(f"send your password, UTF-8 and percent-encoded, as {PASSWORD_HEADER}")
    password = unquote_to_bytes(encoded).decode(errors="replace")
    await require_own_password(services, call, password, wrong=PasswordRequired("this is not your password"))


def not_yours() -> Invalid:
    """Return the error for a wrong password in a body."""
    return Invalid("password", "this is not your password")


async def _bucket(services: HttpServices, call: RequestContext[Any], email: str, found: list[LogIn]) -> str:
    """Return what failures are counted for: the account and the network, if it was used from there, else the
    account.
    """
    key = key_of(email)
    for one in found:
        if await services.origins.is_known(one.user, call.address):
            return f"{key}\0{network_of(call.address)}"
    return key
