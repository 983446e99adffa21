"""Channel events in order at each user of this node: early ones are held, missing ones are read."""

import asyncio
from collections.abc import Callable, Coroutine
from typing import Any, Final

import msgspec

from matchmaker.domain.clock import Clock
from matchmaker.domain.errors import Unavailable
from matchmaker.domain.ids import UserId
from server.db.channels.messages.hole import missed, touched
from server.db.pool import Pool
from server.people.channels.shown import Link, change_events
from signaling.routing.people_sender import EncodedEvent, PeopleSender, encode_event
from signaling.routing.positions import Position

HOLD_S: Final = 0.1
RESET_WITHIN_MS: Final = 10_000
REREAD_MAX: Final = 20_000
"""Members of channels that are checked after a loss; above that, all clients read the inbox."""
OVERLAP_MS: Final = 5_000
"""By how much the clocks of two nodes, and a commit, may differ from the instant of a message."""
FEATURE: Final = "channels"

PassOn = Callable[[UserId, str, Position, EncodedEvent], None]
"""Receives an event that was held for a user who has moved: user, channel, position, event."""


class Held(msgspec.Struct, frozen=True, kw_only=True):
    """An event for a user, or all events that lead to a position."""

    position: Position
    event: EncodedEvent | None
    """None: the user's own message, which the reply contained."""
    after: Position | None = None
    """Read everything after this if the user's position is not known."""
    since: int = 0
    """Messages that were sent earlier are skipped: the client has read the inbox since."""


class OrderedDelivery:
    """Delivers to each user of this node the events of a channel in order, each once."""

    def __init__(
        self,
        pool: Pool,
        sender: PeopleSender,
        *,
        pass_on: PassOn,
        link: Link,
        clock: Clock,
        on_fault: Callable[[BaseException], None],
    ) -> None:
        self._pool = pool
        self._sender = sender
        self._pass_on = pass_on
        self._link = link
        self._clock = clock
        self._on_fault = on_fault
        self._held: dict[tuple[UserId, str], list[Held]] = {}
        self._tasks: set[asyncio.Task[None]] = set()

    def arrive(
        self, user: UserId, channel_id: str, position: Position, event: EncodedEvent | None, *, is_first: bool
    ) -> None:
        """Deliver to *user* the event that takes a channel to *position*, or hold it until those before it have
        arrived.

        *is_first*: nothing happened in the channel in the last 60 s.
        """
        stream = self._sender.stream_of(user, FEATURE)
        if stream is None:
            return
        if (user, channel_id) in self._held:
            self._hold(user, channel_id, Held(position=position, event=event))
            return
        verdict = stream.positions.judge(channel_id, position, now=self._clock.now(), is_first=is_first)
        if verdict == "deliver":
            self._deliver(user, channel_id, position, event)
        elif verdict == "wait":
            self._hold(user, channel_id, Held(position=position, event=event))

    async def reread(self, since: int) -> bool:
        """Deliver missing events that were sent or changed since then; False: they cannot be read, or are too many.

        Recovers lost messages of other nodes. Returns before all events are delivered.
        """
        try:
            found = await touched(self._pool, since=since, limit=REREAD_MAX)
        except Unavailable:
            return False
        if found is None:
            return False
        now = self._clock.now()
        for one in found:
            stream = self._sender.stream_of(one.user, FEATURE)
            if stream is None:
                continue
            known = stream.positions.get(one.channel_id, now=now)
            if sum(one.end) > sum(known or one.after):
                began_at = stream.began_at - OVERLAP_MS if known is None else 0
                self._hold(
                    one.user, one.channel_id, Held(position=one.end, event=None, after=one.after, since=began_at)
                )
        return True

    async def close(self) -> None:
        """Stop; held events are covered by the inbox."""
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    def _hold(self, user: UserId, channel_id: str, held: Held) -> None:
        waiting = self._held.get((user, channel_id))
        if waiting is not None:
            waiting.append(held)
            return
        self._held[user, channel_id] = [held]
        self._spawn(self._release(user, channel_id))

    def _deliver(self, user: UserId, channel_id: str, position: Position, event: EncodedEvent | None) -> None:
        stream = self._sender.stream_of(user, FEATURE)
        if stream is None:
            return
        stream.positions.move(channel_id, position, now=self._clock.now())
        if event is not None:
            self._sender.deliver_encoded(user, event)

    async def _release(self, user: UserId, channel_id: str) -> None:
        """Deliver held events after a delay, in order, with those missing in between."""
        try:
            await asyncio.sleep(HOLD_S)
            while held := self._held[user, channel_id]:
                first = min(held, key=lambda one: sum(one.position))
                held.remove(first)
                stream = self._sender.stream_of(user, FEATURE)
                if stream is None:
                    if first.event is not None:
                        self._pass_on(user, channel_id, first.position, first.event)
                    continue
                known = stream.positions.get(channel_id, now=self._clock.now()) or first.after
                ahead = 1 if known is None else sum(first.position) - sum(known)
                if known is None or (ahead == 1 and first.after is None):
                    self._deliver(user, channel_id, first.position, first.event)
                elif ahead > 0:
                    await self._fill(user, channel_id, known, first)
        finally:
            self._held.pop((user, channel_id), None)

    async def _fill(self, user: UserId, channel_id: str, after: Position, upto: Held) -> None:
        """Deliver the events of a channel after a position; if they cannot be read, make the client read the inbox."""
        try:
            changes = await missed(self._pool, channel_id, after=after, upto=upto.position)
        except Unavailable:
            changes = None
        if changes is None:
            self._sender.reset(user, within_ms=RESET_WITHIN_MS)
        for change in changes or ():
            message = change.message
            is_own = message.kind == "text" and message.sender == user  # The reply contained it.
            if change.is_new and (is_own or message.sent_at < upto.since):
                continue
            event = change_events(change, link=self._link).get(user)
            if event is not None:
                self._sender.deliver_encoded(user, encode_event(event))
        self._deliver(user, channel_id, upto.position, None)

    def _spawn(self, work: Coroutine[Any, Any, None]) -> None:
        task = asyncio.get_running_loop().create_task(self._guarded(work))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _guarded(self, work: Coroutine[Any, Any, None]) -> None:
        try:
            await work
        except asyncio.CancelledError:
            raise
        except Exception as fault:  # noqa: BLE001 - reported to the operator
            self._on_fault(fault)
