"""Events are lost, doubled or cut never; a replay is complete or refused."""

import json

from hypothesis import given
from hypothesis import strategies as st

from server.cluster.wire.moved_user import SessionState
from signaling.routing.replay_buffer import REPLAY_MAX_BYTES, REPLAY_MAX_EVENTS, ReplayBuffer


def say(session: ReplayBuffer, size: int = 0) -> bytes:
    return session.number(b'{"type":"x",', b'"data":"%b"}' % (b"x" * size))


def numbers(events: list[bytes] | None) -> list[int] | None:
    return None if events is None else [json.loads(event)["seq"] for event in events]


def test_events_are_numbered_from_one() -> None:
    session = ReplayBuffer()
    assert [json.loads(say(session))["seq"] for _ in range(3)] == [1, 2, 3]


def test_client_that_received_everything_misses_nothing() -> None:
    session = ReplayBuffer()
    assert session.since(0) == []
    say(session)
    assert session.since(1) == []


def test_future_number_cannot_be_resumed() -> None:
    session = ReplayBuffer()
    say(session)
    assert session.since(2) is None


def test_last_256_events_are_kept_else_nothing() -> None:
    session = ReplayBuffer()
    for _ in range(REPLAY_MAX_EVENTS):
        say(session)
    assert numbers(session.since(0)) == list(range(1, 257))
    say(session)
    assert session.since(0) is None
    assert numbers(session.since(1)) == list(range(2, 258))


def test_the_last_256_kib_are_kept() -> None:
    session = ReplayBuffer()
    for _ in range(5):
        say(session, 64 * 1024)
    assert session.since(1) is None
    kept = session.since(2)
    assert numbers(kept) == [3, 4, 5]
    assert sum(map(len, kept or ())) <= REPLAY_MAX_BYTES


def test_event_larger_than_the_buffer() -> None:
    session = ReplayBuffer()
    say(session, REPLAY_MAX_BYTES + 1)
    assert session.since(0) is None
    assert session.since(1) == []
    say(session)
    assert numbers(session.since(1)) == [2]


def test_old_events_are_trimmed_and_newer_ones_complete() -> None:
    session = ReplayBuffer()
    said = [say(session) for _ in range(3)]
    session.trim()
    said += [say(session) for _ in range(2)]
    session.trim()
    assert session.since(0) == said
    said.append(say(session))
    session.trim()
    assert session.since(2) is None
    assert session.since(3) == said[3:]
    session.trim()
    assert session.since(5) == said[5:]
    for _ in range(3):
        session.trim()
    assert session.since(6) == []
    assert session.since(5) is None


def test_keys_are_random() -> None:
    keys = {ReplayBuffer().key for _ in range(1_000)}
    assert len(keys) == 1_000
    assert all(len(key) >= 22 for key in keys)


@given(st.lists(st.integers(0, 40_000), max_size=400), st.integers(-2, 500))
def test_replay_is_complete_or_refused(sizes: list[int], seq: int) -> None:
    session = ReplayBuffer()
    said = [say(session, size) for size in sizes]
    events = session.since(seq)
    if events is not None:
        assert events == said[seq:]
        assert 0 <= seq <= len(said)
    elif 0 <= seq <= len(said):
        tail = said[seq:]
        assert len(tail) > REPLAY_MAX_EVENTS or sum(map(len, tail)) > REPLAY_MAX_BYTES


def test_session_moves_with_its_last_8_kib() -> None:
    session = ReplayBuffer()
    for _ in range(5):
        say(session, 3 * 1024)
    moved = SessionState.of(session).restored()
    assert numbers(moved.since(3)) == [4, 5]
    assert moved.since(2) is None
    assert json.loads(say(moved))["seq"] == 6
    assert numbers(SessionState.of(ReplayBuffer()).events) == []
