"""Channels over two nodes: concurrent messages of members reach all, in one order, once."""

import asyncio

import pytest

from tests.journeys.conftest import ConnectUser
from tests.nodes.test_friends import pair
from tests.support.cluster import TwoNodes

pytestmark = pytest.mark.settings(RONDO_MARKS_S=0.1)


async def test_conversation_across_nodes_is_in_order_at_both(service: TwoNodes, connect_user: ConnectUser) -> None:
    ada, bob = await pair(service, connect_user)
    dm = (await ada.call("PUT", f"/v1/dms/{bob.user_id}"))["channel"]["channel_id"]
    await bob.receive("channel.changed")
    sends = [
        user.ask("channel.send", channel_id=dm, client_id=str(number), body=f"{user.name} {number}")
        for number in range(10)
        for user in (ada, bob)
    ]
    sent = [reply["message"] for reply in await asyncio.gather(*sends)]
    assert sorted(message["n"] for message in sent) == list(range(1, 21))
    for user, other in ((ada, bob), (bob, ada)):
        expected = sorted(message["n"] for message in sent if message["from"] == other.user_id)
        while len(user.received("channel.message")) < len(expected):
            await user.receive("channel.message")
        assert [event["message"]["n"] for event in user.received("channel.message")] == expected
    await bob.call("PATCH", f"/v1/channels/{dm}/messages/{sent[1]['n']}", {"body": "edited"})
    assert (await ada.receive("channel.message_changed"))["message"]["body"] == "edited"
    await bob.ask("channel.mark", channel_id=dm, read=20)
    assert (await ada.receive("channel.marked"))["read"] == 20
    await ada.ask("channel.typing", channel_id=dm)
    await bob.receive("channel.typing")
