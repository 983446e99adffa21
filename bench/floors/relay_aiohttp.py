"""The floor in Python: aiohttp as documented, on uvloop. It pairs clients in order of arrival and relays; it has no
rules.

Nothing is checked or stored: the difference to Rondo is the cost of its rules.
"""

import sys
import uuid
from collections import deque

import msgspec
import uvloop
from aiohttp import WSMsgType, web


class Frame(msgspec.Struct, gc=False):
    """The fields of a frame that a relay reads."""

    type: str
    room_id: str | None = None
    token: str | None = None


class Person:
    """One connection, and its peer."""

    __slots__ = ("peer", "room_id", "ws")

    def __init__(self, ws: web.WebSocketResponse) -> None:
        self.ws = ws
        self.peer: Person | None = None
        self.room_id = ""


class Relay:
    """The queue, and the frames between pairs."""

    def __init__(self) -> None:
        self._waiting: deque[Person] = deque()
        self._decoder = msgspec.json.Decoder(Frame)

    async def serve(self, request: web.Request) -> web.WebSocketResponse:
        """Serve one connection until it is closed."""
        ws = web.WebSocketResponse(compress=False)
        await ws.prepare(request)
        person = Person(ws)
        async for message in ws:
            if message.type is not WSMsgType.TEXT:
                break
            await self._handle(person, self._decoder.decode(message.data), message.data)
        if person in self._waiting:
            self._waiting.remove(person)
        return ws

    async def _handle(self, person: Person, frame: Frame, text: str) -> None:
        if frame.type == "signal":
            if person.peer:
                await person.peer.ws.send_str(text)
        elif frame.type == "queue.join":
            await self._pair(person)
        elif frame.type == "room.leave":
            await self._end(person)
        elif frame.type == "hello":
            await person.ws.send_str('{"type":"welcome","state":{"phase":"idle"}}')

    async def _pair(self, person: Person) -> None:
        if not self._waiting:
            self._waiting.append(person)
            return
        peer = self._waiting.popleft()
        person.peer, peer.peer = peer, person
        person.room_id = peer.room_id = str(uuid.uuid4())
        for one, role in ((peer, "offerer"), (person, "answerer")):
            await one.ws.send_str(f'{{"type":"room.started","room":{{"room_id":"{one.room_id}","role":"{role}"}}}}')

    async def _end(self, person: Person) -> None:
        peer = person.peer
        if peer is None:
            return
        person.peer = peer.peer = None
        for one in (person, peer):
            await one.ws.send_str(f'{{"type":"room.ended","room_id":"{one.room_id}","reason":"next"}}')
        await self._pair(person)


def main() -> None:
    """Serve until SIGTERM."""
    app = web.Application()
    app.router.add_get("/v1/ws", Relay().serve)
    uvloop.install()
    web.run_app(
        app, host="127.0.0.1", port=int(sys.argv[1]), access_log=None, print=None, shutdown_timeout=0.1, backlog=1024
    )


if __name__ == "__main__":
    main()
