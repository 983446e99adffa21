"""Stamps of signals between nodes: late and doubled ones are known, whichever way they took."""

import random

from matchmaker.ids import RoomId, UserId, new_id
from signaling.relay import Relay
from signaling.stamp import Mark, is_description, room_of, stamp
from signaling.stats import Stats

ADA, BOB, ROOM = new_id(1), new_id(2), new_id(3)


def signal(epoch: int, number: int, *, sender: str = ADA, kind: str = "candidate") -> bytes:
    rest = f'"room_id":"{ROOM}","from":"{sender}","{kind}":{{"n":{number}}}}}'.encode()
    return stamp(epoch, number) + rest


def test_a_signal_is_given_once_and_never_after_a_newer_one() -> None:
    mark = Mark()
    assert mark.admit(signal(7, 1)) == signal(7, 1)[28:]
    assert mark.admit(signal(7, 3)) is not None
    assert mark.admit(signal(7, 3)) is None, "again"
    assert mark.admit(signal(7, 2)) is None, "late"
    assert mark.admit(signal(8, 1)) is not None, "a newer socket counts anew, on whichever node it is"
    assert mark.admit(signal(7, 9)) is None, "of the socket before"


def test_numbers_of_any_length_are_in_order() -> None:
    numbers = [(1, 9), (1, 10), (1, 2**40), (16, 1), (1_800_000_000_000, 1)]
    assert sorted(stamp(*number) for number in numbers) == [stamp(*number) for number in numbers]


def test_the_next_peer_has_numbers_of_their_own() -> None:
    mark = Mark()
    assert mark.admit(signal(9, 9)) is not None
    assert mark.admit(signal(1, 1, sender=BOB)) is not None


def test_what_a_signal_is_can_be_read_behind_its_stamp() -> None:
    assert room_of(signal(1, 1)) == ROOM
    assert not is_description(signal(1, 1))
    assert is_description(signal(1, 1, kind="description"))


def test_what_came_back_from_another_node_is_put_in_its_place() -> None:
    relay = Relay(Stats())
    relay.is_stamped = True
    signals = [signal(5, number) for number in range(20)]
    for one in random.Random(1).sample(signals, len(signals)):
        relay.hold(RoomId(ROOM), UserId(BOB), one, is_description=False)
    assert relay.take(RoomId(ROOM), UserId(BOB)) == signals
