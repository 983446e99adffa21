"""A person comes from one node to another: whoever had them lets go first, and hands on what waited for them."""

import asyncio
from collections.abc import Awaitable, Callable, Coroutine
from contextlib import suppress
from typing import Any, Final

import msgspec
import structlog

from matchmaker.bus import Bus
from matchmaker.engine import Engine
from matchmaker.errors import Unavailable
from matchmaker.ids import RoomId, UserId
from matchmaker.matchmaker import Matchmaker
from matchmaker.news import AnyNews
from matchmaker.seat import Seat
from server.membership import AT_ONCE, Membership
from signaling.closecodes import CloseCode
from signaling.conversation import Conversation
from signaling.door import Passage
from signaling.speaker import Speaker
from signaling.way import Ways

RELEASE_S: Final = 1.0
"""How long a node that lives may take to let somebody go; then they come in without its leave."""
LOOK_S: Final = 0.05
"""How often it is looked whether that node listens at all: one that was killed does not."""
PASS_ON_S: Final = 5.0
"""How long what still comes for somebody who has left is passed on; should they have arrived nowhere by then, they are
away."""
RETURN_S: Final = 3.0
"""How long somebody who was told to leave may take to another node before they count as away."""
MEND_S: Final = 1.0
_NAME: Final = 36

log = structlog.get_logger()

_encode = msgspec.msgpack.Encoder().encode


class Release(msgspec.Struct, frozen=True, array_like=True):
    """What one node asks of another."""

    user: UserId
    epoch: int
    """The number of the socket that is to be let go of, and of all before it."""
    room: RoomId
    """Where signals may wait for them; empty: nowhere."""


_read_release = msgspec.msgpack.Decoder(Release).decode


class Crossing:
    """Keeps the contract `signaling.door.Crossing`, and puts right what went wrong while nodes could not talk."""

    def __init__(
        self,
        bus: Bus,
        engine: Engine,
        matchmaker: Matchmaker,
        speaker: Speaker,
        membership: Membership,
        *,
        reread: Callable[[], Awaitable[None]],
    ) -> None:
        """*reread* makes good what was not heard about tokens and decisions."""
        self._bus = bus
        self._engine = engine
        self._matchmaker = matchmaker
        self._speaker = speaker
        self._hub = speaker.hub
        self._membership = membership
        self._reread = reread
        self._ways = Ways(bus, self._hub, find=self.find, holds=engine.holds, spawn=speaker.spawn)
        self._asked: dict[UserId, asyncio.Future[None]] = {}
        self._newest: dict[UserId, int] = {}
        """The numbers of sockets on other nodes that are newer than what was known here, for a few seconds."""
        self._leaving: dict[UserId, int] = {}
        self._owed: set[UserId] = set()
        self._owes_all = False
        self._mending: asyncio.Task[None] | None = None
        self._wake = asyncio.Event()
        speaker.crossing = self
        self._hub.ways = self._ways
        self._hub.forward = self._forward
        membership.on_death = self._ways.abandon
        bus.on("release", self._release)
        bus.on("released", self._released)
        bus.on("superseded", self._superseded)

    def open(self) -> None:
        """Begin to put right what could not be written down."""
        self._mending = asyncio.create_task(self._mend(), name="crossing")

    async def close(self) -> None:
        """Note of everybody who was here, and went to no other node, that they are away."""
        mending, self._mending = self._mending, None
        if mending is not None:
            mending.cancel()
            await asyncio.gather(mending, return_exceptions=True)
        with suppress(Unavailable):
            await self._each(self._leaving, self._depart)

    async def find(self, user: UserId) -> str | None:
        """Return the living node that has *user*'s socket, or had it last; None: there is none.

        Raises:
            Unavailable: nobody can say.
        """
        seat = await self._seat(user)
        return seat.node if seat is not None and seat.node and self._membership.is_alive(seat.node) else None

    async def _seat(self, user: UserId) -> Seat | None:
        """Return where *user* stands as all nodes see it, not as it is remembered here."""
        return (await self._engine.recall((user,)))[0]

    # At the node they come to.

    async def claim(self, user: UserId) -> Passage:
        """Have the node that has *user* let go of them; what waits for them there waits here from now on.

        Raises:
            Unavailable: nobody can say where they are.
        """
        seat = await self._seat(user)
        if seat is None:
            # The engine may have lost its memory; the ledger never does.
            await self._matchmaker.take_over(user)
            return Passage()
        if not seat.node or seat.node == self._bus.node:
            return Passage(seat.epoch)
        # What is remembered of an earlier visit is not where they were last.
        self._hub.hand_over(user)
        self._ways.halt(user)
        try:
            answered = await self._ask(seat)
        finally:
            self._ways.go_on(user)
        self._speaker.stats.moves["in" if answered else "lost"] += 1
        return Passage(seat.epoch, seat.node, answered)

    def settle(self, user: UserId, passage: Passage, *, epoch: int, peer: UserId | None) -> None:
        """Note that *user* is here now, as socket number *epoch*; let whoever else may have them, and *peer*, know."""
        if self._newest.get(user, 0) > epoch:
            self._hub.hand_over(user)
            return
        was_faster = bool(passage.epoch) and epoch != passage.epoch + 1
        if not passage.answered or was_faster:
            self._bus.broadcast("superseded", b"%b%d" % (user.encode(), epoch))
        if passage.node is not None and peer is not None:
            self._speaker.spawn(self._tell(user, peer))

    async def _ask(self, seat: Seat) -> bool:
        user, node = seat.user, seat.node
        if not self._membership.is_alive(node) or not await self._membership.is_listening(node):
            return False
        given = self._asked[user] = asyncio.get_running_loop().create_future()
        self._bus.send(node, "release", _encode(Release(user, seat.epoch, seat.room or RoomId(""))))
        try:
            async with asyncio.timeout(RELEASE_S):
                while not given.done():
                    await asyncio.wait((given,), timeout=LOOK_S)
                    if not given.done() and not await self._membership.is_listening(node):
                        return False
            return True
        except TimeoutError:
            log.warning("a node does not let go", node=node)
            return False
        finally:
            self._asked.pop(user, None)

    def _released(self, _sender: str, body: bytes) -> None:
        given = self._asked.get(UserId(body.decode()))
        if given is not None and not given.done():
            given.set_result(None)

    async def _tell(self, user: UserId, peer: UserId) -> None:
        """Let the node of *peer* look for *user* anew."""
        with suppress(Unavailable):
            node = await self.find(peer)
            if node is not None:
                self._bus.send(node, "moved", user.encode())

    # At the node they leave.

    def _release(self, sender: str, body: bytes) -> None:
        wish = _read_release(body)
        user = wish.user
        # Should they be just coming in here as well, that socket is older than the one there.
        self._outdate(user, wish.epoch + 1)
        self._hub.hand_over(user)
        self._ways.hand_on(user, wish.room, sender)
        self._bus.send(sender, "released", user.encode())
        self._speaker.stats.moves["out"] += 1
        asyncio.get_running_loop().call_later(PASS_ON_S, self._let_be, user, sender)

    def _let_be(self, user: UserId, node: str) -> None:
        if self._ways.gone.get(user) == node:
            del self._ways.gone[user]
            self.owe(user)  # nothing, as a rule: they are where they went

    def _superseded(self, _sender: str, body: bytes) -> None:
        user, epoch = UserId(body[:_NAME].decode()), int(body[_NAME:])
        self._outdate(user, epoch)
        here = self._hub.conversation_of(user)
        if isinstance(here, Conversation) and here.epoch < epoch:
            self._hub.hand_over(user)

    def _outdate(self, user: UserId, epoch: int) -> None:
        self._newest[user] = max(epoch, self._newest.get(user, 0))
        asyncio.get_running_loop().call_later(PASS_ON_S, self._newest.pop, user, None)

    def _forward(self, news: AnyNews) -> None:
        node = self._ways.gone.get(news.to)
        if node is not None:
            self._bus.send(node, "news", _encode(news))  # as the engine sends it

    def leave(self, user: UserId, *, epoch: int) -> None:
        """Note that *user* has left while everybody was told to; should they come to no other node, they are away."""
        self._leaving[user] = epoch
        asyncio.get_running_loop().call_later(RETURN_S, self._miss, user)

    def _miss(self, user: UserId) -> None:
        if user in self._leaving and self._mending is not None:
            self._speaker.spawn(self._depart(user))

    async def _depart(self, user: UserId) -> None:
        epoch = self._leaving.pop(user, None)
        if epoch is not None:
            with suppress(Unavailable):
                await self._matchmaker.depart(user, epoch=epoch)

    # What went wrong.

    def owe(self, user: UserId) -> None:
        """Note that where *user* stands could not be written down; it is made good as soon as it can be."""
        self._owed.add(user)
        self._wake.set()

    def owe_all(self) -> None:
        """Look again where everybody stands who is, or was, here: this node was deaf, or taken for dead."""
        self._owes_all = True
        self._wake.set()

    def miss(self, user: UserId) -> None:
        """Send away *user*, who was not told what has happened to them: they come back at once, and are told all."""
        if self._hub.is_here(user):
            self._hub.hand_over(user, CloseCode.GOING_AWAY)
            asyncio.get_running_loop().call_later(RETURN_S, self.owe, user)

    async def _mend(self) -> None:
        while True:
            await self._wake.wait()
            self._wake.clear()
            while self._owes_all or self._owed:
                try:
                    await self._mend_once()
                except Unavailable:
                    await asyncio.sleep(MEND_S)
                except Exception:
                    log.exception("somebody's place could not be put right")
                    await asyncio.sleep(MEND_S)

    async def _mend_once(self) -> None:
        if self._owes_all:
            await self._reread()
            self._owed.update(self._hub.here(), await self._engine.people(self._bus.node))
            self._owes_all = False
        await self._each(self._owed, self._put_right)

    async def _put_right(self, user: UserId) -> None:
        """Bring the seat of *user* in line with whether they are here. Raises `Unavailable`."""
        async with self._hub.arriving(user) as presence:
            seat, here = await self._seat(user), presence.conversation
            mine = seat is not None and seat.node == self._bus.node
            if seat is None and self._engine.holds(user):
                raise Unavailable  # Redis has lost it; what we remember is about to be put back
            if not isinstance(here, Conversation):
                if seat is not None and mine and seat.connected:
                    await self._matchmaker.depart(user, epoch=seat.epoch)
            elif seat is not None and not mine and seat.node and seat.epoch > here.epoch:
                self._hub.hand_over(user)
            elif seat is None or not mine or not seat.connected or seat.epoch != here.epoch:
                standing = await self._matchmaker.arrive(here.profile, resumed=True, band=here.band)
                here.renumber(standing.seat.epoch)
        self._owed.discard(user)

    async def _each(self, users: Any, work: Any) -> None:
        """Do *work* for each of *users*, a few at a time."""
        waiting = list(users)
        for at in range(0, len(waiting), AT_ONCE):
            some: list[Coroutine[Any, Any, None]] = [work(user) for user in waiting[at : at + AT_ONCE]]
            for result in await asyncio.gather(*some, return_exceptions=True):
                if isinstance(result, BaseException):
                    raise result
