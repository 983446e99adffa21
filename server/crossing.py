"""A person comes from one node to another: whoever had them lets go first, and hands on what waited for them."""

import asyncio
from contextlib import suppress
from typing import Final

import msgspec

from matchmaker.bus import Bus
from matchmaker.errors import Unavailable
from matchmaker.ids import RoomId, UserId
from matchmaker.matchmaker import Matchmaker
from matchmaker.news import AnyNews
from matchmaker.seat import Seat
from server.faults import Faults
from server.membership import Membership, a_few_at_a_time
from server.mending import Mending
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
_NAME: Final = 36

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
    """Keeps the contract `signaling.door.Crossing`."""

    def __init__(
        self,
        bus: Bus,
        matchmaker: Matchmaker,
        speaker: Speaker,
        membership: Membership,
        mending: Mending,
        *,
        faults: Faults,
    ) -> None:
        self._bus = bus
        self._faults = faults
        self._engine = engine = matchmaker.house.engine
        self._matchmaker = matchmaker
        self._speaker = speaker
        self._hub = speaker.hub
        self._membership = membership
        self._mending = mending
        self._ways = Ways(bus, self._hub, find=self.find, holds=engine.holds, spawn=speaker.spawn)
        self._asked: dict[UserId, asyncio.Future[None]] = {}
        self._newest: dict[UserId, int] = {}
        """The numbers of sockets on other nodes that are newer than what was known here, for a few seconds."""
        self._leaving: dict[UserId, int] = {}
        """Who has left while everybody was told to, and as which socket."""
        self._is_open = True
        speaker.crossing = self
        self._hub.ways = self._ways
        self._hub.forward = self._forward
        membership.on_death(self._ways.abandon)
        bus.on("release", self._release)
        bus.on("released", self._released)
        bus.on("superseded", self._superseded)

    async def settled(self) -> None:
        """Return once everybody who has left is at another node, or was waited for in vain."""
        while self._leaving:  # noqa: ASYNC110 - a moment once in a process's life
            await asyncio.sleep(LOOK_S)

    async def close(self) -> None:
        """Note of everybody who was here, and went to no other node, that they are away."""
        self._is_open = False
        with suppress(Unavailable):
            await a_few_at_a_time(self._depart, self._leaving)

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
            Unavailable: nobody can say where they are, or what became of their room.
        """
        seat = await self._seat(user)
        if seat is None:
            # The engine may have lost its memory; the ledger never does.
            room_id = await self._matchmaker.take_over(user)
            if room_id is not None:
                await self._matchmaker.refresh(room_id)
            return Passage()
        if not seat.node or seat.node == self._bus.node:
            return Passage(seat.epoch)
        # What is remembered of an earlier visit is not where they were last.
        self._hub.hand_over(user)
        self._ways.halt(user)
        answered = False
        try:
            answered = await self._ask(seat)
        finally:
            self._ways.go_on(user)
        if seat.room is not None and not (answered and self._matchmaker.is_current):
            # It may be we who are, or were, deaf: what we remember of their room may be old.
            await self._matchmaker.refresh(seat.room)
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
            self._faults.warn("node_release_timeout", node, other_node=node)
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
        self._leaving.pop(user, None)
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
        if user in self._leaving and self._is_open:
            self._speaker.spawn(self._depart(user))

    async def _depart(self, user: UserId) -> None:
        epoch = self._leaving.pop(user, None)
        if epoch is not None:
            with suppress(Unavailable):
                await self._matchmaker.depart(user, epoch=epoch)

    def owe(self, user: UserId) -> None:
        """Note that where *user* stands could not be written down; it is made good as soon as it can be."""
        self._mending.owe(user)
