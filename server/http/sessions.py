"""Where one is signed in."""

import msgspec

from matchmaker.errors import NotFound
from server.http.auth import end_session
from server.http.desk import Desk
from server.http.route import Call
from server.ledger import sessions


class Device(sessions.Device, frozen=True, kw_only=True):
    """A place where you are signed in."""

    current: bool
    """Whether it is the one that asks."""


class Devices(msgspec.Struct, frozen=True, kw_only=True):
    """Your sessions, the last used first."""

    sessions: list[Device]


async def show(desk: Desk, call: Call[None]) -> Devices:
    """List where you are signed in: device, address, last seen to the hour."""
    login = call.login
    found = await desk.sessions.of(login.user, now=desk.clock.now())
    return Devices(
        sessions=[Device(**msgspec.structs.asdict(one), current=one.session_id == login.session_id) for one in found]
    )


async def revoke(desk: Desk, call: Call[None]) -> None:
    """Sign out a device: its token is revoked and its socket is closed."""
    if not await end_session(desk, call.login.user, call.name("session_id")):
        raise NotFound("there is no such session")
