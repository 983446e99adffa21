"""The same society on two nodes over one Redis: what must hold on one holds on both."""

import asyncio
import itertools
from collections.abc import Callable, Coroutine
from typing import Any, ClassVar

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import rule
from msgspec.structs import replace

from matchmaker.bus_redis import RedisBus
from matchmaker.engine_redis import RedisEngine
from matchmaker.errors import Unavailable
from matchmaker.ids import InviteId, UserId, pair_of
from matchmaker.invite import Invite
from matchmaker.matchmaker import Matchmaker
from matchmaker.news import AnyNews
from matchmaker.pipe_redis import Pipe
from matchmaker.profile import Profile
from matchmaker.rules import FOREVER, Rules
from matchmaker.seat import Seat
from matchmaker.ticket import wants
from tests.properties.test_matchmaker import NAMES, PEOPLE, Society
from tests.properties.town import MIRROR, Socket, Town
from tests.valkey import Valkey

_numbers = itertools.count(1)


class CountingPipe(Pipe):
    """Counts what is asked, so that a test can tell when nothing more is."""

    asked = 0

    def _put(self, ask: Any) -> None:
        self.asked += 1
        super()._put(ask)


class Node:
    """One node of the town."""

    def __init__(self, town: "TwoNodes", name: str, deliver: Callable[[AnyNews], None]) -> None:
        self.pipe = CountingPipe(town.url, patience_s=30)
        bus = RedisBus(self.pipe, name, pool=town.pool)
        self.engine = RedisEngine(self.pipe, bus, deliver, pool=town.pool)
        self.mm = Matchmaker(
            engine=self.engine, ledger=town.ledger, clock=town.clock, rules=town.rules, on_fault=town._on_fault
        )
        house = self.mm.house
        house.timekeeper.disarm()
        # Nothing waits in real time here, and nobody dies.
        house.rests_s = house.looks_s = (0.0,) * 16
        self.mm._sweep.start = lambda: None  # type: ignore[method-assign]


class Everywhere:
    """Looks like one matchmaker and one engine: each verb is done where the person is."""

    def __init__(self, town: "TwoNodes") -> None:
        self._town = town
        self.house = self.timekeeper = self

    def __getattr__(self, verb: str) -> Callable[..., Coroutine[Any, Any, Any]]:
        def do(who: UserId | Profile, *args: Any, **options: Any) -> Coroutine[Any, Any, Any]:
            user = who.user_id if isinstance(who, Profile) else who
            if verb == "arrive":
                self._town.homes[user] += 1
            node = self._town.nodes[self._town.homes[user] % 2]
            found: Coroutine[Any, Any, Any] = getattr(node.mm, verb)(who, *args, **options)
            return found

        return do

    @property
    def _keepers(self) -> list[Any]:
        return [node.mm.house.timekeeper for node in self._town.nodes]

    @property
    def next(self) -> int | None:
        return min((keeper.next for keeper in self._keepers if keeper.next is not None), default=None)

    @property
    def _acting(self) -> set[asyncio.Task[None]]:
        return {task for keeper in self._keepers for task in keeper._acting}

    def begin_due(self) -> None:
        for keeper in self._keepers:
            keeper.begin_due()

    @property
    def _seats(self) -> dict[UserId, Seat]:
        return {seat.user: seat for node in self._town.nodes for seat in node.engine.own()}

    class _Closing(dict[InviteId, Any]):
        """What is not known here may be just ending."""

        def __missing__(self, _: InviteId) -> Any:
            return type("Unknown", (), {"closing": True})

    _invites = _Closing()


class TwoNodes(Town):
    """A town whose people are shared out over two nodes; whoever comes back comes to the other one."""

    def __init__(self, url: str, rules: Rules) -> None:
        self.url = url
        self.pool = f"{{town-{next(_numbers)}}}"
        super().__init__([profile for profile in PEOPLE if profile.user_id != MIRROR], rules)
        self.witness.knows_expired = False  # each node remembers the expired invites that it has ended

    def begin(self) -> None:
        self.homes = {user: n for n, user in enumerate((*NAMES, MIRROR))}
        self.nodes = [Node(self, name, self._hear) for name in ("one", "two")]
        for node in self.nodes:
            self.loop.run_until_complete(node.pipe.open())
        self.mm = self.engine = Everywhere(self)  # type: ignore[assignment]
        self.fire()

    def close(self) -> None:
        for node in self.nodes:
            self.loop.run_until_complete(node.pipe.close())

    def _hear(self, news: AnyNews) -> None:
        try:
            self.witness.hear(news)
        except (AssertionError, KeyError) as objection:
            objection.add_note(repr(news))
            self.faults.append(objection)

    def crash(self) -> None:
        """Nobody dies here: those stories are told elsewhere."""

    def _settle(self) -> None:
        async def rest() -> None:
            quiet, before = 0, -1
            while quiet < 2:
                while self.loop._ready:  # type: ignore[attr-defined]  # noqa: ASYNC110
                    await asyncio.sleep(0)
                # What was published before is heard before.
                for node in self.nodes:
                    await node.pipe.call("PING")
                asked = sum(node.pipe.asked for node in self.nodes) - 2 * quiet
                quiet, before = (
                    (quiet + 1, before) if asked == before else (0, sum(n.pipe.asked for n in self.nodes) + 2)
                )

        self.loop.run_until_complete(rest())

    def truth(self) -> tuple[dict[UserId, Seat], dict[InviteId, Invite]]:
        """Return the seats, and the invites that they point to, as Redis has them."""

        async def look() -> tuple[dict[UserId, Seat], dict[InviteId, Invite]]:
            engine = self.nodes[0].engine
            seats = {seat.user: seat for seat in await engine.recall(NAMES) if seat is not None}
            names = {seat.open_invite for seat in seats.values() if seat.open_invite is not None}
            found = [await engine.invite(name) for name in names]
            return seats, {invite.invite_id: invite for invite in found if invite is not None}

        return self.loop.run_until_complete(look())

    def check(self) -> None:
        if self.faults:
            raise self.faults[0]
        seats, invites = self.truth()
        for user, seat in seats.items():
            assert [seat.room, seat.invite, seat.side_invite].count(None) >= 2, "in two places"
            if seat.open_invite is not None:
                assert user in invites[seat.open_invite].users
            if seat.side_invite is not None:
                assert seat.phase == "queued" or invites[seat.side_invite].closing, "invited beside no place"
            assert seat.room is not None or self.witness.room.get(user) is None, "told, not seated"

    def check_calm(self) -> None:
        self.check()
        seats, invites = self.truth()
        now = self.clock.now()
        due = set(self.loop.run_until_complete(self.nodes[1].engine.due(before=1 << 60, limit=1_000)))
        for user, seat in seats.items():
            assert seat.connected == self.is_here(user), "presence is wrong"
            assert (seat.open_invite is not None) == (user in self.witness.invite)
            assert seat.room == self.ledger.seats.get(user) == self.witness.room.get(user)
            home = next(node for node in self.nodes if node.mm.house.engine.node == seat.node)
            assert home.engine._memory.own[user] == seat or home.engine._memory.own[user].version == seat.version, (
                "not told"
            )
            if not seat.connected and seat.phase != "in_room":
                assert ("seat", user) in due, "nobody will take them away"
            if seat.room is not None:
                entry = home.mm.rooms.known(seat.room)
                assert entry is not None, "the room is not known where its people are"
                assert entry.room == self.ledger.open[seat.room], "what is remembered is old"
                assert not entry.is_behind, "somebody was not told"
                assert ("room", seat.room) in due or entry.room is None
        for user in self.witness.invite:
            assert user in seats
        for invite_id, invite in invites.items():
            assert not invite.closing
            assert ("invite", invite_id) in due
        assert not [key for key in due if key[0] == "claim"]
        waiting = [seat.ticket for seat in seats.values() if seat.is_waiting and seat.ticket is not None]
        for one, other in itertools.combinations([t for t in waiting if t.is_paired], 2):
            until = self.ledger.cooldowns.get(pair_of(one.user, other.user), 0)
            if self.ledger.blocks & {(one.user, other.user), (other.user, one.user)}:
                until = FOREVER
            assert until > now or not wants(one, other), "two who fit both keep waiting"


class TwoNodesSociety(Society):
    """Four people on two nodes."""

    url: ClassVar[str]

    def found(self, rules: Rules) -> Town:
        return TwoNodes(self.url, replace(rules, mirror_after_ms=None))

    @rule(user=st.sampled_from((*NAMES, MIRROR)), resumed=st.booleans())
    def arrive(self, user: UserId, resumed: bool) -> None:
        town, socket = self.town, Socket(user)
        if user == MIRROR or (user in self.banned and not self.banned[user].done()):
            return
        # The other node lets go of them first, which nobody counts as a loss.
        elder, last = town.sockets.get(user), None
        if elder is not None:
            last, elder.epoch = elder.epoch, None

        async def hello() -> None:
            ban = self.banned.get(user)
            try:
                seat = (await town.mm.arrive(town.people[user], resumed=resumed)).seat
            except Unavailable:
                if last is not None:  # they have come nowhere, as that node finds out
                    await town.mm.depart(user, epoch=last)
                return
            if self.banned.get(user) is not ban:
                await town.mm.depart(user, epoch=seat.epoch)
                return
            town.note(user, socket, seat.epoch)

        town.run(hello())

    def teardown(self) -> None:
        if not hasattr(self, "town"):
            return
        town = self.town
        assert isinstance(town, TwoNodes)
        try:
            self.dissolve()
            assert town.truth() == ({}, {}), "somebody is never forgotten"
            assert not town.ledger.open
            for node in town.nodes:
                assert not node.mm.rooms._entries
                assert not node.engine.own()
                assert not node.mm.house.avoidance._known
                assert not node.mm.house.introductions._known
            for user in NAMES:
                assert user not in town.witness.invite, "an invite that never ended"
                assert user not in town.witness.room, "a room that never ended"
        finally:
            town.close()
            town.loop.close()


@pytest.fixture(autouse=True, scope="module")
def _server(redis: Valkey) -> None:
    TwoNodesSociety.url = redis.url


TestTwoNodes = TwoNodesSociety.TestCase
TestTwoNodes.settings = settings(max_examples=25, stateful_step_count=30)
