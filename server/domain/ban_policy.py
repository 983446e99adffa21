"""Reports and bans: when reports suspend a user, how long a ban lasts, what the banned user is told.

open ─moderator confirms→ confirmed (permanent ban)        a suspension lasts until one of the two
open ─moderator vindicates→ vindicated (the count starts again)
"""

from collections.abc import Collection, Iterable
from typing import Literal

import msgspec

from matchmaker.domain.errors import Banned
from matchmaker.domain.ids import UserId

Kind = Literal["temporary", "permanent"]
AppealStatus = Literal["open", "granted", "rejected"]
ReportStatus = Literal["open", "confirmed", "vindicated"]

NEWCOMERS_MS = 72 * 3_600_000
SUSPENDED = (
    "Several people whom you met have reported you. "
    "Your account is suspended until a moderator has looked at what they sent."
)
"""The reason shown to a user who was suspended because of several distinct reporters."""


class ReportPolicy(msgspec.Struct, frozen=True, kw_only=True):
    """The operator's policy on reports. Durations are in milliseconds."""

    reporters: int = 4
    """Number of established reporters of different networks, since the last vindication, that suspends; 0: reports
    never suspend."""
    suspension_ms: int | None = None
    """How long such a suspension lasts; None: until a moderator has decided."""
    newcomers_ms: int = NEWCOMERS_MS
    """How long a block also excludes newer accounts of the blocked user's origins from matching; 0: not at all."""
    keep_ms: int = 180 * 86_400_000
    """How long the evidence is kept after a moderator's decision."""
    has_channels: bool = True
    """Whether users can meet in channels: not without the friends feature."""


class Ban(msgspec.Struct, frozen=True, kw_only=True):
    """A ban, as shown to its user. Instants are Unix milliseconds."""

    ban_id: str
    kind: Kind
    statement: str
    """The reasons."""
    imposed_at: int
    until_at: int | None
    """None: until it is lifted."""
    appeal_status: AppealStatus | None = None
    """None: the user has not appealed."""
    appeal_answer: str | None = None
    """The moderator's answer to the appeal."""

    def is_in_force(self, now: int) -> bool:
        """Return whether the ban is in force at *now*."""
        return self.until_at is None or now < self.until_at

    @property
    def refusal(self) -> Banned:
        """Return the error for all requests of the user."""
        until = {} if self.until_at is None else {"until_at": self.until_at}
        return Banned("you are banned", statement=self.statement, **until)


class Suspension(msgspec.Struct, frozen=True, kw_only=True):
    """A ban that follows from reports alone."""

    statement: str
    until_at: int | None


def suspension_for(
    reporters: Collection[frozenset[bytes]], *, is_banned: bool, now: int, policy: ReportPolicy
) -> Suspension | None:
    """Return the suspension that open reports cause; None: none.

    *reporters*: for each counting report, the networks of the reporter. Reports that a moderator has decided are not
    open: after a vindication the count starts at zero.
    """
    if is_banned or not policy.reporters or distinct(reporters) < policy.reporters:
        return None
    until = None if policy.suspension_ms is None else now + policy.suspension_ms
    return Suspension(statement=SUSPENDED, until_at=until)


def distinct(reporters: Iterable[frozenset[bytes]]) -> int:
    """Return the number of groups of *reporters* in which no reporter shares a network with one of another group.

    One user with several accounts uses the same network with some of them; reporters without a network do not count.
    """
    groups: list[frozenset[bytes]] = []
    for networks in reporters:
        if networks:
            near = [group for group in groups if group & networks]
            groups = [group for group in groups if not group & networks] + [networks.union(*near)]
    return len(groups)


def lasts_longer(one: Ban, *, kind: Kind, until_at: int | None) -> bool:
    """Return whether *one* lasts at least as long as a ban of this *kind* until *until_at* would."""
    if one.kind == "permanent":
        return True
    return kind == "temporary" and (one.until_at is None or (until_at is not None and one.until_at >= until_at))


class ReportSubmission(msgspec.Struct, frozen=True, kw_only=True):
    """A report of one user about another."""

    report_id: str
    by: UserId
    about: UserId
    room_id: str | None = None
    """None: the room that both are in, else the last one, else an invite, else an introduction."""
    invite_id: str | None = None
    referral_code: str | None = None
    channel_id: str | None = None
    """A channel that both were in; None without a room: the latest such channel, if they have not met otherwise."""
    channel_n: int | None = None
    """The message; None: the latest message of the reported user there."""
    category: str
    details: str
    at: int
