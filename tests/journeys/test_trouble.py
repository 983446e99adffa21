"""Stories of bad input: the right error, nothing else happens, the socket stays."""

import asyncio
import json

import aiohttp
import pytest

from tests.journeys.conftest import ConnectUser
from tests.support.client import PATIENCE_S, Person, Refused, go_live, meet
from tests.support.service import Service

pytestmark = pytest.mark.topology("one_node")


@pytest.mark.parametrize(
    ("frame", "code", "field"),
    [
        ({"type": "no.such"}, "unknown_type", None),
        ({"type": "queue.join"}, "bad_frame", "mode"),
        ({"type": "queue.join", "mode": 7}, "bad_frame", "mode"),
        ({"type": "queue.join", "mode": "smell"}, "invalid", "mode"),
        ({"type": "queue.join", "mode": "video", "duration_s": 59}, "invalid", "duration_s"),
        ({"type": "queue.join", "mode": "video", "duration_s": 60.5}, "invalid", "duration_s"),
        ({"type": "queue.join", "mode": "video", "interests": ["x"] * 11}, "invalid", "interests"),
        ({"type": "queue.join", "mode": "video", "want": {"gender": ["martian"]}}, "invalid", "gender"),
        ({"type": "discover", "limit": 51}, "invalid", "limit"),
        ({"type": "invite.accept"}, "bad_frame", "invite_id"),
        ({"type": "chat.receipt", "room_id": "00000000-0000-4000-8000-000000000000"}, "bad_frame", "message_id"),
        ({"type": "signal", "room_id": "00000000-0000-4000-8000-000000000000"}, "bad_frame", "description"),
        ({"type": 5}, "bad_frame", "type"),
        ({}, "bad_frame", "type"),
    ],
)
async def test_malformed_frame_names_its_field(
    ada: Person, frame: dict[str, object], code: str, field: str | None
) -> None:
    await ada.send_raw(json.dumps(frame))
    error = await ada.receive("error")
    assert error["code"] == code, error
    assert "id" not in error
    if field:
        assert field in error["message"]
    await ada.receive_all()
    assert (await ada.connect())["state"]["phase"] == "idle"


async def test_three_non_objects_close_the_socket(ada: Person) -> None:
    for text in ("[]", "nonsense"):
        await ada.send_raw(text)
        assert (await ada.receive("error"))["code"] == "bad_frame"
    await ada.ask("ping")
    for text in ("1", "null", "\x00"):
        await ada.send_raw(text)
    assert await ada.closed() == 4000


async def test_frame_over_64_kib_closes_with_1009(ada: Person) -> None:
    fits = json.dumps({"type": "ping", "id": 1, "data": ""})
    await ada.send_raw(json.dumps({"type": "ping", "id": "big", "data": "x" * (65_536 - len(fits) - 4)}))
    await ada.receive("pong")
    await ada.send_raw("x" * 65_537)
    assert await ada.closed() == 1009


async def test_deep_nesting_is_refused(ada: Person) -> None:
    await ada.send_raw('{"type":"ping","data":' + "[" * 30_000 + "]" * 30_000 + "}")
    await ada.receive("error")
    await ada.receive_all()


@pytest.mark.parametrize("first", ['{"type":"ping"}', '{"type":"hello"}', "x"])
async def test_no_frame_is_answered_before_hello(service: Service, http: aiohttp.ClientSession, first: str) -> None:
    async with http.ws_connect(service.base + "/v1/ws") as ws:
        await ws.send_str(first)
        frame = await ws.receive_json(timeout=PATIENCE_S)
        assert frame["type"] == "error"


async def test_invalid_token_is_refused_and_closed(service: Service, http: aiohttp.ClientSession) -> None:
    async with http.ws_connect(service.base + "/v1/ws", protocols=["rondo.v1"]) as ws:
        assert ws.protocol == "rondo.v1"
        await ws.send_json({"type": "hello", "token": "no such token"})
        assert (await ws.receive_json(timeout=PATIENCE_S))["code"] == "unauthenticated"
        await ws.receive(timeout=PATIENCE_S)
        assert ws.close_code == 4401


async def test_socket_without_hello_is_closed_after_five_seconds(service: Service, http: aiohttp.ClientSession) -> None:
    async with http.ws_connect(service.base + "/v1/ws") as ws:
        async for _ in ws:
            pass
        assert ws.close_code == 4010


async def test_foreign_origin_cannot_open_a_socket(service: Service, http: aiohttp.ClientSession) -> None:
    with pytest.raises(aiohttp.WSServerHandshakeError) as refused:
        await http.ws_connect(service.base + "/v1/ws", origin="https://evil.example")
    assert refused.value.status == 403
    async with http.ws_connect(service.base + "/v1/ws", origin=service.base):
        pass


@pytest.mark.settings(RONDO_RATE_LIMITS="on")
async def test_frame_flood_is_refused_and_the_socket_stays(ada: Person) -> None:
    answers = await asyncio.gather(*(ada.ask("queue.leave") for _ in range(100)), return_exceptions=True)
    refused = [answer for answer in answers if isinstance(answer, Refused)]
    # One, and then nothing is read for a while: the rest waits, and each is answered once.
    assert 1 <= len(refused) < 20
    assert sum(isinstance(answer, dict) for answer in answers) == 100 - len(refused)
    assert all(answer.code == "rate_limited" and answer.frame["retry_after_ms"] > 0 for answer in refused)


async def test_client_that_does_not_read_is_closed(connect_user: ConnectUser) -> None:
    ada, bob = await connect_user("Ada"), await connect_user("Bob")
    room = (await meet(ada, bob, "video"))["room_id"]
    await go_live(ada, bob, room)
    assert bob._ws is not None
    connection = bob._ws._response.connection
    assert connection is not None
    assert connection.transport is not None
    connection.transport.pause_reading()
    description = {"type": "offer", "sdp": "x" * 60_000}
    for _ in range(400):
        await ada.send("signal", room_id=room, description=description)
        if ada.received("room.peer_away"):
            break
        await ada.receive_all()
    await ada.receive("room.peer_away")
