"""A real mail server, and the outbox that is sent through it."""

import asyncio
from collections import Counter
from collections.abc import AsyncIterator, Awaitable, Callable
from email import message_from_bytes
from email.message import Message

import pytest
from aiosmtpd.smtp import SMTP, Envelope, Session

from matchmaker.domain.clock import ManualClock
from matchmaker.domain.ids import UserId
from server.app import App
from server.auth.keyed_hash import KeyedHasher
from server.db.notifications import email_outbox
from server.db.pool import Pool
from server.people.email_sender import EmailSender
from server.runtime.mail import Mailer
from tests.support.client import Person

NOW = 1_800_000_000_000
ConnectUser = Callable[..., Awaitable[Person]]


class Relay:
    """A mail server that keeps what it is given, or refuses it."""

    def __init__(self) -> None:
        self.taken: list[tuple[list[str], Message]] = []
        self.answer = "250 taken"
        self.port = 0
        self._server: asyncio.Server | None = None

    async def start(self) -> None:
        """Listen, after a stop on the same port."""
        loop = asyncio.get_running_loop()
        self._server = await loop.create_server(lambda: SMTP(self, enable_SMTPUTF8=True), "127.0.0.1", self.port)
        self.port = self._server.sockets[0].getsockname()[1]

    def stop(self) -> None:
        """Refuse connections."""
        assert self._server is not None
        self._server.close()

    async def handle_DATA(self, _server: SMTP, _session: Session, envelope: Envelope) -> str:  # noqa: N802 - aiosmtpd's
        assert isinstance(envelope.content, bytes)
        if self.answer.startswith("250"):
            self.taken.append((envelope.rcpt_tos, message_from_bytes(envelope.content)))
        return self.answer


@pytest.fixture
async def relay() -> AsyncIterator[Relay]:
    relay = Relay()
    await relay.start()
    yield relay
    relay.stop()


@pytest.fixture
def clock() -> ManualClock:
    return ManualClock(NOW)


def sender_of(app: App, pool: Pool, relay: Relay, clock: ManualClock) -> EmailSender:
    """Return a node that sends e-mail."""
    return EmailSender(
        pool,
        mail=Mailer(f"smtp://127.0.0.1:{relay.port}", "Rondo <hello@rondo.example>", app.faults),
        hasher=KeyedHasher(pool),
        clock=clock,
        public_origin="https://rondo.example",
        day_max=2,
        counts=Counter(),
    )


@pytest.fixture
def sender(app: App, pool: Pool, relay: Relay, clock: ManualClock) -> EmailSender:
    return sender_of(app, pool, relay, clock)


async def verified(connect_user: ConnectUser, pool: Pool, name: str) -> Person:
    user = await connect_user(name, connect=False)
    await pool.execute(
        "UPDATE users SET password_hash = 'x', email = $2, email_verified_at = now() WHERE user_id = $1::uuid",
        user.user_id,
        f"{name.lower()}@example.org",
    )
    return user


async def put(pool: Pool, user: Person, kind: str, *, subject: str = "", now: int = NOW) -> None:
    async with pool.transaction() as connection:
        await email_outbox.add(connection, UserId(user.user_id), kind, subject=subject, now=now)  # type: ignore[arg-type]


async def outcomes(pool: Pool) -> list[tuple[str, str | None]]:
    rows = await pool.fetch("SELECT kind, outcome FROM email_outbox ORDER BY created_at, email_id")
    return [(row[0], row[1]) for row in rows]
