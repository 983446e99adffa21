"""Every request and every frame, in every role: exactly as in `server/http/permissions.py` and on the page."""

import asyncio
import re
from pathlib import Path
from typing import Any
from uuid import uuid4

import aiohttp
import pytest

from matchmaker.domain.ids import UserId
from server.app import App
from server.db.accounts.sessions import StaffRole
from server.db.pool import Pool
from server.http import permissions
from server.http.permissions import FRAME_PERMISSIONS, OK, outcome
from server.http.routes import ROUTES
from tests.http.conftest import Caller, SignUp

pytestmark = pytest.mark.settings(rate_limits=False)

PAGE = Path(__file__).parents[2] / "docs" / "security.md"
GUARDS = {"unauthenticated", "banned", "forbidden"}
Socket = aiohttp.ClientWebSocketResponse


def test_page_is_current() -> None:
    page = PAGE.read_text()
    assert permissions.inserted(page) == page, "run: python -m server.http.permissions docs/security.md"


async def ban(app: App, pool: Pool, user: str) -> None:
    await pool.execute(
        """INSERT INTO ban_records (ban_id, user_id, kind, statement, imposed_at, changed_at)
           VALUES (gen_random_uuid(), $1::uuid, 'permanent', 'sold things', now(), now())""",
        user,
    )
    app.authenticator.forget(UserId(user))


@pytest.mark.parametrize("who", permissions.CALLERS)
async def test_every_request(who: str, anonymous: Caller, sign_up: SignUp, app: App, pool: Pool) -> None:
    wrong = []
    for route in ROUTES:
        caller = anonymous
        if who != "nobody":
            caller = await sign_up("Eve")
        if who == "banned":
            await ban(app, pool, caller.user_id)
        if who in ("moderator", "administrator"):
            role = "admin" if who == "administrator" else who
            await pool.execute("UPDATE users SET role = $2 WHERE user_id = $1::uuid", caller.user_id, role)
        path = route.path.replace("{code}", "x")
        while "{" in path:
            head, _, tail = path.partition("{")
            path = f"{head}{uuid4()}{tail.partition('}')[2]}"
        reply = await caller.call(route.method, path, None if route.body is None else {})
        code = reply.body["error"]["code"] if reply.status >= 400 else OK
        found = code if code in GUARDS else OK
        if found != outcome(route, who):
            wrong.append((route.method, route.path, outcome(route, who), found))
    assert wrong == []


VERBS = ("confirm", "vindicate", "ban", "lift", "grant", "reject")
EVIDENCE = '{"mode": "text", "started_at": 0, "duration_ms": 1, "ended": true, "messages": []}'


async def filed(pool: Pool, reporter: str, reported: str) -> str:
    """Return the id of an open report."""
    report_id: str = await pool.fetchval(
        """INSERT INTO reports (report_id, reporter_id, reported_id, room_id, category, session_data, created_at)
           VALUES (gen_random_uuid(), $1::uuid, $2::uuid, gen_random_uuid(), 'spam', $3::text::jsonb, now())
           RETURNING report_id::text""",
        reporter,
        reported,
        EVIDENCE,
    )
    return report_id


async def appealed(pool: Pool, user: str, imposed_by: str | None) -> str:
    """Return the id of a ban against which there is an appeal."""
    ban_id: str = await pool.fetchval(
        """INSERT INTO ban_records (ban_id, user_id, kind, statement, imposed_at, imposed_by, changed_at,
                                    appeal, appealed_at, appeal_status)
           VALUES (gen_random_uuid(), $1::uuid, 'temporary', 'No.', now(), $2::uuid, now(), 'Why?', now(), 'open')
           RETURNING ban_id::text""",
        user,
        imposed_by,
    )
    return ban_id


@pytest.mark.parametrize("about", permissions.ABOUT)
@pytest.mark.parametrize("role", ["moderator", "admin"])
async def test_every_decision_about_every_role(role: StaffRole, about: str, sign_up: SignUp, pool: Pool) -> None:
    """Each decision about a separate user, who is reported and, where needed, banned."""
    actor, chief, witness = await sign_up("Actor"), await sign_up("Chief"), await sign_up("Witness")
    roles = {"a moderator": "moderator", "an administrator": "admin"}
    await pool.execute("UPDATE users SET role = $2 WHERE user_id = $1::uuid", actor.user_id, role)
    await pool.execute("UPDATE users SET role = 'admin' WHERE user_id = $1::uuid", chief.user_id)
    imposed_by = chief.user_id if about == "a ban of an administrator's" else None
    found = {}
    for verb in VERBS:
        if about == "themselves" and verb in ("lift", "grant", "reject"):
            continue  # a banned user cannot log in
        subject = actor if about == "themselves" else await sign_up("Subject")
        if about in roles:
            await pool.execute("UPDATE users SET role = $2 WHERE user_id = $1::uuid", subject.user_id, roles[about])
        await pool.execute("DELETE FROM reports WHERE reported_id = $1::uuid", subject.user_id)
        reporter = actor if about == "a user they have reported" else witness
        report_id, ban_id = await filed(pool, reporter.user_id, subject.user_id), ""
        if imposed_by or verb in ("lift", "grant", "reject"):
            ban_id = await appealed(pool, subject.user_id, imposed_by)
        paths: dict[str, str] = {
            "ban": "bans",
            "lift": f"bans/{ban_id}/lift",
            "grant": f"appeals/{ban_id}/grant",
            "reject": f"appeals/{ban_id}/reject",
        }
        more = {"user_id": subject.user_id, "kind": "permanent"} if verb == "ban" else {}
        path = paths.get(verb, f"reports/{report_id}/{verb}")
        reply = await actor.post(f"/v1/admin/{path}", {"statement": "So be it.", **more})
        assert reply.status < 300 or reply.code == "forbidden", (verb, reply.body)
        found[verb] = reply.status < 300
    expected = dict.fromkeys(found, permissions.decides(role, about))
    if imposed_by is not None:
        expected |= {"vindicate": True, "reject": True}  # neither contradicts the administrator
    assert found == expected


async def test_reports_do_not_reveal_their_author(ada: Caller, bob: Caller, pool: Pool) -> None:
    await together(ada, bob)
    report_id = (await ada.post("/v1/reports", {"user_id": bob.user_id, "category": "spam"})).body["report_id"]
    await pool.execute("UPDATE users SET role = 'admin'")
    assert (await bob.get("/v1/admin/reports")).body["reports"] == []
    assert (await bob.get("/v1/admin/cases")).body["cases"] == []
    assert (await bob.get(f"/v1/admin/reports/{report_id}")).code == "not_found"
    assert len((await ada.get("/v1/admin/cases")).body["cases"]) == 1


async def test_resources_of_others_do_not_exist(ada: Caller, bob: Caller, sign_up: SignUp) -> None:
    eve = await sign_up("Eve")
    room_id = (await together(ada, bob))[2]
    (session,) = (await ada.get("/v1/sessions")).body["sessions"]
    for method, path, own in (
        ("DELETE", "/v1/sessions/{}", session["session_id"]),
        ("GET", "/v1/history/{}/messages", room_id),
        ("POST", "/v1/notifications/{}/read", session["session_id"]),
    ):
        theirs, none = [await eve.call(method, path.format(name)) for name in (own, uuid4())]
        assert (theirs.status, theirs.body) == (none.status, none.body) == (404, theirs.body), path
    # Nor does a report reveal who exists.
    for name in (ada.user_id, str(uuid4())):
        reply = await eve.post("/v1/reports", {"user_id": name, "category": "spam"})
        assert reply.code == "not_found"


async def ask(socket: Socket, frame: dict[str, Any]) -> str:
    """Return what a frame is answered with: `ok`, or an error code."""
    await socket.send_json({**frame, "id": "walk"})
    while True:
        answer = await socket.receive_json(timeout=5)
        if answer.get("id") == "walk" or answer["type"] == "pong":
            return str(answer["code"]) if answer["type"] == "error" else OK


async def together(one: Caller, other: Caller) -> tuple[Socket, Socket, str]:
    """Open a text room of two users."""
    here, there = await one.connect(), await other.connect()
    for socket in (here, there):
        await socket.send_json({"type": "queue.join", "mode": "text", "auto_accept": True})
    started = [await socket.receive_json(timeout=5) for socket in (here, there)]
    return here, there, started[0]["room"]["room_id"]


def frames(
    *, room: str, message: str, invite: str, person: str, token: str | None, channel: str | None = None
) -> dict[str, dict[str, Any]]:
    """Return one good frame of each kind, about these."""
    fields: dict[str, dict[str, Any]] = {
        "hello": {"token": token},
        "queue.join": {"mode": "video", "pairing": "manual"},
        "queue.leave": {},
        "discover": {},
        "invite.send": {"user_id": person, "mode": "text"},
        "invite.accept": {"invite_id": invite},
        "invite.decline": {"invite_id": invite},
        "invite.cancel": {"invite_id": invite},
        "signal": {"room_id": room, "candidate": None},
        "room.ready": {"room_id": room},
        "room.upgrade": {"room_id": room},
        "room.upgrade_decline": {"room_id": room},
        "chat.send": {"room_id": room, "client_id": "1", "body": "hello"},
        "chat.receipt": {"room_id": room, "message_id": message, "status": "read"},
        "chat.typing": {"room_id": room},
        "chat.history": {"room_id": room},
        "channel.send": {"channel_id": channel or room, "client_id": "1", "body": "hello"},
        "channel.mark": {"channel_id": channel or room, "read": 1},
        "channel.typing": {"channel_id": channel or room},
        "ping": {},
        "friend.ask": {"user_id": person},
        "report": {"user_id": person, "category": "spam"},
        "block": {"user_id": person},
        "room.leave": {"room_id": room},
    }
    assert set(fields) == set(FRAME_PERMISSIONS)
    return {name: {"type": name, **more} for name, more in fields.items()}


async def own_channel(pool: Pool, user: Caller) -> str:
    """Return a group of *user*."""
    return str(
        await pool.fetchval(
            """WITH made AS (INSERT INTO channels (channel_id, kind, name, created_at, last_at)
                 VALUES (gen_random_uuid(), 'group', 'x', now(), now()) RETURNING channel_id)
               INSERT INTO channel_members (channel_id, user_id, slot, is_owner, joined_at)
               SELECT channel_id, $1::uuid, 1, true, now() FROM made RETURNING channel_id::text""",
            user.user_id,
        )
    )


async def walk(socket: Socket, sent: dict[str, dict[str, Any]]) -> dict[str, str]:
    return {name: await ask(socket, frame) for name, frame in sent.items()}


def told(column: str) -> dict[str, str]:
    return {name: getattr(right, column) for name, right in FRAME_PERMISSIONS.items()}


async def test_every_frame_in_ones_own_room(ada: Caller, bob: Caller, pool: Pool) -> None:
    here, there, room = await together(ada, bob)
    await there.send_json({"type": "chat.send", "room_id": room, "client_id": "b", "body": "hello"})
    while (said := await here.receive_json(timeout=5))["type"] != "chat.message":
        pass
    sent = frames(
        room=room,
        message=said["message"]["message_id"],
        invite=str(uuid4()),
        person=bob.user_id,
        token=ada.token,
        channel=await own_channel(pool, ada),
    )
    # The room is reported and blocked away at the end: leaving it is asked for before.
    del sent["block"], sent["room.leave"]
    found = await walk(here, sent)
    expected = {name: code for name, code in told("in_room").items() if name in sent}
    assert found == expected


async def test_every_frame_about_resources_of_others(ada: Caller, bob: Caller, sign_up: SignUp) -> None:
    here, there, room = await together(ada, bob)
    await there.send_json({"type": "chat.send", "room_id": room, "client_id": "b", "body": "hello"})
    while (said := await here.receive_json(timeout=5))["type"] != "chat.message":
        pass
    eve = await sign_up("Eve")
    socket = await eve.connect()
    sent = frames(
        room=room, message=said["message"]["message_id"], invite=str(uuid4()), person=str(uuid4()), token=eve.token
    )
    assert await walk(socket, sent) == told("of_others")
    # And neither of the two was affected.
    assert await ask(here, {"type": "chat.history", "room_id": room}) == OK


@pytest.mark.parametrize("phase", ["idle", "queued", "invited"])
async def test_every_frame_in_a_phase(phase: str, ada: Caller, bob: Caller, sign_up: SignUp, pool: Pool) -> None:
    """Room and peer are what a person outside a room can name at best: a room of others, and a person who waits."""
    wrong = {}
    cleo, dan = await sign_up("Cleo"), await sign_up("Dan")
    room = (await together(cleo, dan))[2]
    for name, right in FRAME_PERMISSIONS.items():
        one, other = await sign_up("One"), await sign_up("Other")
        here, there = await one.connect(), await other.connect()
        invite = str(uuid4())
        assert await ask(there, {"type": "queue.join", "mode": "text", "pairing": "manual"}) == OK
        if phase == "queued":
            assert await ask(here, {"type": "queue.join", "mode": "text", "pairing": "manual"}) == OK
        if phase == "invited":
            if name in ("invite.accept", "invite.decline"):
                assert await ask(here, {"type": "queue.join", "mode": "text", "pairing": "manual"}) == OK
                await there.send_json({"type": "invite.send", "user_id": one.user_id, "mode": "text"})
                while (event := await here.receive_json(timeout=5))["type"] != "invite.received":
                    pass
            else:
                await here.send_json({"type": "invite.send", "user_id": other.user_id, "mode": "text"})
                while (event := await there.receive_json(timeout=5))["type"] != "invite.received":
                    pass
            invite = event["invite"]["invite_id"]
        channel = await own_channel(pool, one) if name.startswith("channel.") else None
        sent = frames(
            room=room, message=str(uuid4()), invite=invite, person=other.user_id, token=one.token, channel=channel
        )
        if (code := await ask(here, sent[name])) != getattr(right, phase):
            wrong[name] = code
        await asyncio.gather(here.close(), there.close())
    assert wrong == {}


async def test_blocker_looks_like_an_unknown_user(ada: Caller, bob: Caller) -> None:
    here, there = await ada.connect(), await bob.connect()
    assert await ask(there, {"type": "block", "user_id": ada.user_id}) == OK
    assert await ask(there, {"type": "queue.join", "mode": "text", "pairing": "manual"}) == OK
    assert await ask(here, {"type": "invite.send", "user_id": bob.user_id, "mode": "text"}) == "target_unavailable"
    await here.send_json({"type": "discover", "id": 1})
    assert (await here.receive_json(timeout=5))["people"] == []


@pytest.mark.parametrize("who", ["nobody", "banned"])
async def test_no_frame_is_answered_before_hello(
    who: str, anonymous: Caller, ada: Caller, app: App, pool: Pool
) -> None:
    if who == "banned":
        await ban(app, pool, ada.user_id)
    for name in FRAME_PERMISSIONS:
        socket = await anonymous.session.ws_connect(f"{anonymous.base}/v1/ws")
        token = ada.token if who == "banned" else "A" * 43
        sent = frames(room=str(uuid4()), message=str(uuid4()), invite=str(uuid4()), person=ada.user_id, token=token)
        if name != "hello":
            await socket.send_json({**sent[name], "id": "too early"})
        await socket.send_json({**sent["hello"], "id": "hello"})
        answer = await socket.receive_json(timeout=5)
        assert answer["id"] == "hello", name
        assert answer["code"] == {"nobody": "unauthenticated", "banned": "banned"}[who]
        await socket.receive(timeout=5)
        assert socket.close_code == {"nobody": 4401, "banned": 4003}[who]


def test_tests_named_on_the_page_exist() -> None:
    file = ""
    for name in re.findall(r"`(tests/[\w/]+\.py)?(?:::(\w+))?`", PAGE.read_text()):
        file = name[0] or file
        text = (PAGE.parents[1] / file).read_text() if file else ""
        assert f"def {name[1]}(" in text or not name[1], name
