"""Reports and bans: when several reports suspend a user, how long a ban holds, what the banned user is told.

open ─moderator confirms→ confirmed (permanent ban)        a suspension stands until one of the two
open ─moderator vindicates→ vindicated (count starts anew)
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
"""The reason shown to a user who was suspended by the rule about distinct reporters."""


class ReportPolicy(msgspec.Struct, frozen=True, kw_only=True):
    """What the operator has decided about reports. Durations are milliseconds."""

    reporters: int = 4
    """So many established reporters of different networks, since the last vindication, suspend; 0: reports never do."""
    suspension_ms: int | None = None
    """How long such a suspension holds; None: until a moderator has looked."""
    newcomers_ms: int = NEWCOMERS_MS
    """How long a block also excludes newer accounts of the blocked user's origins from matching; 0: not at all."""
    keep_ms: int = 180 * 86_400_000
    """How long the evidence is kept once a moderator has decided."""


class Ban(msgspec.Struct, frozen=True, kw_only=True):
    """Why a user may not use the service, as shown to that user. Instants are Unix milliseconds."""

    ban_id: str
    kind: Kind
    statement: str
    """The reasons."""
    imposed_at: int
    until_at: int | None
    """None: until it is lifted."""
    appeal_status: AppealStatus | None = None
    """None: they have not objected."""
    appeal_answer: str | None = None
    """What a moderator answered."""

    def is_in_force(self, now: int) -> bool:
        """Return whether it is in force at *now*."""
        return self.until_at is None or now < self.until_at

    @property
    def refusal(self) -> Banned:
        """What everything that they ask for is answered with."""
        until = {} if self.until_at is None else {"until_at": self.until_at}
        return Banned("you are banned", statement=self.statement, **until)


class Suspension(msgspec.Struct, frozen=True, kw_only=True):
    """A ban that follows from reports alone."""

    statement: str
    until_at: int | None


def suspension_for(
    reporters: Collection[frozenset[bytes]], *, is_banned: bool, now: int, policy: ReportPolicy
) -> Suspension | None:
    """Return the suspension that open reports amount to; None: none.

    *reporters*: for each whose report counts, the networks of the account. Reports that a moderator has decided are not
    open: who was vindicated starts again from nothing.
    """
    if is_banned or not policy.reporters or distinct(reporters) < policy.reporters:
        return None
    until = None if policy.suspension_ms is None else now + policy.suspension_ms
    return Suspension(statement=SUSPENDED, until_at=until)


def distinct(reporters: Iterable[frozenset[bytes]]) -> int:
    """Return the number of groups of *reporters* in which no reporter shares a network with one of another group.

    One person with many accounts uses some network with several of them; who has no network is not counted.
    """
    groups: list[frozenset[bytes]] = []
    for networks in reporters:
        if networks:
            near = [group for group in groups if group & networks]
            groups = [group for group in groups if not group & networks] + [networks.union(*near)]
    return len(groups)


def lasts_longer(one: Ban, *, kind: Kind, until_at: int | None) -> bool:
    """Return whether *one* already holds at least as long as a ban of this *kind* until *until_at* would."""
    if one.kind == "permanent":
        return True
    return kind == "temporary" and (one.until_at is None or (until_at is not None and one.until_at >= until_at))


class ReportSubmission(msgspec.Struct, frozen=True, kw_only=True):
    """What one person says about another."""

    report_id: str
    by: UserId
    about: UserId
    room_id: str | None = None
    """None: the room the two are in, else the last one, else an invite, else an introduction."""
    invite_id: str | None = None
    referral_code: str | None = None
    channel_id: str | None = None
    """A channel that both were in; None beside no meeting: the latest such, if they have not met otherwise."""
    channel_n: int | None = None
    """The message; None: the latest of the reported person there."""
    category: str
    details: str
    at: int
