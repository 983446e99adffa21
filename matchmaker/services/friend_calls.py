"""Calls between friends: an invite of kind `friend`, to a user who need not be waiting, without cooldowns."""

from functools import partial

from matchmaker.domain.errors import Invalid, RateLimited, TargetUnavailable, WrongPhase
from matchmaker.domain.ids import InviteId, UserId, new_id
from matchmaker.domain.invite import Invite, InviteParty
from matchmaker.domain.ticket import MatchPreferences, are_of_one_band
from matchmaker.domain.user_state import UserState
from matchmaker.ports.callbacks import Done, begin
from matchmaker.services.context import MatchmakerContext
from matchmaker.services.invites import InviteService

CALL = MatchPreferences(mode="video")
"""The filters of the queue do not apply, nor do `auto_accept` and `auto_next`."""


class FriendCallOpener:
    """Opens invites for calls between friends; they continue like other invites."""

    def __init__(self, context: MatchmakerContext, invite_service: InviteService) -> None:
        self._context = context
        self._invites = invite_service

    def call(self, user: UserId, target: UserId, done: Done, *, duration_s: int | None) -> None:
        """Call a friend, and call *done* with the invite; two users who call each other are put into one room.

        Errors:
            Invalid: *target* is the caller.
            WrongPhase: the caller is neither idle nor queued.
            TargetUnavailable: *target* is not a friend, is not connected with a client that supports such calls, is
                busy, or is of another age band.
            RateLimited: too many calls to this friend were not answered.
            Unavailable: friendships cannot be read now.
        """
        if user == target:
            raise Invalid("user_id", "you cannot call yourself")

        def known(wait_ms: int | None, error: Exception | None) -> None:
            if error is None:
                begin(partial(self._decide, user, target, wait_ms=wait_ms, duration_s=duration_s), done)
            else:
                done(None, error)

        self._context.spawn(self._context.friends.call_wait_ms(user, target), known)

    def _decide(self, user: UserId, target: UserId, done: Done, *, wait_ms: int | None, duration_s: int | None) -> None:
        context, calls = self._context, self._invites
        again = partial(self._decide, user, target, wait_ms=wait_ms, duration_s=duration_s)
        if wait_ms is None:
            raise TargetUnavailable
        if calls.end_due(calls.of(target), again, done) or calls.end_due(calls.of(user), again, done):
            return
        mine = context.user_state(user)
        if (crossed := calls.crossed(mine, target)) is not None:
            calls.accept_crossed(user, crossed, done, duration_s=None)
            return
        if mine.phase not in ("idle", "queued"):
            raise WrongPhase(mine.phase)
        if wait_ms:
            raise RateLimited("calls to this friend", wait_ms)
        theirs = context.store.cached_state(target)
        if theirs is None or not self._can_be_called(mine, theirs):
            raise TargetUnavailable
        if calls.make_room_for(mine, theirs, again, done):
            return
        now = context.clock.now()
        invite = Invite(
            invite_id=InviteId(new_id(now)),
            kind="friend",
            mode="video",
            first=InviteParty(profile=mine.profile, wish=CALL, accepted=True),
            second=InviteParty(profile=theirs.profile, wish=CALL),
            duration_s=duration_s,
            created_at=now,
            expires_at=now + context.rules.invite_ttl_ms,
        )
        calls.open(invite, mine, theirs, to=(target,))
        done(invite, None)

    def _can_be_called(self, mine: UserState, theirs: UserState) -> bool:
        return (
            theirs.connected
            and (theirs.mirrored or theirs.phase in ("idle", "queued"))
            and theirs.side_invite is None
            and are_of_one_band(mine.band, theirs.band)
            and self._context.friends.takes_calls(theirs.user)
        )
