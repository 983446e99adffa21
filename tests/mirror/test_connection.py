"""A mirror's connection: it reconnects, sends unanswered frames again, and stops when told to."""

import asyncio
from collections.abc import AsyncIterator

import aiohttp
import pytest

from server.mirror.connection import STOP_CODES, MirrorConnection
from server.mirror.protocol import Heard
from tests.mirror.script import PATIENCE_S, Socket, played


class Ear:
    """Records received messages."""

    def __init__(self) -> None:
        self.heard: list[Heard] = []
        self._news = asyncio.Event()

    def __call__(self, heard: Heard) -> None:
        self.heard.append(heard)
        self._news.set()

    async def hears(self, kind: str) -> Heard:
        """Return the first of this type, and forget it; wait for it."""
        async with asyncio.timeout(PATIENCE_S):
            while True:
                for one in self.heard:
                    if one.type == kind:
                        self.heard.remove(one)
                        return one
                self._news.clear()
                await self._news.wait()


@pytest.fixture
async def session() -> AsyncIterator[aiohttp.ClientSession]:
    async with aiohttp.ClientSession() as open_session:
        yield open_session


def _url(page: str) -> str:
    return page.replace("http", "ws", 1) + "v1/ws"


async def _dismissed(socket: Socket) -> None:
    await socket.receive("hello")
    await socket.close(4401)


async def test_lost_socket_is_replaced_and_the_session_resumed(session: aiohttp.ClientSession) -> None:
    async def first(socket: Socket) -> None:
        assert "resume" not in await socket.welcome()
        await socket.send("room.started", seq=1, room={"room_id": "room"})

    async def second(socket: Socket) -> None:
        assert (await socket.welcome(resumed=True))["resume"] == {"key": "key", "seq": 1}
        await socket.send("room.started", seq=1, room={"room_id": "room"})
        await socket.send("room.ended", seq=2, room_id="room")

    ear = Ear()
    async with played(first, second, _dismissed) as page:
        assert await MirrorConnection(_url(page), "token", ear).hold(session) == 4401
    assert [one.type for one in ear.heard] == ["welcome", "room.started", "welcome", "room.ended"]


async def test_unanswered_frames_are_resent_in_order(session: aiohttp.ClientSession) -> None:
    async def deaf(socket: Socket) -> None:
        await socket.welcome()
        await socket.receive("signal")

    async def second(socket: Socket) -> None:
        await socket.welcome()
        signal, ready = await socket.receive("signal"), await socket.receive("room.ready")
        assert signal["id"] < ready["id"]
        for frame in (signal, ready):
            await socket.send("reply", id=frame["id"])
        await socket.send("room.ended", seq=1, room_id="room")
        await socket.lost()

    ear = Ear()
    async with played(deaf, second) as page:
        line = MirrorConnection(_url(page), "token", ear)
        holding = asyncio.create_task(line.hold(session))
        await ear.hears("welcome")
        await line.send("signal", room_id="room", description={"type": "answer", "sdp": ""})
        await line.send("room.ready", room_id="room")
        await ear.hears("room.ended")
        holding.cancel()


async def test_unavailable_hello_is_repeated(session: aiohttp.ClientSession) -> None:
    async def busy(socket: Socket) -> None:
        await socket.welcome()
        frame = await socket.receive("room.ready")
        await socket.send("error", id=frame["id"], code="unavailable", message="", retry_after_ms=10)
        assert await socket.receive("room.ready") == frame
        await socket.close(4001)

    ear = Ear()
    async with played(busy) as page:
        line = MirrorConnection(_url(page), "token", ear)
        holding = asyncio.create_task(line.hold(session))
        await ear.hears("welcome")
        await line.send("room.ready", room_id="room")
        assert await asyncio.wait_for(holding, PATIENCE_S) == 4001


async def test_draining_server_is_left_in_time(session: aiohttp.ClientSession) -> None:
    async def draining(socket: Socket) -> None:
        await socket.welcome()
        await socket.send("server.draining", seq=1, reconnect_in_ms=50)
        await asyncio.wait_for(socket.lost(), PATIENCE_S)

    async with played(draining, _dismissed) as page:
        assert await MirrorConnection(_url(page), "token", Ear()).hold(session) == 4401


@pytest.mark.parametrize("code", sorted(STOP_CODES))
async def test_final_close_code_is_respected(session: aiohttp.ClientSession, code: int) -> None:
    async def refuse(socket: Socket) -> None:
        await socket.receive("hello")
        await socket.send("error", code="unauthenticated", message="")
        await socket.close(code)

    async with played(refuse) as page:
        assert await MirrorConnection(_url(page), "token", Ear()).hold(session) == code
