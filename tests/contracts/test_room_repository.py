"""The contract of the room repository, run on dictionaries and on PostgreSQL."""

import asyncio
from collections.abc import AsyncIterator

import pytest
from msgspec.structs import replace

from matchmaker.domain.clock import ManualClock
from matchmaker.domain.errors import CooldownActive, NotFound, TargetUnavailable, VersionConflict
from matchmaker.domain.ids import RoomId, UserId, new_id, pair_of
from matchmaker.domain.message import Message, Receipt
from matchmaker.domain.profile import Profile
from matchmaker.domain.room import Room
from matchmaker.domain.ticket import MatchPreferences
from matchmaker.domain.timing import FOREVER
from matchmaker.domain.transactions import RoomWrite
from matchmaker.ports.room_repository import RoomRepository
from server.db.pool import Pool
from server.db.rooms import room_repository as postgres
from tests.db.users import RULES, Accounts, opening
from tests.support.repository_memory import MemoryRoomRepository

NAMES = ("ada", "bob", "cat", "dan")


class MemoryAccounts(Accounts):
    """Users of a repository in memory."""

    def __init__(self, repository: MemoryRoomRepository, clock: ManualClock) -> None:
        self._repository = repository
        self.clock = clock
        self.profiles: dict[str, Profile] = {}

    async def sign_up(self, *names: str, mirror: bool = False) -> None:
        for name in names:
            user = UserId(new_id(self.clock.now()))
            self.profiles[name] = Profile(user_id=user, display_name=name, interests=("chess",), mirror=mirror)
            self._repository.users.add(user)

    async def delete(self, name: str) -> None:
        self._repository.users.discard(self[name])


class Case:
    """A repository, its users, and helpers of the tests."""

    def __init__(self, repository: RoomRepository, accounts: Accounts) -> None:
        self.repository, self.accounts = repository, accounts

    @property
    def now(self) -> int:
        return self.accounts.clock.now()

    async def open(self, one: str, other: str, **wish: str) -> Room:
        room = self.accounts.room(one, other, **wish)  # type: ignore[arg-type]
        await self.repository.commit(opening(room))
        return replace(room, version=1)

    async def say(self, room: Room, sender: str, **how: str) -> Message:
        message = self.accounts.message(room, sender, **how)
        stored = await self.repository.commit(RoomWrite(before=room, after=room, message=message))
        assert stored is not None
        return stored

    async def end(self, room: Room, reason: str = "hangup") -> None:
        await self.repository.commit(self.accounts.end(room, reason))  # type: ignore[arg-type]

    async def apart(self, one: str, other: str, *, now: int | None = None) -> int:
        """Return the end of the cooldown of two users, seen from both; 0: there is none."""
        ids = [self.accounts[one], self.accounts[other]]
        read = await self.repository.avoided(ids, now=self.now if now is None else now)
        mine, theirs = read[ids[0]].get(ids[1], 0), read[ids[1]].get(ids[0], 0)
        assert mine == theirs
        return mine


@pytest.fixture
async def memory_case() -> Case:
    repository = MemoryRoomRepository()
    accounts = MemoryAccounts(repository, ManualClock())
    await accounts.sign_up(*NAMES)
    return Case(repository, accounts)


@pytest.fixture
async def postgres_case(database: str) -> AsyncIterator[Case]:
    pool = await Pool.open(database)
    repository = postgres.PostgresRoomRepository(pool)
    accounts = Accounts(pool, ManualClock())
    await accounts.sign_up(*NAMES)
    yield Case(repository, accounts)
    await repository.close()
    await pool.close()


@pytest.fixture(params=["memory", "postgres"])
def case(request: pytest.FixtureRequest) -> Case:
    """A repository with four users; one parameter per implementation."""
    found: Case = request.getfixturevalue(f"{request.param}_case")
    return found


@pytest.mark.parametrize("mode", ["text", "video"])
async def test_room_is_read_back_as_opened(case: Case, mode: str) -> None:
    room = await case.open("ada", "bob", mode=mode)
    stored = await case.repository.room(room.room_id)
    assert stored is not None
    if mode == "video":  # The torch does not run there.
        stored = replace(stored, offerer=room.offerer, answerer=room.answerer)
    assert stored == room
    assert (
        await case.repository.room_of(case.accounts["ada"])
        == await case.repository.room_of(case.accounts["bob"])
        == room.room_id
    )
    assert await case.apart("ada", "bob") == case.now + RULES.cooldown_ms


async def test_user_is_in_at_most_one_room(case: Case) -> None:
    room = await case.open("ada", "bob")
    for pair in (("ada", "cat"), ("cat", "bob"), ("cat", "ada")):
        with pytest.raises(VersionConflict):
            await case.open(*pair)
    assert await case.repository.room_of(case.accounts["cat"]) is None
    assert await case.apart("ada", "cat") == 0
    assert [found.room_id for found, _ in await case.repository.rooms()] == [room.room_id]


async def test_concurrent_openings_give_each_user_one_room(case: Case) -> None:
    pairs = [(one, other) for one in NAMES for other in NAMES if one < other]
    results = await asyncio.gather(*(case.open(*pair) for pair in pairs), return_exceptions=True)
    rooms = [result for result in results if isinstance(result, Room)]
    assert all(isinstance(result, Room | VersionConflict) for result in results)
    seated = [user for room in rooms for user in room.users]
    assert len(seated) == len(set(seated))
    assert {room.room_id for room in rooms} == {room.room_id for room, _ in await case.repository.rooms()}
    assert rooms


async def test_cooldown_ends_at_its_instant(case: Case) -> None:
    pair = pair_of(case.accounts["ada"], case.accounts["bob"])
    until = await case.repository.extend_cooldown(pair, until=case.now + 1_000)
    assert until == case.now + 1_000
    case.accounts.clock.advance(999)
    with pytest.raises(CooldownActive) as refusal:
        await case.open("bob", "ada")
    assert refusal.value.details["until_at"] == until
    assert await case.repository.room_of(case.accounts["ada"]) is None
    assert await case.apart("ada", "bob") == until
    case.accounts.clock.advance(1)
    assert await case.apart("ada", "bob") == 0
    await case.open("bob", "ada")


async def test_later_cooldown_never_shortens(case: Case) -> None:
    pair = pair_of(case.accounts["ada"], case.accounts["bob"])
    await case.repository.extend_cooldown(pair, until=case.now + 5_000)
    assert await case.repository.extend_cooldown(pair, until=case.now + 1_000) == case.now + 5_000
    assert await case.apart("ada", "bob") == case.now + 5_000


@pytest.mark.parametrize("who", [("ada", "bob"), ("bob", "ada")])
async def test_block_holds_both_ways_until_removed(case: Case, who: tuple[str, str]) -> None:
    one, other = (case.accounts[name] for name in who)
    for _ in range(2):
        await case.repository.block(one, other, now=case.now)
    assert await case.apart("ada", "bob") == FOREVER
    with pytest.raises(TargetUnavailable):
        await case.open("ada", "bob")
    assert await case.repository.room_of(one) is None
    await case.repository.unblock(other, one)
    assert await case.apart("ada", "bob") == FOREVER
    for _ in range(2):
        await case.repository.unblock(one, other)
    assert await case.apart("ada", "bob") == 0
    await case.open("ada", "bob")


async def test_unknown_user_cannot_be_blocked(case: Case) -> None:
    with pytest.raises(NotFound):
        await case.repository.block(case.accounts["ada"], UserId(new_id(case.now)), now=case.now)


async def test_no_room_with_a_deleted_user(case: Case) -> None:
    await case.accounts.delete("bob")
    with pytest.raises(TargetUnavailable):
        await case.open("ada", "bob")
    assert await case.repository.room_of(case.accounts["ada"]) is None


async def test_concurrent_changes_conflict_and_store_nothing(case: Case) -> None:
    room = await case.open("ada", "bob", mode="text")
    first = replace(room, offerer=replace(room.offerer, said_at=room.started_at + 1))
    assert await case.repository.commit(RoomWrite(before=room, after=first)) is None
    late = replace(room, asked_by=case.accounts["bob"])
    message = case.accounts.message(room, "bob")
    for change in (
        RoomWrite(before=room, after=late),
        RoomWrite(before=room, after=late, message=message),
        RoomWrite(before=room, after=room, message=message),
        case.accounts.end(room),
    ):
        with pytest.raises(VersionConflict):
            await case.repository.commit(change)
    assert await case.repository.room(room.room_id) == replace(first, version=2)
    assert await case.repository.messages(room.room_id) == []


async def test_repeated_message_is_the_same_and_changes_nothing(case: Case) -> None:
    room = await case.open("ada", "bob", mode="text")
    first = await case.say(room, "ada", client_id="x")
    assert await case.repository.room(room.room_id) == room, "a message alone leaves the room as it is"
    again = case.accounts.message(room, "ada", "other words", client_id="x")
    after = replace(room, asked_by=case.accounts["ada"])
    assert await case.repository.commit(RoomWrite(before=room, after=after, message=again)) == first
    assert await case.repository.room(room.room_id) == room
    his = await case.say(room, "bob", client_id="x")
    assert await case.repository.messages(room.room_id) == [first, his]


async def test_ended_room_is_closed_and_its_cooldown_runs_from_the_end(case: Case) -> None:
    room = await case.open("ada", "bob")
    case.accounts.clock.advance(60_000)
    await case.end(room)
    assert await case.repository.room(room.room_id) is None
    assert await case.repository.rooms() == []
    assert (
        await case.repository.room_of(case.accounts["ada"])
        is await case.repository.room_of(case.accounts["bob"])
        is None
    )
    assert await case.apart("ada", "bob") == case.now + RULES.cooldown_ms
    with pytest.raises(VersionConflict):
        await case.end(room)


async def test_failed_call_shortens_its_cooldown(case: Case) -> None:
    room = await case.open("ada", "bob", mode="video")
    case.accounts.clock.advance(30_000)
    await case.end(room, "connect_failed")
    assert await case.apart("ada", "bob") == room.started_at + RULES.failed_cooldown_ms


async def test_failed_call_keeps_a_cooldown_of_another_cause(case: Case) -> None:
    room = await case.open("ada", "bob", mode="video")
    until = case.now + RULES.cooldown_ms + 1
    await case.repository.extend_cooldown(pair_of(*room.users), until=until)
    await case.end(room, "connect_failed")
    assert await case.apart("ada", "bob") == until


async def test_mirror_has_no_participant_and_no_cooldown(case: Case) -> None:
    await case.accounts.sign_up("mirror", mirror=True)
    for _ in range(2):
        room = await case.open("ada", "mirror")
        assert await case.repository.room_of(case.accounts["mirror"]) is None
        await case.say(room, "ada")
        await case.end(room)
        assert await case.apart("ada", "mirror") == 0
        assert await case.repository.messages(room.room_id) == []


async def test_upgraded_room_is_read_back_as_video(case: Case) -> None:
    room = await case.open("ada", "bob", mode="text")
    video = replace(
        room,
        mode="video",
        duration_s=300,
        live_at=None,
        connect_by=room.started_at + 30_000,
        talked_ms=7,
        offerer=replace(room.offerer, said_at=0),
        answerer=replace(room.answerer, said_at=0, ready=True),
    )
    await case.repository.commit(RoomWrite(before=room, after=video))
    assert await case.repository.room(room.room_id) == replace(video, version=2)


async def test_grace_and_torch_are_read_back(case: Case) -> None:
    room = await case.open("ada", "bob", mode="text")
    away = replace(
        room,
        answerer=replace(room.answerer, away_until=room.started_at + 60_001, said_at=room.started_at + 3),
        paused_at=room.started_at + 1,
        idle=(case.accounts["ada"],),
        warned_until=room.started_at + 180_000,
        asked_by=case.accounts["bob"],
        asked_at=room.started_at + 2,
    )
    await case.repository.commit(RoomWrite(before=room, after=away))
    assert await case.repository.room(room.room_id) == replace(away, version=2)


async def test_preferences_are_read_back(case: Case) -> None:
    wish = MatchPreferences(
        mode="text", auto_next=True, duration_s=61, interests=("go", "jazz"), want=frozenset(("female",))
    )
    room = case.accounts.room("ada", "bob", mode="text", wish=wish)
    await case.repository.commit(opening(room))
    stored = await case.repository.room(room.room_id)
    assert stored is not None
    assert stored.offerer.wish == stored.answerer.wish == wish


async def test_receipt_covers_earlier_messages_and_changes_once(case: Case) -> None:
    room = await case.open("ada", "bob", mode="text")
    said = [await case.say(room, name) for name in ("ada", "bob", "ada", "ada")]

    def receipt(n: int, status: str, at: int) -> Receipt:
        return Receipt(
            room_id=room.room_id,
            message_id=said[n].message_id,
            status=status,  # type: ignore[arg-type]
            by=case.accounts["bob"],
            at=case.now + at,
        )

    assert await case.repository.record_receipt(receipt(2, "delivered", 1))
    assert not await case.repository.record_receipt(receipt(2, "delivered", 2))
    assert not await case.repository.record_receipt(receipt(0, "delivered", 2))
    assert await case.repository.record_receipt(receipt(2, "read", 3))
    assert await case.repository.record_receipt(receipt(3, "read", 4))
    assert not await case.repository.record_receipt(receipt(3, "delivered", 5)), "what is read was received"
    marks = [(m.delivered_at, m.read_at) for m in await case.repository.messages(room.room_id)]
    now = case.now
    assert marks == [(now + 1, now + 3), (None, None), (now + 1, now + 3), (now + 4, now + 4)]
    unknown = replace(receipt(0, "read", 6), message_id=new_id(now))
    assert not await case.repository.record_receipt(unknown)


async def test_messages_are_paged_backwards_oldest_first(case: Case) -> None:
    room = await case.open("ada", "bob", mode="text")
    said = [await case.say(room, "ada", body=str(n)) for n in range(7)]
    assert await case.repository.messages(room.room_id, limit=3) == said[4:]
    assert await case.repository.messages(room.room_id, before=said[4].message_id, limit=3) == said[1:4]
    assert await case.repository.messages(room.room_id, before=said[1].message_id, limit=3) == said[:1]
    assert await case.repository.messages(RoomId(new_id(case.now))) == []


async def test_rooms_are_listed_by_id_with_their_last_messages(case: Case) -> None:
    rooms = sorted([await case.open("ada", "bob", mode="text"), await case.open("cat", "dan", mode="text")], key=_id)
    said = [await case.say(rooms[1], rooms[1].offerer.profile.display_name, body=str(n)) for n in range(52)]
    assert await case.repository.rooms() == [(rooms[0], []), (rooms[1], said[2:])]
    assert await case.repository.rooms(limit=1) == [(rooms[0], [])]
    assert await case.repository.rooms(after=rooms[0].room_id) == [(rooms[1], said[2:])]
    assert await case.repository.rooms(after=rooms[1].room_id) == []


async def test_many_rooms_are_updated_at_once_without_the_stale(case: Case) -> None:
    one, other = await case.open("ada", "bob", mode="text"), await case.open("cat", "dan", mode="text")
    pause = case.now + 1
    pairs = [(one, replace(one, paused_at=pause)), (replace(other, version=5), replace(other, paused_at=pause))]
    stored = await case.repository.update_rooms(pairs)
    assert stored == [replace(one, paused_at=pause, version=2)]
    assert await case.repository.room(one.room_id) == stored[0]
    assert await case.repository.room(other.room_id) == other
    assert await case.repository.update_rooms([]) == []


def _id(room: Room) -> str:
    return room.room_id
