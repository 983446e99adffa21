"""Deleting an account: what is deleted immediately, and what applies to a new account with the same address."""

import asyncio

import pytest

from matchmaker.domain.errors import VersionConflict
from matchmaker.domain.ids import UserId
from server.db.pool import Pool
from server.db.retention import account_deletion
from tests.http.account.test_export import met
from tests.http.conftest import Caller, SignUp
from tests.http.email.conftest import Relay, verified

pytestmark = pytest.mark.settings(rate_limits=False)

DOOR = {"email": "Eve@example.org", "password": "correct horse"}
PROOF = {"X-Rondo-Password": "correct%20horse"}
FOREVER = 1 << 46


@pytest.fixture
async def eve(sign_up: SignUp, relay: Relay) -> Caller:
    return await verified(await sign_up("Eve"), relay, DOOR)


async def ban(pool: Pool, user: str) -> None:
    await pool.execute(
        """INSERT INTO ban_records (ban_id, user_id, kind, statement, imposed_at, changed_at)
           VALUES (gen_random_uuid(), $1::uuid, 'permanent', 'sold things', now(), now())""",
        user,
    )


async def test_ban_survives_the_deletion_of_the_account(eve: Caller, sign_up: SignUp, pool: Pool, relay: Relay) -> None:
    await ban(pool, eve.user_id)
    assert (await eve.call("DELETE", "/v1/me", headers=PROOF)).status == 204
    again = await sign_up("Somebody else")
    # Only who reads the mailbox learns of it.
    assert (await again.post("/v1/auth/upgrade", DOOR | {"email": "eve@EXAMPLE.org"})).status == 200
    code = {"code": await relay.code("eve@example.org")}
    reply = await again.post("/v1/auth/email/verify", code)
    assert (reply.status, reply.code, reply.body["error"]["statement"]) == (403, "banned", "sold things")
    assert (await again.get("/v1/me")).body["permanent"] is False
    # A moderator who lifts it lets the address in again.
    await pool.execute("UPDATE ban_records SET lifted_at = now()")
    assert (await again.post("/v1/auth/email/verify", code)).status == 204


async def test_kept_rows_do_not_identify_the_user(eve: Caller, ada: Caller, pool: Pool) -> None:
    await ban(pool, eve.user_id)
    await ada.call("PUT", f"/v1/blocks/{eve.user_id}")
    await eve.call("DELETE", "/v1/me", headers=PROOF)
    tables = await pool.fetch("SELECT table_name FROM information_schema.tables WHERE table_schema = 'public'")
    for (table,) in tables:
        if table == "email_outbox":
            continue  # the address is kept until the e-mail about the deletion is sent
        rows = await pool.fetch(f'SELECT x::text AS row FROM "{table}" x')
        assert not [row for (row,) in rows if "eve@example.org" in row.lower() or "(Eve" in row or ",Eve," in row], (
            table
        )


async def test_cooldown_and_block_apply_to_the_next_account_of_an_address(
    *, eve: Caller, ada: Caller, bob: Caller, sign_up: SignUp, pool: Pool, relay: Relay
) -> None:
    await met(eve, ada)
    await bob.call("PUT", f"/v1/blocks/{eve.user_id}")
    await eve.call("DELETE", "/v1/me", headers=PROOF)
    again = await sign_up("Nobody in particular")
    here = await again.connect()
    await verified(again, relay, DOOR)
    ties = "SELECT low::text, high::text FROM cooldowns UNION ALL SELECT user_id::text, target_id::text FROM blocks"
    assert {frozenset(row) for row in await pool.fetch(ties)} == {
        frozenset((again.user_id, ada.user_id)),
        frozenset((again.user_id, bob.user_id)),
    }
    # Neither side learns from a list who the account was before.
    for caller in (again, ada, bob):
        assert (await caller.get("/v1/cooldowns")).body["cooldowns"] == []
        assert (await caller.get("/v1/blocks")).body["blocks"] == []
        proof = PROOF if caller is again else {}
        sections = (await caller.get("/v1/me/export", headers=proof)).body["sections"]
        assert (sections["cooldowns"], sections["blocks"]) == ([], [])
    # The queue is updated immediately: neither of them is offered, although both wait.
    for other in (ada, bob):
        there = await other.connect()
        await there.send_json({"type": "queue.join", "id": 1, "mode": "text"})
        while (await there.receive_json(timeout=2)).get("type") != "reply":
            pass
    await here.send_json({"type": "discover", "id": 2})
    assert (await here.receive_json(timeout=2))["people"] == []


async def test_peer_keeps_the_history_without_the_user(eve: Caller, ada: Caller, pool: Pool) -> None:
    await met(eve, ada)
    await pool.execute("UPDATE active_rooms SET live_at = now() - interval '1 minute'")
    await eve.call("DELETE", "/v1/me", headers=PROOF)
    calls = (await ada.get("/v1/history")).body["calls"]
    assert all(call["peer"] is None for call in calls)


async def test_user_without_ties_is_deleted_completely(eve: Caller, pool: Pool) -> None:
    await eve.call("DELETE", "/v1/me", headers=PROOF)
    assert await pool.fetchval("SELECT count(*) FROM departed_people") == 0


async def test_expired_ties_are_deleted(eve: Caller, ada: Caller, pool: Pool) -> None:
    await met(eve, ada)
    await eve.call("DELETE", "/v1/me", headers=PROOF)
    assert await pool.fetchval("SELECT count(*) FROM departed_people") == 1
    await account_deletion.prune(pool, now=FOREVER)
    assert await pool.fetchval("SELECT count(*) FROM departed_people") == 0
    assert await pool.fetchval("SELECT count(*) FROM departed_ties") == 0


async def test_concurrent_deletion_of_two_users_who_met(sign_up: SignUp, pool: Pool, relay: Relay) -> None:
    for n in range(3):
        pair = [await sign_up("One"), await sign_up("Other")]
        for one in pair:
            await verified(one, relay, {"email": f"{one.user_id}@example.org", "password": "correct horse"})
        await pair[0].call("PUT", f"/v1/blocks/{pair[1].user_id}")
        await pair[1].call("PUT", f"/v1/blocks/{pair[0].user_id}")
        replies = await asyncio.gather(*(one.call("DELETE", "/v1/me", headers=PROOF) for one in pair))
        assert [reply.status for reply in replies] == [204, 204], n
    assert await pool.fetchval("SELECT count(*) FROM users") == 0


async def test_address_added_during_the_deletion_is_tied(ada: Caller, pool: Pool) -> None:
    await ban(pool, ada.user_id)
    await pool.execute("UPDATE users SET email = 'ada@example.org', password_hash = 'x', email_verified_at = now()")
    with pytest.raises(VersionConflict):
        await account_deletion.leave(pool, UserId(ada.user_id), address=None, digest=None, now=0)
    assert await pool.fetchval("SELECT count(*) FROM users") == 1


async def test_reports_count_for_the_next_account_of_an_address(
    eve: Caller, ada: Caller, sign_up: SignUp, pool: Pool, relay: Relay
) -> None:
    await met(eve, ada)
    assert (await ada.post("/v1/reports", {"user_id": eve.user_id, "category": "spam"})).status == 201
    await eve.call("DELETE", "/v1/me", headers=PROOF)
    again = await sign_up("Nobody in particular")
    await verified(again, relay, DOOR)
    assert await pool.fetchval("SELECT reported_id::text FROM reports") == again.user_id
    log = await pool.fetch("SELECT subject_id::text, details->>'was' FROM audit_log WHERE action = 'reports.followed'")
    assert (again.user_id, eve.user_id) in {tuple(row) for row in log}
