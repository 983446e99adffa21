"""The application behind a real port, and users with the features of this folder on real sockets."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from typing import Any

import aiohttp
import pytest

from server.db.pool import Pool
from server.postgres import Postgres
from tests.http.conftest import app, app_clock, base, database, empty, settings  # noqa: F401 - fixtures
from tests.people.mail import clock, relay, sender  # noqa: F401 - fixtures
from tests.support.client import Person
from tests.support.databases import copy_of

FEATURES = ["friends", "channels"]
MET = """
INSERT INTO chat_history (
    user_id, room_id, peer_id, chat_mode, started_at, ended_at, live_ms, end_reason, message_count)
SELECT a, r, b, 'text', now() - interval '2 days', now() - interval '2 days', 9000, 'hangup', 0
FROM (SELECT gen_random_uuid() AS r) AS x, (VALUES ($1::uuid, $2::uuid), ($2::uuid, $1::uuid)) AS p (a, b)
"""
PERMANENT = "UPDATE users SET password_hash = 'x' WHERE user_id = $1::uuid"
ConnectUser = Callable[..., Awaitable[Person]]
Users = Callable[..., Awaitable[list[Person]]]


@pytest.fixture(scope="session")
def house(postgres: Postgres, template: str) -> str:
    """The URL of a database that these tests share, one after the other."""
    return copy_of(template, postgres, name="people")


@pytest.fixture
async def connect_user(base: str) -> AsyncIterator[ConnectUser]:  # noqa: F811 - the fixture
    """Sign a user up and connect them: `ada = await connect_user("Ada")`."""
    users: list[Person] = []
    async with aiohttp.ClientSession() as http:

        async def sign_up(
            name: str, *, connect: bool = True, features: list[str] | None = None, **details: Any
        ) -> Person:
            user = await Person(http, base, name).sign_up(**details)
            users.append(user)
            if connect:
                await user.connect(features=FEATURES if features is None else features)
            return user

        yield sign_up
        for user in users:
            await user.abort()


@pytest.fixture
async def permanent(connect_user: ConnectUser, pool: Pool) -> Users:
    """Sign up users who have permanent accounts and have all met: `ada, bob = await permanent("Ada", "Bob")`."""

    async def make(*names: str, **options: Any) -> list[Person]:
        users = [await connect_user(name, **options) for name in names]
        for n, user in enumerate(users):
            await pool.execute(PERMANENT, user.user_id)
            for other in users[:n]:
                await pool.execute(MET, user.user_id, other.user_id)
        return users

    return make


@pytest.fixture
async def friends(permanent: Users) -> Users:
    """Sign up users who are all friends."""

    async def make(*names: str, **options: Any) -> list[Person]:
        users = await permanent(*names, **options)
        for n, user in enumerate(users):
            for other in users[:n]:
                await befriend(user, other)
        return users

    return make


async def befriend(one: Person, other: Person) -> None:
    """Let two users who have met ask each other."""
    await one.call("PUT", f"/v1/friends/{other.user_id}", {})
    answer = await other.call("PUT", f"/v1/friends/{one.user_id}", {})
    assert answer == {"status": "friends"}


async def code_of(asked: Awaitable[Any]) -> str:
    """Return the error code with which something is refused."""
    from tests.support.client import Refused  # noqa: PLC0415

    try:
        await asked
    except Refused as refused:
        return str(refused.code)
    return "ok"


async def until(pool: Pool, question: str, holds: Callable[[Any], bool]) -> Any:
    """Ask the database until the answer is the right one; return it."""
    while not holds(answer := await pool.fetchval(question)):  # noqa: ASYNC110 - in another process
        await asyncio.sleep(0.01)
    return answer
