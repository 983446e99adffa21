"""Tags and fields that pass between nodes are those of the release before, whatever the classes are called."""

from typing import get_args

import msgspec
import pytest

from matchmaker.domain.invite import Invite, InviteParty
from matchmaker.domain.profile import Profile
from matchmaker.domain.ticket import MatchPreferences, Ticket
from matchmaker.domain.user_state import UserState
from matchmaker.domain.user_updates import AnyUserUpdate
from matchmaker.services.user_transfer import ReleasedUser
from server.auth.account_broadcast import AccountNotice
from server.cluster.ports.node_records import NodeRecord
from server.cluster.wire.links import MessageBatch
from server.cluster.wire.messages import AnyMessage, OlderTicket
from server.cluster.wire.moved_user import MovedUser, PeopleState, SessionState
from signaling.connection.ports import Identity
from signaling.wire.frames import Hello, Resume

MESSAGES = {
    "up": ("link", "frame"),
    "down": ("link", "frame"),
    "close": ("link", "code", "reason"),
    "gone": ("link",),
    "hold": ("link", "on"),
    "drain": ("link", "reconnect_in_ms"),
    "attach": ("ask", "user", "link", "hello", "came", "identity", "address", "device"),
    "answer": ("ask", "outcome", "state", "tickets"),
    "move_in": ("state", "link", "target"),
    "go_home": ("link", "frame"),
    "recall": ("ask", "link"),
    "superseded": ("user", "epoch"),
    "post": ("ticket", "can_move"),
    "list": ("ask", "mode", "band", "limit"),
    "withdraw": ("user",),
    "elsewhere": ("mode", "band", "tickets"),
    "propose": ("user", "target", "owner"),
    "notice": ("topic", "body", "is_kept"),
    "expel": ("ask", "user", "reason", "other"),
}
"""By tag, in order: messages are arrays, and a field is only added at the end."""
FIELDS = {
    MessageBatch: "sender generation first messages",
    NodeRecord: "name version database key rules mixes_rules ahead_ms is_draining",
    OlderTicket: "ticket owner",
    Hello: "id token resume heartbeat",
    Identity: "profile login_id user band may_meet",
    Invite: "invite_id kind mode first second created_at expires_at closing",
    InviteParty: "profile wish accepted",
    Profile: "user_id display_name gender interests mirror",
    ReleasedUser: "seat avoided introduced unanswered",
    Resume: "key seq",
    UserState: "profile band epoch connected lost_at ticket invite side_invite room mirrored last_room shown"
    " offered rooms_due deadline",
    SessionState: "key seq events offset_ms people",
    PeopleState: "features seq events began_at positions",
    Ticket: "profile wish joined_at avoid offered introduced band rests_until",
    MovedUser: "ask user epoch released session identity address device has_heartbeat came limits",
    MatchPreferences: "mode pairing listed auto_accept auto_next duration_s interests want",
}
"""What may be missing to an older release, but is never called otherwise."""


def tags(union: object) -> dict[str, type[msgspec.Struct]]:
    return {kind.__struct_config__.tag: kind for kind in get_args(union)}


def test_messages_keep_tag_and_order_of_fields():
    known = tags(AnyMessage)
    for tag, fields in MESSAGES.items():
        assert known[tag].__struct_encode_fields__[: len(fields)] == fields, tag


@pytest.mark.parametrize("kind", FIELDS, ids=lambda kind: kind.__name__)
def test_states_keep_their_fields(kind: type[msgspec.Struct]):
    assert set(FIELDS[kind].split()) <= set(kind.__struct_encode_fields__)


def test_broadcasts_keep_their_tags():
    assert {"parted", "reunited", "introduced", "notified"} <= set(tags(AnyUserUpdate))
    assert {"Forget", "Ended", "Gone", "Changed", "Decided"} <= set(tags(AccountNotice))
