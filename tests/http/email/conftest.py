"""A service that sends letters, and the relay that takes them."""

import asyncio
import re
from collections.abc import AsyncIterator
from email import message_from_bytes
from email.message import Message
from typing import Any

import pytest
from aiosmtpd.smtp import SMTP, Envelope, Session

from server.config.settings import Settings
from tests.http.conftest import Caller


class Relay:
    """A mail server that keeps what it is given."""

    port: int

    def __init__(self) -> None:
        self.letters: asyncio.Queue[tuple[list[str], Message]] = asyncio.Queue()

    async def handle_DATA(self, _server: SMTP, _session: Session, envelope: Envelope) -> str:  # noqa: N802 - aiosmtpd's
        assert isinstance(envelope.content, bytes)
        self.letters.put_nowait((envelope.rcpt_tos, message_from_bytes(envelope.content)))
        return "250 taken"

    async def text(self, to: str) -> str:
        """Return the text of the next e-mail, which is sent to *to* only."""
        async with asyncio.timeout(5):
            receivers, letter = await self.letters.get()
        assert receivers == [to]
        return bytes(letter.get_payload(decode=True)).decode().replace("\r", "")  # type: ignore[arg-type]

    async def code(self, to: str) -> str:
        """Return the code in the next letter."""
        found = code_in(await self.text(to))
        assert found
        return found


def code_in(text: str) -> str | None:
    """Return the code in the text of a letter; None: there is none."""
    found = re.search(r"^[\w-]{43}$", text, re.MULTILINE)
    return found and found[0]


@pytest.fixture
async def relay() -> AsyncIterator[Relay]:
    relay = Relay()
    server = await asyncio.get_running_loop().create_server(lambda: SMTP(relay, enable_SMTPUTF8=True), "127.0.0.1", 0)
    relay.port = server.sockets[0].getsockname()[1]
    yield relay
    server.close()


@pytest.fixture
def settings(request: pytest.FixtureRequest, relay: Any) -> Settings:
    marker = request.node.get_closest_marker("settings")
    mail = {"smtp_url": f"smtp://127.0.0.1:{relay.port}", "mail_from": "Rondo <hello@rondo.example>"}
    return Settings(**mail | (marker.kwargs if marker else {}))


async def verified(caller: Caller, relay: Relay, door: dict[str, str]) -> Caller:
    """Make *caller* permanent: give address and password, and answer the letter."""
    reply = await caller.post("/v1/auth/upgrade", door)
    assert reply.status == 200, reply
    code = await relay.code(door["email"])
    reply = await caller.post("/v1/auth/email/verify", {"code": code})
    assert reply.status == 204, reply
    return caller
