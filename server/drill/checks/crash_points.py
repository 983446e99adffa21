"""Critical moments for a crash: each prepares one, and returns the delay until the crash."""

import asyncio
from collections.abc import Awaitable, Callable, Coroutine
from contextlib import suppress
from typing import Any, Final

from server.drill.clients.client_pool import Pair
from server.drill.clients.outcomes import FrameRefused, Interrupted
from server.drill.clients.scripted_client import ScriptedClient
from server.drill.drill_context import DrillContext

MODE: Final = "text"
"""The mode of the rooms: text needs no `room.ready`."""

Moment = Callable[[], Awaitable[float]]


class CrashPoints:
    """Residents stay in their rooms; strangers meet and leave, each pair once."""

    def __init__(self, context: DrillContext, residents: list[Pair], strangers: list[ScriptedClient]) -> None:
        self._context = context
        self._residents = residents
        self._strangers = strangers
        self._met: set[frozenset[str]] = set()
        self._doing: set[asyncio.Task[None]] = set()
        self.kinds: Final[dict[str, Moment]] = {
            "at rest": self.rest,
            "during a chat commit": self.chat,
            "during an invite": self.invite,
            "between accept and room": self.accept,
            "during an ending": self.ending,
            "while people return": self.returning,
        }

    async def rest(self) -> float:
        """Prepare nothing special."""
        return self._context.rng.uniform(0, 0.5)

    async def chat(self) -> float:
        """Send a message of every user at the same moment."""
        for pair in self._residents:
            for person in pair:
                person.say("all at once")
                self._context.clients.signal(person)
        return self._context.rng.uniform(0, 0.04)

    async def invite(self) -> float:
        """Make strangers invite each other."""
        for one, other in self._pairs():
            self._begin(self._invite(one, other))
        return self._context.rng.uniform(0, 0.06)

    async def accept(self) -> float:
        """Open invites, and accept all of them at the same moment."""
        pairs = self._pairs()
        await asyncio.gather(*(self._invite(one, other) for one, other in pairs), return_exceptions=True)
        for _, other in pairs:
            if other.invite is not None:
                self._begin(other.ask("invite.accept", invite_id=other.invite["invite_id"]))
        return self._context.rng.uniform(0, 0.02)

    async def ending(self) -> float:
        """Make strangers leave their rooms."""
        for person in self._strangers:
            if person.room is not None and person.is_here:
                self._begin(person.ask("room.leave", room_id=person.room["room_id"]))
        return self._context.rng.uniform(0, 0.02)

    async def returning(self) -> float:
        """Cut the connections of half of all users, so that they reconnect at that moment."""
        for person in self._context.clients.people[::2]:
            person.drop()
        return self._context.rng.uniform(0, 1.0)

    async def settle(self) -> None:
        """Return once everything that was started has ended, with any outcome."""
        while self._doing:
            await asyncio.wait(self._doing)

    def _pairs(self) -> list[Pair]:
        """Return pairs of idle users that have not met."""
        free = [person for person in self._strangers if person.is_here and person.phase in ("idle", "queued")]
        self._context.rng.shuffle(free)
        pairs: list[Pair] = []
        while free:
            one = free.pop()
            other = next((two for two in free if frozenset((one.user_id, two.user_id)) not in self._met), None)
            if other is not None:
                free.remove(other)
                self._met.add(frozenset((one.user_id, other.user_id)))
                pairs.append((one, other))
        return pairs

    async def _invite(self, one: ScriptedClient, other: ScriptedClient) -> None:
        with suppress(FrameRefused, Interrupted):
            await other.ask("queue.join", mode=MODE, pairing="manual")
            await one.ask("invite.send", user_id=other.user_id, mode=MODE)

    def _begin(self, work: Coroutine[Any, Any, Any]) -> None:
        async def safely() -> None:
            with suppress(FrameRefused, Interrupted):
                await work

        task = asyncio.create_task(safely())
        self._doing.add(task)
        task.add_done_callback(self._doing.discard)
