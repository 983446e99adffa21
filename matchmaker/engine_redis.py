"""The engine of several nodes: records in Redis, replaced whole by short scripts; this node's people remembered."""

import asyncio
import secrets
from collections import deque
from collections.abc import Collection, Sequence
from contextlib import suppress
from importlib.resources import files
from typing import Any, Final

from matchmaker import words_redis as words
from matchmaker.bus import Bus
from matchmaker.change import Change, Claim
from matchmaker.engine import Deliver, Due, Heads, Learn, ignore
from matchmaker.errors import Conflict, Unavailable
from matchmaker.fact import AnyFact, Fact, Interrupted, Reseated
from matchmaker.ids import InviteId, RoomId, UserId
from matchmaker.invite import Invite
from matchmaker.news import AnyNews, room_of
from matchmaker.pipe_redis import Pipe, Script
from matchmaker.queue import Sort, fit, sort_of
from matchmaker.recollection import Recollection
from matchmaker.seat import Seat
from matchmaker.ticket import KEPT, Band, Mode, Ticket

POOL: Final = "{rondo}"
"""Before every key. The braces keep a pool in one slot of a Redis Cluster; two pools may be in two."""
UNSAID_MAX: Final = 10_000
"""News and facts for people on other nodes that wait at most for Redis to come back."""
SAY_AGAIN_S: Final = 0.25
"""How soon after that they are said."""
_MODES: Final[tuple[Mode, ...]] = ("video", "text")


def _script(name: str) -> Script:
    """Return the script of this name, with what stands in front of each."""
    texts = (files("matchmaker").joinpath(f"engine_redis_{part}.lua").read_text("utf-8") for part in ("begin", name))
    return Script("\n".join(texts))


class RedisEngine:
    """Keeps seats, queue and invites of all nodes that share a Redis."""

    def __init__(self, pipe: Pipe, bus: Bus, deliver: Deliver, *, pool: str = POOL) -> None:
        """*pipe* and *bus* are opened after this, and before the first call."""
        self.learn: Learn = ignore
        self.node = bus.node
        self._pipe = pipe
        self._deliver = deliver
        self._pool = pool
        self._commit, self._heads, self._waiting = _script("commit"), _script("heads"), _script("waiting")
        self._marker = ""
        """Names what Redis remembers: another one, or none, and it has forgotten everything."""
        self._memory = Recollection(bus.node, on_moved=self._moved, on_lost=self._interrupted)
        self._places: frozenset[str] = frozenset()
        self._fitting: dict[Sort, list[str]] = {}
        self._unsaid: deque[AnyNews | AnyFact] = deque(maxlen=UNSAID_MAX)
        self._saying_again: asyncio.TimerHandle | None = None
        pipe.on_up(self._interrupted)
        bus.on("seat", self._hear_seat)
        bus.on("news", lambda _, body: deliver(words.read_news(body)))
        bus.on("told", lambda _, body: self._deliver_late(words.read_news(body)))
        bus.on("fact", lambda _, body: self.learn(words.read_fact(body)))

    def holds(self, user: UserId) -> bool:
        """Tell whether this node has *user*."""
        return user in self._memory.own

    def own(self) -> list[Seat]:
        """Return the seats of whom this node has, as they are remembered."""
        return list(self._memory.own.values())

    async def begin(self) -> None:
        """Find out what Redis remembers; give it a new name if that is nothing.

        Raises:
            Unavailable: Redis is away.
        """
        key = f"{self._pool}:marker"
        await self._pipe.call("SET", key, secrets.token_hex(8), "NX")
        marker = (await self._pipe.call("GET", key)).decode()
        if marker != self._marker:
            self._marker = marker
            self._memory.avoid.clear()
            self._places = frozenset()
            self._fitting.clear()

    def trust(self) -> Collection[UserId]:
        """Note that what is remembered has been compared with what is stored; say what had to wait."""
        self._memory.is_current = True
        self._say_unsaid()
        missed, self._memory.missed = self._memory.missed, set()
        return missed

    async def seat(self, user: UserId) -> Seat | None:
        """Return where *user* stands; for our own people without asking."""
        mine = self._memory.sure(user)
        if mine is not None:
            return mine
        found = await self._load(user)
        if found is None and self.holds(user) and not self._memory.is_current:
            raise Unavailable  # Redis has lost it, and is about to be told
        return found

    async def recall(self, users: Sequence[UserId]) -> list[Seat | None]:
        """Return where *users* stand, asking Redis, in one turn."""
        return list(await asyncio.gather(*(self._load(user) for user in users)))

    async def invite(self, invite_id: InviteId) -> Invite | None:
        """Return an open invite."""
        blob = await self._pipe.call("HGET", f"{self._pool}:invite:{invite_id}", "b")
        return None if blob is None else words.read_invite(blob)

    async def claim(self, room_id: RoomId) -> Claim | None:
        """Return the claim of a room that is just opening."""
        blob = await self._pipe.call("GET", f"{self._pool}:opening:{room_id}")
        return None if blob is None else words.read_claim(blob)

    def settle(self, room_id: RoomId) -> None:
        """Drop the claim of a room; if Redis is away, whoever looks at it later does."""
        with suppress(Unavailable):
            self._pipe.post("DEL", f"{self._pool}:opening:{room_id}")
            self._pipe.post("ZREM", f"{self._pool}:due", f"claim:{room_id}")

    def watch(self, room_id: RoomId, deadline: int | None) -> None:
        """Let every node know when time acts on a room. While Redis is away they find out from the ledger, later."""
        with suppress(Unavailable):
            if deadline is None:
                self._pipe.post("ZREM", f"{self._pool}:due", f"room:{room_id}")
            else:
                self._pipe.post("ZADD", f"{self._pool}:due", deadline, f"room:{room_id}")

    async def due(self, *, before: int, limit: int) -> list[Due]:
        """Return what should have been acted on before that instant, earliest first."""
        found = await self._pipe.call("ZRANGEBYSCORE", f"{self._pool}:due", "-inf", f"({before}", "LIMIT", 0, limit)
        pairs = (name.decode().partition(":") for name in found)
        return [(kind, name) for kind, _, name in pairs]

    async def people(self, node: str) -> list[UserId]:
        """Return whom *node* has."""
        return [UserId(user.decode()) for user in await self._pipe.call("SMEMBERS", f"{self._pool}:people:{node}")]

    def give_up(self, user: UserId) -> None:
        """Remember *user* no more: they are on another node."""
        self._memory.lose(user)

    def reread(self, user: UserId) -> None:
        """Keep the avoid-set of *user* anew at the next commit of their ticket."""
        self._memory.avoid.pop(user, None)

    async def commit(self, change: Change) -> None:
        """Apply *change* whole, then deliver its news.

        Raises:
            Conflict: a record is not at the version it was loaded at.
            Unavailable: Redis is away. If it was just slow, the change may have happened, or happen.
        """
        if not self._marker:
            await self.begin()
        said = words.commit(self._marker, self.node, change, kept=self._memory.avoid, known=self._memory.at)

        in_doubt = False

        def done(reply: Any) -> None:
            if isinstance(reply, list):
                self._memory.apply(change)
                if not (in_doubt and change.is_told_otherwise):
                    self._deliver_some(change.tell, reply)

        users = [seat.user for seat in (*change.seats, *change.forgotten, *(seat for _, seat in change.restored))]
        try:
            reply = await self._pipe.run(self._commit, *said, key=self._pool, then=done)
        except BaseException:
            in_doubt = True
            self._memory.doubt(users)
            raise
        if reply == 0:
            self._memory.doubt(users)
            raise Conflict
        if reply == -1:
            self._forgotten()

    async def tell(self, news: Collection[AnyNews | AnyFact]) -> None:
        """Deliver *news*: here at once, elsewhere by way of Redis, in the order of the calls."""
        others: list[AnyNews | AnyFact] = []
        for item in news:
            if not self.holds(item.to) or isinstance(item, words.NOTED):
                others.append(item)
            elif not isinstance(item, Fact):
                self._deliver_late(item)
        self._tell_others(others)

    async def heads(self, ticket: Ticket, *, now: int) -> Heads:
        """Return whom the holder of *ticket* might be paired with."""
        own = self._memory.own.get(ticket.user)
        stranger = ticket.avoid is not KEPT and (own is None or self._memory.avoid.get(ticket.user) is not ticket.avoid)
        mine = sort_of(ticket)
        while True:
            if not self._marker:
                await self.begin()
            said = words.heads(self._marker, len(self._places), ticket, self._lines(mine), now=now, stranger=stranger)
            reply = await self._pipe.run(self._heads, *said, key=self._pool)
            if reply == -1:
                self._forgotten()
            if len(reply) == 1:
                self._places = frozenset(name.decode() for name in reply[0])
                self._fitting.clear()
                continue
            found = [self._found(blob) if blob else None for blob in reply[:4]]
            new, kindred, offered, introduced = (None if seat is None else seat.ticket for seat in found)
            return Heads(
                new=new,
                kindred=kindred,
                offered=offered,
                introduced=introduced,
                retry_at=int(reply[4]) if reply[4] else None,
                seats={seat.user: seat for seat in found if seat is not None},
            )

    async def waiting(
        self, *, mode: Mode | None, band: Band, first: Collection[UserId], skip: Collection[UserId], limit: int
    ) -> list[Seat]:
        """Return up to *limit* people of *band* who are waiting: those in *first*, then whoever waits longest."""
        lists = () if band is None else [words.listing(one, band) for one in _MODES if mode in (None, one)]
        if not self._marker:
            await self.begin()
        said = words.waiting(self._marker, limit, lists, first, skip)
        reply = await self._pipe.run(self._waiting, *said, key=self._pool)
        if reply == -1:
            self._forgotten()
        return [self._memory.see(words.read_seat(blob)) for blob in reply]

    async def depth(self) -> dict[Mode, int]:
        """Return how many people wait, by mode, on all nodes."""
        names = [name.decode() for name in await self._pipe.call("SMEMBERS", f"{self._pool}:places")]
        depth: dict[Mode, int] = dict.fromkeys(_MODES, 0)
        for mode in _MODES:
            lists = [name for name in names if name.startswith((f"listed:{mode}|", f"unlisted:{mode}|"))]
            counts = await asyncio.gather(*(self._pipe.call("ZCARD", f"{self._pool}:{name}") for name in lists))
            depth[mode] = sum(counts)
        return depth

    async def _load(self, user: UserId) -> Seat | None:
        found: list[Seat | None] = []

        def note(blob: bytes | None) -> None:
            # Here, not after waiting for it: what is told next is newer.
            seat = None if blob is None else words.read_seat(blob, self._memory.avoid.get(user, KEPT))
            found.append(seat)
            self._memory.unsure.discard(user)
            self._memory.find(user, seat)

        await self._pipe.call("HGET", f"{self._pool}:seat:{user}", "b", then=note)
        return found[0]

    def _found(self, blob: bytes) -> Seat:
        seat = words.read_seat(blob)
        return self._memory.at(seat.user, seat.version) or self._memory.see(seat)

    def _lines(self, mine: Sort) -> list[str]:
        lines = self._fitting.get(mine)
        if lines is None:
            lines = self._fitting[mine] = [
                name for name in self._places if name.startswith("line:") and fit(words.sort(name), mine)
            ]
        return lines

    def _deliver_late(self, news: AnyNews) -> None:
        """Deliver what the ledger has made durable, unless another node has ended the room meanwhile, and said so."""
        seat, room_id = self._memory.own.get(news.to), room_of(news)
        if room_id is None or seat is None or seat.room == room_id:
            self._deliver(news)

    def _deliver_some(self, items: Sequence[AnyNews | AnyFact], places: list[int]) -> None:
        for place in places:
            item = items[place - 1]
            if not isinstance(item, Fact):
                self._deliver(item)

    def _tell_others(self, items: Sequence[AnyNews | AnyFact]) -> None:
        if not items:
            return
        if self._unsaid:
            self._keep(items)  # nothing overtakes what waits
        else:
            self._say(items)

    def _say(self, items: Sequence[AnyNews | AnyFact]) -> None:
        def done(reply: Any) -> None:
            if isinstance(reply, list):
                for place in reply:
                    item = items[place - 1]
                    if not isinstance(item, Fact):
                        self._deliver_late(item)
            elif reply == -1:
                self._keep(items)
                self._interrupted()

        said = words.only_tell(self._marker, self.node, items)
        try:
            # If the connection is lost meanwhile it is said again, perhaps twice: who hears it knows what they have.
            self._pipe.begin(self._commit, *said, key=self._pool, then=done, otherwise=lambda: self._keep(items))
        except Unavailable:
            self._keep(items)

    def _keep(self, items: Sequence[AnyNews | AnyFact]) -> None:
        self._unsaid.extend(items)
        if self._saying_again is None:
            self._saying_again = asyncio.get_running_loop().call_later(SAY_AGAIN_S, self._say_again)

    def _say_again(self) -> None:
        self._saying_again = None
        if self._memory.is_current and self._pipe.is_up:
            self._say_unsaid()
        else:
            self._keep(())

    def _say_unsaid(self) -> None:
        unsaid, self._unsaid = self._unsaid, deque(maxlen=UNSAID_MAX)
        if unsaid:
            self._say(list(unsaid))

    def _hear_seat(self, _sender: str, body: bytes) -> None:
        end = 1 + body[0]
        user, blob = UserId(body[1:end].decode()), body[end:]
        if blob:
            self._memory.note(user, words.read_seat(blob, self._memory.avoid.get(user, KEPT)))
        else:
            self._memory.lose(user)

    def _moved(self, user: UserId, before: Seat | None, seat: Seat | None) -> None:
        self.learn(Reseated(to=user, before=before, seat=seat))

    def _interrupted(self) -> None:
        self._memory.interrupt()
        self.learn(Interrupted(to=UserId("")))

    def _forgotten(self) -> None:
        """Redis remembers nothing of what we know."""
        self._interrupted()
        raise Unavailable
