"""Reports: only about users one has met, one per pair, with the room's evidence; and the effects of several."""

import asyncio
from collections.abc import Sequence

import pytest

from matchmaker.domain.errors import NotFound, StateConflict
from matchmaker.domain.ids import InviteId, new_id
from matchmaker.domain.invite import Invite, InviteParty
from matchmaker.domain.room import Room
from matchmaker.domain.ticket import MatchPreferences
from matchmaker.domain.transactions import RoomWrite
from server.db.accounts import login_origins
from server.db.accounts.login_origins import Origin
from server.db.moderation import reports
from server.db.pool import Pool
from server.db.retention import account_deletion
from server.db.rooms import meetings
from server.db.rooms.meetings import Shown
from server.db.rooms.room_repository import PostgresRoomRepository
from server.db.safety import audit, bans
from server.domain.ban_policy import Ban, ReportPolicy, ReportSubmission
from tests.db.users import Accounts, opening

POLICY = ReportPolicy(reporters=3, keep_ms=1_000)


class ReportHarness:
    """Takes reports by first name."""

    def __init__(self, pool: Pool, repository: PostgresRoomRepository, accounts: Accounts) -> None:
        self.pool, self.repository, self.accounts = pool, repository, accounts
        self.policy = POLICY

    async def meet(self, one: str, other: str, *, live_ms: int = 60_000) -> Room:
        """Store a past room of two users."""
        room = self.accounts.room(one, other)
        await self.repository.commit(opening(room))
        room = await self.open_room(room)
        await self.repository.commit(self.accounts.end(room, live_ms=live_ms))
        return room

    async def open_room(self, room: Room) -> Room:
        found = await self.repository.room(room.room_id)
        assert found is not None
        return found

    async def report(self, one: str, other: str, *, room_id: str | None = None) -> Ban | None:
        now = self.accounts.clock.now()
        report = ReportSubmission(
            report_id=new_id(now),
            by=self.accounts[one],
            about=self.accounts[other],
            room_id=room_id,
            category="spam",
            details="",
            at=now,
        )
        return await reports.store(self.pool, report, policy=self.policy)

    async def cases(self) -> list[reports.ReportCase]:
        first = (1 << 47, "ffffffff-ffff-ffff-ffff-ffffffffffff")
        return await reports.page(
            self.pool, "open", before=first, about=None, category=None, limit=50, viewer=self.accounts["dan"]
        )

    async def decide(self, status: str, report_id: str) -> None:
        async with self.pool.transaction() as connection:
            await reports.decide(
                connection,
                report_id,
                status,  # type: ignore[arg-type]
                statement="Seen.",
                by=self.accounts["dan"],
                now=self.accounts.clock.now(),
                policy=POLICY,
            )


@pytest.fixture
def harness(pool: Pool, repository: PostgresRoomRepository, accounts: Accounts) -> ReportHarness:
    return ReportHarness(pool, repository, accounts)


async def test_user_one_has_not_met_cannot_be_reported(harness: ReportHarness, accounts: Accounts) -> None:
    with pytest.raises(NotFound) as stranger:
        await harness.report("ada", "bob")
    accounts.profiles["deleted"] = accounts.profiles["ada"].__class__(user_id=new_id(0), display_name="x")  # type: ignore[arg-type]
    with pytest.raises(NotFound) as deleted:
        await harness.report("ada", "deleted")
    assert str(stranger.value) == str(deleted.value)
    with pytest.raises(NotFound):
        await harness.report("ada", "ada")


async def test_evidence_is_the_room_as_it_was(harness: ReportHarness, accounts: Accounts) -> None:
    room = accounts.room("ada", "bob", mode="text")
    await harness.repository.commit(opening(room))
    room = await harness.open_room(room)
    for number in range(3):
        accounts.clock.advance(10)
        message = accounts.message(room, "bob", f"rude {number}")
        await harness.repository.commit(RoomWrite(before=room, after=room, message=message))
    await harness.report("ada", "bob")
    (case,) = await harness.cases()
    assert (case.reporter, case.reported, case.category) == ("ada", "bob", "spam")
    assert (case.evidence.mode, case.evidence.ended, case.evidence.duration_ms) == ("text", False, 30)
    assert [(m.sender, m.body) for m in case.evidence.messages] == [(accounts["bob"], f"rude {n}") for n in range(3)]
    avoided = await harness.repository.avoided([accounts["bob"]], now=accounts.clock.now())
    assert accounts["ada"] in avoided[accounts["bob"]]


@pytest.mark.parametrize("live_ms", [0, 4_999, 5_000, 60_000])
async def test_ended_room_counts_however_short(harness: ReportHarness, accounts: Accounts, live_ms: int) -> None:
    room = await harness.meet("ada", "bob", live_ms=live_ms)
    with pytest.raises(NotFound):
        await harness.report("ada", "bob", room_id=new_id(0))
    await harness.report("ada", "bob", room_id=room.room_id)
    (case,) = await harness.cases()
    assert (case.room_id, case.evidence.duration_ms, case.evidence.ended) == (room.room_id, live_ms, True)


async def test_concurrent_reports_count_once(harness: ReportHarness) -> None:
    await harness.meet("ada", "bob")
    outcomes = await asyncio.gather(*(harness.report("ada", "bob") for _ in range(8)), return_exceptions=True)
    assert sum(isinstance(outcome, StateConflict) for outcome in outcomes) == 7
    assert len(await harness.cases()) == 1


async def _all_met(harness: ReportHarness, names: Sequence[str]) -> None:
    """Let established accounts of different networks have talked with bob."""
    await harness.accounts.sign_up(*names)
    for number, name in enumerate(names):
        origin = Origin("network", number.to_bytes(16, "big"))
        await login_origins.record(harness.pool, [(harness.accounts[name], origin)], now=harness.accounts.clock.now())
        await harness.meet(name, "bob")


async def test_concurrent_reporters_suspend_once(harness: ReportHarness, accounts: Accounts) -> None:
    await _all_met(harness, ["r1", "r2", "r3", "r4", "r5"])
    outcomes = await asyncio.gather(*(harness.report(f"r{n}", "bob") for n in range(1, 6)))
    assert sum(outcome is not None for outcome in outcomes) == 1
    ban = await bans.in_force(harness.pool, accounts["bob"], now=accounts.clock.now())
    assert ban is not None
    assert (ban.kind, ban.until_at) == ("temporary", None)
    assert [entry.action for entry in await audit.entries(harness.pool, before=None, limit=9)] == ["ban.imposed"]


async def test_reports_before_a_dismissal_do_not_count(harness: ReportHarness, accounts: Accounts) -> None:
    await _all_met(harness, ["r1", "r2", "r3", "r4", "r5"])
    for name in ("r1", "r2"):
        assert await harness.report(name, "bob") is None
    await harness.decide("vindicated", (await harness.cases())[0].report_id)
    assert await harness.cases() == []
    for name in ("r3", "r4"):
        assert await harness.report(name, "bob") is None
    assert await harness.report("r5", "bob") is not None


async def test_case_is_decided_once(harness: ReportHarness) -> None:
    await harness.meet("ada", "bob")
    await harness.report("ada", "bob")
    (case,) = await harness.cases()
    outcomes = await asyncio.gather(
        harness.decide("vindicated", case.report_id),
        harness.decide("confirmed", case.report_id),
        return_exceptions=True,
    )
    assert sorted(type(outcome) for outcome in outcomes if outcome) == [StateConflict]
    with pytest.raises(NotFound):
        await harness.decide("confirmed", new_id(0))


@pytest.mark.parametrize("leaver", ["ada", "bob"])
async def test_evidence_outlives_both_accounts_until_its_deadline(
    harness: ReportHarness, accounts: Accounts, leaver: str
) -> None:
    room = await harness.meet("ada", "bob")
    await harness.report("ada", "bob")
    await accounts.delete(leaver)
    (case,) = await harness.cases()
    assert (case.reporter_id, case.reported_id, case.room_id) == (accounts["ada"], accounts["bob"], room.room_id)
    assert (case.reporter is None) == (leaver == "ada")
    assert (case.reported is None) == (leaver == "bob")
    far = accounts.clock.now() + 10 * POLICY.keep_ms
    assert await reports.forget(harness.pool, now=far) == 0
    await harness.decide("confirmed", case.report_id)
    assert await reports.forget(harness.pool, now=accounts.clock.now() + POLICY.keep_ms - 1) == 0
    assert await reports.forget(harness.pool, now=accounts.clock.now() + POLICY.keep_ms) == 1


async def test_brief_meetings_are_deleted_after_a_week(harness: ReportHarness, accounts: Accounts) -> None:
    await harness.meet("ada", "bob", live_ms=10)
    assert await reports.forget(harness.pool, now=accounts.clock.now() + reports.WEEK_MS - 1) == 0
    assert await reports.forget(harness.pool, now=accounts.clock.now() + reports.WEEK_MS) == 1


async def test_crash_between_report_and_block_is_detected(harness: ReportHarness, accounts: Accounts) -> None:
    await harness.repository.commit(opening(accounts.room("ada", "bob")))
    assert await reports.left_together(harness.pool) == set()
    await harness.report("ada", "bob")
    assert await reports.left_together(harness.pool) == {(accounts["ada"], accounts["bob"])}


async def reports_of_four(harness: ReportHarness, **left_out: str) -> list[bool]:
    """Let four established accounts of different networks report bob; return whose reports count, and what followed.

    *left_out*: what a reporter lacks.
    """
    harness.policy = ReportPolicy()
    await _all_met(harness, ["r1", "r2", "r3", "r4"])
    for name, lacks in left_out.items():
        user = harness.accounts[name]
        match lacks:
            case "network":
                await harness.pool.execute("DELETE FROM login_origins WHERE user_id = $1::uuid", user)
            case "another network":
                origin = Origin("network", bytes(16))  # that of r1
                await login_origins.record(harness.pool, [(user, origin)], now=harness.accounts.clock.now())
            case "standing":
                await harness.pool.execute("UPDATE users SET created_at = now() + interval '9 years'")
                await harness.pool.execute("UPDATE users SET completions = 2 WHERE user_id <> $1::uuid", user)
                await harness.pool.execute("UPDATE users SET completions = 1 WHERE user_id = $1::uuid", user)
            case _:
                await harness.pool.execute("UPDATE chat_history SET live_ms = 4999 WHERE user_id = $1::uuid", user)
    outcomes = [await harness.report(f"r{number}", "bob") for number in range(1, 5)]
    assert all(outcome is None for outcome in outcomes[:3])
    cases = {case.reporter: case.counts for case in await harness.cases()}
    return [cases[f"r{number}"] for number in range(1, 5)] + [outcomes[3] is not None]


async def test_four_established_reporters_of_different_networks_suspend(harness: ReportHarness) -> None:
    assert await reports_of_four(harness) == [True, True, True, True, True]


@pytest.mark.parametrize(
    ("lacks", "counts"),
    [("network", True), ("another network", True), ("standing", False), ("five seconds", False)],
)
async def test_four_reporters_do_not_suspend_when_one_lacks(
    harness: ReportHarness, lacks: str, *, counts: bool
) -> None:
    assert await reports_of_four(harness, r4=lacks) == [True, True, True, counts, False]


@pytest.mark.parametrize("live_ms", [4_999, 60_000])
async def test_evidence_has_the_names_of_that_time(harness: ReportHarness, accounts: Accounts, live_ms: int) -> None:
    await harness.meet("ada", "bob", live_ms=live_ms)
    await harness.pool.execute("UPDATE users SET display_name = 'innocent', interests = '{}'")
    await harness.report("ada", "bob")
    (case,) = await harness.cases()
    assert case.reported == "innocent"
    assert case.evidence.reporter == Shown(display_name="ada", interests=["chess"])
    assert case.evidence.reported == Shown(display_name="bob", interests=["chess"])


async def test_evidence_from_inside_a_room_holds_the_names(harness: ReportHarness, accounts: Accounts) -> None:
    await harness.repository.commit(
        opening(accounts.room("ada", "bob", wish=MatchPreferences(mode="video", interests=("go",))))
    )
    await harness.report("bob", "ada")
    (case,) = await harness.cases()
    assert case.evidence.reporter == Shown(display_name="bob", interests=["go"])
    assert case.evidence.reported == Shown(display_name="ada", interests=["go"])


async def test_names_of_a_meeting_are_deleted_with_the_account(harness: ReportHarness, accounts: Accounts) -> None:
    await harness.meet("ada", "bob", live_ms=10)
    await account_deletion.leave(harness.pool, accounts["bob"], address=None, digest=None, now=accounts.clock.now())
    rows = await harness.pool.fetch("SELECT low_shown::text, high_shown::text FROM brief_meetings")
    assert sum("bob" in str(tuple(row)) for row in rows) == 0
    assert sum("ada" in str(tuple(row)) for row in rows) == 1


async def invited(harness: ReportHarness, inviter: str, invitee: str) -> None:
    """Let a direct invite have ended without a room."""
    now = harness.accounts.clock.now()
    first, second = (
        InviteParty(profile=harness.accounts.profiles[name], wish=MatchPreferences(mode="text"))
        for name in (inviter, invitee)
    )
    invite = Invite(
        invite_id=InviteId(new_id(now)), kind="direct", mode="text", first=first, second=second,
        created_at=now, expires_at=now + 20_000,
    )  # fmt: skip
    harness.repository.record_invite(invite, now=now)
    await harness.repository.invites_recorded()


async def test_received_invite_counts_as_met_for_a_day(harness: ReportHarness, accounts: Accounts) -> None:
    await invited(harness, "bob", "ada")
    with pytest.raises(NotFound):
        await harness.report("bob", "ada")
    accounts.clock.advance(meetings.INVITE_KEEP_MS - 1)
    await harness.report("ada", "bob")
    (case,) = await harness.cases()
    assert (case.met_by, case.room_id, case.counts) == ("invite", None, False)
    assert case.invite_id is not None
    assert case.evidence.reported == Shown(display_name="bob", interests=["chess"])
    assert (case.evidence.duration_ms, case.evidence.messages) == (0, [])


async def test_invite_is_too_old_after_a_day(harness: ReportHarness, accounts: Accounts) -> None:
    await invited(harness, "bob", "ada")
    accounts.clock.advance(meetings.INVITE_KEEP_MS)
    with pytest.raises(NotFound):
        await harness.report("ada", "bob")
    assert await meetings.forget_invites(harness.pool, now=accounts.clock.now()) == 1
