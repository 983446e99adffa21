"""Calls between friends, as the matchmaker asks about them: who may be called, and what is left of each call."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Final

from matchmaker.clock import Clock
from matchmaker.errors import Unavailable
from matchmaker.friend_call import UNANSWERED, FriendCall
from matchmaker.ids import UserId
from server.ledger import friendships, notification_rows, notifications
from server.ledger.pool import Pool
from server.people.delivery import EventDelivery
from signaling.events import Notified
from signaling.people_sender import PeopleSender

RETRY_S: Final = (0.5, 1.0, 2.0, 4.0, 8.0, 16.0)
"""How long to wait before each further attempt to store what is left of a call."""

WriteCall = Callable[[FriendCall], Awaitable[None]]
"""Writes the `call` message into the DM of the two, once for each `call_id`. May raise `Unavailable`."""


async def _write_nothing(_: FriendCall) -> None:
    """Keep no message of a call."""


class FriendCallService:
    """Implements `matchmaker.friend_call.Friends`."""

    def __init__(
        self,
        pool: Pool,
        *,
        sender: PeopleSender,
        delivery: EventDelivery,
        clock: Clock,
        on_fault: Callable[[Exception], None],
        write_call: WriteCall = _write_nothing,
    ) -> None:
        self._pool = pool
        self._sender = sender
        self._delivery = delivery
        self._clock = clock
        self._on_fault = on_fault
        self.write_call = write_call
        self._tasks: set[asyncio.Task[None]] = set()

    async def are_friends(self, one: UserId, other: UserId) -> bool:
        """Return whether two users are friends. Raises `Unavailable`."""
        return await friendships.are_friends(self._pool, one, other)

    def takes_calls(self, user: UserId) -> bool:
        """Return whether the client of *user*, who is connected here, knows of calls between friends."""
        return self._sender.has_feature(user, "friends")

    def note_call(self, call: FriendCall) -> None:
        """Store what is left of a call: a message, and for the friend who missed it a notification."""
        task = asyncio.get_running_loop().create_task(self._keep(call))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def close(self) -> None:
        """Wait until what is left of each call is stored, or cannot be."""
        for task in tuple(self._tasks):
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    async def _keep(self, call: FriendCall) -> None:
        steps = [self.write_call]
        if call.outcome in UNANSWERED:
            steps.append(self._notify)
        for step in steps:
            for rest_s in (*RETRY_S, None):
                try:
                    await step(call)
                    break
                except Unavailable:
                    if rest_s is None:
                        return
                    await asyncio.sleep(rest_s)
                except Exception as fault:  # noqa: BLE001 - told to the operator
                    self._on_fault(fault)
                    return

    async def _notify(self, call: FriendCall) -> None:
        now = self._clock.now()
        async with self._pool.transaction() as connection:
            details = {"mode": call.mode, "outcome": call.outcome}
            name = await notification_rows.add(
                connection, call.callee, "missed_call", about=call.caller, details=details, now=now
            )
            told = None if name is None else await notifications.one(connection, call.callee, name)
        if told is not None:
            self._delivery.deliver({call.callee: Notified(notification=told)})
