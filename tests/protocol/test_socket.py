"""RFC 6455 and our own bounds, on both implementations of the socket, and on the fast one without aiohttp's server."""

import asyncio
import gc
import json
import time

import pytest
from aiohttp import web

from matchmaker.domain.timing import Timing
from signaling.connection.client import ClientConnection
from signaling.connection.settings import SignalingSettings
from signaling.routing import outbox
from signaling.transport import aiohttp_fast_socket, aiohttp_socket
from tests.support.raw_socket import BINARY, CLOSE, PING, PONG, TEXT, Wire, frame
from tests.support.socket_harness import Serve, SocketServer, fronted, in_room, running_server, until


@pytest.fixture(params=["public", "fast", "front"])
def serve(request: pytest.FixtureRequest) -> Serve:
    return {"public": aiohttp_socket.handler, "fast": aiohttp_fast_socket.handler, "front": fronted}[request.param]


UPGRADE = {"Upgrade": "websocket", "Connection": "Upgrade", "Sec-WebSocket-Version": "13"}


async def greeted(server: SocketServer, *, receive_buffer: int = 0) -> Wire:
    person = await server.person()
    wire = await server.wire(receive_buffer=receive_buffer)
    wire.send(json.dumps({"type": "hello", "token": person.token}).encode())
    opcode, payload = await wire.read()
    assert opcode == TEXT
    assert json.loads(payload)["type"] == "welcome"
    return wire


def test_fast_socket_is_in_use() -> None:
    assert aiohttp_fast_socket.fallback_reason() is None, (
        "run the tests with a version of aiohttp that is in TESTED, or add this one"
    )


async def test_untested_aiohttp_uses_the_public_socket(server: SocketServer, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(aiohttp_fast_socket, "TESTED", frozenset())
    assert aiohttp_fast_socket.fallback_reason() == "aiohttp_untested"
    fallback = aiohttp_fast_socket.handler(server.signaling, lambda _: "")
    assert fallback.__module__ == aiohttp_socket.__name__


async def test_offered_subprotocol_is_accepted(server: SocketServer) -> None:
    client = await server.open_socket()
    assert client.ws.protocol == "rondo.v1"
    async with server.http.ws_connect(f"http://127.0.0.1:{server.port}/v1/ws") as ws:
        assert ws.protocol is None
    async with server.http.ws_connect(f"http://127.0.0.1:{server.port}/v1/ws", protocols=("chat",)) as ws:
        assert ws.protocol is None


@pytest.mark.parametrize(
    "headers",
    [
        {},
        UPGRADE,
        UPGRADE | {"Sec-WebSocket-Key": "short"},
        UPGRADE | {"Sec-WebSocket-Key": "A" * 22 + "==", "Sec-WebSocket-Version": "3"},
        UPGRADE | {"Sec-WebSocket-Key": "A" * 22 + "==", "Upgrade": "h2c"},
    ],
)
async def test_bad_handshake_is_a_bad_request(server: SocketServer, headers: dict[str, str]) -> None:
    async with server.http.get(f"http://127.0.0.1:{server.port}/v1/ws", headers=headers) as answer:
        assert answer.status == 400
    assert server.signaling.stats.connections == 0


async def test_bytes_after_the_handshake_are_kept(server: SocketServer) -> None:
    person = await server.person()
    hello = frame(json.dumps({"type": "hello", "token": person.token}).encode())
    wire = await server.wire(after=hello + frame(b'{"type":"ping","data":1}'))
    assert json.loads((await wire.read())[1])["type"] == "welcome"
    assert json.loads((await wire.read())[1])["type"] == "pong"


async def test_frames_of_every_length(server: SocketServer) -> None:
    wire = await greeted(server)
    for size in (0, 1, 90, 125, 126, 127, 65_000):
        data = "x" * size
        wire.send(json.dumps({"type": "ping", "data": data}).encode())
        opcode, payload = await wire.read()
        assert opcode == TEXT
        assert json.loads(payload)["data"] == data


async def test_frame_of_64_kib_is_accepted_and_one_byte_more_is_not(server: SocketServer) -> None:
    wire = await greeted(server)
    ping = b'{"type":"ping","data":"%b"}'
    wire.send(ping % (b"x" * (65_536 - len(ping) + 2)))
    assert json.loads((await wire.read())[1])["type"] == "pong"
    wire.send(ping % (b"x" * (65_536 - len(ping) + 3)))
    assert await wire.code() == 1009
    wire.send((1009).to_bytes(2, "big"), CLOSE)
    await wire.ended()


async def test_fragments_too_large_in_total(server: SocketServer) -> None:
    wire = await greeted(server)
    wire.send(b" " * 40_000, fin=False)
    wire.send(b" " * 40_000, 0, fin=False)
    assert await wire.code() == 1009
    await wire.ended()


async def test_control_frames_between_fragments(server: SocketServer) -> None:
    wire = await greeted(server)
    whole = '{"type":"ping","data":"é"}'.encode()
    cut = whole.index(b"\xc3") + 1
    wire.send(whole[:5], fin=False)
    wire.send(b"are you there", PING)
    wire.send(whole[5:cut], 0, fin=False)
    wire.send(whole[cut:], 0)
    read = dict([await wire.read(), await wire.read()])
    assert read[PONG] == b"are you there"
    assert json.loads(read[TEXT])["data"] == "é"


async def test_text_inside_a_fragmented_message_of_an_earlier_read(server: SocketServer) -> None:
    wire = await greeted(server)
    wire.send(b'{"type":', fin=False)
    wire.send(b"read", PING)
    assert await wire.read() == (PONG, b"read")
    wire.send(b'{"type":"ping"}')
    assert await wire.code() == 1002
    await wire.ended()


async def test_text_of_any_size_between_fragmented_messages(server: SocketServer) -> None:
    wire = await greeted(server)
    for _ in range(2):
        wire.send(b'{"type":"ping",', fin=False)
        wire.send(b"read", PING)
        assert await wire.read() == (PONG, b"read")
        wire.send(b'"data":1}', 0)
        assert json.loads((await wire.read())[1])["data"] == 1
        for size in (125, 126, 127, 65_535, 65_536):  # where the header grows
            text = '{"type":"ping","data":"%s"}'
            wire.send((text % ("é" * ((size - 25) // 2) + "x" * ((size - 25) % 2))).encode())
            assert len(json.loads((await wire.read())[1])["data"].encode()) == size - 25


async def test_bytes_arriving_one_by_one(server: SocketServer) -> None:
    wire = await greeted(server)
    for byte in frame(b'{"type":"ping","data":"slow"}'):
        wire.writer.write(bytes((byte,)))
        await asyncio.sleep(0)
    assert json.loads((await wire.read())[1])["data"] == "slow"


async def test_many_frames_in_one_segment(server: SocketServer) -> None:
    wire = await greeted(server)
    wire.writer.write(b"".join(frame(b'{"type":"ping","data":%d}' % n) for n in range(50)))
    assert [json.loads((await wire.read())[1])["data"] for _ in range(50)] == list(range(50))


async def test_text_that_is_not_utf8(server: SocketServer) -> None:
    wire = await greeted(server)
    wire.send(b'{"type":"ping","data":"\xff"}')
    assert await wire.code() == 1007
    await wire.ended()


@pytest.mark.parametrize(
    "raw",
    [
        pytest.param(frame(b"{}", 0x3), id="an opcode that does not exist"),
        pytest.param(b"\xc1" + frame(b"{}")[1:], id="a reserved bit"),
        pytest.param(frame(b"x", 0), id="a continuation of nothing"),
        pytest.param(frame(b"{}", fin=False) + frame(b"{}"), id="a message inside a message"),
        pytest.param(frame(b"x" * 126, PING), id="a long ping"),
        pytest.param(frame(b"x", PING, fin=False), id="a fragmented ping"),
        pytest.param(frame((999).to_bytes(2, "big"), CLOSE), id="a close code that does not exist"),
        pytest.param(frame(b"x", CLOSE), id="half a close code"),
        pytest.param(b'\x81\x0f{"type":"ping"}', id="an unmasked text"),
        pytest.param(b"\x8a\x00", id="an unmasked pong"),
        pytest.param(frame(b'{"type":"ping",', fin=False) + b'\x80\x03"n"', id="an unmasked fragment"),
        pytest.param(b"\x81\x7e\x01\x00" + b"x" * 256, id="an unmasked text of more than 125 bytes"),
    ],
)
async def test_protocol_violations(server: SocketServer, raw: bytes) -> None:
    wire = await greeted(server)
    wire.writer.write(raw)
    assert [await wire.read()] == [(CLOSE, (1002).to_bytes(2, "big"))], "no frame of it is answered"
    await wire.ended()
    await until(lambda: server.signaling.stats.connections == 0)


async def test_binary_frames_close_the_socket(server: SocketServer) -> None:
    wire = await greeted(server)
    for _ in range(2):
        wire.send(b'{"type":"ping"}', BINARY)
        assert json.loads((await wire.read())[1])["code"] == "bad_frame"
    wire.send(b"\x00", BINARY)
    assert await wire.code() == 4000


async def test_three_non_json_frames_close_the_socket(server: SocketServer) -> None:
    client = (await (await server.person()).connect()).client
    for text in ("x", "[]", '{"type":"ping","data":1}', "x", "{"):
        await client.ws.send_str(text)
    heard = [(await client.receive())["type"] for _ in range(5)]
    assert heard == ["error", "error", "pong", "error", "error"]
    await client.ws.send_str("1")
    assert await client.closed() == 4000


async def test_close_is_answered_with_the_same_code(server: SocketServer) -> None:
    wire = await greeted(server)
    wire.send((3999).to_bytes(2, "big") + b"bye", CLOSE)
    assert await wire.code() == 3999
    await wire.ended()
    assert server.signaling.stats.closes["other"] == 1


async def test_close_codes_of_clients_share_one_label(server: SocketServer) -> None:
    for code in (3000, 3001, 4998, 4999, 1000):
        wire = await server.wire()
        wire.send(code.to_bytes(2, "big"), CLOSE)
        assert await wire.code() == code
        await wire.ended()
    await until(lambda: server.signaling.stats.connections == 0)
    assert server.signaling.stats.closes == {"other": 4, "1000": 1}


async def test_close_without_a_code(server: SocketServer) -> None:
    wire = await greeted(server)
    wire.send(b"", CLOSE)
    assert (await wire.read())[0] == CLOSE
    await wire.ended()
    await until(lambda: server.signaling.stats.connections == 0)


async def test_connection_lost_without_a_close(server: SocketServer) -> None:
    wire = await greeted(server)
    wire.writer.transport.abort()
    await until(lambda: server.signaling.stats.connections == 0)
    assert server.signaling.stats.sessions == 0


async def test_half_open_connection(server: SocketServer) -> None:
    wire = await greeted(server)
    wire.writer.write_eof()
    await wire.ended()
    await until(lambda: server.signaling.stats.connections == 0)


async def test_unfinished_closing_handshake_holds_no_resources(server: SocketServer) -> None:
    wire = await greeted(server)
    began = time.monotonic()
    server.hub.close_user(next(iter(server.hub._people)))
    assert await wire.code() == 4003
    wire.send(b'{"type":"ping","data":"too late"}')
    await wire.ended()
    assert time.monotonic() - began < outbox.LINGER_S + 2
    await until(lambda: server.signaling.stats.connections == 0)


async def test_answered_pings_keep_the_connection(serve: Serve) -> None:
    async with running_server(serve, settings=SignalingSettings(heartbeat_ms=500)) as server:
        wire = await greeted(server)
        for _ in range(3):
            opcode, payload = await wire.read()
            assert opcode == PING
            wire.send(payload, PONG)
        assert server.signaling.stats.connections == 1


async def test_unanswered_pings_cut_the_connection(serve: Serve) -> None:
    async with running_server(serve, settings=SignalingSettings(heartbeat_ms=500)) as server:
        wire = await greeted(server)
        assert [(await wire.read())[0] for _ in range(2)] == [PING, PING]
        await wire.ended()
        await until(lambda: server.signaling.stats.connections == 0)
        await until(lambda: server.signaling.stats.closes["1006"] == 1)


async def test_reader_of_nothing_is_closed_with_4008(serve: Serve) -> None:
    async with running_server(serve, settings=SignalingSettings(rate_limits=False)) as server:
        slow = await greeted(server, receive_buffer=4096)
        other = await (await server.person()).connect()
        await flood(slow)
        assert await other.client.received_nothing()
        await until(lambda: server.signaling.stats.connections == 1)
        await until(lambda: server.signaling.stats.closes["4008"] == 1)


async def test_slow_reader_gets_the_close_code(serve: Serve) -> None:
    async with running_server(serve, settings=SignalingSettings(rate_limits=False)) as server:
        slow = await greeted(server, receive_buffer=4096)
        await flood(slow)
        assert await slow.code() == 4008


async def flood(wire: Wire) -> None:
    """Request far more than the kernel's buffers hold, and read none of it."""
    filler = frame(b'{"type":"ping","data":"%b"}' % (b"x" * 60_000))
    for _ in range(150):
        wire.writer.write(filler)
        await asyncio.wait_for(wire.writer.drain(), 8)
    await asyncio.sleep(0.1)


async def test_too_many_connections_from_one_address(server: SocketServer) -> None:
    clients = [await server.open_socket() for _ in range(50)]
    one_more = await server.open_socket()
    assert await one_more.closed() == 4429
    elsewhere = await server.open_socket(**{"X-From": "192.0.2.9"})
    assert not elsewhere.ws.closed
    await clients.pop().close()
    await until(lambda: server.signaling.stats.connections == 50)
    again = await (await server.person()).connect()
    assert await again.client.received_nothing()


async def test_no_connection_limit_when_switched_off(serve: Serve) -> None:
    async with running_server(serve, settings=SignalingSettings(rate_limits=False)) as server:
        person = await server.person()
        for _ in range(51):
            await server.open_socket()
        await person.connect()
        for n in range(300):
            await person.client.send("ping", data=n)
        assert [(await person.client.receive())["data"] for _ in range(300)] == list(range(300))


async def test_stop_closes_with_1001(server: SocketServer) -> None:
    client = (await (await server.person()).connect()).client
    silent = await server.open_socket()
    stopping = asyncio.create_task(server.signaling.stop())
    assert await client.closed() == 1001
    assert await silent.closed() == 1001
    await stopping


async def test_frames_leave_in_order(server: SocketServer) -> None:
    ada, bob, room = await in_room(server, "video")
    for n in range(40):
        await ada.client.send("signal", room_id=room, candidate={"n": n, "pad": "x" * n * 20})
    heard = [await bob.client.until("signal") for _ in range(40)]
    assert [signal["candidate"]["n"] for signal in heard] == list(range(40))
    assert [signal["seq"] for signal in heard] == list(range(2, 42))


async def test_closed_connection_leaves_no_objects(serve: Serve) -> None:
    kinds = (ClientConnection, aiohttp_socket.AiohttpSocket, aiohttp_fast_socket.FastSocket)

    def left() -> int:
        gc.collect()
        return sum(isinstance(thing, kinds) for thing in gc.get_objects())

    async with running_server(serve, settings=SignalingSettings(hello_ms=200), rules=Timing(resume_ms=200)) as server:
        before = left()
        people = [await server.person() for _ in range(5)]
        for person in people * 4:
            await person.connect()
            await person.client.close()
        await until(lambda: server.signaling.stats.connections == 0)
        await until(lambda: not server.hub._people)
        await until(lambda: left() <= before)


@pytest.mark.parametrize("serve", ["fast"], indirect=True)
async def test_open_connection_keeps_no_aiohttp_objects(server: SocketServer, serve: Serve) -> None:
    wires = [await greeted(server) for _ in range(5)]

    def left() -> int:
        gc.collect()
        return sum(isinstance(thing, web.RequestHandler) for thing in gc.get_objects())

    await until(lambda: left() == 0)
    assert server.signaling.stats.connections == len(wires)


async def test_aiohttp_client_closes_cleanly(server: SocketServer) -> None:
    client = (await (await server.person()).connect()).client
    await client.close()
    assert client.ws.close_code == 1000
    url = f"http://127.0.0.1:{server.port}/v1/ws"
    async with server.http.ws_connect(url, heartbeat=0.2) as ws:
        await asyncio.sleep(0.5)
        assert not ws.closed
