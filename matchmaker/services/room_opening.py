"""Opening a room: users reserved, room committed, events sent; or everything restored."""

from collections.abc import Mapping
from functools import partial

import msgspec

from matchmaker.domain import room_transitions
from matchmaker.domain.errors import CooldownActive, TargetUnavailable, Unavailable, VersionConflict
from matchmaker.domain.ids import RoomId, UserId, new_id
from matchmaker.domain.invite import Invite, InviteParty
from matchmaker.domain.room import Room
from matchmaker.domain.ticket import Mode
from matchmaker.domain.timing import FOREVER
from matchmaker.domain.transactions import RoomWrite
from matchmaker.domain.user_events import AnyUserEvent, InviteClosed, RoomStarted
from matchmaker.domain.user_state import UserState
from matchmaker.ports.callbacks import Done
from matchmaker.services.context import MatchmakerContext
from matchmaker.services.open_rooms import OpenRooms
from matchmaker.services.room_membership import RoomMembership


class RoomOpener:
    """Opens rooms, and tracks those that are being opened."""

    def __init__(self, context: MatchmakerContext, membership: RoomMembership, rooms: OpenRooms) -> None:
        self._context = context
        self._membership = membership
        self._rooms = rooms
        self.opening: dict[RoomId, list[Done]] = {}
        """What waits for each room that is being opened."""

    def open(
        self, mode: Mode, first: InviteParty, second: InviteParty, done: Done, *, invite: Invite | None = None
    ) -> None:
        """Open a room for two users who have accepted; once it is durable, send the events and call *done*.

        Errors that *done* is called with: the states of both are restored.
            CooldownActive: by the repository they may not meet yet.
            TargetUnavailable: by the repository one blocks the other.
            Unavailable: the repository cannot be reached.

        Raises:
            Unavailable: one of them is not here, or not where they were when they accepted. Nothing happened.
        """
        context = self._context
        now = context.clock.now()
        call = invite if invite is not None and invite.kind == "friend" else None
        room = room_transitions.open_room(
            RoomId(new_id(now)), mode, first, second, now=now, rules=context.rules, call=call
        )
        before = self._membership.reserve(room, invite)
        self.opening[room.room_id] = []
        context.repository.submit(
            RoomWrite(before=None, after=room), partial(self._committed, room, before, invite, done)
        )

    def _committed(
        self,
        room: Room,
        before: Mapping[UserId, UserState],
        invite: Invite | None,
        done: Done,
        _: None,
        error: Exception | None,
    ) -> None:
        try:
            if error is None:
                self._announce(room, invite)
            else:
                if room.kind != "friend":  # Former friends need no exclusion.
                    self._cache_refusal(room, error)
                self._membership.release(room, before, invite)
        except Exception as fault:  # noqa: BLE001 - handed to the callback
            error = fault
        waiting = self.opening.pop(room.room_id)
        done(None, Unavailable() if isinstance(error, VersionConflict) else error)
        for call in waiting:
            call(None, None)

    def _announce(self, room: Room, invite: Invite | None) -> None:
        """Send `room.started` to both users of a durable room."""
        context = self._context
        room = msgspec.structs.replace(room, version=1)
        self._rooms.remember(room, [])
        context.stats.rooms_opened[room.mode] += 1
        users = room.users
        context.store.publish((*_accepted(room, invite), *(RoomStarted(to=user, room=room) for user in users)))
        for user in users:
            state = context.store.cached_state(user)
            if state is None or not state.connected:
                context.scheduler.schedule(("sync_presence", user), context.clock.now())

    def when_decided(self, room_id: RoomId, done: Done) -> None:
        """Call *done* once it is certain whether a room that is being opened does open."""
        waiting = self.opening.get(room_id)
        if waiting is None:
            done(None, None)
        else:
            waiting.append(done)

    def _cache_refusal(self, room: Room, why: BaseException) -> None:
        if isinstance(why, CooldownActive):
            self._context.extend_cooldown(*room.users, why.until_at)
        elif isinstance(why, TargetUnavailable):
            self._context.extend_cooldown(*room.users, FOREVER)


def _accepted(room: Room, invite: Invite | None) -> tuple[AnyUserEvent, ...]:
    if invite is None:
        return ()
    return tuple(InviteClosed(to=user, invite_id=invite.invite_id, outcome="accepted") for user in room.users)
