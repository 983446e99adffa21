"""Authentication by token: from a cache, else from the database in batches."""

import asyncio
import secrets
from collections import OrderedDict
from collections.abc import Callable, Sequence
from hashlib import sha256

import msgspec

from matchmaker.domain.clock import Clock
from matchmaker.domain.errors import Banned, Unauthenticated, Unavailable
from matchmaker.domain.ids import UserId
from server.auth.forwarded import shortened
from server.db.accounts.login_origins import Kind
from server.db.accounts.sessions import LastSeen, Login, Sessions, lifetime_ms
from server.db.group_commit import PACE_S, GroupCommitter
from server.domain import age
from server.domain.networks import network_of
from signaling.connection.ports import Identity

TOKEN_LENGTH = 43
"""Length of 256 bits in unpadded base64, in characters."""
REMEMBERED_MAX = 200_000
"""Limit of cached log-ins, about 0.7 KB each; evicted least recently used first."""
BATCH_MAX = 500
"""Maximum number of session extensions per statement."""
SLIDE_EVERY_MS = 3_600_000
"""Minimum interval between writes of a session's expiry: a write per request would cost more than the rest of the
request."""


def new_token() -> str:
    """Return a fresh bearer token of 256 random bits."""
    return secrets.token_urlsafe(32)


def hash_of(token: str) -> bytes:
    """Return the hash of *token*, under which its session is stored."""
    return sha256(token.encode()).digest()


def _welcome(_: str) -> None:
    """Accept any address."""


def _forget(_user: UserId, _kind: Kind, _name: str) -> None:
    """Record no origin."""


def _always() -> bool:
    """Trust the cache: there is no other node where a session could end."""
    return True


class TokenAuthenticator:
    """Authenticates requests and sockets by their token."""

    def __init__(
        self,
        sessions: Sessions,
        clock: Clock,
        *,
        refuse: Callable[[str], Banned | None] = _welcome,
        note: Callable[[UserId, Kind, str], None] = _forget,
        bands: Sequence[int] = (),
        invite_only: bool = False,
        trusts: Callable[[], bool] = _always,
    ) -> None:
        """*refuse* returns the error for a banned address; *note* is called with new origins of a log-in.

        *invite_only*: users with access `unpaid` may not be matched. *trusts* returns whether the cache may be used:
        not while this node may miss broadcasts about sessions that ended on others.
        """
        self._invite_only = invite_only
        self.bands = bands
        """Minimum age by age band of users who may be matched; empty: all ages."""
        self._trusts = trusts
        self._sessions = sessions
        self._clock = clock
        self._refuse = refuse
        self._note = note
        self._logins: OrderedDict[bytes, Login] = OrderedDict()
        self._keys: dict[UserId, set[bytes]] = {}
        self._questions: GroupCommitter[bytes, Login | None] = GroupCommitter("tokens", self._look_up, pace_s=PACE_S)
        self._looking = False
        self._changed: set[UserId] = set()
        """Users whose sessions changed during a query that may have missed the change."""
        self._all_changed = False
        self._seen: dict[str, LastSeen] = {}
        self._sliding: asyncio.Task[None] | None = None

    async def authenticate(self, token: str, *, address: str, device: str | None = None) -> Login:
        """Return the log-in of *token*, and extend its session; *device*: the device cookie.

        Raises:
            Unauthenticated: the token is unknown, expired or revoked.
            Unavailable: the database does not answer.
        """
        if len(token) != TOKEN_LENGTH:
            raise Unauthenticated("this is not a token")
        key = hash_of(token)
        login = self._logins.get(key) if self._trusts() else None
        if login is None:
            login = await self._questions.submit(key)
        else:
            self._logins.move_to_end(key)
        now = self._clock.now()
        if login is None or login.expires_at <= now:
            raise Unauthenticated("the token is unknown, expired or revoked")
        if now - login.last_seen_at >= SLIDE_EVERY_MS:
            login = self._extend_session(key, login, now=now, address=address)
        network = network_of(address)
        if (network is not None and network != login.network) or (device is not None and device != login.device):
            login = self._record_origin(key, login, network, device)
        return login

    async def authenticate_socket(self, token: str, *, address: str, device: str) -> Identity:  # noqa: ARG002 - known since log-in
        """Authenticate the hello of a socket.

        Raises:
            Unauthenticated, Unavailable: as `authenticate`.
            Banned: the user or the address is banned.
        """
        if (barred := self._refuse(address)) is not None:
            raise barred
        login = await self.authenticate(token, address=address)
        self.require_valid(login)
        may_meet = not self._invite_only or login.access != "unpaid"
        band = age.band(login.birth_date, today=age.today(self._clock.now()), bands=self.bands)
        return Identity(profile=login.profile, login_id=login.session_id, band=band, may_meet=may_meet)

    def require_valid(self, login: Login) -> None:
        """Check that the user of *login* is not banned.

        Raises:
            Banned: the user is.
        """
        if login.ban is not None and login.ban.is_in_force(self._clock.now()):
            raise login.ban.refusal

    def remember(self, key: bytes, login: Login) -> None:
        """Cache *login* by the hash of its token, unless its user is banned.

        A banned user is looked up at each request, so that the end of a ban applies on every node without delay.
        """
        if login.ban is not None and login.ban.is_in_force(self._clock.now()):
            return
        self._logins[key] = login
        self._keys.setdefault(login.user, set()).add(key)
        while len(self._logins) > REMEMBERED_MAX:
            old, evicted = self._logins.popitem(last=False)
            self._unlist(evicted.user, old)

    def forget(self, user: UserId, session_id: str | None = None) -> None:
        """Drop one or all sessions of *user* from the cache: they have ended, or their data has changed."""
        if self._looking:
            self._changed.add(user)
        for key in list(self._keys.get(user, ())):
            if session_id in (None, self._logins[key].session_id):
                del self._logins[key]
                self._unlist(user, key)

    def forget_all(self) -> None:
        """Drop every session from the cache: a broadcast about ended ones may have been missed."""
        self._all_changed = True
        self._logins.clear()
        self._keys.clear()

    async def close(self) -> None:
        """Write the pending session extensions, if the database answers."""
        await self._questions.close()
        if self._seen and not self._sliding:
            self._sliding = asyncio.create_task(self._write_last_seen())
        if self._sliding:
            await self._sliding

    def _unlist(self, user: UserId, key: bytes) -> None:
        keys = self._keys[user]
        keys.discard(key)
        if not keys:
            del self._keys[user]

    async def _look_up(self, keys: Sequence[bytes]) -> list[Login | None]:
        """Return the log-ins of many tokens; many reconnections at a time cost a few queries."""
        self._looking = True
        try:
            while True:
                self._changed.clear()
                self._all_changed = False
                found = await self._sessions.logins(keys, now=self._clock.now())
                # A session that ended during the query must not be cached: query again.
                if not self._all_changed and self._changed.isdisjoint(login.user for login in found.values()):
                    break
        finally:
            self._looking = False
        for key, login in found.items():
            self.remember(key, login)
        return [found.get(key) for key in keys]

    def _extend_session(self, key: bytes, login: Login, *, now: int, address: str) -> Login:
        until = now + lifetime_ms(permanent=login.permanent)
        login = msgspec.structs.replace(login, last_seen_at=now, expires_at=until)
        if key in self._logins:
            self._logins[key] = login
        self._seen[login.session_id] = LastSeen(
            session_id=login.session_id, at=now, expires_at=until, address=shortened(address)
        )
        self._sliding = self._sliding or asyncio.create_task(self._write_last_seen())
        return login

    def _record_origin(self, key: bytes, login: Login, network: str | None, device: str | None) -> Login:
        if network is not None and network != login.network:
            self._note(login.user, "network", network)
        if device is not None and device != login.device:
            self._note(login.user, "device", device)
        login = msgspec.structs.replace(login, network=network or login.network, device=device or login.device)
        if key in self._logins:
            self._logins[key] = login
        return login

    async def _write_last_seen(self) -> None:
        try:
            while self._seen:
                batch = [self._seen[name] for name in list(self._seen)[:BATCH_MAX]]
                await self._sessions.extend(batch)
                for one in batch:
                    if self._seen.get(one.session_id) is one:
                        del self._seen[one.session_id]
        except Unavailable:
            pass  # Kept; retried with the next write.
        finally:
            self._sliding = None
