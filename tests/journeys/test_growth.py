"""The story of a deploy: the next release migrates while this one serves; it goes, and this one comes back."""

import asyncio
import shutil
from pathlib import Path

import aiohttp

from server.config import assets
from server.db.maintenance.migrate import migrate
from tests.journeys.conftest import SHORT
from tests.migrations.future import add_everywhere
from tests.support.client import Person, go_live, meet
from tests.support.service import Service


async def test_schema_is_expanded_under_a_running_server(
    database: str, tmp_path: Path, http: aiohttp.ClientSession
) -> None:
    service = Service(database, tmp_path / "service", **SHORT | {"RONDO_GRACE_S": 10, "RONDO_ROLLBACK": "on"})
    await service.start()
    ada, bob, cleo, dan = (Person(http, service.base, name) for name in ("Ada", "Bob", "Cleo", "Dan"))
    for person in (ada, bob, cleo, dan):
        await person.sign_up()
        await person.connect()
    room = (await meet(ada, bob, "video", duration_s=600))["room_id"]
    await go_live(ada, bob, room)
    for lap in range(2):
        # Whatever is asked afterwards has been asked before: its plans and its columns are known.
        await live(ada, bob, room, lap)
        await go_about(cleo, dan, lap)
        if lap == 0:
            shutil.copytree(assets.migrations(), tmp_path / "grown")
            name = add_everywhere(tmp_path / "grown")
            assert await migrate(database, tmp_path / "grown") == (name,)
    # The newer release was a mistake, and this one comes back.
    await service.kill()
    for person in (ada, bob, cleo, dan):
        await person.close()
    await service.start()
    for person in (ada, bob):
        assert (await person.connect())["state"]["room"]["room_id"] == room
    await live(ada, bob, room, 2)
    await ada.ask("room.leave", room_id=room)
    assert (await bob.receive("room.ended"))["reason"] == "hangup"
    for person in (ada, bob):
        await person.close()
    assert await service.stop() == 0
    assert service.faults() == []


async def live(one: Person, other: Person, room: str, lap: int) -> None:
    """Do what two users in a call do, including a lost connection."""
    await one.ask("chat.send", room_id=room, client_id=str(lap), body="hello")
    message = (await other.receive("chat.message"))["message"]
    await other.ask("chat.receipt", room_id=room, message_id=message["message_id"], status="read")
    await one.receive("chat.receipt")
    assert (await one.ask("chat.history", room_id=room))["messages"]
    await other.abort()
    await one.receive("room.peer_away")
    await other.connect()
    await one.receive("room.peer_back")


async def go_about(one: Person, other: Person, lap: int) -> None:
    """Do what users do who sign up, look around and leave."""
    room = (await meet(one, other))["room_id"] if lap == 0 else None
    if room is not None:
        await one.ask("room.leave", room_id=room)
        await other.receive("room.ended")
    for path in ("/v1/me", "/v1/sessions", "/v1/history", "/v1/cooldowns", "/v1/blocks", "/v1/notifications"):
        assert await one.call("GET", path)
    assert await one.call("GET", "/v1/me/export")
    await one.call("PUT", f"/v1/blocks/{other.user_id}")
    await one.call("DELETE", f"/v1/blocks/{other.user_id}")
    await one.call("POST", "/v1/referrals", {"target_user_id": other.user_id})
    newcomer = await Person(one.http, one.base, f"Eve {lap}").sign_up()
    await newcomer.connect()
    await newcomer.ask("queue.join", mode="text", pairing="manual")
    await asyncio.gather(newcomer.ask("discover"), newcomer.receive_all())
    await newcomer.delete_account()
