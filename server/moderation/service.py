"""Reports, bans, decisions and appeals. Each is one transaction, whose effects on connected users follow the commit."""

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress

import msgspec
import structlog

from matchmaker.domain.clock import Clock
from matchmaker.domain.errors import Forbidden, Invalid, NotFound, Unavailable
from matchmaker.domain.ids import UserId, new_id
from server.auth.account_broadcast import AccountBroadcast
from server.db.channels.account_deletion import leave_groups
from server.db.channels.records import Change
from server.db.moderation import moderators, reports
from server.db.notifications import notification_list
from server.db.people import dms, friendships
from server.db.pool import DatabaseConnection, Pool
from server.db.rooms.room_repository import PostgresRoomRepository
from server.db.safety import bans
from server.db.user_locks import lock_users
from server.domain.ban_policy import AppealStatus, Ban, Kind, ReportPolicy, ReportSubmission, lasts_longer
from server.domain.share_codes import REFERRAL_LENGTH, read_code
from server.moderation.enforcement import BanEnforcer
from signaling.connection.people_port import FriendHandler
from signaling.wire.event import Event
from signaling.wire.events import NotificationEvent
from signaling.wire.meeting import Meeting

log = structlog.get_logger()


class ModerationService:
    """Stores reports and appeals, and decisions about them; `BanWatch` enforces decisions that could not be applied."""

    def __init__(
        self,
        pool: Pool,
        *,
        repository: PostgresRoomRepository,
        broadcast: AccountBroadcast,
        enforcer: BanEnforcer,
        friends: FriendHandler | None,
        on_departed: Callable[[Sequence[Change]], None],
        clock: Clock,
        policy: ReportPolicy,
        deliver: Callable[[Mapping[UserId, Event]], None],
        counts: Counter[str],
    ) -> None:
        """*counts*: actions of users and moderators. *deliver* sends events to connected users on any node.

        *on_departed* announces the notices of groups that a banned user has left.
        """
        self._deliver = deliver
        self.pool = pool
        self._repository = repository
        self._broadcast = broadcast
        self._enforcer = enforcer
        self._friends = friends
        self._on_departed = on_departed
        self._policy = policy
        self._clock = clock
        self._counts = counts

    async def report(
        self, user: UserId, target: UserId, *, where: Meeting, n: int | None = None, category: str, details: str
    ) -> str:
        """Store a report of *user* about *target*, with the evidence; end their room, and suspend *target* if due.

        *n*: number of the reported message of a channel; None: the latest of *target* there.

        Raises:
            NotFound: the two have not met, or not there, or the user does not exist.
            Invalid: *where* names more than one.
            StateConflict: *user* has reported *target* before.
            Unavailable: it cannot be committed; nothing was changed.
        """
        named = [field for field, value in msgspec.structs.asdict(where).items() if value is not None]
        if len(named) > 1:
            raise Invalid(named[1], f"name one meeting: {' or '.join(named)}")
        code = where.referral_code and (read_code(where.referral_code, REFERRAL_LENGTH) or "none")
        await self._repository.invites_recorded()  # an invite that has just ended can be reported
        now = self._clock.now()
        report = ReportSubmission(
            report_id=new_id(now),
            by=user,
            about=target,
            room_id=where.room_id,
            invite_id=where.invite_id,
            referral_code=code,
            channel_id=where.channel_id,
            channel_n=n,
            category=category,
            details=details,
            at=now,
        )
        ban = await reports.store(self.pool, report, policy=self._policy)
        log.info("reported", report_id=report.report_id, about=target, category=category, suspended=ban is not None)
        self._counts["reported"] += 1
        if self._friends is not None:
            self._friends.part(user, target)
        self._enforcer.owe([(user, target)])
        await self._enforcer.part_owed()
        if ban is not None:
            self._counts["suspended"] += 1
            await self._enforcer.decide(target, ban)
        return report.report_id

    async def appeal(self, user: UserId, text: str) -> Ban:
        """Store the appeal of *user* against the ban in force.

        Raises:
            NotFound: no ban is in force.
            StateConflict: *user* has appealed before.
        """
        async with self.pool.transaction() as connection:
            await bans.lock(connection, user)
            ban = await bans.appeal(connection, user, text, now=self._clock.now())
        self._broadcast.forget(user)
        return ban

    async def ban_of(self, user: UserId) -> Ban | None:
        """Return the ban of *user* that is in force."""
        return await bans.in_force(self.pool, user, now=self._clock.now())

    # Actions of moderators.

    async def require_staff(self, user: UserId, *, admin: bool) -> None:
        """Check that *user* is staff, or an administrator; read from the database, so that a revoked role ends
        immediately.

        Raises:
            Forbidden: *user* is not.
        """
        role = await moderators.role_of(self.pool, user)
        if role is None:
            raise Forbidden("this is for moderators")
        if admin and role != "admin":
            raise Forbidden("this is for administrators")

    async def confirm(self, report_id: str, *, statement: str, until_at: int | None, by: UserId) -> None:
        """Confirm a report and ban the reported user, until *until_at* or, if it is None, permanently.

        Closes every open report about the user. A suspension by the report rule ends with the decision; a longer ban
        that a moderator imposed stays. With a permanent ban friendships end, DMs close, and groups are left.

        Raises:
            Invalid: *until_at* is not in the future.
            NotFound: there is no such report.
            StateConflict: it was decided before.
            Forbidden: *by* is a party, or is outranked.
        """
        now = self._clock.now()
        if until_at is not None and until_at <= now:
            raise Invalid("until_at", "this is over already")
        kind: Kind = "permanent" if until_at is None else "temporary"
        async with self.pool.transaction() as connection:
            about = await reports.decide(
                connection, report_id, "confirmed", statement=statement, by=by, now=now, policy=self._policy
            )
            await self._require_may_decide(connection, about, by, now=now)
            if until_at is not None and await bans.imposers(connection, about, now=now) == [None]:
                await bans.lift(connection, about, why=statement, by=by, now=now)
            banned = await bans.in_force(connection, about, now=now)
            if banned is None or not lasts_longer(banned, kind=kind, until_at=until_at):
                banned = await bans.impose(
                    connection, about, kind=kind, statement=statement, until_at=until_at, by=by, now=now
                )
            told = await reports.tell_reporters(connection, about, now=now)
            parted, notices = (
                await self._end_ties(connection, about, now=now) if banned.kind == "permanent" else ([], [])
            )
        await self._tell(told)
        self._counts["confirmed"] += 1
        if self._friends is not None:
            for friend in parted:
                self._friends.part(about, friend)
        self._on_departed(notices)
        await self._enforcer.decide(about, banned)

    async def vindicate(self, report_id: str, *, statement: str, by: UserId) -> None:
        """Dismiss the reports about a user: every open report is closed, a suspension ends.

        A ban imposed by a moderator stays.

        Raises:
            NotFound: there is no such report.
            StateConflict: it was decided before.
            Forbidden: *by* is a party, or is outranked.
        """
        now = self._clock.now()
        async with self.pool.transaction() as connection:
            about = await reports.decide(
                connection, report_id, "vindicated", statement=statement, by=by, now=now, policy=self._policy
            )
            await moderators.require_may_decide(connection, about, by)
            if await bans.imposers(connection, about, now=now) == [None]:
                await bans.lift(connection, about, why=statement, by=by, now=now)
            told = await reports.tell_reporters(connection, about, now=now)
        await self._tell(told)
        self._counts["vindicated"] += 1
        self._broadcast.forget(about)

    async def ban(self, user: UserId, *, kind: Kind, statement: str, until_at: int | None, by: UserId) -> Ban:
        """Ban a user.

        Raises:
            NotFound: there is no such user.
            Invalid: the ban ends in the past, or the user is the moderator.
            Forbidden: *by* is a party, or is outranked by the user or by the moderator of an earlier ban.
            StateConflict: the user is banned for as long already.
        """
        now = self._clock.now()
        if until_at is not None and until_at <= now:
            raise Invalid("until_at", "this is over already")
        async with self.pool.transaction() as connection:
            await bans.lock(connection, user)
            if not await self._require_may_decide(connection, user, by, now=now):
                raise NotFound("there is no such user")
            ban = await bans.impose(connection, user, kind=kind, statement=statement, until_at=until_at, by=by, now=now)
        self._counts["banned"] += 1
        await self._enforcer.decide(user, ban)
        return ban

    async def lift(self, ban_id: str, *, statement: str, by: UserId) -> None:
        """Lift a ban.

        Raises:
            NotFound: there is no such ban.
            StateConflict: it is no longer in force.
            Forbidden: *by* is a party, or is outranked.
        """
        now = self._clock.now()
        async with self.pool.transaction() as connection:
            user = await bans.user_of(connection, ban_id)
            await self._require_may_decide(connection, user, by, now=now)
            await bans.require_standing(connection, user, ban_id, now=now)
            await bans.lift(connection, user, why=statement, by=by, now=now)
        self._counts["lifted"] += 1
        self._broadcast.forget(user)

    async def answer(self, ban_id: str, *, granted: bool, statement: str, by: UserId) -> None:
        """Answer an appeal; when it is granted, the ban ends.

        Raises:
            NotFound: there is no such ban.
            StateConflict: there is no open appeal against it.
            Forbidden: *by* is a party, or is outranked.
        """
        now = self._clock.now()
        async with self.pool.transaction() as connection:
            user = await bans.user_of(connection, ban_id)
            if granted:
                await self._require_may_decide(connection, user, by, now=now)
            else:
                await moderators.require_may_decide(connection, user, by)
            status: AppealStatus = "granted" if granted else "rejected"
            await bans.answer(connection, ban_id, status, statement=statement, by=by, now=now)
            if granted:
                await bans.lift(connection, user, why=statement, by=by, now=now)
        self._broadcast.forget(user)

    async def _end_ties(
        self, connection: DatabaseConnection, user: UserId, *, now: int
    ) -> tuple[list[UserId], list[Change]]:
        """End what *user* has with others; return the former friends, and the notices of groups."""
        await lock_users(connection, user)
        parted = await friendships.end_all_of(connection, user)
        notices = await leave_groups(connection, user, now=now)
        await dms.close_all_dms(connection, user, now=now)
        return parted, notices

    async def _tell(self, told: Sequence[tuple[UserId, str]]) -> None:
        """Send events of stored notifications to connected users; others find them in the list."""
        with suppress(Unavailable):
            for user, name in told:
                if (found := await notification_list.one(self.pool, user, name)) is not None:
                    self._deliver({user: NotificationEvent(notification=found)})

    async def _require_may_decide(self, connection: DatabaseConnection, user: UserId, by: UserId, *, now: int) -> bool:
        """Return whether *user* exists, if *by* may decide about *user* and about the ban in force.

        Raises:
            Forbidden: as `require_may_decide` and `require_may_overrule` of `moderators`.
        """
        for imposed_by in await bans.imposers(connection, user, now=now):
            await moderators.require_may_overrule(connection, imposed_by, by)
        return await moderators.require_may_decide(connection, user, by)
