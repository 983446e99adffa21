"""What is public: the page, the documents, health, figures, ICE."""

import base64
import hashlib
import hmac
import re
from typing import Any

import jsonschema
import pytest
from prometheus_client.parser import text_string_to_metric_families

from server.app import App
from server.config import assets
from server.http.routes import ROUTES
from tests.http.conftest import Caller, SignUp

RELAY: dict[str, Any] = {
    "turn_urls": ("turn:turn.example:3478", "turns:turn.example:5349"),
    "turn_secret": "a secret",
    "stun_urls": ("stun:stun.example:3478",),
    "turn_ttl_s": 600,
}


async def test_page_is_served(anonymous: Caller) -> None:
    reply = await anonymous.get("/")
    assert (reply.status, reply.headers["Content-Type"]) == (200, "text/html; charset=utf-8")
    assert reply.body == (assets.web() / "index.html").read_text()


async def test_every_page_file_has_its_media_type(anonymous: Caller) -> None:
    types = {
        ".js": "text/javascript; charset=utf-8",
        ".css": "text/css; charset=utf-8",
        ".svg": "image/svg+xml; charset=utf-8",
    }
    files = [path for path in assets.web().rglob("*") if path.suffix in types]
    assert files
    for file in files:
        reply = await anonymous.get("/" + file.relative_to(assets.web()).as_posix())
        assert (reply.status, reply.headers["Content-Type"]) == (200, types[file.suffix])


async def test_unchanged_file_is_not_sent_again(anonymous: Caller) -> None:
    first = await anonymous.get("/")
    assert first.headers["Cache-Control"] == "no-cache"
    again = await anonymous.get("/", headers={"If-None-Match": f'"x", W/{first.headers["ETag"]}'})
    assert (again.status, again.body, again.headers["ETag"]) == (304, "", first.headers["ETag"])


@pytest.mark.parametrize(
    "path", ["/../pyproject.toml", "/%2e%2e/pyproject.toml", "/app/../../pyproject.toml", "/index"]
)
async def test_path_traversal_is_refused(anonymous: Caller, path: str) -> None:
    assert (await anonymous.get(path)).status == 404


async def test_openapi_lists_every_route(anonymous: Caller) -> None:
    document = (await anonymous.get("/openapi.json")).body
    assert document["openapi"] == "3.1.0"
    described = {(method.upper(), path) for path, item in document["paths"].items() for method in item}
    assert described == {(route.method, route.path) for route in ROUTES}


async def test_every_reference_resolves(anonymous: Caller) -> None:
    reply = await anonymous.get("/openapi.json")
    document = reply.body
    for schema in document["components"]["schemas"].values():
        jsonschema.Draft202012Validator.check_schema(schema)
    names = set(re.findall(r'"#/components/schemas/(\w+)"', str(document).replace("'", '"')))
    assert names <= set(document["components"]["schemas"])
    identifiers = [operation["operationId"] for item in document["paths"].values() for operation in item.values()]
    assert len(identifiers) == len(set(identifiers))
    assert all(operation["summary"] for item in document["paths"].values() for operation in item.values())


async def test_every_body_and_answer_has_a_valid_example(anonymous: Caller) -> None:
    document = (await anonymous.get("/openapi.json")).body
    contents = [
        content
        for item in document["paths"].values()
        for operation in item.values()
        for holder in (operation.get("requestBody", {}), *operation["responses"].values())
        for content in holder.get("content", {}).values()
        if "schema" in content and not str(content["schema"].get("$ref", "")).endswith("/ErrorResponse")
    ]
    assert contents
    for content in contents:
        schema = {**content["schema"], "components": document["components"]}
        jsonschema.Draft202012Validator(schema).validate(
            content["example"]
        )  # signaling/wire/examples.py has the values


async def test_answers_match_the_document(ada: Caller, bob: Caller, anonymous: Caller, app: App) -> None:
    await app.moderation.pool.execute("UPDATE users SET role = 'moderator' WHERE user_id = $1::uuid", ada.user_id)
    await ada.call("PUT", f"/v1/blocks/{bob.user_id}")
    document = (await anonymous.get("/openapi.json")).body
    for path, item in document["paths"].items():
        answer = item.get("get", {}).get("responses", {}).get("200", {}).get("content", {}).get("application/json", {})
        is_asked = any(parameter["required"] for parameter in item.get("get", {}).get("parameters", ()))
        if "{" in path or "schema" not in answer or is_asked:
            continue
        reply = await ada.get(path)
        if reply.status != 200:  # for moderators, or not earned yet
            assert reply.code in ("forbidden", "not_found"), path
            continue
        jsonschema.validate(reply.body, {**answer["schema"], "components": document["components"]})
    failure = document["paths"]["/v1/me"]["get"]["responses"]["401"]["content"]["application/json"]["schema"]
    jsonschema.validate((await anonymous.get("/v1/me")).body, {**failure, "components": document["components"]})


async def test_sign_up_body_matches_the_document(anonymous: Caller) -> None:
    schemas = (await anonymous.get("/openapi.json")).body["components"]["schemas"]
    jsonschema.validate({"display_name": "Ada", "adult": True}, schemas["SignUpRequest"])
    for wrong in ({"display_name": "Ada"}, {"display_name": "Ada", "adult": False}, {"adult": True}):
        with pytest.raises(jsonschema.ValidationError):
            jsonschema.validate(wrong, schemas["SignUpRequest"])


async def test_liveness_and_readiness(app: App, anonymous: Caller) -> None:
    assert (await anonymous.get("/healthz")).body == (await anonymous.get("/readyz")).body == {"status": "ok"}
    assert (await anonymous.call("HEAD", "/readyz")).status == 200
    app.health.phase = "draining"
    reply = await anonymous.get("/readyz")
    assert (reply.status, reply.code) == (503, "unavailable")
    assert (await anonymous.get("/healthz")).status == 200


async def test_metrics_are_served(ada: Caller, bob: Caller, anonymous: Caller) -> None:
    here, there = await ada.connect(), await bob.connect()
    await here.send_json({"type": "queue.join", "mode": "video", "id": 1})
    await here.receive_json(timeout=2)
    for socket in (here, there):
        await socket.send_json({"type": "queue.join", "mode": "text", "auto_accept": True})
    for socket in (here, there):
        assert (await socket.receive_json(timeout=2))["type"] == "room.started"
    await anonymous.get("/a/path/that/nobody/asked/for")
    reply = await anonymous.get("/metrics")
    assert reply.headers["Content-Type"].startswith("text/plain")
    families = {family.name: family for family in text_string_to_metric_families(reply.body)}
    figures = {
        (sample.name, *sorted(sample.labels.values())): sample.value
        for family in families.values()
        for sample in family.samples
    }
    assert figures["rondo_connections",] == 2
    assert figures["rondo_queue_depth", "text"] == 0
    assert figures["rondo_rooms", "live", "text"] == 1
    assert figures["rondo_pairs_total", "text"] == 1
    assert figures["rondo_time_to_pair_seconds_count",] >= 1
    assert figures["rondo_commit_seconds_count", "open"] == 1
    assert figures["rondo_frames_in_total", "queue.join"] == 3
    assert figures["rondo_http_requests_total", "/v1/auth/guest", "201"] == 2
    assert figures["rondo_http_requests_total", "404", "none"] == 1
    assert "process_resident_memory_bytes" in families
    assert {"rondo_resumes", "rondo_closes", "rondo_invites", "rondo_loop_lag_seconds"} <= set(families)


@pytest.mark.settings(metrics=False)
async def test_metrics_can_be_switched_off(anonymous: Caller) -> None:
    assert (await anonymous.get("/metrics")).status == 404


@pytest.mark.settings(**RELAY)
async def test_turn_credentials_are_valid_for_the_relay(ada: Caller) -> None:
    reply = await ada.get("/v1/ice")
    stun, turn = reply.body["ice_servers"]
    assert stun == {"urls": ["stun:stun.example:3478"]}
    expiry, _, user = turn["username"].partition(":")
    assert (user, int(expiry)) == (ada.user_id, reply.body["expires_at"] // 1_000)
    seal = hmac.new(b"a secret", turn["username"].encode(), hashlib.sha1).digest()
    assert turn["credential"] == base64.b64encode(seal).decode()


async def test_without_a_relay_there_are_no_credentials(ada: Caller) -> None:
    assert (await ada.get("/v1/ice")).body["ice_servers"] == []


async def test_credentials_need_a_token(anonymous: Caller) -> None:
    assert (await anonymous.get("/v1/ice")).status == 401


@pytest.mark.settings(**RELAY, ice_policy="relay")
async def test_relay_only_mode_lists_only_the_relay(ada: Caller) -> None:
    reply = await ada.get("/v1/ice")
    (turn,) = reply.body["ice_servers"]
    assert turn["urls"] == list(RELAY["turn_urls"])
    assert reply.body["ice_transport_policy"] == "relay"


@pytest.mark.settings(**RELAY)
async def test_room_includes_its_ice_servers(sign_up: SignUp) -> None:
    ada, bob = await sign_up(), await sign_up()
    here, there = await ada.connect(), await bob.connect()
    for socket in (here, there):
        await socket.send_json({"type": "queue.join", "mode": "video", "auto_accept": True})
    room = (await there.receive_json(timeout=2))["room"]
    assert room["ice_servers"][1]["username"].endswith(bob.user_id)
    assert room["ice_transport_policy"] == "all"
