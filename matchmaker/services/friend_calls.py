"""Calls between friends: an invite of kind `friend`, to a user who need not be waiting, without cooldowns."""

from functools import partial

from matchmaker.domain import invite as invites
from matchmaker.domain.errors import Invalid, RateLimited, TargetUnavailable, VersionConflict, WrongPhase
from matchmaker.domain.ids import InviteId, UserId, new_id
from matchmaker.domain.invite import Invite, InviteParty
from matchmaker.domain.ticket import MatchPreferences, are_of_one_band
from matchmaker.domain.user_state import UserState
from matchmaker.ports.callbacks import completed
from matchmaker.services.context import MatchmakerContext, retry_on_conflict
from matchmaker.services.invites import InviteService
from matchmaker.services.rooms import RoomService

CALL = MatchPreferences(mode="video")
"""The filters of the queue do not apply, nor do `auto_accept` and `auto_next`."""


class Calling:
    """Opens invites for calls between friends; they continue like other invites."""

    def __init__(self, context: MatchmakerContext, rooms: RoomService, invite_service: InviteService) -> None:
        self._context = context
        self._rooms = rooms
        self._invites = invite_service

    @retry_on_conflict
    async def call(self, user: UserId, target: UserId, *, duration_s: int | None) -> Invite:
        """Call a friend; two users who call each other are put into one room.

        Raises:
            Invalid: *target* is the caller.
            WrongPhase: the caller is neither idle nor queued.
            TargetUnavailable: *target* is not a friend, is not connected with a client that supports such calls, is
                busy, or is of another age band.
            RateLimited: too many calls to this friend were not answered.
            Unavailable: friendships cannot be read now.
        """
        context = self._context
        if user == target:
            raise Invalid("user_id", "you cannot call yourself")
        wait_ms = await context.friends.call_wait_ms(user, target)
        if wait_ms is None:
            raise TargetUnavailable
        await self._invites.settled(target)
        mine = await self._invites.settled(user)
        if mine is None:
            raise VersionConflict
        if (crossed := self._invites.crossed(mine, target)) is not None:
            await self._invites.accept(user, crossed.invite_id, duration_s=None)
            return invites.accept(crossed, by=user)
        if mine.phase not in ("idle", "queued"):
            raise WrongPhase(mine.phase)
        if wait_ms:
            raise RateLimited("calls to this friend", wait_ms)
        theirs = context.store.cached_state(target)
        if theirs is not None and theirs.mirrored:
            await completed(partial(self._rooms.dismiss_mirror, target))
            raise VersionConflict
        if theirs is None or not self._can_be_called(mine, theirs):
            raise TargetUnavailable
        if mine.side_invite is not None:
            await self._invites.close_side_invite(user, has_left=True)
            raise VersionConflict
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
        self._invites.open(invite, mine, theirs, to=(target,))
        return invite

    def _can_be_called(self, mine: UserState, theirs: UserState) -> bool:
        return (
            theirs.connected
            and theirs.phase in ("idle", "queued")
            and theirs.side_invite is None
            and are_of_one_band(mine.band, theirs.band)
            and self._context.friends.takes_calls(theirs.user)
        )
