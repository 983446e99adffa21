"""Passwords: argon2id in a few threads, so that a storm of logins starves neither the loop nor the memory."""

import asyncio
import os
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

from matchmaker.errors import RateLimited

T = TypeVar("T")

_HASHER = PasswordHasher(time_cost=2, memory_cost=19 * 1024, parallelism=1)
"""OWASP's second profile: 24 ms and 19 MiB a password; the library's own default takes ten times as long."""

_DECOY = "$argon2id$v=19$m=19456,t=2,p=1$c2FsdHNhbHRzYWx0c2FsdA$4Ic3rhpNbfBXqPV0Ohq0qTUFPfgGTZk0bUPRbKbkdPk"
"""Fits no password. Compared with when there is no such account, which then takes as long as a wrong password."""

WAITING_MAX = 64
"""How many may wait for a thread: about a second and a half of work; beyond that it is kinder to say no."""


class Passwords:
    """Hashes and compares, two at a time."""

    def __init__(self, threads: int = min(2, os.cpu_count() or 1)) -> None:
        self._pool = ThreadPoolExecutor(threads, thread_name_prefix="argon2")
        self._waiting = 0

    async def seal(self, password: str) -> str:
        """Return what may be stored of *password*.

        Raises:
            RateLimited: too many are waiting for this.
        """
        return await self._run(_HASHER.hash, password)

    async def fits(self, sealed: str | None, password: str) -> bool:
        """Tell whether *password* is the one that was sealed; as slow when nothing was (`sealed` None).

        Raises:
            RateLimited: too many are waiting for this.
        """
        same = await self._run(_same, sealed or _DECOY, password)
        return same and sealed is not None

    def close(self) -> None:
        """Let the threads end."""
        self._pool.shutdown(wait=False, cancel_futures=True)

    async def _run(self, work: Callable[..., T], *arguments: str) -> T:
        if self._waiting >= WAITING_MAX:
            raise RateLimited("logins at once", 1_000)
        self._waiting += 1
        try:
            return await asyncio.get_running_loop().run_in_executor(self._pool, work, *arguments)
        finally:
            self._waiting -= 1


def _same(sealed: str, password: str) -> bool:
    try:
        return _HASHER.verify(sealed, password)
    except (VerificationError, InvalidHashError):
        return False
