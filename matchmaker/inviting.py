"""The verbs of an invite: it ends exactly once, with one outcome, told to both."""

from functools import partial

import msgspec

from matchmaker import cooldown
from matchmaker import invite as invites
from matchmaker import seat as seats
from matchmaker.callbacks import completed
from matchmaker.change import Change
from matchmaker.errors import Conflict, CooldownActive, Invalid, InviteGone, TargetUnavailable, WrongPhase
from matchmaker.friend_call import FriendCall
from matchmaker.house import House, persistent
from matchmaker.ids import InviteId, UserId, new_id, pair_of
from matchmaker.invite import Invite, Outcome, Party
from matchmaker.news import AnyNews, InviteAccepted, InviteClosed, InviteReceived, QueueUpdate
from matchmaker.rooms import Rooms
from matchmaker.rules import FOREVER
from matchmaker.seat import Seat
from matchmaker.ticket import Mode, Ticket, Wish, are_of_one_band
from matchmaker.timekeeper import RETRY_MS

_replace = msgspec.structs.replace
_WHY: dict[Outcome, str] = {"expired": "no_answer", "unavailable": "expired_hold", "declined": "declined"}


class Inviting:
    """Makes, answers and ends invites."""

    def __init__(self, house: House, rooms: Rooms) -> None:
        self._house = house
        self._rooms = rooms

    @persistent
    async def send(self, user: UserId, target: UserId, *, mode: Mode, duration_s: int | None) -> Invite:
        """Invite somebody who waits; two people who invite each other are put into one room.

        Raises:
            Invalid: *target* is the inviter.
            WrongPhase: the inviter is neither idle nor queued.
            CooldownActive: the two have met or declined each other recently.
            TargetUnavailable: *target* does not wait, is not listed, waits for another mode, does not want the
                inviter's gender, is of another age band, has been invited by somebody else, or one blocks the other.
        """
        house = self._house
        if user == target:
            raise Invalid("user_id", "you cannot invite yourself")
        await self.settled(target)
        mine = await self.settled(user)
        if mine is None:
            raise Conflict
        if (crossed := self.crossed(mine, target)) is not None:
            await self.accept(user, crossed.invite_id, duration_s=duration_s)
            return invites.accept(crossed, by=user, duration_s=duration_s)
        if mine.phase not in ("idle", "queued"):
            raise WrongPhase(mine.phase)
        # Read before the target is looked at: from there to the commit nothing is waited for.
        avoid = await house.avoided_by(user)
        theirs = house.store.peek(target)
        self._may_invite(mine, theirs, avoid.get(target, 0))
        if theirs is None or theirs.ticket is None or not _is_open_to(mine, theirs, theirs.ticket.wish, mode):
            raise TargetUnavailable
        if mine.side_invite is not None:
            await self.supersede(user, gone=True)
            raise Conflict
        if theirs.mirrored:
            await self._rooms.dismiss_mirror(theirs)
            raise Conflict
        now = house.clock.now()
        wish = Wish(mode=mode) if mine.ticket is None else _replace(mine.ticket.wish, mode=mode)
        if duration_s is not None:
            wish = _replace(wish, duration_s=duration_s)
        party = Party(profile=mine.profile, wish=wish)
        invite = invites.direct(InviteId(new_id(now)), party, theirs.ticket, now=now, rules=house.rules)
        self.announce(invite, mine, theirs, to=(target,))
        return invite

    def announce(self, invite: Invite, one: Seat, other: Seat, *, to: tuple[UserId, ...]) -> None:
        """Seat both people at *invite* and tell those in *to*; *other* may stay in the queue (`invites.stays_queued`).

        Raises:
            Conflict: one of them is no longer where they were. Nothing happened.
        """
        house, name = self._house, invite.invite_id
        one, other = seats.offer(one, other.user), seats.offer(other, one.user)
        beside = {"side_invite": name} if invites.stays_queued(invite) else {"invite": name}
        seated = tuple(
            seats.schedule(seat, rules=house.rules) for seat in (_replace(one, invite=name), _replace(other, **beside))
        )
        tell = tuple(InviteReceived(to=user, invite=invite) for user in to)
        house.store.commit(Change(seats=seated, invites=(invite,), tell=tell))
        for seat in seated:
            house.watch_seat(seat)
        house.timekeeper.watch(("invite", invite.invite_id), invite.deadline)

    @persistent
    async def accept(self, user: UserId, invite_id: InviteId, *, duration_s: int | None) -> None:
        """Accept an open invite; when nobody is left to answer, the room opens.

        Raises:
            InviteGone: it is over, or not for *user*.
            Forbidden: *user* is the one who invited.
            CooldownActive, TargetUnavailable: the two may no longer meet; the invite is over.
            Unavailable: the room cannot be made durable; the invite stays open.
        """
        house = self._house
        invite = await self._open(invite_id, user)
        agreed = invites.accept(invite, by=user, duration_s=duration_s)
        if not agreed.is_agreed:
            if not invite.party(user).accepted:
                news = InviteAccepted(to=invite.peer(user).user, invite_id=invite_id)
                house.store.commit(Change(invites=(agreed,), tell=(news,)))
            return
        try:
            if invite.kind != "friend":
                avoid = await house.avoided_by(user)
                self._apart(avoid.get(invite.peer(user).user, 0))
            await completed(partial(self._rooms.open, agreed.mode, agreed.first, agreed.second, invite=invite))
        except (CooldownActive, TargetUnavailable):
            current = house.store.invite(invite_id)
            if current is not None and not current.closing:
                await self._settle(current, "unavailable", by=None)
            raise
        house.stats.invites["accepted"] += 1

    @persistent
    async def decline(self, user: UserId, invite_id: InviteId) -> None:
        """Decline an open invite: 24 hours apart.

        Raises:
            InviteGone: it is over, or not for *user*.
            Forbidden: *user* is the one who invited.
            Unavailable: the cooldown cannot be made durable; the invite stays open.
        """
        invite = await self._open(invite_id, user)
        invites.may_decline(invite, by=user)
        await self._settle(invite, "declined", by=user)

    @persistent
    async def cancel(self, user: UserId, invite_id: InviteId) -> None:
        """Withdraw an invite: an hour apart.

        Raises:
            InviteGone: it is over, or not *user*'s.
            Forbidden: *user* is not the one who invited.
            Unavailable: the cooldown cannot be made durable; the invite stays open.
        """
        invite = await self._open(invite_id, user)
        invites.may_cancel(invite, by=user)
        await self._settle(invite, "cancelled", by=user)

    @persistent
    async def abandon(self, user: UserId, invite_id: InviteId, *, gone: bool = True) -> None:
        """End the invite of somebody who is *gone*, or (not gone) of two people of whom one blocks the other."""
        invite = self._house.store.invite(invite_id)
        if invite is None or invite.closing:
            return
        withdrawn = gone and invite.role(user) == "inviter"
        await self._settle(invite, "cancelled" if withdrawn else "unavailable", by=user if gone else None)

    @persistent
    async def supersede(self, user: UserId, *, gone: bool) -> None:
        """Close, as unavailable, the direct invite that is open beside the place of *user* in the queue.

        *gone*: they leave the queue themselves; else the queue has found somebody for them.
        """
        seat = self._house.seat(user)
        if seat.side_invite is None:
            return
        if self._house.store.invite(seat.side_invite) is None:
            self._house.store.commit(Change(seats=(_replace(seat, side_invite=None),)))
        else:
            await self.abandon(user, seat.side_invite, gone=gone)

    @persistent
    async def let_time_act(self, invite_id: InviteId) -> None:
        """End an invite whose time is over, or of which somebody is gone; what was due first counts."""
        house = self._house
        invite = house.store.invite(invite_id)
        if invite is None or invite.closing:
            return
        now, at, absent = house.clock.now(), invite.expires_at, None
        for user in invite.users:
            seat = house.store.peek(user)
            if seat is not None and seats.is_gone(seat, now=now, rules=house.rules):
                assert seat.lost_at is not None
                if seat.lost_at + house.rules.queue_hold_ms < at:
                    at, absent = seat.lost_at + house.rules.queue_hold_ms, user
        if absent is not None:
            await self.abandon(absent, invite_id)
        elif invites.is_due(invite, now=now):
            await self._settle(invite, "expired", by=None)

    async def current(self, invite_id: InviteId | None) -> Invite | None:
        """Return an open invite as it stands once time has acted."""
        if invite_id is None:
            return None
        await self.let_time_act(invite_id)
        return self._house.store.invite(invite_id)

    async def _open(self, invite_id: InviteId, user: UserId) -> Invite:
        invite = self._house.store.invite(invite_id)
        if invite is None:
            raise InviteGone
        invite.party(user)
        invite = await self.current(invite_id)
        if invite is None:
            raise InviteGone
        return invite

    async def settled(self, user: UserId) -> Seat | None:
        """Return the seat of *user* once time has acted on the invite it points to."""
        seat = self._house.store.peek(user)
        if seat is not None and seat.open_invite is not None:
            await self.current(seat.open_invite)
            seat = self._house.store.peek(user)
        return seat

    def crossed(self, mine: Seat, target: UserId) -> Invite | None:
        """Return the open invite of *target* to the holder of *mine*, if there is one."""
        invite = None if mine.open_invite is None else self._house.store.invite(mine.open_invite)
        is_theirs = invite is not None and invite.kind != "match" and invite.users == (target, mine.user)
        return invite if is_theirs else None

    def _may_invite(self, mine: Seat, theirs: Seat | None, until: int) -> None:
        if theirs is not None and theirs.ticket is not None:
            until = max(until, theirs.ticket.avoid.get(mine.user, 0))
        self._apart(until)

    def _apart(self, until: int) -> None:
        if until >= FOREVER:
            raise TargetUnavailable
        if until > self._house.clock.now():
            raise CooldownActive(until)

    async def _settle(self, invite: Invite, outcome: Outcome, *, by: UserId | None) -> None:
        """Claim the end of *invite*, make its cooldown durable, then close it."""
        house = self._house
        claimed = _replace(invite, closing=True)
        house.store.commit(Change(invites=(claimed,)))
        closing = _replace(claimed, version=invite.version + 1)
        house.timekeeper.watch(("invite", invite.invite_id), None)
        now = house.clock.now()
        is_second = invite.kind == "direct" and house.unanswered.is_recent(*invite.users, now=now)
        until = None
        if invite.kind != "friend":
            until = cooldown.after_invite(outcome, is_second=is_second, now=now, rules=house.rules)
        if until is not None:
            try:
                until = await house.ledger.lengthen(pair_of(*invite.users), until=until)
            except BaseException:
                house.store.commit(Change(invites=(_replace(closing, closing=False),)))
                now = house.clock.now()  # the ledger has taken its time
                again_at = invite.expires_at if invite.expires_at > now else now + RETRY_MS
                house.timekeeper.watch(("invite", invite.invite_id), again_at)
                raise
            house.part(*invite.users, until)
        await self._close(closing, outcome, by=by, until=until)

    @persistent
    async def _close(self, invite: Invite, outcome: Outcome, *, by: UserId | None, until: int | None) -> None:
        house = self._house
        lost = invites.losers(invite, outcome, by=by)
        left: list[Seat] = []
        told: list[AnyNews] = []
        waiting: list[UserId] = []
        for user in invite.users:
            told.append(InviteClosed(to=user, invite_id=invite.invite_id, outcome=outcome, by=by, cooldown_until=until))
            seat = house.store.peek(user)
            if seat is None or seat.open_invite != invite.invite_id:
                continue
            if seat.invite is None:  # they have been in the queue all the time, and stay there
                left.append(_replace(seat, side_invite=None))
                continue
            ticket: Ticket | None = None if user in lost else seat.ticket
            if seat.ticket is not None:
                reason = "requeued" if ticket is not None else _WHY.get(outcome, outcome)
                told.append(QueueUpdate(to=user, queued=ticket is not None, reason=reason))
            left.append(seats.schedule(_replace(seat, invite=None, ticket=ticket), rules=house.rules))
            if ticket is not None:
                waiting.append(user)
        house.store.commit(Change(seats=tuple(left), ended=(invite,), tell=tuple(told)))
        house.stats.invites[outcome] += 1
        self._note_end(invite, outcome)
        for seat in left:
            house.watch_seat(seat)
        for user in waiting:
            house.seek_soon(user)

    def _note_end(self, invite: Invite, outcome: Outcome) -> None:
        """Note what follows from an invite that ended without a room, beside its cooldown."""
        house, (caller, callee), now = self._house, invite.users, self._house.clock.now()
        if invite.kind == "direct":
            house.ledger.keep_invite(invite, now=now)
            if outcome == "expired":
                house.unanswered.note(caller, callee, now=now)
        if invite.kind != "friend":
            return
        house.friends.note_call(
            FriendCall(
                call_id=invite.invite_id, caller=caller, callee=callee, outcome=outcome, mode=invite.mode, live_ms=None
            )
        )


def _is_open_to(mine: Seat, theirs: Seat, wish: Wish, mode: Mode) -> bool:
    """Tell whether the holder of *theirs*, who asks *wish* of the queue, can be invited by the holder of *mine*."""
    return (
        theirs.is_waiting
        and theirs.side_invite is None
        and wish.listed
        and wish.mode == mode
        and mine.profile.gender in wish.want
        and are_of_one_band(mine.band, theirs.band)
    )
