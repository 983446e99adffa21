"""The way of a signal to a peer on another node: looked up once, and in order also while the peer moves.

unknown ─found→ open ─the peer moved→ turning ─what went the old way has arrived→ unknown
                  └───the peer comes here→ halted ─what went the old way has come back→ closed
"""

import asyncio
from collections.abc import Awaitable, Callable, Coroutine
from itertools import count
from typing import TYPE_CHECKING, Any
from weakref import WeakValueDictionary

from matchmaker.bus import Bus
from matchmaker.errors import Unavailable
from matchmaker.ids import RoomId, UserId
from signaling.stamp import is_description, room_of, stamp

if TYPE_CHECKING:
    from signaling.hub import Hub

HEADS = {"signal": b'{"type":"signal",', "chat.typing": b'{"type":"chat.typing",'}
"""What people say to each other past the matchmaker, and how each event begins."""
TURN_S = 1.0
"""How long the old node may take to say that everything has passed; a dead one says nothing."""
AGAIN_S = 0.5
"""How soon a peer who was nowhere is looked for again, while signals wait for them."""
_NAME = 36
"""Characters of an id. On the bus each signal begins with whom it is for."""

Find = Callable[[UserId], Awaitable[str | None]]
"""Tells which living node has somebody's socket, or had it last; None: none. May raise `Unavailable`."""
Spawn = Callable[[Coroutine[Any, Any, None]], object]


class Way:
    """To one person who is not on this node; in the place of their presence."""

    __slots__ = ("__weakref__", "_ways", "kept", "name", "node", "notice", "room_id", "session", "turning", "user")

    def __init__(self, ways: "Ways", user: UserId, room_id: RoomId) -> None:
        self._ways = ways
        self.user = user
        self.name = user.encode()
        self.room_id = room_id
        self.node: str | None = None
        self.turning: int | None = None
        self.kept: list[bytes] | None = None
        """Signals said while halted; older ones are on their way back."""
        self.notice: bytes | None = None
        """That somebody is typing, while it is not known whom to tell; only the last one is worth anything."""
        self.session: object | None = self
        """None once the person is on this node: whoever keeps this asks the hub again."""

    def hear(self, kind: str, head: bytes, rest: bytes) -> bool:  # noqa: ARG002 - the head is the other node's affair
        """Send an event on; False while it is not known where to: then the caller keeps it."""
        if self.kept is not None:
            if kind == "signal":
                self.kept.append(rest)
            return True
        if self.node is None:
            self._ways.seek(self)
        if self.node is None:
            if kind == "chat.typing":
                self.notice = self.name + rest
            return False
        self._ways.send(self.node, kind, self.name + rest)
        return True


class Ways:
    """Sends to other nodes what people here say to people there, and takes what comes from there."""

    def __init__(self, bus: Bus, hub: "Hub", *, find: Find, holds: Callable[[UserId], bool], spawn: Spawn) -> None:
        """*holds* tells of whom this node looks after, connected or not."""
        self.gone: dict[UserId, str] = {}
        """Where those went who were here a moment ago."""
        self._bus = bus
        self._hub = hub
        hub.relay.is_stamped = True
        self._find = find
        self._holds = holds
        self._spawn = spawn
        self.halted: dict[UserId, Way] = {}
        """Ways to those who are just coming here."""
        self._ways: WeakValueDictionary[UserId, Way] = WeakValueDictionary()
        self._seeking: set[UserId] = set()
        self._turns = count(1)
        self._numbers = count(1)
        for kind in HEADS:
            bus.on(kind, self._taker(kind))
        bus.on("astray", self._take_back)
        bus.on_unheard("signal", self._take_back)
        bus.on("fence", lambda sender, body: bus.send(sender, "fenced", body))
        bus.on("fenced", self._fenced)
        bus.on("moved", lambda _, body: self.turn(UserId(body.decode())))

    def to(self, user: UserId, room_id: RoomId) -> Way:
        """Return the way to *user*, who is in this room with somebody here."""
        way = self._ways.get(user)
        if way is None or way.room_id != room_id:
            way = self._ways[user] = Way(self, user, room_id)
        return way

    def stamp(self, epoch: int) -> bytes:
        """Return the stamp of a signal that socket number *epoch* sends now."""
        return stamp(epoch, next(self._numbers))

    def send(self, node: str, kind: str, body: bytes) -> None:
        """Send an event for one person to the node that has them."""
        self._hub.stats.sent_abroad[kind] += 1
        # A lost candidate costs one path of many; a lost description, the call.
        light = kind != "signal" or not is_description(body[_NAME:])
        self._bus.send(node, kind, body, light=light)

    def close(self, user: UserId) -> None:
        """Note that *user* is on this node now; what waits for them here is theirs to take."""
        self.gone.pop(user, None)
        way = self._ways.pop(user, None)
        if way is not None:
            way.session = way.node = way.turning = None

    def halt(self, user: UserId) -> None:
        """Send nothing more to *user*, who is about to be asked for where they were: what was sent comes back first."""
        way = self._ways.get(user)
        if way is not None:
            way.node, way.turning, way.kept = None, next(self._turns), []
            self.halted[user] = way

    def go_on(self, user: UserId) -> None:
        """Note that everything has come back, or that nobody is there to send it: what was said since may follow."""
        way = self.halted.pop(user, None)
        if way is not None:
            for rest in way.kept or ():
                self._hold(user, rest)
            self._ways.pop(user, None)
            way.session = way.kept = way.turning = None

    def turn(self, user: UserId) -> None:
        """Look anew where *user* is, once all that went the old way has arrived: nothing overtakes it."""
        way = self._ways.get(user)
        if way is None or way.turning is not None:
            return
        if way.node is None:
            self.seek(way)
            return
        old, way.node, way.turning = way.node, None, next(self._turns)
        self._bus.send(old, "fence", b"%b%d" % (way.name, way.turning))
        asyncio.get_running_loop().call_later(TURN_S, self._turned, way, way.turning)

    def abandon(self, node: str) -> None:
        """Look anew for everybody who was on a node that is dead."""
        for way in list(self._ways.values()):
            if way.node == node:
                way.node = None
                self.seek(way)

    def hand_on(self, user: UserId, room_id: RoomId, node: str) -> None:
        """Let everything that waits here for *user* follow them to another node, and what may still come."""
        self.gone[user] = node
        name = user.encode()
        for rest in self._hub.relay.take(room_id, user):
            self.send(node, "signal", name + rest)

    def follow(self, user: UserId, room_id: RoomId) -> None:
        """Send what waits here for *user* to where they are: they were missed, and are at another node after all."""
        if self._hub.relay.holds(room_id, user):
            self.seek(self.to(user, room_id))

    def seek(self, way: Way) -> None:
        """Look up where somebody is, unless that is under way; what waits for them is sent there."""
        if way.turning is not None or way.session is None:
            return
        if way.user in self.gone:
            self._open(way, self.gone[way.user])
        elif way.user not in self._seeking:
            self._seeking.add(way.user)
            self._spawn(self._seek(way))

    async def _seek(self, way: Way) -> None:
        try:
            node = await self._find(way.user)
        except Unavailable:
            node = None
        finally:
            self._seeking.discard(way.user)
        if way.session is None or way.turning is not None or way.node is not None:
            return
        if node is None or node == self._bus.node:
            # Nowhere yet, or just arriving here: whoever comes takes what waits, or their node asks for it.
            if self._hub.relay.holds(way.room_id, way.user):
                asyncio.get_running_loop().call_later(AGAIN_S, self.seek, way)
            return
        self._open(way, node)

    def _open(self, way: Way, node: str) -> None:
        way.node = node
        for rest in self._hub.relay.take(way.room_id, way.user):
            self.send(node, "signal", way.name + rest)
        notice, way.notice = way.notice, None
        if notice is not None:
            self.send(node, "chat.typing", notice)

    def _turned(self, way: Way, turning: int) -> None:
        if way.turning == turning:
            way.turning = None
            self.seek(way)

    def _fenced(self, _sender: str, body: bytes) -> None:
        way = self._ways.get(UserId(body[:_NAME].decode()))
        if way is not None:
            self._turned(way, int(body[_NAME:]))

    def _taker(self, kind: str) -> Callable[[str, bytes], None]:
        head, waits = HEADS[kind], kind == "signal"

        def take(sender: str, body: bytes) -> None:
            user, rest = UserId(body[:_NAME].decode()), body[_NAME:]
            self._hub.stats.come_from_abroad[kind] += 1
            presence = self._hub.presence_of(user)
            if presence is not None and (presence.session is not None or presence.waiting):
                if not presence.hear(kind, head, rest) and waits:
                    self._hold(user, rest)
            elif (node := self.gone.get(user)) is not None:
                self.send(node, kind, body)
            elif waits and self._holds(user):
                self._hold(user, rest)
            elif waits:
                self._bus.send(sender, "astray", body)

        return take

    def _take_back(self, sender: str, body: bytes) -> None:
        """Keep what went to a node that is dead, or does not know its recipient, until it is known where they are."""
        user, rest = UserId(body[:_NAME].decode()), body[_NAME:]
        self._hub.stats.astray += 1
        presence = self._hub.presence_of(user)
        if presence is not None and presence.hear("signal", HEADS["signal"], rest):
            return
        self._hold(user, rest)
        way = self._ways.get(user)
        if way is not None and way.node == sender:
            self.turn(user)

    def _hold(self, user: UserId, rest: bytes) -> None:
        self._hub.relay.hold(room_of(rest), user, rest, is_description=is_description(rest))
