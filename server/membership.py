"""Which nodes serve, and what becomes of the people of one that died.

living ─no heartbeat for 3 s→ silent ─claimed by one of the others, its people are away→ forgotten
   ├─leaves, with people who are away→ left ─the same───────────────────────────────────────┤
   └─leaves, and has nobody─────────────────────────────────────────────────────────────────┘
"""

import asyncio
import time
from collections.abc import Awaitable, Callable, Iterable, Mapping, Sequence
from contextlib import suppress
from functools import partial
from typing import Final, Protocol

import msgspec
import structlog

from matchmaker.engine import Engine
from matchmaker.errors import Unavailable
from matchmaker.ids import UserId
from matchmaker.matchmaker import Matchmaker
from server.node_log import NodeLog

BEAT_S: Final = 0.5
DEAD_MS: Final = 3_000
"""A node that has said nothing for so long is dead, unless the ledger hears it."""
SILENT_MS: Final = 1_500
"""The same, if nobody listens any more in its name: its process has ended."""
STEADY_S: Final = 3.5
"""How long our heart must have beaten without a gap before we judge others: after a pause of Redis all look dead."""
GAP_S: Final = 1.5
LEFT: Final = 0
"""When a node was heard that has ended in good order, and left people behind who are away."""
CLAIM_MS: Final = 3_000
"""How long one node may take for the people of a dead one before another begins as well: to do it twice changes
nothing."""
AT_ONCE: Final = 64
"""People who are put into grace at the same time: enough to fill a commit, few enough to leave room for the living."""
START: Final = "start"
START_MS: Final = 3_000
"""How long the turn of a node that starts is kept since it was last heard: should it die, the next one begins."""
LISTENS_MS: Final = 250
"""For how long it is believed whether a node listens."""

log = structlog.get_logger()


class Beat(msgspec.Struct, frozen=True):
    """What one heartbeat found."""

    at: int
    """Redis' own time (Unix milliseconds): nodes whose clocks differ agree on it."""
    was_known: bool
    """Whether this node was among them; not if the others have buried it, or Redis has forgotten everything."""
    nodes: Mapping[str, int]
    """When each node was last heard, by Redis' time; or `LEFT`."""


class Roll(Protocol):
    """The list of nodes that they all see. Any call may raise `errors.Unavailable`."""

    async def beat(self) -> Beat:
        """Say that this node lives; return who else does."""
        ...

    async def claim(self, what: str, *, for_ms: int) -> bool:
        """Take *what* upon this node for so long; False when another has. Again: it goes on."""
        ...

    async def forget(self, node: str) -> None:
        """Strike *node* off, unless it has people that nobody has seen to."""
        ...

    async def leave(self) -> None:
        """Strike this node off; if it has people, it was last heard at `LEFT`."""
        ...

    async def is_listening(self, node: str) -> bool:
        """Tell whether anybody hears what is said to *node*."""
        ...


class Membership:
    """This node among the others."""

    def __init__(
        self,
        roll: Roll,
        node: str,
        *,
        engine: Engine,
        matchmaker: Matchmaker,
        on_beat: Callable[[Unavailable | None], None] = lambda _: None,
    ) -> None:
        """*on_beat* is told after every heartbeat but the first how it went."""
        self.node = node
        self.on_lapse: Callable[[], None] = _nothing
        """Told when this node was unheard for so long that the others may have given its people up."""
        self.claimed = 0
        """Dead nodes whose people this one has seen to."""
        self._on_death: list[Callable[[str], None]] = []
        self._roll = roll
        self._engine = engine
        self._matchmaker = matchmaker
        self._on_beat = on_beat
        self._log = NodeLog(node)
        self._lives: Callable[[str], Awaitable[bool]] = _unknown
        self._seen: Mapping[str, int] = {}
        self._at = 0
        self._beaten_at = 0.0
        self._beat_s = 0.0
        self._unanswered_since: float | None = None
        """When the earliest heartbeat was asked for that has had no answer (of `perf_counter`)."""
        self._steady_since = 0.0
        self._listens: dict[str, tuple[float, bool]] = {}
        self._burying: dict[str, asyncio.Task[None]] = {}
        self._told: dict[str, bool] = {}
        """Of which nodes it was told that they are lost, and whether they were only cut off."""
        self._beating: asyncio.Task[None] | None = None
        self._starting: asyncio.Task[None] | None = None
        """Keeps the turn of this node while it starts."""

    def on_death(self, call: Callable[[str], None]) -> None:
        """Call *call* with the name of a node that this one finds dead, or cut off, and to whose people it sees."""
        self._on_death.append(call)

    @property
    def beat_s(self) -> float:
        """How long Redis took for the last heartbeat (seconds); while one is without an answer, how long it waits."""
        since = self._unanswered_since
        return self._beat_s if since is None else max(self._beat_s, time.perf_counter() - since)

    @property
    def others(self) -> list[str]:
        """The other nodes that live."""
        return [node for node in self._seen if node != self.node and self.is_alive(node)]

    def is_alive(self, node: str) -> bool:
        """Tell whether *node* was heard lately, by the last heartbeat of this one."""
        return node == self.node or self._age(node) <= DEAD_MS

    async def is_listening(self, node: str) -> bool:
        """Tell whether *node* hears us; of one whose process has just ended this is known before it is called dead.

        Raises:
            Unavailable: Redis is away.
        """
        now = asyncio.get_running_loop().time()
        at, listens = self._listens.get(node, (0.0, True))
        if now - at > LISTENS_MS / 1_000:
            listens = await self._roll.is_listening(node)
            self._listens[node] = now, listens
        return listens

    async def join(self, *, lives: Callable[[str], Awaitable[bool]]) -> bool:
        """Be one of the nodes; return whether it is the only one, and has all that was left behind to itself.

        Nodes that start together take turns: nobody else joins until `begin` is called, or this node dies.

        *lives* tells whether a node, which may only be cut off from Redis, still beats in the ledger.

        Raises:
            Unavailable: Redis is away.
        """
        self._lives = lives
        # Before the first heartbeat: whoever waits here must not be taken for one who serves already.
        while not await self._roll.claim(START, for_ms=START_MS):  # noqa: ASYNC110 - what is waited for is in Redis
            await asyncio.sleep(BEAT_S / 5)
        self._starting = asyncio.create_task(self._keep_the_turn(), name="start")
        await self._beat()
        self._steady_since = self._beaten_at
        alone = await self._is_alone()
        self._beating = asyncio.create_task(self._keep_beating(), name="membership")
        return alone

    async def begin(self) -> None:
        """Let the next node join: what was left behind has been taken over."""
        await self._end_the_turn(for_ms=1)

    async def _keep_the_turn(self) -> None:
        while True:
            await asyncio.sleep(START_MS / 3_000)
            with suppress(Unavailable):
                await self._roll.claim(START, for_ms=START_MS)

    async def _end_the_turn(self, *, for_ms: int | None = None) -> None:
        starting, self._starting = self._starting, None
        if starting is None:
            return
        starting.cancel()
        await asyncio.gather(starting, return_exceptions=True)
        if for_ms is not None:
            with suppress(Unavailable):  # then it ends by itself
                await self._roll.claim(START, for_ms=for_ms)

    async def _is_alone(self) -> bool:
        """Tell whether all others are dead; whoever was heard a moment ago, and does not listen, is waited for."""
        while True:
            heard = [node for node in self._seen if node != self.node and self._age(node) <= SILENT_MS]
            if any([await self._roll.is_listening(node) for node in heard]):
                return False
            if not heard:
                return True
            await asyncio.sleep(BEAT_S / 5)
            await self._beat()

    async def leave(self) -> None:
        """Be none of the nodes any more; nobody is left whose seat this node would have to keep."""
        await self._end_the_turn()
        if self._beating is None:
            return
        for task in (self._beating, *self._burying.values()):
            task.cancel()
        await asyncio.gather(self._beating, *self._burying.values(), return_exceptions=True)
        self._beating = None
        with suppress(Unavailable):
            await self._roll.leave()

    async def _keep_beating(self) -> None:
        while True:
            await asyncio.sleep(BEAT_S)
            beaten_at = self._beaten_at
            try:
                was_known = await self._beat()
            except Unavailable as error:
                self._on_beat(error)
                continue
            self._on_beat(None)
            now = asyncio.get_running_loop().time()
            alive = {node: self._age(node) for node in self._seen if self.is_alive(node)}
            self._log.heard(alive, now=now)
            self._told = {node: cut_off for node, cut_off in self._told.items() if self._is_dead(node)}
            if not was_known:
                self._log.evicted(silent_s=self._beaten_at - beaten_at)
                self.on_lapse()
            if now - self._steady_since > STEADY_S:
                for node in self._seen:
                    if self._age(node) > SILENT_MS and node not in self._burying:
                        self._burying[node] = asyncio.create_task(self._bury(node), name=f"bury {node}")

    def _is_dead(self, node: str) -> bool:
        return node in self._seen and not self.is_alive(node)

    def _age(self, node: str) -> int:
        """Return for how long *node* was not heard, by the last heartbeat of this one (milliseconds)."""
        return self._at - self._seen.get(node, 0)

    async def _beat(self) -> bool:
        loop = asyncio.get_running_loop()
        began, asked_at = loop.time(), time.perf_counter()  # the loop's own time stands still within a turn
        if self._unanswered_since is None:
            self._unanswered_since = asked_at
        beat = await self._roll.beat()
        now = loop.time()
        self._beat_s, self._unanswered_since = time.perf_counter() - asked_at, None
        gap = began - self._beaten_at
        if self._beaten_at and gap > GAP_S:
            self._steady_since = now
            if gap * 1_000 > DEAD_MS:
                self.on_lapse()
        self._beaten_at = now
        self._at, self._seen = beat.at, beat.nodes
        return beat.was_known or self._beating is None

    async def _bury(self, node: str) -> None:
        """See to the people of a dead node, if nobody else does; should this node die too, another begins again."""
        try:
            listens = await self._roll.is_listening(node)
            if self._age(node) <= DEAD_MS and listens:
                return
            if not await self._roll.claim(node, for_ms=CLAIM_MS):
                return
            has_left = self._seen.get(node) == LEFT
            cut_off = not has_left and await self._lives(node)
            people = await self._engine.people(node)
            if self._told.get(node) != cut_off:  # one that is only cut off is looked at again and again
                users = await self._connected(people, node)
                self._told[node] = cut_off
                if not has_left:
                    self._log.lost(
                        node, users=users, cut_off=cut_off, listens=listens, silent_s=self._age(node) / 1_000
                    )
                for call in self._on_death:
                    call(node)
            await a_few_at_a_time(partial(self._put_away, node, but_rooms=cut_off), people)
            if not cut_off:
                await self._roll.forget(node)
                self.claimed += not has_left
        except Unavailable:
            pass  # the next heartbeat finds it again
        except Exception:
            log.exception("node_takeover_failed", other_node=node)
        finally:
            await asyncio.sleep(BEAT_S)  # what was found just before the node was struck off must not begin this anew
            del self._burying[node]

    async def _connected(self, people: Sequence[UserId], node: str) -> int:
        """Return how many of *people* are connected to *node*, as far as the engine knows."""
        seats = await self._engine.recall(people)
        return sum(seat is not None and seat.connected and seat.node == node for seat in seats)

    async def _put_away(self, node: str, user: UserId, *, but_rooms: bool) -> None:
        """Note that *user* is here no more. Of a node that is only cut off, those in rooms talk on."""
        seat = (await self._engine.recall((user,)))[0]
        if seat is not None and not (but_rooms and seat.room is not None):
            await self._matchmaker.inherit(user, node=node)


async def a_few_at_a_time(work: Callable[[UserId], Awaitable[None]], users: Iterable[UserId]) -> None:
    """Do *work* for each of *users*; what one of them raises is raised once those begun with it are done."""
    waiting = list(users)
    for at in range(0, len(waiting), AT_ONCE):
        for result in await asyncio.gather(*map(work, waiting[at : at + AT_ONCE]), return_exceptions=True):
            if isinstance(result, BaseException):
                raise result


def _nothing() -> None:
    """Do nothing."""


async def _unknown(_: str) -> bool:
    """Have no ledger to ask."""
    return False
