"""How records look in Redis, and what the script of a commit is told, in the order in which it takes it."""

from collections.abc import Callable, Iterable, Mapping
from functools import lru_cache
from typing import Any

import msgspec

from matchmaker.change import Change, Claim
from matchmaker.fact import AnyFact, Apart, Fact, Forgiven
from matchmaker.ids import UserId
from matchmaker.invite import Invite
from matchmaker.news import AnyNews
from matchmaker.queue import Sort, sort_of
from matchmaker.seat import Seat
from matchmaker.ticket import KEPT, Band, Mode, Ticket

Words = list[bytes | str | int | float]
Known = Callable[[UserId, int], Seat | None]
"""Tells what is known here of a seat at a version."""

NOTED = (Apart, Forgiven)
"""Facts that change what Redis keeps, too."""

_replace = msgspec.structs.replace
_encode = msgspec.msgpack.Encoder().encode
_seats = msgspec.msgpack.Decoder(Seat)
_claims = msgspec.msgpack.Decoder(Claim)
read_invite = msgspec.msgpack.Decoder(Invite).decode
read_news = msgspec.msgpack.Decoder(AnyNews).decode
read_fact = msgspec.msgpack.Decoder(AnyFact).decode


def stored(seat: Seat) -> Seat:
    """Return *seat* as it is once it is stored."""
    return _replace(seat, version=seat.version + 1)


def write_seat(seat: Seat) -> bytes:
    """Return a seat as it is stored: without the avoid-set, which has a place of its own, and nothing twice."""
    return _encode(_bare(seat))


def read_seat(blob: bytes, avoid: Mapping[UserId, int] = KEPT) -> Seat:
    """Return a stored seat; *avoid* is put into its ticket."""
    return _dressed(_seats.decode(blob), avoid)


def write_claim(claim: Claim) -> bytes:
    """Return a claim as it is stored."""
    one, other = claim.before
    return _encode(_replace(claim, before=(_bare(one), _bare(other))))


def read_claim(blob: bytes) -> Claim:
    """Return a stored claim. The avoid-sets of the two are where they were: they belong to the people."""
    claim = _claims.decode(blob)
    one, other = claim.before
    return _replace(claim, before=(_dressed(one, KEPT), _dressed(other, KEPT)))


def _kind(item: AnyNews | AnyFact, *, late: bool) -> str:
    """Return how *item* is called on the bus."""
    return "fact" if isinstance(item, Fact) else "told" if late else "news"


def write(item: AnyNews | AnyFact) -> bytes:
    """Return news or a fact as they travel."""
    return _encode(item)


@lru_cache(maxsize=4_096)
def line(sort: Sort) -> str:
    """Return the name of the line in which people of this sort stand."""
    mode, gender, want, band = sort
    return f"line:{mode}|{gender}|{','.join(sorted(want))}|{band}"


@lru_cache(maxsize=4_096)
def sort(name: str) -> Sort:
    """Return which sort of people stand in a line."""
    mode, gender, want, band = name.removeprefix("line:").split("|")
    wanted = want.split(",") if want else []
    found: Sort = msgspec.convert((mode, gender, wanted, None if band == "None" else int(band)), Sort)
    return found


def listing(mode: Mode, band: Band, *, listed: bool = True) -> str:
    """Return the name of the list of those whom `discover` shows to people of *band*, or (not *listed*) does not."""
    return f"{'listed' if listed else 'unlisted'}:{mode}|{band}"


def tag(interest: str) -> str:
    """Return an interest as part of a name; names are told apart by line breaks."""
    return interest.replace("\n", " ")


def places(seat: Seat) -> str:
    """Return the names of the list and the lines in which the holder of *seat* stands, a line each; empty: none."""
    ticket = seat.ticket
    if ticket is None or not seat.is_waiting:
        return ""
    names = [listing(ticket.wish.mode, ticket.band, listed=ticket.wish.listed)]
    if ticket.is_paired and ticket.band is not None:
        own = line(sort_of(ticket))
        names += [own, *(f"{own}#{tag(interest)}" for interest in ticket.wish.interests)]
    return "\n".join(names)


def commit(
    marker: str, node: str, change: Change, *, kept: Mapping[UserId, Mapping[UserId, int]], known: Known
) -> Words:
    """Return what the script of a commit takes.

    *kept*: the avoid-sets that Redis has, by person; the very mapping is not sent again.
    """
    words: Words = [marker, node]
    put = len(change.seats) + len(change.restored)
    words.append(put + len(change.forgotten) + len(change.invites) + len(change.ended))
    for seat in (*change.seats, *change.forgotten):
        words += (f":seat:{seat.user}", seat.version)
    for version, seat in change.restored:
        words += (f":seat:{seat.user}", version)
    for invite in (*change.invites, *change.ended):
        words += (f":invite:{invite.invite_id}", invite.version)
    words.append(put)
    for seat in change.seats:
        _put_seat(words, seat, kept, known(seat.user, seat.version))
    for _, seat in change.restored:
        _put_seat(words, seat, {}, None)
    words.append(len(change.forgotten))
    words += (seat.user for seat in change.forgotten)
    words.append(len(change.invites))
    for invite in change.invites:
        blob = _encode(_replace(invite, version=invite.version + 1))
        words += (invite.invite_id, invite.version + 1, _instant(invite.due_at), blob)
    words.append(len(change.ended))
    words += (invite.invite_id for invite in change.ended)
    claim = change.claim
    words.append(0 if claim is None else 1)
    if claim is not None:
        words += (claim.room.room_id, claim.until, write_claim(claim))
    tell(words, change.tell)
    return words


def tell(words: Words, items: Iterable[AnyNews | AnyFact], *, late: bool = False) -> None:
    """Append what has to be told, and what of it Redis itself has to note. *late*: those may have left the room."""
    items = tuple(items)
    noted = [item for item in items if isinstance(item, Apart | Forgiven)]
    words.append(len(noted))
    for fact in noted:
        words += ("apart" if isinstance(fact, Apart) else "forgiven", fact.to, fact.other, fact.until)
    words.append(len(items))
    for item in items:
        words += (item.to, _kind(item, late=late), _encode(item))


def only_tell(marker: str, node: str, items: Iterable[AnyNews | AnyFact]) -> Words:
    """Return what the script of a commit takes when there is nothing to store."""
    words: Words = [marker, node, 0, 0, 0, 0, 0, 0]
    tell(words, items, late=True)
    return words


def heads(marker: str, count: int, ticket: Ticket, lines: Iterable[str], *, now: int, stranger: bool) -> Words:
    """Return what the script takes that looks for somebody to meet; no seat of a *stranger* knows whom to avoid."""
    words: Words = [marker, count, ticket.user, now]
    _list(words, lines)
    _list(words, (tag(interest) for interest in ticket.wish.interests))
    _list(words, ticket.introduced)
    avoid = {other: until for other, until in ticket.avoid.items() if until > now} if stranger else {}
    words.append(len(avoid))
    for item in avoid.items():
        words += item
    _list(words, ticket.offered if stranger else ())
    return words


def waiting(marker: str, limit: int, lists: Iterable[str], first: Iterable[str], skip: Iterable[str]) -> Words:
    """Return what the script that lists people takes."""
    words: Words = [marker, limit]
    for names in (lists, first, skip):
        _list(words, names)
    return words


def _put_seat(words: Words, seat: Seat, kept: Mapping[UserId, Mapping[UserId, int]], before: Seat | None) -> None:
    where = places(seat)
    # A seat in a room has no deadline of its own here: the end of the room gives it one.
    deadline = None if seat.room is not None else seat.deadline
    words += (
        seat.user, seat.version + 1, seat.node, _instant(deadline), write_seat(stored(seat)),
        where, seat.ticket.joined_at if where and seat.ticket is not None else "",
    )  # fmt: skip
    avoid = KEPT if seat.ticket is None else seat.ticket.avoid
    if avoid is KEPT or kept.get(seat.user) is avoid:
        words.append("")
    else:
        words += ("=", len(avoid))
        for item in avoid.items():
            words += item
    _put_offered(words, seat.offered, None if before is None else before.offered)


def _put_offered(words: Words, offered: tuple[UserId, ...], before: tuple[UserId, ...] | None) -> None:
    if offered is before or offered == before:
        words.append("")
    elif before is not None and offered[: len(before)] == before:
        words.append("+")
        _list(words, offered[len(before) :])
    else:
        words.append("=")
        _list(words, offered)


def _list(words: Words, items: Iterable[Any]) -> None:
    some = tuple(items)
    words.append(len(some))
    words += some


def _instant(at: int | None) -> int | str:
    return "" if at is None else at


def _bare(seat: Seat) -> Seat:
    ticket = seat.ticket
    return seat if ticket is None else _replace(seat, ticket=_replace(ticket, avoid={}, offered=frozenset()))


def _dressed(seat: Seat, avoid: Mapping[UserId, int]) -> Seat:
    ticket = seat.ticket
    if ticket is None:
        return seat
    return _replace(seat, ticket=_replace(ticket, avoid=avoid, offered=frozenset(seat.offered)))
