"""All operations in any order, with a repository that is slow and fails: the invariants hold."""

import asyncio
from collections.abc import Iterable
from typing import Literal

from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule
from msgspec.structs import replace

from matchmaker.domain.ids import InviteId, RoomId, UserId, pair_of
from matchmaker.domain.profile import GENDERS, Profile
from matchmaker.domain.ticket import MatchPreferences, Mode
from matchmaker.domain.timing import Timing
from tests.support.gated_repository import Fate
from tests.support.model import MIRROR, Socket, Town

NAMES = tuple(UserId(name) for name in ("ada", "bob", "cat", "dan"))
PEOPLE = [
    Profile(user_id=NAMES[0], display_name="Ada", gender="female"),
    Profile(user_id=NAMES[1], display_name="Bob", gender="male"),
    Profile(user_id=NAMES[2], display_name="Cat", gender="female"),
    Profile(user_id=NAMES[3], display_name="Dan"),
    Profile(user_id=MIRROR, display_name="Mirror", mirror=True),
]
SECOND, HOUR = 1_000, 3_600_000

people = st.sampled_from(NAMES)
choices = st.integers(0, 3)
modes: st.SearchStrategy[Mode] = st.sampled_from(("text", "video"))
wants = st.sampled_from((GENDERS, GENDERS, GENDERS, frozenset(("female",)), frozenset(("male", "unspecified"))))
wishes = st.builds(
    MatchPreferences,
    mode=st.sampled_from(("text", "text", "video")),
    pairing=st.sampled_from(("auto", "auto", "auto", "manual")),
    listed=st.sampled_from((True, True, True, False)),
    auto_accept=st.booleans(),
    auto_next=st.booleans(),
    duration_s=st.sampled_from((60, 300, 301)),
    interests=st.sampled_from(((), (), ("go",), ("go", "jazz"))),
    want=wants,
)
spans = st.sampled_from(
    (1, 250, SECOND, 4_999, 5_000, 5_001, 10_000, 20_000, 30_000, 60_000, 120_000, 180_000, HOUR, 24 * HOUR)
)


class Society(RuleBasedStateMachine):
    """Four users, a mirror, a clock and a repository."""

    @initialize(
        mirror=st.booleans(),
        slow=st.booleans(),
        absent=st.sets(people, max_size=1),
        scenes=st.lists(st.sampled_from(("match", "text", "video", "call", "direct", "beside", "mirror")), max_size=2),
        few_rooms=st.booleans(),
    )
    def begin(self, mirror: bool, slow: bool, absent: set[UserId], scenes: list[str], few_rooms: bool) -> None:
        rules = Timing(mirror_after_ms=10_000 if mirror else None)
        self.town = self.found(replace(rules, rooms_burst=1, room_every_ms=5_000) if few_rooms else rules)
        self.banned: dict[UserId, asyncio.Task[None]] = {}
        for user in NAMES:
            if user not in absent:
                self.arrive(user, resumed=False)
        for scene in scenes:
            self.act(scene)
        self.town.repository.slow = slow

    def found(self, rules: Timing) -> Town:
        """Return the harness of the run."""
        return Town(PEOPLE, rules)

    def act(self, scene: str) -> None:
        """Put the next two users where it becomes interesting."""
        match scene:
            case "match":
                self.meet(0, mode="text", auto_accept=False)
            case "text" | "video":
                self.meet(0, mode=scene, auto_accept=True)
            case "call":
                self.meet(0, mode="video", auto_accept=True)
                for choice in (0, 1):
                    self.ready(choice, stale=False)
            case "mirror":
                self.arrive(MIRROR, resumed=False)
                self.join(0, MatchPreferences(mode="video", auto_accept=True))
                self.town.let_pass(10_000)
            case _:
                self.join(0, MatchPreferences(mode="text", pairing="manual", auto_accept=scene == "beside"))
                for whom in [user for user, seat in self.town.store._states.items() if seat.is_waiting]:
                    self.invite(1, whom)

    # What users know

    def room_of(self, user: UserId, stale: bool = False) -> RoomId:
        """The room that *user* is told of, or an earlier one."""
        rooms = list(self.town.witness.rooms)
        current = self.town.witness.room.get(user)
        return current if current and not stale else rooms[-1] if rooms else RoomId("nowhere")

    def invite_of(self, user: UserId) -> InviteId:
        invites = list(self.town.witness.closed)
        return self.town.witness.invite.get(user) or (invites[-1] if invites else InviteId("nothing"))

    def one_of(self, users: Iterable[UserId], choice: int) -> UserId:
        """A connected user of *users*; any connected user, if there is none."""
        town = self.town
        here = [user for user in town.people if town.is_here(user)]
        some = [user for user in here if user in users] or [user for user in here if user != MIRROR]
        return some[choice % len(some)]

    def anybody_here(self) -> bool:
        return any(self.town.is_here(user) for user in NAMES)

    # Users

    @rule(user=st.sampled_from((*NAMES, MIRROR)), resumed=st.booleans())
    def arrive(self, user: UserId, resumed: bool) -> None:
        town = self.town
        socket = Socket(user)
        if user in self.banned and not self.banned[user].done():
            return

        async def hello() -> None:
            ban = self.banned.get(user)
            snapshot = await town.mm.connect(town.people[user], resumed=resumed)
            seat = snapshot.state
            assert (seat.room is None) == (snapshot.room is None)
            assert (seat.open_invite is None) == (snapshot.invite is None)
            if self.banned.get(user) is not ban:  # Banned in the meantime.
                town.mm.disconnect(user, epoch=seat.epoch)
                return
            town.note(user, socket, seat.epoch)

        town.run(hello())

    @rule(user=st.sampled_from((*NAMES, MIRROR)))
    def drop(self, user: UserId) -> None:
        socket = self.town.sockets.get(user)
        if socket is not None and socket.epoch is not None:
            epoch, socket.epoch = socket.epoch, None
            self.town.mm.disconnect(user, epoch=epoch)
            self.town._settle()

    @precondition(anybody_here)
    @rule(choice=choices, wish=wishes)
    def join(self, choice: int, wish: MatchPreferences) -> None:
        user = self.one_of(set(NAMES) - self.town.witness.room.keys() - self.town.witness.invite.keys(), choice)

        async def join() -> None:
            await self.town.mm.join(user, wish)
            await self.town.mm.find_match(user)

        self.town.run(join())

    @precondition(anybody_here)
    @rule(first=choices, mode=modes, auto_accept=st.booleans())
    def meet(self, first: int, mode: Mode, auto_accept: bool) -> None:
        """Two users with the same preferences join at the same time."""
        for choice in (first, first + 1):
            self.join(choice, MatchPreferences(mode=mode, auto_accept=auto_accept))

    @precondition(anybody_here)
    @rule(choice=choices, whom=people)
    def invite(self, choice: int, whom: UserId) -> None:
        user = self.one_of(set(NAMES) - {whom} - self.town.witness.room.keys(), choice)
        seat = self.town.store._states.get(whom)
        mode = "text" if seat is None or seat.ticket is None else seat.ticket.wish.mode
        self.town.run(self.town.mm.invite(user, whom, mode=mode, duration_s=None))

    @precondition(anybody_here)
    @rule(choice=choices, how=st.sampled_from(("accept", "accept", "accept", "decline", "cancel")))
    def answer(self, choice: int, how: str) -> None:
        mm, user = self.town.mm, self.one_of(self.town.witness.invite, choice)
        invite_id = self.invite_of(user)
        if how == "accept":
            self.town.run(mm.accept(user, invite_id, duration_s=None))
        else:
            self.town.run((mm.decline if how == "decline" else mm.cancel)(user, invite_id))

    @precondition(anybody_here)
    @rule(choice=choices, stale=st.sampled_from((False, False, False, True)))
    def ready(self, choice: int, stale: bool) -> None:
        user = self.one_of(self.town.witness.room, choice)
        self.town.run(self.town.mm.ready(user, self.room_of(user, stale)))

    @precondition(anybody_here)
    @rule(
        choice=choices,
        stale=st.sampled_from((False, False, False, True)),
        reason=st.sampled_from(("hangup", "next", "next", "connect_failed", "connect_failed")),
    )
    def leave_room(self, choice: int, stale: bool, reason: Literal["hangup", "next", "connect_failed"]) -> None:
        user = self.one_of(self.town.witness.room, choice)
        self.town.run(self.town.mm.leave_room(user, self.room_of(user, stale), reason))

    @precondition(anybody_here)
    @rule(
        choice=choices, client_id=st.sampled_from(("1", "2", "3")), stale=st.sampled_from((False, False, False, True))
    )
    def say(self, choice: int, client_id: str, stale: bool) -> None:
        town, user = self.town, self.one_of(self.town.witness.room, choice)
        room_id = self.room_of(user, stale)

        async def say() -> None:
            message = await town.mm.send(user, room_id, client_id=client_id, body="hi")
            told = town.repository.said[room_id]
            assert [m.message_id for m in told if (m.sender, m.client_id) == (user, client_id)] == [message.message_id]

        town.run(say())

    @precondition(anybody_here)
    @rule(choice=choices, what=st.sampled_from(("upgrade", "decline", "receipt", "leave queue", "discover", "rename")))
    def do_something_else(self, choice: int, what: str) -> None:
        town, mm = self.town, self.town.mm
        in_room = what in ("upgrade", "decline", "receipt")
        user = self.one_of(town.witness.room if in_room else NAMES, choice)
        room_id = self.room_of(user)
        match what:
            case "upgrade":
                town.run(mm.upgrade(user, room_id))
            case "decline":
                town.run(mm.decline_upgrade(user, room_id))
            case "receipt" if said := town.repository.said.get(room_id):
                town.run(mm.record_receipt(user, room_id, said[choice % len(said)].message_id, "read"))
            case "leave queue":
                town.run(mm.leave_queue(user))
            case "discover":
                town.run(mm.discover(user, mode=None, limit=2, include_seen=bool(choice % 2)))
            case "rename":
                town.people[user] = replace(town.people[user], gender="male" if choice % 2 else "female")
                mm.update_profile(town.people[user])

    @rule(user=people, whom=people, what=st.sampled_from(("block", "unblock", "expel")))
    def part(self, user: UserId, whom: UserId, what: str) -> None:
        town = self.town
        if what == "expel":
            self.banned.pop(user, None)
            self.drop(user)  # The ban closes the socket as well.
            self.banned[user] = town.run(town.mm.remove_user(user, "banned"))
            return

        async def part() -> None:
            await (town.mm.block if what == "block" else town.mm.unblock)(user, whom)
            if (user, whom) in town.repository.blocks:
                mine, theirs = (town.store._states.get(one) for one in (user, whom))
                if mine and theirs:
                    assert mine.room is None or mine.room != theirs.room, "a room with somebody blocked"
                    shared = mine.open_invite if mine.open_invite == theirs.open_invite else None
                    assert shared is None or town.store._invites[shared].closing

        town.run(part())

    # Time and faults

    @rule(user=people, whom=people)
    def introduce(self, user: UserId, whom: UserId) -> None:
        if user != whom:
            self.town.repository.introductions.setdefault(pair_of(user, whom), "Eve")
            self.town.run(self.town.mm.introduce(user, whom, by="Eve"))

    @rule(ms=spans)
    def let_pass(self, ms: int) -> None:
        if ms < HOUR:
            self.town.let_pass(ms)
        else:  # A suspended machine: every timer is late.
            self.town.clock.advance(ms)
            self.town.fire()

    @rule(early=st.sampled_from((0, 0, 1)), fire=st.booleans())
    def reach_the_next_deadline(self, early: int, fire: bool) -> None:
        due = self.town.mm.context.scheduler.next
        if due is not None and due - early >= self.town.clock.at:
            self.town.clock.at = due - early
        if fire:  # Otherwise an operation may run before the timer.
            self.town.fire()

    @precondition(lambda self: self.town.repository.waiting)
    @rule(place=st.integers(0, 5), fate=st.sampled_from(("done", "done", "done", "late", "lost", "unheard")))
    def release(self, place: int, fate: Fate) -> None:
        self.town.repository.release(place, fate)
        self.town._settle()

    @precondition(lambda self: self.town.repository.waiting)
    @rule()
    def release_all(self) -> None:
        while self.town.repository.waiting:
            self.town.repository.release(0, "done")
            self.town._settle()

    @rule(what=st.sampled_from(("slow", "fast", "fast", "down", "up", "crash", "rest", "rest")))
    def change_fortune(self, what: str) -> None:
        match what:
            case "slow" | "fast":
                self.town.repository.slow = what == "slow"
            case "down" | "up":
                self.town.repository.down = what == "down"
            case "crash":
                self.town.crash()
            case _:
                self.town.calm_down()
                self.town.check_calm()

    @invariant()
    def nothing_is_wrong(self) -> None:
        if hasattr(self, "town"):
            self.town.check()

    def dissolve(self) -> None:
        """Disconnect all users, until their states are dropped."""
        town = self.town
        town.calm_down()
        town.check_calm()
        for user in list(town.sockets):
            self.drop(user)
        town.let_pass(200_000)
        town.calm_down()
        town.check_calm()

    def teardown(self) -> None:
        if not hasattr(self, "town"):
            return
        town = self.town
        self.dissolve()
        assert not town.store._states, "somebody is never forgotten"
        assert not town.store._invites
        assert not town.repository.open
        assert not town.mm.rooms._entries
        assert not any(line or line.tagged for line in town.store._queue._lines.values())
        assert not town.mm.context.exclusions._known
        assert not town.mm.context.exclusions._readings
        assert not town.mm.context.introductions._known
        assert not town.mm.context.introductions._readings
        for user in NAMES:
            assert user not in town.witness.invite, "an invite that never ended"
            assert user not in town.witness.room, "a room that never ended"
        town.loop.close()


TestSociety = Society.TestCase
