"""Introductions need the consent of their target: asked once, counted by the day, ended by a no or a block."""

import asyncio
from typing import Any

import pytest

from server.db.pool import Pool
from tests.http.conftest import Caller, SignUp
from tests.http.meeting.test_referrals import NOBODY, answer, code, eve, meet, question

__all__ = ["code", "eve"]
DAY_MS = 86_400_000
OVER = (404, "not_found", "there is no such introduction, or it is over")


async def told(target: Caller) -> list[dict[str, Any]]:
    """Return what *target* was told, oldest first."""
    found: list[dict[str, Any]] = (await target.get("/v1/notifications")).body["notifications"]
    return found[::-1]


async def follow(who: Caller, code: str) -> tuple[int, str | None, str | None]:
    reply = await who.post(f"/v1/referrals/{code}/follow")
    error = {} if reply.status == 200 else reply.body["error"]
    return reply.status, error.get("code"), error.get("message")


async def listed(who: Caller) -> list[tuple[str, str | None]]:
    """Return the users in *who*'s `discover`, and who introduced them."""
    socket = await who.connect()
    await socket.send_json({"type": "discover", "id": 1, "include_seen": True})
    people = (await socket.receive_json(timeout=5))["people"]
    await socket.close()
    return [(one["display_name"], one["introduced_by"] and one["introduced_by"]["display_name"]) for one in people]


async def wait(who: Caller) -> Any:
    socket = await who.connect()
    await socket.send_json({"type": "queue.join", "mode": "text", "pairing": "manual", "id": 1})
    assert (await socket.receive_json(timeout=5))["type"] == "reply"
    return socket


async def test_first_follower_is_a_question_without_priority(
    bob: Caller, eve: Caller, code: str, sign_up: SignUp
) -> None:
    fay = await sign_up("Fay")
    here = [await wait(who) for who in (await sign_up("Gil"), bob)]
    reply = await eve.post(f"/v1/referrals/{code}/follow")
    assert (reply.status, reply.body["target"]["user_id"]) == (200, bob.user_id)
    assert (await follow(fay, code))[0] == 200
    (asked,) = await told(bob)
    assert (asked["kind"], asked["person"]["user_id"]) == ("introduction_request", eve.user_id)
    assert asked["introduced_by"] == {"display_name": "Ada"}
    assert asked["until_at"] == asked["created_at"] + 7 * DAY_MS
    assert asked["accepted"] is None
    assert await listed(eve) == [("Gil", None), ("Bob", None)]
    await asyncio.gather(*(socket.close() for socket in here))


async def test_yes_introduces_all_waiting_followers_and_opens_the_link(
    bob: Caller, eve: Caller, code: str, sign_up: SignUp
) -> None:
    fay, gil = await sign_up("Fay"), await sign_up("Gil")
    hal, there = await wait(await sign_up("Hal")), await wait(bob)
    for who in (eve, fay):
        await follow(who, code)
    assert (await there.receive_json(timeout=5))["notification"]["kind"] == "introduction_request"
    await answer(bob)
    heard = (await there.receive_json(timeout=5))["notification"]
    assert (heard["kind"], heard["person"]["user_id"]) == ("introduction", fay.user_id)
    for who in (eve, fay):
        assert await listed(who) == [("Bob", "Ada"), ("Hal", None)]
    await follow(gil, code)
    assert await listed(gil) == [("Bob", "Ada"), ("Hal", None)]
    assert [(one["kind"], one["person"]["display_name"]) for one in await told(bob)] == [
        ("introduction_request", "Eve"),
        ("introduction", "Fay"),
        ("introduction", "Gil"),
    ]
    await hal.close()


async def test_no_applies_to_this_introducer(ada: Caller, bob: Caller, eve: Caller, code: str, sign_up: SignUp) -> None:
    await follow(eve, code)
    await answer(bob, accept=False)
    assert await follow(await sign_up("Fay"), code) == OVER
    assert await follow(eve, code) == OVER
    assert (await eve.get(f"/v1/referrals/{code}")).status == 404
    again = await ada.post("/v1/referrals", {"target_user_id": bob.user_id})
    unknown = await ada.post("/v1/referrals", {"target_user_id": NOBODY})
    assert (again.status, again.body) == (unknown.status, unknown.body) == (404, unknown.body)
    there = await wait(bob)
    assert await listed(eve) == [("Bob", None)]
    await there.close()


async def test_no_outlives_the_link(ada: Caller, bob: Caller, eve: Caller, code: str, pool: Pool) -> None:
    await follow(eve, code)
    await answer(bob, accept=False)
    await pool.execute(
        "UPDATE referral_mappings SET created_at = now() - interval '91 days', expires_at = now() - interval '1 s'"
    )
    assert (await ada.post("/v1/referrals", {"target_user_id": bob.user_id})).status == 404


async def test_unanswered_question_is_a_no_after_seven_days(
    ada: Caller, bob: Caller, eve: Caller, code: str, pool: Pool
) -> None:
    await follow(eve, code)
    await pool.execute("UPDATE referral_mappings SET asked_until = now() - interval '1 ms'")
    await pool.execute("UPDATE referral_notifications SET until_at = now() - interval '1 ms'")
    path = f"/v1/notifications/{await question(bob)}/answer"
    assert await follow(eve, code) == OVER
    assert (await bob.post(path, {"accept": True})).code == "conflict"
    assert (await bob.post(path, {"accept": False})).status == 204
    assert (await ada.post("/v1/referrals", {"target_user_id": bob.user_id})).status == 404


async def test_second_answer_is_refused(ada: Caller, bob: Caller, eve: Caller, code: str, pool: Pool) -> None:
    await follow(eve, code)
    path = f"/v1/notifications/{await question(bob)}/answer"
    replies = await asyncio.gather(*(bob.post(path, {"accept": True}) for _ in range(5)))
    assert [reply.status for reply in replies] == [204] * 5
    refused = await bob.post(path, {"accept": False})
    assert (refused.status, refused.code) == (409, "conflict")
    assert (await told(bob))[0]["accepted"] is True
    assert (await told(bob))[0]["read_at"] is not None
    assert await pool.fetchval("SELECT count(*) FROM referral_follows") == 1


async def test_question_of_another_user_cannot_be_answered(
    bob: Caller, eve: Caller, code: str, sign_up: SignUp
) -> None:
    await follow(eve, code)
    name = await question(bob)
    assert (await eve.post(f"/v1/notifications/{name}/answer", {"accept": True})).status == 404
    await answer(bob)
    await follow(await sign_up("Fay"), code)
    other = (await told(bob))[-1]
    assert other["kind"] == "introduction"
    for wrong in (other["notification_id"], NOBODY, "nonsense"):
        reply = await bob.post(f"/v1/notifications/{wrong}/answer", {"accept": True})
        assert (reply.status, reply.code) == (404, "not_found")
    bad = await bob.post(f"/v1/notifications/{name}/answer", {"accept": "yes"})
    assert (bad.status, bad.code, bad.body["error"]["field"]) == (400, "bad_frame", "accept")


# The limit by the day. With RONDO_RATE_LIMITS=off there is none.


async def people(sign_up: SignUp, pool: Pool, *names: str) -> list[Caller]:
    """Sign up users of many addresses."""
    found = []
    for name in names:
        found.append(await sign_up(name))
        await pool.execute("TRUNCATE rate_limits")
    return found


async def test_three_followers_a_day_then_the_link_is_full(bob: Caller, code: str, sign_up: SignUp, pool: Pool) -> None:
    first = await people(sign_up, pool, "Eve", "Fay", "Gil")
    hal, ida = await people(sign_up, pool, "Hal", "Ida")
    for who in first:
        assert (await follow(who, code))[0] == 200
    assert await follow(hal, code) == OVER
    assert await asyncio.gather(*(follow(who, code) for who in first for _ in range(3))) == [(200, None, None)] * 9
    await answer(bob)
    assert await follow(hal, code) == OVER, "a yes does not take the limit away"
    assert (await bob.post(f"/v1/referrals/{code}/follow")).code == "invalid"
    await pool.execute("UPDATE referral_mappings SET followed_at[1] = now() - interval '25 hours'")
    assert (await follow(hal, code))[0] == 200
    assert await follow(ida, code) == OVER


async def test_concurrent_followers_are_limited_to_three(bob: Caller, code: str, sign_up: SignUp, pool: Pool) -> None:
    crowd = await people(sign_up, pool, *(f"Eve {n}" for n in range(8)))
    found = await asyncio.gather(*(follow(who, code) for who in crowd for _ in range(2)))
    assert sorted(status for status, _, _ in found) == [200] * 6 + [404] * 10
    assert len(await told(bob)) == 1


async def test_sign_up_with_a_full_link_succeeds(bob: Caller, code: str, sign_up: SignUp, pool: Pool) -> None:
    for who in await people(sign_up, pool, "Eve", "Fay", "Gil"):
        await follow(who, code)
    await sign_up("Hal", referral_code=code)
    assert await pool.fetchval("SELECT count(*) FROM referral_requests") == 3


@pytest.mark.settings(rate_limits=False)
async def test_without_limits_a_link_has_no_maximum(bob: Caller, code: str, sign_up: SignUp) -> None:
    for n in range(5):
        assert (await follow(await sign_up(f"Eve {n}"), code))[0] == 200


# Blocks


@pytest.mark.parametrize("how", ["block", "block a guest who waits", "report"])
async def test_blocking_a_follower_ends_the_link(
    bob: Caller, eve: Caller, code: str, sign_up: SignUp, how: str
) -> None:
    await follow(eve, code)
    if how == "block":
        await answer(bob)
    if how != "report":
        assert (await bob.call("PUT", f"/v1/blocks/{eve.user_id}")).status == 204
    else:
        await meet(bob, eve)
        reply = await bob.post("/v1/reports", {"user_id": eve.user_id, "category": "spam"})
        assert reply.status == 201
    assert await follow(await sign_up("Fay"), code) == OVER


async def test_new_link_after_a_block_is_a_new_question(
    ada: Caller, bob: Caller, eve: Caller, code: str, sign_up: SignUp
) -> None:
    await follow(eve, code)
    await answer(bob)
    await bob.call("PUT", f"/v1/blocks/{eve.user_id}")
    fresh = await ada.post("/v1/referrals", {"target_user_id": bob.user_id})
    assert fresh.status == 201
    assert fresh.body["code"] != code
    await follow(await sign_up("Gil"), fresh.body["code"])
    assert (await told(bob))[-1]["kind"] == "introduction_request"


async def test_block_by_the_follower_ends_nothing(bob: Caller, eve: Caller, code: str, sign_up: SignUp) -> None:
    await follow(eve, code)
    await eve.call("PUT", f"/v1/blocks/{bob.user_id}")
    assert (await follow(await sign_up("Fay"), code))[0] == 200


async def test_blocked_follower_asks_no_question(bob: Caller, eve: Caller, code: str, sign_up: SignUp) -> None:
    await bob.call("PUT", f"/v1/blocks/{eve.user_id}")
    assert (await follow(eve, code))[0] == 200
    assert await told(bob) == []
    await follow(await sign_up("Fay"), code)
    assert [one["person"]["display_name"] for one in await told(bob)] == ["Fay"]


async def test_yes_after_a_block_of_the_introducer_introduces_no_one(
    ada: Caller, bob: Caller, eve: Caller, code: str, pool: Pool
) -> None:
    await follow(eve, code)
    name = await question(bob)
    await bob.call("PUT", f"/v1/blocks/{ada.user_id}")
    assert (await bob.post(f"/v1/notifications/{name}/answer", {"accept": True})).status == 204
    assert await pool.fetchval("SELECT count(*) FROM referral_follows") == 0


async def test_user_shown_by_a_question_can_be_reported(bob: Caller, eve: Caller, code: str, sign_up: SignUp) -> None:
    fay = await sign_up("Fay")
    await follow(eve, code)
    await follow(fay, code)
    body = {"referral_code": code, "category": "spam"}
    assert (await bob.post("/v1/reports", body | {"user_id": fay.user_id})).status == 404, "not shown"
    assert (await bob.post("/v1/reports", body | {"user_id": eve.user_id})).status == 201
    assert await follow(await sign_up("Gil"), code) == OVER


# What looks the same


async def test_links_without_a_target_look_the_same(
    ada: Caller, bob: Caller, eve: Caller, code: str, pool: Pool
) -> None:
    async def looks() -> list[tuple[int, Any]]:
        replies = [
            await eve.get(f"/v1/referrals/{code}"),
            await eve.post(f"/v1/referrals/{code}/follow"),
            await ada.post("/v1/referrals", {"target_user_id": bob.user_id}),
        ]
        return [(reply.status, reply.body) for reply in replies]

    unknown = [
        await eve.get("/v1/referrals/0000000000"),
        await eve.post("/v1/referrals/0000000000/follow"),
        await ada.post("/v1/referrals", {"target_user_id": NOBODY}),
    ]
    expected = [(reply.status, reply.body) for reply in unknown]
    await bob.call("PUT", f"/v1/blocks/{ada.user_id}")
    assert await looks() == expected, "blocked"
    await bob.call("DELETE", f"/v1/blocks/{ada.user_id}")
    await follow(eve, code)
    await answer(bob, accept=False)
    assert await looks() == expected, "refused"
    await pool.execute(
        "UPDATE referral_mappings SET created_at = now() - interval '91 days', expires_at = now() - interval '1 s'"
    )
    assert (await looks())[:2] == expected[:2], "expired"
    assert (await bob.call("DELETE", "/v1/me")).status == 204
    assert await looks() == expected, "deleted"


async def test_question_whose_follower_left_is_asked_again(
    bob: Caller, eve: Caller, code: str, sign_up: SignUp
) -> None:
    fay, gil = await sign_up("Fay"), await sign_up("Gil")
    assert (await follow(eve, code))[0] == (await follow(fay, code))[0] == 200
    assert (await eve.call("DELETE", "/v1/me")).status == 204
    assert await told(bob) == []
    assert (await follow(gil, code))[0] == 200
    (asked,) = await told(bob)
    assert asked["person"]["user_id"] == gil.user_id
    await answer(bob)
    there = await wait(bob)
    assert ("Bob", "Ada") in await listed(fay), "who waited is introduced with who is shown"
    await there.close()
