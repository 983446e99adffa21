"""The protocol of a mirror: frames that are sent again, and events that are received once."""

import json
from typing import Any

from server.mirror.protocol import MirrorProtocol

WELCOME = {"type": "welcome", "resume_key": "key", "resumed": False, "state": {"room": None, "phase": "idle"}}


def take(talk: MirrorProtocol, **frame: Any) -> bool:
    return talk.take(json.dumps(frame)) is not None


def test_first_hello_resumes_nothing() -> None:
    assert json.loads(MirrorProtocol("token").hello()) == {"type": "hello", "token": "token"}


def test_next_hello_resumes() -> None:
    talk = MirrorProtocol("token")
    assert take(talk, **WELCOME)
    assert take(talk, type="room.ended", seq=1, room_id="room")
    assert take(talk, type="a.word.of.tomorrow", seq=2)
    assert json.loads(talk.hello())["resume"] == {"key": "key", "seq": 2}


def test_event_is_handled_once() -> None:
    talk = MirrorProtocol("token")
    assert take(talk, type="room.ended", seq=1, room_id="room")
    assert not take(talk, type="room.ended", seq=1, room_id="room")
    assert take(talk, type="room.ended", seq=2, room_id="room")


def test_new_session_counts_from_one() -> None:
    talk = MirrorProtocol("token")
    take(talk, type="room.ended", seq=7, room_id="room")
    take(talk, **WELCOME)
    assert take(talk, type="room.ended", seq=1, room_id="room")


def test_resumed_session_continues_the_count() -> None:
    talk = MirrorProtocol("token")
    take(talk, type="room.ended", seq=7, room_id="room")
    take(talk, **WELCOME | {"resumed": True})
    assert not take(talk, type="room.ended", seq=7, room_id="room")


def test_frames_are_kept_until_answered() -> None:
    talk = MirrorProtocol("token")
    first, second, third = (talk.send("room.ready", room_id=room) for room in "abc")
    assert talk.unanswered() == [first, second, third]
    assert not take(talk, type="reply", id=json.loads(first)["id"])
    assert not take(talk, type="error", id=json.loads(second)["id"], code="not_in_room", message="")
    assert talk.unanswered() == [third]


def test_unavailable_hello_is_repeated() -> None:
    talk = MirrorProtocol("token")
    frame = talk.send("room.ready", room_id="room")
    assert take(talk, type="error", id=json.loads(frame)["id"], code="rate_limited", retry_after_ms=300)
    assert talk.unanswered() == [frame]


def test_unrelated_error_is_ignored() -> None:
    assert not take(MirrorProtocol("token"), type="error", code="unavailable", message="")
    assert not take(MirrorProtocol("token"), type="error", id=9, code="unavailable", message="")


def test_unknown_frames_are_ignored() -> None:
    talk = MirrorProtocol("token")
    for text in ("", "[]", '{"seq": 1}', '{"type": "signal", "candidate": ' + "[" * 10_000 + "]" * 10_000 + "}"):
        assert talk.take(text) is None


def test_signal_is_forwarded_unread() -> None:
    heard = MirrorProtocol("token").take('{"type":"signal","room_id":"room","candidate":{"sdpMLineIndex":1e999}}')
    assert heard is not None
    assert bytes(heard.candidate) == b'{"sdpMLineIndex":1e999}'
