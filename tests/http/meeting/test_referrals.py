"""Introductions: made, looked at, followed, signed up with; and what their target is told."""

import asyncio

import aiohttp
import pytest

from server.db.pool import Pool
from tests.http.conftest import Caller, SignUp

ADA = {"display_name": "Ada"}
NOBODY = "00000000-0000-7000-8000-000000000000"


async def meet(one: Caller, other: Caller) -> None:
    """Make two users meet: in a text room, which ends immediately."""
    sockets = [await one.connect(), await other.connect()]
    for socket in sockets:
        await socket.send_json({"type": "queue.join", "mode": "text", "auto_accept": True})
    started = [await socket.receive_json(timeout=5) for socket in sockets]
    assert [frame["type"] for frame in started] == ["room.started"] * 2
    await sockets[0].send_json({"type": "room.leave", "room_id": started[0]["room"]["room_id"]})
    for socket in sockets:
        assert (await socket.receive_json(timeout=5))["type"] == "room.ended"
        await socket.close()


@pytest.fixture
async def eve(sign_up: SignUp) -> Caller:
    """A friend of Ada's, who has met no other user."""
    return await sign_up("Eve", gender="female")


@pytest.fixture
async def code(ada: Caller, bob: Caller) -> str:
    """The code of a link by which Ada introduces a friend to Bob."""
    await meet(ada, bob)
    reply = await ada.post("/v1/referrals", {"target_user_id": bob.user_id})
    assert reply.status == 201
    found: str = reply.body["code"]
    return found


async def question(target: Caller) -> str:
    """Return the id of the one question that *target* was asked."""
    told = (await target.get("/v1/notifications")).body["notifications"]
    (name,) = (one["notification_id"] for one in told if one["kind"] == "introduction_request")
    return str(name)


async def answer(target: Caller, *, accept: bool = True) -> None:
    reply = await target.post(f"/v1/notifications/{await question(target)}/answer", {"accept": accept})
    assert reply.status == 204


@pytest.fixture
async def opened(bob: Caller, code: str, sign_up: SignUp, pool: Pool) -> str:
    """The code of a link to Bob, who has agreed when Zoe followed it, and been left alone since."""
    await (await sign_up("Zoe")).post(f"/v1/referrals/{code}/follow")
    await answer(bob)
    await pool.execute("TRUNCATE referral_notifications")
    await pool.execute("UPDATE referral_mappings SET followed_at = NULL")
    return code


async def test_link_to_a_user_one_has_met(ada: Caller, code: str, anonymous: Caller) -> None:
    assert len(code) == 10
    preview = await anonymous.get(f"/v1/referrals/{code}")
    assert preview.body == {"target": {"display_name": "Bob"}, "introduced_by": {"display_name": "Ada"}}
    assert (await anonymous.get(f"/v1/referrals/{code[:5].lower()}-{code[5:].lower()}")).status == 200


async def test_link_shows_its_target(ada: Caller, bob: Caller, code: str) -> None:
    reply = await ada.post("/v1/referrals", {"target_user_id": bob.user_id})
    assert reply.body == {"code": code, "url": f"{ada.base}/?intro={code}"}, "asking twice gives the same link"


@pytest.mark.settings(trusted_proxies=1)
async def test_link_scheme_behind_a_tls_proxy(ada: Caller, bob: Caller, code: str) -> None:
    headers = {"X-Forwarded-Proto": "https", "Host": "rondo.example"}
    reply = await ada.post("/v1/referrals", {"target_user_id": bob.user_id}, headers=headers)
    assert reply.body["url"] == f"https://rondo.example/?intro={code}"


@pytest.mark.parametrize("target", ["eve", "nobody"])
async def test_stranger_and_unknown_user_look_the_same(ada: Caller, eve: Caller, target: str) -> None:
    reply = await ada.post("/v1/referrals", {"target_user_id": eve.user_id if target == "eve" else NOBODY})
    assert (reply.status, reply.code) == (404, "not_found")
    assert reply.body["error"]["message"] == "you have not met a user with this id"


async def test_blocker_looks_like_an_unknown_user(ada: Caller, bob: Caller, code: str, anonymous: Caller) -> None:
    await bob.call("PUT", f"/v1/blocks/{ada.user_id}")
    assert (await ada.post("/v1/referrals", {"target_user_id": bob.user_id})).status == 404
    assert (await anonymous.get(f"/v1/referrals/{code}")).status == 404, "and the link they had made works no more"


async def test_introduction_to_oneself_is_refused(ada: Caller, bob: Caller, code: str) -> None:
    own = await ada.post("/v1/referrals", {"target_user_id": ada.user_id})
    assert (own.status, own.code, own.body["error"]["field"]) == (400, "invalid", "target_user_id")
    for who in (ada, bob):
        reply = await who.post(f"/v1/referrals/{code}/follow")
        assert (reply.status, reply.code, reply.body["error"]["field"]) == (400, "invalid", "code")
    assert (await bob.get("/v1/notifications")).body["notifications"] == []


async def test_follow_is_notified_and_stored(bob: Caller, eve: Caller, opened: str) -> None:
    there = await bob.connect()
    reply = await eve.post(f"/v1/referrals/{opened}/follow")
    assert reply.status == 200
    assert reply.body["target"]["user_id"] == bob.user_id
    event = await there.receive_json(timeout=5)
    assert event["type"] == "notification"
    told = event["notification"]
    assert (told["kind"], told["person"]["display_name"], told["person"]["gender"]) == ("introduction", "Eve", "female")
    assert (told["introduced_by"], told["read_at"]) == ({"display_name": "Ada"}, None)
    assert (await bob.get("/v1/notifications")).body == {
        "notifications": [told], "cursor": None, "unread": 1,
    }  # fmt: skip


async def test_notification_waits_until_read(ada: Caller, bob: Caller, eve: Caller, opened: str) -> None:
    await eve.post(f"/v1/referrals/{opened}/follow")
    (told,) = (await bob.get("/v1/notifications")).body["notifications"]
    path = f"/v1/notifications/{told['notification_id']}/read"
    assert (await eve.post(path)).status == 404, "somebody else's is not there"
    assert (await bob.post(path)).status == 204
    first = (await bob.get("/v1/notifications")).body["notifications"][0]["read_at"]
    assert (await bob.post(path)).status == 204
    assert (await bob.get("/v1/notifications")).body["notifications"][0]["read_at"] == first > 0
    assert (await bob.post("/v1/notifications/nonsense/read")).status == 404
    assert (await ada.get("/v1/notifications")).body["notifications"] == []


async def test_notifications_are_paged(bob: Caller, opened: str, sign_up: SignUp) -> None:
    for name in ("Eve", "Fay", "Gil"):
        await (await sign_up(name)).post(f"/v1/referrals/{opened}/follow")
    page = (await bob.get("/v1/notifications?limit=2")).body
    assert [told["person"]["display_name"] for told in page["notifications"]] == ["Gil", "Fay"]
    rest = (await bob.get(f"/v1/notifications?limit=2&cursor={page['cursor']}")).body
    assert [told["person"]["display_name"] for told in rest["notifications"]] == ["Eve"]
    assert rest["cursor"] is None


async def test_concurrent_follows_count_once(bob: Caller, eve: Caller, opened: str) -> None:
    there = await bob.connect()
    replies = await asyncio.gather(*(eve.post(f"/v1/referrals/{opened}/follow") for _ in range(20)))
    assert {reply.status for reply in replies} == {200}
    assert (await there.receive_json(timeout=5))["type"] == "notification"
    await there.send_json({"type": "ping", "id": 1})
    assert (await there.receive_json(timeout=5))["type"] == "pong", "told once"
    assert len((await bob.get("/v1/notifications")).body["notifications"]) == 1


async def test_sign_up_with_a_link(bob: Caller, opened: str, sign_up: SignUp) -> None:
    there = await bob.connect()
    eve = await sign_up("Eve", referral_code=opened)
    told = (await there.receive_json(timeout=5))["notification"]
    assert told["person"]["user_id"] == eve.user_id
    assert (await eve.post(f"/v1/referrals/{opened}/follow")).status == 200
    assert len((await bob.get("/v1/notifications")).body["notifications"]) == 1, "signing up was following"


@pytest.mark.parametrize("wrong", ["0000000000", "short", "!" * 10, "x" * 64])
async def test_sign_up_with_an_invalid_link_succeeds(anonymous: Caller, pool: Pool, wrong: str) -> None:
    reply = await anonymous.post("/v1/auth/guest", {"display_name": "Eve", "adult": True, "referral_code": wrong})
    assert reply.status == 201
    assert await pool.fetchval("SELECT count(*) FROM referral_follows") == 0


async def test_link_expires_after_90_days(ada: Caller, bob: Caller, eve: Caller, code: str, pool: Pool) -> None:
    left = await pool.fetchval("SELECT date_part('day', expires_at - created_at) FROM referral_mappings")
    assert left == 90
    await pool.execute(
        "UPDATE referral_mappings SET created_at = now() - interval '91 days', expires_at = now() - interval '1 s'"
    )
    assert (await eve.get(f"/v1/referrals/{code}")).status == 404
    reply = await eve.post(f"/v1/referrals/{code}/follow")
    assert (reply.status, reply.code) == (404, "not_found")
    fresh = (await ada.post("/v1/referrals", {"target_user_id": bob.user_id})).body["code"]
    assert fresh != code, "a link that is over stays over"
    assert (await eve.post(f"/v1/referrals/{fresh}/follow")).status == 200


@pytest.mark.parametrize("path", ["/v1/referrals/0000000000", "/v1/referrals/%00", "/v1/referrals/" + "a" * 2_000])
async def test_unknown_link(anonymous: Caller, ada: Caller, path: str) -> None:
    assert (await anonymous.get(path)).status == 404
    assert (await ada.post(f"{path}/follow")).status == 404


async def test_blocked_user_learns_nothing(bob: Caller, eve: Caller, code: str) -> None:
    await bob.call("PUT", f"/v1/blocks/{eve.user_id}")
    reply = await eve.post(f"/v1/referrals/{code}/follow")
    assert (reply.status, reply.body["target"]["display_name"]) == (200, "Bob")
    assert (await bob.get("/v1/notifications")).body["notifications"] == []


async def test_deleted_account_leaves_no_introductions(
    bob: Caller, ada: Caller, eve: Caller, code: str, pool: Pool
) -> None:
    await eve.post(f"/v1/referrals/{code}/follow")
    assert (await ada.call("DELETE", "/v1/me")).status == 204
    assert (await eve.get(f"/v1/referrals/{code}")).status == 404
    (told,) = (await bob.get("/v1/notifications")).body["notifications"]
    assert (told["introduced_by"], told["person"]["display_name"]) == (None, "Eve")
    assert (await eve.call("DELETE", "/v1/me")).status == 204
    assert (await bob.get("/v1/notifications")).body["notifications"] == []
    assert await pool.fetchval("SELECT count(*) FROM referral_requests") == 0


async def _listed(
    socket: aiohttp.ClientWebSocketResponse, *, again: bool = True
) -> list[tuple[str, dict[str, str] | None]]:
    await socket.send_json({"type": "discover", "id": 1, "include_seen": again})
    people = (await socket.receive_json(timeout=5))["people"]
    return [(person["display_name"], person["introduced_by"]) for person in people]


async def test_discover_lists_introductions_first(bob: Caller, eve: Caller, opened: str, sign_up: SignUp) -> None:
    sockets = []
    for who in [await sign_up("Fay"), bob, await sign_up("Gil")]:
        sockets.append(socket := await who.connect())
        await socket.send_json({"type": "queue.join", "mode": "text", "pairing": "manual", "id": 1})
        assert (await socket.receive_json(timeout=5))["type"] == "reply"
    here = await eve.connect()
    assert await _listed(here) == [("Fay", None), ("Bob", None), ("Gil", None)]
    assert await _listed(here, again=False) == []
    await eve.post(f"/v1/referrals/{opened}/follow")
    assert await _listed(here, again=False) == [("Bob", ADA)], "shown before, but there is something new about him"
    assert await _listed(here) == [("Bob", ADA), ("Fay", None), ("Gil", None)]
