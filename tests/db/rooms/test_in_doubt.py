"""The connection breaks while a commit runs: a change takes effect once, or is refused and then not at all."""

import asyncio
import time
from collections.abc import AsyncIterator

import pytest
from msgspec.structs import replace

from matchmaker.domain.errors import Unavailable, VersionConflict
from matchmaker.domain.ids import pair_of
from matchmaker.domain.message import Receipt
from matchmaker.domain.room import Room
from matchmaker.domain.transactions import RoomWrite
from server.db.pool import Pool
from server.db.rooms.room_repository import PostgresRoomRepository
from tests.db.users import Town, opening
from tests.db.wire import Loss, Wire

LOSSES: tuple[Loss, ...] = ("answer", "request")


@pytest.fixture
async def wire(database: str) -> AsyncIterator[Wire]:
    async with Wire(database) as wire:
        yield wire


@pytest.fixture
async def ledger(wire: Wire) -> AsyncIterator[PostgresRoomRepository]:
    """A ledger whose one connection goes over the wire."""
    pool = await Pool.open(wire.dsn, size=1)
    ledger = PostgresRoomRepository(pool, doubt_s=0.3)
    yield ledger
    await ledger.close()
    await pool.close()


@pytest.fixture
async def room(ledger: PostgresRoomRepository, town: Town) -> Room:
    """A text room; what is needed to open, change and end rooms is prepared on the connection."""
    await town.settle("yan", "zoe")
    first = town.room("yan", "zoe", mode="text")
    await ledger.commit(opening(first))
    first = replace(first, version=1)
    message = town.message(first, "yan")
    await ledger.commit(RoomWrite(before=first, after=first, message=message))
    await ledger.record_receipt(
        Receipt(room_id=first.room_id, message_id=message.message_id, status="read", by=town["zoe"], at=1)
    )
    await ledger.commit(town.end(first))
    await ledger.extend_cooldown(pair_of(town["yan"], town["zoe"]), until=1)
    room = town.room("ada", "bob", mode="text")
    await ledger.commit(opening(room))
    return replace(room, version=1)


@pytest.mark.parametrize("loss", LOSSES)
async def test_room_is_opened_once(
    ledger: PostgresRoomRepository, wire: Wire, town: Town, room: Room, loss: Loss
) -> None:
    other = town.room("cat", "dan")
    wire.lose(loss)
    await ledger.commit(opening(other))
    stored = await ledger.room(other.room_id)
    assert stored is not None
    assert stored.version == 1


@pytest.mark.parametrize("loss", LOSSES)
async def test_change_is_applied_once(
    ledger: PostgresRoomRepository, wire: Wire, town: Town, room: Room, loss: Loss
) -> None:
    after = replace(room, asked_by=town["ada"], asked_at=5, idle=(town["bob"], town["ada"]))
    wire.lose(loss)
    await ledger.commit(RoomWrite(before=room, after=after))
    assert await ledger.room(room.room_id) == replace(after, version=2, idle=room.users)
    with pytest.raises(VersionConflict):
        await ledger.commit(RoomWrite(before=room, after=after))


@pytest.mark.parametrize("loss", LOSSES)
async def test_message_is_stored_once(
    ledger: PostgresRoomRepository, wire: Wire, town: Town, room: Room, loss: Loss
) -> None:
    message = town.message(room, "ada")
    after = replace(room, offerer=replace(room.offerer, said_at=7))
    wire.lose(loss)
    assert await ledger.commit(RoomWrite(before=room, after=after, message=message)) == message
    assert await ledger.messages(room.room_id) == [message]
    assert await ledger.room(room.room_id) == replace(after, version=2)


@pytest.mark.parametrize("loss", LOSSES)
async def test_room_ends_once(ledger: PostgresRoomRepository, wire: Wire, town: Town, room: Room, loss: Loss) -> None:
    wire.lose(loss)
    await ledger.commit(town.end(room))
    assert await ledger.room(room.room_id) is None
    assert len((await ledger.calls(town["ada"]))[0]) == 1
    with pytest.raises(VersionConflict):
        await ledger.commit(town.end(room))


@pytest.fixture
async def mixed(ledger: PostgresRoomRepository, town: Town, room: Room) -> list[RoomWrite]:
    """A group: an opening, the end of a text room that is stored, and the end of a video room that is stored."""
    await town.settle("eve", "fay")
    video = town.room("cat", "dan")
    await ledger.commit(opening(video))
    return [opening(town.room("eve", "fay")), town.end(room), town.end(replace(video, version=1))]


async def open_rooms(ledger: PostgresRoomRepository, changes: list[RoomWrite]) -> list[bool]:
    """Return for each change whether its room is open."""
    return [await ledger.room(change.after.room_id) is not None for change in changes]


@pytest.mark.parametrize("loss", LOSSES)
async def test_opening_and_ends_of_one_group_take_effect_once(
    ledger: PostgresRoomRepository, wire: Wire, town: Town, mixed: list[RoomWrite], loss: Loss
) -> None:
    wire.lose(loss)
    assert await asyncio.gather(*map(ledger.commit, mixed)) == [None] * 3
    assert await open_rooms(ledger, mixed) == [True, False, False]
    for name in ("ada", "cat"):
        assert len((await ledger.calls(town[name]))[0]) == 1
    for change in mixed[1:]:
        with pytest.raises(VersionConflict):
            await ledger.commit(change)


@pytest.mark.parametrize("loss", LOSSES)
async def test_of_a_refused_group_the_ends_that_took_effect_stay(
    ledger: PostgresRoomRepository, wire: Wire, town: Town, mixed: list[RoomWrite], loss: Loss
) -> None:
    wire.lose(loss, then_down=True)
    answers = await asyncio.gather(*map(ledger.commit, mixed), return_exceptions=True)
    assert [type(answer) for answer in answers] == [Unavailable] * 3
    wire.up()
    await asyncio.sleep(0.15)
    took_effect = loss == "answer"
    assert await open_rooms(ledger, mixed) == [False, not took_effect, not took_effect]
    # All of it may be asked for again; an end that took effect keeps its first reason.
    again = [mixed[0], *(town.end(change.after, "time_up") for change in mixed[1:])]
    assert await asyncio.gather(*map(ledger.commit, again)) == [None] * 3
    assert await open_rooms(ledger, mixed) == [True, False, False]
    for name in ("ada", "cat"):
        [call] = (await ledger.calls(town[name]))[0]
        assert call.end_reason == ("hangup" if took_effect else "time_up")


@pytest.mark.parametrize("loss", LOSSES)
async def test_other_statements_may_be_repeated(
    ledger: PostgresRoomRepository, wire: Wire, town: Town, room: Room, loss: Loss
) -> None:
    wire.lose(loss)
    assert await ledger.extend_cooldown(pair_of(town["cat"], town["dan"]), until=9_000) == 9_000
    wire.lose(loss)
    assert await ledger.avoided([town["cat"]], now=0) == {town["cat"]: {town["dan"]: 9_000}}


async def test_conflict_stays_a_conflict(ledger: PostgresRoomRepository, wire: Wire, town: Town, room: Room) -> None:
    await ledger.commit(RoomWrite(before=room, after=replace(room, asked_at=1)))
    wire.lose("answer")
    with pytest.raises(VersionConflict):
        await ledger.commit(RoomWrite(before=room, after=replace(room, asked_at=2)))
    wire.lose("answer")
    with pytest.raises(VersionConflict):
        await ledger.commit(town.end(room))


async def test_refused_opening_has_not_happened(
    ledger: PostgresRoomRepository, wire: Wire, town: Town, room: Room
) -> None:
    other = town.room("cat", "dan")
    wire.lose("answer", then_down=True)
    with pytest.raises(Unavailable):
        await ledger.commit(opening(other))
    wire.up()
    await asyncio.sleep(0.15)
    # Both are idle, and may be matched with each other, or others.
    await ledger.commit(opening(town.room("dan", "cat")))
    assert await ledger.room(other.room_id) is None


async def test_refused_message_is_not_stored(
    ledger: PostgresRoomRepository, wire: Wire, town: Town, room: Room
) -> None:
    lost = town.message(room, "ada", "lost", client_id="1")
    wire.lose("answer", then_down=True)
    with pytest.raises(Unavailable):
        await ledger.commit(
            RoomWrite(before=room, after=replace(room, offerer=replace(room.offerer, said_at=7)), message=lost)
        )
    wire.up()
    await asyncio.sleep(0.15)
    assert await ledger.messages(room.room_id) == []
    stored = await ledger.room(room.room_id)
    assert stored == replace(room, version=3)  # there and back
    again = town.message(room, "ada", "lost", client_id="1")
    assert await ledger.commit(RoomWrite(before=stored, after=stored, message=again)) == again


async def test_refused_upgrade_has_not_happened(
    ledger: PostgresRoomRepository, wire: Wire, town: Town, room: Room
) -> None:
    wire.lose("answer", then_down=True)
    with pytest.raises(Unavailable):
        await ledger.commit(RoomWrite(before=room, after=replace(room, mode="video", live_at=None, duration_s=300)))
    wire.up()
    await asyncio.sleep(0.15)
    assert await ledger.room(room.room_id) == replace(room, version=3)


async def test_refused_end_that_took_effect_succeeds_when_repeated(
    ledger: PostgresRoomRepository, wire: Wire, town: Town, room: Room
) -> None:
    wire.lose("answer", then_down=True)
    with pytest.raises(Unavailable):
        await ledger.commit(town.end(room))
    wire.up()
    await asyncio.sleep(0.15)
    await ledger.commit(town.end(room, "time_up"))
    assert [call.end_reason for call in (await ledger.calls(town["ada"]))[0]] == ["hangup"]
    with pytest.raises(VersionConflict):
        await ledger.commit(town.end(room))


async def test_unreachable_database_fails_without_waiting(
    ledger: PostgresRoomRepository, wire: Wire, town: Town, room: Room
) -> None:
    wire.lose("answer", then_down=True)
    started = time.monotonic()
    answers = await asyncio.gather(
        *(ledger.commit(RoomWrite(before=room, after=replace(room, asked_at=n))) for n in range(50)),
        *(ledger.avoided([town["ada"]], now=0) for _ in range(50)),
        return_exceptions=True,
    )
    assert {type(answer) for answer in answers} == {Unavailable}
    assert time.monotonic() - started < 4, "one after another would be in doubt for 15 s"
    started = time.monotonic()
    for _ in range(100):
        with pytest.raises(Unavailable):
            await ledger.room(room.room_id)
    assert time.monotonic() - started < 4, "each would rest for 0.1 s"
    wire.up()
    await asyncio.sleep(0.15)
    assert await ledger.room(room.room_id) is not None
