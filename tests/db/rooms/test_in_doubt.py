"""The connection breaks while a commit runs: a change takes effect once, or is refused and then not at all."""

import asyncio
import time
from collections.abc import AsyncIterator

import pytest
from msgspec.structs import replace

from matchmaker.domain.errors import Unavailable, VersionConflict
from matchmaker.domain.ids import pair_of
from matchmaker.domain.message import Message, Receipt
from matchmaker.domain.room import Room
from matchmaker.domain.transactions import RoomWrite
from server.db.nodes.room_owners import CHANNEL, TAKE
from server.db.pool import Pool
from server.db.rooms.room_repository import PostgresRoomRepository
from tests.db.users import Accounts, opening
from tests.db.wire import Loss, Wire

LOSSES: tuple[Loss, ...] = ("answer", "request")


@pytest.fixture
async def wire(database: str) -> AsyncIterator[Wire]:
    async with Wire(database) as wire:
        yield wire


@pytest.fixture
async def repository(wire: Wire) -> AsyncIterator[PostgresRoomRepository]:
    """A repository whose one connection goes over the wire."""
    pool = await Pool.open(wire.dsn, size=1)
    repository = PostgresRoomRepository(pool, doubt_s=0.3)
    yield repository
    await repository.close()
    await pool.close()


@pytest.fixture
async def room(repository: PostgresRoomRepository, accounts: Accounts) -> Room:
    """A text room; what is needed to open, change and end rooms is prepared on the connection."""
    await accounts.sign_up("yan", "zoe")
    first = accounts.room("yan", "zoe", mode="text")
    await repository.commit(opening(first))
    first = replace(first, version=1)
    message = accounts.message(first, "yan")
    await repository.commit(RoomWrite(before=first, after=first, message=message))
    await repository.record_receipt(
        Receipt(room_id=first.room_id, message_id=message.message_id, status="read", by=accounts["zoe"], at=1)
    )
    await repository.commit(accounts.end(first))
    await repository.extend_cooldown(pair_of(accounts["yan"], accounts["zoe"]), until=1)
    room = accounts.room("ada", "bob", mode="text")
    await repository.commit(opening(room))
    return replace(room, version=1)


@pytest.mark.parametrize("loss", LOSSES)
async def test_room_is_opened_once(
    repository: PostgresRoomRepository, wire: Wire, accounts: Accounts, room: Room, loss: Loss
) -> None:
    other = accounts.room("cat", "dan")
    wire.lose(loss)
    await repository.commit(opening(other))
    stored = await repository.room(other.room_id)
    assert stored is not None
    assert stored.version == 1


@pytest.mark.parametrize("loss", LOSSES)
async def test_change_is_applied_once(
    repository: PostgresRoomRepository, wire: Wire, accounts: Accounts, room: Room, loss: Loss
) -> None:
    after = replace(room, asked_by=accounts["ada"], asked_at=5, idle=(accounts["bob"], accounts["ada"]))
    wire.lose(loss)
    await repository.commit(RoomWrite(before=room, after=after))
    assert await repository.room(room.room_id) == replace(after, version=2, idle=room.users)
    with pytest.raises(VersionConflict):
        await repository.commit(RoomWrite(before=room, after=after))


@pytest.mark.parametrize("loss", LOSSES)
async def test_message_is_stored_once(
    repository: PostgresRoomRepository, wire: Wire, accounts: Accounts, room: Room, loss: Loss
) -> None:
    message = accounts.message(room, "ada")
    after = replace(room, offerer=replace(room.offerer, said_at=7))
    wire.lose(loss)
    assert await repository.commit(RoomWrite(before=room, after=after, message=message)) == message
    assert await repository.messages(room.room_id) == [message]
    assert await repository.room(room.room_id) == replace(after, version=2)


@pytest.mark.parametrize("loss", LOSSES)
async def test_room_ends_once(
    repository: PostgresRoomRepository, wire: Wire, accounts: Accounts, room: Room, loss: Loss
) -> None:
    wire.lose(loss)
    await repository.commit(accounts.end(room))
    assert await repository.room(room.room_id) is None
    assert len((await repository.calls(accounts["ada"]))[0]) == 1
    with pytest.raises(VersionConflict):
        await repository.commit(accounts.end(room))


@pytest.fixture
async def mixed(repository: PostgresRoomRepository, accounts: Accounts, room: Room) -> list[RoomWrite]:
    """A group: an opening, the end of a text room that is stored, and the end of a video room that is stored."""
    await accounts.sign_up("eve", "fay")
    video = accounts.room("cat", "dan")
    await repository.commit(opening(video))
    return [opening(accounts.room("eve", "fay")), accounts.end(room), accounts.end(replace(video, version=1))]


async def open_rooms(repository: PostgresRoomRepository, changes: list[RoomWrite]) -> list[bool]:
    """Return for each change whether its room is open."""
    return [await repository.room(change.after.room_id) is not None for change in changes]


@pytest.mark.parametrize("loss", LOSSES)
async def test_opening_and_ends_of_one_group_take_effect_once(
    repository: PostgresRoomRepository, wire: Wire, accounts: Accounts, mixed: list[RoomWrite], loss: Loss
) -> None:
    wire.lose(loss)
    assert await asyncio.gather(*map(repository.commit, mixed)) == [None] * 3
    assert await open_rooms(repository, mixed) == [True, False, False]
    for name in ("ada", "cat"):
        assert len((await repository.calls(accounts[name]))[0]) == 1
    for change in mixed[1:]:
        with pytest.raises(VersionConflict):
            await repository.commit(change)


@pytest.mark.parametrize("loss", LOSSES)
async def test_of_a_refused_group_the_ends_that_took_effect_stay(
    repository: PostgresRoomRepository, wire: Wire, accounts: Accounts, mixed: list[RoomWrite], loss: Loss
) -> None:
    wire.lose(loss, then_down=True)
    answers = await asyncio.gather(*map(repository.commit, mixed), return_exceptions=True)
    assert [type(answer) for answer in answers] == [Unavailable] * 3
    wire.up()
    await asyncio.sleep(0.15)
    took_effect = loss == "answer"
    assert await open_rooms(repository, mixed) == [False, not took_effect, not took_effect]
    # All of it may be asked for again; an end that took effect keeps its first reason.
    again = [mixed[0], *(accounts.end(change.after, "time_up") for change in mixed[1:])]
    assert await asyncio.gather(*map(repository.commit, again)) == [None] * 3
    assert await open_rooms(repository, mixed) == [True, False, False]
    for name in ("ada", "cat"):
        [call] = (await repository.calls(accounts[name]))[0]
        assert call.end_reason == ("hangup" if took_effect else "time_up")


@pytest.mark.parametrize("loss", LOSSES)
async def test_other_statements_may_be_repeated(
    repository: PostgresRoomRepository, wire: Wire, accounts: Accounts, room: Room, loss: Loss
) -> None:
    wire.lose(loss)
    assert await repository.extend_cooldown(pair_of(accounts["cat"], accounts["dan"]), until=9_000) == 9_000
    wire.lose(loss)
    assert await repository.avoided([accounts["cat"]], now=0) == {accounts["cat"]: {accounts["dan"]: 9_000}}


async def test_conflict_stays_a_conflict(
    repository: PostgresRoomRepository, wire: Wire, accounts: Accounts, room: Room
) -> None:
    await repository.commit(RoomWrite(before=room, after=replace(room, asked_at=1)))
    wire.lose("answer")
    with pytest.raises(VersionConflict):
        await repository.commit(RoomWrite(before=room, after=replace(room, asked_at=2)))
    wire.lose("answer")
    with pytest.raises(VersionConflict):
        await repository.commit(accounts.end(room))


async def test_refused_opening_has_not_happened(
    repository: PostgresRoomRepository, wire: Wire, accounts: Accounts, room: Room
) -> None:
    other = accounts.room("cat", "dan")
    wire.lose("answer", then_down=True)
    with pytest.raises(Unavailable):
        await repository.commit(opening(other))
    wire.up()
    await asyncio.sleep(0.15)
    # Both are idle, and may be matched with each other, or others.
    await repository.commit(opening(accounts.room("dan", "cat")))
    assert await repository.room(other.room_id) is None


async def lose_message(repository: PostgresRoomRepository, wire: Wire, room: Room, message: Message) -> None:
    """Store *message*, and lose the answer: its sender is refused."""
    wire.lose("answer", then_down=True)
    after = replace(room, offerer=replace(room.offerer, said_at=7))
    with pytest.raises(Unavailable):
        await repository.commit(RoomWrite(before=room, after=after, message=message))


async def test_refused_message_is_not_stored(
    repository: PostgresRoomRepository, wire: Wire, accounts: Accounts, room: Room
) -> None:
    lost = accounts.message(room, "ada", "lost", client_id="1")
    await lose_message(repository, wire, room, lost)
    wire.up()
    await asyncio.sleep(0.15)
    assert await repository.messages(room.room_id) == []
    stored = await repository.room(room.room_id)
    assert stored == replace(room, version=3)  # there and back
    again = accounts.message(room, "ada", "lost", client_id="1")
    assert await repository.commit(RoomWrite(before=stored, after=stored, message=again)) == again


async def test_refused_message_stays_in_a_room_that_another_node_took_over(
    repository: PostgresRoomRepository, wire: Wire, accounts: Accounts, room: Room, pool: Pool
) -> None:
    said = accounts.message(room, "ada", "lost", client_id="1")
    await lose_message(repository, wire, room, said)
    await pool.fetch(TAKE, room.room_id, 2, None, "other", CHANNEL)
    other = PostgresRoomRepository(pool, node="other")
    taken = await other.room(room.room_id)
    assert taken is not None
    again = accounts.message(room, "ada", "lost", client_id="1")
    assert await other.commit(RoomWrite(before=taken, after=taken, message=again)) == said
    wire.up()
    await asyncio.sleep(0.15)
    await repository.room_of(accounts["ada"])
    assert await other.messages(room.room_id) == [said], "it was acknowledged when it was repeated"
    await other.close()


async def test_refused_upgrade_has_not_happened(
    repository: PostgresRoomRepository, wire: Wire, accounts: Accounts, room: Room
) -> None:
    wire.lose("answer", then_down=True)
    with pytest.raises(Unavailable):
        await repository.commit(RoomWrite(before=room, after=replace(room, mode="video", live_at=None, duration_s=300)))
    wire.up()
    await asyncio.sleep(0.15)
    assert await repository.room(room.room_id) == replace(room, version=3)


async def test_refused_end_that_took_effect_succeeds_when_repeated(
    repository: PostgresRoomRepository, wire: Wire, accounts: Accounts, room: Room
) -> None:
    wire.lose("answer", then_down=True)
    with pytest.raises(Unavailable):
        await repository.commit(accounts.end(room))
    wire.up()
    await asyncio.sleep(0.15)
    await repository.commit(accounts.end(room, "time_up"))
    assert [call.end_reason for call in (await repository.calls(accounts["ada"]))[0]] == ["hangup"]
    with pytest.raises(VersionConflict):
        await repository.commit(accounts.end(room))


async def test_unreachable_database_fails_without_waiting(
    repository: PostgresRoomRepository, wire: Wire, accounts: Accounts, room: Room
) -> None:
    wire.lose("answer", then_down=True)
    started = time.monotonic()
    answers = await asyncio.gather(
        *(repository.commit(RoomWrite(before=room, after=replace(room, asked_at=n))) for n in range(50)),
        *(repository.avoided([accounts["ada"]], now=0) for _ in range(50)),
        return_exceptions=True,
    )
    assert {type(answer) for answer in answers} == {Unavailable}
    assert time.monotonic() - started < 4, "one after another would be in doubt for 15 s"
    started = time.monotonic()
    for _ in range(100):
        with pytest.raises(Unavailable):
            await repository.room(room.room_id)
    assert time.monotonic() - started < 4, "each would rest for 0.1 s"
    wire.up()
    await asyncio.sleep(0.15)
    assert await repository.room(room.room_id) is not None
