import pytest
from msgspec.structs import replace

from matchmaker import seat as seats
from matchmaker.ids import InviteId, RoomId, UserId
from matchmaker.rules import OFFERED_MAX
from matchmaker.seat import Seat
from tests.rules.cast import ADA, BOB, CAT, NOW, RULES, profile, ticket


def seat(**holds: object) -> Seat:
    """Ada, connected by her first socket."""
    return Seat(profile=profile(ADA), epoch=1, connected=True, **holds)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("holds", "phase"),
    [
        ({}, "idle"),
        ({"ticket": ticket(ADA)}, "queued"),
        ({"ticket": ticket(ADA), "invite": InviteId("i")}, "invited"),
        ({"invite": InviteId("i")}, "invited"),
        ({"room": RoomId("r")}, "in_room"),
        ({"room": RoomId("r"), "ticket": ticket(ADA), "mirrored": True}, "in_room"),
    ],
)
def test_the_phase_follows_from_what_the_seat_holds(holds: dict[str, object], phase: str) -> None:
    found = seat(**holds)
    assert found.phase == phase
    assert found.is_waiting == (phase == "queued" or found.mirrored)
    assert not replace(found, connected=False).is_waiting


def test_a_newer_socket_takes_over() -> None:
    found = seats.connect(seat(), resumed=True)
    assert (found.epoch, found.connected) == (2, True)


def test_the_end_of_a_superseded_socket_is_ignored() -> None:
    found = seats.connect(seat(), resumed=True)
    assert seats.drop(found, epoch=1, now=NOW, rules=RULES) is found


def test_a_socket_is_lost_once() -> None:
    lost = seats.drop(seat(), epoch=1, now=NOW, rules=RULES)
    assert (lost.connected, lost.lost_at) == (False, NOW)
    assert seats.drop(lost, epoch=1, now=NOW + 1, rules=RULES) is lost


def test_a_place_in_the_queue_is_held_for_five_seconds() -> None:
    lost = seats.drop(seat(ticket=ticket(ADA)), epoch=1, now=NOW, rules=RULES)
    assert lost.deadline == NOW + 5_000
    assert not seats.is_gone(lost, now=NOW + 4_999, rules=RULES)
    assert seats.is_gone(lost, now=NOW + 5_000, rules=RULES)


def test_an_idle_person_is_forgotten_with_the_session() -> None:
    lost = seats.drop(seat(), epoch=1, now=NOW, rules=RULES)
    assert lost.deadline == NOW + 90_000
    assert not seats.is_forgotten(lost, now=NOW + 89_999, rules=RULES)
    assert seats.is_forgotten(lost, now=NOW + 90_000, rules=RULES)


@pytest.mark.parametrize("holds", [{"room": RoomId("r")}, {"ticket": ticket(ADA)}, {"invite": InviteId("i")}])
def test_who_holds_anything_is_not_forgotten(holds: dict[str, object]) -> None:
    lost = seats.drop(seat(**holds), epoch=1, now=NOW, rules=RULES)
    assert not seats.is_forgotten(lost, now=NOW + 1_000_000, rules=RULES)


def test_who_comes_back_has_no_deadline() -> None:
    lost = seats.drop(seat(ticket=ticket(ADA)), epoch=1, now=NOW, rules=RULES)
    back = seats.connect(lost, resumed=True)
    assert (back.deadline, back.lost_at, back.ticket) == (None, None, lost.ticket)
    assert not seats.is_gone(back, now=NOW + 1_000_000, rules=RULES)


def test_a_new_session_forgets_who_was_seen_and_a_resumed_one_does_not() -> None:
    met = seats.offer(replace(seat(ticket=ticket(ADA)), shown=(CAT,)), BOB)
    assert met.ticket is not None
    assert (met.offered, met.ticket.offered) == ((BOB,), {BOB})
    resumed, fresh = (seats.connect(met, resumed=resumed) for resumed in (True, False))
    assert (resumed.offered, resumed.shown, resumed.ticket) == (met.offered, met.shown, met.ticket)
    assert fresh.ticket is not None
    assert (fresh.offered, fresh.shown, fresh.ticket.offered) == ((), (), frozenset())


def test_what_a_session_remembers_is_bounded_and_holds_nobody_twice() -> None:
    assert seats.remember((ADA, BOB), BOB, CAT, CAT) == (ADA, BOB, CAT)
    crowd = tuple(UserId(str(n)) for n in range(OFFERED_MAX))
    assert seats.remember(crowd, ADA) == (*crowd[1:], ADA)
    assert seats.remember(crowd, crowd[3]) is crowd
