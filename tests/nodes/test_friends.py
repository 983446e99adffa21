"""Friends over two nodes: events at the owner of each, presence, calls, moves with the own stream, a node that dies."""

import asyncio
import itertools

import asyncpg
import pytest

from tests.journeys.conftest import ConnectUser
from tests.people.conftest import FEATURES, MET, PERMANENT
from tests.support.client import PATIENCE_S, Person
from tests.support.cluster import TwoNodes

SETTINGS = {"RONDO_PRESENCE_HOLD_S": 0.5, "RONDO_PRESENCE_EVERY_S": 0.1}
pytestmark = pytest.mark.settings(**SETTINGS)


async def met(service: TwoNodes, *users: Person) -> None:
    """Let users have permanent accounts and have met."""
    connection = await asyncpg.connect(service.dsn)
    for user in users:
        await connection.execute(PERMANENT, user.user_id)
    for one, other in itertools.combinations(users, 2):
        await connection.execute(MET, one.user_id, other.user_id)
    await connection.close()


async def pair(service: TwoNodes, connect_user: ConnectUser, *, are_friends: bool = True) -> tuple[Person, Person]:
    """Return two users who have met, the first connected to the first node, the second to the second."""
    ada, bob = await connect_user("Ada", connect=False), await connect_user("Bob", connect=False)
    await met(service, ada, bob)
    for user, node in zip((ada, bob), service.nodes, strict=True):
        user.base = node.base
        await user.connect(features=FEATURES)
    if are_friends:
        await ada.ask("friend.ask", user_id=bob.user_id)
        await bob.receive("friend.requested")
        assert (await bob.ask("friend.ask", user_id=ada.user_id))["status"] == "friends"
        for user in (ada, bob):
            assert (await user.receive("friend.added"))["friend"]["presence"] == "online"
    return ada, bob


async def until_seen(user: Person, friend: Person, presence: str) -> None:
    """Wait until *user* is told that *friend* is there; a node that died is noticed in its own time."""
    for attempt in range(3):
        try:
            while (await user.receive("friend.presence", user_id=friend.user_id))["presence"] != presence:
                pass
            return
        except AssertionError:
            if attempt == 2:
                raise


async def look(user: Person, friend: Person) -> None:
    """Reconnect *user*, and check that *friend* is online."""
    welcome = await user.connect(features=FEATURES)
    if not welcome["state"]["friends"]:  # the other node took its time
        await until_seen(user, friend, "online")


async def test_presence_of_friends_of_other_nodes(service: TwoNodes, connect_user: ConnectUser) -> None:
    ada, bob = await pair(service, connect_user)
    await look(ada, bob)
    for node in service.nodes:  # HTTP at any node
        ada.base = node.base
        async with asyncio.timeout(PATIENCE_S):
            while (await ada.call("GET", "/v1/friends"))["friends"][0]["presence"] != "online":
                pass
    await bob.abort()
    await until_seen(ada, bob, "offline")
    await bob.connect(features=[])  # an old client is seen as well
    await until_seen(ada, bob, "online")
    await ada.call("PATCH", "/v1/me", {"shows_presence": False})
    await until_seen(ada, bob, "offline")


async def test_friends_of_two_nodes_call_each_other(service: TwoNodes, connect_user: ConnectUser) -> None:
    ada, bob = await pair(service, connect_user)
    await ada.ask("invite.send", kind="friend", user_id=bob.user_id, mode="video")
    invite = (await bob.receive("invite.received"))["invite"]
    assert invite["kind"] == "friend"
    await bob.ask("invite.accept", invite_id=invite["invite_id"])
    for user in (ada, bob):
        assert (await user.receive("room.started"))["room"]["kind"] == "friend"
    await bob.ask("room.leave", room_id=(await _room(bob)))
    for user in (ada, bob):
        assert (await user.receive("room.ended"))["cooldown_until_at"] is None
    # The caller has moved to the node of the callee and back, with the own stream.
    await bob.abort()
    await until_seen(ada, bob, "offline")
    await bob.connect(features=FEATURES)
    await until_seen(ada, bob, "online")
    await ada.call("DELETE", f"/v1/friends/{bob.user_id}")
    await bob.ask("friend.ask", user_id=ada.user_id)
    await ada.receive("friend.requested")


async def _room(user: Person) -> str:
    [started] = user.received("room.started")
    room_id: str = started["room"]["room_id"]
    return room_id


async def test_concurrent_requests_at_two_nodes_make_one_friendship(
    service: TwoNodes, connect_user: ConnectUser
) -> None:
    ada, bob = await pair(service, connect_user, are_friends=False)
    await asyncio.gather(
        *(
            one.ask("friend.ask", user_id=other.user_id, quiet=quiet)
            for one, other in ((ada, bob), (bob, ada))
            for quiet in (False, True)
        )
    )
    for user, friend in ((ada, bob), (bob, ada)):
        await user.receive("friend.added")
        await user.receive_all()
        assert len(user.received("friend.added")) == 1
        assert [one["user_id"] for one in (await user.call("GET", "/v1/friends"))["friends"]] == [friend.user_id]
        assert await user.call("GET", "/v1/friends/requests") == {"received": [], "sent": [], "cursor": None}


async def test_users_of_a_dead_node_are_offline(service: TwoNodes, connect_user: ConnectUser) -> None:
    ada, bob = await pair(service, connect_user)
    await look(ada, bob)
    await service.nodes[1].kill()
    await until_seen(ada, bob, "offline")
    await service.start()
    bob.base = service.nodes[1].base
    await bob.connect(features=FEATURES)
    await until_seen(ada, bob, "online")
