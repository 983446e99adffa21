"""Friend requests of two users: what an ask does, as a function of what is stored about the pair.

none ─ask→ open ─asked back→ friends        open ─declined (not told), until_at→ none
"""

from typing import Literal

import msgspec

from matchmaker.domain.errors import Invalid, LimitReached, NotFound

Status = Literal["requested", "friends", "needs_account"]
NOTE_MAX_CHARS = 150


class FriendRequestTerms(msgspec.Struct, frozen=True, kw_only=True):
    """The numbers of the operator."""

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
    """Never shown to the sender."""
    withdrawn_at: int | None = None
    """Set only on a declined request: others are deleted when they are withdrawn."""


class FriendRequestSide(msgspec.Struct, frozen=True, kw_only=True):
    """One of the two users."""

    request: Request | None = None
    """What they have asked the other."""
    is_permanent: bool = True
    friends: int = 0


class FriendPair(msgspec.Struct, frozen=True, kw_only=True):
    """What is stored about two users, as the one who asks is concerned."""

    asker: FriendRequestSide
    target: FriendRequestSide | None
    """None: there is no such user, one blocks the other, or the target is banned."""
    are_friends: bool = False
    have_met: bool = False
    is_accepting: bool = True
    open_requests: int = 0
    """Loud requests of the asker, to whomever, that are open."""


class Decision(msgspec.Struct, frozen=True, kw_only=True):
    """What an ask does."""

    status: Status
    request: Request | None = None
    """What to store as the asker's request; None: it stays as it is."""
    befriends: bool = False
    """Both requests end, and the two are friends."""
    notifies: bool = False
    """The target is told of the request."""
    is_counted: bool = False
    """Whether it counts towards the asks of a day."""


def is_open(request: Request | None, *, now: int) -> bool:
    """Return whether *request* stands, as its sender sees it."""
    return request is not None and request.withdrawn_at is None and now < request.until_at


def ask(pair: FriendPair, *, quiet: bool, note: str, now: int, terms: FriendRequestTerms) -> Decision:
    """Return what it does that one user asks the other.

    Raises:
        NotFound: the two have not met, or the target takes no requests, is blocked or is banned: it is not said which.
        Invalid: a quiet request with a note.
        LimitReached: the asker has as many friends, or open requests, as one may have.
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
    # Of a request that was declined the sender sees what they would see of any other, and the target sees nothing.
    declined_at = None if mine is None or now >= mine.until_at else mine.declined_at
    # Asking again makes a like loud and leaves the note; the new instant hides when the like was sent.
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
        # A guest who has asked already learns of a like as well: only an account is missing.
        notifies=declined_at is None and (not quiet or (is_mutual and not target.is_permanent)),
        is_counted=not stands,
    )


def completes(one: FriendRequestSide, other: FriendRequestSide, *, now: int, terms: FriendRequestTerms) -> bool:
    """Return whether two users who have asked each other become friends, now that one of them is permanent."""
    return (
        is_open(one.request, now=now)
        and is_open(other.request, now=now)
        and one.is_permanent
        and other.is_permanent
        and max(one.friends, other.friends) < terms.friends_max
    )
