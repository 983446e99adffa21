"""The OpenAPI document and the server agree on what is in bounds, at each edge."""

from typing import Any
from uuid import uuid4

import jsonschema
import msgspec
import pytest

from tests.http.conftest import Caller, SignUp

ROOM = str(uuid4())
EMAIL = {"email": "ada@example.org"}
EMAILS = (
    "", "a", "@", "a@", "@b", "a@b", " a@b\n", "a@b@c", "a@b,c@d", "a@b c@d", "a b@c", "a@b;", "A <a@b>", "a(c)@b",
    '"a"@b', "a@[192.0.2.1]", "a..b@c", ".a@b", "a.@b", "a@b..c", "a@b.", "a@.b", "a@-b", "a@b-", "a@b_c",
    "a-b+c@d-e.f", "ä@ö.example", f"{'x' * 64}@b", f"{'x' * 65}@b", f"a@{'b' * 63}", f"a@{'b' * 64}",
    f"a@{'.'.join(['b' * 60] * 4)}.{'c' * 8}", f"a@{'.'.join(['b' * 60] * 4)}.{'c' * 9}",
)  # fmt: skip
NAMES = (
    "", " ", "x", "x" * 40, "x" * 41, f" {'x' * 40}\n", f" {'x' * 41} ", f"x{' ' * 38}x", f"x{' ' * 39}x", "é" * 40,
    "x\x00", "x\ny", "x\x7fy", "x\u2028y", "x\u202ey", "\u202ex", "x\u2066", "\U0001f600" * 40, "\U0001f600" * 41,
    " " * 255 + "x", " " * 256 + "x",
)  # fmt: skip
LOG_IN_NAMES = (
    "", "a", "@", "a@b", "a b@c", "a@b\x00", " a@b ", f"a@{'b' * 252}", f"a@{'b' * 253}", f"a@{'b' * 252}\n \n",
)  # fmt: skip
BODIES: list[tuple[str, str, str, Any]] = [
    *(
        ("POST", "/v1/auth/upgrade", "MakePermanentRequest", EMAIL | {"password": "x" * n})
        for n in (0, 7, 8, 1_024, 1_025)
    ),
    *(
        ("POST", "/v1/auth/reset", "ResetPasswordRequest", {"code": "c" * n, "password": "x" * 8})
        for n in (1, 100, 101)
    ),
    *(
        ("POST", "/v1/auth/reset", "ResetPasswordRequest", {"code": "c", "password": "é" * n})
        for n in (7, 8, 1_024, 1_025)
    ),
    *(("PATCH", "/v1/me", "UpdateProfileRequest", {"interests": [f"t{i}" for i in range(n)]}) for n in (0, 10, 11)),
    *(("PATCH", "/v1/me", "UpdateProfileRequest", {"display_name": name}) for name in NAMES),
    *(("PATCH", "/v1/me", "UpdateProfileRequest", {"interests": [tag]}) for tag in NAMES),
    *(("POST", "/v1/auth/upgrade", "MakePermanentRequest", {"email": email, "password": "x" * 8}) for email in EMAILS),
    *(("POST", "/v1/auth/login", "LogInRequest", {"email": name, "password": ""}) for name in LOG_IN_NAMES),
    *(
        ("POST", "/v1/auth/password", "ChangePasswordRequest", {"password": "", "new_password": "x" * n})
        for n in (7, 8, 1_025)
    ),
]
CURSORS = [
    "", "0", "1700000000000", "9" * 18, "9" * 19, "1\n", "1 ", "+1", "\u0661", f"1.{ROOM}", f"{'9' * 14}.{ROOM}",
    f"{'9' * 15}.{ROOM}", f"1.{ROOM}\n", f"1.{ROOM.upper()}", f"1.{{{ROOM}}}", f"1.urn:uuid:{ROOM}", ROOM, f"{ROOM}\n",
]  # fmt: skip


@pytest.fixture
async def document(anonymous: Caller) -> dict[str, Any]:
    found: dict[str, Any] = (await anonymous.get("/openapi.json")).body
    return found


def is_valid(document: dict[str, Any], schema: dict[str, Any], value: Any) -> bool:
    # Python's `$` lets a line feed pass; that of ECMA-262, which a schema means, does not.
    text = msgspec.json.encode({**schema, "components": document["components"]}).decode().replace('$"', '\\\\Z"')
    checker: Any = jsonschema.Draft202012Validator(msgspec.json.decode(text))
    return bool(checker.is_valid(value))


@pytest.mark.settings(rate_limits=False)
async def test_bodies_at_their_bounds(sign_up: SignUp, document: dict[str, Any]) -> None:
    for method, path, schema, body in BODIES:
        reply = await (await sign_up()).call(method, path, body)
        is_refused = reply.status == 400 and reply.code in ("invalid", "bad_frame")
        assert is_refused is not is_valid(document, document["components"]["schemas"][schema], body), (body, reply)


@pytest.mark.parametrize("path", ["/v1/history", "/v1/history/{room_id}/messages", "/v1/notifications"])
async def test_cursors_at_their_bounds(ada: Caller, document: dict[str, Any], path: str) -> None:
    parameters = document["paths"][path]["get"]["parameters"]
    schema = next(one["schema"] for one in parameters if one["name"] == "cursor")
    for cursor in CURSORS:
        reply = await ada.get(path.format(room_id=ROOM), params={"cursor": cursor})
        assert (reply.status == 400) is not is_valid(document, schema, cursor), (cursor, reply)


async def test_rules_beyond_a_schema_are_refused_and_described(ada: Caller, document: dict[str, Any]) -> None:
    revision = document["components"]["schemas"]["UpdateProfileRequest"]["properties"]
    for name in ("\u3164", "\u200b"):
        reply = await ada.call("PATCH", "/v1/me", {"display_name": name})
        assert (reply.code, reply.body["error"]["field"]) == ("invalid", "display_name")
    assert "visible" in revision["display_name"]["description"]
    assert (await ada.call("PATCH", "/v1/me", {"display_name": "e\u0301" * 40})).body["display_name"] == "é" * 40
    assert "NFC" in revision["display_name"]["description"]
