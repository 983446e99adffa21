"""Past conversations, and what was said in them."""

from typing import Annotated

import msgspec
from msgspec import Meta

from matchmaker.ids import RoomId
from matchmaker.message import Message
from matchmaker.profile import Profile
from matchmaker.room import Reason, RoomKind
from matchmaker.ticket import Mode
from server.http.bounds import Place, Position
from server.http.desk import Desk
from server.http.route import Call
from server.ledger import history


class Page(msgspec.Struct, frozen=True, kw_only=True):
    """Which part of the history is wanted."""

    cursor: Place | None = None
    limit: Annotated[int, Meta(ge=1, le=100)] = 50


class Excerpt(msgspec.Struct, frozen=True, kw_only=True):
    """Which part of a conversation is wanted."""

    cursor: Position | None = None
    limit: Annotated[int, Meta(ge=1, le=500)] = 100


class PastCall(msgspec.Struct, frozen=True, kw_only=True):
    """One conversation of five seconds or longer."""

    room_id: RoomId
    mode: Mode
    peer: Profile | None
    """None: the account was deleted."""
    started_at: int
    duration_s: int
    """Whole seconds of talking; setting up does not count."""
    end_reason: Reason
    message_count: int
    kind: RoomKind


class Calls(msgspec.Struct, frozen=True, kw_only=True):
    """Conversations, newest first; `cursor` leads to older ones, null: there are none."""

    calls: list[PastCall]
    cursor: str | None


class Messages(msgspec.Struct, frozen=True, kw_only=True):
    """What was said, oldest first; `cursor` leads to later ones, null: there are none."""

    messages: list[Message]
    cursor: str | None


async def calls(desk: Desk, call: Call[Page]) -> Calls:
    """List your past conversations, newest first."""
    found, cursor = await desk.ledger.calls(call.user, cursor=call.body.cursor, limit=call.body.limit)
    return Calls(calls=[_past(one) for one in found], cursor=cursor)


async def messages(desk: Desk, call: Call[Excerpt]) -> Messages:
    """Read what was said in a conversation of yours, oldest first."""
    room_id = RoomId(call.name("room_id"))
    found, cursor = await desk.ledger.transcript(call.user, room_id, cursor=call.body.cursor, limit=call.body.limit)
    return Messages(messages=found, cursor=cursor)


def _past(one: history.Call) -> PastCall:
    return PastCall(
        room_id=one.room_id,
        mode=one.mode,
        peer=one.peer,
        started_at=one.started_at,
        duration_s=one.live_ms // 1_000,
        end_reason=one.end_reason,
        message_count=one.message_count,
        kind=one.kind,
    )
