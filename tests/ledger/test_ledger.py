"""The contract of the ledger, kept by PostgreSQL."""

from msgspec.structs import replace

from matchmaker.change import RoomChange
from server.ledger.ledger import Ledger
from tests.ledger.people import Town, opening


async def test_a_room_is_read_back_as_it_was_opened(ledger: Ledger, town: Town) -> None:
    for mode, pair in (("video", ("ada", "bob")), ("text", ("cat", "dan"))):
        room = town.room(*pair, mode=mode)
        assert await ledger.commit(opening(room)) is None
        stored = await ledger.room(room.room_id)
        assert stored is not None
        if mode == "video":
            assert stored.offerer.said_at == 0
            stored = replace(stored, offerer=room.offerer, answerer=room.answerer)
        assert stored == replace(room, version=1)
        assert await ledger.room_of(town[pair[0]]) == await ledger.room_of(town[pair[1]]) == room.room_id


async def test_a_whole_life(ledger: Ledger, town: Town) -> None:
    room = town.room("ada", "bob", mode="text")
    await ledger.commit(opening(room))
    room = replace(room, version=1)
    message = town.message(room, "ada")
    after = replace(room, offerer=replace(room.offerer, said_at=town.clock.now() + 7))
    assert await ledger.commit(RoomChange(before=room, after=after, message=message)) == message
    room = replace(after, version=2)
    assert await ledger.room(room.room_id) == room
    await ledger.commit(town.end(room))
    assert await ledger.room(room.room_id) is None
    assert await ledger.room_of(town["ada"]) is None
    until = town.clock.now() + 86_400_000
    assert await ledger.avoided([town["ada"]], now=town.clock.now()) == {town["ada"]: {town["bob"]: until}}
    calls, cursor = await ledger.calls(town["bob"])
    assert [call.message_count for call in calls] == [1]
    assert cursor is None
    assert (await ledger.transcript(town["bob"], room.room_id)) == ([message], None)
