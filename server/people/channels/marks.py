"""Marks of members: collected in memory, written once a second in one statement, then sent to the other members."""

import asyncio
from collections.abc import Callable

from msgspec import UNSET

from matchmaker.domain.clock import Clock
from matchmaker.domain.errors import Unavailable
from matchmaker.domain.ids import UserId
from server.db.channels.members.marks import Raised, raise_marks
from server.db.pool import Pool
from server.domain.people.marks import Mark
from server.people.delivery import EventDelivery
from server.runtime.background import attempt
from signaling.wire.channel_events import ChannelMarked

WAITING_MAX = 100_000
"""Marks that wait while the database is away; more are dropped: messages show as unread once more, never the
reverse."""
CHUNK = 1_000


class MarkBoard:
    """Writes marks. A crash loses those of the last second."""

    def __init__(
        self,
        pool: Pool,
        delivery: EventDelivery,
        clock: Clock,
        *,
        every_s: float,
        on_fault: Callable[[Exception], None],
    ) -> None:
        self._pool = pool
        self._delivery = delivery
        self._clock = clock
        self._every_s = every_s
        self._on_fault = on_fault
        self._waiting: dict[tuple[str, UserId], Mark] = {}
        self._filled = asyncio.Event()

    def note(self, user: UserId, channel_id: str, *, read: int, delivered: int) -> None:
        """Record how far *user* has read; written within a second."""
        key = channel_id, user
        known = self._waiting.get(key)
        if known is None and len(self._waiting) >= WAITING_MAX:
            return
        self._waiting[key] = (known or Mark()).raised(read=read, delivered=delivered)
        self._filled.set()

    async def write(self, user: UserId, channel_id: str, *, read: int, delivered: int) -> None:
        """Write how far *user* has read now.

        Raises:
            Unavailable: it cannot be made durable.
        """
        waiting = self._waiting.pop((channel_id, user), Mark())
        await self._write({(channel_id, user): waiting.raised(read=read, delivered=delivered)})

    async def run(self) -> None:
        """Write recorded marks, once a second while there are any; runs until cancelled."""
        while True:
            await self._filled.wait()
            await asyncio.sleep(self._every_s)
            await attempt(self.flush, self._on_fault)

    async def flush(self) -> None:
        """Write all recorded marks.

        Raises:
            Unavailable: they cannot be written, and stay recorded.
        """
        while self._waiting:
            chunk = {key: self._waiting.pop(key) for key in list(self._waiting)[:CHUNK]}
            try:
                await self._write(chunk)
            except Unavailable:
                for (channel_id, user), mark in chunk.items():
                    self.note(user, channel_id, read=mark.read, delivered=mark.delivered)
                raise
        self._filled.clear()

    async def _write(self, marks: dict[tuple[str, UserId], Mark]) -> None:
        for raised in await raise_marks(self._pool, marks, now=self._clock.now()):
            event = _event(raised)
            self._delivery.deliver(dict.fromkeys(raised.told, event))


def _event(raised: Raised) -> ChannelMarked:
    return ChannelMarked(
        channel_id=raised.channel_id,
        user_id=raised.user,
        read=raised.mark.read if raised.is_read else UNSET,
        delivered=UNSET if raised.is_read else raised.mark.delivered,
    )
