"""The states of both users of a room: reserved before it opens, restored if it cannot, cleared when it ends."""

from collections.abc import Mapping

import msgspec

from matchmaker.domain import user_state as user_states
from matchmaker.domain.errors import Unavailable
from matchmaker.domain.ids import UserId
from matchmaker.domain.invite import Invite
from matchmaker.domain.room import Participant, Room
from matchmaker.domain.ticket import Ticket
from matchmaker.domain.transactions import RoomClosure, RoomTransition
from matchmaker.domain.user_events import AnyUserEvent, QueueUpdate
from matchmaker.domain.user_state import UserState
from matchmaker.services.context import MatchmakerContext
from matchmaker.services.scheduler import RETRY_MS

_replace = msgspec.structs.replace


class RoomMembership:
    """Changes the states of both users of a room together, or neither."""

    def __init__(self, context: MatchmakerContext) -> None:
        self._context = context

    def reserve(self, room: Room, invite: Invite | None) -> Mapping[UserId, UserState]:
        """Put both users into *room*, before it is durable and before any event; return their former states.

        Raises:
            Unavailable: one of them is not here, or not where they were when they accepted. Nothing happened.
        """
        context = self._context
        before = {user: context.user_state(user) for user in room.users}
        is_mirror = room.is_mirror
        for state in before.values():
            if invite is not None:
                fits = state.open_invite == invite.invite_id
            elif state.profile.mirror:
                fits = state.connected and state.phase == "idle"
            else:
                # Waiting, and not with the mirror: queued.
                fits = state.is_waiting and state.room is None and state.side_invite is None
            if not fits:
                raise Unavailable
        for state, peer in zip(before.values(), reversed(before), strict=True):
            context.store.put(self._in_mirror_room(state, room) if is_mirror else self._in_room(state, room, peer))
        if not is_mirror:  # a user with the mirror still waits, and still has a deadline
            for user in before:
                context.scheduler.schedule(("matching", user), None)
        if invite is not None:
            context.store.remove_invite(invite.invite_id)
            context.scheduler.schedule(("invite", invite.invite_id), None)
        return before

    def release(self, room: Room, before: Mapping[UserId, UserState], invite: Invite | None) -> None:
        """Restore the former states of both users: the room could not be made durable.

        An invite that has expired in between is restored as well: its expiry, with its events, follows.
        """
        context = self._context
        if invite is not None:
            context.store.put_invite(invite)
            context.scheduler.schedule(("invite", invite.invite_id), invite.expires_at)
        for user, former in before.items():
            state = context.store.cached_state(user)
            if state is not None and state.room == room.room_id:
                state = _replace(
                    state,
                    room=None,
                    mirrored=False,
                    # A user with the mirror kept the place in the queue, and may have left it since.
                    ticket=state.ticket if state.mirrored else former.ticket,
                    invite=former.invite,
                    side_invite=former.side_invite,
                    rooms_due=former.rooms_due,
                )
                context.put(user_states.with_deadline(state, rules=context.rules))
                if state.phase == "queued":
                    context.schedule_matching(user, in_ms=RETRY_MS)

    def users_to_load(self, step: RoomTransition) -> list[UserId]:
        """Return the users whose exclusions must be loaded: they go back into the queue once the room has ended."""
        assert step.ending is not None
        context, ending = self._context, step.ending
        requeued = [p.profile.user_id for p in step.room.people if _requeues(p, ending)]
        unread = [user for user in requeued if not context.has_loaded(user)]
        return [user for user in unread if context.store.cached_state(user) is not None]

    def clear(self, step: RoomTransition) -> None:
        """Clear the states of both users of a room that has ended, requeue those who asked for it, then send the
        events.
        """
        assert step.ending is not None
        context, room, ending = self._context, step.room, step.ending
        context.stats.rooms_ended[ending.reason] += 1
        self._apply_cooldown(room, ending)
        told: list[AnyUserEvent] = []
        queued: list[AnyUserEvent] = []
        for participant in room.people:
            user = participant.profile.user_id
            state = context.store.cached_state(user)
            if state is None or state.room != room.room_id:
                continue  # They have been cleared, and have their events.
            ticket = self._next_ticket(state, participant, ending)
            state = _replace(state, room=None, mirrored=False, last_room=room.room_id, ticket=ticket)
            context.put(user_states.with_deadline(state, rules=context.rules))
            told += [event for event in step.events if event.to == user]
            if ticket is not None:
                queued.append(QueueUpdate(to=user, queued=True, reason="requeued"))
        context.store.publish((*told, *queued))
        for event in queued:
            context.schedule_matching(event.to)

    def _apply_cooldown(self, room: Room, ending: RoomClosure) -> None:
        until, written = ending.cooldown_until, room.cooldown_until
        if until is None:
            return
        if written is not None and until < written:
            self._context.replace_cooldown(*room.users, before=written, until=until)
        else:
            self._context.extend_cooldown(*room.users, until)

    def _next_ticket(self, state: UserState, participant: Participant, ending: RoomClosure) -> Ticket | None:
        if state.mirrored and state.ticket is not None and (ending.by != state.user or ending.reason == "next"):
            return state.ticket
        if not _requeues(participant, ending):
            return None
        user = state.profile.user_id
        avoid = self._context.exclusions.known(user)
        now, rules = self._context.clock.now(), self._context.rules
        if avoid is None or user_states.hold_expired(state, now=now, rules=rules):
            return None
        is_auto = participant.wish.pairing == "auto"
        wait = user_states.pairing_wait(state, now=now, rules=rules) if is_auto else 0
        return Ticket(
            profile=state.profile,
            wish=participant.wish,
            joined_at=now,
            avoid=avoid,
            offered=state.offered,
            introduced=self._context.introductions.known(user),
            band=state.band,
            rests_until=now + wait if wait else None,
        )

    def _in_room(self, state: UserState, room: Room, peer: UserId) -> UserState:
        rules = self._context.rules
        state = user_states.enter_room(state, room.room_id, peer, now=room.started_at, rules=rules)
        return user_states.with_deadline(state, rules=rules)

    def _in_mirror_room(self, state: UserState, room: Room) -> UserState:
        rules = self._context.rules
        mirrored = not state.profile.mirror
        ticket = state.ticket if mirrored else None
        state = _replace(state, room=room.room_id, invite=None, side_invite=None, ticket=ticket, mirrored=mirrored)
        return user_states.with_deadline(state, rules=rules)


def _requeues(participant: Participant, ending: RoomClosure) -> bool:
    """Return whether a user is requeued with the same preferences once their room has ended."""
    has_ended_it = ending.by == participant.profile.user_id
    if participant.profile.mirror or (has_ended_it and ending.reason in ("banned", "deleted")):
        return False
    return participant.wish.auto_next or (has_ended_it and ending.reason == "next")
