"""Presence of friends on real sockets: hello, calls, lost connections, hidden presence, resumed streams."""

import pytest

from server.app import App
from server.db.pool import Pool
from tests.people.conftest import FEATURES, ConnectUser, Users, befriend
from tests.support.client import Person, meet

pytestmark = pytest.mark.settings(rate_limits=False, presence_hold_s=0.3, presence_every_s=0.05)


@pytest.mark.settings(
    rate_limits=False, presence_hold_s=0.3, presence_every_s=0.05, message_chars=300, attachments="off"
)
async def test_friends_see_each_others_presence(friends: Users, connect_user: ConnectUser) -> None:
    ada, bob = await friends("Ada", "Bob")
    stranger = await connect_user("Eve")
    welcome = await ada.connect(features=FEATURES)
    assert welcome["state"]["friends"] == [{"user_id": bob.user_id, "presence": "online"}]
    assert welcome["features"] == ["channels", "friends"]
    assert welcome["limits"]["message_chars"] == 300
    assert welcome["limits"]["attachments_per_message"] == 0, "the server stores no files"
    await meet(bob, stranger)
    assert (await ada.receive("friend.presence"))["presence"] == "in_call"
    await bob.abort()
    assert (await ada.receive("friend.presence"))["presence"] == "offline"
    [shown] = (await ada.call("GET", "/v1/friends"))["friends"]
    assert shown["presence"] == "offline"
    await bob.connect(features=FEATURES)
    assert (await ada.receive("friend.presence"))["presence"] in ("in_call", "online")
    await ada.receive_all()
    assert {event["user_id"] for event in ada.received("friend.presence")} == {bob.user_id}


@pytest.mark.settings(rate_limits=False, presence_hold_s=600, presence_every_s=0.05)
async def test_short_absence_is_not_shown(friends: Users) -> None:
    ada, bob = await friends("Ada", "Bob")
    await bob.abort()
    await bob.connect(features=FEATURES)
    await ada.receive_all()
    assert [event["presence"] for event in ada.received("friend.presence")] == []


async def test_hidden_presence_hides_both_ways(friends: Users) -> None:
    ada, bob = await friends("Ada", "Bob")
    await ada.call("PATCH", "/v1/me", {"shows_presence": False})
    assert (await bob.receive("friend.presence"))["presence"] == "offline"
    assert (await ada.receive("friend.presence"))["presence"] == "offline"
    welcome = await bob.connect(features=FEATURES)
    assert welcome["state"]["friends"] == []
    await ada.call("PATCH", "/v1/me", {"shows_presence": True})
    assert (await bob.receive("friend.presence"))["presence"] == "online"
    assert (await ada.receive("friend.presence"))["presence"] == "online"


async def test_former_friends_see_nothing(friends: Users) -> None:
    ada, bob = await friends("Ada", "Bob")
    await ada.call("DELETE", f"/v1/friends/{bob.user_id}")
    await bob.abort()
    cleo = await _fresh(friends)
    await cleo.abort()
    await ada.receive_all()
    assert ada.received("friend.presence") == []


async def _fresh(friends: Users) -> Person:
    cleo, _ = await friends("Cleo", "Dan")
    return cleo


async def test_friend_without_the_feature_has_presence_too(
    friends: Users, connect_user: ConnectUser, pool: Pool
) -> None:
    ada, bob = await friends("Ada", "Bob")
    await bob.connect(features=[])
    welcome = await ada.connect(features=["friends"])
    assert [one["presence"] for one in welcome["state"]["friends"]] == ["online"]
    await bob.close()
    assert (await ada.receive("friend.presence"))["presence"] == "offline"


async def test_people_stream_is_resumed_apart_from_that_of_calls(permanent: Users) -> None:
    ada, bob = await permanent("Ada", "Bob")
    await ada.abort()
    await befriend(bob, ada)
    welcome = await ada.connect(resume=True, features=FEATURES)
    assert (welcome["resumed"], welcome["people_resumed"]) == (True, True)
    await ada.receive("friend.added")
    assert ada.people_seq == 2  # the request, and the friend
    ada.seq = 999  # as if events of calls had been lost
    await ada.abort()
    welcome = await ada.connect(resume=True, features=FEATURES)
    assert (welcome["resumed"], welcome["people_resumed"]) == (False, True)
    ada.people_seq = 999
    await ada.abort()
    welcome = await ada.connect(resume=True, features=FEATURES)
    assert (welcome["resumed"], welcome["people_resumed"]) == (True, False)


async def test_reset_restarts_numbering_and_is_not_resumed(friends: Users, app: App) -> None:
    ada, bob = await friends("Ada", "Bob")
    app.people.sender.reset(ada.user_id, within_ms=500)  # type: ignore[arg-type]
    told = await ada.receive("people.reset")
    assert told["within_ms"] == 500
    assert told["people_seq"] > 1
    await bob.abort()
    await ada.receive("friend.presence", people_seq=1)
    await ada.abort()
    welcome = await ada.connect(resume=True, features=FEATURES)
    assert (welcome["resumed"], welcome["people_resumed"]) == (True, False)


async def test_queue_pairs_friends_only_if_no_new_user_waits(friends: Users, connect_user: ConnectUser) -> None:
    ada, bob = await friends("Ada", "Bob")
    await bob.connect(features=FEATURES)
    eve = await connect_user("Eve")
    await ada.call("PUT", f"/v1/blocks/{eve.user_id}")
    while not await _is_last(bob, ada, eve):
        await bob.connect(features=FEATURES)


async def _is_last(bob: Person, ada: Person, eve: Person) -> bool:
    """Queue *ada*, then *eve*, then *bob*; return whether he meets Eve first, and Ada when no other user waits.

    His friends are read concurrently with the hello, which may take a moment longer.
    """
    for user in (ada, eve):
        await user.ask("queue.join", mode="text")
    await bob.ask("queue.join", mode="text")
    invite = (await bob.receive("invite.received"))["invite"]
    is_last = invite["peer"]["user_id"] == eve.user_id
    other = eve if is_last else ada
    await other.receive("invite.received")
    for user in (eve, ada, bob):
        await user.ask("queue.leave")
    await other.ask("invite.decline", invite_id=invite["invite_id"])
    for user in (other, bob):
        await user.receive("invite.closed")
    return is_last
