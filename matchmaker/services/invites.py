"""Invites: each ends exactly once, with one outcome, which both users are sent."""

from functools import partial

import msgspec

from matchmaker.domain import cooldown
from matchmaker.domain import invite as invites
from matchmaker.domain import user_state as user_states
from matchmaker.domain.errors import CooldownActive, Invalid, InviteGone, TargetUnavailable, Unavailable, WrongPhase
from matchmaker.domain.friend_call import FriendCall
from matchmaker.domain.ids import InviteId, UserId, new_id, pair_of
from matchmaker.domain.invite import Invite, InviteParty, Outcome
from matchmaker.domain.ticket import MatchPreferences, Mode, Ticket, are_of_one_band
from matchmaker.domain.timing import FOREVER
from matchmaker.domain.user_events import AnyUserEvent, InviteAccepted, InviteClosed, InviteReceived, QueueUpdate
from matchmaker.domain.user_state import UserState
from matchmaker.ports.callbacks import Done, Operation, after
from matchmaker.services.context import MatchmakerContext
from matchmaker.services.rooms import RoomService
from matchmaker.services.scheduler import RETRY_MS

_replace = msgspec.structs.replace
_WHY: dict[Outcome, str] = {"expired": "no_answer", "unavailable": "expired_hold", "declined": "declined"}


class InviteService:
    """Opens, answers and closes invites. While the cooldown of an outcome is being committed the invite is `closing`:
    the outcome is decided, and nothing else changes the invite.
    """

    def __init__(self, context: MatchmakerContext, rooms: RoomService) -> None:
        self._context = context
        self._rooms = rooms

    def send(self, user: UserId, target: UserId, done: Done, *, mode: Mode, duration_s: int | None) -> None:
        """Invite a waiting user, and call *done* with the invite; two who invite each other are put into one room.

        Errors:
            Invalid: *target* is the inviter.
            WrongPhase: the inviter is neither idle nor queued.
            CooldownActive: the users have met or declined each other recently.
            TargetUnavailable: *target* does not wait, is not listed, waits for another mode, does not want the
                inviter's gender, is of another age band, has been invited by another user, or one blocks the other.
            Unavailable: what has to be read or ended before cannot be now.
        """
        if user == target:
            raise Invalid("user_id", "you cannot invite yourself")
        context, again = self._context, partial(self.send, user, target, mode=mode, duration_s=duration_s)
        if self.end_due(self.of(target), again, done) or self.end_due(self.of(user), again, done):
            return
        mine = context.user_state(user)
        if (crossed := self.crossed(mine, target)) is not None:
            self.accept_crossed(user, crossed, done, duration_s=duration_s)
            return
        if mine.phase not in ("idle", "queued"):
            raise WrongPhase(mine.phase)
        avoid = context.exclusions.known(user)
        if avoid is None:
            context.spawn(context.load((user,)), after(again, done))
            return
        theirs = context.store.cached_state(target)
        self._may_invite(mine, theirs, avoid.get(target, 0))
        if theirs is None or theirs.ticket is None or not _is_open_to(mine, theirs, theirs.ticket.wish, mode):
            raise TargetUnavailable
        if self.make_room_for(mine, theirs, again, done):
            return
        now = context.clock.now()
        wish = MatchPreferences(mode=mode) if mine.ticket is None else _replace(mine.ticket.wish, mode=mode)
        if duration_s is not None:
            wish = _replace(wish, duration_s=duration_s)
        party = InviteParty(profile=mine.profile, wish=wish)
        invite = invites.direct(InviteId(new_id(now)), party, theirs.ticket, now=now, rules=context.rules)
        self.open(invite, mine, theirs, to=(target,))
        done(invite, None)

    def open(self, invite: Invite, one: UserState, other: UserState, *, to: tuple[UserId, ...]) -> None:
        """Put both users into *invite* and send events to those in *to*; *other* may stay in the queue."""
        context, name = self._context, invite.invite_id
        one, other = user_states.mark_proposed(one, other.user), user_states.mark_proposed(other, one.user)
        beside = {"side_invite": name} if invites.stays_queued(invite) else {"invite": name}
        context.store.put_invite(invite)
        for state in (_replace(one, invite=name), _replace(other, **beside)):
            context.put(user_states.with_deadline(state, rules=context.rules))
        context.scheduler.schedule(("invite", name), invite.deadline)
        context.store.publish([InviteReceived(to=user, invite=invite) for user in to])

    def accept(self, user: UserId, invite_id: InviteId, done: Done, *, duration_s: int | None) -> None:
        """Accept an open invite; once all have accepted, the room opens.

        Errors:
            InviteGone: it is over, or not for *user*.
            Forbidden: *user* is the inviter.
            CooldownActive, TargetUnavailable: the users may no longer meet; the invite is over.
            Unavailable: the room cannot be made durable; the invite stays open.
        """
        context, again = self._context, partial(self.accept, user, invite_id, duration_s=duration_s)
        invite = self._open_invite(user, invite_id)
        if self.end_due(invite, again, done):
            return
        agreed = invites.accept(invite, by=user, duration_s=duration_s)
        if not agreed.is_agreed:
            if not invite.party_of(user).accepted:
                context.store.put_invite(agreed)
                context.store.publish((InviteAccepted(to=invite.peer(user).user, invite_id=invite_id),))
            done(None, None)
            return
        opened = partial(self._opened, invite_id, done)
        if invite.kind != "friend":
            avoid = context.exclusions.known(user)
            if avoid is None:
                context.spawn(context.load((user,)), after(again, done))
                return
            if (refusal := self._exclusion(avoid.get(invite.peer(user).user, 0))) is not None:
                opened(None, refusal)
                return
        self._rooms.open(agreed.mode, agreed.first, agreed.second, opened, invite=invite)

    def _opened(self, invite_id: InviteId, done: Done, _: None, error: Exception | None) -> None:
        if error is None:
            self._context.stats.invites["accepted"] += 1
        elif isinstance(error, CooldownActive | TargetUnavailable):
            invite = self._context.store.invite(invite_id)
            if invite is not None and not invite.closing:
                self._close(invite, "unavailable", by=None)
        done(None, error)

    def accept_crossed(self, user: UserId, crossed: Invite, done: Done, *, duration_s: int | None) -> None:
        """Accept the invite of a user whom *user* invites, and call *done* with it."""

        def accepted(_: None, error: Exception | None) -> None:
            done(None if error else invites.accept(crossed, by=user, duration_s=duration_s), error)

        self.accept(user, crossed.invite_id, accepted, duration_s=duration_s)

    def decline(self, user: UserId, invite_id: InviteId, done: Done) -> None:
        """Decline an open invite; the cooldown is 24 hours.

        Errors:
            InviteGone: it is over, or not for *user*.
            Forbidden: *user* is the inviter.
            Unavailable: the cooldown cannot be made durable; the invite stays open.
        """
        invite = self._open_invite(user, invite_id)
        if not self.end_due(invite, partial(self.decline, user, invite_id), done):
            invites.may_decline(invite, by=user)
            self._end(invite, "declined", done, by=user)

    def cancel(self, user: UserId, invite_id: InviteId, done: Done) -> None:
        """Cancel an invite; the cooldown is one hour.

        Errors:
            InviteGone: it is over, or not *user*'s.
            Forbidden: *user* is not the inviter.
            Unavailable: the cooldown cannot be made durable; the invite stays open.
        """
        invite = self._open_invite(user, invite_id)
        if not self.end_due(invite, partial(self.cancel, user, invite_id), done):
            invites.may_cancel(invite, by=user)
            self._end(invite, "cancelled", done, by=user)

    def cancel_for(self, user: UserId, invite_id: InviteId, done: Done, *, has_left: bool = True) -> None:
        """End the invite of a user who has left (*has_left*), or of two users of whom one blocks the other.

        An invite that is over or closing does not change.
        """
        invite = self._context.store.invite(invite_id)
        if invite is None or invite.closing:
            done(None, None)
            return
        withdrawn = has_left and invite.role(user) == "inviter"
        self._end(invite, "cancelled" if withdrawn else "unavailable", done, by=user if has_left else None)

    def close_side_invite(self, state: UserState, *, has_left: bool) -> bool:
        """Close, as unavailable, the direct invite that is open beside the place of a user in the queue.

        *has_left*: they leave the queue themselves; else the queue has paired them. Return False if it is closing
        already.
        """
        invite = None if state.side_invite is None else self._context.store.invite(state.side_invite)
        if invite is not None and not invite.closing:
            self._close(invite, "unavailable", by=state.user if has_left else None)
        return invite is None or not invite.closing

    def process_deadline(self, invite_id: InviteId, done: Done) -> None:
        """End an invite that has expired, or one of whose users has left; the earlier of the two counts."""
        invite = self._context.store.invite(invite_id)
        is_due, absent = self._due(invite)
        if invite is None or not is_due:
            done(None, None)
        elif absent is not None:
            self.cancel_for(absent, invite_id, done)
        else:
            self._end(invite, "expired", done, by=None)

    def end_due(self, invite: Invite | None, again: Operation, done: Done) -> bool:
        """If *invite* is due, end it, then begin *again* with *done*; return whether that is so."""
        if invite is None or not self._due(invite)[0]:
            return False
        self.process_deadline(invite.invite_id, after(again, done))
        return True

    def of(self, user: UserId) -> Invite | None:
        """Return the open invite of *user*."""
        state = self._context.store.cached_state(user)
        return None if state is None or state.open_invite is None else self._context.store.invite(state.open_invite)

    def make_room_for(self, mine: UserState, theirs: UserState, again: Operation, done: Done) -> bool:
        """If the inviter has a direct invite, or the invitee is with the mirror, end that, then begin *again* with
        *done*; return whether that is so.

        Raises:
            Unavailable: their invite is closing.
        """
        if mine.side_invite is not None:
            if not self.close_side_invite(mine, has_left=True):
                raise Unavailable
            again(done)
        elif theirs.mirrored:
            self._rooms.dismiss_mirror(theirs.user, after(again, done))
        else:
            return False
        return True

    def crossed(self, mine: UserState, target: UserId) -> Invite | None:
        """Return the open invite of *target* to the holder of *mine*; None: there is none."""
        invite = None if mine.open_invite is None else self._context.store.invite(mine.open_invite)
        is_theirs = invite is not None and invite.kind != "match" and invite.users == (target, mine.user)
        return invite if is_theirs else None

    def _due(self, invite: Invite | None) -> tuple[bool, UserId | None]:
        """Return whether the end of *invite* is due, and the user whose absence ends it; None: it has expired."""
        if invite is None or invite.closing:
            return False, None
        now, at, absent = self._context.clock.now(), invite.expires_at, None
        for user in invite.users:
            state = self._context.store.cached_state(user)
            until = None if state is None else user_states.held_until(state, rules=self._context.rules)
            if until is not None and until <= now and until < at:
                at, absent = until, user
        return at <= now, absent

    def _open_invite(self, user: UserId, invite_id: InviteId) -> Invite:
        invite = self._context.store.invite(invite_id)
        if invite is None:
            raise InviteGone
        invite.party_of(user)
        return invite

    def _may_invite(self, mine: UserState, theirs: UserState | None, until: int) -> None:
        if theirs is not None and theirs.ticket is not None:
            until = max(until, theirs.ticket.avoid.get(mine.user, 0))
        if (refusal := self._exclusion(until)) is not None:
            raise refusal

    def _exclusion(self, until: int) -> CooldownActive | TargetUnavailable | None:
        """Return the error for two users who must not meet before *until*; None: they may."""
        if until >= FOREVER:
            return TargetUnavailable()
        return CooldownActive(until) if until > self._context.clock.now() else None

    def _end(self, invite: Invite, outcome: Outcome, done: Done, *, by: UserId | None) -> None:
        """Make the cooldown of *outcome* durable, if there is one, then close *invite* and call *done*."""
        context, now = self._context, self._context.clock.now()
        is_second = invite.kind == "direct" and context.unanswered_invites.is_recent(*invite.users, now=now)
        until = None
        if invite.kind != "friend":
            until = cooldown.after_invite(outcome, is_second=is_second, now=now, rules=context.rules)
        if until is None:
            self._close(invite, outcome, by=by)
            done(None, None)
            return
        closing = _replace(invite, closing=True)
        context.store.put_invite(closing)
        context.scheduler.schedule(("invite", invite.invite_id), None)

        def committed(until: int | None, error: Exception | None) -> None:
            if error is None and until is not None:
                context.extend_cooldown(*invite.users, until)
                self._close(closing, outcome, by=by, until=until)
            else:
                self._reopen(invite)
            done(None, error)

        context.repository.submit_cooldown(pair_of(*invite.users), committed, until=until)

    def _reopen(self, invite: Invite) -> None:
        """Open an invite again whose outcome could not be stored, as its users are by now."""
        context = self._context
        context.store.put_invite(invite)
        if any(user_states.has_left_invite(context.store.cached_state(user)) for user in invite.users):
            self._close(invite, "unavailable", by=None)
        else:
            at = context.clock.now() + RETRY_MS if self._due(invite)[0] else invite.expires_at
            context.scheduler.schedule(("invite", invite.invite_id), at)

    def _close(self, invite: Invite, outcome: Outcome, *, by: UserId | None, until: int | None = None) -> None:
        context = self._context
        lost = invites.who_loses_place(invite, outcome, by=by)
        told: list[AnyUserEvent] = []
        waiting: list[UserId] = []
        context.store.remove_invite(invite.invite_id)
        context.scheduler.schedule(("invite", invite.invite_id), None)
        for user in invite.users:
            told.append(InviteClosed(to=user, invite_id=invite.invite_id, outcome=outcome, by=by, cooldown_until=until))
            state = context.store.cached_state(user)
            if state is None or state.open_invite != invite.invite_id:
                continue
            if state.invite is None:  # They have been in the queue throughout, and stay there.
                context.put(_replace(state, side_invite=None))
                continue
            ticket: Ticket | None = None if user in lost else state.ticket
            if state.ticket is not None:
                reason = "requeued" if ticket is not None else _WHY.get(outcome, outcome)
                told.append(QueueUpdate(to=user, queued=ticket is not None, reason=reason))
            context.put(user_states.with_deadline(_replace(state, invite=None, ticket=ticket), rules=context.rules))
            if ticket is not None:
                waiting.append(user)
        context.store.publish(told)
        context.stats.invites[outcome] += 1
        self._note_end(invite, outcome)
        for user in waiting:
            context.schedule_matching(user)

    def _note_end(self, invite: Invite, outcome: Outcome) -> None:
        """Record the effects of an invite that ended without a room, other than its cooldown."""
        context, (caller, callee), now = self._context, invite.users, self._context.clock.now()
        if invite.kind == "direct":
            context.repository.record_invite(invite, now=now)
            if outcome == "expired":
                context.unanswered_invites.record(caller, callee, now=now)
        if invite.kind != "friend":
            return
        context.friends.note_call(
            FriendCall(
                call_id=invite.invite_id, caller=caller, callee=callee, outcome=outcome, mode=invite.mode, live_ms=None
            )
        )


def _is_open_to(mine: UserState, theirs: UserState, wish: MatchPreferences, mode: Mode) -> bool:
    """Return whether the holder of *theirs*, with preferences *wish*, can be invited by the holder of *mine*."""
    return (
        theirs.is_waiting
        and theirs.side_invite is None
        and wish.listed
        and wish.mode == mode
        and mine.profile.gender in wish.want
        and are_of_one_band(mine.band, theirs.band)
    )
