import pytest
from msgspec.structs import replace

from matchmaker.domain import user_state as user_states
from matchmaker.domain.ids import InviteId, RoomId, UserId
from matchmaker.domain.timing import OFFERED_MAX
from matchmaker.domain.user_state import UserState
from tests.support.builders import ADA, BOB, CAT, NOW, RULES, profile, ticket


def state(**holds: object) -> UserState:
    """Ada, connected by her first socket."""
    return UserState(profile=profile(ADA), epoch=1, connected=True, **holds)  # type: ignore[arg-type]


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
def test_phase_follows_from_the_state(holds: dict[str, object], phase: str) -> None:
    found = state(**holds)
    assert found.phase == phase
    assert found.is_waiting == (phase == "queued" or found.mirrored)
    assert not replace(found, connected=False).is_waiting


def test_newer_socket_supersedes() -> None:
    found = user_states.connect(state(), resumed=True)
    assert (found.epoch, found.connected) == (2, True)


def test_loss_of_a_superseded_socket_is_ignored() -> None:
    found = user_states.connect(state(), resumed=True)
    assert user_states.disconnect(found, epoch=1, now=NOW, rules=RULES) is found


def test_socket_is_lost_once() -> None:
    lost = user_states.disconnect(state(), epoch=1, now=NOW, rules=RULES)
    assert (lost.connected, lost.lost_at) == (False, NOW)
    assert user_states.disconnect(lost, epoch=1, now=NOW + 1, rules=RULES) is lost


def test_place_in_queue_is_kept_for_5_seconds() -> None:
    lost = user_states.disconnect(state(ticket=ticket(ADA)), epoch=1, now=NOW, rules=RULES)
    assert lost.deadline == NOW + 5_000
    assert not user_states.hold_expired(lost, now=NOW + 4_999, rules=RULES)
    assert user_states.hold_expired(lost, now=NOW + 5_000, rules=RULES)


def test_idle_state_expires_with_the_session() -> None:
    lost = user_states.disconnect(state(), epoch=1, now=NOW, rules=RULES)
    assert lost.deadline == NOW + 90_000
    assert not user_states.is_expired(lost, now=NOW + 89_999, rules=RULES)
    assert user_states.is_expired(lost, now=NOW + 90_000, rules=RULES)


@pytest.mark.parametrize("holds", [{"room": RoomId("r")}, {"ticket": ticket(ADA)}, {"invite": InviteId("i")}])
def test_state_with_a_place_does_not_expire(holds: dict[str, object]) -> None:
    lost = user_states.disconnect(state(**holds), epoch=1, now=NOW, rules=RULES)
    assert not user_states.is_expired(lost, now=NOW + 1_000_000, rules=RULES)


def test_reconnected_user_has_no_deadline() -> None:
    lost = user_states.disconnect(state(ticket=ticket(ADA)), epoch=1, now=NOW, rules=RULES)
    back = user_states.connect(lost, resumed=True)
    assert (back.deadline, back.lost_at, back.ticket) == (None, None, lost.ticket)
    assert not user_states.hold_expired(back, now=NOW + 1_000_000, rules=RULES)


def test_new_session_forgets_shown_users_and_a_resumed_one_does_not() -> None:
    met = user_states.mark_proposed(replace(state(ticket=ticket(ADA)), shown=(CAT,)), BOB)
    assert met.ticket is not None
    assert list(met.offered) == [BOB]
    assert met.ticket.offered is met.offered, "shared: a copy of 1,000 users would cost more than the pairing"
    resumed, fresh = (user_states.connect(met, resumed=resumed) for resumed in (True, False))
    assert (resumed.offered, resumed.shown, resumed.ticket) == (met.offered, met.shown, met.ticket)
    assert fresh.ticket is not None
    assert (fresh.offered, fresh.shown, fresh.ticket.offered) == ({}, (), {})


def test_session_memory_is_bounded_without_duplicates() -> None:
    assert user_states.append_bounded((ADA, BOB), BOB, CAT, CAT) == (ADA, BOB, CAT)
    crowd = tuple(UserId(str(n)) for n in range(OFFERED_MAX))
    assert user_states.append_bounded(crowd, ADA) == (*crowd[1:], ADA)
    assert user_states.append_bounded(crowd, crowd[3]) is crowd


def test_offered_users_are_bounded_and_the_former_state_keeps_its_own() -> None:
    full = user_states.with_offered(state(), [UserId(str(n)) for n in range(OFFERED_MAX)])
    more = user_states.with_offered(full, (ADA, UserId("7"), BOB))
    assert list(more.offered) == [*list(full.offered)[2:], ADA, BOB]
    assert len(full.offered) == OFFERED_MAX
    assert user_states.with_offered(full, (UserId("7"),)) is full
