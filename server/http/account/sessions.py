"""Login sessions of the user."""

import msgspec

from matchmaker.domain.errors import NotFound
from server.db.accounts import sessions
from server.http.account.auth import end_session
from server.http.route import RequestContext
from server.http.services import HttpServices


class SessionResponse(sessions.LoginDevice, frozen=True, kw_only=True):
    """A login session of yours."""

    current: bool
    """Whether it is the one of this request."""


class SessionsResponse(msgspec.Struct, frozen=True, kw_only=True):
    """Your sessions, the last used first."""

    sessions: list[SessionResponse]


async def show(services: HttpServices, call: RequestContext[None]) -> SessionsResponse:
    """List your login sessions: device, address, last seen to the hour."""
    login = call.login
    found = await services.sessions.of(login.user, now=services.clock.now())
    return SessionsResponse(
        sessions=[
            SessionResponse(**msgspec.structs.asdict(one), current=one.session_id == login.session_id) for one in found
        ]
    )


async def revoke(services: HttpServices, call: RequestContext[None]) -> None:
    """Sign out a device: its token is revoked and its socket is closed."""
    if not await end_session(services, call.login.user, call.name("session_id")):
        raise NotFound("there is no such session")
