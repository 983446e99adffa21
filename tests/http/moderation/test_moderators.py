"""The moderators' endpoints, as an anonymous client, a user, a banned user, a moderator and an administrator."""

from collections.abc import Awaitable, Callable

import pytest

from server.app import App
from server.db.safety import audit
from server.http.routes import ROUTES
from tests.http.conftest import Caller, SignUp

NOTHING = "00000000-0000-7000-8000-000000000000"
STAFF = [route for route in ROUTES if route.path.startswith("/v1/admin/")]
Appoint = Callable[[Caller, str | None], Awaitable[None]]


@pytest.fixture
def appoint(app: App) -> Appoint:
    async def appoint(caller: Caller, role: str | None) -> None:
        await app.moderation.pool.execute("UPDATE users SET role = $2 WHERE user_id = $1::uuid", caller.user_id, role)

    return appoint


@pytest.fixture
async def mod(sign_up: SignUp, appoint: Appoint) -> Caller:
    mod = await sign_up("Mod")
    await appoint(mod, "moderator")
    return mod


async def walk(caller: Caller) -> set[tuple[int, str]]:
    """Ask for everything; return what came back."""
    told = set()
    for route in STAFF:
        path = route.path.replace("{", "").replace("}", "").replace("report_id", NOTHING)
        path = path.replace("ip_ban_id", NOTHING).replace("ban_id", NOTHING)
        reply = await caller.call(route.method, path, {} if route.body else None)
        told.add((reply.status, reply.code if reply.status >= 400 else ""))
    return told


async def test_table_covers_all_endpoints(mod: Caller) -> None:
    assert len(STAFF) >= 15


async def test_anonymous_requests_are_refused(anonymous: Caller) -> None:
    assert await walk(anonymous) == {(401, "unauthenticated")}


async def test_users_are_refused(ada: Caller) -> None:
    assert await walk(ada) == {(403, "forbidden")}


@pytest.mark.parametrize("role", ["moderator", "admin"])
async def test_moderators_are_allowed(ada: Caller, appoint: Appoint, role: str) -> None:
    await appoint(ada, role)
    # Nothing of this name, and bodies without anything in them; a moderator is kept out of what is for administrators.
    kept_out = {(403, "forbidden")} if role == "moderator" else set()
    assert await walk(ada) <= {(200, ""), (404, "not_found"), (400, "bad_frame")} | kept_out


async def test_revoked_role_ends_immediately(ada: Caller, appoint: Appoint) -> None:
    await appoint(ada, "moderator")
    assert (await ada.get("/v1/admin/stats")).status == 200
    await appoint(ada, None)
    assert (await ada.get("/v1/admin/stats")).code == "forbidden"


async def test_banned_moderator_is_refused(ada: Caller, mod: Caller, appoint: Appoint) -> None:
    await appoint(ada, "moderator")
    await appoint(mod, "admin")
    await mod.post("/v1/admin/bans", {"user_id": ada.user_id, "statement": "No."})
    assert await walk(ada) == {(403, "banned")}


async def test_who_may_ban_whom(ada: Caller, bob: Caller, mod: Caller, appoint: Appoint) -> None:
    await appoint(ada, "admin")
    assert (await mod.post("/v1/admin/bans", {"user_id": ada.user_id, "statement": "No."})).code == "forbidden"
    assert (await mod.post("/v1/admin/bans", {"user_id": mod.user_id, "statement": "No."})).code == "forbidden"
    assert (await mod.post("/v1/admin/bans", {"user_id": NOTHING, "statement": "No."})).code == "not_found"
    assert (await ada.post("/v1/admin/bans", {"user_id": mod.user_id, "statement": "No."})).status == 201


@pytest.mark.parametrize(
    "body",
    [
        {"statement": ""},
        {"statement": "   "},
        {"statement": "x" * 2_001},
        {"statement": "nul \x00"},
        {"statement": "No.", "until_at": 1},
        {"statement": "No.", "until_at": 4_000_000_000_000, "kind": "permanent"},
        {"statement": "No.", "kind": "eternal"},
        {"statement": 1},
        {},
    ],
)
async def test_ban_needs_reasons_and_a_future_end(ada: Caller, mod: Caller, body: dict[str, object]) -> None:
    reply = await mod.post("/v1/admin/bans", {"user_id": ada.user_id, **body})
    assert reply.code in ("invalid", "bad_frame")
    assert (await ada.get("/v1/me")).body["ban"] is None
    assert (await mod.get("/v1/admin/bans")).body["bans"] == []


async def test_longer_ban_replaces_a_shorter_one(ada: Caller, mod: Caller, app: App) -> None:
    soon = app.clock.now() + 3_600_000

    async def ban(**details: object) -> str:
        reply = await mod.post("/v1/admin/bans", {"user_id": ada.user_id, "statement": "No.", **details})
        return "" if reply.status == 201 else reply.code

    assert await ban(until_at=soon) == ""
    await ada.post("/v1/appeal", {"text": "Why?"})
    assert await ban(until_at=soon - 1) == "conflict"
    assert await ban() == ""
    assert await ban(kind="permanent") == ""
    assert await ban(until_at=soon) == "conflict"
    standing = (await mod.get("/v1/admin/bans")).body["bans"]
    assert [one["kind"] for one in standing] == ["permanent"]
    history = (await mod.get(f"/v1/admin/bans?standing=false&user_id={ada.user_id}")).body["bans"]
    assert [one["kind"] for one in history] == ["permanent", "temporary", "temporary"]
    assert (await mod.get("/v1/admin/appeals")).body["appeals"] == []

    old, new = history[1]["ban_id"], history[0]["ban_id"]
    assert (await mod.post(f"/v1/admin/bans/{old}/lift", {"statement": "Ok."})).code == "conflict"
    assert (await mod.post(f"/v1/admin/bans/{new}/lift", {"statement": "Ok."})).status == 204
    assert (await mod.post(f"/v1/admin/bans/{new}/lift", {"statement": "Ok."})).code == "conflict"
    assert (await ada.get("/v1/ice")).status == 200


async def test_pages_lead_to_the_end_of_the_list(sign_up: SignUp, mod: Caller) -> None:
    people = [await sign_up(f"P{n}") for n in range(5)]
    for person in people:
        await mod.post("/v1/admin/bans", {"user_id": person.user_id, "statement": "No."})
    seen, cursor = [], ""
    while cursor is not None:
        page = (await mod.get(f"/v1/admin/bans?limit=2{cursor and '&cursor='}{cursor}")).body
        assert len(page["bans"]) <= 2
        seen += [one["user_id"] for one in page["bans"]]
        cursor = page["cursor"]
    assert seen == [person.user_id for person in reversed(people)]
    assert (await mod.get("/v1/admin/bans?cursor=nonsense")).code == "invalid"


async def test_every_decision_is_in_the_audit_log(ada: Caller, mod: Caller, app: App, appoint: Appoint) -> None:
    await appoint(mod, "admin")
    before = (await mod.get("/v1/admin/audit?limit=1")).body["entries"]
    made = (await mod.post("/v1/admin/bans", {"user_id": ada.user_id, "statement": "No."})).body
    await ada.post("/v1/appeal", {"text": "Why?"})
    await mod.post(f"/v1/admin/appeals/{made['ban_id']}/grant", {"statement": "Right."})
    barred = (await mod.post("/v1/admin/ip-bans", {"network": "192.0.2.0/24"})).body
    await mod.call("DELETE", f"/v1/admin/ip-bans/{barred['ip_ban_id']}")
    log = (await mod.get("/v1/admin/audit")).body["entries"]
    since = [entry for entry in log if not before or entry["n"] > before[0]["n"]]
    assert [(entry["action"], entry["actor_id"]) for entry in reversed(since)] == [
        ("ban.imposed", mod.user_id),
        ("appeal.made", ada.user_id),
        ("appeal.granted", mod.user_id),
        ("ban.lifted", mod.user_id),
        ("ip_ban.imposed", mod.user_id),
        ("ip_ban.lifted", mod.user_id),
    ]
    assert await audit.verify(app.moderation.pool)
    mine = (await mod.get(f"/v1/admin/audit?subject_id={ada.user_id}")).body["entries"]
    assert {entry["subject_id"] for entry in mine} == {ada.user_id}


async def test_failed_decision_is_not_in_the_audit_log(ada: Caller, mod: Caller, app: App) -> None:
    await mod.post("/v1/admin/bans", {"user_id": ada.user_id, "statement": "No."})
    count, _ = await audit.verify(app.moderation.pool)
    await mod.post("/v1/admin/bans", {"user_id": ada.user_id, "statement": "No."})
    await mod.post(f"/v1/admin/reports/{NOTHING}/confirm", {"statement": "No."})
    await mod.post(f"/v1/admin/appeals/{NOTHING}/grant", {"statement": "No."})
    assert (await audit.verify(app.moderation.pool))[0] == count


@pytest.mark.parametrize(("method", "path"), [("GET", "/v1/me"), ("POST", "/v1/auth/logout"), ("DELETE", "/v1/me")])
async def test_requests_open_to_banned_users(ada: Caller, mod: Caller, method: str, path: str) -> None:
    await mod.post("/v1/admin/bans", {"user_id": ada.user_id, "statement": "No."})
    assert (await ada.call(method, path)).status in (200, 204)


async def test_log_in_does_not_lift_a_ban(ada: Caller, mod: Caller, anonymous: Caller) -> None:
    account = {"email": "ada@example.org", "password": "correct horse"}
    await ada.post("/v1/auth/upgrade", account)
    await mod.post("/v1/admin/bans", {"user_id": ada.user_id, "statement": "No."})
    again = await anonymous.post("/v1/auth/login", account)
    assert again.status == 200
    ada.token = again.body["token"]
    reply = await ada.get("/v1/ice")
    assert (reply.status, reply.code, reply.body["error"]["statement"]) == (403, "banned", "No.")


async def test_evidence_outlives_the_ban_of_a_deleted_user(ada: Caller, mod: Caller) -> None:
    await mod.post("/v1/admin/bans", {"user_id": ada.user_id, "statement": "No."})
    assert (await ada.call("DELETE", "/v1/me")).status == 204
    (standing,) = (await mod.get("/v1/admin/bans")).body["bans"]
    assert (standing["user_id"], standing["display_name"]) == (ada.user_id, None)


async def test_statistics_show_the_current_state(ada: Caller, bob: Caller, mod: Caller, app: App) -> None:
    one, other = await ada.connect(), await bob.connect()
    await one.send_json({"type": "queue.join", "mode": "text", "pairing": "manual"})
    await one.send_json({"type": "ping"})
    await one.receive()
    figures = (await mod.get("/v1/admin/stats")).body
    assert figures["now"]["connected"] == 2
    assert figures["now"]["waiting"] == {"video": 0, "text": 1}
    assert figures["now"]["time_to_pair_ms"] is None
    for socket in (one, other):
        await socket.send_json({"type": "queue.join", "mode": "text", "auto_accept": True})
    await other.receive_json(timeout=5)
    figures = (await mod.get("/v1/admin/stats")).body
    assert figures["now"]["rooms"] == {"video": 0, "text": 1}
    assert figures["now"]["pairs"] == 1
    assert figures["now"]["time_to_pair_ms"] >= 0
    waiting = {"open_reports": 0, "open_appeals": 0, "standing_bans": 0, "ip_bans": 0, "message_erasures": 0}
    assert figures["work"] == waiting
    await one.close()
    await other.close()


async def test_moderator_cannot_confirm_against_an_administrator_or_themselves(
    ada: Caller, bob: Caller, mod: Caller, appoint: Appoint, app: App
) -> None:
    await appoint(ada, "admin")
    await appoint(bob, "moderator")
    for reporter, reported, number in ((bob, ada, 1), (bob, mod, 2)):
        await app.moderation.pool.execute(
            """INSERT INTO reports (report_id, reporter_id, reported_id, room_id, category, session_data, created_at)
               VALUES ($1::uuid, $2::uuid, $3::uuid, $1::uuid, 'spam', $4::text::jsonb, now())""",
            f"00000000-0000-7000-8000-00000000000{number}",
            reporter.user_id,
            reported.user_id,
            '{"mode": "text", "started_at": 0, "duration_ms": 1, "ended": true, "messages": []}',
        )
        path = f"/v1/admin/reports/00000000-0000-7000-8000-00000000000{number}"
        for verdict in ("confirm", "vindicate"):
            assert (await mod.post(f"{path}/{verdict}", {"statement": "So be it."})).code == "forbidden"
        assert (await bob.get(path)).body["status"] == "open"
    assert (await ada.post(f"{path}/confirm", {"statement": "So be it."})).status == 200
    assert 'rondo_decisions_total{kind="confirmed"} 1.0' in (await ada.get("/metrics")).body
