"""Group commit: items that arrive while a commit runs go into the next one."""

import asyncio
import time
from collections import Counter, deque
from collections.abc import Awaitable, Callable, Hashable, Sequence
from functools import partial
from typing import Any, Generic, TypeVar

import structlog

from matchmaker.domain.errors import Unavailable
from server.db.pool import REST_S, ConnectionLost, LockTimeout

Item = TypeVar("Item")
Result = TypeVar("Result")

Run = Callable[[Sequence[Item]], Awaitable[Sequence[Result | Exception]]]
"""Stores items as a whole in one transaction; returns for each, in order, its result or its own error."""
Done = Callable[[Any, Exception | None], None]
"""Called once with the result of an item, or with None and its error. What it raises goes to `OnFault`."""
Entry = tuple[Item, Done, asyncio.Future[Any] | None]
"""An item, its callback, and the future that its caller awaits, if it does."""
OnCommit = Callable[[str, int, float], None]
"""Called with the name of the queue, how many items a commit had, and the seconds it took."""
OnFault = Callable[[Exception], None]
"""Called with what a `Done` raised: a fault of this code, which costs no other item its answer."""

log = structlog.get_logger()

LIMIT = 500
"""Items in one commit: above this one more item costs as much in the next commit as in this one."""
PACE_S = 0.004
"""Time from one commit to the next under load. Most of the cost of a small group does not depend on its size."""
DOUBT_S = 2.5
"""How long the caller of a commit with an unknown outcome waits for the database to return and answer."""

CALLBACKS_AT_ONCE = 16
"""Callbacks of a commit in one iteration of the loop: that of a room takes 40 µs, and 500 would delay every frame."""

LOCKED_MAX = 3
"""Items of one group that may each wait for a lock: with more of them a table is locked, and the rest is refused."""


def no_listener(name: str, size: int, seconds: float) -> None:
    """Ignore the observation."""


def log_fault(fault: Exception) -> None:
    """Log the fault with its traceback."""
    log.error("commit_callback_failed", exc_info=fault)


class GroupCommitter(Generic[Item, Result]):
    """A queue of items, stored in groups, one group at a time.

    An item that finds the queue idle is stored in the next iteration of the loop, with all that arrived in this one.
    Only after a group of several items the next one starts no sooner than *pace_s* after it. *keys* names what an item
    touches; of the items that touch the same thing only the first is in a group, so that they take effect in order.
    """

    def __init__(
        self,
        name: str,
        run: Run[Item, Result],
        *,
        again: Run[Item, Result] | None = None,
        keys: Callable[[Item], Sequence[Hashable]] | None = None,
        kind: Callable[[Item], str] | None = None,
        on_doubt: Callable[[Sequence[Item]], None] | None = None,
        on_commit: OnCommit = no_listener,
        on_fault: OnFault = log_fault,
        limit: int = LIMIT,
        doubt_s: float = DOUBT_S,
        pace_s: float = 0.0,
    ) -> None:
        """*again* stores a group whose first attempt had an unknown outcome, each item at most once in total;
        *on_doubt* takes the group when that stays unknown. *kind*: the items of each kind in a group are reported
        under the name of the kind.
        """
        self._name = name
        self._run = run
        self._again = again or run
        self._keys = keys
        self._kind = kind
        self._on_doubt = on_doubt
        self._on_commit = on_commit
        self._on_fault = on_fault
        self._limit = limit
        self._doubt_s = doubt_s
        self._pace_s = pace_s
        self._next_at = 0.0
        self._line: deque[Entry[Item]] = deque()
        self._worker: asyncio.Task[None] | None = None

    def post(self, item: Item, done: Done) -> None:
        """Store *item* with the other waiting items, then call *done* with its result or its error.

        `Unavailable`: the database cannot be reached. Any other error concerns this item only.
        """
        self._append((item, done, None))

    async def submit(self, item: Item) -> Result:
        """Call `post`; return the result, or raise the error."""
        return await self.put(item)

    def put(self, item: Item) -> "asyncio.Future[Result]":
        """Return a future for the result of *item*, as `submit` returns it. If cancelled in time, the item is not
        stored.
        """
        future: asyncio.Future[Result] = asyncio.get_running_loop().create_future()
        self._append((item, partial(_resolve, future), future))
        return future

    def _append(self, entry: Entry[Item]) -> None:
        self._line.append(entry)
        if self._worker is None:
            self._worker = asyncio.get_running_loop().create_task(self._work(), name=f"commit {self._name}")

    @property
    def is_busy(self) -> bool:
        """Whether items wait or are being stored."""
        return self._worker is not None

    async def close(self) -> None:
        """Return once every waiting item is stored, or refused."""
        while self._worker is not None:
            await asyncio.wait([self._worker])

    async def _work(self) -> None:
        try:
            while self._line:
                # At least one iteration: items that the loop has read from other sockets join, at no cost.
                await asyncio.sleep(max(0.0, self._next_at - time.monotonic()))
                group = self._take()
                if group:
                    self._next_at = time.monotonic() + self._pace_s if len(group) > 1 else 0.0
                    await self._commit(group)
        finally:
            self._worker = None

    def _take(self) -> list[Entry[Item]]:
        """Return the next group: from the head of the queue, without items that must wait for one ahead of them."""
        group: list[Entry[Item]] = []
        later: list[Entry[Item]] = []
        held: set[Hashable] = set()
        while self._line and len(group) < self._limit and len(later) < self._limit:
            entry = self._line.popleft()
            if entry[2] is not None and entry[2].done():
                continue  # Its caller was cancelled.
            if self._keys is not None:
                keys = self._keys(entry[0])
                (group if held.isdisjoint(keys) else later).append(entry)
                held.update(keys)
            else:
                group.append(entry)
        self._line.extendleft(reversed(later))
        return group

    async def _commit(self, group: list[Entry[Item]]) -> None:
        started = time.perf_counter()
        try:
            results = await self._store([item for item, _, _ in group])
        except BaseException as error:
            why = error if isinstance(error, Exception) else Unavailable()
            for _, done, _ in group:
                self._call(done, None, why)
            raise
        seconds = time.perf_counter() - started
        sizes = {self._name: len(group)} if self._kind is None else Counter(self._kind(item) for item, _, _ in group)
        for name, size in sizes.items():
            self._on_commit(name, size, seconds)
        for number, ((_, done, _), result) in enumerate(zip(group, results, strict=True), 1):
            if number % CALLBACKS_AT_ONCE == 0:
                await asyncio.sleep(0)
            if isinstance(result, Exception):
                self._call(done, None, result)
            else:
                self._call(done, result, None)

    def _call(self, done: Done, result: Any, error: Exception | None) -> None:
        try:
            done(result, error)
        except Exception as fault:  # noqa: BLE001 - reported
            self._on_fault(fault)

    async def _store(self, items: Sequence[Item]) -> Sequence[Result | Exception]:
        try:
            return await self._run(items)
        except ConnectionLost:
            return await self._ask_again(items)
        except LockTimeout:
            return await self._singly(items)
        except Unavailable:
            self._refuse()
            return [Unavailable() for _ in items]
        except Exception:  # noqa: BLE001 - each item gets its own
            return await self._singly(items)

    async def _singly(self, items: Sequence[Item]) -> list[Result | Exception]:
        """Store each item alone: one of them violates a constraint or needs a row that another transaction keeps, and
        the others must not fail with it.

        A group of one is tried again as well: what another node stored at the same time is visible by now.
        """
        results: list[Result | Exception] = []
        locked = 0
        for item in items:
            try:
                results += [Unavailable()] if locked == LOCKED_MAX else await self._run([item])
            except ConnectionLost:
                results += await self._ask_again([item])
            except LockTimeout as error:
                locked += 1
                results.append(error)
            except Exception as error:  # noqa: BLE001 - it is the answer to the caller of this item
                results.append(error)
        return results

    async def _ask_again(self, items: Sequence[Item]) -> Sequence[Result | Exception]:
        """Resolve the outcome of a commit whose connection broke; the queue does not wait for that."""
        until = time.monotonic() + self._doubt_s
        while True:
            try:
                return await self._again(items)
            except Unavailable as error:
                if not isinstance(error, LockTimeout):
                    self._refuse()
                # Else the first attempt may be what keeps the rows.
            except Exception as error:  # noqa: BLE001
                if len(items) == 1:
                    return [error]
                return [result for item in items for result in await self._ask_again([item])]
            if time.monotonic() >= until:
                if self._on_doubt is not None:
                    self._on_doubt(items)
                return [Unavailable() for _ in items]
            await asyncio.sleep(REST_S)

    def _refuse(self) -> None:
        """Fail every waiting item: the database is unavailable, and waiting for it would hide that."""
        line, self._line = self._line, deque()
        for _, done, _ in line:
            self._call(done, None, Unavailable())


def _resolve(future: asyncio.Future[Any], result: Any, error: Exception | None) -> None:
    if future.done():
        return
    if error is None:
        future.set_result(result)
    else:
        future.set_exception(error)
