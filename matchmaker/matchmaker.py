"""The verbs: all that people, and time, can do. Each loads, decides, commits; the news leaves with the commit."""

from collections.abc import Awaitable, Callable, Iterable, Sequence
from functools import partial
from typing import Any

import msgspec

from matchmaker import course, news
from matchmaker import seat as seats
from matchmaker.callbacks import Done, completed
from matchmaker.calling import Calling
from matchmaker.change import Change
from matchmaker.clock import Clock
from matchmaker.entry import Entry
from matchmaker.errors import Conflict, Invalid, NotInRoom
from matchmaker.friend_call import Friends, NoFriends
from matchmaker.handover import Handover
from matchmaker.house import House, persistent
from matchmaker.ids import InviteId, RoomId, UserId
from matchmaker.inviting import Inviting
from matchmaker.ledger import Ledger
from matchmaker.lobby import Lobby
from matchmaker.message import Message
from matchmaker.other_processes import OtherProcesses
from matchmaker.presence import Presence
from matchmaker.published import AnyPublished, Introduced, Notified, Parted, Reunited, Separation
from matchmaker.room import Reason
from matchmaker.rooms import Rooms
from matchmaker.rules import FOREVER, Rules
from matchmaker.seat import Phase
from matchmaker.state_store import StateStore
from matchmaker.stats import Stats
from matchmaker.talk import Talk
from matchmaker.ticket import Ticket, Wish
from matchmaker.timekeeper import Key, Kind
from matchmaker.transfer import Transfer


class Matchmaker:
    """Who meets whom, and for how long. The verbs of each subject stand in its own file."""

    def __init__(
        self,
        *,
        store: StateStore,
        ledger: Ledger,
        clock: Clock,
        rules: Rules,
        on_fault: Callable[[Key, BaseException], None],
        others: OtherProcesses | None = None,
        friends: Friends = NoFriends(),  # noqa: B008 - has no state
    ) -> None:
        """*others*: None if no other process has users."""
        self._others = others or OtherProcesses()
        house = self.house = House(
            store=store,
            ledger=ledger,
            clock=clock,
            rules=rules,
            act=self._act,
            on_fault=on_fault,
            others=self._others,
            friends=friends,
        )
        rooms = self.rooms = Rooms(house)
        inviting = self._inviting = Inviting(house, rooms)
        presence = self._presence = Presence(house, rooms, inviting)
        lobby = self.lobby = Lobby(house, rooms, inviting, presence)
        talk = self.talk = Talk(house, rooms)
        self._acts: dict[Kind, Callable[[str], Awaitable[None] | None]] = {
            "seat": lambda key: presence.let_time_act(UserId(key)),
            "seek": lambda key: lobby.seek(UserId(key), partial(self._sought, key)),
            "mirror": lambda key: lobby.meet_the_mirror(UserId(key)),
            "invite": lambda key: inviting.let_time_act(InviteId(key)),
            "room": lambda key: rooms.let_time_act(RoomId(key)),
            "attend": lambda key: rooms.attend(UserId(key)),
        }
        self.arrive, self.standing, self.rename = presence.arrive, presence.standing, presence.rename
        self.depart = presence.depart
        self.leave_queue, self.discover = lobby.leave, lobby.discover
        self.invite, self.accept = inviting.send, inviting.accept
        self.call = Calling(house, rooms, inviting).call
        self.decline, self.cancel = inviting.decline, inviting.cancel
        self.leave_room, self.extend_graces = rooms.end, rooms.extend_graces
        self.store_rooms_again = rooms.store_again
        handover = Handover(house, rooms, inviting)
        self.recover = handover.recover
        self.transfer = Transfer(house, rooms, handover)
        self.said_before, self.receive, self.history = talk.said_before, talk.receive, talk.history

    @property
    def mirrors(self) -> int:
        """How many of the users connected to this node are mirrors."""
        return len(self._presence.mirrors)

    @property
    def stats(self) -> Stats:
        """What has happened since the start."""
        return self.house.stats

    async def join(self, user: UserId, wish: Wish) -> Ticket:
        """Do as `Lobby.join`, after what it needs; raises as it does."""
        if not self.lobby.may_join_now(user):
            await self.lobby.prepare(user)
        return self.lobby.join(user, wish)

    async def seek(self, user: UserId) -> None:
        """Do as `Lobby.seek`, and return once it is done."""
        await completed(partial(self.lobby.seek, user))

    async def say(self, user: UserId, room_id: RoomId, *, client_id: str, body: str) -> Message:
        """Do as `Talk.say`, and return the message, or raise the error."""
        message: Message = await completed(partial(self.talk.say, user, room_id, client_id, body))
        return message

    async def ready(self, user: UserId, room_id: RoomId) -> None:
        """Note that media flows for *user*; when it does for both, the call clock starts.

        Raises:
            NotInRoom: *user* is not a participant, or the room is over.
        """
        await completed(partial(self.begin_ready, user, room_id))

    def begin_ready(self, user: UserId, room_id: RoomId, done: Done) -> None:
        """Do as `ready`, then call *done*."""
        self.rooms.submit(user, room_id, lambda room, now: course.ready(room, by=user, now=now), done)

    async def upgrade(self, user: UserId, room_id: RoomId) -> None:
        """Ask for video in a text room, or agree to it.

        Raises:
            NotInRoom: *user* is not a participant, or the room is over.
            Taken: the room is video already, or *user* has asked and waits.
            RateLimited: somebody asked less than a minute ago.
        """
        rules = self.house.rules
        await self.rooms.change(
            user, room_id, lambda room, now: course.ask_for_video(room, by=user, now=now, rules=rules)
        )

    async def decline_upgrade(self, user: UserId, room_id: RoomId) -> None:
        """Decline the peer's request for video.

        Raises:
            NotInRoom: *user* is not a participant, or the room is over.
            Taken: the peer has not asked.
        """
        await self.rooms.change(user, room_id, lambda room, _: course.decline_video(room, by=user))

    def peer_in(self, user: UserId, room_id: RoomId) -> tuple[Entry, UserId]:
        """Return a room as this node remembers it, and who is in it with *user*.

        Raises:
            NotInRoom: *user* is not in a room of this name, whether or not it exists.
        """
        entry = self.rooms.known(room_id)
        if entry is None or entry.room is None:
            raise NotInRoom
        return entry, entry.room.peer(entry.room.me(user).user).user

    async def phase(self, user: UserId) -> Phase:
        """Return the phase of *user*; somebody of whom nothing is known is idle.

        Raises:
            Unavailable: the store cannot be reached.
        """
        seat = self.house.store.peek(user)
        return "idle" if seat is None else seat.phase

    def is_away(self, user: UserId, room_id: RoomId) -> bool:
        """Tell whether *user* is away from their room, as this node remembers it."""
        entry = self.rooms.known(room_id)
        room = None if entry is None else entry.room
        return room is not None and room.me(user).away_until is not None

    async def block(self, user: UserId, target: UserId) -> None:
        """Let two people be invisible to each other, at once and for good; a room or invite they share ends.

        Raises:
            Invalid: *target* is *user*.
            NotFound: there is nobody of this name.
            Unavailable: the block, or the end of a room that they share, cannot be made durable; it may be repeated.
        """
        if user == target:
            raise Invalid("user_id", "you cannot block yourself")
        house = self.house
        await house.ledger.block(user, target, now=house.clock.now())
        self._others.publish(Parted(user=user, other=target, reason="blocked"))
        if not await self._separate(user, target, "blocked"):
            await self._others.separate(user, target, "blocked")

    async def separate(self, user: UserId, target: UserId) -> None:
        """Keep two people apart, at once: one has reported the other, and the block of the two is durable already.

        Raises:
            Unavailable: the end of a room they share cannot be made durable; calling it again is right.
        """
        self._others.publish(Parted(user=user, other=target, reason="reported"))
        if not await self._separate(user, target, "reported"):
            await self._others.separate(user, target, "reported")

    async def keep_apart(self, user: UserId, other: UserId) -> None:
        """Let two people not be brought together from now on; what they share goes on. It is durable already."""
        self._others.publish(Parted(user=user, other=other))
        self.house.part(user, other, FOREVER)

    async def introduce(self, follower: UserId, target: UserId, *, by: str | None) -> None:
        """Let two people, whose introduction by *by* is durable, go first with each other from now on."""
        self._others.publish(Introduced(user=follower, other=target, by=by))
        await self._introduce(follower, target, by=by)

    async def notify(self, user: UserId, notification: dict[str, Any]) -> None:
        """Tell *user*, wherever they are connected, of something that is stored already."""
        self._others.publish(Notified(user=user, notification=notification))
        self.house.store.tell((news.Notified(to=user, notification=notification),))

    async def unblock(self, user: UserId, target: UserId) -> None:
        """Take a block back; a cooldown of the two, and a block by the other, still hold."""
        for one in (user, *await self.house.ledger.unblock(user, target)):
            self._others.publish(Reunited(user=one))
            await self._reread(one)

    async def apply(self, item: AnyPublished) -> None:
        """Do what another process has published, as far as its users are here.

        Raises:
            Unavailable: it cannot be made durable, or read.
        """
        match item:
            case Parted(reason=None):
                self.house.part(item.user, item.other, FOREVER)
            case Parted(reason=reason) if reason is not None:
                await self._separate(item.user, item.other, reason)
            case Reunited():
                await self._reread(item.user)
            case Introduced():
                await self._introduce(item.user, item.other, by=item.by)
            case Notified():
                self.house.store.tell((news.Notified(to=item.user, notification=item.notification),))

    async def _introduce(self, follower: UserId, target: UserId, *, by: str | None) -> None:
        # Nobody has to be sought: had both been waiting, and fit, they would have been paired already.
        self.house.introductions.add(follower, target, by)
        for one, other in ((follower, target), (target, follower)):
            await self.lobby.acquaint(one, other)

    async def _reread(self, user: UserId) -> None:
        await self.house.avoidance.refresh(user)
        self.house.seek_soon(user)

    async def _separate(self, user: UserId, target: UserId, reason: Separation) -> bool:
        """End what two users share here; return whether one of them is here."""
        self.house.part(user, target, FOREVER)
        for one, other in ((user, target), (target, user)):
            if self.house.store.peek(one) is not None:
                await self._part(one, other, reason, by=user)
                return True
        return False

    @persistent
    async def meet_last(self, user: UserId, friends: Sequence[UserId]) -> None:
        """Let the queue pair *user* with *friends* only when nobody new waits: as if they had been offered already."""
        seat = self.house.store.peek(user)
        known = None if seat is None else seats.with_offered(seat, friends)
        if known is not None and known is not seat:
            self.house.store.commit(Change(seats=(known,)))

    @persistent
    async def expel(self, user: UserId, reason: Reason) -> None:
        """Take somebody who is banned or deleted out of queue, invite and room, and forget them.

        Raises:
            Unavailable: the end of their room cannot be made durable; calling it again is right.
        """
        house = self.house
        seat = house.store.peek(user)
        if seat is None:
            return
        if seat.ticket is not None:  # first, so that nobody meets them while the rest is under way
            house.store.commit(Change(seats=(msgspec.structs.replace(seat, ticket=None),)))
        if seat.open_invite is not None:
            await self._inviting.abandon(user, seat.open_invite, gone=False)
        if seat.room is not None:
            await self._end_room(user, seat.room, reason)
        seat = house.store.peek(user)
        if seat is None:
            return
        if seat.room is not None or seat.ticket is not None:
            raise Conflict
        house.store.commit(Change(forgotten=(seat,)))
        house.timekeeper.watch(("seat", user), None)
        house.forget(user)

    @persistent
    async def _part(self, user: UserId, target: UserId, reason: Reason, *, by: UserId) -> None:
        seat = self.house.store.peek(user)
        if seat is None:
            return
        if seat.room is not None:
            found = await self.rooms.view(seat.room)
            if found is not None and target in found[0].users:
                await self._end_room(by, seat.room, reason)
            # A room that failed to open has given them back to the invite that led to it.
            seat = self.house.store.peek(user)
        if seat is not None and seat.open_invite is not None:
            invite = await self._inviting.current(seat.open_invite)
            if invite is not None and target in invite.users:
                await self._inviting.abandon(by, invite.invite_id, gone=False)

    async def _end_room(self, user: UserId, room_id: RoomId, reason: Reason) -> None:
        try:
            await self.leave_room(user, room_id, reason)
        except NotInRoom:
            return

    async def answering(self, users: Iterable[UserId]) -> set[UserId]:
        """Return those of *users* who are at an open invite."""
        seats = [self.house.store.peek(user) for user in users]
        return {seat.user for seat in seats if seat is not None and seat.open_invite is not None}

    def wind_down(self) -> None:
        """Pair nobody any more: everybody is about to leave. Invites that are open can still be answered."""
        self.house.pairs = False

    async def close(self) -> None:
        """Let time act on nothing any more; what is under way is finished."""
        await self.house.timekeeper.close()

    def _act(self, key: Key) -> Awaitable[None] | None:
        return self._acts[key[0]](key[1])

    def _sought(self, user: str, _: None, error: Exception | None) -> None:
        if error is not None:
            self.house.timekeeper.fail(("seek", user), error)
