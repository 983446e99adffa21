"""Friend requests between two users: the effect of a request, as a function of what is stored about the pair.

none ─request→ open ─request back→ friends        open ─declined (not shown), until_at→ none
"""

from typing import Literal

import msgspec

from matchmaker.domain.errors import Invalid, LimitReached, NotFound

Status = Literal["requested", "friends", "needs_account"]
NOTE_MAX_CHARS = 150


class FriendRequestTerms(msgspec.Struct, frozen=True, kw_only=True):
    """The operator's limits."""

    request_ms: int
    friends_max: int
    open_max: int


class Request(msgspec.Struct, frozen=True, kw_only=True):
    """A request of one user to another. Instants are Unix milliseconds."""

    is_quiet: bool
    note: str
    asked_at: int
    until_at: int
    declined_at: int | None = None
    """Not shown to the sender."""
    withdrawn_at: int | None = None
    """Set only on a declined request: withdrawn ones are deleted."""


class FriendRequestSide(msgspec.Struct, frozen=True, kw_only=True):
    """One of the two users."""

    request: Request | None = None
    """The request of this user to the other."""
    is_permanent: bool = True
    friends: int = 0


class FriendPair(msgspec.Struct, frozen=True, kw_only=True):
    """What is stored about two users, from the view of the requester."""

    asker: FriendRequestSide
    target: FriendRequestSide | None
    """None: there is no such user, one has blocked the other, or the target is banned."""
    are_friends: bool = False
    have_met: bool = False
    is_accepting: bool = True
    open_requests: int = 0
    """Number of open, loud requests of the requester to any user."""


class Decision(msgspec.Struct, frozen=True, kw_only=True):
    """The effect of a request."""

    status: Status
    request: Request | None = None
    """The requester's request to store; None: unchanged."""
    befriends: bool = False
    """Whether both requests end, and the two become friends."""
    notifies: bool = False
    """Whether the target is notified."""
    is_counted: bool = False
    """Whether it counts towards the daily limit."""


def is_open(request: Request | None, *, now: int) -> bool:
    """Return whether *request* is open, as its sender sees it."""
    return request is not None and request.withdrawn_at is None and now < request.until_at


def ask(pair: FriendPair, *, quiet: bool, note: str, now: int, terms: FriendRequestTerms) -> Decision:
    """Return the effect of a request of one user to another.

    Raises:
        NotFound: the two have not met, or the target accepts no requests, is blocked or is banned; the error does not
        tell which.
        Invalid: a quiet request with a note.
        LimitReached: the limit of friends, or of open requests, is reached.
    """
    if quiet and note:
        raise Invalid("note", "a quiet request has no note")
    target = pair.target
    if target is None:
        raise NotFound("there is no such user")
    if pair.are_friends:
        return Decision(status="friends")
    mine, asker = pair.asker.request, pair.asker
    is_mutual = is_open(target.request, now=now)
    stands = is_open(mine, now=now)
    if not (is_mutual or stands or (pair.have_met and pair.is_accepting)):
        raise NotFound("there is no such user")
    if asker.friends >= terms.friends_max:
        raise LimitReached("friends_max", terms.friends_max)
    if is_mutual and asker.is_permanent and target.is_permanent and target.friends < terms.friends_max:
        return Decision(status="friends", befriends=True)
    status: Status = "needs_account" if is_mutual and not asker.is_permanent else "requested"
    if mine is not None and stands and (quiet or not mine.is_quiet):
        return Decision(status=status)
    if not quiet and pair.open_requests >= terms.open_max:
        raise LimitReached("friend_requests_open", terms.open_max)
    # A declined request looks open to the sender, and is not shown to the target.
    declined_at = None if mine is None or now >= mine.until_at else mine.declined_at
    # A repeated request makes a quiet one loud and keeps the note; the new time hides when the quiet one was sent.
    fresh = Request(
        is_quiet=quiet,
        note="" if stands else note,
        asked_at=now,
        until_at=now + terms.request_ms,
        declined_at=declined_at,
    )
    return Decision(
        status=status,
        request=fresh,
        # A guest who has sent a request is notified of a quiet one as well: only an account is missing.
        notifies=declined_at is None and (not quiet or (is_mutual and not target.is_permanent)),
        is_counted=not stands,
    )


def completes(one: FriendRequestSide, other: FriendRequestSide, *, now: int, terms: FriendRequestTerms) -> bool:
    """Return whether two users with mutual requests become friends, now that one of them is permanent."""
    return (
        is_open(one.request, now=now)
        and is_open(other.request, now=now)
        and one.is_permanent
        and other.is_permanent
        and max(one.friends, other.friends) < terms.friends_max
    )
