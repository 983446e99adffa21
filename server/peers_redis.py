"""Node records in Redis: each exists as long as its process lives, and reserves its name.

`{rondo}:card:NAME` is a card and expires; `{rondo}:cards` are the names; a process that lives listens at a channel.
"""

import asyncio
import time
from collections.abc import Callable
from contextlib import suppress
from typing import Any, Final

import msgspec
import structlog
from redis.exceptions import RedisError

from server.cluster.client_redis import connect
from server.config import redact
from server.errors import StartupError
from server.ledger.identity import LOOKS, Offset, offset_of
from server.peers import Card, differences, insist_on_time, objection

NAMES: Final = "{rondo}:cards"
SHOW_S: Final = 1.0
"""How often a card is shown anew."""
EXPIRES_MS: Final = 3_500
"""How long a card is shown by a node that says nothing: three lost turns, as for heartbeats."""
DECIDE_S: Final = 4.0
"""How long a start may take to know whether a node that has its name, or differs from it, still lives."""
LOOK_S: Final = 0.15
EXACT_MS: Final = 50.0
"""An offset that is known less exactly than this does not replace one that is."""

log = structlog.get_logger()


class Peers:
    """Shows the card of this process between `join` and `leave`."""

    def __init__(
        self, url: str, card: Card, *, tolerance_s: float, takes_over: bool, is_draining: Callable[[], bool]
    ) -> None:
        """*takes_over*: another process may have the same name; it loses it."""
        self._url = url
        self._card = card
        self._tolerance_s = tolerance_s
        self._takes_over = takes_over
        self._is_draining = is_draining
        self._client: Any = None
        self._listening: Any = None
        self._give_ms = 0.0
        self._showing: asyncio.Task[None] | None = None

    async def join(self) -> None:
        """Show the card, unless a node that lives objects.

        Raises:
            StartupError: its name is taken, it differs in what all must have in common, or Redis is away.
        """
        try:
            await self._connect()
            offset = await self._offset()
            insist_on_time(offset, "Redis", tolerance_s=self._tolerance_s)
            self._give_ms = offset.give_ms
            self._card = msgspec.structs.replace(self._card, ahead_ms=offset.ahead_ms, since=await self._now())
            await self._take_name()
            await self._insist_on_peers()
        except (RedisError, OSError, ValueError, TimeoutError) as error:
            where = redact("redis_url", self._url)
            raise StartupError(f"cannot use Redis at {where} ({error}): start it, or correct REDIS_URL") from None
        self._showing = asyncio.create_task(self._keep_showing(), name="peers")

    async def leave(self) -> None:
        """Take the card away; the name is free."""
        if self._showing is not None:
            self._showing.cancel()
            await asyncio.gather(self._showing, return_exceptions=True)
        with suppress(RedisError, OSError, ValueError, TimeoutError):
            if self._client is not None and await self._holds_name():
                await self._client.delete(_key(self._card.name))
        await self._disconnect()

    async def _take_name(self) -> None:
        until = time.monotonic() + DECIDE_S
        silent = 0
        while not await self._client.set(
            _key(self._card.name), self._encoded(), px=EXPIRES_MS, nx=not self._takes_over
        ):
            holder = await self._card_of(self._card.name)
            # At two looks: a node that lives may just be making another connection.
            silent = 0 if holder is None or await self._listens(holder) else silent + 1
            if holder is not None and silent >= 2:
                await self._client.delete(_key(self._card.name))
            elif time.monotonic() > until:
                raise StartupError(
                    f"another process is called {self._card.name} and lives: stop it, or set RONDO_NODE to another name"
                )
            else:
                await asyncio.sleep(LOOK_S)
        await self._client.sadd(NAMES, self._card.name)

    async def _insist_on_peers(self) -> None:
        """Pass if no living node that came before differs from this one.

        Raises:
            StartupError: one does.
        """
        until = time.monotonic() + DECIDE_S
        silent: set[str] = set()
        while (why := await self._objection(silent)) is not None:
            if time.monotonic() > until:
                await self._client.delete(_key(self._card.name))
                raise StartupError(why)
            await asyncio.sleep(LOOK_S)
        for other in await self._others():
            if differing := differences(self._card, other):
                log.warning("node_rules_differ", other_node=other.name, differing=differing)

    async def _objection(self, silent: set[str]) -> str | None:
        """Return why a node that came before is against this one; *silent* are those found dead at an earlier look."""
        for other in await self._others():
            why = objection(self._card, other, tolerance_s=self._tolerance_s, give_ms=self._give_ms)
            if why is None or (other.process in silent and not await self._listens(other)):
                continue
            if not await self._listens(other):
                silent.add(other.process)
            return why
        return None

    async def _others(self) -> list[Card]:
        names = [name.decode() for name in await self._client.smembers(NAMES)]
        cards = {name: await self._card_of(name) for name in names}
        if gone := [name for name, card in cards.items() if card is None]:
            await self._client.srem(NAMES, *gone)
        found = [card for card in cards.values() if card is not None and card.process != self._card.process]
        return [card for card in found if (card.since, card.process) < (self._card.since, self._card.process)]

    async def _card_of(self, name: str) -> Card | None:
        text = await self._client.get(_key(name))
        try:
            return None if text is None else msgspec.json.decode(text, type=Card)
        except msgspec.DecodeError:  # of a release that writes another one
            return None

    async def _listens(self, card: Card) -> bool:
        [(_, count)] = await self._client.pubsub_numsub(_channel(card))
        return bool(count)

    async def _holds_name(self) -> bool:
        card = await self._card_of(self._card.name)
        return card is not None and card.process == self._card.process

    async def _keep_showing(self) -> None:
        task = asyncio.current_task()
        assert task is not None
        while not task.cancelling():  # redis-py can lose a cancellation
            await asyncio.sleep(SHOW_S)
            try:
                if self._client is None or not await self._listens(self._card):
                    await self._connect()
                await self._show()
            except (RedisError, OSError, ValueError, TimeoutError):
                await self._disconnect()  # the heartbeat tells of it

    async def _show(self) -> None:
        """Show the card again, unless a process that takes over has the name now."""
        offset = await self._look()
        if offset.give_ms < EXACT_MS:
            self._card = msgspec.structs.replace(self._card, ahead_ms=offset.ahead_ms)
        self._card = msgspec.structs.replace(self._card, is_draining=self._is_draining())
        if await self._client.get(_key(self._card.name)) is None or await self._holds_name():
            await self._client.set(_key(self._card.name), self._encoded(), px=EXPIRES_MS)
            await self._client.sadd(NAMES, self._card.name)

    def _encoded(self) -> bytes:
        return msgspec.json.encode(self._card)

    async def _offset(self) -> Offset:
        return min([await self._look() for _ in range(LOOKS)], key=lambda look: look.give_ms)

    async def _look(self) -> Offset:
        before = time.time() * 1_000
        theirs = await self._now()
        return offset_of(before, theirs, time.time() * 1_000)

    async def _now(self) -> int:
        seconds, micros = await self._client.time()
        return int(seconds) * 1_000 + int(micros) // 1_000

    async def _connect(self) -> None:
        await self._disconnect()
        self._client = connect(self._url, name=f"rondo:{self._card.name}")
        self._listening = self._client.pubsub()
        await self._listening.subscribe(_channel(self._card))

    async def _disconnect(self) -> None:
        client, self._client = self._client, None
        listening, self._listening = self._listening, None
        for one in (listening, client):
            if one is not None:
                with suppress(RedisError, OSError, TimeoutError):
                    await one.aclose()


def _key(name: str) -> str:
    return f"{{rondo}}:card:{name}"


def _channel(card: Card) -> str:
    return f"{{rondo}}:process:{card.process}"
