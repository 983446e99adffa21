"""Opening rooms: atomic, and no user in two of them."""

import asyncio
import random

import asyncpg
import pytest
from msgspec.structs import replace

from matchmaker.domain.errors import CooldownActive, TargetUnavailable, VersionConflict
from matchmaker.domain.ids import pair_of
from matchmaker.domain.ticket import MatchPreferences
from matchmaker.domain.timing import FOREVER
from server.db.pool import Pool
from server.db.rooms.room_repository import PostgresRoomRepository
from tests.db.users import RULES, Town, opening


async def test_room_is_read_back_as_opened(ledger: PostgresRoomRepository, town: Town) -> None:
    wish = MatchPreferences(mode="text", auto_next=True, interests=("chess", "größe 😀"), want=frozenset(("female",)))
    room = town.room("ada", "bob", mode="text", wish=wish)
    assert await ledger.commit(opening(room)) is None
    assert await ledger.room(room.room_id) == replace(room, version=1)
    assert await ledger.room_of(town["ada"]) == await ledger.room_of(town["bob"]) == room.room_id


async def test_video_room_has_no_torch(ledger: PostgresRoomRepository, pool: Pool, town: Town) -> None:
    room = town.room("ada", "bob")
    await ledger.commit(opening(room))
    stored = await ledger.room(room.room_id)
    assert stored is not None
    assert stored.offerer.said_at == stored.answerer.said_at == 0
    assert replace(stored, offerer=room.offerer, answerer=room.answerer) == replace(room, version=1)
    assert await pool.fetchval("SELECT count(*) FROM text_room_activity") == 0


async def test_opening_writes_a_cooldown(ledger: PostgresRoomRepository, town: Town) -> None:
    room = town.room("ada", "bob")
    await ledger.commit(opening(room))
    until = town.clock.now() + RULES.cooldown_ms
    assert await ledger.avoided([town["ada"], town["bob"], town["cat"]], now=town.clock.now()) == {
        town["ada"]: {town["bob"]: until},
        town["bob"]: {town["ada"]: until},
        town["cat"]: {},
    }


async def test_opening_never_shortens_a_cooldown(ledger: PostgresRoomRepository, town: Town) -> None:
    room = town.room("ada", "bob")
    far = town.clock.now() + 3 * RULES.cooldown_ms
    await ledger.extend_cooldown(pair_of(*room.users), until=far)
    with pytest.raises(CooldownActive):
        await ledger.commit(opening(room))
    room = replace(room, started_at=far, cooldown_until=far - 1)
    await ledger.commit(opening(room))
    assert await ledger.extend_cooldown(pair_of(*room.users), until=0) == far


@pytest.mark.parametrize("pair", [("ada", "bob"), ("bob", "ada")])
async def test_cooldown_refuses_an_opening(ledger: PostgresRoomRepository, town: Town, pair: tuple[str, str]) -> None:
    until = town.clock.now() + 1
    await ledger.extend_cooldown(pair_of(town["ada"], town["bob"]), until=until)
    room = town.room(*pair)
    with pytest.raises(CooldownActive) as refusal:
        await ledger.commit(opening(room))
    assert refusal.value.details == {"until_at": until}
    assert await ledger.room(room.room_id) is None
    assert await ledger.room_of(town["ada"]) is None
    assert (await ledger.avoided([town["ada"]], now=0))[town["ada"]] == {town["bob"]: until}


async def test_cooldown_ends_at_its_instant(ledger: PostgresRoomRepository, town: Town) -> None:
    await ledger.extend_cooldown(pair_of(town["ada"], town["bob"]), until=town.clock.now())
    await ledger.commit(opening(town.room("ada", "bob")))


@pytest.mark.parametrize("by", ["ada", "bob"])
async def test_block_in_either_direction_refuses_an_opening(
    ledger: PostgresRoomRepository, town: Town, by: str
) -> None:
    await ledger.block(town[by], town["bob" if by == "ada" else "ada"], now=town.clock.now())
    room = town.room("ada", "bob")
    with pytest.raises(TargetUnavailable):
        await ledger.commit(opening(room))
    assert await ledger.room(room.room_id) is None
    assert (await ledger.avoided([town["ada"]], now=0))[town["ada"]] == {town["bob"]: FOREVER}


async def test_deleted_user_refuses_an_opening(ledger: PostgresRoomRepository, town: Town) -> None:
    room = town.room("ada", "bob")
    await town.die("bob")
    with pytest.raises(TargetUnavailable):
        await ledger.commit(opening(room))
    assert await ledger.room_of(town["ada"]) is None


@pytest.mark.parametrize("pair", [("ada", "cat"), ("cat", "ada"), ("bob", "cat"), ("cat", "bob")])
async def test_user_is_in_at_most_one_room_on_either_side(
    ledger: PostgresRoomRepository, town: Town, pair: tuple[str, str]
) -> None:
    first = town.room("ada", "bob")
    await ledger.commit(opening(first))
    second = town.room(*pair)
    with pytest.raises(VersionConflict):
        await ledger.commit(opening(second))
    assert await ledger.room(second.room_id) is None
    assert await ledger.room_of(town["cat"]) is None
    assert (await ledger.avoided([town["cat"]], now=0))[town["cat"]] == {}


async def test_repeated_opening_opens_one_room(ledger: PostgresRoomRepository, town: Town) -> None:
    room = town.room("ada", "bob")
    await asyncio.gather(*(ledger.commit(opening(room)) for _ in range(3)))
    stored = await ledger.room(room.room_id)
    assert stored is not None
    assert stored.version == 1


async def test_each_opening_of_a_group_has_its_result(ledger: PostgresRoomRepository, town: Town) -> None:
    await town.settle("eve", "fay", "gil", "hal", "ian", "joe")
    await ledger.block(town["cat"], town["dan"], now=0)
    await ledger.extend_cooldown(pair_of(town["eve"], town["fay"]), until=town.clock.now() + 5)
    await ledger.commit(opening(town.room("ian", "joe")))
    rooms = [
        town.room(*pair) for pair in (("ada", "bob"), ("cat", "dan"), ("eve", "fay"), ("gil", "joe"), ("gil", "hal"))
    ]
    answers = await asyncio.gather(*(ledger.commit(opening(room)) for room in rooms), return_exceptions=True)
    assert [type(answer) for answer in answers] == [
        type(None), TargetUnavailable, CooldownActive, VersionConflict, type(None)
    ]  # fmt: skip


async def test_hundred_openings_of_few_users(pool: Pool, town: Town) -> None:
    """Two repositories, as two nodes: neither opens a second room for a user."""
    await town.settle("eve", "fay", "gil", "hal")
    names = list(town.profiles)
    nodes = [PostgresRoomRepository(pool), PostgresRoomRepository(pool)]
    draw = random.Random(7)
    rooms = [town.room(*draw.sample(names, 2)) for _ in range(100)]
    answers = await asyncio.gather(
        *(nodes[n % 2].commit(opening(room)) for n, room in enumerate(rooms)), return_exceptions=True
    )
    assert {type(answer) for answer in answers} <= {type(None), VersionConflict, CooldownActive}
    opened = [room for room, answer in zip(rooms, answers, strict=True) if answer is None]
    seated = [user for room in opened for user in room.users]
    assert len(seated) == len(set(seated)) >= 2
    assert {room.room_id for room, _ in await nodes[0].rooms()} == {room.room_id for room in opened}
    assert len(await pool.fetch("SELECT FROM cooldowns")) == len(opened)
    for name in names:
        mine = [room.room_id for room in opened if town[name] in room.users]
        assert await nodes[0].room_of(town[name]) == (mine[0] if mine else None)


async def test_mirror_is_in_many_rooms_without_cooldowns(
    ledger: PostgresRoomRepository, pool: Pool, town: Town
) -> None:
    await town.settle("mirror", mirror=True)
    await ledger.extend_cooldown(pair_of(town["ada"], town["mirror"]), until=town.clock.now() + 1_000)
    for name in ("ada", "bob"):
        room = town.room(name, "mirror")
        await ledger.commit(opening(room))
        assert await ledger.room_of(town[name]) == room.room_id
    assert await ledger.room_of(town["mirror"]) is None
    assert len(await pool.fetch("SELECT FROM cooldowns")) == 1


async def test_constraints_refuse_invalid_rows(ledger: PostgresRoomRepository, pool: Pool, town: Town) -> None:
    room = town.room("ada", "bob")
    await ledger.commit(opening(room))
    with pytest.raises(asyncpg.UniqueViolationError):
        await pool.execute("INSERT INTO room_seats VALUES ($1::uuid, $2::uuid)", town["ada"], room.room_id)
    low, high = pair_of(town["ada"], town["cat"])
    with pytest.raises(asyncpg.CheckViolationError):
        await pool.execute("INSERT INTO cooldowns VALUES ($1::uuid, $2::uuid, now())", high, low)
    with pytest.raises(asyncpg.CheckViolationError):
        await pool.execute("INSERT INTO blocks VALUES ($1::uuid, $1::uuid, now())", low)


async def test_operator_view_of_rooms_and_cooldowns(ledger: PostgresRoomRepository, pool: Pool, town: Town) -> None:
    room = town.room("ada", "bob")
    await ledger.commit(opening(room))
    row = await pool.fetchrow("SELECT offerer, answerer, status, offerer_connected, mode FROM rooms_now")
    assert row is not None
    assert tuple(row) == ("ada", "bob", "connecting", True, "video")
    shown = await pool.fetch("SELECT one, other FROM cooldowns_now")
    assert [set(row) for row in shown] == [{"ada", "bob"}]


async def test_blocker_and_newcomer_are_refused_a_room(ledger: PostgresRoomRepository, pool: Pool, town: Town) -> None:
    ada, bob = town["ada"], town["bob"]
    await pool.execute(
        "INSERT INTO block_newcomers VALUES ($1::uuid, $2::uuid, $3::uuid, at_ms($4))",
        ada,
        bob,
        town["cat"],
        town.clock.now() + 1,
    )
    for pair in (("ada", "bob"), ("bob", "ada")):
        with pytest.raises(TargetUnavailable):
            await ledger.commit(opening(town.room(*pair)))
    town.clock.advance(1)
    await ledger.commit(opening(town.room("ada", "bob")))
