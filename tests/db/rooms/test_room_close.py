"""Ending rooms: once, and what remains of them."""

import asyncio

import pytest
from msgspec.structs import replace

from matchmaker.domain.errors import VersionConflict
from matchmaker.domain.ids import pair_of
from matchmaker.domain.room import Reason, Room
from matchmaker.domain.timing import LIVE_FOR_COMPLETION_MS, LIVE_FOR_HISTORY_MS
from matchmaker.domain.transactions import RoomWrite
from server.db.pool import Pool
from server.db.rooms.room_commit import open_and_end
from server.db.rooms.room_repository import PostgresRoomRepository
from tests.db.users import RULES, Accounts, opening


@pytest.fixture
async def room(repository: PostgresRoomRepository, accounts: Accounts) -> Room:
    room = accounts.room("ada", "bob")
    await repository.commit(opening(room))
    accounts.clock.advance(90_000)
    return replace(room, version=1)


async def test_both_histories_have_the_conversation(
    repository: PostgresRoomRepository, accounts: Accounts, room: Room
) -> None:
    for sender in ("ada", "bob", "ada"):
        await repository.commit(RoomWrite(before=room, after=room, message=accounts.message(room, sender)))
    await repository.commit(accounts.end(room, live_ms=61_234))
    assert await repository.room(room.room_id) is None
    for name, peer in (("ada", "bob"), ("bob", "ada")):
        assert await repository.room_of(accounts[name]) is None
        (call,), cursor = await repository.calls(accounts[name])
        assert cursor is None
        assert (call.room_id, call.mode, call.live_ms, call.started_at) == (
            room.room_id, "video", 61_234, room.started_at
        )  # fmt: skip
        assert (call.end_reason, call.message_count) == ("hangup", 3)
        assert call.peer is not None
        assert call.peer.user_id == accounts[peer]
    assert len(await repository.messages(room.room_id)) == 3


@pytest.mark.parametrize(
    ("live_ms", "counts"),
    [
        (0, (0, 0)),
        (LIVE_FOR_HISTORY_MS - 1, (0, 0)),
        (LIVE_FOR_HISTORY_MS, (1, 0)),
        (LIVE_FOR_COMPLETION_MS - 1, (1, 0)),
        (LIVE_FOR_COMPLETION_MS, (1, 1)),
    ],
)
async def test_conversation_totals_and_completions(
    repository: PostgresRoomRepository,
    pool: Pool,
    accounts: Accounts,
    room: Room,
    *,
    live_ms: int,
    counts: tuple[int, int],
) -> None:
    calls, completions = counts
    await repository.commit(accounts.end(room, live_ms=live_ms))
    for name in ("ada", "bob"):
        assert len((await repository.calls(accounts[name]))[0]) == calls
        row = await pool.fetchrow(
            """SELECT calls, completions, talk_ms,
                      (SELECT count(*) FROM session_completions c WHERE c.user_id = u.user_id)
               FROM users u WHERE user_id = $1::uuid""",
            accounts[name],
        )
        assert row is not None
        assert tuple(row) == (calls, completions, live_ms if calls else 0, completions)


@pytest.mark.parametrize("reason", ["blocked", "reported"])
async def test_history_does_not_reveal_a_block(
    repository: PostgresRoomRepository, accounts: Accounts, room: Room, reason: Reason
) -> None:
    await repository.commit(accounts.end(room, reason, by="bob"))
    assert [call.end_reason for call in (await repository.calls(accounts["ada"]))[0]] == ["hangup"]
    assert [call.end_reason for call in (await repository.calls(accounts["bob"]))[0]] == [reason]


async def test_room_ends_once(repository: PostgresRoomRepository, pool: Pool, accounts: Accounts, room: Room) -> None:
    nodes = [repository, PostgresRoomRepository(pool)]
    answers = await asyncio.gather(
        *(nodes[n % 2].commit(accounts.end(room)) for n in range(10)), return_exceptions=True
    )
    assert sorted(type(answer).__name__ for answer in answers) == ["NoneType"] + ["VersionConflict"] * 9
    assert await pool.fetchval("SELECT sum(calls) FROM users") == 2


async def test_stale_end_changes_nothing(repository: PostgresRoomRepository, accounts: Accounts, room: Room) -> None:
    with pytest.raises(VersionConflict):
        await repository.commit(accounts.end(replace(room, version=2)))
    assert await repository.room(room.room_id) is not None
    assert (await repository.calls(accounts["ada"]))[0] == []


async def test_cooldown_runs_from_the_end(repository: PostgresRoomRepository, accounts: Accounts, room: Room) -> None:
    await repository.commit(accounts.end(room))
    until = accounts.clock.now() + RULES.cooldown_ms
    assert await repository.avoided([accounts["bob"]], now=0) == {accounts["bob"]: {accounts["ada"]: until}}


async def test_failed_call_shortens_its_cooldown_to_one_hour_from_its_start(
    repository: PostgresRoomRepository, accounts: Accounts
) -> None:
    room = accounts.room("ada", "bob", mode="video")
    await repository.commit(opening(room))
    room = replace(room, version=1)
    accounts.clock.advance(30_000)
    await repository.commit(accounts.end(room, "connect_failed", live_ms=0))
    until = room.started_at + RULES.failed_cooldown_ms
    assert await repository.avoided([accounts["ada"]], now=0) == {accounts["ada"]: {accounts["bob"]: until}}


async def test_failed_call_keeps_a_cooldown_of_another_cause(
    repository: PostgresRoomRepository, accounts: Accounts, room: Room
) -> None:
    far = accounts.clock.now() + 5 * RULES.cooldown_ms
    await repository.extend_cooldown(pair_of(*room.users), until=far)
    await repository.commit(accounts.end(room, "connect_failed", live_ms=0))
    assert await repository.avoided([accounts["ada"]], now=0) == {accounts["ada"]: {accounts["bob"]: far}}


async def test_room_end_never_shortens_a_cooldown(
    repository: PostgresRoomRepository, accounts: Accounts, room: Room
) -> None:
    far = accounts.clock.now() + 5 * RULES.cooldown_ms
    await repository.extend_cooldown(pair_of(*room.users), until=far)
    await repository.commit(accounts.end(room))
    assert await repository.avoided([accounts["ada"]], now=0) == {accounts["ada"]: {accounts["bob"]: far}}


async def test_ends_of_every_kind_in_one_group(pool: Pool, accounts: Accounts) -> None:
    await accounts.sign_up("eve", "fay")
    kinds: dict[tuple[str, str], tuple[Reason, int]] = {
        ("ada", "bob"): ("hangup", LIVE_FOR_COMPLETION_MS),
        ("cat", "dan"): ("hangup", LIVE_FOR_HISTORY_MS - 1),
        ("eve", "fay"): ("connect_failed", 0),
    }
    rooms = [accounts.room(*pair, mode="text" if pair[0] == "cat" else "video") for pair in kinds]
    assert await open_and_end(pool, [opening(room) for room in rooms]) == [None] * 3
    started = accounts.clock.now()
    accounts.clock.advance(90_000)
    changes = [
        accounts.end(replace(room, version=1), reason, live_ms=live_ms)
        for room, (reason, live_ms) in zip(rooms, kinds.values(), strict=True)
    ]
    assert await open_and_end(pool, changes) == [None] * 3
    assert [row[0] for row in await pool.fetch("SELECT DISTINCT room_id::text FROM chat_history")] == [rooms[0].room_id]
    assert {row[0] for row in await pool.fetch("SELECT room_id::text FROM brief_meetings")} == {
        room.room_id for room in rooms[1:]
    }
    ends = {row[0] for row in await pool.fetch("SELECT unix_ms(until_at) FROM cooldowns")}
    assert ends == {accounts.clock.now() + RULES.cooldown_ms, started + RULES.failed_cooldown_ms}
    assert await pool.fetch("SELECT FROM active_rooms UNION ALL SELECT FROM text_room_activity") == []


async def test_mirror_room_leaves_no_rows(repository: PostgresRoomRepository, pool: Pool, accounts: Accounts) -> None:
    await accounts.sign_up("mirror", mirror=True)
    room = accounts.room("cat", "mirror")
    await repository.commit(opening(room))
    room = replace(room, version=1)
    await repository.commit(RoomWrite(before=room, after=room, message=accounts.message(room, "cat")))
    await repository.commit(accounts.end(room))
    assert await repository.room_of(accounts["cat"]) is None
    for table in ("chat_history", "session_completions", "cooldowns", "room_messages", "active_rooms", "room_seats"):
        assert await pool.fetch(f"SELECT FROM {table}") == []
    assert await pool.fetchval("SELECT sum(calls + completions + talk_ms) FROM users") == 0


async def test_deleted_user_leaves_the_history_of_the_peer(
    repository: PostgresRoomRepository, accounts: Accounts, room: Room
) -> None:
    await repository.commit(RoomWrite(before=room, after=room, message=accounts.message(room, "bob", "bye")))
    await accounts.delete("bob")
    await repository.commit(accounts.end(room, "deleted", by="bob"))
    (call,), _ = await repository.calls(accounts["ada"])
    assert (call.peer, call.end_reason, call.message_count) == (None, "deleted", 1)
    assert [message.body for message in (await repository.transcript(accounts["ada"], room.room_id))[0]] == ["bye"]


async def test_history_outlives_the_account_of_the_peer(
    repository: PostgresRoomRepository, accounts: Accounts, room: Room
) -> None:
    await repository.commit(accounts.end(room))
    await accounts.delete("bob")
    (call,), _ = await repository.calls(accounts["ada"])
    assert call.peer is None
    assert (await repository.calls(accounts["bob"]))[0] == []
    assert await repository.avoided([accounts["ada"]], now=0) == {accounts["ada"]: {}}


async def test_users_can_meet_others_after_the_end(
    repository: PostgresRoomRepository, accounts: Accounts, room: Room
) -> None:
    await repository.commit(accounts.end(room, "next", by="ada"))
    await asyncio.gather(
        repository.commit(opening(accounts.room("ada", "cat"))), repository.commit(opening(accounts.room("dan", "bob")))
    )
