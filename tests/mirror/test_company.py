"""Stories of users who wait alone: real server, real mirrors, real calls."""

import asyncio
import contextlib
import os
import signal
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack
from pathlib import Path
from typing import Any

import asyncpg
import pytest

from tests.journeys.conftest import ConnectUser
from tests.mirror.caller import Caller
from tests.mirror.process import ended
from tests.support.client import Person, Refused
from tests.support.service import Service

SOON = {
    "RONDO_MIRROR": "on",
    "RONDO_MIRROR_AFTER_S": 0.3,
    "RONDO_CONNECT_TIMEOUT_S": 30,
    "RONDO_GRACE_S": 10,
}

pytestmark = pytest.mark.settings(**SOON)

Look = Callable[..., Awaitable[tuple[dict[str, Any], Caller]]]


@pytest.fixture
async def look() -> AsyncIterator[Look]:
    """Let a person wait until they are with a mirror, and see themselves; return the room and their call."""
    async with AsyncExitStack() as stack:

        async def wait(person: Person, **wishes: Any) -> tuple[dict[str, Any], Caller]:
            await person.ask("queue.join", mode="video", auto_accept=True, **wishes)
            room = (await person.receive("room.started"))["room"]
            caller = await stack.enter_async_context(
                Caller(lambda signal: person.ask("signal", room_id=room["room_id"], **signal))
            )
            hearing = asyncio.create_task(_listen(person, room["room_id"], caller))
            stack.callback(hearing.cancel)
            await caller.offer()
            await caller.sees(3)
            return room, caller

        yield wait


async def _listen(person: Person, room_id: str, caller: Caller) -> None:
    while True:
        # A silence that is longer than a story's patience is no fault here: the server may be away.
        with contextlib.suppress(AssertionError):
            await caller.take(await person.receive("signal", room_id=room_id))


async def test_user_who_waits_alone_gets_the_mirror(connect_user: ConnectUser, look: Look) -> None:
    ada, bob = await connect_user("Ada"), await connect_user("Bob")
    room, caller = await look(ada)
    assert (room["peer"]["display_name"], room["peer"]["mirror"], room["role"]) == ("Mirror", True, "offerer")
    await ada.ask("room.ready", room_id=room["room_id"])
    await ada.receive("room.live", room_id=room["room_id"])
    await caller.sees(15)

    # Bob can neither find the mirror nor invite it.
    mirror = room["peer"]["user_id"]
    assert mirror not in {one["user_id"] for one in (await bob.ask("discover", include_seen=True))["people"]}
    with pytest.raises(Refused, match="target_unavailable"):
        await bob.ask("invite.send", user_id=mirror, mode="video")


async def test_user_has_priority_over_a_mirror(connect_user: ConnectUser, look: Look) -> None:
    ada, bob = await connect_user("Ada"), await connect_user("Bob")
    room, _ = await look(ada)
    await bob.ask("queue.join", mode="video", auto_accept=True)
    await ada.receive("room.ended", room_id=room["room_id"], reason="hangup")
    assert (await ada.receive("room.started"))["room"]["peer"]["user_id"] == bob.user_id
    assert (await bob.receive("room.started"))["room"]["peer"]["user_id"] == ada.user_id


async def test_two_incompatible_users_each_get_a_mirror(connect_user: ConnectUser, look: Look) -> None:
    ada, eve = await connect_user("Ada", gender="female"), await connect_user("Eve", gender="female")
    wishes = {"want": {"gender": ["male"]}}
    (one, _), (other, _) = await asyncio.gather(look(ada, **wishes), look(eve, **wishes))
    assert one["peer"]["user_id"] != other["peer"]["user_id"]


async def test_mirror_leaves_no_history_and_joins_again(
    connect_user: ConnectUser, look: Look, service: Service
) -> None:
    ada = await connect_user("Ada")
    room, _ = await look(ada)
    await ada.ask("room.ready", room_id=room["room_id"])
    await ada.receive("room.live", room_id=room["room_id"])
    await ada.ask("room.leave", room_id=room["room_id"], reason="next")
    assert (await ada.receive("room.ended"))["cooldown_until_at"] is None

    again = (await ada.receive("room.started"))["room"]
    assert again["room_id"] != room["room_id"]
    assert again["peer"]["mirror"] is True
    await ada.ask("room.leave", room_id=again["room_id"])
    assert (await ada.call("GET", "/v1/history"))["calls"] == []
    assert (await ada.call("GET", "/v1/cooldowns"))["cooldowns"] == []
    assert await _rows(service, "cooldowns", "$1 IN (low, high)", ada) == 0
    assert await _rows(service, "session_completions", "user_id = $1", ada) == 0


async def cut_power(service: Service, ada: Person) -> None:
    """Kill the server and its mirrors, start it again, and reconnect *ada*."""
    pid = _mirrors(service)
    await service.kill()
    await ended(pid)
    await ada.closed()
    await service.start()
    await ada.connect()


async def test_call_with_a_mirror_survives_a_sigkill(connect_user: ConnectUser, look: Look, service: Service) -> None:
    ada = await connect_user("Ada")
    room, caller = await look(ada)
    await cut_power(service, ada)
    assert ada.state["room"]["room_id"] == room["room_id"]
    # The new mirror does not know the old call, and makes an offer.
    await caller.sees(10)


async def test_user_has_priority_over_a_mirror_after_a_sigkill(
    connect_user: ConnectUser, look: Look, service: Service
) -> None:
    ada, bob = await connect_user("Ada"), await connect_user("Bob")
    await look(ada)
    await cut_power(service, ada)
    await bob.connect()
    await bob.ask("queue.join", mode="video", auto_accept=True)
    assert (await bob.receive("room.started"))["room"]["peer"]["user_id"] == ada.user_id


async def test_dead_mirror_is_restarted(connect_user: ConnectUser, look: Look, service: Service) -> None:
    ada = await connect_user("Ada")
    room, caller = await look(ada)
    os.kill(_mirrors(service), signal.SIGKILL)
    await ada.receive("room.peer_away", room_id=room["room_id"])
    await ada.receive("room.peer_back", room_id=room["room_id"])
    await caller.sees(10)


async def test_mirrors_are_not_counted_as_users(connect_user: ConnectUser, look: Look, service: Service) -> None:
    mod = await connect_user("Mo", connect=False)
    connection = await asyncpg.connect(service.dsn)
    await connection.execute("UPDATE users SET role = 'moderator' WHERE user_id = $1::uuid", mod.user_id)
    await connection.close()
    ada = await connect_user("Ada")
    await look(ada)  # so the mirrors are connected, and one of them is in a room
    async with asyncio.timeout(20):
        while True:  # until users of other stories have left
            now = (await mod.call("GET", "/v1/admin/stats"))["now"]
            if (now["connected"], now["rooms"]["video"]) == (1, 0):
                break
            await asyncio.sleep(0.05)


def _mirrors(service: Service) -> int:
    return int(Path(f"/proc/{service.pid}/task/{service.pid}/children").read_text())


async def _rows(service: Service, table: str, condition: str, person: Person) -> int:
    connection = await asyncpg.connect(service.dsn)
    try:
        count: int = await connection.fetchval(f"SELECT count(*) FROM {table} WHERE {condition}", person.user_id)
        return count
    finally:
        await connection.close()
