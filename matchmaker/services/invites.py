"""Invites: each ends exactly once, with one outcome, which both users are sent."""

from functools import partial

import msgspec

from matchmaker.domain import cooldown
from matchmaker.domain import invite as invites
from matchmaker.domain import user_state as user_states
from matchmaker.domain.errors import CooldownActive, Invalid, InviteGone, TargetUnavailable, VersionConflict, WrongPhase
from matchmaker.domain.friend_call import FriendCall
from matchmaker.domain.ids import InviteId, UserId, new_id, pair_of
from matchmaker.domain.invite import Invite, InviteParty, Outcome
from matchmaker.domain.ticket import MatchPreferences, Mode, Ticket, are_of_one_band
from matchmaker.domain.timing import FOREVER
from matchmaker.domain.transactions import StateTransaction
from matchmaker.domain.user_events import AnyUserEvent, InviteAccepted, InviteClosed, InviteReceived, QueueUpdate
from matchmaker.domain.user_state import UserState
from matchmaker.ports.callbacks import completed
from matchmaker.services.context import MatchmakerContext, retry_on_conflict
from matchmaker.services.rooms import RoomService
from matchmaker.services.scheduler import RETRY_MS

_replace = msgspec.structs.replace
_WHY: dict[Outcome, str] = {"expired": "no_answer", "unavailable": "expired_hold", "declined": "declined"}


class InviteService:
    """Opens, answers and closes invites."""

    def __init__(self, context: MatchmakerContext, rooms: RoomService) -> None:
        self._context = context
        self._rooms = rooms

    @retry_on_conflict
    async def send(self, user: UserId, target: UserId, *, mode: Mode, duration_s: int | None) -> Invite:
        """Invite a waiting user; two users who invite each other are put into one room.

        Raises:
            Invalid: *target* is the inviter.
            WrongPhase: the inviter is neither idle nor queued.
            CooldownActive: the users have met or declined each other recently.
            TargetUnavailable: *target* does not wait, is not listed, waits for another mode, does not want the
                inviter's gender, is of another age band, has been invited by another user, or one blocks the other.
        """
        context = self._context
        if user == target:
            raise Invalid("user_id", "you cannot invite yourself")
        await self.settled(target)
        mine = await self.settled(user)
        if mine is None:
            raise VersionConflict
        if (crossed := self.crossed(mine, target)) is not None:
            await self.accept(user, crossed.invite_id, duration_s=duration_s)
            return invites.accept(crossed, by=user, duration_s=duration_s)
        if mine.phase not in ("idle", "queued"):
            raise WrongPhase(mine.phase)
        # Read before the target is looked up: between the lookup and the commit there is no await.
        avoid = await context.exclusions_of(user)
        theirs = context.store.cached_state(target)
        self._may_invite(mine, theirs, avoid.get(target, 0))
        if theirs is None or theirs.ticket is None or not _is_open_to(mine, theirs, theirs.ticket.wish, mode):
            raise TargetUnavailable
        if mine.side_invite is not None:
            await self.close_side_invite(user, has_left=True)
            raise VersionConflict
        if theirs.mirrored:
            await completed(partial(self._rooms.dismiss_mirror, target))
            raise VersionConflict
        now = context.clock.now()
        wish = MatchPreferences(mode=mode) if mine.ticket is None else _replace(mine.ticket.wish, mode=mode)
        if duration_s is not None:
            wish = _replace(wish, duration_s=duration_s)
        party = InviteParty(profile=mine.profile, wish=wish)
        invite = invites.direct(InviteId(new_id(now)), party, theirs.ticket, now=now, rules=context.rules)
        self.open(invite, mine, theirs, to=(target,))
        return invite

    def open(self, invite: Invite, one: UserState, other: UserState, *, to: tuple[UserId, ...]) -> None:
        """Put both users into *invite* and send events to those in *to*; *other* may stay in the queue
        (`invites.stays_queued`).

        Raises:
            Conflict: the state of one of them has changed. Nothing happened.
        """
        context, name = self._context, invite.invite_id
        one, other = user_states.mark_proposed(one, other.user), user_states.mark_proposed(other, one.user)
        beside = {"side_invite": name} if invites.stays_queued(invite) else {"invite": name}
        seated = tuple(
            user_states.with_deadline(state, rules=context.rules)
            for state in (_replace(one, invite=name), _replace(other, **beside))
        )
        tell = tuple(InviteReceived(to=user, invite=invite) for user in to)
        context.store.commit(StateTransaction(states=seated, invites=(invite,), events=tell))
        for state in seated:
            context.schedule_expiry(state)
        context.scheduler.schedule(("invite", invite.invite_id), invite.deadline)

    @retry_on_conflict
    async def accept(self, user: UserId, invite_id: InviteId, *, duration_s: int | None) -> None:
        """Accept an open invite; once all have accepted, the room opens.

        Raises:
            InviteGone: it is over, or not for *user*.
            Forbidden: *user* is the inviter.
            CooldownActive, TargetUnavailable: the users may no longer meet; the invite is over.
            Unavailable: the room cannot be made durable; the invite stays open.
        """
        context = self._context
        invite = await self._open(invite_id, user)
        agreed = invites.accept(invite, by=user, duration_s=duration_s)
        if not agreed.is_agreed:
            if not invite.party_of(user).accepted:
                news = InviteAccepted(to=invite.peer(user).user, invite_id=invite_id)
                context.store.commit(StateTransaction(invites=(agreed,), events=(news,)))
            return
        try:
            if invite.kind != "friend":
                avoid = await context.exclusions_of(user)
                self._is_excluded(avoid.get(invite.peer(user).user, 0))
            await completed(partial(self._rooms.open, agreed.mode, agreed.first, agreed.second, invite=invite))
        except (CooldownActive, TargetUnavailable):
            current = context.store.invite(invite_id)
            if current is not None and not current.closing:
                await self._close_with(current, "unavailable", by=None)
            raise
        context.stats.invites["accepted"] += 1

    @retry_on_conflict
    async def decline(self, user: UserId, invite_id: InviteId) -> None:
        """Decline an open invite; the cooldown is 24 hours.

        Raises:
            InviteGone: it is over, or not for *user*.
            Forbidden: *user* is the inviter.
            Unavailable: the cooldown cannot be made durable; the invite stays open.
        """
        invite = await self._open(invite_id, user)
        invites.may_decline(invite, by=user)
        await self._close_with(invite, "declined", by=user)

    @retry_on_conflict
    async def cancel(self, user: UserId, invite_id: InviteId) -> None:
        """Cancel an invite; the cooldown is one hour.

        Raises:
            InviteGone: it is over, or not *user*'s.
            Forbidden: *user* is not the inviter.
            Unavailable: the cooldown cannot be made durable; the invite stays open.
        """
        invite = await self._open(invite_id, user)
        invites.may_cancel(invite, by=user)
        await self._close_with(invite, "cancelled", by=user)

    @retry_on_conflict
    async def cancel_for(self, user: UserId, invite_id: InviteId, *, has_left: bool = True) -> None:
        """End the invite of a user who has left (*has_left*), or of two users of whom one blocks the other."""
        invite = self._context.store.invite(invite_id)
        if invite is None or invite.closing:
            return
        withdrawn = has_left and invite.role(user) == "inviter"
        await self._close_with(invite, "cancelled" if withdrawn else "unavailable", by=user if has_left else None)

    @retry_on_conflict
    async def close_side_invite(self, user: UserId, *, has_left: bool) -> None:
        """Close, as unavailable, the direct invite that is open beside the place of *user* in the queue.

        *has_left*: they leave the queue themselves; else the queue has paired them.
        """
        state = self._context.user_state(user)
        if state.side_invite is None:
            return
        if self._context.store.invite(state.side_invite) is None:
            self._context.store.commit(StateTransaction(states=(_replace(state, side_invite=None),)))
        else:
            await self.cancel_for(user, state.side_invite, has_left=has_left)

    @retry_on_conflict
    async def process_deadline(self, invite_id: InviteId) -> None:
        """End an invite that has expired, or one of whose users has left; the earlier of the two counts."""
        context = self._context
        invite = context.store.invite(invite_id)
        if invite is None or invite.closing:
            return
        now, at, absent = context.clock.now(), invite.expires_at, None
        for user in invite.users:
            state = context.store.cached_state(user)
            if state is not None and user_states.hold_expired(state, now=now, rules=context.rules):
                assert state.lost_at is not None
                if state.lost_at + context.rules.queue_hold_ms < at:
                    at, absent = state.lost_at + context.rules.queue_hold_ms, user
        if absent is not None:
            await self.cancel_for(absent, invite_id)
        elif invites.is_due(invite, now=now):
            await self._close_with(invite, "expired", by=None)

    async def refreshed(self, invite_id: InviteId | None) -> Invite | None:
        """Return an open invite after applying its deadline."""
        if invite_id is None:
            return None
        await self.process_deadline(invite_id)
        return self._context.store.invite(invite_id)

    async def _open(self, invite_id: InviteId, user: UserId) -> Invite:
        invite = self._context.store.invite(invite_id)
        if invite is None:
            raise InviteGone
        invite.party_of(user)
        invite = await self.refreshed(invite_id)
        if invite is None:
            raise InviteGone
        return invite

    async def settled(self, user: UserId) -> UserState | None:
        """Return the state of *user* after applying the deadline of their invite."""
        state = self._context.store.cached_state(user)
        if state is not None and state.open_invite is not None:
            await self.refreshed(state.open_invite)
            state = self._context.store.cached_state(user)
        return state

    def crossed(self, mine: UserState, target: UserId) -> Invite | None:
        """Return the open invite of *target* to the holder of *mine*; None: there is none."""
        invite = None if mine.open_invite is None else self._context.store.invite(mine.open_invite)
        is_theirs = invite is not None and invite.kind != "match" and invite.users == (target, mine.user)
        return invite if is_theirs else None

    def _may_invite(self, mine: UserState, theirs: UserState | None, until: int) -> None:
        if theirs is not None and theirs.ticket is not None:
            until = max(until, theirs.ticket.avoid.get(mine.user, 0))
        self._is_excluded(until)

    def _is_excluded(self, until: int) -> None:
        if until >= FOREVER:
            raise TargetUnavailable
        if until > self._context.clock.now():
            raise CooldownActive(until)

    async def _close_with(self, invite: Invite, outcome: Outcome, *, by: UserId | None) -> None:
        """Mark *invite* as closing, make its cooldown durable, then close it."""
        context = self._context
        claimed = _replace(invite, closing=True)
        context.store.commit(StateTransaction(invites=(claimed,)))
        closing = _replace(claimed, version=invite.version + 1)
        context.scheduler.schedule(("invite", invite.invite_id), None)
        now = context.clock.now()
        is_second = invite.kind == "direct" and context.unanswered_invites.is_recent(*invite.users, now=now)
        until = None
        if invite.kind != "friend":
            until = cooldown.after_invite(outcome, is_second=is_second, now=now, rules=context.rules)
        if until is not None:
            try:
                pair = pair_of(*invite.users)
                until = int(await completed(partial(context.repository.submit_cooldown, pair, until=until)))
            except BaseException:
                context.store.commit(StateTransaction(invites=(_replace(closing, closing=False),)))
                now = context.clock.now()  # The commit has taken time.
                again_at = invite.expires_at if invite.expires_at > now else now + RETRY_MS
                context.scheduler.schedule(("invite", invite.invite_id), again_at)
                raise
            context.extend_cooldown(*invite.users, until)
        await self._close(closing, outcome, by=by, until=until)

    @retry_on_conflict
    async def _close(self, invite: Invite, outcome: Outcome, *, by: UserId | None, until: int | None) -> None:
        context = self._context
        lost = invites.who_loses_place(invite, outcome, by=by)
        left: list[UserState] = []
        told: list[AnyUserEvent] = []
        waiting: list[UserId] = []
        for user in invite.users:
            told.append(InviteClosed(to=user, invite_id=invite.invite_id, outcome=outcome, by=by, cooldown_until=until))
            state = context.store.cached_state(user)
            if state is None or state.open_invite != invite.invite_id:
                continue
            if state.invite is None:  # They have been in the queue throughout, and stay there.
                left.append(_replace(state, side_invite=None))
                continue
            ticket: Ticket | None = None if user in lost else state.ticket
            if state.ticket is not None:
                reason = "requeued" if ticket is not None else _WHY.get(outcome, outcome)
                told.append(QueueUpdate(to=user, queued=ticket is not None, reason=reason))
            left.append(user_states.with_deadline(_replace(state, invite=None, ticket=ticket), rules=context.rules))
            if ticket is not None:
                waiting.append(user)
        context.store.commit(StateTransaction(states=tuple(left), ended=(invite,), events=tuple(told)))
        context.stats.invites[outcome] += 1
        self._note_end(invite, outcome)
        for state in left:
            context.schedule_expiry(state)
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
