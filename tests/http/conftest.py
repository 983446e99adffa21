"""The application behind a real port, over a database of each test's own."""

from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import asynccontextmanager
from typing import Any

import aiohttp
import msgspec
import pytest
from aiohttp import web
from multidict import CIMultiDictProxy

from matchmaker.domain.clock import WallClock
from server.app import App
from server.config.settings import Settings
from server.db.pool import Pool
from server.lifecycle import close
from server.postgres import Postgres
from server.runtime.listener import listen
from tests.support.databases import KeptConnection, copy_of


class Reply(msgspec.Struct):
    """What came back."""

    status: int
    body: Any
    headers: CIMultiDictProxy[str]

    @property
    def code(self) -> str:
        """The error code."""
        code: str = self.body["error"]["code"]
        return code


class Caller:
    """Somebody who calls the server, with or without a token."""

    def __init__(self, session: aiohttp.ClientSession, base: str, token: str | None = None) -> None:
        self.session = session
        self.base = base
        self.token = token
        self.user_id = ""

    async def call(self, method: str, path: str, body: Any = None, **options: Any) -> Reply:
        """Make one request; *body* is sent as JSON."""
        headers = {"Authorization": f"Bearer {self.token}"} if self.token else {}
        headers |= options.pop("headers", {})
        if body is not None:
            options["data"] = msgspec.json.encode(body)
        async with self.session.request(method, self.base + path, headers=headers, **options) as response:
            raw = await response.read()
            kind = response.content_type
            told = msgspec.json.decode(raw) if raw and kind == "application/json" else raw.decode()
            return Reply(response.status, told, response.headers)

    async def get(self, path: str, **options: Any) -> Reply:
        return await self.call("GET", path, **options)

    async def post(self, path: str, body: Any = None, **options: Any) -> Reply:
        return await self.call("POST", path, body, **options)

    async def connect(self) -> aiohttp.ClientWebSocketResponse:
        """Open a socket and send hello."""
        socket = await self.session.ws_connect(f"{self.base}/v1/ws")
        await socket.send_json({"type": "hello", "token": self.token})
        welcome = await socket.receive_json(timeout=5)
        assert welcome["type"] == "welcome", welcome
        return socket


EMPTIED = [
    "users", "active_rooms", "room_messages", "nodes", "reports", "ban_records", "ip_bans", "brief_meetings",
    "rate_limits", "departed_people", "channels", "attachments", "message_erasures", "search_progress", "friend_calls",
]  # fmt: skip
"""Kept when users are deleted; the audit log cannot be emptied."""
DEPENDENT = """
WITH RECURSIVE emptied (id) AS (
    SELECT name::regclass::oid FROM unnest($1::text[]) AS name
    UNION SELECT conrelid FROM pg_constraint JOIN emptied ON confrelid = id AND contype = 'f')
SELECT id::regclass::text FROM emptied
"""
"""Tables, and those with references to them. A TRUNCATE of so many takes four times as long as to delete few rows."""
UNHURRIED = {"http_burst": 10_000, "http_write_burst": 10_000}
"""Everybody in these tests has one address, and calls as fast as the machine can."""
SignUp = Callable[..., Awaitable[Caller]]


def pytest_configure(config: pytest.Config) -> None:
    config.addinivalue_line("markers", "settings(**fields): settings of the server in this test")


@pytest.fixture(scope="session")
def house(postgres: Postgres, template: str) -> str:
    """The URL of a database that these tests share, one after the other: emptying it takes less than making one."""
    return copy_of(template, postgres, name="http")


@pytest.fixture(scope="session")
def empty(house: str) -> Iterator[Callable[[], None]]:
    """Empty that database."""
    connection = KeptConnection(house)
    tables = [row[0] for row in connection.fetch(DEPENDENT, EMPTIED)]
    statements = "SET session_replication_role = replica; " + "; ".join(f"DELETE FROM {table}" for table in tables)
    yield lambda: connection.execute(statements)
    connection.close()


@pytest.fixture
def database(house: str, empty: Callable[[], None]) -> Iterator[str]:
    """The URL of an empty database."""
    yield house
    empty()


@pytest.fixture
def settings(request: pytest.FixtureRequest) -> Settings:
    marker = request.node.get_closest_marker("settings")
    return Settings(**(UNHURRIED | (marker.kwargs if marker else {})))


@pytest.fixture
def app_clock() -> WallClock | None:
    """The clock of the server; None: that of the system."""
    return None


@pytest.fixture
async def app(pool: Pool, settings: Settings, app_clock: WallClock | None) -> AsyncIterator[App]:
    app = App(settings, pool, clock=app_clock)
    app.signaling.start()
    app.health.phase = "serving"
    await app.node.join()
    await app.people.open()
    yield app
    await app.node.leave()
    await close(app)


@pytest.fixture
async def base(app: App) -> AsyncIterator[str]:
    async with serving(app, app.web) as base:
        yield base


@asynccontextmanager
async def serving(app: App, what: web.Application) -> AsyncIterator[str]:
    """Serve *what*, one of the applications of *app*, at a free port, and give its URL."""
    runner = web.AppRunner(what, handle_signals=False, shutdown_timeout=1)
    await runner.setup()
    listener = listen("127.0.0.1", 0)
    upgrades = app.upgrades if what is app.web else None
    server = await app.listeners.listen(runner, listener, for_operators=what is app.ops, upgrades=upgrades)
    try:
        yield f"http://127.0.0.1:{listener.getsockname()[1]}"
    finally:
        server.close()
        await runner.cleanup()
        app.listeners.connections.stop()


@pytest.fixture
async def anonymous(base: str) -> AsyncIterator[Caller]:
    """Somebody without a token."""
    async with aiohttp.ClientSession() as session:
        yield Caller(session, base)


@pytest.fixture
async def sign_up(anonymous: Caller) -> SignUp:
    """Sign up a user: `ada = await sign_up("Ada", gender="female")`."""

    async def sign_up(name: str = "Ada", **details: Any) -> Caller:
        reply = await anonymous.post("/v1/auth/guest", {"display_name": name, "adult": True, **details})
        assert reply.status == 201, reply
        caller = Caller(anonymous.session, anonymous.base, reply.body["token"])
        caller.user_id = reply.body["user"]["user_id"]
        return caller

    return sign_up


@pytest.fixture
async def ada(sign_up: SignUp) -> Caller:
    return await sign_up("Ada")


@pytest.fixture
async def bob(sign_up: SignUp) -> Caller:
    return await sign_up("Bob")
