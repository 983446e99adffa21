"""Records as one viewer sees them."""

from typing import Any

import msgspec
import pytest

from matchmaker.domain import user_events
from matchmaker.domain.errors import RequestError
from matchmaker.domain.ids import InviteId, MessageId, RoomId, UserId
from matchmaker.domain.invite import Invite, InviteParty
from matchmaker.domain.message import Message
from matchmaker.domain.profile import Profile
from matchmaker.domain.room import Participant, Room
from matchmaker.domain.snapshot import UserSnapshot
from matchmaker.domain.ticket import MatchPreferences, Ticket
from matchmaker.domain.user_state import UserState
from signaling.wire import errors, serializers
from signaling.wire.event import Event
from tests.support import contract

NOW = 1_800_000_000_000
ADA, BOB = UserId("ada"), UserId("bob")
HERS, HIS = Profile(user_id=ADA, display_name="Ada"), Profile(user_id=BOB, display_name="Bob")
VIEW = serializers.EventSerializer(lambda user: [{"urls": [f"turn:{user}"]}])


def an_invite(**fields: Any) -> Invite:
    return Invite(
        **{
            "invite_id": InviteId("i"),
            "kind": "direct",
            "mode": "video",
            "first": InviteParty(profile=HERS, wish=MatchPreferences(duration_s=101), accepted=True),
            "second": InviteParty(profile=HIS, wish=MatchPreferences(duration_s=200)),
            "created_at": NOW,
            "expires_at": NOW + 20_000,
            **fields,
        }
    )


def a_room(**fields: Any) -> Room:
    return Room(
        **{
            "room_id": RoomId("r"),
            "mode": "text",
            "offerer": Participant(profile=HERS),
            "answerer": Participant(profile=HIS),
            "duration_s": None,
            "started_at": NOW,
            "live_at": NOW,
            **fields,
        }
    )


def test_direct_invite_shows_the_length_of_the_inviter() -> None:
    seen = serializers.invite(an_invite(), BOB, now=NOW + 1_500)
    assert (seen.role, seen.peer, seen.duration_s, seen.accepted, seen.peer_accepted) == (
        "invitee",
        HERS,
        101,
        False,
        True,
    )
    assert (seen.expires_at, seen.expires_in_ms) == (NOW + 20_000, 18_500)
    assert serializers.invite(an_invite(), ADA, now=NOW).role == "inviter"


def test_match_shows_the_agreed_length() -> None:
    assert serializers.invite(an_invite(kind="match"), ADA, now=NOW).duration_s == 150


def test_text_has_no_length_and_remaining_time_is_not_negative() -> None:
    seen = serializers.invite(an_invite(mode="text"), ADA, now=NOW + 30_000)
    assert (seen.duration_s, seen.expires_in_ms) == (None, 0)


def test_room_as_each_user_sees_it() -> None:
    hers, his = VIEW.room(a_room(), ADA, now=NOW), VIEW.room(a_room(), BOB, now=NOW)
    assert (hers.role, hers.peer, his.role, his.peer) == ("offerer", HIS, "answerer", HERS)
    assert (hers.status, hers.peer_connected, hers.grace, hers.torch) == ("live", True, None, None)
    assert hers.ice_servers == [{"urls": ["turn:ada"]}]


def test_absent_peer() -> None:
    away = a_room(answerer=Participant(profile=HIS, away_until=NOW + 9_000), paused_at=NOW - 1_000)
    hers, his = VIEW.room(away, ADA, now=NOW), VIEW.room(away, BOB, now=NOW)
    assert (hers.status, hers.peer_connected, his.peer_connected) == ("grace", False, True)
    assert hers.grace is not None
    assert (hers.grace.ends_at, hers.grace.ends_in_ms) == (NOW + 9_000, 9_000)


def test_running_and_paused_torch() -> None:
    burning = a_room(idle=(ADA,), warned_until=NOW + 40_000)
    torch = VIEW.room(burning, BOB, now=NOW).torch
    assert torch is not None
    assert (torch.idle, torch.ends_at, torch.ends_in_ms) == ((ADA,), NOW + 40_000, 40_000)
    paused = a_room(idle=(ADA,), warned_until=NOW + 40_000, paused_at=NOW)
    torch = VIEW.room(paused, BOB, now=NOW + 7_000).torch
    assert torch is not None
    assert (torch.ends_at, torch.ends_in_ms) == (NOW + 47_000, 40_000)


def test_snapshot_shows_the_one_phase() -> None:
    ticket = Ticket(profile=HERS, wish=MatchPreferences(mode="text"), joined_at=NOW, avoid={})
    state = VIEW.state(UserSnapshot(state=UserState(profile=HERS, ticket=ticket)), now=NOW)
    assert (state.phase, state.invite, state.room) == ("queued", None, None)
    assert state.queue is not None
    assert (state.queue.mode, state.queue.joined_at) == ("text", NOW)
    invited = UserSnapshot(state=UserState(profile=HERS, ticket=ticket, invite=InviteId("i")), invite=an_invite())
    state = VIEW.state(invited, now=NOW)
    assert (state.phase, state.queue) == ("invited", None)
    assert state.invite is not None


def as_heard(event: Event) -> dict[str, Any]:
    heard: dict[str, Any] = msgspec.json.decode(msgspec.json.encode(event))
    return heard


EVERYTHING: list[user_events.AnyUserEvent] = [
    user_events.QueueUpdate(to=ADA, queued=True, reason="requeued"),
    user_events.InviteReceived(to=ADA, invite=an_invite()),
    user_events.InviteAccepted(to=ADA, invite_id=InviteId("i")),
    user_events.InviteClosed(to=ADA, invite_id=InviteId("i"), outcome="declined", by=BOB, cooldown_until=NOW),
    user_events.RoomStarted(to=ADA, room=a_room()),
    user_events.RoomLive(to=ADA, room_id=RoomId("r"), live_at=NOW, ends_at=NOW),
    user_events.RoomModeChanged(to=ADA, room=a_room(mode="video")),
    user_events.UpgradeRequested(to=ADA, room_id=RoomId("r"), by=BOB),
    user_events.UpgradeDeclined(to=ADA, room_id=RoomId("r"), by=BOB),
    user_events.PeerAway(to=ADA, room_id=RoomId("r"), ends_at=NOW + 10_000),
    user_events.PeerBack(to=ADA, room_id=RoomId("r")),
    user_events.RoomEnded(to=ADA, room_id=RoomId("r"), reason="hangup", by=BOB, live_ms=61_500, cooldown_until=None),
    user_events.MessageSent(
        to=ADA,
        message=Message(
            message_id=MessageId("m"), room_id=RoomId("r"), sender=BOB, body="hi", sent_at=NOW, client_id="1"
        ),
    ),
    user_events.TorchWarning(to=ADA, room_id=RoomId("r"), idle=(ADA, BOB), ends_at=NOW + 60_000),
    user_events.TorchCleared(to=ADA, room_id=RoomId("r")),
]


@pytest.mark.parametrize("item", EVERYTHING, ids=lambda item: type(item).__name__)
def test_every_user_event_has_a_wire_event(item: user_events.AnyUserEvent) -> None:
    event = as_heard(VIEW.event(item, now=NOW))
    contract.check({"seq": 1, **event})


def test_times_are_instants_and_remaining_ms() -> None:
    away = as_heard(VIEW.event(EVERYTHING[9], now=NOW + 1))
    assert (away["ends_at"], away["ends_in_ms"]) == (NOW + 10_000, 9_999)
    ended = as_heard(VIEW.event(EVERYTHING[11], now=NOW))
    assert ended == {
        "type": "room.ended", "room_id": "r", "reason": "hangup", "by": BOB, "live_s": 61.5, "cooldown_until_at": None,
    }  # fmt: skip


def _refusals(kind: type[RequestError]) -> set[type[RequestError]]:
    return {kind, *(found for child in kind.__subclasses__() for found in _refusals(child))}


def test_every_client_error_has_a_code() -> None:
    codes = set(contract.DOCUMENT["components"]["schemas"]["ErrorFrame"]["properties"]["code"]["enum"])
    ours = {kind for kind in _refusals(RequestError) if kind.__module__.startswith(("matchmaker.", "signaling."))}
    assert {kind.code for kind in ours} <= codes
    frame = msgspec.json.decode(errors.error_frame(RequestError("x", field="f"), 5))
    assert frame == {"type": "error", "id": 5, "code": "internal", "message": "x", "field": "f"}
