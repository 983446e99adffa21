"""Examples generated from schemas: one valid value each, with the same names and instants throughout."""

from collections.abc import Mapping
from typing import Any, Final

Json = Mapping[str, Any]
ADA: Final = "0198c0de-0000-7000-8000-00000000000a"
BOB: Final = "0198c0de-0000-7000-8000-00000000000b"
ROOM: Final = "0198c0de-0000-7000-8000-000000000001"
INVITE: Final = "0198c0de-0000-7000-8000-000000000002"
MESSAGE: Final = "0198c0de-0000-7000-8000-000000000003"
OTHER: Final = "0198c0de-0000-7000-8000-000000000004"
NOW: Final = 1_764_500_000_000
"""30 November 2025, in Unix milliseconds."""
VALUES: Final[Json] = {
    "access": "open",
    "accepted": False,
    "address": "203.0.113.0/24",
    "at": NOW,
    "bits": 18,
    "birth_date": "1990-12-31",
    "body": "Hello, where are you?",
    "by": BOB,
    "candidate": None,
    "category": "spam",
    "challenge": "c2VlZA",
    "client_id": "line-1",
    "code": "K7WQ2M9XRT",
    "cursor": None,
    "details": "",
    "device": "Firefox on Linux",
    "display_name": "Ada",
    "duration_s": 300,
    "email": "ada@example.org",
    "expires_in_ms": 20_000,
    "ends_in_ms": 10_000,
    "from": BOB,
    "gender": "unspecified",
    "grace": None,
    "heartbeat": True,
    "heartbeat_s": 20,
    "host": "rondo.example",
    "id": 7,
    "idle": [BOB],
    "interests": ["chess"],
    "invite": None,
    "invite_id": INVITE,
    "key": "Zk3rR0s8",
    "kind": "direct",
    "limit": 20,
    "live_s": 84.2,
    "message": "in words, for people",
    "message_id": MESSAGE,
    "min_age": 18,
    "mode": "video",
    "outcome": "accepted",
    "password": "correct horse battery",
    "new_password": "tr0ub4dor&3 no more",
    "network": "203.0.113.0/24",
    "path": "/",
    "ping_s": 3,
    "server_silent_s": 5,
    "client_silent_s": 8,
    "phase": "idle",
    "queue": None,
    "reason": "hangup",
    "reconnect_in_ms": 2_000,
    "resume_key": "Zk3rR0s8",
    "retry_after_ms": 1_500,
    "role": "offerer",
    "room": None,
    "room_id": ROOM,
    "sdp": "v=0\r\n…",
    "seq": 17,
    "solution": "48213",
    "statement": "Spam in several rooms.",
    "status": "live",
    "text": "That was not me.",
    "token": "wQ5…",
    "torch": None,
    "urls": ["turn:turn.example:3478"],
    "url": "https://rondo.example/?meet=K7WQ2M9XRT",
    "user_id": ADA,
    "until_at": None,
    "username": "1764503600:ada",
    "want": {"gender": ["female", "nonbinary"]},
}
"""The example for a field of this name, where its schema accepts it."""
OF: Final[Mapping[str, Json]] = {
    "ChannelMark": {"read": 17},
    "ChannelMarked": {"user_id": BOB, "read": 17},
    "ChannelObject": {"name": None, "owner_id": None, "last_n": 17, "rev": 4, "read_n": 17, "unread": 0, "mentions": 0},
    "ChannelSend": {"body": "Hello, where are you?"},
    "ChannelUserObject": {"user_id": BOB, "display_name": "Bob"},
    "ChatReceiptEvent": {"status": "read"},
    "ChatReceipt": {"status": "read"},
    "Description": {"type": "offer", "sdp": "v=0\r\n…"},
    "ErrorFrame": {"code": "rate_limited", "message": "too many frames; slow down"},
    "ErrorBody": {"code": "rate_limited", "message": "too many requests; slow down"},
    "FriendAsk": {"user_id": BOB, "quiet": True},
    "FriendObject": {
        "user_id": BOB,
        "display_name": "Bob",
        "avatar_url": None,
        "bio": "",
        "status_text": "",
        "nickname": "",
        "note": "",
    },
    "FriendPresence": {"user_id": BOB},
    "FriendRequestObject": {"note": "Chess again?"},
    "InviteAccept": {"duration_s": 600},
    "Ping": {"data": 1234.5},
    "Pong": {"data": 1234.5},
    "QueueUpdateEvent": {"reason": "requeued"},
    "Message": {"from": ADA},
    "MessageObject": {
        "n": 17,
        "rev": 0,
        "kind": "text",
        "from": ADA,
        "body": "Hello, where are you?",
        "client_id": "line-1",
        "reply_to": None,
        "sent_at": NOW,
        "edited_at": None,
        "deleted_at": None,
        "attachments": [],
        "reactions": [],
        "details": {},
    },
    "Marks": {"read": 17},
    "NewGroup": {"name": "Chess", "user_ids": [BOB]},
    "NotificationObject": {"kind": "introduction"},
    "PeopleReset": {"within_ms": 10_000},
    "PersonObject": {"user_id": BOB, "display_name": "Bob"},
    "Profile": {"user_id": BOB, "display_name": "Bob"},
    "Status": {"status": "ok"},
    "UpTo": {"up_to": OTHER},
    "SignalEvent": {"description": {"type": "answer", "sdp": "v=0\r\n…"}},
}
"""The same for the fields of one schema."""
SHOWN: Final = frozenset(
    ("auto_accept", "challenge", "data", "description", "duration_s", "gender", "heartbeat", "id", "interests",
     "limit", "resume", "retry_after_ms", "solution", "want")
)  # fmt: skip
"""Optional fields that an example includes."""


def example(schema: Json, schemas: Json, name: str = "") -> Any:
    """Return a value for *schema*; *name* is its own among *schemas*, to which its references lead."""
    if "$ref" in schema:
        name = str(schema["$ref"]).rpartition("/")[2]
        return example(schemas[name], schemas, name)
    if "properties" in schema:
        required = schema.get("required", ())
        given = OF.get(name, {})
        return {
            field: given[field] if field in given else _of_field(field, value, schemas)
            for field, value in schema["properties"].items()
            if field in required or field in SHOWN or field in given
        }
    return _of_type(schema, schemas)


def _of_field(field: str, schema: Json, schemas: Json) -> Any:
    """Return the example for *field* by its name, if its schema accepts it."""
    if (field in VALUES and takes(schema, VALUES[field])) or schema == {}:
        return VALUES.get(field)
    if "enum" not in schema and takes(schema, OTHER) and field.endswith("_id"):
        return OTHER
    if takes(schema, NOW) and field.endswith("_at"):
        return NOW
    return example(schema, schemas)


def _of_type(schema: Json, schemas: Json) -> Any:
    for union in ("anyOf", "oneOf"):
        if union in schema:
            return example(schema[union][0], schemas)
    if "enum" in schema:
        return schema["enum"][0]
    if "const" in schema:
        return schema["const"]
    kind = schema.get("type")
    if kind == "array":
        return [example(schema["items"], schemas)] if schema.get("items") else []
    if kind in ("integer", "number"):
        return max(1, schema.get("minimum", 1))
    return {"string": "…" * schema.get("minLength", 1), "object": {}, "boolean": True}.get(str(kind))


def takes(schema: Json, value: Any) -> bool:
    """Return whether *schema* accepts *value*, by the type and a list of values."""
    for union in ("anyOf", "oneOf"):
        if union in schema:
            return any(takes(one, value) for one in schema[union])
    if "enum" in schema:
        return value in schema["enum"]
    if "const" in schema:
        return bool(schema["const"] == value)
    kinds = schema.get("type", ())
    kinds = (kinds,) if isinstance(kinds, str) else kinds
    fits = {
        "null": value is None,
        "boolean": isinstance(value, bool),
        "integer": isinstance(value, int) and not isinstance(value, bool),
        "number": isinstance(value, int | float) and not isinstance(value, bool),
        "string": isinstance(value, str) and len(value) <= schema.get("maxLength", len(str(value))),
        "array": isinstance(value, list),
        "object": isinstance(value, dict),
    }
    return any(fits[kind] for kind in kinds)
