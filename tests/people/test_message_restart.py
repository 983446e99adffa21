"""Messages over SIGKILL: what was acknowledged is there once, in order, without a gap; and a backup with files."""

import asyncio
import io
from pathlib import Path

import aiohttp
import asyncpg
import pytest

from server.backup import files
from server.errors import StartupError
from tests.journeys.conftest import Cast, cast, hire, http  # noqa: F401 - fixtures
from tests.journeys.conftest import one_node as service  # noqa: F401 - the fixture
from tests.journeys.person import Person
from tests.journeys.service import Service
from tests.people.conftest import FEATURES, MET, PERMANENT

KILLS = 3


async def write(user: Person, channel_id: str, stop: asyncio.Event, acknowledged: dict[str, int]) -> None:
    """Send one message after the other, each until it is acknowledged."""
    number = 0
    while not stop.is_set():
        number += 1
        name = f"{user.user_id[:8]}-{number}"
        while name not in acknowledged:
            try:
                reply = await user.ask("channel.send", channel_id=channel_id, client_id=name, body=name)
                acknowledged[name] = reply["message"]["n"]
            except (AssertionError, ConnectionError, TimeoutError, aiohttp.ClientError):
                await come_back(user)


async def come_back(user: Person) -> None:
    """Connect again, as soon as there is somebody to connect to."""
    async with asyncio.timeout(30):
        while True:
            await user.vanish()
            user._waiting.clear()
            try:
                await user.connect(features=FEATURES)
                return
            except (aiohttp.ClientError, ConnectionError, AssertionError, TimeoutError):
                await asyncio.sleep(0.05)


async def test_no_acknowledged_message_is_lost_doubled_or_out_of_order_over_kills(service: Service, cast: Cast) -> None:  # noqa: F811
    users = [await cast(f"User {number}", connect=False) for number in range(6)]
    connection = await asyncpg.connect(service.dsn)
    for user in users:
        await connection.execute(PERMANENT, user.user_id)
        for other in users[: users.index(user)]:
            await connection.execute(MET, user.user_id, other.user_id)
            await connection.execute(
                "INSERT INTO friendships VALUES (LEAST($1::uuid, $2::uuid), GREATEST($1::uuid, $2::uuid), now())",
                user.user_id,
                other.user_id,
            )
    for user in users:
        user.patience_s = 2
        await user.connect(features=FEATURES)
    body = {"name": "All", "user_ids": [user.user_id for user in users[1:]]}
    channel_id = (await users[0].call("POST", "/v1/channels", body))["channel"]["channel_id"]
    stop, acknowledged = asyncio.Event(), dict[str, int]()
    writers = [asyncio.create_task(write(user, channel_id, stop, acknowledged)) for user in users]
    for _ in range(KILLS):
        before = len(acknowledged)
        async with asyncio.timeout(30):
            while len(acknowledged) < before + 60:  # noqa: ASYNC110 - of many writers
                await asyncio.sleep(0.01)
        service.stop_hard()
        await asyncio.to_thread(service.start_now)
    stop.set()
    await asyncio.wait_for(asyncio.gather(*writers), 60)
    rows = await connection.fetch(
        "SELECT n, client_id FROM channel_messages WHERE channel_id = $1::uuid ORDER BY n", channel_id
    )
    stored = {row["client_id"]: row["n"] for row in rows if row["client_id"] is not None}
    assert [row["n"] for row in rows] == list(range(1, len(rows) + 1))
    assert len(stored) == len(rows) - 1, "one notice, and each message once"
    assert acknowledged.items() <= stored.items()
    for user in users:
        mine = [n for name, n in stored.items() if name.startswith(user.user_id[:8])]
        assert mine == sorted(mine), "each writer's messages are in the order in which they were sent"
    again = await users[0].ask("channel.send", channel_id=channel_id, client_id=f"{users[0].user_id[:8]}-1", body="x")
    assert again["message"]["n"] == acknowledged[f"{users[0].user_id[:8]}-1"]
    await connection.close()


def test_files_of_messages_are_in_a_backup_and_nothing_else(tmp_path: Path) -> None:
    name = "0193f3a0-0000-7000-8000-0000000000ab"
    there, back = tmp_path / "there", tmp_path / "back"
    (there / "files" / "ab").mkdir(parents=True)
    (there / "files" / "ab" / name).write_bytes(b"picture" * 100_000)
    (there / "files" / "ab" / f"{name}.part").write_bytes(b"half")
    (there / "incoming").mkdir()
    (there / "incoming" / name).write_bytes(b"unchecked")
    out = io.BytesIO()
    files.write(there, out.write)
    chunks = iter([out.getvalue()[:1_000], out.getvalue()[1_000:]])
    assert files.restore(chunks, back) == 1
    assert [path.relative_to(back).as_posix() for path in back.rglob("*") if path.is_file()] == [f"files/ab/{name}"]
    assert (back / "files" / "ab" / name).read_bytes() == b"picture" * 100_000
    changed = out.getvalue().replace(b"files/ab", b"../../ab")
    with pytest.raises(StartupError):
        files.restore(iter([changed]), back)
