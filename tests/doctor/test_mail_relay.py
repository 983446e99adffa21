"""The relay of letters: greeted, and sent nothing."""

import asyncio
from collections.abc import AsyncIterator
from typing import Any

import pytest
from aiosmtpd.smtp import SMTP, AuthResult

from server.doctor.finding import Finding
from server.doctor.mail_relay import examine
from tests.doctor.conftest import settings


class Nothing:
    """Whoever sends something has misunderstood."""

    async def handle_DATA(self, *_: Any) -> str:  # noqa: N802 - aiosmtpd's
        raise AssertionError


@pytest.fixture
async def port() -> AsyncIterator[int]:
    def refuse(*_: Any) -> AuthResult:
        return AuthResult(success=False, handled=False)

    def serve() -> SMTP:
        return SMTP(Nothing(), authenticator=refuse, auth_require_tls=False)

    server = await asyncio.get_running_loop().create_server(serve, "127.0.0.1", 0)
    yield server.sockets[0].getsockname()[1]
    server.close()


async def tried(url: str) -> Finding:
    (found,) = await examine(settings(RONDO_SMTP_URL=url, RONDO_MAIL_FROM="rondo@rondo.example"))
    assert "hunter2" not in found.found + found.remedy
    return found


async def test_working_relay(port: int) -> None:
    assert (await tried(f"smtp://127.0.0.1:{port}")).state == "ok"


async def test_relay_that_would_get_a_password_in_clear_text(port: int) -> None:
    found = await tried(f"smtp://ada:hunter2@127.0.0.1:{port}")
    assert (found.state, "smtps://" in found.remedy) == ("fail", True)


async def test_relay_without_tls(port: int) -> None:
    assert (await tried(f"smtps://ada:hunter2@127.0.0.1:{port}")).state == "fail"


@pytest.mark.parametrize("host", ["127.0.0.1:{port}", "nowhere.invalid"])
async def test_unreachable_relay(closed_port: int, host: str) -> None:
    found = await tried(f"smtp://ada:hunter2@{host.format(port=closed_port)}")
    assert (found.state, bool(found.remedy)) == ("fail", True)


async def test_no_relay() -> None:
    (found,) = await examine(settings())
    assert found.state == "skip"
