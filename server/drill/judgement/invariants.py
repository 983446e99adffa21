"""The invariants: each is a function of the evidence that returns one line of the verdict.

Judged from outside (by what clients received) and in the database; never in the server's memory.
"""

from collections import defaultdict
from collections.abc import Callable, Iterator
from itertools import pairwise
from typing import Final, NamedTuple

from server.drill.clients.client_log import ClientLog, Stay, stays, wall_ms
from server.drill.judgement.evidence import DrillEvidence
from server.drill.judgement.verdict import VerdictLine, none_of

SLACK_S: Final = 1.5
"""Tolerance, in seconds, for a busy machine; the drill `clock` measures deadlines."""
TRACE_S: Final = 5.0
"""Rooms that were live for less leave no history (product.md, section 4)."""

Invariant = Callable[[DrillEvidence], VerdictLine]


class AcknowledgedMessage(NamedTuple):
    """A message that the server has acknowledged."""

    message_id: str
    sent_at: float
    """When it was first sent."""
    acknowledged_at: float
    is_first: bool
    """Whether it was sent only once."""


def nobody_in_two_rooms(evidence: DrillEvidence) -> VerdictLine:
    """No user is in two rooms, and no room holds users other than its two."""
    wrong: list[str] = []
    members: dict[str, set[tuple[str, str]]] = defaultdict(set)
    for log in evidence.logs:
        wrong += _started_inside_another(log)
        for stay in stays(log):
            members[stay.room_id].add((stay.user_id, stay.peer))
    for room_id, claims in members.items():
        people = {user for claim in claims for user in claim}
        if len(people) != 2:
            wrong.append(f"room {room_id} holds {len(people)} people")
    if evidence.books is not None:
        rooms_of: dict[str, set[str]] = defaultdict(set)
        for room in evidence.books.rooms:
            for user in room.users:
                rooms_of[user].add(room.room_id)
        for seat in evidence.books.seats:
            rooms_of[seat.user_id].add(seat.room_id)
        wrong += [f"{user} is in {sorted(rooms)}" for user, rooms in rooms_of.items() if len(rooms) > 1]
    return none_of("people in two rooms", wrong, looked_at=f"{len(evidence.logs)} people")


def _started_inside_another(log: ClientLog) -> Iterator[str]:
    inside: str | None = None
    for entry in log.heard("room.started", "room.ended", "welcome"):
        if entry.type == "welcome":
            room = entry.frame["state"]["room"]
            inside = None if room is None else room["room_id"]
        elif entry.type == "room.started":
            room_id = entry.frame["room"]["room_id"]
            if inside not in (None, room_id):
                yield f"{log.name} entered {room_id} while in {inside}"
            inside = room_id
        elif entry.frame["room_id"] == inside:
            inside = None


def no_pair_twice(evidence: DrillEvidence) -> VerdictLine:
    """No two users meet again within a cooldown; each pair that met has one in the database."""
    wrong: list[str] = []
    cooldown_ms = evidence.windows.cooldown_s * 1_000
    books = evidence.books
    apart = {(row.low, row.high): row.until_at for row in books.cooldowns} if books is not None else {}
    met = _meetings(evidence)
    for pair, rooms in met.items():
        ordered = sorted((at, room_id) for room_id, at in rooms.items())
        for (one_at, one), (other_at, other) in pairwise(ordered):
            if other_at < one_at + cooldown_ms:
                wrong.append(f"{pair} met in {one} and again in {other}")
        if books is not None and apart.get(pair, 0) < ordered[-1][0] + cooldown_ms:
            wrong.append(f"{pair} met in {ordered[-1][1]}, and there is no cooldown")
    return none_of("pairs that met twice", wrong, looked_at=f"{len(met)} pairs")


def _meetings(evidence: DrillEvidence) -> dict[tuple[str, str], dict[str, int]]:
    """Return by pair the rooms they were in, and when each began; those that never connected have
    a shorter cooldown.
    """
    met: dict[tuple[str, str], dict[str, int]] = defaultdict(dict)
    excused: set[str] = set()
    for stay in (stay for log in evidence.logs for stay in stays(log)):
        met[_pair(stay.user_id, stay.peer)][stay.room_id] = stay.started_at
        if stay.reason == "connect_failed":
            excused.add(stay.room_id)
    if evidence.books is not None:
        for room in evidence.books.rooms:
            met[_pair(*room.users)][room.room_id] = room.started_at
        for meeting in evidence.books.meetings:
            if meeting.peer_id is not None:
                met[_pair(meeting.user_id, meeting.peer_id)][meeting.room_id] = meeting.started_at
                if meeting.reason == "connect_failed":
                    excused.add(meeting.room_id)
    kept = {pair: {one: at for one, at in rooms.items() if one not in excused} for pair, rooms in met.items()}
    return {pair: rooms for pair, rooms in kept.items() if rooms}


def no_lonely_room(evidence: DrillEvidence) -> VerdictLine:
    """No room stays open with one member, or none, after the grace."""
    wrong: list[str] = []
    found: dict[tuple[str, str], Stay] = {}
    for log in evidence.logs:
        for stay in stays(log):
            found[stay.user_id, stay.room_id] = stay
    for stay in found.values():
        peer = found.get((stay.peer, stay.room_id))
        if peer is None:
            continue
        grace_s = evidence.windows.grace_for(stay.mode)
        wrong += [
            f"{stay.user_id} was alone in {stay.room_id} for {alone_s:.1f} s"
            for alone_s in _alone(stay, peer, evidence.ended_at)
            if alone_s > evidence.windows.notice_s + grace_s + SLACK_S
        ]
    if evidence.books is not None:
        for room in evidence.books.rooms:
            away = [at for at in (room.offerer_away_until, room.answerer_away_until) if at is not None]
            if away and min(away) < evidence.books.at - SLACK_S * 1_000:
                wrong.append(f"{room.room_id} is open {(evidence.books.at - min(away)) / 1_000:.1f} s after its grace")
    return none_of("rooms open after their grace", wrong, looked_at=f"{len({room for _, room in found})} rooms")


def _alone(stay: Stay, peer: Stay, end: float) -> Iterator[float]:
    """Yield each duration in which one user was connected and the other was not."""
    for since, lost_at in stay.lives:
        at, until = since, min(lost_at, end)
        for start, stop in peer.lives:
            if stop <= at or start >= until:
                continue
            yield max(0.0, start - at)
            at = max(at, min(stop, until))
        yield max(0.0, until - at)


def no_message_lost(evidence: DrillEvidence) -> VerdictLine:
    """Every acknowledged message is present once, in order, for both users, and in the database."""
    wrong: list[str] = []
    count = 0
    versions = _versions(evidence)
    for log in evidence.logs:
        heard = [entry.frame["message"]["message_id"] for entry in log.heard("chat.message")]
        wrong += [f"{log.name} was told {one} twice" for one in _doubled(heard)]
        by_room: dict[str, list[AcknowledgedMessage]] = defaultdict(list)
        for room_id, message in _acknowledged(log):
            by_room[room_id].append(message)
            count += 1
        for room_id, acknowledged in by_room.items():
            # Messages of rooms that the database lacks are missing from it, too.
            for version in versions.get(room_id) or ([[]] if evidence.books is not None else []):
                wrong += _missing(log.name, acknowledged, version)
    for room_id, told in versions.items():
        wrong += [f"{one} stands twice in {room_id}" for version in told for one in _doubled(version)]
    return none_of("acknowledged messages lost, doubled, out of order", wrong, looked_at=f"{count} messages")


def _versions(evidence: DrillEvidence) -> dict[str, list[list[str]]]:
    """Return by room its messages in order, in each version: of both users, and of the database."""
    versions: dict[str, list[list[str]]] = defaultdict(list)
    for log in evidence.logs:
        for room_id, messages in log.transcripts.items():
            versions[room_id].append([message["message_id"] for message in messages])
    if evidence.books is not None:
        stored: dict[str, list[str]] = {room_id: [] for room_id in versions}
        for row in evidence.books.messages:
            stored.setdefault(row.room_id, []).append(row.message_id)
        for room_id, ids in stored.items():
            versions[room_id].append(ids)
    return versions


def _acknowledged(log: ClientLog) -> Iterator[tuple[str, AcknowledgedMessage]]:
    """Yield the room and each message, in the order of their acknowledgements."""
    sent: dict[str, list[float]] = defaultdict(list)
    for entry in log.sent("chat.send"):
        sent[entry.frame["client_id"]].append(entry.at)
    seen: set[str] = set()
    for entry in log.heard("reply"):
        message = entry.frame.get("message", {})
        if "room_id" in message and message["client_id"] not in seen:  # not of a channel
            seen.add(message["client_id"])
            at = sent[message["client_id"]]
            yield message["room_id"], AcknowledgedMessage(message["message_id"], at[0], entry.at, len(at) == 1)


def _missing(name: str, acknowledged: list[AcknowledgedMessage], version: list[str]) -> Iterator[str]:
    place = {one: n for n, one in enumerate(version)}
    yield from (f"{one.message_id} of {name} is missing" for one in acknowledged if one.message_id not in place)
    known = [one for one in acknowledged if one.message_id in place]
    once = [place[one.message_id] for one in known if one.is_first]
    if once != sorted(once):
        yield f"messages of {name} changed their order"
    # For a repeated message it is unknown which copy counted; none may precede what was acknowledged before.
    latest = 0.0
    for one in sorted(known, key=lambda one: place[one.message_id]):
        if latest > one.acknowledged_at:
            yield f"{one.message_id} of {name} stands after later messages"
        latest = max(latest, one.sent_at)


def each_invite_ends_once(evidence: DrillEvidence) -> VerdictLine:
    """Every invite ends once, with one outcome; only a restart may remove it without an event."""
    wrong: list[str] = []
    outcomes: dict[str, set[str]] = defaultdict(set)
    invites: set[str] = set()
    for log in evidence.logs:
        closed: dict[str, int] = defaultdict(int)
        for entry in log.heard("invite.closed"):
            closed[entry.frame["invite_id"]] += 1
            outcomes[entry.frame["invite_id"]].add(entry.frame["outcome"])
        wrong += [f"{log.name} received {count} ends of {one}" for one, count in closed.items() if count > 1]
        for invite_id, since, expires_at in _invites(log):
            invites.add(invite_id)
            was_lost = any(entry.kind == "lost" and entry.at >= since for entry in log.entries)
            over = wall_ms(evidence.ended_at) > expires_at + SLACK_S * 1_000
            if not closed[invite_id] and over and not was_lost:
                wrong.append(f"{log.name} did not receive the end of {invite_id}")
    wrong += [f"{one} ended as {sorted(ways)}" for one, ways in outcomes.items() if len(ways) > 1]
    return none_of("invites that did not end once", wrong, looked_at=f"{len(invites)} invites")


def _invites(log: ClientLog) -> Iterator[tuple[str, float, int]]:
    for entry in log.heard("invite.received", "reply"):
        invite = entry.frame.get("invite")
        if invite is not None:
            yield invite["invite_id"], entry.at, invite["expires_at"]


def no_signal_astray(evidence: DrillEvidence) -> VerdictLine:
    """No signal arrives twice, out of order, or at a user other than the peer."""
    wrong: list[str] = []
    count = 0
    for log in evidence.logs:
        last: dict[str, int] = {}
        seen: set[int] = set()
        for entry in log.heard("signal"):
            mark = str((entry.frame.get("candidate") or {}).get("candidate", "")).split()
            if len(mark) != 4 or mark[0] != "drill":
                continue
            count += 1
            number, sender, meant_for = int(mark[1]), mark[2], mark[3]
            if meant_for != log.user_id or entry.frame["from"] != sender:
                wrong.append(f"{log.name} was given a signal for {meant_for}")
            elif number in seen:
                wrong.append(f"{log.name} was given signal {number} again")
            elif number <= last.get(sender, 0):
                wrong.append(f"{log.name} was given signal {number} after {last[sender]}")
            seen.add(number)
            last[sender] = max(number, last.get(sender, 0))
    return none_of("signals doubled or misrouted", wrong, looked_at=f"{count} signals")


def everyone_told_why(evidence: DrillEvidence) -> VerdictLine:
    """A user whose room was not restored was told why, by an event or in the history."""
    wrong: list[str] = []
    count = 0
    open_rooms = None if evidence.books is None else {room.room_id for room in evidence.books.rooms}
    for log in evidence.logs:
        reasons = {call["room_id"]: call["end_reason"] for call in log.history or ()}
        for stay in stays(log):
            count += 1
            if stay.until is None:
                if open_rooms is not None and stay.room_id not in open_rooms and _is_here(log):
                    wrong.append(f"{log.name} is in {stay.room_id}, which has ended")
            elif stay.reason is None and reasons.get(stay.room_id) is None and _lived(stay) >= TRACE_S:
                wrong.append(f"{log.name} lost {stay.room_id} without a reason")
    return none_of("users who lost a room without a reason", wrong, looked_at=f"{count} stays")


def _is_here(log: ClientLog) -> bool:
    return bool(log.entries) and log.entries[-1].kind != "lost"


def _lived(stay: Stay) -> float:
    return sum(until - since for since, until in stay.lives if until != float("inf"))


def _pair(one: str, other: str) -> tuple[str, str]:
    return (one, other) if one < other else (other, one)


def _doubled(ids: list[str]) -> set[str]:
    seen: set[str] = set()
    return {one for one in ids if one in seen or seen.add(one)}  # type: ignore[func-returns-value]


INVARIANTS: Final[tuple[Invariant, ...]] = (
    nobody_in_two_rooms,
    no_pair_twice,
    no_lonely_room,
    no_message_lost,
    each_invite_ends_once,
    no_signal_astray,
    everyone_told_why,
)
