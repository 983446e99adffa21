"""Channels over HTTP and sockets: the wire contract, on one node."""

import asyncio

import pytest

from server.app import App
from server.db.pool import Pool
from tests.people.conftest import ConnectUser, Users, code_of
from tests.support.client import Person, Refused, meet


async def dm_of(one: Person, other: Person) -> str:
    channel = (await one.call("PUT", f"/v1/dms/{other.user_id}"))["channel"]
    return str(channel["channel_id"])


async def test_conversation_of_two_friends_from_opening_to_search(friends: Users, app: App) -> None:
    ada, bob = await friends("Ada", "Bob")
    dm = await dm_of(ada, bob)
    assert await dm_of(bob, ada) == dm
    opened = (await bob.receive("channel.changed"))["channel"]
    assert (opened["kind"], opened["peer"]["user_id"], opened["writable"], opened["last_n"]) == (
        "dm",
        ada.user_id,
        True,
        0,
    )
    sent = (await ada.ask("channel.send", channel_id=dm, client_id="1", body="  hello Bob  "))["message"]
    assert (sent["n"], sent["rev"], sent["from"], sent["body"], sent["client_id"]) == (
        1,
        0,
        ada.user_id,
        "hello Bob",
        "1",
    )
    assert (await bob.receive("channel.message"))["message"] == sent
    again = (await ada.ask("channel.send", channel_id=dm, client_id="1", body="hello Bob"))["message"]
    assert again == sent
    answer = await bob.call(
        "POST", f"/v1/channels/{dm}/messages", {"client_id": "1", "body": "hi", "reply_to": 1}, status=201
    )
    for user in (ada, bob):  # Bob's socket has had no reply: it may be another device
        assert (await user.receive("channel.message", message=answer["message"]))["message"]["reply_to"] == 1
    await bob.ask("channel.mark", channel_id=dm, read=99)
    assert (await ada.receive("channel.marked")).items() >= {
        "channel_id": dm,
        "user_id": bob.user_id,
        "read": 2,
    }.items()
    await bob.ask("channel.typing", channel_id=dm)
    assert (await ada.receive("channel.typing"))["from"] == bob.user_id
    edited = (await ada.call("PATCH", f"/v1/channels/{dm}/messages/1", {"body": "hello Robert"}))["message"]
    assert (await bob.receive("channel.message_changed"))["message"] == edited
    await bob.call("PUT", f"/v1/channels/{dm}/messages/1/reactions/%F0%9F%91%8D", status=204)
    await ada.receive("channel.message_changed")  # of the edit: only a new message has no event beside its reply
    reactions = (await ada.receive("channel.message_changed"))["message"]["reactions"]
    assert reactions == [{"emoji": "👍", "count": 1, "mine": False}]
    page = await bob.call("GET", f"/v1/channels/{dm}/messages?limit=1&before=2")
    assert [message["body"] for message in page["messages"]] == ["hello Robert"]
    assert (page["last_n"], page["rev"], page["has_before"], page["has_after"]) == (2, 2, False, True)
    inbox = await ada.call("GET", "/v1/inbox")
    assert (inbox["channels"][0]["unread"], inbox["unread_channels"], inbox["cursor"]) == (1, 1, None)
    await ada.call("PUT", f"/v1/channels/{dm}/marks", {"read": 2}, status=204)
    assert (await ada.call("GET", "/v1/inbox"))["unread_channels"] == 0
    await app.people.channels._index()
    found = await bob.call("GET", "/v1/search?q=robert")
    assert [message["n"] for message in found["messages"]] == [1]
    await ada.call("DELETE", f"/v1/channels/{dm}/messages/1", status=204)
    deleted = (
        await bob.receive(
            "channel.message_changed",
            message=(await bob.call("GET", f"/v1/channels/{dm}/messages?around=1"))["messages"][0],
        )
    )["message"]
    assert (deleted["n"], deleted["body"], deleted["reactions"], deleted["deleted_at"] is None) == (1, "", [], False)


async def test_unfriending_closes_the_dm_with_a_notice_and_a_new_friendship_reopens_it(
    friends: Users, pool: Pool
) -> None:
    ada, bob = await friends("Ada", "Bob")
    dm = await dm_of(ada, bob)
    await ada.call("DELETE", f"/v1/friends/{bob.user_id}", status=204)
    assert (await bob.receive("channel.message"))["message"]["details"] == {"notice": "closed"}
    for user in (ada, bob):
        channel = (await user.call("GET", f"/v1/channels/{dm}"))["channel"]
        assert (channel["writable"], channel["unread"]) == (False, 0)
        assert await code_of(user.ask("channel.send", channel_id=dm, client_id="x", body="hello")) == "channel_closed"
        assert await code_of(user.call("PUT", f"/v1/dms/{ada.user_id if user is bob else bob.user_id}")) == "not_found"
    await ada.call("PUT", f"/v1/friends/{bob.user_id}", {})
    await bob.call("PUT", f"/v1/friends/{ada.user_id}", {})
    assert (
        await ada.receive(
            "channel.message", message={**(await ada.call("GET", f"/v1/channels/{dm}/messages"))["messages"][-1]}
        )
    )["message"]["n"] == 2
    sent = (await ada.ask("channel.send", channel_id=dm, client_id="y", body="again"))["message"]
    assert sent["n"] == 3
    await bob.call("PUT", f"/v1/blocks/{ada.user_id}", status=204)
    assert (await bob.receive("channel.gone"))["channel_id"] == dm
    assert (await ada.receive("channel.changed", channel={**(await ada.call("GET", f"/v1/channels/{dm}"))["channel"]}))[
        "channel"
    ]["writable"] is False
    assert await code_of(bob.call("GET", f"/v1/channels/{dm}")) == "not_found"
    assert await code_of(ada.ask("channel.send", channel_id=dm, client_id="z", body="hello?")) == "channel_closed"


async def test_group_over_the_wire(friends: Users, connect_user: ConnectUser) -> None:
    ada, bob, cat = await friends("Ada", "Bob", "Cat")
    guest = await connect_user("Guest")
    refused = await code_of(guest.call("POST", "/v1/channels", {"name": "Mine", "user_ids": []}))
    assert refused == "account_required"
    body = {"name": " Chess ", "user_ids": [bob.user_id]}
    group = (await ada.call("POST", "/v1/channels", body, status=201))["channel"]
    assert (group["name"], group["owner_id"], group["kind"], group["peer"]) == ("Chess", ada.user_id, "group", None)
    channel = f"/v1/channels/{group['channel_id']}"
    await ada.call("PUT", f"{channel}/members/{cat.user_id}", status=204)
    await ada.call("PUT", f"{channel}/members/{cat.user_id}", status=204)
    assert [one["user_id"] for one in (await cat.call("GET", f"{channel}/members"))["members"]] == [
        user.user_id for user in (ada, bob, cat)
    ]
    assert (await cat.receive("channel.changed"))["channel"]["channel_id"] == group["channel_id"]
    assert await code_of(bob.call("PATCH", channel, {"name": "Mine"})) == "forbidden"
    assert await code_of(guest.call("GET", channel)) == "not_found"
    renamed = (await ada.call("PATCH", channel, {"name": "Go", "notify": "mentions"}))["channel"]
    assert (renamed["name"], renamed["notify"]) == ("Go", "mentions")
    await ada.call("DELETE", f"{channel}/members/{cat.user_id}", status=204)
    assert (await cat.receive("channel.gone"))["channel_id"] == group["channel_id"]
    again = await code_of(ada.call("PUT", f"{channel}/members/{cat.user_id}"))
    assert again == "conflict"
    await ada.call("DELETE", f"{channel}/members/{ada.user_id}", status=204)
    assert (await bob.call("GET", channel))["channel"]["owner_id"] == bob.user_id


async def test_members_who_left_keep_their_names_for_those_who_met_them(friends: Users) -> None:
    ada, bob, cat, dan = await friends("Ada", "Bob", "Cat", "Dan")
    body = {"name": "Chess", "user_ids": [bob.user_id, cat.user_id]}
    group = (await ada.call("POST", "/v1/channels", body, status=201))["channel"]
    members = f"/v1/channels/{group['channel_id']}/members"

    async def former(user: Person) -> list[str]:
        return [one["display_name"] for one in (await user.call("GET", members))["former"]]

    assert await former(bob) == []
    await cat.call("DELETE", f"{members}/{cat.user_id}", status=204)
    await ada.ask("channel.send", channel_id=group["channel_id"], client_id="1", body="A pity")
    await ada.call("PUT", f"{members}/{dan.user_id}", status=204)
    assert (await former(bob), await former(dan), sorted(await former(cat))) == (["Cat"], [], ["Ada", "Bob"])
    before = await former(cat)
    await ada.call("DELETE", f"{members}/{ada.user_id}", status=204)
    assert await former(cat) == before  # the order does not show who left later


async def test_old_client_gets_no_events_and_a_second_device_takes_over(friends: Users, base: str) -> None:
    ada, bob = await friends("Ada", "Bob")
    dm = await dm_of(ada, bob)
    await bob.abort()
    await bob.connect()
    await ada.ask("channel.send", channel_id=dm, client_id="1", body="hello")
    await bob.receive_all()
    assert [event for event in bob.events if event["type"].startswith(("channel.", "people."))][1:] == []
    first = ada.reading
    answer = await bob.call("POST", f"/v1/channels/{dm}/messages", {"client_id": "1", "body": "unread"})
    in_flight = {"channel_id": dm, "client_id": "2", "body": "in flight"}
    asked = asyncio.gather(
        ada.ask("channel.send", **in_flight), ada.ask("channel.mark", channel_id=dm, read=2), return_exceptions=True
    )
    assert answer["message"]["n"] == 2
    second = Person(ada.http, base, "Ada")
    second.token, second.user_id = ada.token, ada.user_id
    await second.connect(features=["channels"])
    assert first is not None
    assert await ada.closed() == 4001
    asked.cancel()
    sent = (await second.ask("channel.send", **in_flight))["message"]
    assert sent["n"] == 3
    await second.call("PUT", f"/v1/channels/{dm}/marks", {"read": 2})
    page = await bob.call("GET", f"/v1/channels/{dm}/messages")
    assert [message["body"] for message in page["messages"]] == ["hello", "unread", "in flight"]
    [shown] = (await second.call("GET", "/v1/inbox"))["channels"]
    assert (shown["unread"], shown["read_n"]) == (0, 2)
    await second.abort()


@pytest.mark.settings(rate_limits=True, chat_burst=3, chat_every_s=600)
async def test_chat_limit_counts_rooms_and_channels_together(friends: Users) -> None:
    ada, bob = await friends("Ada", "Bob")
    dm = await dm_of(ada, bob)
    room = (await meet(ada, bob))["room_id"]
    for _ in range(3):  # a message that is stored already, or is refused, does not count
        await ada.ask("channel.send", channel_id=dm, client_id="1", body="hello")
        assert await code_of(ada.ask("channel.send", channel_id=room, client_id="2", body="hello")) == "not_found"
    await ada.ask("chat.send", room_id=room, client_id="1", body="hello")
    await ada.ask("channel.send", channel_id=dm, client_id="2", body="hello")
    for kind, where in (("chat.send", {"room_id": room}), ("channel.send", {"channel_id": dm})):
        with pytest.raises(Refused) as refused:
            await ada.ask(kind, **where, client_id="3", body="hello")
        assert (refused.value.code, refused.value.frame["retry_after_ms"] > 0) == ("rate_limited", True)
    await bob.ask("channel.send", channel_id=dm, client_id="1", body="hello")
    sent = {"client_id": "3", "body": "hello"}  # over HTTP the limit of writes applies
    assert (await ada.call("POST", f"/v1/channels/{dm}/messages", sent))["message"]["n"] == 4


async def test_events_of_a_lost_connection_are_replayed_by_people_seq(friends: Users) -> None:
    ada, bob = await friends("Ada", "Bob")
    dm = await dm_of(ada, bob)
    await bob.receive("channel.changed")
    await bob.abort()
    for number in range(3):
        await ada.ask("channel.send", channel_id=dm, client_id=str(number), body=str(number))
    welcome = await bob.connect(resume=True, features=["friends", "channels"])
    assert welcome["people_resumed"] is True
    for number in range(3):
        assert (await bob.receive("channel.message"))["message"]["body"] == str(number)


async def test_stream_is_not_resumed_with_other_features(friends: Users) -> None:
    """It would lack the events of a new feature, or have those of one that was not asked for."""
    ada, bob = await friends("Ada", "Bob")
    dm = await dm_of(ada, bob)
    await bob.receive("channel.changed")
    for number, features in enumerate((["friends"], ["friends", "channels"])):
        await bob.abort()
        await ada.ask("channel.send", channel_id=dm, client_id=str(number), body=str(number))
        welcome = await bob.connect(resume=True, features=features)
        assert (welcome["resumed"], welcome["people_resumed"]) == (True, False)
    await ada.ask("channel.send", channel_id=dm, client_id="2", body="2")
    event = await bob.receive("channel.message")
    assert (event["message"]["body"], event["people_seq"]) == ("2", 1)


async def test_invalid_input_is_refused_by_field(friends: Users) -> None:
    ada, bob = await friends("Ada", "Bob")
    dm = await dm_of(ada, bob)
    channel = f"/v1/channels/{dm}"
    for fields in (
        {"body": "x" * 2_001},
        {"body": "\u3164"},
        {"body": " "},
        {"body": "a\x00b"},
        {"body": "x", "reply_to": 1},
        {"body": "x", "reply_to": 1.5},
        {"body": "x", "client_id": ""},
        {"attachment_ids": [dm]},
        {"body": "x", "attachment_ids": [dm, dm]},
    ):
        assert await code_of(ada.ask("channel.send", **{"channel_id": dm, "client_id": "1"} | fields)) == "invalid", (
            fields
        )
    for path, body in (
        ("marks", {"read": -1}),
        ("marks", {"read": 1.5}),
        ("marks", {"read": "1"}),
        ("marks", {"delivered": "one"}),
        ("marks", {}),
    ):
        assert await code_of(ada.call("PUT", f"{channel}/{path}", body)) == "invalid", body
    for read in (-1, 1.5, "1"):
        assert await code_of(ada.ask("channel.mark", channel_id=dm, read=read)) == "invalid"
    assert await code_of(ada.ask("channel.mark", channel_id=dm)) == "invalid"
    for query in ("before=0", "limit=101", "before=1&after=2", "around=x"):
        assert await code_of(ada.call("GET", f"{channel}/messages?{query}")) in ("invalid", "bad_frame"), query
    assert await code_of(ada.call("GET", "/v1/search?q=!!")) == "invalid"
    assert await code_of(ada.call("GET", "/v1/search?q=" + "x" * 101)) == "invalid"
    assert await code_of(ada.call("PUT", f"{channel}/messages/1/reactions/nope")) == "invalid"
    for n in ("0", "9", "x", "9" * 30):
        assert await code_of(ada.call("DELETE", f"{channel}/messages/{n}")) == "not_found", n
    assert (await ada.call("GET", f"{channel}/messages"))["last_n"] == 0


async def test_blocked_user_gets_no_events_after_an_unfriend(friends: Users) -> None:
    ada, bob = await friends("Ada", "Bob")
    dm = await dm_of(ada, bob)
    await ada.call("DELETE", f"/v1/friends/{bob.user_id}", status=204)
    await bob.receive("channel.message")
    # After the end of a friendship both can still read.
    await ada.receive("channel.message")
    await ada.receive_all()
    assert "channel.gone" not in [event["type"] for event in ada.events]
    event_count = len(bob.events)
    await ada.call("PUT", f"/v1/blocks/{bob.user_id}", status=204)
    assert (await ada.receive("channel.gone"))["channel_id"] == dm
    await bob.call("GET", "/v1/inbox")
    await bob.receive_all()
    assert len(bob.events) == event_count


async def notified(user: Person, count: int) -> list[tuple[str, int]]:
    """Wait for this many live notifications of messages; return their kinds and numbers."""
    found: list[tuple[str, int]] = []
    while len(found) < count:
        one = (await user.receive("notification"))["notification"]
        if one["kind"] in ("message", "mention"):
            assert one["person"]["display_name"] == "Ada"
            found.append((one["kind"], one["details"]["n"]))
    return found


@pytest.mark.settings(rate_limits=False)
async def test_messages_are_notified_live_by_member_setting(friends: Users) -> None:
    ada, bob, cleo, dan = await friends("Ada", "Bob", "Cleo", "Dan")
    others = [user.user_id for user in (bob, cleo, dan)]
    group = (await ada.call("POST", "/v1/channels", {"name": "All", "user_ids": others}))["channel"]["channel_id"]
    await cleo.call("PATCH", f"/v1/channels/{group}", {"notify": "mentions"})
    settings = {"kinds": {"message": {"live": False, "email": False}}}
    assert (await dan.call("PUT", "/v1/notification-settings", settings))["kinds"]["message"]["live"] is False
    mentions = " ".join(f"<@{user}>" for user in others)
    for name, body in enumerate(("hello", mentions, "and again", mentions)):
        last = (await ada.ask("channel.send", channel_id=group, client_id=str(name), body=body))["message"]["n"]
    for user in (bob, cleo, dan):  # what is sent later is notified later
        dm = (await ada.call("PUT", f"/v1/dms/{user.user_id}"))["channel"]["channel_id"]
        await ada.ask("channel.send", channel_id=dm, client_id="1", body=f"<@{user.user_id}>")
    assert await notified(bob, 3) == [("message", last - 3), ("mention", last - 2), ("mention", 1)]
    for user in (cleo, dan):
        assert await notified(user, 2) == [("mention", last - 2), ("mention", 1)]
    await bob.receive_all()
    assert not [one for one in bob.received("notification") if one["notification"]["kind"] == "message"][1:]
    listed = (await bob.call("GET", "/v1/notifications"))["notifications"]
    assert not {one["kind"] for one in listed} & {"message", "mention"}


async def test_added_member_is_notified_live_and_in_the_list(friends: Users) -> None:
    ada, bob, cleo, dan = await friends("Ada", "Bob", "Cleo", "Dan")
    off = {"kinds": {"group_added": {"live": False, "email": False}}}
    await dan.call("PUT", "/v1/notification-settings", off)
    body = {"name": "Chess", "user_ids": [bob.user_id, dan.user_id]}
    group = (await ada.call("POST", "/v1/channels", body))["channel"]["channel_id"]
    await bob.call("PUT", f"/v1/channels/{group}/members/{cleo.user_id}")
    await bob.call("PUT", f"/v1/channels/{group}/members/{cleo.user_id}")
    for user, by in ((bob, ada), (cleo, bob)):
        while (notification := (await user.receive("notification"))["notification"])["kind"] != "group_added":
            pass
        assert notification["person"]["user_id"] == by.user_id
        assert notification["details"] == {"channel_id": group, "name": "Chess"}
        [listed] = await added(user)
        assert listed["notification_id"] == notification["notification_id"]
    assert await added(ada) == await added(dan) == []


async def added(user: Person) -> list[dict[str, object]]:
    listed = (await user.call("GET", "/v1/notifications"))["notifications"]
    return [one for one in listed if one["kind"] == "group_added"]
