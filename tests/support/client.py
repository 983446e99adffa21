"""A user in a story: signs up, opens a socket, sends and receives frames. Independent of the server's code."""

import asyncio
import itertools
from collections import Counter
from types import TracebackType
from typing import Any, Self

import aiohttp

from tests.support import contract

PATIENCE_S = 8
"""How long a story waits for what must happen; never how long it takes."""

LOOKED_AT = 20
"""How many frames of a type each person holds against the contract."""

Frame = dict[str, Any]


class Refused(Exception):
    """The server has answered with an error."""

    def __init__(self, frame: Frame) -> None:
        super().__init__(f"{frame.get('code')}: {frame.get('message')}")
        self.frame = frame
        self.code = frame.get("code")


class Person:
    """One user of the service and their newest socket."""

    def __init__(self, http: aiohttp.ClientSession, base: str, name: str) -> None:
        self.http = http
        self.base = base
        self.name = name
        self.token = ""
        self.user_id = ""
        self.welcome: Frame = {}
        self.events: list[Frame] = []
        """Every event of this user's sockets, in the order of arrival."""
        self.seq = 0
        self.people_seq = 0
        self._unreceived: list[Frame] = []
        self._waiting: dict[int, asyncio.Future[Frame]] = {}
        self._ids = itertools.count(1)
        self._arrived = asyncio.Event()
        self._seen: Counter[str] = Counter()
        self._ws: aiohttp.ClientWebSocketResponse | None = None
        self.reading: asyncio.Task[int | None] | None = None

    async def sign_up(self, **details: Any) -> Self:
        body = {"display_name": self.name, "adult": True, **details}
        answer = await self.call("POST", "/v1/auth/guest", body)
        self.token, self.user_id = answer["token"], answer["user"]["user_id"]
        return self

    async def call(self, method: str, path: str, body: Frame | None = None, *, status: int | None = None) -> Any:
        headers = {"Authorization": f"Bearer {self.token}"} if self.token else {}
        async with self.http.request(method, self.base + path, json=body, headers=headers) as response:
            answer = await response.json() if response.content_length else None
            if status is None and response.status >= 400:
                raise Refused(answer["error"])
            assert status is None or response.status == status, (response.status, answer)
            return answer

    async def connect(self, *, resume: bool = False, **announced: Any) -> Frame:
        """Open a socket and send hello with *announced*; with *resume* continue the last session."""
        ws = await self.http.ws_connect(self.base.replace("http", "ws", 1) + "/v1/ws")
        hello: Frame = {"type": "hello", "token": self.token, **announced}
        if resume:
            hello["resume"] = {"key": self.welcome["resume_key"], "seq": self.seq}
            if "features" in announced:
                hello["resume"]["people_seq"] = self.people_seq
        await ws.send_json(hello)
        welcome: Frame = await asyncio.wait_for(ws.receive_json(), PATIENCE_S)
        if welcome["type"] == "error":
            raise Refused(welcome)
        assert welcome["type"] == "welcome", welcome
        contract.check(welcome)
        if not welcome["resumed"]:
            self.seq = 0
        if not welcome.get("people_resumed"):
            self.people_seq = 0
        self.welcome, self._ws = welcome, ws
        self.reading = asyncio.create_task(self._read(ws))
        return welcome

    @property
    def state(self) -> Frame:
        state: Frame = self.welcome["state"]
        return state

    async def ask(self, kind: str, /, **fields: Any) -> Frame:
        """Send a frame and return its reply.

        Raises:
            Refused: the reply is an error.
        """
        assert self._ws is not None
        number = next(self._ids)
        self._waiting[number] = asyncio.get_running_loop().create_future()
        await self._ws.send_json({"type": kind, "id": number, **fields})
        reply = await asyncio.wait_for(self._waiting[number], PATIENCE_S)
        if not contract.admits({"type": kind, "id": number, **fields}):
            assert reply.get("code") in ("bad_frame", "invalid"), "what the document forbids is refused"
        if reply["type"] == "error":
            raise Refused(reply)
        return reply

    async def send(self, kind: str, /, **fields: Any) -> None:
        """Send a frame without a reply."""
        assert self._ws is not None
        await self._ws.send_json({"type": kind, **fields})

    async def send_raw(self, text: str | bytes) -> None:
        assert self._ws is not None
        await (self._ws.send_str(text) if isinstance(text, str) else self._ws.send_bytes(text))

    async def receive(self, kind: str, **match: Any) -> Frame:
        """Return the first event of this type, not received before, with these fields; wait for it."""
        async with asyncio.timeout(PATIENCE_S) as patience:
            try:
                while True:
                    for event in self._unreceived:
                        if event["type"] == kind and all(event.get(k) == v for k, v in match.items()):
                            self._unreceived.remove(event)
                            return event
                    self._arrived.clear()
                    await self._arrived.wait()
            finally:
                if patience.when() is not None and patience.expired():
                    raise AssertionError(f"{self.name} did not receive {kind} {match}, but {self.events[-8:]}")

    def received(self, kind: str, **match: Any) -> list[Frame]:
        """Return every event so far of this type that has these fields."""
        return [e for e in self.events if e["type"] == kind and all(e.get(k) == v for k, v in match.items())]

    async def receive_all(self) -> None:
        """Return once everything that the server has sent so far is received."""
        await self.ask("ping")

    async def abort(self) -> None:
        """Close the connection without a close frame."""
        if self._ws is not None:
            connection = self._ws._response.connection
            if connection is not None and connection.transport is not None:
                connection.transport.abort()
        if self.reading is not None:
            self.reading.cancel()
        await self._ended()

    async def closed(self) -> int:
        """Wait until the server has closed the socket; return the code."""
        assert self.reading is not None
        code = await asyncio.wait_for(asyncio.shield(self.reading), PATIENCE_S)
        assert code is not None
        return code

    async def close(self) -> None:
        """Close the socket with a close frame."""
        if self._ws is not None:
            await self._ws.close()
        await self._ended()

    async def delete_account(self) -> None:
        """Delete the account, if it exists, and disconnect."""
        if self.token:
            async with self.http.delete(self.base + "/v1/me", headers={"Authorization": f"Bearer {self.token}"}):
                pass
        await self.abort()

    async def _ended(self) -> None:
        if self.reading is not None:
            await asyncio.wait([self.reading], timeout=PATIENCE_S)
        self._ws = None

    async def _read(self, ws: aiohttp.ClientWebSocketResponse) -> int | None:
        async for message in ws:
            frame: Frame = message.json()
            self._check_against_document(frame)
            if frame["type"] in ("reply", "error", "pong") and frame.get("id") in self._waiting:
                self._waiting.pop(frame["id"]).set_result(frame)
                continue
            if "seq" in frame:
                assert frame["seq"] == self.seq + 1, (self.seq, frame)
                self.seq = frame["seq"]
            if "people_seq" in frame:
                assert frame["people_seq"] == self.people_seq + 1, (self.people_seq, frame)
                self.people_seq = 0 if frame["type"] == "people.reset" else frame["people_seq"]
            self.events.append(frame)
            self._unreceived.append(frame)
            self._arrived.set()
        return ws.close_code

    def _check_against_document(self, frame: Frame) -> None:
        """Check that the document describes *frame*; in a long story only the first few of each type."""
        self._seen[frame["type"]] += 1
        if self._seen[frame["type"]] <= LOOKED_AT:
            contract.check(frame)

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, tb: TracebackType | None
    ) -> None:
        await self.delete_account()


async def meet(one: Person, other: Person, mode: str = "text", **wishes: Any) -> Frame:
    """Make two users meet through the queue; return the room as *one*, who waited longer, sees it."""
    await one.ask("queue.join", mode=mode, auto_accept=True, **wishes)
    await other.ask("queue.join", mode=mode, auto_accept=True, **wishes)
    room: Frame = (await one.receive("room.started"))["room"]
    assert (await other.receive("room.started"))["room"]["room_id"] == room["room_id"]
    return room


async def go_live(one: Person, other: Person, room_id: str) -> Frame:
    """Connect media for both; return `room.live`."""
    await one.ask("room.ready", room_id=room_id)
    await other.ask("room.ready", room_id=room_id)
    await other.receive("room.live")
    return await one.receive("room.live")
