"""Passwords: argon2id in a few threads, so that many log-ins at a time block neither the event loop
nor exhaust memory.
"""

import asyncio
import os
from collections import OrderedDict, deque
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

from matchmaker.domain.errors import RateLimited

T = TypeVar("T")

_HASHER = PasswordHasher(time_cost=2, memory_cost=19 * 1024, parallelism=1)
"""OWASP's second profile: 24 ms and 19 MiB per password; the library's default takes ten times as long."""

_DECOY = "$argon2id$v=19$m=19456,t=2,p=1$c2FsdHNhbHRzYWx0c2FsdA$4Ic3rhpNbfBXqPV0Ohq0qTUFPfgGTZk0bUPRbKbkdPk"
"""A hash that no password matches. Compared when there is no such account, so that the time is that of a wrong
password."""

WAITING_MAX = 256
"""Limit of the queue: about three seconds of work; beyond it `RateLimited` is raised."""


class Passwords:
    """Hashes and verifies passwords in *threads* threads; *per_network*: limit of the queue per network, if there is
    one.
    """

    def __init__(self, threads: int = min(2, os.cpu_count() or 1), *, per_network: int | None = None) -> None:
        self._pool = ThreadPoolExecutor(threads, thread_name_prefix="argon2")
        self._free = threads
        self._per_network = per_network
        self._queues: OrderedDict[str | None, deque[asyncio.Future[None]]] = OrderedDict()
        """Waiting calls by network; the network at the head is served next. None: addresses without a network."""
        self._waiting = 0

    async def hash(self, password: str, *, network: str | None = None) -> str:
        """Return the hash of *password* to store.

        Raises:
            RateLimited: the queue is full, for *network* or in all.
        """
        return await self._run(network, _HASHER.hash, password)

    async def verify(self, sealed: str | None, password: str, *, network: str | None = None) -> bool:
        """Return whether *password* matches the hash *sealed*; takes as long when there is none (`sealed` None).

        Raises:
            RateLimited: the queue is full, for *network* or in all.
        """
        same = await self._run(network, _same, sealed or _DECOY, password)
        return same and sealed is not None

    def close(self) -> None:
        """Stop the threads."""
        self._pool.shutdown(wait=False, cancel_futures=True)

    async def _run(self, network: str | None, work: Callable[..., T], *arguments: str) -> T:
        await self._acquire(network)
        try:
            return await asyncio.get_running_loop().run_in_executor(self._pool, work, *arguments)
        finally:
            self._release()

    async def _acquire(self, network: str | None) -> None:
        if self._free:
            self._free -= 1
            return
        queue = self._queues.get(network, deque())
        is_full = network is not None and self._per_network is not None and len(queue) >= self._per_network
        if is_full or self._waiting >= WAITING_MAX:
            raise RateLimited("concurrent logins", 1_000)
        self._queues[network] = queue
        turn = asyncio.get_running_loop().create_future()
        queue.append(turn)
        self._waiting += 1
        try:
            await turn
        except asyncio.CancelledError:
            if turn.done() and not turn.cancelled():
                self._release()  # it had been given the thread already
            raise

    def _release(self) -> None:
        """Give the thread to the next waiter: networks round robin, each network in order of arrival."""
        while self._queues:
            network, queue = self._queues.popitem(last=False)
            turn = queue.popleft()
            self._waiting -= 1
            if queue:
                self._queues[network] = queue
            if not turn.done():
                turn.set_result(None)
                return
        self._free += 1


def _same(sealed: str, password: str) -> bool:
    try:
        return _HASHER.verify(sealed, password)
    except (VerificationError, InvalidHashError):
        return False
