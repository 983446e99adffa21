"""Compares frames of a socket, in both directions, with the AsyncAPI document."""

from collections import defaultdict
from typing import Any

from jsonschema import Draft202012Validator

from signaling.wire import asyncapi

DOCUMENT = asyncapi.document("0")
_SENT = {"Events", *(kind.__name__ for kind in (*asyncapi.REPLIES, *asyncapi.ANSWERS.values(), asyncapi.ErrorFrame))}


def _said() -> dict[str, Draft202012Validator]:
    return {
        (message := DOCUMENT["components"]["messages"][name])["name"]: Draft202012Validator(
            {"$ref": message["payload"]["$ref"], "components": DOCUMENT["components"]}
        )
        for name, operation in DOCUMENT["operations"].items()
        if operation["action"] == "receive"
    }


def _validators() -> dict[str, list[Draft202012Validator]]:
    found: dict[str, list[Draft202012Validator]] = defaultdict(list)
    told = [ref["$ref"].rpartition("/")[2] for ref in DOCUMENT["operations"]["Events"]["messages"]]
    for name in (*told, *(_SENT - {"Events"})):
        message = DOCUMENT["components"]["messages"][name]
        schema = {"$ref": message["payload"]["$ref"], "components": DOCUMENT["components"]}
        found[message["name"]].append(Draft202012Validator(schema))
    return found


VALIDATORS = _validators()
SAID = _said()


def check(frame: dict[str, Any]) -> None:
    """Insist that *frame*, which the server has sent, is one that the document knows."""
    known = VALIDATORS.get(frame["type"])
    assert known, f"unknown to the document: {frame}"
    faults = [[fault.message for fault in validator.iter_errors(frame)] for validator in known]
    assert not all(faults), (frame, faults)


def admits(frame: dict[str, Any]) -> bool:
    """Return whether the document lets a client send *frame*."""
    known = SAID.get(str(frame.get("type")))
    return known is not None and known.is_valid(frame)
