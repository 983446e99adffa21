"""Fair scheduling of HTTP requests: a bounded number starts per iteration of the event loop, networks in rotation."""

import asyncio
from collections import OrderedDict, deque
from collections.abc import Callable
from functools import partial
from typing import Final

from server.domain.networks import limit_prefixes

PER_TURN: Final = 4
"""Requests that start in one iteration of the loop, about 1 ms of work: sockets with data wait no longer."""

Begin = Callable[[], bool]
"""Starts a request; returns False if its client has disconnected. Does not raise."""


class Turns:
    """Without this every connection with a request to handle gets its share in each iteration of the loop, so that
    thousands of connections delay everything else in proportion to their number.
    """

    def __init__(self, per_turn: int = PER_TURN) -> None:
        self._per_turn = self._left = per_turn
        self._waiting: OrderedDict[str, deque[Begin]] = OrderedDict()
        """By network, the next one first. A connection has at most one request in here."""
        self._is_due = False

    async def enter(self, address: str) -> None:
        """Return when a request from *address* may start: immediately unless the requests of this iteration have
        started.
        """
        if self.begin_now():
            return
        waiter: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self.begin_later(address, partial(_wake, waiter))
        await waiter

    def begin_now(self) -> bool:
        """Start a request in this iteration; False: it has to wait."""
        if not self._is_due:
            self._is_due = True
            asyncio.get_running_loop().call_soon(self._next)
        if self._left and not self._waiting:
            self._left -= 1
            return True
        return False

    def begin_later(self, address: str, begin: Begin) -> None:
        """Call *begin* when a request from *address* may start, after `begin_now` has returned False."""
        # The widest prefix: many addresses of one network wait for each other.
        self._waiting.setdefault(limit_prefixes(address)[-1][0], deque()).append(begin)

    def _next(self) -> None:
        self._left = self._per_turn
        while self._left and self._waiting:
            network, queue = self._waiting.popitem(last=False)
            begin = queue.popleft()
            if queue:
                self._waiting[network] = queue
            if begin():
                self._left -= 1
        self._is_due = self._left < self._per_turn
        if self._is_due:
            asyncio.get_running_loop().call_soon(self._next)


def _wake(waiter: "asyncio.Future[None]") -> bool:
    if waiter.done():
        return False
    waiter.set_result(None)
    return True
