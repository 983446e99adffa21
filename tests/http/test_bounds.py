"""The OpenAPI document and the server agree on what is in bounds, at each edge."""

from typing import Any
from uuid import uuid4

import jsonschema
import msgspec
import pytest

from tests.http.conftest import Caller

ROOM = str(uuid4())
EMAIL = {"email": "ada@example.org"}
BODIES: list[tuple[str, str, str, Any]] = [
    *(("post", "/v1/auth/upgrade", "NewCredentials", EMAIL | {"password": "x" * n}) for n in (0, 7, 8, 1_024, 1_025)),
    *(("post", "/v1/auth/reset", "Reset", {"code": "c" * n, "password": "x" * 8}) for n in (1, 100, 101)),
    *(("post", "/v1/auth/reset", "Reset", {"code": "c", "password": "é" * n}) for n in (7, 8, 1_024, 1_025)),
    *(("patch", "/v1/me", "Revision", {"interests": [f"t{i}" for i in range(n)]}) for n in (0, 10, 11)),
    *(("post", "/v1/auth/password", "Change", {"password": "", "new_password": "x" * n}) for n in (7, 8, 1_025)),
]
CURSORS = [
    "", "0", "1700000000000", "9" * 18, "9" * 19, "1\n", "1 ", "+1", "\u0661", f"1.{ROOM}", f"{'9' * 14}.{ROOM}",
    f"{'9' * 15}.{ROOM}", f"1.{ROOM}\n", f"1.{ROOM.upper()}", f"1.{{{ROOM}}}", f"1.urn:uuid:{ROOM}", ROOM, f"{ROOM}\n",
]  # fmt: skip


@pytest.fixture
async def document(anybody: Caller) -> dict[str, Any]:
    found: dict[str, Any] = (await anybody.get("/openapi.json")).body
    return found


def is_valid(document: dict[str, Any], schema: dict[str, Any], value: Any) -> bool:
    # Python's `$` lets a line feed pass; that of ECMA-262, which a schema means, does not.
    text = msgspec.json.encode({**schema, "components": document["components"]}).decode().replace('$"', '\\\\Z"')
    checker: Any = jsonschema.Draft202012Validator(msgspec.json.decode(text))
    return bool(checker.is_valid(value))


@pytest.mark.parametrize(("method", "path", "schema", "body"), BODIES)
async def test_bodies(  # noqa: PLR0917
    ada: Caller, document: dict[str, Any], method: str, path: str, schema: str, body: Any
) -> None:
    reply = await ada.call(method.upper(), path, body)
    refused = reply.status == 400 and reply.code in ("invalid", "bad_frame")
    assert refused is not is_valid(document, document["components"]["schemas"][schema], body), reply


@pytest.mark.parametrize("path", ["/v1/history", "/v1/history/{room_id}/messages", "/v1/notifications"])
async def test_cursors(ada: Caller, document: dict[str, Any], path: str) -> None:
    parameters = document["paths"][path]["get"]["parameters"]
    schema = next(one["schema"] for one in parameters if one["name"] == "cursor")
    for cursor in CURSORS:
        reply = await ada.get(path.format(room_id=ROOM), params={"cursor": cursor})
        assert (reply.status == 400) is not is_valid(document, schema, cursor), (cursor, reply)
