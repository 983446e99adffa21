"""The people stream: numbers, replay, and what another node continues."""

from signaling.routing.people_sender import encode_event
from signaling.routing.people_stream import PeopleStream, UnnumberedEvent
from signaling.routing.positions import Positions
from signaling.wire.people_events import FriendPresence

ONLINE = encode_event(FriendPresence(user_id="ada", presence="online")).body  # type: ignore[arg-type]
OFFLINE = encode_event(FriendPresence(user_id="ada", presence="offline")).body  # type: ignore[arg-type]


def test_events_are_numbered_and_replayed_as_they_were_sent() -> None:
    stream = PeopleStream(256, frozenset(("friends",)))
    sent = [stream.number(event) for event in (ONLINE, OFFLINE, ONLINE)]
    assert sent[1] == b'{"type":"friend.presence","people_seq":2,"user_id":"ada","presence":"offline"}'
    assert stream.since(1) == sent[1:]
    assert stream.since(3) == []
    assert stream.since(4) is None
    assert stream.events == sent


def test_only_the_newest_events_are_kept() -> None:
    stream = PeopleStream(2, frozenset(("friends",)))
    sent = [stream.number(ONLINE) for _ in range(4)]
    assert stream.since(1) is None
    assert stream.since(2) == sent[2:]
    assert stream.size == 2 * ONLINE.size


def test_stream_of_another_node_goes_on_with_its_events() -> None:
    stream = PeopleStream(256, frozenset(("friends",)))
    sent = [stream.number(event) for event in (ONLINE, OFFLINE)]
    there = PeopleStream.restore(("friends",), stream.seq, stream.events, began_at=0, positions=Positions())
    assert there.since(0) == sent
    assert there.number(ONLINE) == ONLINE.numbered(3)
    assert UnnumberedEvent.of(sent[1]) == OFFLINE


def test_streams_share_an_event() -> None:
    streams = [PeopleStream(256, frozenset(("friends",))) for _ in range(2)]
    for stream in streams:
        stream.number(ONLINE)
    assert streams[0].kept[0] is streams[1].kept[0]
