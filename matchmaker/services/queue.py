"""The queue: join, leave, discover, and pairing."""

from functools import partial

import msgspec

from matchmaker.domain import invite as invites
from matchmaker.domain import user_state as user_states
from matchmaker.domain.errors import RateLimited, RequestError, Unavailable, WrongPhase
from matchmaker.domain.ids import InviteId, UserId, new_id
from matchmaker.domain.invite import InviteParty
from matchmaker.domain.queue import select
from matchmaker.domain.snapshot import DiscoverEntry
from matchmaker.domain.ticket import MatchPreferences, Mode, Ticket
from matchmaker.domain.user_state import UserState
from matchmaker.ports.callbacks import Done, after, begin, completed
from matchmaker.services.context import MatchmakerContext
from matchmaker.services.invites import InviteService
from matchmaker.services.presence import PresenceService
from matchmaker.services.rooms import RoomService
from matchmaker.services.scheduler import RETRY_MS

_ATTEMPTS = 16
"""How many candidates one search may try; then it is scheduled again, so that it cannot block others."""

_replace = msgspec.structs.replace


class QueueService:
    """Holds the waiting users, and pairs those who are compatible."""

    def __init__(
        self, context: MatchmakerContext, rooms: RoomService, invite_service: InviteService, presence: PresenceService
    ) -> None:
        self._context = context
        self._rooms = rooms
        self._invites = invite_service
        self._presence = presence

    def may_join_now(self, user: UserId) -> bool:
        """Return whether `join` can run without waiting; else `prepare` has to be awaited first."""
        state = self._context.store.cached_state(user)
        return state is not None and state.open_invite is None and self._context.has_loaded(user)

    async def prepare(self, user: UserId) -> None:
        """Apply the deadline of the invite of *user*, and load their exclusions.

        Raises:
            Unavailable: the repository cannot be reached.
        """
        invite = self._invites.of(user)
        if invite is not None:
            await completed(partial(self._invites.process_deadline, invite.invite_id))
        await self._context.load((user,))

    def join(self, user: UserId, wish: MatchPreferences) -> Ticket:
        """Put *user* into the queue, or replace the filters of a user who is in it; their place stays.

        Raises:
            WrongPhase: they are invited or in a room.
            RateLimited: they entered too many rooms in a short time.
            Unavailable: they are not connected, or their exclusions are not loaded.
        """
        context = self._context
        state, avoid = context.store.cached_state(user), context.exclusions.known(user)
        if state is None or avoid is None:
            raise Unavailable
        if state.phase not in ("idle", "queued"):
            raise WrongPhase(state.phase)
        now = context.clock.now()
        if wait := user_states.pairing_wait(state, now=now, rules=context.rules):
            raise RateLimited("rooms", wait)
        ticket = Ticket(
            profile=state.profile,
            wish=wish,
            joined_at=now if state.ticket is None else state.ticket.joined_at,
            avoid=avoid,
            offered=state.offered,
            introduced=context.introductions.known(user),
            band=state.band,
        )
        context.put(user_states.with_deadline(_replace(state, ticket=ticket), rules=context.rules))
        if context.rules.mirror_after_ms is not None and wish.mode == "video" and wish.pairing == "auto":
            context.scheduler.schedule(("mirror", user), now + context.rules.mirror_after_ms)
        return ticket

    def find_match(self, user: UserId, done: Done) -> None:
        """Pair *user*, if they wait, with the best candidate; send events to both, then call *done*."""
        self._seek(user, _ATTEMPTS, done)

    def _seek(self, user: UserId, attempts: int, done: Done) -> None:
        context = self._context
        state = context.store.cached_state(user)
        ticket = None if state is None else state.ticket
        if state is None or ticket is None or not state.is_waiting or ticket.wish.pairing == "manual":
            done(None, None)
            return
        if not context.is_pairing or user in context.store.pairing_suspended:
            done(None, None)
            return
        now, retry_at = context.clock.now(), ticket.rests_until
        if retry_at is None or now >= retry_at:
            if retry_at is not None:
                ticket = _replace(ticket, rests_until=None)
                state = _replace(state, ticket=ticket)
                context.store.put(state)
            heads = context.store.find_candidates(ticket, now=now)
            found = select(heads, now=now, rules=context.rules)
            if context.others.sends_away(ticket, found):
                done(None, None)
                return
            if found is not None:
                if attempts:
                    self._pair(state, context.user_state(found.user), attempts, done)
                    return
                retry_at = now + RETRY_MS
            else:
                retry_at = heads.retry_at
        context.scheduler.schedule(("matching", user), retry_at)
        done(None, None)

    def _pair(self, newer: UserState, longer: UserState, attempts: int, done: Done) -> None:
        """Open the invite of a pairing, or, if both users have `auto_accept`, their room."""
        context = self._context
        one, other = newer.ticket, longer.ticket
        assert one is not None
        assert other is not None
        for state in (newer, longer):
            if state.mirrored or state.side_invite is not None:
                self._free(state, partial(self._freed, newer.user, attempts, done))
                return
        newcomer = newer.profile.user_id
        if one.joined_at < other.joined_at:
            newer, longer, one, other = longer, newer, other, one
        now, mode = context.clock.now(), other.wish.mode
        waits = now - other.joined_at, now - one.joined_at

        def paired(_: None, error: Exception | None) -> None:
            if error is None:
                context.stats.pairs[mode] += 1
                for wait in waits:
                    context.stats.note_wait(wait)
            self._paired(newcomer, attempts, done, error)

        if one.wish.auto_accept and other.wish.auto_accept:
            # Both accept automatically, so neither is asked.
            first, second = (InviteParty(profile=each.profile, wish=each.wish, accepted=True) for each in (other, one))
            begin(partial(self._rooms.open, mode, first, second), paired)
        else:
            match = invites.match(InviteId(new_id(now)), other, one, now=now, rules=context.rules)
            self._invites.open(match, longer, newer, to=match.users)
            paired(None, None)

    def _paired(self, user: UserId, attempts: int, done: Done, error: Exception | None) -> None:
        """Search again if *user* could not be paired; else call *done*."""
        if isinstance(error, Unavailable):
            self._context.scheduler.schedule(("matching", user), self._context.clock.now() + RETRY_MS)
            done(None, None)
        elif isinstance(error, RequestError):
            self._seek(user, attempts - 1, done)
        else:
            done(None, error)

    def _free(self, state: UserState, done: Done) -> None:
        """Remove the mirror of a user, or close the direct invite beside their place; then call *done*."""
        if state.mirrored:
            self._rooms.dismiss_mirror(state.user, done)
        else:
            is_closed = self._invites.close_side_invite(state, has_left=False)
            done(None, None if is_closed else Unavailable())

    def _freed(self, user: UserId, attempts: int, done: Done, _: None, error: Exception | None) -> None:
        if error is None:
            self._seek(user, attempts - 1, done)
        else:
            self._paired(user, attempts, done, error)

    def leave(self, user: UserId, done: Done) -> None:
        """Remove *user* from the queue; also from a place kept while an invite is open. Idempotent.

        A direct invite that is open beside the place is closed as unavailable. A room that is being opened is waited
        for: if it fails to open, they are back in the queue.

        Raises:
            Unavailable: *user* is not here.
        """
        context, state = self._context, self._context.user_state(user)
        if state.room is not None and state.room in self._rooms.opening.opening:
            self._rooms.opening.when_decided(state.room, after(partial(self.leave, user), done))
            return
        self._invites.close_side_invite(state, has_left=True)
        state = context.user_state(user)
        if state.ticket is not None:
            context.put(user_states.with_deadline(_replace(state, ticket=None), rules=context.rules))
            context.scheduler.schedule(("mirror", user), None)
        done(None, None)

    async def discover(self, user: UserId, *, mode: Mode | None, limit: int, include_seen: bool) -> list[DiscoverEntry]:
        """Return waiting users who may be invited: introductions, then the longest-waiting; no user twice unless asked.

        Raises:
            Unavailable: the exclusions of *user* cannot be loaded.
        """
        context = self._context
        now = context.clock.now()
        await context.load((user,))
        avoid, introduced = context.exclusions.known(user), context.introductions.known(user)
        state = context.user_state(user)
        if avoid is None:
            raise Unavailable
        skip = {user, *(other for other, until in avoid.items() if until > now)}
        if not include_seen:
            skip.update(state.shown)
        found = context.store.waiting(mode=mode, band=state.band, first=introduced, skip=skip, limit=limit)
        tickets = [other.ticket for other in found if other.ticket is not None]
        skip |= {ticket.user for ticket in tickets}
        elsewhere = await context.others.tickets(mode, state.band, limit + len(skip))
        tickets += [ticket for ticket in elsewhere if ticket.user not in skip and ticket.avoid.get(user, 0) <= now]
        tickets = sorted(tickets, key=lambda ticket: (ticket.user not in introduced, ticket.joined_at))[:limit]
        self._record_shown(user, tuple(ticket.user for ticket in tickets))
        return [DiscoverEntry(ticket=ticket, introduced_by=introduced.get(ticket.user)) for ticket in tickets]

    def _record_shown(self, user: UserId, others: tuple[UserId, ...]) -> None:
        state = self._context.user_state(user)
        shown = user_states.append_bounded(state.shown, *others)
        if shown is not state.shown:
            self._context.store.put(_replace(state, shown=shown))

    def add_introduction(self, user: UserId, other: UserId) -> None:
        """Pair *other* first with *user*, and list them once more in this session."""
        state = self._context.store.cached_state(user)
        if state is None:
            return
        shown = tuple(one for one in state.shown if one != other)
        if shown != state.shown:
            self._context.store.put(_replace(state, shown=shown))

    def start_mirror_call(self, user: UserId, done: Done, *, refused: frozenset[UserId] = frozenset()) -> None:
        """Put a user who waits alone for a video call into a room with a mirror, but for those in *refused*."""
        context = self._context
        state = context.store.cached_state(user)
        if (
            state is None
            or state.ticket is None
            or state.phase != "queued"
            or not state.connected
            or state.ticket.wish.mode != "video"
            or state.ticket.wish.pairing != "auto"
            or context.rules.mirror_after_ms is None
        ):
            done(None, None)
            return
        context.scheduler.schedule(("mirror", user), context.clock.now() + context.rules.mirror_after_ms)
        now = context.clock.now()
        for mirror in self._presence.mirrors - refused if state.side_invite is None else ():
            idle = context.store.cached_state(mirror)
            if state.ticket.avoid.get(mirror, 0) > now:
                continue  # They have blocked the mirror.
            if idle is not None and idle.connected and idle.phase == "idle":
                user_side = InviteParty(profile=state.profile, wish=state.ticket.wish)
                mirror_side = InviteParty(
                    profile=idle.profile, wish=MatchPreferences(mode="video", duration_s=state.ticket.wish.duration_s)
                )
                self._rooms.open(
                    "video", user_side, mirror_side, partial(self._mirror_called, user, refused | {mirror}, done)
                )
                return
        done(None, None)

    def _mirror_called(
        self, user: UserId, refused: frozenset[UserId], done: Done, _: None, error: Exception | None
    ) -> None:
        """Try the next mirror if this one was refused; else call *done*."""
        if isinstance(error, RequestError) and not isinstance(error, Unavailable):
            begin(partial(self.start_mirror_call, user, refused=refused), done)
        else:
            done(None, error)
