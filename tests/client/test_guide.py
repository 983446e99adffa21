"""The guide: each of its frames is valid, and it has every frame of a call."""

import json
import re
from collections.abc import Iterator
from typing import Any

from jsonschema import Draft202012Validator

from server.config import assets
from server.http import openapi
from server.http.routes import ROUTES
from signaling.wire import asyncapi
from tests.support.contract import admits, check

PROTOCOL = (assets.guide() / "protocol.md").read_text()
DOCUMENT = asyncapi.document("0")
_CONTRACT = """
    hello welcome reply error ping pong queue.join queue.leave queue.update discover
    invite.send invite.accept invite.decline invite.cancel invite.received invite.accepted invite.closed
    signal room.ready room.leave room.upgrade room.upgrade_decline room.started room.live room.mode_changed
    room.upgrade_requested room.upgrade_declined room.peer_away room.peer_back room.ended
    chat.send chat.receipt chat.typing chat.history chat.message torch.warning torch.cleared
    block report notification server.draining
    friend.ask friend.requested friend.added friend.presence people.reset
    channel.send channel.mark channel.typing
    channel.message channel.message_changed channel.marked channel.changed channel.gone
"""
CONTRACT = frozenset(_CONTRACT.split())
"""The frames of calls and conversations. `/docs` shows all there are, with the examples of the documents."""


def values(language: str = "json") -> Iterator[dict[str, Any]]:
    """Yield every value of every block."""
    decoder = json.JSONDecoder()
    for block in re.findall(rf"```{language}\n(.*?)```", PROTOCOL, re.DOTALL):
        rest = block.strip()
        while rest:
            value, end = decoder.raw_decode(rest)
            yield value
            rest = rest[end:].strip()


def test_every_frame_of_the_guide_is_one() -> None:
    for value in values():
        if "type" in value and not admits(value):
            check(value)


def test_sign_up_of_the_guide_is_one() -> None:
    components = openapi.document(ROUTES, "0")["components"]
    asked, answered = (value for value in values() if "type" not in value)
    for name, value in (("SignUpRequest", asked), ("SignUpResponse", answered)):
        Draft202012Validator({"$ref": f"#/components/schemas/{name}", "components": components}).validate(value)


def test_every_frame_of_the_contract_is_in_the_guide() -> None:
    names = {message["name"] for message in DOCUMENT["components"]["messages"].values()}
    shown = {value["type"] for value in values() if "type" in value}
    assert names >= CONTRACT
    assert shown >= CONTRACT


def test_links_of_the_guide_lead_somewhere() -> None:
    for page in assets.guide().glob("*.md"):
        for target in re.findall(r"\]\(([^)#]+\.md)\)", page.read_text()):
            assert (assets.guide() / target).exists(), (page.name, target)
