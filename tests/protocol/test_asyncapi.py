"""The document describes what is really said."""

import json
from typing import Any

import pytest
from jsonschema import Draft202012Validator

from signaling import asyncapi, frames
from signaling.events import EVENTS
from tests.protocol.test_codec import GOOD

DOCUMENT = asyncapi.document("1.2.3")


def refs(value: Any) -> list[str]:
    if isinstance(value, dict):
        return [
            *([value["$ref"]] if "$ref" in value else []),
            *(ref for inner in value.values() for ref in refs(inner)),
        ]
    return [ref for inner in value for ref in refs(inner)] if isinstance(value, list) else []


def test_it_is_json_of_the_right_kind() -> None:
    assert json.loads(json.dumps(DOCUMENT)) == DOCUMENT
    assert DOCUMENT["asyncapi"].startswith("3.")
    assert DOCUMENT["info"]["version"] == "1.2.3"
    assert DOCUMENT["channels"]["socket"]["address"] == "/v1/ws"


def test_every_reference_leads_somewhere() -> None:
    assert refs(DOCUMENT)
    for ref in refs(DOCUMENT):
        at: Any = DOCUMENT
        for step in ref.removeprefix("#/").split("/"):
            at = at[step]


def test_every_schema_is_one() -> None:
    for schema in DOCUMENT["components"]["schemas"].values():
        Draft202012Validator.check_schema(schema)


def test_every_frame_and_event_is_there() -> None:
    said = {message["name"] for message in DOCUMENT["components"]["messages"].values()}
    assert said >= set(frames.KINDS)
    assert said >= {str(event.__struct_config__.tag) for event in EVENTS}
    assert said >= {"welcome", "pong", "reply", "error"}


@pytest.mark.parametrize("text", GOOD)
def test_what_the_codec_takes_the_document_allows(text: str) -> None:
    frame = json.loads(text)
    name = frames.KINDS[frame["type"]].__name__
    schema = {"$ref": f"#/components/schemas/{name}", "components": DOCUMENT["components"]}
    Draft202012Validator(schema).validate(frame)


def test_a_signal_has_exactly_one_payload() -> None:
    schema = {"$ref": "#/components/schemas/Signal", "components": DOCUMENT["components"]}
    both = {"type": "signal", "room_id": "01890000-0000-7000-8000-000000000000"}
    assert not Draft202012Validator(schema).is_valid(both)
    assert not Draft202012Validator(schema).is_valid(both | {"candidate": None, "description": {"type": "rollback"}})


@pytest.mark.parametrize(
    ("description", "is_valid"),
    [
        ({"type": "rollback"}, True),
        ({"type": "rollback", "sdp": None}, True),
        ({"type": "offer", "sdp": "v=0"}, True),
        ({"type": "offer", "sdp": None}, False),
        ({"type": "offer"}, False),
    ],
)
def test_only_a_rollback_has_no_sdp(description: dict[str, Any], is_valid: bool) -> None:
    schema = {"$ref": "#/components/schemas/Description", "components": DOCUMENT["components"]}
    assert Draft202012Validator(schema).is_valid(description) is is_valid
