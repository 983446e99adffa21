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
from tests.db.users import RULES, Accounts, opening


async def test_room_is_read_back_as_opened(repository: PostgresRoomRepository, accounts: Accounts) -> None:
    wish = MatchPreferences(mode="text", auto_next=True, interests=("chess", "größe 😀"), want=frozenset(("female",)))
    room = accounts.room("ada", "bob", mode="text", wish=wish)
    assert await repository.commit(opening(room)) is None
    assert await repository.room(room.room_id) == replace(room, version=1)
    assert await repository.room_of(accounts["ada"]) == await repository.room_of(accounts["bob"]) == room.room_id


async def test_video_room_has_no_torch(repository: PostgresRoomRepository, pool: Pool, accounts: Accounts) -> None:
    room = accounts.room("ada", "bob")
    await repository.commit(opening(room))
    stored = await repository.room(room.room_id)
    assert stored is not None
    assert stored.offerer.said_at == stored.answerer.said_at == 0
    assert replace(stored, offerer=room.offerer, answerer=room.answerer) == replace(room, version=1)
    assert await pool.fetchval("SELECT count(*) FROM text_room_activity") == 0


async def test_opening_writes_a_cooldown(repository: PostgresRoomRepository, accounts: Accounts) -> None:
    room = accounts.room("ada", "bob")
    await repository.commit(opening(room))
    until = accounts.clock.now() + RULES.cooldown_ms
    assert await repository.avoided([accounts["ada"], accounts["bob"], accounts["cat"]], now=accounts.clock.now()) == {
        accounts["ada"]: {accounts["bob"]: until},
        accounts["bob"]: {accounts["ada"]: until},
        accounts["cat"]: {},
    }


async def test_opening_never_shortens_a_cooldown(repository: PostgresRoomRepository, accounts: Accounts) -> None:
    room = accounts.room("ada", "bob")
    far = accounts.clock.now() + 3 * RULES.cooldown_ms
    await repository.extend_cooldown(pair_of(*room.users), until=far)
    with pytest.raises(CooldownActive):
        await repository.commit(opening(room))
    room = replace(room, started_at=far, cooldown_until=far - 1)
    await repository.commit(opening(room))
    assert await repository.extend_cooldown(pair_of(*room.users), until=0) == far


@pytest.mark.parametrize("pair", [("ada", "bob"), ("bob", "ada")])
async def test_cooldown_refuses_an_opening(
    repository: PostgresRoomRepository, accounts: Accounts, pair: tuple[str, str]
) -> None:
    until = accounts.clock.now() + 1
    await repository.extend_cooldown(pair_of(accounts["ada"], accounts["bob"]), until=until)
    room = accounts.room(*pair)
    with pytest.raises(CooldownActive) as refusal:
        await repository.commit(opening(room))
    assert refusal.value.details == {"until_at": until}
    assert await repository.room(room.room_id) is None
    assert await repository.room_of(accounts["ada"]) is None
    assert (await repository.avoided([accounts["ada"]], now=0))[accounts["ada"]] == {accounts["bob"]: until}


async def test_cooldown_ends_at_its_instant(repository: PostgresRoomRepository, accounts: Accounts) -> None:
    await repository.extend_cooldown(pair_of(accounts["ada"], accounts["bob"]), until=accounts.clock.now())
    await repository.commit(opening(accounts.room("ada", "bob")))


@pytest.mark.parametrize("by", ["ada", "bob"])
async def test_block_in_either_direction_refuses_an_opening(
    repository: PostgresRoomRepository, accounts: Accounts, by: str
) -> None:
    await repository.block(accounts[by], accounts["bob" if by == "ada" else "ada"], now=accounts.clock.now())
    room = accounts.room("ada", "bob")
    with pytest.raises(TargetUnavailable):
        await repository.commit(opening(room))
    assert await repository.room(room.room_id) is None
    assert (await repository.avoided([accounts["ada"]], now=0))[accounts["ada"]] == {accounts["bob"]: FOREVER}


async def test_deleted_user_refuses_an_opening(repository: PostgresRoomRepository, accounts: Accounts) -> None:
    room = accounts.room("ada", "bob")
    await accounts.delete("bob")
    with pytest.raises(TargetUnavailable):
        await repository.commit(opening(room))
    assert await repository.room_of(accounts["ada"]) is None


@pytest.mark.parametrize("pair", [("ada", "cat"), ("cat", "ada"), ("bob", "cat"), ("cat", "bob")])
async def test_user_is_in_at_most_one_room_on_either_side(
    repository: PostgresRoomRepository, accounts: Accounts, pair: tuple[str, str]
) -> None:
    first = accounts.room("ada", "bob")
    await repository.commit(opening(first))
    second = accounts.room(*pair)
    with pytest.raises(VersionConflict):
        await repository.commit(opening(second))
    assert await repository.room(second.room_id) is None
    assert await repository.room_of(accounts["cat"]) is None
    assert (await repository.avoided([accounts["cat"]], now=0))[accounts["cat"]] == {}


async def test_repeated_opening_opens_one_room(repository: PostgresRoomRepository, accounts: Accounts) -> None:
    room = accounts.room("ada", "bob")
    await asyncio.gather(*(repository.commit(opening(room)) for _ in range(3)))
    stored = await repository.room(room.room_id)
    assert stored is not None
    assert stored.version == 1


async def test_each_opening_of_a_group_has_its_result(repository: PostgresRoomRepository, accounts: Accounts) -> None:
    await accounts.sign_up("eve", "fay", "gil", "hal", "ian", "joe")
    await repository.block(accounts["cat"], accounts["dan"], now=0)
    await repository.extend_cooldown(pair_of(accounts["eve"], accounts["fay"]), until=accounts.clock.now() + 5)
    await repository.commit(opening(accounts.room("ian", "joe")))
    rooms = [
        accounts.room(*pair)
        for pair in (("ada", "bob"), ("cat", "dan"), ("eve", "fay"), ("gil", "joe"), ("gil", "hal"))
    ]
    answers = await asyncio.gather(*(repository.commit(opening(room)) for room in rooms), return_exceptions=True)
    assert [type(answer) for answer in answers] == [
        type(None), TargetUnavailable, CooldownActive, VersionConflict, type(None)
    ]  # fmt: skip


async def test_hundred_openings_of_few_users(pool: Pool, accounts: Accounts) -> None:
    """Two repositories, as two nodes: neither opens a second room for a user."""
    await accounts.sign_up("eve", "fay", "gil", "hal")
    names = list(accounts.profiles)
    nodes = [PostgresRoomRepository(pool), PostgresRoomRepository(pool)]
    draw = random.Random(7)
    rooms = [accounts.room(*draw.sample(names, 2)) for _ in range(100)]
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
        mine = [room.room_id for room in opened if accounts[name] in room.users]
        assert await nodes[0].room_of(accounts[name]) == (mine[0] if mine else None)


async def test_mirror_is_in_many_rooms_without_cooldowns(
    repository: PostgresRoomRepository, pool: Pool, accounts: Accounts
) -> None:
    await accounts.sign_up("mirror", mirror=True)
    await repository.extend_cooldown(pair_of(accounts["ada"], accounts["mirror"]), until=accounts.clock.now() + 1_000)
    for name in ("ada", "bob"):
        room = accounts.room(name, "mirror")
        await repository.commit(opening(room))
        assert await repository.room_of(accounts[name]) == room.room_id
    assert await repository.room_of(accounts["mirror"]) is None
    assert len(await pool.fetch("SELECT FROM cooldowns")) == 1


async def test_constraints_refuse_invalid_rows(
    repository: PostgresRoomRepository, pool: Pool, accounts: Accounts
) -> None:
    room = accounts.room("ada", "bob")
    await repository.commit(opening(room))
    with pytest.raises(asyncpg.UniqueViolationError):
        await pool.execute("INSERT INTO room_seats VALUES ($1::uuid, $2::uuid)", accounts["ada"], room.room_id)
    low, high = pair_of(accounts["ada"], accounts["cat"])
    with pytest.raises(asyncpg.CheckViolationError):
        await pool.execute("INSERT INTO cooldowns VALUES ($1::uuid, $2::uuid, now())", high, low)
    with pytest.raises(asyncpg.CheckViolationError):
        await pool.execute("INSERT INTO blocks VALUES ($1::uuid, $1::uuid, now())", low)


async def test_operator_view_of_rooms_and_cooldowns(
    repository: PostgresRoomRepository, pool: Pool, accounts: Accounts
) -> None:
    room = accounts.room("ada", "bob")
    await repository.commit(opening(room))
    row = await pool.fetchrow("SELECT offerer, answerer, status, offerer_connected, mode FROM rooms_now")
    assert row is not None
    assert tuple(row) == ("ada", "bob", "connecting", True, "video")
    shown = await pool.fetch("SELECT one, other FROM cooldowns_now")
    assert [set(row) for row in shown] == [{"ada", "bob"}]


async def test_blocker_and_newcomer_are_refused_a_room(
    repository: PostgresRoomRepository, pool: Pool, accounts: Accounts
) -> None:
    ada, bob = accounts["ada"], accounts["bob"]
    await pool.execute(
        "INSERT INTO block_newcomers VALUES ($1::uuid, $2::uuid, $3::uuid, at_ms($4))",
        ada,
        bob,
        accounts["cat"],
        accounts.clock.now() + 1,
    )
    for pair in (("ada", "bob"), ("bob", "ada")):
        with pytest.raises(TargetUnavailable):
            await repository.commit(opening(accounts.room(*pair)))
    accounts.clock.advance(1)
    await repository.commit(opening(accounts.room("ada", "bob")))
