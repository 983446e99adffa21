"""An invite, open for 20 seconds:

open ─all accept→ accepted      open ─one declines→ declined      open ─20 s→ expired
open ─inviter withdraws or leaves→ cancelled                     open ─the other leaves→ unavailable
"""

from typing import Literal

import msgspec

from matchmaker.domain.errors import Forbidden, InviteGone
from matchmaker.domain.ids import InviteId, UserId
from matchmaker.domain.profile import Profile
from matchmaker.domain.ticket import MatchPreferences, Mode, Ticket
from matchmaker.domain.timing import DURATION_S, Timing

Kind = Literal["direct", "match", "friend"]
Outcome = Literal["accepted", "declined", "cancelled", "expired", "unavailable"]
Role = Literal["inviter", "invitee", "matched"]


class InviteParty(msgspec.Struct, frozen=True, kw_only=True):
    """One of the two users of an invite, with what their side needs when the room opens."""

    profile: Profile
    wish: MatchPreferences
    accepted: bool = False

    @property
    def user(self) -> UserId:
        """The user's id."""
        return self.profile.user_id


class Invite(msgspec.Struct, frozen=True, kw_only=True):
    """An open invite, to be answered by one or both of its users. It ends exactly once."""

    invite_id: InviteId
    kind: Kind
    mode: Mode
    first: InviteParty
    """The inviter; in a match, the user who waited longer. Becomes the offerer."""
    second: InviteParty
    created_at: int
    expires_at: int
    """Unix milliseconds; at this instant the invite has expired."""
    duration_s: int | None = None
    """Call length that the inviter of a friend call asked for; None: no clock. Other invites take it from the
    preferences."""
    closing: bool = False
    """An answer is being committed: the outcome is decided, and the deadline no longer applies."""

    @property
    def users(self) -> tuple[UserId, UserId]:
        """Both user ids, `first` first."""
        return self.first.user, self.second.user

    @property
    def deadline(self) -> int | None:
        """The deadline of the invite; None while it is being closed."""
        return None if self.closing else self.expires_at

    def party_of(self, user: UserId) -> InviteParty:
        """Return the side of *user*.

        Raises:
            InviteGone: *user* is not a party of this invite.
        """
        if user == self.first.user:
            return self.first
        if user == self.second.user:
            return self.second
        raise InviteGone

    def peer(self, user: UserId) -> InviteParty:
        """Return the side that is not *user*'s."""
        return self.second if user == self.first.user else self.first

    def role(self, user: UserId) -> Role:
        """Return the role of *user* in this invite."""
        if self.kind == "match":
            return "matched"
        return "inviter" if user == self.first.user else "invitee"

    @property
    def is_agreed(self) -> bool:
        """Whether all who were asked have accepted."""
        return self.first.accepted and self.second.accepted


def call_length(one: MatchPreferences, other: MatchPreferences) -> int:
    """Return the length of the call in whole seconds: the floor of the mean of what both sides ask for."""
    return (one.duration_s + other.duration_s) // 2


def match(invite_id: InviteId, longer: Ticket, newer: Ticket, *, now: int, rules: Timing) -> Invite:
    """Return the invite for a pairing by the queue; a user who joined with `auto_accept` has accepted."""
    return Invite(
        invite_id=invite_id,
        kind="match",
        mode=longer.wish.mode,
        first=InviteParty(profile=longer.profile, wish=longer.wish, accepted=longer.wish.auto_accept),
        second=InviteParty(profile=newer.profile, wish=newer.wish, accepted=newer.wish.auto_accept),
        created_at=now,
        expires_at=now + rules.invite_ttl_ms,
    )


def direct(invite_id: InviteId, inviter: InviteParty, invitee: Ticket, *, now: int, rules: Timing) -> Invite:
    """Return the direct invite of one user by another; the inviter has accepted by inviting."""
    return Invite(
        invite_id=invite_id,
        kind="direct",
        mode=invitee.wish.mode,
        first=msgspec.structs.replace(inviter, accepted=True),
        second=InviteParty(profile=invitee.profile, wish=invitee.wish),
        created_at=now,
        expires_at=now + rules.invite_ttl_ms,
    )


def stays_queued(invite: Invite) -> bool:
    """Return whether the second party stays in the queue while the invite is open: they joined with `auto_accept`."""
    return invite.kind == "direct" and invite.second.wish.auto_accept


def accept(invite: Invite, *, by: UserId, duration_s: int | None = None) -> Invite:
    """Return the invite accepted by *by*; idempotent.

    Raises:
        InviteGone: the invite is being closed, or *by* is not a party of it.
        Forbidden: *by* is the inviter.
    """
    party = _with_open_invite(invite, by)
    if duration_s is not None:
        wish = msgspec.structs.replace(party.wish, duration_s=min(max(duration_s, DURATION_S[0]), DURATION_S[1]))
        party = msgspec.structs.replace(party, wish=wish)
    party = msgspec.structs.replace(party, accepted=True)
    side = "first" if by == invite.first.user else "second"
    return msgspec.structs.replace(invite, **{side: party})


def may_decline(invite: Invite, *, by: UserId) -> None:
    """Check that *by* may decline.

    Raises:
        InviteGone: the invite is being closed, or *by* is not a party of it.
        Forbidden: *by* is the inviter.
    """
    _with_open_invite(invite, by)


def may_cancel(invite: Invite, *, by: UserId) -> None:
    """Check that *by* may cancel the invite.

    Raises:
        InviteGone: the invite is being closed, or *by* is not a party of it.
        Forbidden: *by* is not the inviter.
    """
    invite.party_of(by)
    if invite.closing:
        raise InviteGone
    if invite.role(by) != "inviter":
        raise Forbidden("only the one who invited can cancel")


def who_loses_place(invite: Invite, outcome: Outcome, *, by: UserId | None) -> frozenset[UserId]:
    """Return who loses their place in the queue, if they had one, when the invite ends without a room.

    *by* is the user who declined, cancelled or left. (Rulebook section 3, column "afterwards".)
    """
    if outcome == "declined":
        return frozenset() if invite.kind == "match" else frozenset((invite.first.user,))
    if outcome == "expired":
        return frozenset(party.user for party in (invite.first, invite.second) if not party.accepted)
    if outcome == "unavailable" and by is not None:
        return frozenset((by,))
    return frozenset()


def _with_open_invite(invite: Invite, by: UserId) -> InviteParty:
    party = invite.party_of(by)
    if invite.closing:
        raise InviteGone
    if invite.role(by) == "inviter":
        raise Forbidden("the one who invited cannot answer")
    return party
