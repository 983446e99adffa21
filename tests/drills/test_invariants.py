"""Every invariant holds on an honest record, and fails on a doctored one."""
# ruff: noqa: E501 - a table of forgeries reads best in lines

import pytest

from server.drill.judgement import invariants
from server.drill.judgement.evidence import DrillEvidence
from server.drill.judgement.invariants import (
    INVARIANTS,
    each_invite_ends_once,
    everyone_told_why,
    no_lonely_room,
    no_message_lost,
    no_pair_twice,
    no_signal_astray,
    nobody_in_two_rooms,
)
from tests.drills.witness import (
    ADA,
    BOB,
    CLEO,
    DAY_MS,
    START_MS,
    Witness,
    apart,
    books,
    evidence,
    meeting,
    open_room,
    room,
    said,
    seat,
)

EXPIRES = START_MS + 20_000


def ada(room_id: str = "R", peer: str = BOB) -> Witness:
    return Witness(ADA).come().hear("room.started", room=room(room_id, peer))


def bob(room_id: str = "R", peer: str = ADA) -> Witness:
    return Witness(BOB).come().hear("room.started", room=room(room_id, peer))


def signal(number: int, sender: str = BOB, meant_for: str = ADA) -> dict[str, object]:
    return {"from": sender, "candidate": {"candidate": f"drill {number} {sender} {meant_for}"}}


@pytest.mark.parametrize("judge", INVARIANTS, ids=lambda judge: judge.__name__)
def test_correct_record_passes(judge: invariants.Invariant) -> None:
    one = ada().said("R", "m1", "m2").hear("signal", **signal(1)).hear("signal", **signal(2))
    one.lose().wait(2).come(room("R", BOB)).said("R", "m3")
    other = bob()
    for n in (1, 2):
        other.hear("chat.message", message={"message_id": f"m{n}"})
    other.lose().wait(1).come(room("R", ADA))
    for witness in (one, other):
        witness.log.transcripts["R"] = [{"message_id": f"m{n}"} for n in (1, 2, 3)]
    ledger = books(
        rooms=[open_room("R", ADA, BOB)],
        seats=[seat(ADA, "R"), seat(BOB, "R")],
        messages=said("R", "m1", "m2", "m3"),
        cooldowns=[apart(ADA, BOB)],
    )
    line = judge(evidence(one, other, ledger=ledger, ended_at=20.0))
    assert line.holds, line


@pytest.mark.parametrize(

("judge", "doctored"), [ (nobody_in_two_rooms, evidence(ada().hear("room.started", room=room("S", CLEO)))), (nobody_in_two_rooms, evidence(ada(), bob(), Witness(CLEO).come(room("R", ADA)))), (nobody_in_two_rooms, evidence(ledger=books(rooms=[open_room("R", ADA, BOB), open_room("S", CLEO, ADA)]))), (nobody_in_two_rooms, evidence(ledger=books(rooms=[open_room("R", ADA, BOB)], seats=[seat(ADA, "S")]))), (no_pair_twice, evidence(ada().hear("room.ended", room_id="R", reason="hangup").hear("room.started", room=room("S", BOB)))), (no_pair_twice, evidence(ledger=books(meetings=[meeting(ADA, BOB, "R")], rooms=[open_room("S", BOB, ADA, started_at=START_MS + 9)], cooldowns=[apart(ADA, BOB, START_MS + 2 * DAY_MS)]))), (no_pair_twice, evidence(ada(), ledger=books())), (no_pair_twice, evidence(ada(), ledger=books(cooldowns=[apart(ADA, BOB, START_MS + 10)]))), (no_lonely_room, evidence(ada(), bob().lose(), ended_at=14.0, grace_s=10)), (no_lonely_room, evidence(ledger=books(rooms=[open_room("R", ADA, BOB, away_until=START_MS + 50_000)]))), (no_message_lost, evidence(ada().said("R", "m1"), ledger=books())), (no_message_lost, evidence(ada().said("R", "m1", "m2"), ledger=books(messages=said("R", "m2", "m1")))), (no_message_lost, evidence(ada().said("R", "m1"), ledger=books(messages=said("R", "m1", "m1")))), (no_message_lost, evidence(bob().hear("chat.message", message={"message_id": "m1"}).hear("chat.message", message={"message_id": "m1"}))), (each_invite_ends_once, evidence(Witness(ADA).hear("invite.received", invite={"invite_id": "I", "expires_at": EXPIRES}))), (each_invite_ends_once, evidence(Witness(ADA).hear("invite.closed", invite_id="I", outcome="expired").hear("invite.closed", invite_id="I", outcome="expired"))), (each_invite_ends_once, evidence(Witness(ADA).hear("invite.closed", invite_id="I", outcome="expired"), Witness(BOB).hear("invite.closed", invite_id="I", outcome="accepted"))), (no_signal_astray, evidence(ada().hear("signal", **signal(1)).hear("signal", **signal(1)))), (no_signal_astray, evidence(ada().hear("signal", **signal(2)).hear("signal", **signal(1)))), (no_signal_astray, evidence(ada().hear("signal", **signal(1, meant_for=CLEO)))), (no_signal_astray, evidence(ada().hear("signal", **signal(1)
| {"from": CLEO}))), (everyone_told_why, evidence(ada().wait(6).lose().come())), (everyone_told_why, evidence(ada(), ledger=books())), ],
)  # fmt: skip
def test_forged_record_fails(judge: invariants.Invariant, doctored: DrillEvidence) -> None:
    line = judge(doctored)
    assert not line.holds
    assert line.details


def test_allowed_behaviour_is_no_violation() -> None:
    failed = ada().hear("room.ended", room_id="R", reason="connect_failed").hear("room.started", room=room("S", BOB))
    assert no_pair_twice(evidence(failed)).holds, "a call that never connected costs no cooldown"
    gone = Witness(ADA).hear("invite.received", invite={"invite_id": "I", "expires_at": EXPIRES}).lose().come()
    assert each_invite_ends_once(evidence(gone)).holds, "a restart takes pending invites along"
    told_later = ada().wait(6).lose().come()
    told_later.log.history = [{"room_id": "R", "end_reason": "grace_expired"}]
    assert everyone_told_why(evidence(told_later)).holds, "the history says why"
    within = evidence(ada(), bob().lose(), ended_at=11.0, grace_s=10)
    assert no_lonely_room(within).holds, "the grace is not over"
