"""The AsyncAPI 3 document of the socket, generated from the types that validate."""

from typing import Any

import msgspec

from matchmaker.domain.timing import DURATION_S
from signaling.wire.channel_events import CHANNEL_EVENTS
from signaling.wire.channel_frames import ONE_MARK, ChannelMark, ChannelSend
from signaling.wire.close_codes import CloseCode
from signaling.wire.constraints import FRAME_MAX_BYTES
from signaling.wire.errors import ErrorFrame
from signaling.wire.events import EVENTS, SignalEvent
from signaling.wire.examples import example
from signaling.wire.frames import (
    KINDS,
    ChatHistory,
    ChatSend,
    Description,
    Discover,
    FriendAsk,
    Hello,
    InviteSend,
    Ping,
    QueueJoin,
    ReportFrame,
    Signal,
)
from signaling.wire.meeting import Meeting
from signaling.wire.people_events import PEOPLE_EVENTS
from signaling.wire.replies import (
    ChannelSent,
    ChatSendResult,
    DiscoverResult,
    FriendAskResult,
    HistoryResult,
    InviteResult,
    OkResult,
    Pong,
    QueueJoinResult,
    ReportResult,
    Welcome,
)
from signaling.wire.schema import N_NEEDS_CHANNEL, REF, at_most_one, components

REPLIES: tuple[type[msgspec.Struct], ...] = (
    OkResult,
    QueueJoinResult,
    DiscoverResult,
    InviteResult,
    ChatSendResult,
    HistoryResult,
    ReportResult,
    FriendAskResult,
    ChannelSent,
)
ANSWERS: dict[type[msgspec.Struct], type[msgspec.Struct]] = {
    Hello: Welcome,
    Ping: Pong,
    QueueJoin: QueueJoinResult,
    Discover: DiscoverResult,
    InviteSend: InviteResult,
    ChatSend: ChatSendResult,
    ChatHistory: HistoryResult,
    ReportFrame: ReportResult,
    FriendAsk: FriendAskResult,
    ChannelSend: ChannelSent,
}
"""The result type of each frame; `OkResult` where none is named."""
_TOLD: tuple[type[msgspec.Struct], ...] = (*EVENTS, *PEOPLE_EVENTS, *CHANNEL_EVENTS)
_WRITTEN: tuple[type[msgspec.Struct], ...] = (*_TOLD, *REPLIES, Welcome, Pong, ErrorFrame)
_KINDS: tuple[type[msgspec.Struct], ...] = (*KINDS.values(), *_WRITTEN)
_INFO = (
    "The first frame is `hello`, answered by `welcome`. A frame with an `id` is answered by exactly one `reply` or"
    f" `error` (`ping` by `pong`). An integer is written without a fraction or an exponent."
    f" A frame has up to {FRAME_MAX_BYTES} bytes. Close codes: "
) + ", ".join(f"{code.value} {code.name.lower().replace('_', ' ')}" for code in CloseCode)
_SERVER = {
    "host": "{host}",
    "protocol": "wss",
    "description": "A page of another origin needs to be named in RONDO_ALLOWED_ORIGINS. Subprotocol: `rondo.v1`",
    "variables": {"host": {"default": "localhost:8080", "description": "where this document comes from"}},
    "security": [{"$ref": "#/components/securitySchemes/token"}],
}
_TOKEN = {
    "type": "apiKey",
    "in": "password",
    "description": "The token of a sign-up or log-in (HTTP), in the first frame: `hello.token`. No header is needed",
}
_SEQ = {"type": "integer", "minimum": 1, "description": "rises by one within a resumable session"}

_PEOPLE_SEQ = {
    "type": "integer",
    "minimum": 1,
    "description": "rises by one within a session; starts at 1 again after `people.reset` and `people_resumed: false`",
}


def document(version: str) -> dict[str, Any]:
    """Return the AsyncAPI document of the socket, as plain JSON values."""
    schemas = _schemas()
    messages = _messages(schemas)
    whole = {
        "asyncapi": "3.0.0",
        "info": {
            "title": "Rondo socket",
            "version": version,
            "description": _INFO,
        },
        "defaultContentType": "application/json",
        "servers": {"here": _SERVER},
        "channels": {
            "socket": {
                "address": "/v1/ws",
                "servers": [{"$ref": "#/servers/here"}],
                "messages": {name: {"$ref": f"#/components/messages/{name}"} for name in messages},
                "bindings": {"ws": {"method": "GET", "bindingVersion": "0.1.0"}},
            }
        },
        "operations": _operations(),
        "components": {"messages": messages, "schemas": schemas, "securitySchemes": {"token": _TOKEN}},
    }
    plain: dict[str, Any] = msgspec.json.decode(msgspec.json.encode(whole))
    return plain


def _messages(schemas: dict[str, Any]) -> dict[str, Any]:
    return {
        kind.__name__: {
            "name": _type_of(kind),
            "summary": (kind.__doc__ or "").partition("\n")[0],
            "payload": {"$ref": REF.format(name=kind.__name__)},
            "examples": [{"payload": example(schemas[kind.__name__], schemas, kind.__name__)}],
        }
        for kind in _KINDS
    }


def _operations() -> dict[str, Any]:
    channel = {"$ref": "#/channels/socket"}
    asked = {
        kind.__name__: {
            "action": "receive",
            "channel": channel,
            "messages": [_on_channel(kind)],
            "reply": {
                "channel": channel,
                "messages": [_on_channel(ANSWERS.get(kind, OkResult)), _on_channel(ErrorFrame)],
            },
        }
        for kind in KINDS.values()
    }
    tell = {"action": "send", "channel": channel, "messages": [_on_channel(kind) for kind in _TOLD]}
    return {**asked, "Events": tell}


def _on_channel(kind: type[msgspec.Struct]) -> dict[str, str]:
    return {"$ref": f"#/channels/socket/messages/{kind.__name__}"}


def _schemas() -> dict[str, Any]:
    schemas = components((*KINDS.values(), Description), written=_WRITTEN)
    for event in EVENTS:
        _require(schemas[event.__name__], "seq", _SEQ)
    for event in (*PEOPLE_EVENTS, *CHANNEL_EVENTS):
        _require(schemas[event.__name__], "people_seq", _PEOPLE_SEQ)
    frame_id = schemas[ErrorFrame.__name__]["properties"]["id"]
    for reply in REPLIES:
        _require(schemas[reply.__name__], "id", frame_id)
        _require(schemas[reply.__name__], "type", {"enum": ["reply"]})
    schemas[Description.__name__] |= {
        "if": {"properties": {"type": {"const": "rollback"}}},
        "else": {"required": ["sdp"], "properties": {"sdp": {"type": "string"}}},
    }
    schemas[InviteSend.__name__] |= {
        "if": {"properties": {"kind": {"const": "friend"}}, "required": ["kind"]},
        "then": {"properties": {"mode": {"const": "video"}}},
        "else": {"properties": {"duration_s": {"anyOf": [{"maximum": DURATION_S[1]}, {"type": "null"}]}}},
    }
    schemas[ChannelMark.__name__] |= ONE_MARK
    schemas[ReportFrame.__name__] |= at_most_one(Meeting.__struct_fields__) | N_NEEDS_CHANNEL
    for kind in (Signal, SignalEvent):
        schemas[kind.__name__]["oneOf"] = [{"required": ["description"]}, {"required": ["candidate"]}]
    return schemas


def _require(schema: dict[str, Any], name: str, field: dict[str, Any]) -> None:
    schema["properties"] = {name: field, **schema["properties"]}
    schema["required"] = [name, *schema["required"]]


def _type_of(kind: type[msgspec.Struct]) -> str:
    return "reply" if kind in REPLIES else str(kind.__struct_config__.tag)
