"""One node on a loopback port: the real matchmaker and hub over in-memory ports; clients that speak raw JSON."""

import asyncio
import itertools
import json
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import Any, Self

import aiohttp
from aiohttp import web

from matchmaker.domain.clock import SystemClock
from matchmaker.domain.ids import UserId, new_id
from matchmaker.domain.profile import Profile
from matchmaker.domain.timing import Timing
from matchmaker.matchmaker import Matchmaker
from matchmaker.services.cached_room import RoomCache
from matchmaker.services.state_store import StateStore
from server.auth.forwarded import ClientRequest
from server.http.transport.connections import Bounds, Connections
from server.http.transport.fair_turns import Turns
from server.http.transport.first_request import FirstRequest
from server.http.transport.websocket_upgrade import Upgrades
from server.runtime.fault_log import Faults
from server.runtime.listener import listen
from signaling.connection.settings import SignalingSettings
from signaling.routing.hub import Hub
from signaling.routing.stats import SocketStats
from signaling.server import SignalingServer
from signaling.transport import aiohttp_fast_socket
from signaling.transport.aiohttp_socket import Handler
from signaling.wire.serializers import EventSerializer
from tests.support import contract
from tests.support.memory_ports import MemoryAuthenticator, YieldingRepository
from tests.support.raw_socket import Wire

PATIENCE_S = 20
"""How long a test waits for what must happen; never how long it takes."""
ICE: list[dict[str, object]] = [{"urls": ["stun:stun.example.org"]}]

Frame = dict[str, Any]
Serve = Callable[[SignalingServer, Callable[[web.Request], str]], Handler]


BOUNDS = Bounds(keep_alive_s=75, proxy_keep_alive_s=75, header_s=10, write_s=10, total=10_000, per_address=None)


def fronted(signaling: SignalingServer, address_of: Callable[[web.Request], str]) -> Handler:
    """Serve the fast socket behind `FirstRequest`, which opens most sockets without this handler."""
    return aiohttp_fast_socket.handler(signaling, address_of)


class SocketServer:
    """One node on a port of the loopback interface."""

    def __init__(self, serve: Serve, *, rules: Timing, settings: SignalingSettings) -> None:
        self.clock = SystemClock()
        self.faults: list[BaseException] = []
        room_cache = RoomCache()
        self.hub = Hub(
            view=EventSerializer(lambda _: ICE, messages_of=room_cache.messages_of),
            clock=self.clock,
            resume_ms=rules.resume_ms,
            stats=SocketStats(),
            on_fault=self.faults.append,
        )
        self.repository = YieldingRepository()
        self.matchmaker = Matchmaker(
            store=StateStore(self.hub.deliver),
            room_cache=room_cache,
            repository=self.repository,
            clock=self.clock,
            rules=rules,
            on_fault=lambda _, fault: self.faults.append(fault),
        )
        self.authenticator = MemoryAuthenticator()
        self.signaling = SignalingServer(
            hub=self.hub,
            matchmaker=self.matchmaker,
            authenticator=self.authenticator,
            clock=self.clock,
            on_fault=self.faults.append,
            settings=settings,
        )
        self._is_fronted = serve is fronted
        self._handler = serve(self.signaling, _address_of)
        self.port = 0
        self.http: aiohttp.ClientSession
        self._wires: list[Wire] = []
        self._runner: web.AppRunner
        self._connections: Connections
        self._server: asyncio.Server

    async def start(self) -> None:
        """Return once the node takes connections."""
        app = web.Application()
        app.router.add_get("/v1/ws", self._handler)
        self._runner = web.AppRunner(app)
        await self._runner.setup()
        if self._is_fronted:
            await self._listen_in_front()
        else:
            site = web.TCPSite(self._runner, "127.0.0.1", 0)
            await site.start()
            self.port = self._runner.addresses[0][1]
        self.signaling.start()
        self.http = aiohttp.ClientSession()

    async def _listen_in_front(self) -> None:
        self._connections = Connections(BOUNDS, Faults())
        upgrades = Upgrades(self.signaling, Turns(), whence=_address_of, may_open=lambda _request, _address: True)
        listener = listen("127.0.0.1", 0)
        self.port = listener.getsockname()[1]
        self._server = await self._connections.listen(
            self._runner,
            listener,
            backlog=100,
            protocol=lambda server: FirstRequest(self._connections, lambda _: True, server, upgrades),
        )

    async def stop(self) -> None:
        """Return once nothing is running; faults fail the test here."""
        await self.http.close()
        for wire in self._wires:
            wire.writer.transport.abort()  # a client that answers no closing handshake would hold up the end
        await self.signaling.stop()
        await self._runner.cleanup()
        if self._is_fronted:
            self._server.close()
            self._connections.stop()
        await self.matchmaker.close()
        await self.repository.close()
        assert not self.faults, self.faults
        assert self.signaling.stats.connections == 0
        assert self.signaling.stats.sessions == 0

    async def person(self, name: str = "Ada") -> "SocketUser":
        """Return a new user."""
        now = self.clock.now()
        profile = Profile(user_id=UserId(new_id(now)), display_name=name)
        self.repository.users.add(profile.user_id)
        return SocketUser(self, profile, *self.authenticator.issue_token(profile, now=now))

    async def open_socket(self, **headers: str) -> "SocketClient":
        """Open a socket without a hello."""
        ws = await self.http.ws_connect(
            f"http://127.0.0.1:{self.port}/v1/ws", headers=headers, max_msg_size=0, protocols=("rondo.v1",)
        )
        return SocketClient(ws)

    async def wire(self, *, after: bytes = b"", receive_buffer: int = 0) -> Wire:
        """Open a socket whose bytes the test writes itself."""
        self._wires.append(await Wire.open(self.port, after=after, receive_buffer=receive_buffer))
        return self._wires[-1]


class SocketClient:
    """A client's end of one socket."""

    def __init__(self, ws: aiohttp.ClientWebSocketResponse) -> None:
        self.ws = ws
        self._ids = itertools.count(1)

    async def send(self, kind: str, **fields: Any) -> None:
        """Send a frame without an `id`."""
        await self.ws.send_str(json.dumps({"type": kind, **fields}))

    async def receive(self) -> Frame:
        """Return the next frame."""
        message = await asyncio.wait_for(self.ws.receive(), PATIENCE_S)
        assert message.type is aiohttp.WSMsgType.TEXT, (message, self.ws.close_code)
        frame: Frame = json.loads(message.data)
        contract.check(frame)
        return frame

    async def until(self, *kinds: str) -> Frame:
        """Return the next frame of one of these types; others are passed over."""
        while True:
            frame = await self.receive()
            if frame["type"] in kinds:
                return frame

    async def ask(self, kind: str, **fields: Any) -> Frame:
        """Send a frame with an `id`, and return its answer; other frames are passed over."""
        frame_id = next(self._ids)
        await self.send(kind, id=frame_id, **fields)
        while True:
            frame = await self.receive()
            if frame.get("id") == frame_id:
                return frame

    async def closed(self) -> int:
        """Return the code with which the server closes; frames before it are passed over."""
        while True:
            message = await asyncio.wait_for(self.ws.receive(), PATIENCE_S)
            if message.type in (aiohttp.WSMsgType.CLOSE, aiohttp.WSMsgType.CLOSED, aiohttp.WSMsgType.CLOSING):
                return self.ws.close_code or 0
            assert message.type is not aiohttp.WSMsgType.ERROR, message

    async def received_nothing(self) -> bool:
        """Return whether nothing came before the answer to a ping."""
        await self.send("ping", data="silence")
        frame = await self.receive()
        return frame["type"] == "pong" and frame["data"] == "silence"

    async def close(self) -> None:
        """Close properly."""
        await self.ws.close()

    def abort(self) -> None:
        """Close the connection without a close frame."""
        response = self.ws._response
        assert response.connection is not None
        assert response.connection.transport is not None
        response.connection.transport.abort()


class SocketUser:
    """A user with a token, and their newest socket."""

    def __init__(self, server: SocketServer, profile: Profile, token: str, login_id: str) -> None:
        self.server = server
        self.profile = profile
        self.token = token
        self.login_id = login_id
        self.welcome: Frame = {}
        self.client: SocketClient

    @property
    def user_id(self) -> UserId:
        """The user's id."""
        return self.profile.user_id

    async def connect(self, *, seq: int | None = None, key: str | None = None, **headers: str) -> Self:
        """Open a socket and send hello; with *seq*, resume from there."""
        self.client = await self.server.open_socket(**headers)
        known = self.welcome.get("resume_key") if key is None else key
        resume = {} if seq is None else {"resume": {"key": known, "seq": seq}}
        await self.client.send("hello", token=self.token, **resume)
        self.welcome = await self.client.receive()
        assert self.welcome["type"] == "welcome", self.welcome
        return self


def _address_of(request: ClientRequest) -> str:
    return request.headers.get("X-From", "127.0.0.1")


@asynccontextmanager
async def running_server(
    serve: Serve, *, rules: Timing | None = None, settings: SignalingSettings | None = None
) -> AsyncIterator[SocketServer]:
    """Run a node."""
    server = SocketServer(serve, rules=rules or Timing(), settings=settings or SignalingSettings())
    await server.start()
    try:
        yield server
    finally:
        await server.stop()


async def until(condition: Callable[[], object]) -> None:
    """Return once *condition* holds."""
    async with asyncio.timeout(3 * PATIENCE_S):
        while not condition():  # noqa: ASYNC110 - there is no event to wait for
            await asyncio.sleep(0.01)


async def in_room(server: SocketServer, mode: str = "text") -> tuple[SocketUser, SocketUser, str]:
    """Return two users in a room, and its id; both have received `room.started`."""
    ada, bob = await (await server.person("Ada")).connect(), await (await server.person("Bob")).connect()
    await ada.client.send("queue.join", mode=mode, auto_accept=True)
    await bob.client.send("queue.join", mode=mode, auto_accept=True)
    started = [await person.client.until("room.started") for person in (ada, bob)]
    return ada, bob, started[0]["room"]["room_id"]
