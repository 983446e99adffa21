"""Calls between friends for the matchmaker: who may be called, and the record of each call."""

import asyncio
from collections import defaultdict
from collections.abc import Awaitable, Callable
from typing import Final

from matchmaker.domain.clock import Clock
from matchmaker.domain.errors import Unavailable
from matchmaker.domain.friend_call import FriendCall
from matchmaker.domain.ids import UserId
from server.db.channels import calls
from server.db.pool import Pool
from server.domain.people.friend_calls import CallTerms, wait_ms
from signaling.routing.people_sender import PeopleSender

RETRY_S: Final = (0.5, 1.0, 2.0, 4.0, 8.0, 16.0)
"""Delays before each further attempt to store the record of a call."""
KEPT_WITHIN_S: Final = 1.0
"""How long a further call waits until the previous one is stored, so that it counts."""


class FriendCallService:
    """Implements `matchmaker.domain.friend_call.FriendCallRules`."""

    def __init__(
        self,
        pool: Pool,
        *,
        sender: PeopleSender,
        clock: Clock,
        terms: CallTerms,
        on_fault: Callable[[Exception], None],
        record: Callable[[FriendCall], Awaitable[None]],
    ) -> None:
        """*record* writes the record of a call, once for each `call_id`; may raise `Unavailable`."""
        self._pool = pool
        self._sender = sender
        self._clock = clock
        self._terms = terms
        self._on_fault = on_fault
        self._record = record
        self._tasks: defaultdict[tuple[UserId, UserId], set[asyncio.Task[None]]] = defaultdict(set)
        """By caller and callee: the calls that are being stored."""

    async def call_wait_ms(self, caller: UserId, callee: UserId) -> int | None:
        """Return how long *caller* has to wait before calling *callee*; None: they are not friends.

        Unanswered calls are counted in the DM, so that they count at every node. Raises `Unavailable`.
        """
        if tasks := self._tasks.get((caller, callee)):
            await asyncio.wait(tasks, timeout=KEPT_WITHIN_S)
        now, terms = self._clock.now(), self._terms
        ended = await calls.unanswered(self._pool, caller, callee, since=now - terms.within_ms, limit=terms.many)
        return None if ended is None else wait_ms(ended, now=now, terms=terms)

    def takes_calls(self, user: UserId) -> bool:
        """Return whether the client of *user*, who is connected here, supports calls between friends."""
        return self._sender.has_feature(user, "friends")

    def note_call(self, call: FriendCall) -> None:
        """Store the record of a call: a message, and for a friend who missed it a notification."""
        key = call.caller, call.callee
        task = asyncio.get_running_loop().create_task(self._keep(call))
        self._tasks[key].add(task)
        task.add_done_callback(lambda done: self._forget(key, done))

    async def close(self) -> None:
        """Stop. The record of a room that is not stored yet is written by another node, or at the next start."""
        tasks = [task for tasks in self._tasks.values() for task in tasks]
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    def _forget(self, key: tuple[UserId, UserId], task: "asyncio.Task[None]") -> None:
        self._tasks[key].discard(task)
        if not self._tasks[key]:
            del self._tasks[key]

    async def _keep(self, call: FriendCall) -> None:
        for rest_s in (*RETRY_S, None):
            try:
                await self._record(call)
            except Unavailable:
                if rest_s is None:
                    return
                await asyncio.sleep(rest_s)
            except Exception as fault:  # noqa: BLE001 - reported to the operator
                self._on_fault(fault)
                return
            else:
                return
