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
from tests.db.users import RULES, Town, opening


@pytest.fixture
async def room(ledger: PostgresRoomRepository, town: Town) -> Room:
    room = town.room("ada", "bob")
    await ledger.commit(opening(room))
    town.clock.advance(90_000)
    return replace(room, version=1)


async def test_both_histories_have_the_conversation(ledger: PostgresRoomRepository, town: Town, room: Room) -> None:
    for sender in ("ada", "bob", "ada"):
        await ledger.commit(RoomWrite(before=room, after=room, message=town.message(room, sender)))
    await ledger.commit(town.end(room, live_ms=61_234))
    assert await ledger.room(room.room_id) is None
    for name, peer in (("ada", "bob"), ("bob", "ada")):
        assert await ledger.room_of(town[name]) is None
        (call,), cursor = await ledger.calls(town[name])
        assert cursor is None
        assert (call.room_id, call.mode, call.live_ms, call.started_at) == (
            room.room_id, "video", 61_234, room.started_at
        )  # fmt: skip
        assert (call.end_reason, call.message_count) == ("hangup", 3)
        assert call.peer is not None
        assert call.peer.user_id == town[peer]
    assert len(await ledger.messages(room.room_id)) == 3


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
    ledger: PostgresRoomRepository, pool: Pool, town: Town, room: Room, *, live_ms: int, counts: tuple[int, int]
) -> None:
    calls, completions = counts
    await ledger.commit(town.end(room, live_ms=live_ms))
    for name in ("ada", "bob"):
        assert len((await ledger.calls(town[name]))[0]) == calls
        row = await pool.fetchrow(
            """SELECT calls, completions, talk_ms,
                      (SELECT count(*) FROM session_completions c WHERE c.user_id = u.user_id)
               FROM users u WHERE user_id = $1::uuid""",
            town[name],
        )
        assert row is not None
        assert tuple(row) == (calls, completions, live_ms if calls else 0, completions)


@pytest.mark.parametrize("reason", ["blocked", "reported"])
async def test_history_does_not_reveal_a_block(
    ledger: PostgresRoomRepository, town: Town, room: Room, reason: Reason
) -> None:
    await ledger.commit(town.end(room, reason, by="bob"))
    assert [call.end_reason for call in (await ledger.calls(town["ada"]))[0]] == ["hangup"]
    assert [call.end_reason for call in (await ledger.calls(town["bob"]))[0]] == [reason]


async def test_room_ends_once(ledger: PostgresRoomRepository, pool: Pool, town: Town, room: Room) -> None:
    nodes = [ledger, PostgresRoomRepository(pool)]
    answers = await asyncio.gather(*(nodes[n % 2].commit(town.end(room)) for n in range(10)), return_exceptions=True)
    assert sorted(type(answer).__name__ for answer in answers) == ["NoneType"] + ["VersionConflict"] * 9
    assert await pool.fetchval("SELECT sum(calls) FROM users") == 2


async def test_stale_end_changes_nothing(ledger: PostgresRoomRepository, town: Town, room: Room) -> None:
    with pytest.raises(VersionConflict):
        await ledger.commit(town.end(replace(room, version=2)))
    assert await ledger.room(room.room_id) is not None
    assert (await ledger.calls(town["ada"]))[0] == []


async def test_cooldown_runs_from_the_end(ledger: PostgresRoomRepository, town: Town, room: Room) -> None:
    await ledger.commit(town.end(room))
    until = town.clock.now() + RULES.cooldown_ms
    assert await ledger.avoided([town["bob"]], now=0) == {town["bob"]: {town["ada"]: until}}


async def test_failed_call_shortens_its_cooldown_to_one_hour_from_its_start(
    ledger: PostgresRoomRepository, town: Town
) -> None:
    room = town.room("ada", "bob", mode="video")
    await ledger.commit(opening(room))
    room = replace(room, version=1)
    town.clock.advance(30_000)
    await ledger.commit(town.end(room, "connect_failed", live_ms=0))
    until = room.started_at + RULES.failed_cooldown_ms
    assert await ledger.avoided([town["ada"]], now=0) == {town["ada"]: {town["bob"]: until}}


async def test_failed_call_keeps_a_cooldown_of_another_cause(
    ledger: PostgresRoomRepository, town: Town, room: Room
) -> None:
    far = town.clock.now() + 5 * RULES.cooldown_ms
    await ledger.extend_cooldown(pair_of(*room.users), until=far)
    await ledger.commit(town.end(room, "connect_failed", live_ms=0))
    assert await ledger.avoided([town["ada"]], now=0) == {town["ada"]: {town["bob"]: far}}


async def test_room_end_never_shortens_a_cooldown(ledger: PostgresRoomRepository, town: Town, room: Room) -> None:
    far = town.clock.now() + 5 * RULES.cooldown_ms
    await ledger.extend_cooldown(pair_of(*room.users), until=far)
    await ledger.commit(town.end(room))
    assert await ledger.avoided([town["ada"]], now=0) == {town["ada"]: {town["bob"]: far}}


async def test_ends_of_every_kind_in_one_group(pool: Pool, town: Town) -> None:
    await town.settle("eve", "fay")
    kinds: dict[tuple[str, str], tuple[Reason, int]] = {
        ("ada", "bob"): ("hangup", LIVE_FOR_COMPLETION_MS),
        ("cat", "dan"): ("hangup", LIVE_FOR_HISTORY_MS - 1),
        ("eve", "fay"): ("connect_failed", 0),
    }
    rooms = [town.room(*pair, mode="text" if pair[0] == "cat" else "video") for pair in kinds]
    assert await open_and_end(pool, [opening(room) for room in rooms]) == [None] * 3
    started = town.clock.now()
    town.clock.advance(90_000)
    changes = [
        town.end(replace(room, version=1), reason, live_ms=live_ms)
        for room, (reason, live_ms) in zip(rooms, kinds.values(), strict=True)
    ]
    assert await open_and_end(pool, changes) == [None] * 3
    assert [row[0] for row in await pool.fetch("SELECT DISTINCT room_id::text FROM chat_history")] == [rooms[0].room_id]
    assert {row[0] for row in await pool.fetch("SELECT room_id::text FROM brief_meetings")} == {
        room.room_id for room in rooms[1:]
    }
    ends = {row[0] for row in await pool.fetch("SELECT unix_ms(until_at) FROM cooldowns")}
    assert ends == {town.clock.now() + RULES.cooldown_ms, started + RULES.failed_cooldown_ms}
    assert await pool.fetch("SELECT FROM active_rooms UNION ALL SELECT FROM text_room_activity") == []


async def test_mirror_room_leaves_no_rows(ledger: PostgresRoomRepository, pool: Pool, town: Town) -> None:
    await town.settle("mirror", mirror=True)
    room = town.room("cat", "mirror")
    await ledger.commit(opening(room))
    room = replace(room, version=1)
    await ledger.commit(RoomWrite(before=room, after=room, message=town.message(room, "cat")))
    await ledger.commit(town.end(room))
    assert await ledger.room_of(town["cat"]) is None
    for table in ("chat_history", "session_completions", "cooldowns", "room_messages", "active_rooms", "room_seats"):
        assert await pool.fetch(f"SELECT FROM {table}") == []
    assert await pool.fetchval("SELECT sum(calls + completions + talk_ms) FROM users") == 0


async def test_deleted_user_leaves_the_history_of_the_peer(
    ledger: PostgresRoomRepository, town: Town, room: Room
) -> None:
    await ledger.commit(RoomWrite(before=room, after=room, message=town.message(room, "bob", "bye")))
    await town.die("bob")
    await ledger.commit(town.end(room, "deleted", by="bob"))
    (call,), _ = await ledger.calls(town["ada"])
    assert (call.peer, call.end_reason, call.message_count) == (None, "deleted", 1)
    assert [message.body for message in (await ledger.transcript(town["ada"], room.room_id))[0]] == ["bye"]


async def test_history_outlives_the_account_of_the_peer(ledger: PostgresRoomRepository, town: Town, room: Room) -> None:
    await ledger.commit(town.end(room))
    await town.die("bob")
    (call,), _ = await ledger.calls(town["ada"])
    assert call.peer is None
    assert (await ledger.calls(town["bob"]))[0] == []
    assert await ledger.avoided([town["ada"]], now=0) == {town["ada"]: {}}


async def test_users_can_meet_others_after_the_end(ledger: PostgresRoomRepository, town: Town, room: Room) -> None:
    await ledger.commit(town.end(room, "next", by="ada"))
    await asyncio.gather(
        ledger.commit(opening(town.room("ada", "cat"))), ledger.commit(opening(town.room("dan", "bob")))
    )
