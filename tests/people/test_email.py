"""E-mail: the outbox against a real SMTP server, retries, leases, limits, one-click unsubscribe."""

import asyncio

import pytest

from matchmaker.domain.clock import ManualClock
from server.app import App
from server.db.notifications import email_outbox
from server.db.pool import Pool
from server.domain.people.email import RETRIES_MS
from server.people.email_sender import EmailSender
from tests.people.conftest import ConnectUser, Users, code_of, until
from tests.people.mail import NOW, Relay, outcomes, put, sender_of, verified

pytestmark = pytest.mark.settings(rate_limits=False)


async def test_email_is_sent_and_can_be_unsubscribed_with_one_click(
    connect_user: ConnectUser, pool: Pool, relay: Relay, sender: EmailSender
) -> None:
    ada = await verified(connect_user, pool, "Ada")
    await put(pool, ada, "missed_call")
    assert await outcomes(pool) == []  # off by default
    await ada.call("PUT", "/v1/notification-settings", {"kinds": {"missed_call": {"live": True, "email": True}}})
    for _ in range(2):
        await put(pool, ada, "missed_call")  # one open e-mail for each kind and subject
    assert await sender.send_due() == 1
    assert await sender.send_due() == 0
    [(receivers, letter)] = relay.taken
    assert receivers == ["ada@example.org"]
    assert letter["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
    assert letter["Message-ID"].endswith("@rondo.example>")
    link = letter["List-Unsubscribe"].strip("<>")
    assert link.startswith("https://rondo.example/v1/unsubscribe/")
    assert await outcomes(pool) == [("missed_call", "sent")]

    url = ada.base + link.removeprefix("https://rondo.example")
    async with ada.http.get(url) as answer:
        assert answer.status == 405
    forged = url[:-4] + ("AAAA" if not url.endswith("AAAA") else "BBBB")
    for asked, email in ((forged, True), (url + "x", True), (url + "x" * 300, True), (url, False), (url, False)):
        async with ada.http.post(asked, data={"List-Unsubscribe": "One-Click"}) as answer:
            assert answer.status == 204
        kinds = (await ada.call("GET", "/v1/notification-settings"))["kinds"]
        assert kinds["missed_call"] == {"live": True, "email": email}
    await put(pool, ada, "missed_call")
    assert len(await outcomes(pool)) == 1


async def test_refused_email_is_retried_under_one_message_id(
    connect_user: ConnectUser, pool: Pool, relay: Relay, sender: EmailSender, clock: ManualClock
) -> None:
    ada = await verified(connect_user, pool, "Ada")
    await put(pool, ada, "ban_lifted")
    relay.answer = "451 later"
    for rest_ms in RETRIES_MS:
        assert await sender.send_due() == 1
        clock.advance(rest_ms - 1)
        assert await sender.send_due() == 0
        clock.advance(1)
    assert await sender.send_due() == 1
    assert await outcomes(pool) == [("ban_lifted", "failed")]
    assert (sender.counts["retried"], sender.counts["failed"]) == (len(RETRIES_MS), 1)
    assert relay.taken == []
    [failed] = await email_outbox.failed(pool, before=(1 << 47, "f" * 8 + "-ffff" * 3 + "-" + "f" * 12), limit=10)
    assert (failed.kind, failed.attempts) == ("ban_lifted", len(RETRIES_MS) + 1)


async def test_node_that_dies_after_sending_sends_again_under_the_same_message_id(
    connect_user: ConnectUser, pool: Pool, relay: Relay, sender: EmailSender, clock: ManualClock
) -> None:
    ada = await verified(connect_user, pool, "Ada")
    await put(pool, ada, "ban_lifted")
    # Another node leased it, and died between the answer of the relay and its commit.
    [leased] = await email_outbox.lease(pool, now=clock.now(), limit=10)
    assert await sender.send_due() == 0
    clock.advance(email_outbox.LEASE_MS)
    assert await sender.send_due() == 1
    assert relay.taken[0][1]["Message-ID"] == f"<{leased.email_id}@rondo.example>"
    # The dead node is alive after all, and its result comes too late.
    await email_outbox.end(pool, leased, "failed", now=clock.now())
    assert await outcomes(pool) == [("ban_lifted", "sent")]


async def test_each_email_is_leased_by_one_node(
    connect_user: ConnectUser, app: App, pool: Pool, relay: Relay, clock: ManualClock
) -> None:
    ada = await verified(connect_user, pool, "Ada")
    for n in range(12):
        await put(pool, ada, "ban", subject=str(n))
    await pool.execute(
        """INSERT INTO ban_records (ban_id, user_id, kind, statement, imposed_at, changed_at)
           VALUES (gen_random_uuid(), $1::uuid, 'permanent', 'spam', now(), now())""",
        ada.user_id,
    )
    nodes = [sender_of(app, pool, relay, clock) for _ in range(3)]
    await asyncio.gather(*(node.send_due() for node in nodes))
    await asyncio.gather(*(node.send_due() for node in nodes))
    assert len({letter["Message-ID"] for _, letter in relay.taken}) == len(relay.taken) == 12


async def test_daily_limit_excludes_bans_and_security(
    connect_user: ConnectUser, pool: Pool, relay: Relay, sender: EmailSender, clock: ManualClock
) -> None:
    ada = await verified(connect_user, pool, "Ada")
    for n, kind in enumerate(("ban_lifted", "report_decided", "appeal_answered", "security")):
        await put(pool, ada, kind, subject="signed_in", now=NOW + n)
        clock.advance(10)
        await sender.send_due()
    assert [outcome for _, outcome in await outcomes(pool)] == ["sent", "sent", "cancelled", "sent"]
    letter = relay.taken[-1][1]
    assert letter["List-Unsubscribe"] is None
    clock.advance(email_outbox.DAY_MS + 1)
    await put(pool, ada, "appeal_answered", now=clock.now())
    await sender.send_due()
    assert (await outcomes(pool))[-1] == ("appeal_answered", "sent")


async def test_nodes_that_lease_at_the_same_moment_count_what_the_others_lease(
    connect_user: ConnectUser, pool: Pool, clock: ManualClock
) -> None:
    ada = await verified(connect_user, pool, "Ada")
    for kind in ("ban_lifted", "report_decided", "appeal_answered"):
        await put(pool, ada, kind)
    # Leases wait in the middle of their statement until the test lets them go on.
    await pool.execute(
        """CREATE FUNCTION wait_for_test() RETURNS trigger LANGUAGE plpgsql AS
           'BEGIN PERFORM pg_advisory_xact_lock_shared(1); RETURN NEW; END'"""
    )
    await pool.execute(
        "CREATE TRIGGER wait BEFORE UPDATE ON email_outbox FOR EACH ROW EXECUTE FUNCTION wait_for_test()"
    )
    async with pool.connection() as connection:
        await connection.execute("SELECT pg_advisory_lock(1)")
        leases = asyncio.gather(*(email_outbox.lease(pool, now=clock.now(), limit=2) for _ in range(2)))
        waiting = """SELECT count(*) FROM pg_locks JOIN pg_database d ON d.oid = database
                     WHERE locktype = 'advisory' AND NOT granted AND d.datname = current_database()"""
        await until(pool, waiting, lambda found: found == 2)
        await connection.execute("SELECT pg_advisory_unlock(1)")
    leased = await leases
    assert sorted(email.today for emails in leased for email in emails) == [0, 0, 2]


async def test_email_without_a_reason_is_cancelled(
    connect_user: ConnectUser, pool: Pool, relay: Relay, sender: EmailSender
) -> None:
    ada = await verified(connect_user, pool, "Ada")
    await put(pool, ada, "ban")  # there is no ban
    await put(pool, ada, "report_decided")
    await ada.call("PUT", "/v1/notification-settings", {"kinds": {"report_decided": {"live": True, "email": False}}})
    await sender.send_due()
    assert [outcome for _, outcome in await outcomes(pool)] == ["cancelled", "cancelled"]
    assert relay.taken == []


async def test_settings_are_kept_by_kind(friends: Users, pool: Pool) -> None:
    ada, _ = await friends("Ada", "Bob")
    kinds = (await ada.call("GET", "/v1/notification-settings"))["kinds"]
    assert kinds["security"] == kinds["ban"] == {"live": True, "email": True}
    assert kinds["message"] == kinds["friend_request"] == {"live": True, "email": False}
    for wrong in (
        {"security": {"live": False, "email": True}},
        {"friend_added": {"live": True, "email": True}},
        {"gossip": {"live": True, "email": True}},
    ):
        assert await code_of(ada.call("PUT", "/v1/notification-settings", {"kinds": wrong})) == "invalid"
    kinds["missed_call"]["email"] = True  # a client sends back all that it got, with a change
    assert (await ada.call("PUT", "/v1/notification-settings", {"kinds": kinds}))["kinds"] == kinds
    assert (await ada.call("GET", "/v1/notification-settings"))["kinds"] == kinds
    listed = await ada.call("GET", "/v1/notifications")
    assert ([one["kind"] for one in listed["notifications"]], listed["unread"]) == (["friend_request"], 1)
    await ada.call("POST", "/v1/notifications/read", {"up_to": listed["notifications"][0]["notification_id"]})
    assert (await ada.call("GET", "/v1/notifications"))["unread"] == 0
    for kind in ("friend_added", "friend_request"):
        await ada.call("PUT", "/v1/notification-settings", {"kinds": {kind: {"live": False, "email": False}}})
    assert (await ada.call("GET", "/v1/notifications"))["notifications"] == []


async def test_security_email_is_sent(connect_user: ConnectUser, pool: Pool) -> None:
    ada = await connect_user("Ada")
    await ada.call("POST", "/v1/auth/upgrade", {"email": "ada@example.org", "password": "correct horse"})
    await ada.call("POST", "/v1/auth/login", {"email": "ada@example.org", "password": "correct horse"})
    await ada.call("POST", "/v1/auth/password", {"password": "correct horse", "new_password": "correct battery"})
    listed = (await ada.call("GET", "/v1/notifications"))["notifications"]
    told = [one["details"]["what"] for one in listed if one["kind"] == "security"]
    assert told == ["password_changed", "signed_in"]


@pytest.mark.settings(rate_limits=False, trusted_proxies=1)
async def test_client_without_cookies_is_known_by_its_network(connect_user: ConnectUser, pool: Pool) -> None:
    ada = await connect_user("Ada", connect=False)
    account = {"email": "ada@example.org", "password": "correct horse"}
    await ada.call("POST", "/v1/auth/upgrade", account)
    for address in ("203.0.113.7", "203.0.113.8", "198.51.100.7", "203.0.113.9"):
        headers = {"X-Forwarded-For": address}
        async with ada.http.post(f"{ada.base}/v1/auth/login", json=account, headers=headers) as answer:
            assert answer.status == 200
    assert await pool.fetchval("SELECT count(*) FROM referral_notifications WHERE kind = 'security'") == 2
