"""E-mail while the SMTP server is unavailable, or a node dies: one Message-ID, no e-mail for read messages, limits."""

import asyncio
from email.message import Message
from pathlib import Path

import aiohttp
import asyncpg
import pytest
from aiosmtpd.smtp import SMTP, Envelope, Session

from matchmaker.domain.clock import ManualClock
from matchmaker.domain.ids import UserId
from server.db.channels.messages.append import append
from server.db.channels.records import OutgoingMessage
from server.db.notifications import email_outbox, notification_rows
from server.db.pool import Pool
from server.people.email_sender import EmailSender
from tests.people.conftest import ConnectUser, Users, until
from tests.people.mail import Relay, outcomes, put, verified
from tests.support.client import PATIENCE_S, Person
from tests.support.service import Service

pytestmark = pytest.mark.settings(rate_limits=False)
QUARTER_MS = 900_000
HOUR_MS = 3_600_000
WAITS = "SELECT pid FROM pg_stat_activity WHERE wait_event_type = 'Lock' AND query LIKE '%UPDATE email_outbox%'"


class Unread:
    """Bob, who wants e-mail of unread messages and is not connected, and friends who write to him."""

    def __init__(self, pool: Pool, clock: ManualClock, people: list[Person]) -> None:
        self.bob, *self.friends = people
        self._pool = pool
        self._clock = clock

    async def open(self) -> list[str]:
        """Prepare; return the DMs with each friend."""
        address = "UPDATE users SET email = 'bob@example.org', email_verified_at = now() WHERE user_id = $1::uuid"
        await self._pool.execute(address, self.bob.user_id)
        wanted = {kind: {"live": True, "email": True} for kind in ("message", "mention", "missed_call")}
        await self.bob.call("PUT", "/v1/notification-settings", {"kinds": wanted})
        return [
            (await self.bob.call("PUT", f"/v1/dms/{friend.user_id}"))["channel"]["channel_id"]
            for friend in self.friends
        ]

    async def write(self, friend: Person, channel_id: str, body: str = "a secret") -> None:
        """Append a message as the sender's node does."""
        mentions = (UserId(self.bob.user_id),) if self.bob.user_id in body else ()
        now = self._clock.now()
        draft = OutgoingMessage(
            channel_id=channel_id, sender=UserId(friend.user_id), client_id=f"{now}{body}", body=body, mentions=mentions
        )
        [sent] = await append(self._pool, [draft], now=now, email_ms=QUARTER_MS)
        assert not isinstance(sent, Exception), sent

    async def read(self, channel_id: str) -> None:
        await self.bob.call("PUT", f"/v1/channels/{channel_id}/marks", {"read": 1_000})


@pytest.fixture
async def unread(friends: Users, pool: Pool, clock: ManualClock) -> Unread:
    return Unread(pool, clock, await friends("Bob", "Ada", "Cat", connect=False))


def text_of(letter: Message) -> str:
    return letter.as_string()


async def test_after_an_hour_without_a_relay_only_what_is_unread_is_sent_once(
    unread: Unread,
    pool: Pool,
    relay: Relay,
    sender: EmailSender,
    clock: ManualClock,
) -> None:
    ada, cat = unread.friends
    with_ada, with_cat = await unread.open()
    for friend, dm in ((ada, with_ada), (cat, with_cat), (ada, with_ada)):
        await unread.write(friend, dm)
    clock.advance(QUARTER_MS - 1)
    assert await sender.send_due() == 0
    clock.advance(1)
    relay.stop()
    down_until = clock.now() + HOUR_MS
    while clock.now() < down_until:
        await sender.send_due()
        clock.advance(60_000)
    assert sender.counts["retried"] == 2 * 4  # immediately, after 1, 6 and 36 minutes; the next is after the hour
    await unread.read(with_cat)
    await relay.start()
    for _ in range(10):
        clock.advance(HOUR_MS)
        await sender.send_due()
    [(receivers, letter)] = relay.taken
    assert receivers == ["bob@example.org"]
    known = await pool.fetchval("SELECT email_id::text FROM email_outbox WHERE outcome = 'sent'")
    assert letter["Message-ID"] == f"<{known}@rondo.example>"
    assert sorted(await outcomes(pool)) == [("message", "cancelled"), ("message", "sent")]
    assert not any(word in text_of(letter) for word in ("secret", "Ada", "Cat"))


async def test_one_email_per_channel_until_it_is_read(
    unread: Unread,
    relay: Relay,
    sender: EmailSender,
    clock: ManualClock,
) -> None:
    ada, _ = unread.friends
    dm, _ = await unread.open()
    for body in ("one", "two", f"three <@{unread.bob.user_id}>"):
        await unread.write(ada, dm, body)
        clock.advance(QUARTER_MS)
        await sender.send_due()
    assert len(relay.taken) == 1
    await unread.read(dm)
    for body in (f"four <@{unread.bob.user_id}>", "five"):  # a mention and a message, due together
        await unread.write(ada, dm, body)
    clock.advance(QUARTER_MS)
    assert await sender.send_due() == 2
    assert [letter["Subject"] for _, letter in relay.taken] == ["You have unread messages", "You were mentioned"]


async def test_no_email_about_messages_that_are_not_seen_or_of_a_channel_that_was_muted(
    unread: Unread,
    pool: Pool,
    relay: Relay,
    sender: EmailSender,
    clock: ManualClock,
) -> None:
    ada, cat = unread.friends
    bob, (_, with_cat) = unread.bob, await unread.open()
    body = {"name": "Chess", "user_ids": [friend.user_id for friend in unread.friends]}
    group = (await bob.call("POST", "/v1/channels", body))["channel"]["channel_id"]
    await unread.write(ada, group, f"unwanted <@{bob.user_id}>")
    await unread.write(cat, with_cat)
    await bob.call("PUT", f"/v1/blocks/{ada.user_id}")
    await bob.call("PATCH", f"/v1/channels/{with_cat}", {"notify": "mentions"})
    clock.advance(QUARTER_MS)
    assert await sender.send_due() == 2
    assert sorted(await outcomes(pool)) == [("mention", "cancelled"), ("message", "cancelled")]
    assert relay.taken == []
    assert (await bob.call("GET", f"/v1/channels/{group}"))["channel"]["mentions"] == 0
    await unread.write(cat, group, f"welcome <@{bob.user_id}>")
    await bob.call("PATCH", f"/v1/channels/{with_cat}", {"notify": "all"})
    await unread.write(cat, with_cat, "again")
    clock.advance(QUARTER_MS)
    await sender.send_due()
    assert sorted(letter["Subject"] for _, letter in relay.taken) == ["You have unread messages", "You were mentioned"]
    assert (await bob.call("GET", f"/v1/channels/{group}"))["channel"]["mentions"] == 1


async def test_email_of_a_notification_that_was_read_is_cancelled(
    unread: Unread,
    pool: Pool,
    relay: Relay,
    sender: EmailSender,
    clock: ManualClock,
) -> None:
    await unread.open()
    bob = UserId(unread.bob.user_id)
    relay.answer = "451 later"
    for subject in ("read", "unread"):
        async with pool.transaction() as connection:
            name = await notification_rows.add(connection, bob, "missed_call", now=clock.now())
            await email_outbox.add(connection, bob, "missed_call", subject=subject, now=clock.now())
        if subject == "read":
            first = name
        clock.advance(1)
    assert await sender.send_due() == 2
    await unread.bob.call("POST", "/v1/notifications/read", {"up_to": first})
    relay.answer = "250 taken"
    clock.advance(HOUR_MS)
    assert await sender.send_due() == 2
    assert len(relay.taken) == 1
    assert await outcomes(pool) == [("missed_call", "cancelled"), ("missed_call", "sent")]


async def test_daily_limit_holds_for_emails_that_are_due_together(
    connect_user: ConnectUser,
    pool: Pool,
    relay: Relay,
    sender: EmailSender,
) -> None:
    ada = await verified(connect_user, pool, "Ada")
    for number in range(7):
        await put(pool, ada, "report_decided", subject=str(number))
    assert await sender.send_due() == 7
    assert len(relay.taken) == 2


class Interrupting(Relay):
    """A mail server that holds the row of the e-mail when it answers, so that the outcome cannot be stored."""

    def __init__(self, connection: asyncpg.Connection) -> None:
        super().__init__()
        self.connection = connection
        self.interrupts = True
        self.answered = asyncio.Event()

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:  # noqa: N802 - aiosmtpd's
        if self.interrupts:
            await self.connection.execute("BEGIN; SELECT FROM email_outbox FOR UPDATE")
        self.answered.set()
        return await super().handle_DATA(server, session, envelope)


async def test_sigkill_between_the_answer_of_the_relay_and_the_commit(
    pool: Pool, database: str, tmp_path: Path
) -> None:
    connection = await asyncpg.connect(database)
    relay = Interrupting(connection)
    await relay.start()
    service = Service(
        database,
        tmp_path,
        RONDO_SMTP_URL=f"smtp://127.0.0.1:{relay.port}",
        RONDO_MAIL_FROM="Rondo <hello@rondo.example>",
        RONDO_RATE_LIMITS="off",
    )
    try:
        await service.start()
        async with aiohttp.ClientSession() as http, asyncio.timeout(3 * PATIENCE_S):
            ada = await Person(http, service.base, "Ada").sign_up()
            await pool.execute(
                """UPDATE users SET password_hash = 'x', email = 'ada@example.org', email_verified_at = now()
                   WHERE user_id = $1::uuid""",
                ada.user_id,
            )
            await put(pool, ada, "ban_lifted", now=1)
            await relay.answered.wait()
            backend = await until(pool, WAITS, lambda found: found is not None)
            await service.kill()
            await pool.fetchval("SELECT pg_terminate_backend($1)", backend)
            await until(pool, WAITS, lambda found: found is None)
            await connection.execute("ROLLBACK")
            [leased] = await pool.fetch("SELECT attempts, outcome, leased_until > now() FROM email_outbox")
            assert tuple(leased) == (1, None, True)
            relay.interrupts = False
            await pool.execute("UPDATE email_outbox SET leased_until = now()")  # instead of a minute
            await service.start()
            await until(pool, "SELECT outcome FROM email_outbox", lambda outcome: outcome == "sent")
        assert len(relay.taken) == 2
        assert len({letter["Message-ID"] for _, letter in relay.taken}) == 1
    finally:
        await service.kill()
        relay.stop()
        await connection.close()
