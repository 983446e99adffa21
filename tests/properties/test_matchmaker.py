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
from tests.support.model import MIRROR, MatchmakerModel, Socket

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


class MatchmakerMachine(RuleBasedStateMachine):
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
        self.model = self.new_model(replace(rules, rooms_burst=1, room_every_ms=5_000) if few_rooms else rules)
        self.banned: dict[UserId, asyncio.Task[None]] = {}
        for user in NAMES:
            if user not in absent:
                self.arrive(user, resumed=False)
        for scene in scenes:
            self.set_up(scene)
        self.model.repository.slow = slow

    def new_model(self, rules: Timing) -> MatchmakerModel:
        """Return the harness of the run."""
        return MatchmakerModel(PEOPLE, rules)

    def set_up(self, scene: str) -> None:
        """Put the next two users into the state *scene*."""
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
                self.model.advance(10_000)
            case _:
                self.join(0, MatchPreferences(mode="text", pairing="manual", auto_accept=scene == "beside"))
                for other in [user for user, state in self.model.store._states.items() if state.is_waiting]:
                    self.invite(1, other)

    # What users know

    def room_of(self, user: UserId, stale: bool = False) -> RoomId:
        """The room that *user* is told of, or an earlier one."""
        rooms = list(self.model.checker.rooms)
        current = self.model.checker.room.get(user)
        return current if current and not stale else rooms[-1] if rooms else RoomId("nowhere")

    def invite_of(self, user: UserId) -> InviteId:
        invites = list(self.model.checker.closed)
        return self.model.checker.invite.get(user) or (invites[-1] if invites else InviteId("nothing"))

    def one_of(self, users: Iterable[UserId], choice: int) -> UserId:
        """A connected user of *users*; any connected user, if there is none."""
        model = self.model
        here = [user for user in model.people if model.is_here(user)]
        some = [user for user in here if user in users] or [user for user in here if user != MIRROR]
        return some[choice % len(some)]

    def anybody_here(self) -> bool:
        return any(self.model.is_here(user) for user in NAMES)

    # Users

    @rule(user=st.sampled_from((*NAMES, MIRROR)), resumed=st.booleans())
    def arrive(self, user: UserId, resumed: bool) -> None:
        model = self.model
        socket = Socket(user)
        if user in self.banned and not self.banned[user].done():
            return

        async def hello() -> None:
            ban = self.banned.get(user)
            snapshot = await model.mm.connect(model.people[user], resumed=resumed)
            state = snapshot.state
            assert (state.room is None) == (snapshot.room is None)
            assert (state.open_invite is None) == (snapshot.invite is None)
            if self.banned.get(user) is not ban:  # Banned in the meantime.
                model.mm.disconnect(user, epoch=state.epoch)
                return
            model.note(user, socket, state.epoch)

        model.run(hello())

    @rule(user=st.sampled_from((*NAMES, MIRROR)))
    def drop(self, user: UserId) -> None:
        socket = self.model.sockets.get(user)
        if socket is not None and socket.epoch is not None:
            epoch, socket.epoch = socket.epoch, None
            self.model.mm.disconnect(user, epoch=epoch)
            self.model._settle()

    @precondition(anybody_here)
    @rule(choice=choices, wish=wishes)
    def join(self, choice: int, wish: MatchPreferences) -> None:
        user = self.one_of(set(NAMES) - self.model.checker.room.keys() - self.model.checker.invite.keys(), choice)

        async def join() -> None:
            await self.model.mm.join(user, wish)
            await self.model.mm.find_match(user)

        self.model.run(join())

    @precondition(anybody_here)
    @rule(first=choices, mode=modes, auto_accept=st.booleans())
    def meet(self, first: int, mode: Mode, auto_accept: bool) -> None:
        """Two users with the same preferences join at the same time."""
        for choice in (first, first + 1):
            self.join(choice, MatchPreferences(mode=mode, auto_accept=auto_accept))

    @precondition(anybody_here)
    @rule(choice=choices, other=people)
    def invite(self, choice: int, other: UserId) -> None:
        user = self.one_of(set(NAMES) - {other} - self.model.checker.room.keys(), choice)
        state = self.model.store._states.get(other)
        mode = "text" if state is None or state.ticket is None else state.ticket.wish.mode
        self.model.run(self.model.mm.invite(user, other, mode=mode, duration_s=None))

    @precondition(anybody_here)
    @rule(choice=choices, how=st.sampled_from(("accept", "accept", "accept", "decline", "cancel")))
    def answer(self, choice: int, how: str) -> None:
        mm, user = self.model.mm, self.one_of(self.model.checker.invite, choice)
        invite_id = self.invite_of(user)
        if how == "accept":
            self.model.run(mm.accept(user, invite_id, duration_s=None))
        else:
            self.model.run((mm.decline if how == "decline" else mm.cancel)(user, invite_id))

    @precondition(anybody_here)
    @rule(choice=choices, stale=st.sampled_from((False, False, False, True)))
    def ready(self, choice: int, stale: bool) -> None:
        user = self.one_of(self.model.checker.room, choice)
        self.model.run(self.model.mm.ready(user, self.room_of(user, stale)))

    @precondition(anybody_here)
    @rule(
        choice=choices,
        stale=st.sampled_from((False, False, False, True)),
        reason=st.sampled_from(("hangup", "next", "next", "connect_failed", "connect_failed")),
    )
    def leave_room(self, choice: int, stale: bool, reason: Literal["hangup", "next", "connect_failed"]) -> None:
        user = self.one_of(self.model.checker.room, choice)
        self.model.run(self.model.mm.leave_room(user, self.room_of(user, stale), reason))

    @precondition(anybody_here)
    @rule(
        choice=choices, client_id=st.sampled_from(("1", "2", "3")), stale=st.sampled_from((False, False, False, True))
    )
    def say(self, choice: int, client_id: str, stale: bool) -> None:
        model, user = self.model, self.one_of(self.model.checker.room, choice)
        room_id = self.room_of(user, stale)

        async def say() -> None:
            message = await model.mm.send(user, room_id, client_id=client_id, body="hi")
            told = model.repository.said[room_id]
            assert [m.message_id for m in told if (m.sender, m.client_id) == (user, client_id)] == [message.message_id]

        model.run(say())

    @precondition(anybody_here)
    @rule(choice=choices, what=st.sampled_from(("upgrade", "decline", "receipt", "leave queue", "discover", "rename")))
    def do_something_else(self, choice: int, what: str) -> None:
        model, mm = self.model, self.model.mm
        in_room = what in ("upgrade", "decline", "receipt")
        user = self.one_of(model.checker.room if in_room else NAMES, choice)
        room_id = self.room_of(user)
        match what:
            case "upgrade":
                model.run(mm.upgrade(user, room_id))
            case "decline":
                model.run(mm.decline_upgrade(user, room_id))
            case "receipt" if said := model.repository.said.get(room_id):
                model.run(mm.record_receipt(user, room_id, said[choice % len(said)].message_id, "read"))
            case "leave queue":
                model.run(mm.leave_queue(user))
            case "discover":
                model.run(mm.discover(user, mode=None, limit=2, include_seen=bool(choice % 2)))
            case "rename":
                model.people[user] = replace(model.people[user], gender="male" if choice % 2 else "female")
                mm.update_profile(model.people[user])

    @rule(user=people, other=people, what=st.sampled_from(("block", "unblock", "expel")))
    def part(self, user: UserId, other: UserId, what: str) -> None:
        model = self.model
        if what == "expel":
            self.banned.pop(user, None)
            self.drop(user)  # The ban closes the socket as well.
            self.banned[user] = model.run(model.mm.remove_user(user, "banned"))
            return

        async def part() -> None:
            await (model.mm.block if what == "block" else model.mm.unblock)(user, other)
            if (user, other) in model.repository.blocks:
                mine, theirs = (model.store._states.get(one) for one in (user, other))
                if mine and theirs:
                    assert mine.room is None or mine.room != theirs.room, "two users of a block share a room"
                    shared = mine.open_invite if mine.open_invite == theirs.open_invite else None
                    assert shared is None or model.store._invites[shared].closing

        model.run(part())

    # Time and faults

    @rule(user=people, other=people)
    def introduce(self, user: UserId, other: UserId) -> None:
        if user != other:
            self.model.repository.introductions.setdefault(pair_of(user, other), "Eve")
            self.model.run(self.model.mm.introduce(user, other, by="Eve"))

    @rule(ms=spans)
    def advance(self, ms: int) -> None:
        if ms < HOUR:
            self.model.advance(ms)
        else:  # A suspended machine: every timer is late.
            self.model.clock.advance(ms)
            self.model.fire()

    @rule(early=st.sampled_from((0, 0, 1)), fire=st.booleans())
    def reach_the_next_deadline(self, early: int, fire: bool) -> None:
        due = self.model.mm.context.scheduler.next
        if due is not None and due - early >= self.model.clock.at:
            self.model.clock.at = due - early
        if fire:  # Otherwise an operation may run before the timer.
            self.model.fire()

    @precondition(lambda self: self.model.repository.waiting)
    @rule(place=st.integers(0, 5), fate=st.sampled_from(("done", "done", "done", "late", "lost", "unheard")))
    def release(self, place: int, fate: Fate) -> None:
        self.model.repository.release(place, fate)
        self.model._settle()

    @precondition(lambda self: self.model.repository.waiting)
    @rule()
    def release_all(self) -> None:
        while self.model.repository.waiting:
            self.model.repository.release(0, "done")
            self.model._settle()

    @rule(what=st.sampled_from(("slow", "fast", "fast", "down", "up", "crash", "rest", "rest")))
    def change_fortune(self, what: str) -> None:
        match what:
            case "slow" | "fast":
                self.model.repository.slow = what == "slow"
            case "down" | "up":
                self.model.repository.down = what == "down"
            case "crash":
                self.model.crash()
            case _:
                self.model.calm_down()
                self.model.check_calm()

    @invariant()
    def nothing_is_wrong(self) -> None:
        if hasattr(self, "model"):
            self.model.check()

    def dissolve(self) -> None:
        """Disconnect all users, until their states are dropped."""
        model = self.model
        model.calm_down()
        model.check_calm()
        for user in list(model.sockets):
            self.drop(user)
        model.advance(200_000)
        model.calm_down()
        model.check_calm()

    def teardown(self) -> None:
        if not hasattr(self, "model"):
            return
        model = self.model
        self.dissolve()
        assert not model.store._states, "a user is still cached after everyone left"
        assert not model.store._invites
        assert not model.repository.open
        assert not model.mm.rooms._entries
        assert not any(line or line.tagged for line in model.store._queue._lines.values())
        assert not model.mm.context.exclusions._known
        assert not model.mm.context.exclusions._readings
        assert not model.mm.context.introductions._known
        assert not model.mm.context.introductions._readings
        for user in NAMES:
            assert user not in model.checker.invite, "an invite that never ended"
            assert user not in model.checker.room, "a room that never ended"
        model.loop.close()


TestMatchmaker = MatchmakerMachine.TestCase
