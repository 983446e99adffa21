"""The process of the real calls: pairs of WebRTC peers that meet through the service. Its parent is `calls`.

Reads one JSON line from standard input, starts, and ends with the input; reports in JSON lines.
"""

import asyncio
import os
import random
import sys
from contextlib import suppress
from typing import Any, Literal

import msgspec
import uvloop

from server.drill.clients.camera import Peer
from server.drill.clients.client_log import ClientLog
from server.drill.clients.client_pool import until_all
from server.drill.clients.outcomes import FrameRefused, Interrupted
from server.drill.clients.scripted_client import ScriptedClient

TELL_EVERY_S = 0.25
LONG_S = 1800
NICENESS = -10
"""A negative value needs privileges."""


class CallerOrder(msgspec.Struct, frozen=True):
    """The two users of a call, and the node of each."""

    urls: list[str]
    seed: int
    people: list[tuple[str, str, str]]
    """Token, id and name; the first calls the second, and so on."""


class CallerReport(msgspec.Struct, frozen=True):
    """A report: that all calls are connected, what has arrived since the last report, or, at the end, everything."""

    kind: Literal["flows", "arrived", "end"]
    pictures: dict[str, list[float]] = {}
    words: dict[str, list[float]] = {}
    logs: list[ClientLog] = []


class Caller:
    """A user with a camera."""

    def __init__(self, person: ScriptedClient) -> None:
        self.person = person
        self.peer = Peer(lambda mine: person.tell("signal", room_id=self.room_id, description=mine))
        self._heard = 0

    @property
    def room_id(self) -> str:
        """The room of the user."""
        assert self.person.room is not None
        return str(self.person.room["room_id"])

    async def listen(self) -> None:
        """Receive the descriptions of the peer; runs until cancelled."""
        while True:
            await self.person.until(lambda: len(self._descriptions()) > self._heard, patience_s=86_400)
            theirs = self._descriptions()[self._heard]
            self._heard += 1
            await self.peer.take(theirs)

    def _descriptions(self) -> list[dict[str, Any]]:
        heard = self.person.log.heard("signal")
        return [entry.frame["description"] for entry in heard if "description" in entry.frame]


async def call(one: Caller, other: Caller) -> None:
    """Make two users meet, and return when each receives the other's media."""
    for caller in (one, other):
        await caller.person.connect()
    await other.person.ask("queue.join", mode="video", pairing="manual", duration_s=LONG_S)
    invited = await one.person.ask("invite.send", user_id=other.person.user_id, mode="video", duration_s=LONG_S)
    await other.person.ask("invite.accept", invite_id=invited["invite"]["invite_id"])
    for caller in (one, other):
        await caller.person.until(lambda c=caller: c.person.room is not None)  # type: ignore[misc]
    await one.peer.offer()
    for caller in (one, other):
        while not caller.peer.flows:  # noqa: ASYNC110 - at the start only
            await asyncio.sleep(0.05)
        await caller.person.ask("room.ready", room_id=caller.room_id)


async def hang_up(one: Caller, other: Caller) -> None:
    """End a call, and wait until both know."""
    with suppress(FrameRefused, Interrupted, AssertionError):
        await one.person.ask("room.leave", room_id=one.room_id)
        await until_all((one.person, other.person), lambda person: person.room is None, patience_s=5)


async def run() -> None:
    """Run the calls until standard input ends."""
    with suppress(OSError):
        # Real browsers have machines of their own: starvation here would not be caused by the service.
        os.nice(NICENESS)
    reader = asyncio.StreamReader(limit=1 << 22)
    await asyncio.get_running_loop().connect_read_pipe(lambda: asyncio.StreamReaderProtocol(reader), sys.stdin)
    wish = msgspec.json.decode(await reader.readline(), type=CallerOrder)
    rng = random.Random(wish.seed)
    callers = [Caller(ScriptedClient(wish.urls, *one, random.Random(rng.random()))) for one in wish.people]
    listening = [asyncio.create_task(caller.listen()) for caller in callers]
    await asyncio.gather(*(call(*pair) for pair in zip(callers[::2], callers[1::2], strict=True)))
    say(CallerReport("flows"))
    end = asyncio.create_task(reader.read())
    while not end.done():
        await asyncio.wait([end], timeout=TELL_EVERY_S)
        say(_arrived(callers))
    await asyncio.gather(*(hang_up(*pair) for pair in zip(callers[::2], callers[1::2], strict=True)))
    say(CallerReport("end", logs=[caller.person.log for caller in callers]))
    for task in listening:
        task.cancel()
    await asyncio.gather(*(caller.peer.close() for caller in callers))
    for caller in callers:
        caller.person.leave()


def _arrived(callers: list[Caller]) -> CallerReport:
    pictures, words = {}, {}
    for caller in callers:
        name = caller.person.log.name
        pictures[name], caller.peer.pictures = caller.peer.pictures, []
        words[name], caller.peer.words = caller.peer.words, []
    return CallerReport("arrived", pictures=pictures, words=words)


def say(told: CallerReport) -> None:
    """Write one line for the parent."""
    sys.stdout.buffer.write(msgspec.json.encode(told) + b"\n")
    sys.stdout.buffer.flush()


if __name__ == "__main__":
    uvloop.run(run())
