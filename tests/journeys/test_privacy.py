"""Private data is not in the log."""

import asyncio

import msgspec
import pytest

from tests.journeys.conftest import ConnectUser
from tests.support.client import meet
from tests.support.service import Service

SECRET = "the-treasure-is-under-the-oak"


@pytest.mark.topology("one_node")
async def test_log_of_a_busy_server_has_no_user_data(service: Service, connect_user: ConnectUser) -> None:
    ada, bob = await connect_user("Ada " + SECRET[:12]), await connect_user("Bob")
    room_id = (await meet(ada, bob))["room_id"]
    await ada.ask("chat.send", room_id=room_id, client_id="1", body=SECRET)
    await ada.ask("signal", room_id=room_id, description={"type": "offer", "sdp": f"v=0\r\ns={SECRET}\r\n"})
    await bob.ask("report", user_id=ada.user_id, category="spam", details=SECRET)
    async with asyncio.timeout(10):
        while not any(event["event"] == "reported" for event in service.log):  # noqa: ASYNC110 - it comes through a pipe
            await asyncio.sleep(0.01)
    told = msgspec.json.encode([event for event in service.log if event["event"] != "listening"]).decode()
    for word in (SECRET, SECRET[:12], "127.0.0.1", "v=0", ada.token):
        assert word not in told
