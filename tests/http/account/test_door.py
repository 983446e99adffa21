"""Whose token it is: from memory, in batches, and never after the end."""

import asyncio
from collections.abc import AsyncIterator, Sequence

import pytest

from matchmaker.domain.clock import ManualClock
from matchmaker.domain.errors import Banned, Unauthenticated, Unavailable
from matchmaker.domain.ids import UserId, new_id
from matchmaker.domain.profile import Profile
from server.auth.tokens import SLIDE_EVERY_MS, TokenAuthenticator, hash_of, new_token
from server.db.accounts.email_addresses import set_log_in_name
from server.db.accounts.sessions import GUEST_MS, PERMANENT_MS, LastSeen, Login, LoginDevice, Sessions
from server.db.accounts.users import Users
from server.db.pool import Pool
from server.db.safety import bans


class CountedSessions(Sessions):
    """Sessions that note what they are asked."""

    def __init__(self, pool: Pool) -> None:
        super().__init__(pool)
        self.asked: list[int] = []
        self.written: list[LastSeen] = []
        self.gate = asyncio.Event()
        self.gate.set()
        self.found = asyncio.Event()

    async def logins(self, hashes: Sequence[bytes], *, now: int) -> dict[bytes, Login]:
        self.asked.append(len(hashes))
        found = await super().logins(hashes, now=now)
        self.found.set()
        await self.gate.wait()
        return found

    async def extend(self, seen: Sequence[LastSeen]) -> None:
        await super().extend(seen)
        self.written += seen


@pytest.fixture
def clock() -> ManualClock:
    return ManualClock()


@pytest.fixture
def sessions(pool: Pool) -> CountedSessions:
    return CountedSessions(pool)


@pytest.fixture
async def door(sessions: CountedSessions, clock: ManualClock) -> AsyncIterator[TokenAuthenticator]:
    door = TokenAuthenticator(sessions, clock)
    yield door
    await door.close()


async def guest(pool: Pool, now: int) -> tuple[UserId, str, str]:
    """Return user, session and token of a new guest."""
    user, session_id, token = UserId(new_id(now)), new_id(now), new_token()
    device = LoginDevice(
        session_id=session_id, device="", address="", permanent=False,
        created_at=now, last_seen_at=now, expires_at=now + GUEST_MS,
    )  # fmt: skip
    await Users(pool).add(Profile(user_id=user, display_name="Ada"), device, token_hash=hash_of(token))
    return user, session_id, token


async def test_token_is_looked_up_once(
    door: TokenAuthenticator, sessions: CountedSessions, pool: Pool, clock: ManualClock
) -> None:
    user, session_id, token = await guest(pool, clock.at)
    for _ in range(3):
        login = await door.authenticate(token, address="")
        assert (login.user, login.session_id, login.permanent) == (user, session_id, False)
    assert sessions.asked == [1]


async def test_concurrent_lookups_share_queries(
    door: TokenAuthenticator, sessions: CountedSessions, pool: Pool, clock: ManualClock
) -> None:
    tokens = [(await guest(pool, clock.at))[2] for _ in range(40)]
    await asyncio.gather(*(door.authenticate(token, address="") for token in tokens))
    assert len(sessions.asked) <= 3


async def test_cancelled_caller_affects_no_other(door: TokenAuthenticator, pool: Pool, clock: ManualClock) -> None:
    _, _, token = await guest(pool, clock.at)
    leaving, staying = (asyncio.create_task(door.authenticate(token, address="")) for _ in range(2))
    await asyncio.sleep(0)
    leaving.cancel()
    assert (await staying).session_id


@pytest.mark.parametrize("token", ["", "x", "A" * 43, "A" * 512, "\u00e9" * 43])
async def test_malformed_tokens_are_refused(door: TokenAuthenticator, token: str) -> None:
    with pytest.raises(Unauthenticated):
        await door.authenticate(token, address="")


async def test_session_revoked_during_its_lookup_is_refused(
    door: TokenAuthenticator, sessions: CountedSessions, pool: Pool, clock: ManualClock
) -> None:
    user, session_id, token = await guest(pool, clock.at)
    sessions.gate.clear()
    entering = asyncio.create_task(door.authenticate(token, address=""))
    await sessions.found.wait()
    await sessions.revoke(session_id, user=user)
    door.forget(user, session_id)
    sessions.gate.set()
    with pytest.raises(Unauthenticated):
        await entering


async def test_session_is_extended_by_use_at_most_hourly(
    door: TokenAuthenticator, sessions: CountedSessions, pool: Pool, clock: ManualClock
) -> None:
    _, _, token = await guest(pool, clock.at)
    for ms in (0, SLIDE_EVERY_MS - 1):
        clock.advance(ms)
        await door.authenticate(token, address="")
    assert sessions.written == []
    clock.advance(1)
    for _ in range(5):
        await door.authenticate(token, address="192.0.2.7")
    await door.close()
    (seen,) = sessions.written
    assert (seen.at, seen.expires_at, seen.address) == (clock.at, clock.at + GUEST_MS, "192.0.2.0/24")
    stored = (await sessions.logins([hash_of(token)], now=clock.at))[hash_of(token)]
    assert (stored.last_seen_at, stored.expires_at) == (clock.at, clock.at + GUEST_MS)


async def test_guest_session_expires_after_7_days_without_use(
    door: TokenAuthenticator, pool: Pool, clock: ManualClock
) -> None:
    _, _, token = await guest(pool, clock.at)
    await door.authenticate(token, address="")
    clock.advance(GUEST_MS - 1)
    await door.authenticate(token, address="")
    clock.advance(GUEST_MS)
    with pytest.raises(Unauthenticated):
        await door.authenticate(token, address="")


async def test_permanent_session_lasts_30_days(door: TokenAuthenticator, pool: Pool, clock: ManualClock) -> None:
    user, _, token = await guest(pool, clock.at)
    async with pool.transaction() as connection:
        await set_log_in_name(connection, user, email="ada@example.org", sealed="x", now=clock.at)
    login = await door.authenticate(token, address="")
    assert (login.permanent, login.expires_at) == (True, clock.at + PERMANENT_MS)


async def test_expired_sessions_are_deleted(sessions: CountedSessions, pool: Pool, clock: ManualClock) -> None:
    await guest(pool, clock.at)
    await sessions.sweep(now=clock.at + GUEST_MS - 1)
    assert await pool.fetchval("SELECT count(*) FROM sessions") == 1
    await sessions.sweep(now=clock.at + GUEST_MS)
    assert await pool.fetchval("SELECT count(*) FROM sessions") == 0
    assert await pool.fetchval("SELECT count(*) FROM users") == 1


async def test_ban_ends_at_its_deadline_without_a_message(
    door: TokenAuthenticator, pool: Pool, clock: ManualClock
) -> None:
    user, _, token = await guest(pool, clock.at)
    async with pool.transaction() as connection:
        await bans.impose(
            connection, user, kind="permanent", statement="You were rude.", until_at=None, by=None, now=clock.at
        )
    for _ in range(2):
        with pytest.raises(Banned):
            door.require_valid(await door.authenticate(token, address=""))
    async with pool.transaction() as connection:
        await bans.lift(connection, user, why="lifted", by=user, now=clock.at)
    door.require_valid(await door.authenticate(token, address=""))


async def test_cached_sessions_work_without_storage(door: TokenAuthenticator, pool: Pool, clock: ManualClock) -> None:
    _, _, token = await guest(pool, clock.at)
    await door.authenticate(token, address="")
    await pool.close()
    clock.advance(SLIDE_EVERY_MS)
    assert (await door.authenticate(token, address="")).last_seen_at == clock.at
    with pytest.raises(Unavailable):
        await door.authenticate("A" * 43, address="")
