"""The process, or its machine, stalls for some seconds, and continues: no user loses a room."""

import asyncio
import time

import pytest

from tests.support.client import Person, meet
from tests.support.service import Service

STALL_S = 3.0


@pytest.mark.settings(RONDO_GRACE_S=2)
@pytest.mark.topology("one_node")
async def test_stall_longer_than_the_grace_ends_no_room(service: Service, ada: Person, bob: Person) -> None:
    room = (await meet(ada, bob, "video"))["room_id"]
    await bob.abort()
    away = await ada.receive("room.peer_away")
    service.freeze()
    began = time.monotonic()
    try:
        await asyncio.sleep(STALL_S)
    finally:
        service.thaw()
    stalled_ms = (time.monotonic() - began) * 1_000
    again = await ada.receive("room.peer_away")
    assert 1_500 < again["ends_at"] - away["ends_at"] <= stalled_ms + 1_000
    await bob.connect(resume=True)
    assert bob.state["room"]["room_id"] == room
    await ada.receive("room.peer_back")
    assert not ada.received("room.ended")
    assert [line["stalled_s"] > 1.5 for line in service.log if line["event"] == "node_stalled"] == [True]
