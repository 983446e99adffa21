"""Who is dead: judged by heartbeats of Redis, or without it of PostgreSQL."""

from collections.abc import Iterable, Mapping

from server.cluster.nodes.membership import Membership
from server.cluster.ports.heartbeats import Beat
from server.domain.room_owners import StoreBeat


def beat(at: int, *, is_new: bool = False, **seen: int) -> Beat:
    return Beat(at=at, seen={"me": at, **seen}, is_new=is_new)


def store_beat(at: int, seen: Mapping[str, int], ended: Iterable[str] = ()) -> StoreBeat:
    return StoreBeat(at=at, seen=seen, ended=frozenset(ended), older=frozenset(), stopped=frozenset(), lost=0)


def run(members: Membership, until_ms: int, *, two_until: int) -> None:
    for at in range(0, until_ms + 1, 500):
        members.record_beat(beat(at, two=min(at, two_until)), at / 1_000)


def test_silent_node_is_dead_after_three_seconds() -> None:
    members = Membership("me", 0.0)
    run(members, 10_000, two_until=7_000)
    assert not members.is_dead("two")
    run2 = [members.record_beat(beat(at, two=7_000), at / 1_000) for at in (10_500,)]
    assert run2 == [False]
    assert members.is_dead("two")


def test_process_found_ended_twice_is_dead() -> None:
    members = Membership("me", 0.0)
    run(members, 1_000, two_until=199)
    members.record_postgres_beat(store_beat(500, {"me": 500}, {"two"}), 0.5)
    assert not members.is_dead("two")
    members.record_postgres_beat(store_beat(1_000, {"me": 1_000}, {"two"}), 1.0)
    assert members.is_dead("two")


def test_process_that_only_lost_its_connection_to_postgresql_is_alive() -> None:
    members = Membership("me", 0.0)
    for at in range(0, 60_000, 500):
        members.record_beat(beat(at, two=at - 499), at / 1_000)
        members.record_postgres_beat(store_beat(at, {"me": at}, {"two"}), at / 1_000)
        assert not members.is_dead("two")
    members.failed(60.0)
    assert members.is_dead("two"), "without Redis there is only PostgreSQL to ask"


def test_process_found_ended_once_is_alive() -> None:
    members = Membership("me", 0.0)
    members.record_postgres_beat(store_beat(500, {"me": 500}, {"two"}), 0.5)
    members.record_postgres_beat(store_beat(1_000, {"me": 1_000, "two": 1_000}, ()), 1.0)
    members.record_postgres_beat(store_beat(1_500, {"me": 1_500}, {"two"}), 1.5)
    assert not members.is_dead("two")


def test_judge_that_missed_a_heartbeat_waits_for_a_steady_series() -> None:
    members = Membership("me", 0.0)
    run(members, 10_000, two_until=10_000)
    assert members.record_beat(beat(20_000, two=10_000), 20.0)
    assert not members.is_dead("two")


def test_memory_loss_is_an_interruption() -> None:
    members = Membership("me", 0.0)
    members.record_beat(beat(0, two=0), 0.0)
    assert not members.record_beat(beat(500, two=500), 0.5)
    assert members.record_beat(beat(1_000, is_new=True, two=1_000), 1.0)


def test_postgresql_judges_without_redis() -> None:
    members = Membership("me", 0.0)
    members.failed(0.0)
    for at in range(0, 5_000, 500):
        members.record_postgres_beat(store_beat(at, {"me": at, "two": min(at, 1_000)}, ()), at / 1_000)
        members.failed(at / 1_000)
    assert members.is_dead("two")
    assert not members.is_dead("me")


def test_unlisted_node_is_dead_after_two_more_heartbeats() -> None:
    members = Membership("me", 0.0)
    run(members, 5_000, two_until=99_999)
    assert not members.is_dead("three"), "it may have begun since the last beat"
    for at in (5_500, 6_000):
        members.record_beat(beat(at, two=at), at / 1_000)
    assert members.is_dead("three")


def test_answer_that_is_taken_up_late_is_no_jump_of_the_clock() -> None:
    for late_s in (1.6, 2.0, 3.0, 6.0):
        members = Membership("me", 0.0)
        run(members, 5_000, two_until=99_999)
        members.record_beat(beat(5_500, two=5_500), 5.5 + late_s, took_s=late_s)
        assert not members.clock_jump_ms, "the process stood still with the answer on its way"
        at = 6_000 + round(late_s * 1_000)
        members.record_beat(beat(at, two=at), at / 1_000)
        assert not members.clock_jump_ms, late_s


def test_draining_node_is_leaving() -> None:
    members = Membership("me", 0.0)
    members.record_beat(Beat(at=0, seen={"me": 0, "two": 0}, draining=frozenset({"two"})), 0.0)
    assert members.is_leaving("two")
    assert not members.is_dead("two")
