"""Signals for an absent peer: in order, bounded, candidates are dropped first."""

from matchmaker.domain.ids import RoomId, UserId
from signaling.routing.signal_buffer import HELD_MAX, HELD_MAX_BYTES, SignalBuffer
from signaling.routing.stats import SocketStats

ROOM, ADA, BOB = RoomId("r"), UserId("a"), UserId("b")


def test_signals_are_taken_once_in_order() -> None:
    relay = SignalBuffer(SocketStats())
    for n in range(5):
        relay.hold(ROOM, BOB, b"%d" % n, is_description=n == 0)
    relay.hold(ROOM, ADA, b"for ada", is_description=False)
    assert relay.take(ROOM, BOB) == [b"0", b"1", b"2", b"3", b"4"]
    assert relay.take(ROOM, BOB) == []
    assert relay.take(ROOM, ADA) == [b"for ada"]
    assert len(relay) == 0


def test_oldest_candidate_is_dropped_and_descriptions_kept() -> None:
    stats = SocketStats()
    relay = SignalBuffer(stats)
    relay.hold(ROOM, BOB, b"offer", is_description=True)
    for n in range(HELD_MAX + 9):
        relay.hold(ROOM, BOB, b"%d" % n, is_description=False)
    held = relay.take(ROOM, BOB)
    assert len(held) == HELD_MAX
    assert held[:2] == [b"offer", b"10"]
    assert stats.signals_dropped == 10


def test_buffer_is_bounded_by_256_kib() -> None:
    relay = SignalBuffer(SocketStats())
    relay.hold(ROOM, BOB, b"offer", is_description=True)
    for _ in range(20):
        relay.hold(ROOM, BOB, b"x" * 60_000, is_description=False)
    held = relay.take(ROOM, BOB)
    assert sum(map(len, held)) <= HELD_MAX_BYTES
    assert held[0] == b"offer"


def test_descriptions_alone_are_bounded() -> None:
    relay = SignalBuffer(SocketStats())
    for n in range(HELD_MAX + 1):
        relay.hold(ROOM, BOB, b"%d" % n, is_description=True)
    assert relay.take(ROOM, BOB)[0] == b"1"


def test_ended_room_keeps_no_signals() -> None:
    relay = SignalBuffer(SocketStats())
    relay.hold(ROOM, BOB, b"x", is_description=False)
    relay.forget(ROOM)
    relay.forget(ROOM)
    assert relay.take(ROOM, BOB) == []
    assert len(relay) == 0
