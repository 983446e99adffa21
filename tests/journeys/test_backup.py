"""A lost disk: the data directory is deleted and restored from a backup."""

import asyncio
import shutil
import stat
import tempfile
from collections.abc import AsyncIterator
from pathlib import Path

import aiohttp
import pytest

from tests.support.client import Person, meet
from tests.support.command import rondo
from tests.support.service import Service

ROOT = Path(__file__).parents[2]


@pytest.fixture
async def home() -> AsyncIterator[Path]:
    """A data directory that the user of the database gets to."""
    folder = Path(tempfile.mkdtemp(prefix="rondo-lost-"))
    folder.chmod(0o711)
    yield folder
    shutil.rmtree(folder)


async def test_restore_after_the_loss_of_a_disk(home: Path, tmp_path: Path, http: aiohttp.ClientSession) -> None:
    data, file = home / "data", tmp_path / "rondo.backup"
    environ = {"RONDO_DATA_DIR": str(data)}
    service = Service("", data, RONDO_RATE_LIMITS="off", RONDO_TEXT_GRACE_S=30)
    await service.start()
    try:
        ada, bob = Person(http, service.base, "Ada"), Person(http, service.base, "Bob")
        cleo = Person(http, service.base, "Cleo")
        for person in (ada, bob, cleo):
            await person.sign_up()
            await person.connect()
        past = (await meet(ada, cleo))["room_id"]
        await ada.ask("chat.send", room_id=past, client_id="1", body="see you")
        await asyncio.sleep(5)  # what was shorter leaves no trace in the history
        await ada.ask("room.leave", room_id=past)
        room = (await meet(ada, bob))["room_id"]
        said = (await ada.ask("chat.send", room_id=room, client_id="2", body="before the backup"))["message"]

        taken = rondo("backup", file, cwd=ROOT, **environ)
        assert (taken.returncode, taken.stderr) == (0, ""), "it is taken while people talk"
        secrets = (data / "secrets.env").read_text()
        refused = rondo("restore", file, "--yes", cwd=ROOT, **environ)
        assert "in use by another rondo" in refused.stderr
        await ada.ask("chat.send", room_id=room, client_id="3", body="after the backup")

        await service.kill()
        for person in (ada, bob, cleo):
            await person.close()
        while data.exists():  # its database is still closing its files
            shutil.rmtree(data, ignore_errors=True)
            await asyncio.sleep(0.01)
        restored = rondo("restore", file, cwd=ROOT, **environ)
        assert (restored.returncode, restored.stderr) == (0, ""), restored
        assert (data / "secrets.env").read_text() == secrets
        assert stat.S_IMODE((data / "secrets.env").stat().st_mode) == 0o600

        await service.start()
        mine = (await ada.connect(resume=True))["state"]["room"]
        assert (mine["room_id"], mine["messages"]) == (room, [said]), "what was said after the backup is lost"
        await bob.connect(resume=True)
        await ada.receive("room.peer_back", room_id=room)
        await bob.ask("chat.send", room_id=room, client_id="4", body="where were we?")
        await ada.receive("chat.message")
        [call] = (await ada.call("GET", "/v1/history"))["calls"]
        assert (call["room_id"], call["message_count"]) == (past, 1)
        for person in (ada, bob):
            await person.close()
    finally:
        if service.is_running:
            assert await service.stop() == 0
