"""A call with a mirror, without any server: signals go from hand to hand."""

import asyncio
from collections.abc import AsyncIterator, Callable
from typing import Any

import msgspec
import pytest

from server.mirror import sdp
from server.mirror.call import MirrorCall
from server.mirror.protocol import Heard, MirrorRoom
from tests.mirror.caller import Caller, Camera

PATIENCE_S = 15
ROOM = MirrorRoom(room_id="room")


class Stage:
    """A mirror's call and the page at the other end."""

    def __init__(
        self,
        *,
        camera: Callable[[], Camera] = Camera,
        initiate: bool = False,
        polite: bool = True,
        heard: bool = True,
        room: MirrorRoom = ROOM,
    ) -> None:
        self.ready = asyncio.Event()
        self._polite = polite
        self._heard = heard
        self.descriptions: list[dict[str, Any]] = []
        self.caller = Caller(self.to_mirror, camera)
        self.call = MirrorCall(room, self.from_mirror, initiate=initiate)

    async def to_mirror(self, signal: dict[str, Any]) -> None:
        raw = {name: msgspec.Raw(msgspec.json.encode(value)) for name, value in signal.items()}
        self.call.on_signal(Heard(type="signal", room_id="room", **raw))

    async def from_mirror(self, kind: str, **fields: Any) -> None:
        assert fields["room_id"] == "room"
        if kind == "room.ready":
            self.ready.set()
        else:
            self.descriptions.append(fields["description"])
            # Impolite, as the offerer of a room is: an offer of the other side is not looked at.
            if self._heard and (self._polite or fields["description"]["type"] == "answer"):
                await self.caller.take(fields)


@pytest.fixture
async def stage(request: pytest.FixtureRequest) -> AsyncIterator[Stage]:
    made = Stage(**getattr(request, "param", {}))
    running = asyncio.create_task(made.call.run())
    async with made.caller:
        yield made
        running.cancel()
        await asyncio.wait((running,), timeout=PATIENCE_S)
        assert running.cancelled()


async def test_picture_is_sent_back(stage: Stage) -> None:
    await stage.caller.offer()
    frames = await stage.caller.sees(10)
    assert (frames[-1].width, frames[-1].height) == (320, 240)
    await asyncio.wait_for(stage.ready.wait(), PATIENCE_S)


async def test_sound_is_neither_sent_back_nor_requested(stage: Stage) -> None:
    await stage.caller.offer()
    await stage.caller.sees(1)
    audio, video = stage.descriptions[0]["sdp"].split("m=audio", 1)[1].split("m=video", 1)
    assert "a=inactive" in audio
    assert "a=sendrecv" in video
    assert "b=AS:" in video


@pytest.mark.parametrize("stage", [{"camera": lambda: Camera(1280, 720)}], indirect=True)
async def test_large_picture_is_scaled_down(stage: Stage) -> None:
    await stage.caller.offer()
    frames = await stage.caller.sees(5)
    assert {(frame.width, frame.height) for frame in frames} == {(640, 360)}


async def test_reloaded_page_sees_itself_again(stage: Stage) -> None:
    await stage.caller.offer()
    await stage.caller.sees(3)
    await stage.caller.offer()
    await stage.caller.sees(3)
    assert len(stage.descriptions) == 2


@pytest.mark.parametrize("stage", [{"initiate": True}], indirect=True)
async def test_restarted_mirror_renegotiates(stage: Stage) -> None:
    await stage.caller.sees(3)
    assert stage.descriptions[0]["type"] == "offer"
    await asyncio.wait_for(stage.ready.wait(), PATIENCE_S)


@pytest.mark.parametrize("stage", [{"initiate": True, "polite": False}], indirect=True)
async def test_mirror_yields_when_offers_cross(stage: Stage) -> None:
    await stage.caller.offer()
    await stage.caller.sees(3)
    assert [one["type"] for one in stage.descriptions] == ["offer", "answer"]


async def test_invalid_signals_do_not_end_the_call(stage: Stage) -> None:
    for description in ({"type": "offer", "sdp": ""}, {"type": "offer", "sdp": "v=0\r\n"}, {"type": "answer"}, {}):
        await stage.to_mirror({"description": description})
    for candidate in ({}, {"candidate": "candidate:"}, {"candidate": 7}, {"candidate": "candidate:1 1 udp x y"}):
        await stage.to_mirror({"candidate": candidate})
    await stage.caller.offer()
    await stage.to_mirror({"candidate": {"candidate": "candidate:nonsense", "sdpMid": "0"}})
    await stage.to_mirror({"candidate": {"candidate": "candidate:3 1 udp 1 127.0.0.1 9 typ host"}})
    await stage.caller.sees(3)


async def test_camera_off_is_off_in_the_mirror(stage: Stage) -> None:
    await stage.caller.offer()
    await stage.caller.sees(1)
    stage.ready.clear()
    stage.caller.channel.send('{"mic": true, "camera": false}')
    await asyncio.wait_for(stage.ready.wait(), PATIENCE_S)
    assert [msgspec.json.decode(said) for said in stage.caller.beside] == [{"mic": False, "camera": False}]


async def test_camera_turned_on_later_is_shown(stage: Stage) -> None:
    await stage.caller.offer(sight=False)
    stage.caller.channel.on("open", lambda: stage.caller.channel.send('{"camera": false}'))
    await asyncio.wait_for(stage.ready.wait(), PATIENCE_S)
    await stage.caller.turn_on()
    await stage.caller.sees(3)
    first, second = (sdp.peer(one["sdp"]) for one in stage.descriptions)
    assert first == second
