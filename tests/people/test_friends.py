"""Friends over HTTP and sockets: requests, likes, declines, guests, ending, notes, limits, races."""

import asyncio
from typing import Any

import pytest

from server.db.pool import Pool
from tests.people.conftest import MET, ConnectUser, Users, befriend, code_of
from tests.support.client import Person

pytestmark = pytest.mark.settings(rate_limits=False)

CHANNEL = """
WITH made AS (
    INSERT INTO channels (channel_id, kind, name, created_at, last_at, last_n)
    VALUES (gen_random_uuid(), 'group', 'chess', now(), now(), 1) RETURNING channel_id
), members AS (
    INSERT INTO channel_members (channel_id, user_id, slot, joined_at)
    SELECT channel_id, user_id, ord, now() FROM made, unnest($1::text[]::uuid[]) WITH ORDINALITY AS t (user_id, ord)
)
INSERT INTO channel_messages (channel_id, n, sender_id, client_id, body, sent_at)
SELECT channel_id, 1, ($1::text[]::uuid[])[2], 'client', 'hello', now() FROM made RETURNING channel_id::text
"""
"""A group of users in which the second has written."""


async def ask(one: Person, other: Person, **how: Any) -> str:
    answer = await one.call("PUT", f"/v1/friends/{other.user_id}", how)
    status: str = answer["status"]
    return status


async def requests(user: Person) -> tuple[list[str], list[str]]:
    """Return the names of the senders and the receivers of *user*'s requests."""
    answer = await user.call("GET", "/v1/friends/requests")
    return tuple([one["user"]["display_name"] for one in answer[side]] for side in ("received", "sent"))  # type: ignore[return-value]


async def names(user: Person) -> list[str]:
    answer = await user.call("GET", "/v1/friends")
    return [friend["display_name"] for friend in answer["friends"]]


async def test_mutual_requests_make_friends(permanent: Users) -> None:
    ada, bob = await permanent("Ada", "Bob")
    assert (await ada.ask("friend.ask", user_id=bob.user_id, note=" Hi! "))["status"] == "requested"
    asked = await bob.receive("friend.requested")
    assert asked["request"]["user"]["display_name"] == "Ada"
    assert asked["request"]["note"] == "Hi!"
    assert "quiet" not in asked["request"]
    assert (await bob.receive("notification"))["notification"]["kind"] == "friend_request"
    assert await requests(bob) == (["Ada"], [])
    assert await requests(ada) == ([], ["Bob"])

    assert await ask(bob, ada) == "friends"
    for user, friend in ((ada, "Bob"), (bob, "Ada")):
        added = (await user.receive("friend.added"))["friend"]
        assert (added["display_name"], added["presence"], added["channel_id"]) == (friend, "online", None)
        assert await names(user) == [friend]
        assert await requests(user) == ([], [])
    assert (await ada.receive("notification"))["notification"]["kind"] == "friend_added"
    assert await ask(ada, bob) == "friends"


async def test_like_is_seen_only_if_it_is_mutual(permanent: Users) -> None:
    ada, bob, cleo = await permanent("Ada", "Bob", "Cleo")
    assert await ask(ada, bob, quiet=True) == "requested"
    assert await ask(cleo, bob) == "requested"
    await bob.receive("friend.requested")
    assert [one["request"]["user"]["display_name"] for one in bob.received("friend.requested")] == ["Cleo"]
    assert await requests(bob) == (["Cleo"], [])
    listed = await bob.call("GET", "/v1/notifications")
    assert [one["person"]["display_name"] for one in listed["notifications"]] == ["Cleo"]
    assert await ask(bob, ada, quiet=True) == "friends"
    await ada.receive("friend.added")
    await bob.receive("friend.added")


async def test_like_becomes_a_request_and_not_the_reverse(permanent: Users) -> None:
    ada, bob = await permanent("Ada", "Bob")
    await ask(ada, bob, quiet=True)
    await ask(ada, bob, note="Hello")
    shown = (await bob.receive("friend.requested"))["request"]
    assert shown["note"] == ""
    await ask(ada, bob, quiet=True)
    [sent] = (await ada.call("GET", "/v1/friends/requests"))["sent"]
    assert sent["quiet"] is False
    assert sent["asked_at"] == shown["asked_at"]
    assert len(bob.received("friend.requested")) == 1


async def test_decline_is_not_revealed(permanent: Users) -> None:
    ada, bob, cleo = await permanent("Ada", "Bob", "Cleo")
    for target in (bob, cleo):
        await ask(ada, target)
    await bob.call("POST", f"/v1/friends/requests/{ada.user_id}/decline")
    await bob.call("POST", f"/v1/friends/requests/{ada.user_id}/decline")
    assert await requests(bob) == ([], [])
    assert await requests(ada) == ([], ["Cleo", "Bob"])
    assert [await ask(ada, target) for target in (bob, cleo)] == ["requested", "requested"]
    assert await requests(bob) == ([], [])
    # The one who declined changes their mind.
    assert await ask(bob, ada) == "friends"
    # Who withdrew is not taken at their word.
    await cleo.call("POST", f"/v1/friends/requests/{ada.user_id}/decline")
    await ada.call("DELETE", f"/v1/friends/{cleo.user_id}")
    assert await requests(ada) == ([], [])
    assert await ask(cleo, ada) == "requested"


async def test_declining_a_like_or_nothing_has_no_effect(permanent: Users) -> None:
    ada, bob = await permanent("Ada", "Bob")
    await bob.call("POST", f"/v1/friends/requests/{ada.user_id}/decline")
    await ask(ada, bob, quiet=True)
    await bob.call("POST", f"/v1/friends/requests/{ada.user_id}/decline")
    await ask(ada, bob)
    assert await requests(bob) == (["Ada"], [])


async def test_request_refusals_are_identical(permanent: Users, connect_user: ConnectUser, pool: Pool) -> None:
    ada, bob, cleo, dan = await permanent("Ada", "Bob", "Cleo", "Dan")
    stranger = await connect_user("Eve")
    await bob.call("PUT", f"/v1/blocks/{ada.user_id}")
    await cleo.call("PATCH", "/v1/me", {"accepts_requests": "none"})
    await pool.execute(
        """INSERT INTO ban_records (ban_id, user_id, kind, statement, imposed_at, changed_at)
           VALUES (gen_random_uuid(), $1::uuid, 'permanent', 'spam', now(), now())""",
        dan.user_id,
    )
    told = set()
    for target in (
        stranger.user_id,
        bob.user_id,
        cleo.user_id,
        dan.user_id,
        ada.user_id,
        "7" * 8 + "-0000" * 3 + "-" + "7" * 12,
    ):
        async with ada.http.put(
            f"{ada.base}/v1/friends/{target}", json={}, headers={"Authorization": f"Bearer {ada.token}"}
        ) as answer:
            told.add((answer.status, str(await answer.json())))
    assert len(told) == 1
    assert told.pop()[0] == 404
    # Who takes no requests can be answered all the same.
    assert await ask(cleo, ada) == "requested"
    assert await ask(ada, cleo) == "friends"


async def test_quiet_request_with_a_note_is_invalid(permanent: Users) -> None:
    ada, bob = await permanent("Ada", "Bob")
    assert await code_of(ask(ada, bob, quiet=True, note="Hi")) == "invalid"
    assert await code_of(ask(ada, bob, note="x" * 151)) == "invalid"
    assert await requests(ada) == ([], [])


async def test_guest_becomes_a_friend_with_the_upgrade(permanent: Users, connect_user: ConnectUser, pool: Pool) -> None:
    [ada], guest = await permanent("Ada"), await connect_user("Guest")
    await pool.execute(MET, ada.user_id, guest.user_id)
    assert await ask(ada, guest, quiet=True) == "requested"
    assert await requests(guest) == ([], [])
    assert await ask(guest, ada) == "needs_account"
    assert await requests(guest) == (["Ada"], ["Ada"])
    assert await ask(ada, guest) == "requested"
    await guest.call("POST", "/v1/auth/upgrade", {"email": "guest@example.org", "password": "correct horse"})
    for user in (ada, guest):
        await user.receive("friend.added")
    assert await names(guest) == ["Ada"]
    assert await requests(ada) == await requests(guest) == ([], [])
    assert (await ada.receive("notification", notification=ada.received("notification")[-1]["notification"]))[
        "notification"
    ]["kind"] in ("friend_request", "friend_added")


async def test_guest_who_asked_first_learns_that_an_account_is_needed(
    permanent: Users, connect_user: ConnectUser, pool: Pool
) -> None:
    [ada], guest = await permanent("Ada"), await connect_user("Guest")
    await pool.execute(MET, ada.user_id, guest.user_id)
    assert await ask(guest, ada, quiet=True) == "requested"
    assert await ask(ada, guest, quiet=True) == "requested"
    await guest.receive("friend.requested")
    assert ada.received("friend.requested") == []
    assert await requests(ada) == ([], ["Guest"])
    assert await ask(guest, ada) == "needs_account"


async def test_unfriend_is_not_revealed(friends: Users) -> None:
    ada, bob = await friends("Ada", "Bob")
    await ada.receive("friend.added")
    before = len(bob.events)
    await ada.call("DELETE", f"/v1/friends/{bob.user_id}")
    await ada.call("DELETE", f"/v1/friends/{bob.user_id}")
    assert await names(ada) == await names(bob) == []
    await bob.receive_all()
    assert [event for event in bob.events[before:] if event["type"].startswith("friend")] == []
    await befriend(ada, bob)
    assert await names(bob) == ["Ada"]


async def test_unfriend_closes_the_dm_and_a_new_friendship_reopens_it(friends: Users, pool: Pool) -> None:
    ada, bob = await friends("Ada", "Bob")
    await pool.execute(
        """INSERT INTO channels (channel_id, kind, low, high, created_at, last_at)
           VALUES (gen_random_uuid(), 'dm', LEAST($1::uuid, $2::uuid), GREATEST($1::uuid, $2::uuid), now(), now())""",
        ada.user_id,
        bob.user_id,
    )
    closed = "SELECT closed_at IS NOT NULL FROM channels"
    await ada.call("DELETE", f"/v1/friends/{bob.user_id}")
    assert await pool.fetchval(closed)
    await befriend(ada, bob)
    assert not await pool.fetchval(closed)
    await bob.call("PUT", f"/v1/blocks/{ada.user_id}")
    assert await pool.fetchval(closed)


async def test_block_ends_friendship_and_requests(friends: Users, permanent: Users, pool: Pool) -> None:
    ada, bob = await friends("Ada", "Bob")
    told = (await bob.call("GET", "/v1/notifications"))["notifications"]
    assert [one["kind"] for one in told] == ["friend_added"]
    await ada.ask("block", user_id=bob.user_id)
    assert await names(ada) == await names(bob) == []
    # As after an unfriend: by what Bob was told before he cannot see that he is blocked.
    assert (await bob.call("GET", "/v1/notifications"))["notifications"] == told
    assert (await ada.call("GET", "/v1/notifications"))["notifications"] == []
    cleo, dan = await permanent("Cleo", "Dan")
    await ask(cleo, dan, quiet=True)
    await dan.call("PUT", f"/v1/blocks/{cleo.user_id}")
    assert await requests(cleo) == ([], [])
    assert await code_of(ask(cleo, dan)) == "not_found"
    assert await pool.fetchval("SELECT count(*) FROM friend_requests") == 0


async def test_nickname_and_note_are_private(friends: Users) -> None:
    ada, bob = await friends("Ada", "Bob")
    answer = await ada.call("PATCH", f"/v1/friends/{bob.user_id}", {"nickname": "Bobby", "note": "from the train"})
    assert (answer["friend"]["nickname"], answer["friend"]["note"]) == ("Bobby", "from the train")
    await ada.call("PATCH", f"/v1/friends/{bob.user_id}", {"nickname": ""})
    [seen] = (await ada.call("GET", "/v1/friends"))["friends"]
    assert (seen["nickname"], seen["note"]) == ("", "from the train")
    [other] = (await bob.call("GET", "/v1/friends"))["friends"]
    assert (other["nickname"], other["note"]) == ("", "")
    await ada.call("DELETE", f"/v1/friends/{bob.user_id}")
    assert await code_of(ada.call("PATCH", f"/v1/friends/{bob.user_id}", {"note": "x"})) == "not_found"


async def test_bio_and_status_are_shown_to_friends(friends: Users) -> None:
    ada, bob = await friends("Ada", "Bob")
    me = await ada.call("PATCH", "/v1/me", {"bio": " Plays chess. ", "status_text": "away", "status_until_at": 1})
    assert (me["bio"], me["status_text"], me["status_until_at"]) == ("Plays chess.", "away", 1)
    [seen] = (await bob.call("GET", "/v1/friends"))["friends"]
    assert (seen["bio"], seen["status_text"], seen["avatar_url"]) == ("Plays chess.", "", None)
    # An end that is left out stays, null ends it; a new status has none.
    ends = [
        {"status_until_at": 2},
        {"bio": "Chess."},
        {"status_until_at": None},
        {"status_until_at": 3},
        {"status_text": "back"},
    ]
    assert [(await ada.call("PATCH", "/v1/me", end))["status_until_at"] for end in ends] == [2, 2, None, 3, None]
    [seen] = (await bob.call("GET", "/v1/friends"))["friends"]
    assert seen["status_text"] == "back"
    assert await code_of(ada.call("PATCH", "/v1/me", {"bio": "x" * 191})) == "invalid"


async def test_lists_are_paged(permanent: Users) -> None:
    ada, *others = await permanent("Ada", *"BCDEF")
    for other in others:
        await befriend(ada, other)
    found, cursor = [], None
    for _ in range(3):
        query = "" if cursor is None else f"&cursor={cursor}"
        page = await ada.call("GET", f"/v1/friends?limit=2{query}")
        found += [friend["display_name"] for friend in page["friends"]]
        cursor = page["cursor"]
    assert (found, cursor) == (list("FEDCB"), None)


async def test_four_concurrent_requests_per_pair_make_one_friendship(permanent: Users, pool: Pool) -> None:
    pairs = 20
    users = [await permanent(f"One {n}", f"Other {n}", connect=False) for n in range(pairs)]
    for one, other in users[:4]:
        for user in (one, other):
            await user.connect(features=["friends"])
    answers = await asyncio.gather(
        *(
            ask(*pair, quiet=quiet)
            for one, other in users
            for pair in ((one, other), (other, one))
            for quiet in (False, True)
        )
    )
    assert set(answers) <= {"requested", "friends"}
    assert await pool.fetchval("SELECT count(*) FROM friendships") == pairs
    assert await pool.fetchval("SELECT count(*) FROM friend_requests") == 0
    for one, other in users[:4]:
        for user in (one, other):
            await user.receive("friend.added")
            await user.receive_all()
            assert len(user.received("friend.added")) == 1


@pytest.mark.settings(rate_limits=False, friends_max=1, friend_requests_open=1)
async def test_limit_errors_name_the_limit(permanent: Users) -> None:
    ada, bob, cleo, dan = await permanent("Ada", "Bob", "Cleo", "Dan")
    await ask(ada, bob)
    async with ada.http.put(
        f"{ada.base}/v1/friends/{cleo.user_id}", json={}, headers={"Authorization": f"Bearer {ada.token}"}
    ) as answer:
        error = (await answer.json())["error"]
        assert (answer.status, error["code"], error["limit"], error["max"]) == (
            409,
            "limit_reached",
            "friend_requests_open",
            1,
        )
    assert await ask(ada, cleo, quiet=True) == "requested"
    assert await ask(bob, ada) == "friends"
    assert await code_of(ask(ada, dan)) == "limit_reached"
    # The other has reached the limit of friends: the request stays open, and the reason is not revealed.
    assert await ask(dan, ada) == "requested"


@pytest.mark.settings(rate_limits=True, friend_requests_day=2)
async def test_daily_requests_are_limited_and_answers_are_not(permanent: Users) -> None:
    ada, bob, cleo, dan, eve = await permanent("Ada", "Bob", "Cleo", "Dan", "Eve")
    await ask(eve, ada, quiet=True)
    assert [await ask(ada, bob), await ask(ada, cleo, quiet=True), await ask(ada, bob)] == ["requested"] * 3
    assert await code_of(ask(ada, dan)) == "rate_limited"
    assert await ask(ada, eve) == "friends"


@pytest.mark.settings(rate_limits=False, friends=False)
async def test_feature_can_be_switched_off(connect_user: ConnectUser, pool: Pool) -> None:
    ada, bob = await connect_user("Ada"), await connect_user("Bob")
    assert ada.welcome["features"] == []
    assert "people_resumed" not in ada.welcome
    assert "friends" not in ada.state
    assert await code_of(ada.ask("friend.ask", user_id=bob.user_id)) == "unknown_type"
    assert await code_of(ada.call("GET", "/v1/friends")) == "not_found"
    # The account has no field of it, and a change of one has no effect.
    fields = {"bio", "status_text", "status_until_at", "shows_presence", "sends_receipts", "accepts_requests"}
    changed = await ada.call("PATCH", "/v1/me", {"bio": "Chess", "status_text": "here", "shows_presence": False})
    signed_up = await ada.call("POST", "/v1/auth/guest", {"display_name": "Cat", "adult": True})
    for account in (changed, await ada.call("GET", "/v1/me"), signed_up["user"]):
        assert not (fields | {"avatar_id"}) & set(account)
    assert await pool.fetchval("SELECT count(*) FROM users WHERE bio <> '' OR NOT shows_presence") == 0
    # Fields of it are unknown, so whatever they are set to is ignored.
    unknown = {"bio": 5, "status_until_at": -1, "accepts_requests": "all", "avatar_id": "none", "no_such_field": 5}
    renamed = await ada.call("PATCH", "/v1/me", unknown | {"display_name": "Ida"})
    assert (renamed["display_name"], renamed.keys()) == ("Ida", changed.keys())
    # A channel of a time when the feature was on is no place where the two have met.
    channel_id = await pool.fetchval(CHANNEL, [ada.user_id, bob.user_id])
    for where in ({}, {"channel_id": channel_id}):
        assert await code_of(ada.ask("report", user_id=bob.user_id, category="spam", **where)) == "not_found"


async def test_old_client_gets_no_events(permanent: Users) -> None:
    ada, bob = await permanent("Ada", "Bob", features=[])
    assert not {"features", "people_resumed"} & set(ada.welcome)
    assert "friends" not in ada.state
    await befriend(ada, bob)
    for user in (ada, bob):
        await user.receive_all()
        assert user.events == []


async def test_deleted_account_is_not_a_friend(friends: Users, pool: Pool) -> None:
    ada, bob = await friends("Ada", "Bob")
    await pool.execute("UPDATE users SET password_hash = NULL WHERE user_id = $1::uuid", bob.user_id)
    await bob.call("DELETE", "/v1/me")
    assert await names(ada) == []
    assert await pool.fetchval("SELECT count(*) FROM friendships") == 0
