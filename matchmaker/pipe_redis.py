"""One connection to Redis: whatever is asked in one turn of the loop leaves in one write, and nobody waits in line.

Replies and what is published arrive on the same connection, so everything is heard in the order in which it happened.
"""

import asyncio
import random
from collections.abc import Callable
from contextlib import suppress
from hashlib import sha1
from typing import Any, Final

import hiredis

from matchmaker.errors import Unavailable
from matchmaker.wire_redis import Ask, Refused, Wire, Word, connect

PATIENCE_S: Final = 1.0
"""How long an answer may take; whoever asked is told `Unavailable` then. What was asked may still happen."""
SILENCE_S: Final = 3.0
"""How long Redis may say nothing at all before another connection is tried beside the silent one."""
CONNECT_S: Final = 1.0
RETRY_S: Final = (0.02, 0.5)
"""How long to rest after a failed attempt to connect: at first, and at most."""
_TICK_S: Final = 0.1
_STALL_S: Final = 0.2
"""As long as this at most counts as time between two looks: while our own loop is held up, nothing can be heard."""
_AWAY: Final = ("READONLY", "LOADING", "MASTERDOWN", "CLUSTERDOWN", "NOREPLICAS", "BUSY", "OOM", "MISCONF", "TRYAGAIN")
"""Beginnings of errors that say: not now, or not here."""


class Script:
    """A few lines of Lua that Redis runs whole or not at all."""

    def __init__(self, text: str) -> None:
        self.text = text
        self.name = sha1(text.encode(), usedforsecurity=False).hexdigest()


class Pipe:
    """Asks Redis, and hears what is published. Between `open` and `close` a lost connection is renewed by itself."""

    def __init__(self, url: str, *, name: str = "rondo", patience_s: float = PATIENCE_S) -> None:
        self._url = url
        self._name = name
        self._patience_s = patience_s
        self._channels: dict[bytes, Callable[[bytes], None]] = {}
        self._on_up: list[Callable[[], None]] = []
        self._wire: Wire | None = None
        self._awake_s = 0.0
        self._looked_at = 0.0
        self._lost = asyncio.Event()
        self._why_lost: BaseException | None = None
        """Why the latest attempt to connect has failed."""
        self._keeping: asyncio.Task[None] | None = None
        self._leaving: asyncio.Handle | None = None
        self._outgoing: list[Ask] = []
        self.on_fault: Callable[[BaseException], None] = _ignore
        """Told when somebody who listens fails."""

    @property
    def is_up(self) -> bool:
        """Whether it is worth asking: connected, and nothing has been waiting for too long."""
        return self._wire is not None and self._wire.waiting_s() < self._patience_s

    def now(self) -> float:
        """Return the time (seconds) as this loop has lived through it: of a stall of ours hardly anything counts.

        Redis is not to blame for what it answered while nobody here was listening.
        """
        return self._awake_s + min(asyncio.get_running_loop().time() - self._looked_at, _STALL_S)

    def on_up(self, call: Callable[[], None]) -> None:
        """Call *call* whenever a connection is made, once everything is subscribed again. Name it before `open`."""
        self._on_up.append(call)

    def subscribe(self, channel: str, hear: Callable[[bytes], None]) -> None:
        """Let *hear* take what is published to *channel*, on every connection from the next on."""
        self._channels[channel.encode()] = hear

    async def open(self) -> None:
        """Connect.

        Raises:
            Unavailable: there is nothing that answers like a Redis that takes writes.
        """
        await self._connect()
        self._keeping = asyncio.create_task(self._keep(), name="redis")

    async def close(self) -> None:
        """Ask nothing any more; what was not answered is `Unavailable`."""
        keeping, self._keeping = self._keeping, None
        if keeping is not None:
            keeping.cancel()
            await asyncio.gather(keeping, return_exceptions=True)
        self._flush()
        wire, self._wire = self._wire, None
        if wire is not None:
            await wire.close()

    def renew(self) -> None:
        """Give the connection up, and make another."""
        if self._wire is not None:
            self._wire.abort()

    async def call(self, *words: Word, then: Callable[[Any], None] | None = None) -> Any:
        """Return the answer to one command; *then* is called with it first, before anything later is heard.

        Raises:
            Unavailable: Redis is away, or slow. Unless it was away, the command may have been, or be, done.
            Refused: it is no command that Redis can do.
        """
        return await self._ask(Ask(words, then=then, future=asyncio.get_running_loop().create_future()))

    async def run(self, script: Script, *words: Word, key: str, then: Callable[[Any], None] | None = None) -> Any:
        """Return what *script* returns, whose one key is *key*; it is loaded when Redis does not know it.

        Raises:
            Unavailable, Refused: as `call`.
        """
        ask = _running(script, key, words, then)
        ask.future = asyncio.get_running_loop().create_future()
        return await self._ask(ask)

    def begin(
        self, script: Script, *words: Word, key: str, then: Callable[[Any], None], otherwise: Callable[[], None]
    ) -> None:
        """Have *script* run as `run` does, and do not wait for it.

        *otherwise* is called when the connection is lost before the answer: it may, or may not, have run.

        Raises:
            Unavailable: Redis is away.
        """
        ask = _running(script, key, words, then)
        ask.otherwise = otherwise
        self._put(ask)

    def post(self, *words: Word, then: Callable[[Any], None] | None = None) -> None:
        """Have one command done, and do not wait for its answer; *then* is called with it, if it comes.

        Raises:
            Unavailable: Redis is away.
        """
        self._put(Ask(words, then=then))

    async def _ask(self, ask: Ask) -> Any:
        assert ask.future is not None
        self._put(ask)
        return await ask.future

    def _put(self, ask: Ask) -> None:
        if not self.is_up:
            raise Unavailable from self._why_lost
        self._outgoing.append(ask)
        if self._leaving is None:
            self._leaving = asyncio.get_running_loop().call_soon(self._flush)

    def _flush(self) -> None:
        if self._leaving is not None:
            self._leaving.cancel()
        self._leaving = None
        outgoing, self._outgoing = self._outgoing, []
        if self._wire is None:
            for ask in outgoing:
                ask.lose()
        elif outgoing:
            self._wire.send(outgoing)

    def _answer(self, ask: Ask, reply: Any) -> None:
        if not isinstance(reply, hiredis.ReplyError):
            ask.settle(reply)
            return
        word = str(reply).partition(" ")[0]
        if word == "NOSCRIPT" and ask.instead is not None:
            ask.words, ask.instead = ask.instead, None
            self._outgoing.append(ask)
            self._flush()
        elif word.startswith(_AWAY):
            ask.lose(Refused(str(reply)))
            if word == "READONLY":
                self.renew()  # a failover has made a replica of it: the name leads elsewhere now
        else:
            ask.fail(Refused(str(reply)))

    def _push(self, wire: Wire, push: list[Any]) -> None:
        if wire is not self._wire:
            # Two connections hear the same: while a silent one comes to life, the one made beside it must wait.
            wire.early.append(push)
        elif push[0] == b"message":
            hear = self._channels.get(push[1])
            if hear is not None:
                hear(push[2])

    async def _keep(self) -> None:
        """Watch the connection, and make another when it is lost or silent; runs until cancelled."""
        rest_s = RETRY_S[0]
        while True:
            with suppress(TimeoutError):
                async with asyncio.timeout(_TICK_S):
                    await self._lost.wait()
            self._awake_s, self._looked_at = self.now(), asyncio.get_running_loop().time()
            if self._wire is not None:
                self._wire.give_up_older_than(self._patience_s)
                if self._wire.waiting_s() < max(SILENCE_S, self._patience_s):
                    continue
            try:
                await self._connect()
                rest_s = RETRY_S[0]
            except Unavailable as error:
                self._why_lost = error.__cause__
                await asyncio.sleep(rest_s * random.uniform(0.5, 1.5))
                rest_s = min(2 * rest_s, RETRY_S[1])

    async def _connect(self) -> None:
        """Put a new connection in the place of the old one, unless that has come to life meanwhile."""
        try:
            async with asyncio.timeout(CONNECT_S):
                wire = await connect(
                    self._url, self._name, tuple(self._channels),
                    answer=self._answer, push=self._push, gone=self._gone, now=self.now,
                )  # fmt: skip
        except (OSError, Refused, TimeoutError) as error:
            raise Unavailable from error
        wire.on_fault = self._fail
        elder = self._wire
        if elder is not None and elder.waiting_s() < self._patience_s:
            wire.abort()
            return
        self._wire = wire
        self._why_lost = None
        self._lost.clear()
        if elder is not None:
            elder.abort()
        for push in wire.early:
            self._push(wire, push)
        wire.early.clear()
        for call in self._on_up:
            call()

    def _fail(self, fault: BaseException) -> None:
        self.on_fault(fault)

    def _gone(self, wire: Wire) -> None:
        if wire is self._wire:
            self._wire = None
            self._lost.set()


def _running(script: Script, key: str, words: tuple[Word, ...], then: Callable[[Any], None] | None) -> Ask:
    ask = Ask(("EVALSHA", script.name, 1, key, *words), then=then)
    ask.instead = ("EVAL", script.text, 1, key, *words)
    return ask


def _ignore(_: BaseException) -> None:
    """Let it pass: whoever wires us says who is told."""
