"""Past conversations and their messages."""

from typing import Annotated

import msgspec
from msgspec import Meta

from matchmaker.domain.ids import RoomId
from matchmaker.domain.message import Message
from matchmaker.domain.profile import Profile
from matchmaker.domain.room import Reason, RoomKind
from matchmaker.domain.ticket import Mode
from server.db.rooms import history
from server.http.constraints import Place, Position
from server.http.route import RequestContext
from server.http.services import HttpServices


class HistoryQuery(msgspec.Struct, frozen=True, kw_only=True):
    """The part of the history to return."""

    cursor: Place | None = None
    limit: Annotated[int, Meta(ge=1, le=100)] = 50


class TranscriptQuery(msgspec.Struct, frozen=True, kw_only=True):
    """The part of a conversation to return."""

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


class CallHistory(msgspec.Struct, frozen=True, kw_only=True):
    """Conversations, newest first; `cursor` leads to older ones, null: there are none."""

    calls: list[PastCall]
    cursor: str | None


class Messages(msgspec.Struct, frozen=True, kw_only=True):
    """Messages, oldest first; `cursor` leads to later ones, null: there are none."""

    messages: list[Message]
    cursor: str | None


async def calls(services: HttpServices, call: RequestContext[HistoryQuery]) -> CallHistory:
    """List your past conversations, newest first."""
    found, cursor = await services.repository.calls(call.user, cursor=call.body.cursor, limit=call.body.limit)
    return CallHistory(calls=[_past(one) for one in found], cursor=cursor)


async def messages(services: HttpServices, call: RequestContext[TranscriptQuery]) -> Messages:
    """Read the messages of a conversation of yours, oldest first."""
    room_id = RoomId(call.name("room_id"))
    found, cursor = await services.repository.transcript(
        call.user, room_id, cursor=call.body.cursor, limit=call.body.limit
    )
    return Messages(messages=found, cursor=cursor)


def _past(one: history.CallRecord) -> PastCall:
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
