"""What has been kept long enough is thrown away, and nothing else."""

import pytest

from matchmaker.domain.clock import ManualClock
from server.db.pool import Pool
from server.db.retention.prune import WINDOW, prune
from server.domain.retention import Retention
from tests.db.users import Accounts

DAY_MS = 86_400_000
KEEP = Retention(guests_ms=30 * DAY_MS, history_ms=365 * DAY_MS, notifications_ms=180 * DAY_MS)


@pytest.fixture
async def now(pool: Pool) -> int:
    """An instant of the database, which dates what the helpers store."""
    at: int = await pool.fetchval("SELECT unix_ms(now())")
    return at


async def people(pool: Pool) -> set[str]:
    return {row[0] for row in await pool.fetch("SELECT display_name FROM users")}


async def sessions_for(pool: Pool, *users: str) -> None:
    await pool.execute(
        """INSERT INTO sessions (session_id, user_id, token_hash, expires_at)
           SELECT gen_random_uuid(), id, sha256(id::text::bytea), now() + interval '90 days'
           FROM unnest($1::uuid[]) AS t (id)""",
        list(users),
    )


async def test_guest_without_a_session_is_deleted(pool: Pool, accounts: Accounts, now: int) -> None:
    await accounts.sign_up("gone", "here", "permanent")
    await accounts.sign_up("mirror", mirror=True)
    await sessions_for(pool, *(accounts[name] for name in ("here", "ada", "bob", "cat", "dan")))
    await pool.execute(
        "UPDATE users SET email = 'p@example.org', password_hash = 'x' WHERE user_id = $1::uuid", accounts["permanent"]
    )
    assert (await prune(pool, KEEP, now=now + 29 * DAY_MS))["guests"] == 0
    assert (await prune(pool, KEEP, now=now + 31 * DAY_MS))["guests"] == 1
    assert await people(pool) == {"here", "permanent", "mirror", "ada", "bob", "cat", "dan"}


async def test_guests_are_found_in_any_order_of_ids(pool: Pool, accounts: Accounts, now: int) -> None:
    await accounts.sign_up("gone")
    old = now - 31 * DAY_MS
    await pool.execute(
        "UPDATE users SET user_id = 'ffffffff-0000-4000-8000-000000000000', created_at = at_ms($1)"
        " WHERE display_name = 'gone'",
        old,
    )
    await pool.execute(
        """INSERT INTO users (user_id, display_name, adult_at)
           SELECT (lpad(to_hex(n), 8, '0') || '-0000-4000-8000-000000000000')::uuid, 'young', now()
           FROM generate_series(1, $1::int) AS n""",
        WINDOW + 1,
    )
    assert (await prune(pool, KEEP, now=now))["guests"] == 1


async def test_old_conversations_are_deleted_with_their_messages(pool: Pool, accounts: Accounts, now: int) -> None:
    await accounts.sign_up("ada", "bob")
    await sessions_for(pool, accounts["ada"], accounts["bob"])
    for days, room in ((366, "a"), (364, "b")):
        await pool.execute(
            """WITH room AS (SELECT md5($1)::uuid AS id, now() - make_interval(days => $2) AS at), said AS (
                   INSERT INTO room_messages (message_id, room_id, sender_id, client_id, body, sent_at)
                   SELECT md5($1 || 'm')::uuid, id, $3::uuid, '1', 'hello', at FROM room)
               INSERT INTO chat_history (user_id, room_id, peer_id, chat_mode, started_at, ended_at, live_ms,
                                         end_reason, message_count)
               SELECT $3::uuid, id, $4::uuid, 'text', at, at, 60000, 'hangup', 1 FROM room""",
            room,
            days,
            accounts["ada"],
            accounts["bob"],
        )
    removed = await prune(pool, KEEP, now=now)
    assert (removed["history"], removed["messages"]) == (1, 1)
    forever = Retention(guests_ms=None, history_ms=None, notifications_ms=None)
    assert "history" not in await prune(pool, forever, now=now + 10_000 * DAY_MS)
    assert await pool.fetchval("SELECT count(*) FROM chat_history") == 1


async def test_nothing_to_prune(pool: Pool, clock: ManualClock) -> None:
    assert set((await prune(pool, KEEP, now=clock.now())).values()) == {0}
