"""Groups: admission, departure, ownership. Instants are Unix milliseconds of the wall clock.

created ─added→ member ─left, removed→ former ─added, 24 h later→ member        last member left → deleted
"""

from collections.abc import Iterable

import msgspec

from matchmaker.domain.errors import Forbidden, LimitReached, NotFound, StateConflict
from matchmaker.domain.ids import UserId


class GroupLimits(msgspec.Struct, frozen=True, kw_only=True):
    """Limits of groups."""

    members: int = 10
    groups: int = 200
    """Maximum number of groups per user."""
    readd_ms: int = 86_400_000
    """How long after leaving or removal a user cannot be added again."""


class GroupMember(msgspec.Struct, frozen=True, kw_only=True):
    """A user in a group, now or in the past."""

    user: UserId
    slot: int
    is_owner: bool
    joined_at: int
    left_at: int | None = None

    @property
    def is_present(self) -> bool:
        """Whether the user is a member now."""
        return self.left_at is None


class Departure(msgspec.Struct, frozen=True, kw_only=True):
    """The effect of a departure."""

    new_owner: UserId | None
    """The new owner; None: ownership is unchanged."""
    is_empty: bool
    """Whether no member is left: the group is deleted."""


def insist_on_member(members: Iterable[GroupMember], user: UserId) -> GroupMember:
    """Return *user* as a present member.

    Raises:
        NotFound: *user* is not a member.
    """
    for member in members:
        if member.user == user and member.is_present:
            return member
    raise NotFound("there is no such channel")


def insist_on_owner(members: Iterable[GroupMember], user: UserId) -> None:
    """Check that *user* owns the group.

    Raises:
        NotFound: *user* is not a present member.
        Forbidden: another member owns it.
    """
    if not insist_on_member(members, user).is_owner:
        raise Forbidden("only the owner of the group may do this")


def admit(
    members: Iterable[GroupMember], user: UserId, *, by: UserId, groups: int, now: int, limits: GroupLimits
) -> int | None:
    """Return the slot for *user*, a friend of *by* who is in *groups* groups; None: is a member already.

    Raises:
        NotFound: *by* is not a member.
        StateConflict: *user* left, or was removed, less than `limits.readd_ms` ago.
        LimitReached: the group is full, or the limit of groups of *user* is reached.
    """
    known = list(members)
    insist_on_member(known, by)
    earlier = next((member for member in known if member.user == user), None)
    if earlier is not None and earlier.is_present:
        return None
    if earlier is not None and earlier.left_at is not None and now < earlier.left_at + limits.readd_ms:
        raise StateConflict("this user left the group not long ago", until_at=earlier.left_at + limits.readd_ms)
    taken = {member.slot for member in known if member.is_present}
    if len(taken) >= limits.members:
        raise LimitReached("group_members_max", limits.members)
    if groups >= limits.groups:
        raise LimitReached("groups_max", limits.groups)
    return next(slot for slot in range(1, limits.members + 1) if slot not in taken)


def remove(members: Iterable[GroupMember], user: UserId, *, by: UserId) -> Departure | None:
    """Return the effect of *user* leaving (*by* is *user*) or being removed; None: is not a member now.

    Raises:
        NotFound: *by* is not a member.
        Forbidden: *by* removes another member and is not the owner.
    """
    known = list(members)
    actor = insist_on_member(known, by)
    if by != user and not actor.is_owner:
        raise Forbidden("only the owner of the group removes members")
    leaver = next((member for member in known if member.user == user and member.is_present), None)
    return None if leaver is None else depart(known, leaver)


def depart(members: Iterable[GroupMember], leaver: GroupMember) -> Departure:
    """Return the effect of the departure of *leaver*: ownership passes to the longest member (on a
    tie the lower slot).
    """
    left = [member for member in members if member.is_present and member.user != leaver.user]
    if not left:
        return Departure(new_owner=None, is_empty=True)
    if not leaver.is_owner:
        return Departure(new_owner=None, is_empty=False)
    heir = min(left, key=lambda member: (member.joined_at, member.slot))
    return Departure(new_owner=heir.user, is_empty=False)
