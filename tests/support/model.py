"""A matchmaker on a loop that is stepped by the test, and a log of all events for users."""

import asyncio
from collections import Counter, defaultdict
from collections.abc import Coroutine
from typing import Any

from matchmaker.domain import room_transitions
from matchmaker.domain.clock import ManualClock
from matchmaker.domain.errors import RequestError
from matchmaker.domain.ids import InviteId, MessageId, Pair, RoomId, UserId, pair_of
from matchmaker.domain.invite import Invite
from matchmaker.domain.profile import Profile
from matchmaker.domain.room import Room
from matchmaker.domain.ticket import may_meet
from matchmaker.domain.timing import FOREVER, Timing
from matchmaker.domain.user_events import (
    AnyUserEvent,
    InviteAccepted,
    InviteClosed,
    InviteReceived,
    MessageSent,
    PeerAway,
    PeerBack,
    RoomEnded,
    RoomLive,
    RoomModeChanged,
    RoomStarted,
    TorchCleared,
    TorchWarning,
)
from matchmaker.domain.user_state import UserState
from matchmaker.matchmaker import Matchmaker
from matchmaker.services.scheduler import Key
from matchmaker.services.state_store import StateStore
from tests.support.gated_repository import GatedRoomRepository

MIRROR = UserId("mirror")


class EventChecker:
    """Checks that each event for a user can follow from the earlier ones."""

    def __init__(self, clock: ManualClock, repository: GatedRoomRepository, rules: Timing) -> None:
        self.clock, self.repository, self.rules = clock, repository, rules
        self.invite: dict[UserId, InviteId] = {}
        self.invites: dict[InviteId, Invite] = {}
        self.expired: dict[tuple[UserId, UserId], int] = {}
        self.knows_expired = True
        """Whether the second expired invite is known as such in any case."""
        self.room: dict[UserId, RoomId] = {}
        self.rooms: dict[RoomId, Room] = {}
        self.closed: dict[InviteId, tuple[str, set[UserId]]] = {}
        self.ended: defaultdict[RoomId, set[UserId]] = defaultdict(set)
        self.received: set[MessageId] = set()
        self.warned: set[UserId] = set()
        self.cooldowns: dict[Pair, int] = {}
        self.outcomes: Counter[str] = Counter()

    def check(self, event: AnyUserEvent) -> None:  # noqa: C901 - one case for each event
        """Check one event."""
        self.outcomes[type(event).__name__] += 1
        match event:
            case InviteReceived():
                self.on_invite(event)
            case InviteAccepted():
                assert self.invite[event.to] == event.invite_id
            case InviteClosed():
                self.on_invite_closed(event)
            case RoomStarted():
                self.on_room_started(event)
            case RoomEnded():
                self.on_room_ended(event)
            case MessageSent():
                assert self.room[event.to] == event.message.room_id
                assert event.message in self.repository.said[event.message.room_id], "sent before it was durable"
                assert event.message.message_id not in self.received, "sent twice"
                self.received.add(event.message.message_id)
            case TorchWarning():
                assert self.room[event.to] == event.room_id
                self.warned.add(event.to)
            case TorchCleared():
                assert self.room[event.to] == event.room_id
                self.warned.remove(event.to)
            case RoomModeChanged():
                assert self.room[event.to] == event.room.room_id
                self.warned.discard(event.to)
            case RoomLive() | PeerAway() | PeerBack():
                assert self.room[event.to] == event.room_id
            case _:
                pass

    def on_invite(self, event: InviteReceived) -> None:
        invite = event.invite
        self.invites[invite.invite_id] = invite
        for user in invite.users if invite.kind == "direct" else (event.to,):
            assert user not in self.invite, "two invites at once"
            assert user not in self.room, "invited in a room"
            self.invite[user] = invite.invite_id
        self._may_meet(*invite.users, at=invite.created_at)

    def on_invite_closed(self, event: InviteClosed) -> None:
        assert self.invite.pop(event.to) == event.invite_id, "an invite ended that was not open"
        outcome, told = self.closed.setdefault(event.invite_id, (event.outcome, set()))
        assert outcome == event.outcome, "two outcomes of one invite"
        assert event.to not in told, "sent twice"
        told.add(event.to)
        if len(told) == 2:
            self.outcomes[event.outcome] += 1
            pair = pair_of(*told)
            windows = {"declined": self.rules.cooldown_ms, "cancelled": self.rules.cancel_cooldown_ms}
            if event.outcome in windows:
                assert event.cooldown_until is not None
                self._extend_cooldown(pair, event.cooldown_until)
            else:
                self._expired(self.invites[event.invite_id], event)

    def _expired(self, invite: Invite, event: InviteClosed) -> None:
        """Expect a cooldown of the second direct invite of one to the other that expires within an hour."""
        if event.outcome != "expired" or invite.kind != "direct":
            assert event.cooldown_until is None
            return
        now, window = self.clock.now(), self.rules.expired_cooldown_ms
        before = self.expired.get(invite.users)
        is_second = before is not None and now < before + window
        assert event.cooldown_until is None or is_second
        assert event.cooldown_until is not None or not is_second or not self.knows_expired
        if event.cooldown_until is not None:
            self._extend_cooldown(pair_of(*invite.users), event.cooldown_until)
        self.expired[invite.users] = now

    def on_room_started(self, event: RoomStarted) -> None:
        room = event.room
        assert room.room_id in self.repository.open, "sent before it was durable"
        assert room.version == 1
        assert event.to not in self.invite, "an invite is open"
        assert event.to not in self.room, "in two rooms"
        if room.room_id not in self.rooms:
            self.rooms[room.room_id] = room
            if not room.is_mirror:
                self._may_meet(*room.users, at=room.started_at)
                assert room.cooldown_until == room.started_at + self.rules.cooldown_ms
                self._extend_cooldown(pair_of(*room.users), room.cooldown_until)
        self.room[event.to] = room.room_id

    def on_room_ended(self, event: RoomEnded) -> None:
        room_id = event.room_id
        assert event.to not in self.ended[room_id], "sent twice"
        assert self.room.pop(event.to) == room_id
        assert room_id not in self.repository.open, "sent before it was durable"
        self.warned.discard(event.to)
        if not self.ended[room_id]:
            room = self.rooms[room_id]
            pair = pair_of(*room.users)
            if room.is_mirror:
                assert event.cooldown_until is None
            else:
                assert event.cooldown_until is not None
                if room.cooldown_until is not None and event.cooldown_until < room.cooldown_until:
                    assert event.reason == "connect_failed"
                    assert not room.was_live
                    assert event.cooldown_until == room.started_at + self.rules.failed_cooldown_ms
                    assert self.cooldowns.get(pair) == room.cooldown_until
                    self.cooldowns[pair] = event.cooldown_until
                self._extend_cooldown(pair, event.cooldown_until)
            self.outcomes[event.reason] += 1
        self.ended[room_id].add(event.to)

    def restarted(self) -> None:
        """Forget what does not survive a restart."""
        self.invite.clear()
        self.expired.clear()
        self.warned.clear()
        self.room = dict(self.repository.seats)
        for room in self.repository.open.values():
            if room.room_id not in self.rooms:  # committed, but no user got the event
                self.rooms[room.room_id] = room
                if room.cooldown_until is not None:
                    self._extend_cooldown(pair_of(*room.users), room.cooldown_until)
            if room.is_mirror:
                self.room |= dict.fromkeys(room.users, room.room_id)

    def _may_meet(self, one: UserId, other: UserId, *, at: int) -> None:
        assert self.cooldowns.get(pair_of(one, other), 0) <= at, "met again inside a cooldown"

    def _extend_cooldown(self, pair: Pair, until: int) -> None:
        self.cooldowns[pair] = max(until, self.cooldowns.get(pair, 0))


class Socket:
    """One connection of one person."""

    def __init__(self, user: UserId) -> None:
        self.user = user
        self.epoch: int | None = None


class MatchmakerModel:
    """Users, their sockets, and a matchmaker that can be killed and started again."""

    def __init__(self, people: list[Profile], rules: Timing) -> None:
        self.rules = rules
        self.loop = asyncio.new_event_loop()
        self.clock = ManualClock()
        self.repository = GatedRoomRepository()
        self.repository.users |= {person.user_id for person in people}
        self.people = {person.user_id: person for person in people}
        self.checker = EventChecker(self.clock, self.repository, rules)
        self.tasks: set[asyncio.Task[None]] = set()
        self.faults: list[BaseException] = []
        self.sockets: dict[UserId, Socket] = {}
        self.begin()

    def begin(self) -> None:
        """Start a process with the repository in its current state."""
        checker = self.checker
        self.generation = generation = object()

        def deliver(event: AnyUserEvent) -> None:
            if self.generation is generation:
                try:
                    checker.check(event)
                except (AssertionError, KeyError) as objection:
                    objection.add_note(repr(event))
                    self.faults.append(objection)

        self.store = StateStore(deliver)
        self.mm = Matchmaker(
            store=self.store, repository=self.repository, clock=self.clock, rules=self.rules, on_fault=self._on_fault
        )
        self.mm.context.scheduler.disarm()

    def note(self, user: UserId, socket: Socket, epoch: int) -> None:
        """Note that *socket* has become number *epoch* of *user*; the newest is the one that counts."""
        socket.epoch = epoch
        known = self.sockets.get(user)
        if known is None or known.epoch is None or known.epoch < epoch:
            self.sockets[user] = socket

    def crash(self) -> None:
        """Kill the process at this very moment, and start it again."""
        self.generation = None
        doomed = [*self.tasks, *self.repository.tasks, *self.mm.context.scheduler._acting]
        for task in doomed:
            task.cancel()
        self.repository.waiting.clear()
        self._settle()
        self.tasks.clear()
        self.faults = [fault for fault in self.faults if not isinstance(fault, asyncio.CancelledError)]
        self.sockets.clear()
        slow, self.repository.slow, self.repository.down = self.repository.slow, False, False
        self.begin()
        self.checker.restarted()
        self.run(self.mm.recover(crashed_at=self.clock.now()))
        self.repository.slow = slow

    def run(self, verb: Coroutine[Any, Any, object]) -> asyncio.Task[None]:
        """Start an operation, and run until everything waits for the repository or for time."""

        async def attempt() -> None:
            try:
                await verb
            except RequestError:
                return
            except BaseException as fault:  # noqa: BLE001 - shown by `check`
                self.faults.append(fault)

        task = self.loop.create_task(attempt())
        self.tasks.add(task)
        task.add_done_callback(self.tasks.discard)
        self._settle()
        return task

    def fire(self) -> None:
        """Let everything happen that is due now."""
        for _ in range(50):
            due = self.mm.context.scheduler.next
            if due is None or due > self.clock.now():
                break
            self.loop.run_until_complete(self._begin_due())
            self._settle()
        else:
            raise AssertionError("the timekeeper never comes to rest")

    def advance(self, ms: int) -> None:
        """Let *ms* milliseconds pass, each deadline acted upon at its instant."""
        until = self.clock.now() + ms
        for _ in range(5_000):
            due = self.mm.context.scheduler.next
            if due is None or due > until:
                break
            self.clock.at = max(self.clock.at, due)
            self.fire()
        self.clock.at = until
        self.fire()

    def is_calm(self) -> bool:
        """Return whether nothing waits for the repository."""
        return not self.tasks and not self.repository.tasks and not self.mm.context.scheduler._acting

    def calm_down(self) -> None:
        """Answer everything that waits for the repository, and later operations immediately."""
        self.repository.slow = self.repository.down = False
        for _ in range(1_000):
            if not self.repository.waiting:
                break
            self.repository.release(0, "done")
            self._settle()
        for _ in range(8):
            self.advance(250)
        assert self.is_calm(), "something waits for ever"

    def is_here(self, user: UserId) -> bool:
        """Return whether a socket of *user* is open."""
        socket = self.sockets.get(user)
        return socket is not None and socket.epoch is not None

    def check(self) -> None:
        """Check the conditions that hold at any moment."""
        if self.faults:
            raise self.faults[0]
        states, invites, rooms = self.store._states, self.store._invites, self.mm.rooms
        for user, state in states.items():
            assert [state.room, state.invite, state.side_invite].count(None) >= 2, "in two of room, invite, side invite"
            if state.open_invite is not None:
                assert user in invites[state.open_invite].users
            if state.side_invite is not None:
                assert state.phase == "queued" or invites[state.side_invite].closing, (
                    "a side invite of a user who is not queued"
                )
            if state.room is not None:
                assert state.room in rooms.opening.opening or rooms.cached(state.room), "in a room that has ended"
            assert user == MIRROR or state.room is not None or self.checker.room.get(user) is None, (
                "sent room.started, but in no room"
            )
        for invite_id, invite in invites.items():
            for user in invite.users:
                # A user removed while an answer is committed may connect again before the commit ends.
                assert user not in states or states[user].open_invite == invite_id or invite.closing
        for entry in rooms._entries.values():
            assert entry.room is not None
            for user in entry.room.users:
                assert user not in states or states[user].room == entry.room.room_id
        self._check_lines(states)

    def _check_lines(self, states: dict[UserId, UserState]) -> None:
        tickets = [state.ticket for state in states.values() if state.is_waiting and state.ticket is not None]
        for lists, listed in ((self.store._queue._listed, True), (self.store._queue._unlisted, False)):
            found = {ticket.user for line in lists.values() for ticket in line}
            assert found == {ticket.user for ticket in tickets if ticket.wish.listed == listed}
        assert sum(self.store._queue.depth().values()) == len(tickets)
        in_line = {ticket.user for line in self.store._queue._lines.values() for ticket in line}
        assert in_line == {ticket.user for ticket in tickets if ticket.is_paired}
        lines = list(self.store._queue._lines.values())
        tagged = [part for line in lines for part in line.tagged.values()]
        assert all(tagged), "an empty line"
        for line in (*lines, *tagged):
            row = list(line)
            assert [t.joined_at for t in row] == sorted(t.joined_at for t in row)
            assert all(states[t.user].ticket is t for t in row)

    def check_calm(self) -> None:
        """Check the conditions that hold when nothing waits for the repository."""
        self.check()
        watched = self.mm.context.scheduler._due
        now = self.clock.now()
        for user, state in self.store._states.items():
            assert state.connected == self.is_here(user), "presence is wrong"
            if not state.connected and state.phase != "in_room":
                assert watched[("expiry", user)] >= now, "the disconnected user would never expire"
            assert (state.open_invite is not None) == (user in self.checker.invite)
            if user != MIRROR:
                assert state.room == self.repository.seats.get(user) == self.checker.room.get(user)
        for user in self.checker.invite:
            assert user in self.store._states
        for invite_id, invite in self.store._invites.items():
            assert not invite.closing
            assert watched[("invite", invite_id)] == invite.expires_at
        assert set(self.repository.open) == set(self.mm.rooms._entries)
        for room in self.mm.rooms.all():
            assert room == self.repository.open[room.room_id]
            assert watched.get(("room", room.room_id)) == room_transitions.deadline(room, rules=self.rules)
            for p in room.people:
                assert (p.away_until is None) == self.is_here(p.user), "away_until does not follow the connection"
        assert not self.mm.rooms.opening.opening
        for user, state in self.store._states.items():
            if state.ticket is not None:
                known = {other for pair in self.repository.introductions if user in pair for other in pair} - {user}
                assert set(state.ticket.introduced) == known, "a ticket does not know of an introduction"
        self._check_compatible_users_are_paired()

    def _check_compatible_users_are_paired(self) -> None:
        for user, state in self.store._states.items():
            if state.is_waiting and state.ticket is not None and state.ticket.rests_until is not None:
                assert self.mm.context.scheduler._due[("matching", user)] == state.ticket.rests_until, "rests for ever"
        waiting = [
            state.ticket
            for state in self.store._states.values()
            if state.is_waiting and state.ticket is not None and state.ticket.is_paired
        ]
        for i, one in enumerate(waiting):
            for other in waiting[:i]:
                if not may_meet(one, other, self.clock.now()):
                    continue
                pair = pair_of(one.user, other.user)
                until = self.repository.cooldowns.get(pair, 0)
                if (one.user, other.user) in self.repository.blocks or (other.user, one.user) in self.repository.blocks:
                    until = FOREVER
                assert until > self.clock.now(), "two who fit both keep waiting"
                raise AssertionError("the avoid-set of a ticket does not know what the repository knows")

    async def _begin_due(self) -> None:
        self.mm.context.scheduler.start_due()

    def _on_fault(self, key: Key, fault: BaseException) -> None:
        fault.add_note(repr(key))
        self.faults.append(fault)

    def _settle(self) -> None:
        async def rest() -> None:
            while self.loop._ready:  # type: ignore[attr-defined]  # noqa: ASYNC110
                await asyncio.sleep(0)

        self.loop.run_until_complete(rest())
