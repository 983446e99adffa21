"""The AsyncAPI document agrees with what the server sends and accepts."""

import json
from collections import Counter
from collections.abc import Iterator
from typing import Any

import pytest
from jsonschema import Draft202012Validator

from matchmaker.domain.errors import RequestError
from signaling.wire import asyncapi, frames
from signaling.wire.codec import check_id, decode
from signaling.wire.constraints import BODY_MAX_CHARS, TAG_MAX_CHARS
from signaling.wire.events import EVENTS
from tests.protocol.test_codec import GOOD, ROOM

DOCUMENT = asyncapi.document("1.2.3")


def refs(value: Any) -> list[str]:
    if isinstance(value, dict):
        return [
            *([value["$ref"]] if "$ref" in value else []),
            *(ref for inner in value.values() for ref in refs(inner)),
        ]
    return [ref for inner in value for ref in refs(inner)] if isinstance(value, list) else []


def test_document_is_json_of_the_right_kind() -> None:
    assert json.loads(json.dumps(DOCUMENT)) == DOCUMENT
    assert DOCUMENT["asyncapi"].startswith("3.")
    assert DOCUMENT["info"]["version"] == "1.2.3"
    assert DOCUMENT["channels"]["socket"]["address"] == "/v1/ws"


def test_every_reference_resolves() -> None:
    assert refs(DOCUMENT)
    for ref in refs(DOCUMENT):
        at: Any = DOCUMENT
        for step in ref.removeprefix("#/").split("/"):
            at = at[step]


def test_every_schema_is_valid() -> None:
    for schema in DOCUMENT["components"]["schemas"].values():
        Draft202012Validator.check_schema(schema)


@pytest.mark.parametrize("name", DOCUMENT["components"]["messages"])
def test_every_message_has_a_valid_example(name: str) -> None:
    message = DOCUMENT["components"]["messages"][name]
    assert message["examples"], name
    for example in message["examples"]:
        schema = {"$ref": message["payload"]["$ref"], "components": DOCUMENT["components"]}
        Draft202012Validator(schema).validate(example["payload"])  # signaling/wire/examples.py has the values


def test_document_names_server_and_authentication() -> None:
    (server,) = DOCUMENT["servers"].values()
    assert (server["host"], server["protocol"], server["variables"]["host"]["default"]) == (
        "{host}",
        "wss",
        "localhost:8080",
    )
    assert server["security"] == [{"$ref": "#/components/securitySchemes/token"}]
    assert DOCUMENT["components"]["securitySchemes"]["token"]["type"] == "apiKey"


def test_every_frame_and_event_is_documented() -> None:
    said = {message["name"] for message in DOCUMENT["components"]["messages"].values()}
    assert said >= set(frames.KINDS)
    assert said >= {str(event.__struct_config__.tag) for event in EVENTS}
    assert said >= {"welcome", "pong", "reply", "error"}


@pytest.mark.parametrize("text", GOOD)
def test_document_allows_what_the_codec_accepts(text: str) -> None:
    frame = json.loads(text)
    name = frames.KINDS[frame["type"]].__name__
    schema = {"$ref": f"#/components/schemas/{name}", "components": DOCUMENT["components"]}
    Draft202012Validator(schema).validate(frame)


def test_signal_has_exactly_one_payload() -> None:
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


def _deref(schema: dict[str, Any]) -> dict[str, Any]:
    while "$ref" in schema:
        schema = DOCUMENT["components"]["schemas"][schema["$ref"].rpartition("/")[2]]
    return schema


def edges(schema: dict[str, Any]) -> Iterator[Any]:
    """Yield values on both sides of every bound that *schema* sets, and values of every other type."""
    schema = _deref(schema)
    yield from (None, True, False, 0, 1, 1.5, "", "x", [], {}, ROOM)
    for one in schema.get("anyOf", ()):
        yield from edges(one)
    yield from schema.get("enum", ())
    for bound in ("minimum", "maximum"):
        if bound in schema:
            yield from range(schema[bound] - 1, schema[bound] + 2)
    if "maxLength" in schema or "pattern" in schema:
        yield from _texts(schema)
    for one in edges(schema["items"]) if "items" in schema else ():
        yield [one]
    for bound in ("minItems", "maxItems"):
        yield from ([f"tag {n}" for n in range(length)] for length in around(schema.get(bound)))
        yield from ([f"{one}"] * length for one in ("male", "x") for length in around(schema.get(bound)))
    if "properties" in schema:
        whole = {name: next(_good(_deref(one))) for name, one in schema["properties"].items()}
        yield from variants(whole, schema)


def _good(schema: dict[str, Any]) -> Iterator[Any]:
    validator = Draft202012Validator({**schema, "components": DOCUMENT["components"]})
    yield from (value for value in edges(schema) if validator.is_valid(value))


def around(bound: int | None) -> Iterator[int]:
    if bound is not None:
        yield from range(max(bound - 1, 0), bound + 2)


def _texts(schema: dict[str, Any]) -> Iterator[str]:
    lengths = {n for bound in ("minLength", "maxLength") for n in around(schema.get(bound))}
    lengths |= {n for bound in (TAG_MAX_CHARS, BODY_MAX_CHARS) for n in around(bound)}
    yield from ("x" * n for n in sorted(lengths))
    yield from (f" \n{'é' * n}\t" for n in sorted(lengths))
    yield from (f"x{' ' * (n - 2)}x" for n in sorted(lengths) if n > 2)
    yield from (" ", "\x00", "x\x00", "x\ny", "\U0001f600", ROOM.upper(), f"{ROOM}\n", ROOM[:-1], f"{ROOM}0")


def variants(whole: dict[str, Any], schema: dict[str, Any]) -> Iterator[dict[str, Any]]:
    """Yield *whole* with one field at an edge, left out or added."""
    yield whole
    yield {**whole, "not in the contract": {"at": [1]}}
    for name, field in schema["properties"].items():
        yield {key: value for key, value in whole.items() if key != name}
        if name != "type":
            yield from ({**whole, name: value} for value in edges(field))


def is_taken(frame: dict[str, Any]) -> bool:
    """Return whether the server accepts *frame* as one of the right shape and within its bounds."""
    try:
        decoded = decode(json.dumps(frame))
        if isinstance(decoded, frames.Signal):
            check_id("room_id", decoded.room_id)  # As the handlers do, for speed.
    except RequestError as refusal:
        return refusal.code not in ("bad_frame", "invalid")
    return True


@pytest.mark.parametrize("text", GOOD)
def test_document_and_codec_agree_at_every_edge(text: str) -> None:
    whole = json.loads(text)
    name = frames.KINDS[whole["type"]].__name__
    ref = {"$ref": f"#/components/schemas/{name}"}
    # Python's `$` lets a line feed pass; that of ECMA-262, which a schema means, does not.
    components = json.loads(json.dumps(DOCUMENT["components"]).replace('$"', '\\\\Z"'))
    validator = Draft202012Validator({**ref, "components": components})
    verdicts = Counter[bool]()
    for frame in variants(whole, _deref(ref)):
        admitted = validator.is_valid(frame)
        verdicts[admitted] += 1
        assert is_taken(frame) is admitted, frame
    assert verdicts[True] > 1
    assert verdicts[False] > 1


@pytest.mark.parametrize("second", ["invite_id", "referral_code"])
def test_report_names_one_meeting(second: str) -> None:
    report = {"type": "report", "user_id": ROOM, "category": "spam", "room_id": ROOM, second: ROOM}
    schema = {"$ref": "#/components/schemas/ReportFrame", "components": DOCUMENT["components"]}
    assert not Draft202012Validator(schema).is_valid(report)
    assert Draft202012Validator(schema).is_valid(report | {second: None})


def test_rules_outside_schemas_are_described() -> None:
    schemas = DOCUMENT["components"]["schemas"]
    assert "visible" in schemas["ChatSend"]["properties"]["body"]["description"]
    tag = schemas["QueueJoin"]["properties"]["interests"]["anyOf"][0]["items"]
    assert "visible" in tag["description"]
    assert "lower case" in tag["description"]
