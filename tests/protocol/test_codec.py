"""Decoding yields a typed and bounded frame, or an error that names what is wrong."""

import json
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from msgspec import UNSET

from matchmaker.domain.errors import Invalid, MalformedRequest, RequestError, UnknownType
from signaling.wire import frames
from signaling.wire.codec import decode, frame_id_of, frame_type_of
from signaling.wire.errors import NotJson, error_frame

ROOM = "01890000-0000-7000-8000-000000000000"
BLANK = ("\u3164", "\u115f", "\uffa0", "\u2800", "\U0001d159", "\u200b\u2800", "\u0301", "\ue000", "\U000e0020")
"""Texts without a visible character: Hangul fillers, blank symbols, a lone accent, private and tag characters."""
SDP = {"type": "offer", "sdp": "v=0\r\n"}


def frame(kind: str, /, **fields: Any) -> str:
    return json.dumps({"type": kind, **fields})


def refused(text: str | bytes) -> RequestError:
    with pytest.raises(RequestError) as caught:
        decode(text)
    return caught.value


GOOD = [
    frame("hello", token="t", resume={"key": "k", "seq": 0}),
    frame("queue.join", mode="video"),
    frame("queue.join", mode="text", pairing="manual", duration_s=60, interests=["a"], want={"gender": ["male"]}),
    frame("queue.leave"),
    frame("discover", mode=None, limit=50),
    frame("invite.send", user_id=ROOM, mode="video", duration_s=1800),
    frame("invite.accept", invite_id=ROOM),
    frame("invite.decline", invite_id=ROOM),
    frame("invite.cancel", invite_id=ROOM),
    frame("signal", room_id=ROOM, candidate=None),
    frame("room.ready", room_id=ROOM),
    frame("room.leave", room_id=ROOM, reason="next"),
    frame("room.upgrade", room_id=ROOM),
    frame("room.upgrade_decline", room_id=ROOM),
    frame("chat.send", room_id=ROOM, client_id="1", body="hi"),
    frame("chat.receipt", room_id=ROOM, message_id=ROOM, status="read"),
    frame("chat.typing", room_id=ROOM),
    frame("chat.history", room_id=ROOM, before=ROOM, limit=1),
    frame("block", user_id=ROOM),
    frame("friend.ask", user_id=ROOM, quiet=False, note="Hello"),
    frame("invite.send", user_id=ROOM, mode="video", kind="friend", duration_s=14_400),
    frame("hello", token="t", resume={"key": "k", "seq": 0, "people_seq": 3}, features=["friends", "other"]),
    frame("report", user_id=ROOM, category="spam"),
    frame("channel.send", channel_id=ROOM, client_id="1", body="hi", attachment_ids=[ROOM], reply_to=1),
    frame("channel.mark", channel_id=ROOM, read=0),
    frame("channel.typing", channel_id=ROOM),
    frame("ping"),
]


def test_every_frame_is_covered_by_these_tests() -> None:
    assert {type(decode(text)) for text in GOOD} == set(frames.KINDS.values())


@pytest.mark.parametrize("text", GOOD)
def test_unknown_fields_are_ignored(text: str) -> None:
    more = json.dumps(json.loads(text) | {"extra": {"deep": [1]}, "id": "x"})
    assert decode(more).id == "x"


@pytest.mark.parametrize(
    "text", ["", " ", "x", "[]", "1", '"a"', "null", "{", '{"type":"ping"', '{"type":"ping"}}', b"\xff{}"]
)
def test_non_object_is_not_json(text: str | bytes) -> None:
    assert isinstance(refused(text), NotJson)
    assert frame_id_of(text) is UNSET
    assert frame_type_of(text) is None


def test_deep_nesting_is_refused() -> None:
    assert isinstance(refused('{"type":"ping","data":' + "[" * 30_000 + "]" * 30_000 + "}"), NotJson)
    assert isinstance(refused("[" * 65_536), NotJson)


@pytest.mark.parametrize(
    ("text", "field"),
    [
        ("{}", "type"),
        ('{"type":5}', "type"),
        ('{"type":null}', "type"),
        (frame("hello"), "token"),
        (frame("hello", token=5), "token"),
        (frame("hello", token="t", resume={"key": "k"}), "resume.seq"),
        (frame("hello", token="t", resume=[]), "resume"),
        (frame("queue.join"), "mode"),
        (frame("queue.join", mode=None), "mode"),
        (frame("queue.join", mode="video", duration_s="300"), "duration_s"),
        (frame("queue.join", mode="video", auto_accept=1), "auto_accept"),
        (frame("queue.join", mode="video", interests="chess"), "interests"),
        (frame("queue.join", mode="video", interests=[5]), "interests"),
        (frame("queue.join", mode="video", want={"gender": "male"}), "want.gender"),
        (frame("signal", room_id=ROOM), "description"),
        (frame("signal", room_id=ROOM, candidate=None, description=SDP), "candidate"),
        (frame("signal", room_id=ROOM, candidate=[]), "candidate"),
        (frame("signal", room_id=ROOM, candidate="x"), "candidate"),
        (frame("signal", room_id=ROOM, description=None), "description"),
        (frame("signal", room_id=ROOM, description={"sdp": ""}), "description.type"),
        (frame("signal", room_id=ROOM, description={"type": "offer"}), "description.sdp"),
        (frame("signal", room_id=ROOM, description={"type": "offer", "sdp": 5}), "description.sdp"),
        (frame("signal", candidate=None), "room_id"),
        (frame("chat.send", room_id=ROOM, client_id="1"), "body"),
        (frame("chat.send", room_id=ROOM, client_id=1, body="x"), "client_id"),
        (frame("ping", id=1.5), "id"),
        (frame("ping", id=None), "id"),
        (frame("ping", id="x" * 65), "id"),
        (frame("ping", id=2**63), "id"),
        (frame("ping", id=[1]), "id"),
    ],
)
def test_wrong_shape_is_bad_frame_with_field(text: str, field: str) -> None:
    refusal = refused(text)
    assert type(refusal) is MalformedRequest
    assert refusal.details == {"field": field}
    assert field in refusal.message


@pytest.mark.parametrize(
    ("text", "field"),
    [
        (frame("queue.join", mode="voice"), "mode"),
        (frame("queue.join", mode="video", duration_s=59), "duration_s"),
        (frame("queue.join", mode="video", duration_s=1801), "duration_s"),
        (frame("queue.join", mode="video", duration_s=300.5), "duration_s"),
        ('{"type":"queue.join","mode":"video","duration_s":1e400}', "duration_s"),
        (frame("queue.join", mode="video", interests=["x"] * 11), "interests"),
        (frame("queue.join", mode="video", interests=[" "]), "interests"),
        (frame("queue.join", mode="video", interests=["x" * 41]), "interests"),
        *((frame("queue.join", mode="video", interests=["chess", blank]), "interests") for blank in BLANK),
        (frame("queue.join", mode="video", want={"gender": []}), "want.gender"),
        (frame("queue.join", mode="video", want={"gender": ["robot"]}), "want.gender"),
        (frame("discover", limit=0), "limit"),
        (frame("discover", limit=51), "limit"),
        (frame("invite.send", user_id="bob", mode="text"), "user_id"),
        (frame("invite.accept", invite_id=ROOM + "\n"), "invite_id"),
        (frame("signal", room_id=ROOM, description={"type": "answr", "sdp": ""}), "description.type"),
        (frame("room.leave", room_id=ROOM, reason="torch"), "reason"),
        (frame("chat.send", room_id=ROOM, client_id="", body="x"), "client_id"),
        (frame("chat.send", room_id=ROOM, client_id="x" * 65, body="x"), "client_id"),
        (frame("chat.send", room_id=ROOM, client_id="a\x00b", body="x"), "client_id"),
        (frame("chat.send", room_id=ROOM, client_id="1", body=" \n "), "body"),
        (frame("chat.send", room_id=ROOM, client_id="1", body="x" * 501), "body"),
        (frame("chat.send", room_id=ROOM, client_id="1", body="a\x00b"), "body"),
        *((frame("chat.send", room_id=ROOM, client_id="1", body=blank), "body") for blank in BLANK),
        (frame("chat.receipt", room_id=ROOM, message_id=ROOM, status="seen"), "status"),
    ],
)
def test_value_out_of_range_is_invalid_with_field(text: str, field: str) -> None:
    refusal = refused(text)
    assert type(refusal) is Invalid
    assert refusal.details == {"field": field}
    assert field in refusal.message


def test_visible_messages_are_accepted() -> None:
    for body in ("\U0001f44d", "\u2764\ufe0f", "\U0001fae8", "?", "\u3164a", "\u0928\u093f", "\u2801", "\u4f60"):
        assert isinstance(decode(frame("chat.send", room_id=ROOM, client_id="1", body=body)), frames.ChatSend)


def test_unknown_type() -> None:
    for kind in ("rapport", "", "Ping", "queue"):
        assert isinstance(refused(frame(kind)), UnknownType)


def test_error_carries_the_id_of_a_malformed_frame() -> None:
    assert frame_id_of(frame("queue.join", id="a", mode=5)) == "a"
    assert frame_id_of('{"id":7}') == 7
    assert frame_id_of(frame("ping", id=[])) is UNSET


def test_text_is_trimmed_and_tags_are_normalized() -> None:
    said = decode(frame("chat.send", room_id=ROOM, client_id="1", body="\t hi there\n"))
    assert isinstance(said, frames.ChatSend)
    assert said.body == "hi there"
    joined = decode(frame("queue.join", mode="video", interests=[" Chess", "chess ", "Go"]))
    assert isinstance(joined, frames.QueueJoin)
    assert joined.interests == ("chess", "go")


def test_longest_body_after_trimming() -> None:
    assert isinstance(
        decode(frame("chat.send", room_id=ROOM, client_id="1", body=" " + "é" * 500 + " ")), frames.ChatSend
    )


@pytest.mark.parametrize(
    "payload",
    ['{"candidate":"x","sdpMid":"0"}', "null", '{ "candidate" : "\\u00e9 \\" }" }', "{}", '{"a":{"b":[1,{"c":null}]}}'],
)
def test_candidate_is_forwarded_byte_for_byte(payload: str) -> None:
    signal = decode(f'{{ "candidate" :  {payload}  , "room_id":"{ROOM}","type":"signal"}}')
    assert isinstance(signal, frames.Signal)
    assert bytes(signal.candidate) == payload.encode()  # type: ignore[arg-type]


def test_last_value_of_a_repeated_key_counts() -> None:
    signal = decode(f'{{"type":"signal","room_id":"{ROOM}","candidate":"x","candidate":{{"a":1}}}}')
    assert isinstance(signal, frames.Signal)
    assert bytes(signal.candidate) == b'{"a":1}'  # type: ignore[arg-type]
    assert isinstance(refused('{"type":"signal","type":"ping","room_id":"x"}'), MalformedRequest)


@pytest.mark.parametrize("inside", ["\x01", "\\q", "\\u00zz", "tru", "01", "1.", "{", "}", '"', "[1,]", "NaN"])
def test_only_valid_json_is_forwarded(inside: str) -> None:
    for payload in (f'{{"candidate":"{inside}"}}', f'{{"candidate":{inside}}}'):
        try:
            json.loads(payload)
        except ValueError:
            refused(f'{{"type":"signal","room_id":"{ROOM}","candidate":{payload}}}')
            refused(f'{{"type":"signal","room_id":"{ROOM}","description":{payload}}}')


@pytest.mark.parametrize("description", [{"type": "rollback"}, {"type": "rollback", "sdp": None}])
def test_rollback_needs_no_sdp(description: dict[str, Any]) -> None:
    found = decode(frame("signal", room_id=ROOM, description=description))
    assert isinstance(found, frames.Signal)
    assert json.loads(bytes(found.description)) == description  # type: ignore[arg-type]
    refusal = refused(frame("signal", room_id=ROOM, description={"type": "offer", "sdp": None}))
    assert refusal.details == {"field": "description.sdp"}


@pytest.mark.parametrize(
    ("text", "field", "name"),
    [
        (frame("chat.send", id=7, client_id="a", room_id=ROOM, body="\ud83d"), "body", 7),
        (frame("chat.send", id="q", client_id="a\udc00", room_id=ROOM, body="x"), "client_id", "q"),
        (frame("signal", id=1, room_id=ROOM, candidate={"candidate": "\ud83d"}), "candidate.candidate", 1),
        (frame("signal", id=1, room_id=ROOM, description=SDP | {"sdp": "\ud83dx"}), "description.sdp", 1),
        (frame("signal", id=1, room_id=ROOM, description=SDP | {"more": ["\ude00"]}), "description.more", 1),
        (frame("ping", id=1, data={"a": [0, "\ud83d"]}), "data.a", 1),
        (frame("ping", id=1, unknown="\ude00\ud83d"), "unknown", 1),
        (frame("hello", id=1, token="\ud83d"), "token", 1),
        (frame("\ud83d", id=1), "type", 1),
        (frame("ping", id="\ud83d"), "id", UNSET),
        (r'{"t\u0079pe":"ping","id":1,"data":"\\\ud83d"}', "data", 1),
    ],
)
def test_half_surrogate_pair_is_invalid(text: str, field: str, name: object) -> None:
    refusal = refused(text)
    assert type(refusal) is Invalid
    assert refusal.details == {"field": field}
    assert frame_id_of(text) == name


def test_half_surrogate_pair_in_a_field_name_is_refused_in_utf8() -> None:
    refusal = refused(frame("ping", id=1)[:-1] + r',"\ud83d":1}')
    assert type(refusal) is Invalid
    error_frame(refusal, 1).decode()


@pytest.mark.parametrize("text", [r'{"type":"ping","data":"\ud83d\ude00"}', r'{"type":"ping","data":"\\ud83d"}'])
def test_whole_pairs_and_escaped_backslashes_are_forwarded(text: str) -> None:
    assert isinstance(decode(text), frames.Ping)


@pytest.mark.parametrize(
    "text", [r'["\ud83d"]', r'{"type":"ping","data":"\ud83d"', r'{"data":NaN,"a":"\ud83d"}', r"\ud83d"]
)
def test_half_surrogate_pair_outside_an_object(text: str) -> None:
    assert type(refused(text)) is NotJson


anything = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=8), inner, max_size=4),
    max_leaves=12,
)
names = st.sampled_from(sorted({name for kind in frames.KINDS.values() for name in kind.__struct_fields__}))


@given(st.one_of(st.text(), st.binary()))
def test_any_text_is_a_frame_or_an_error(text: str | bytes) -> None:
    try:
        decode(text)
    except RequestError:
        frame_id_of(text)


@given(st.sampled_from(sorted(frames.KINDS)), st.dictionaries(names, anything, max_size=8))
def test_any_fields_are_a_frame_or_an_error_with_the_id(kind: str, fields: dict[str, Any]) -> None:
    text = json.dumps({**fields, "type": kind, "id": "me"})
    try:
        found = decode(text).id
    except NotJson:
        return
    except RequestError:
        found = frame_id_of(text)
    assert found == "me"


@given(st.sampled_from(GOOD), st.integers(0, 200), st.integers(0, 255))
def test_frame_with_one_byte_changed(text: str, at: int, byte: int) -> None:
    raw = bytearray(text.encode())
    raw[at % len(raw)] = byte
    try:
        decode(bytes(raw))
    except RequestError:
        frame_id_of(bytes(raw))


@settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])  # The machine may be busy.
@given(anything)
def test_payload_is_unchanged(payload: Any) -> None:
    text = json.dumps(payload, allow_nan=False) if not _has_nan(payload) else "null"
    try:
        signal = decode(f'{{"type":"signal","room_id":"{ROOM}","candidate":{text}}}')
    except RequestError:
        return
    assert isinstance(signal, frames.Signal)
    assert bytes(signal.candidate) == text.encode()  # type: ignore[arg-type]


def _has_nan(value: Any) -> bool:
    try:
        json.dumps(value, allow_nan=False)
    except ValueError:
        return True
    return False
