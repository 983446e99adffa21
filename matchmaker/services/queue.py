"""The queue: join, leave, discover, and pairing."""

from functools import partial

import msgspec

from matchmaker.domain import invite as invites
from matchmaker.domain import user_state as user_states
from matchmaker.domain.errors import RateLimited, RequestError, Unavailable, VersionConflict, WrongPhase
from matchmaker.domain.ids import InviteId, UserId, new_id
from matchmaker.domain.invite import InviteParty
from matchmaker.domain.queue import select
from matchmaker.domain.snapshot import DiscoverEntry
from matchmaker.domain.ticket import MatchPreferences, Mode, Ticket
from matchmaker.domain.transactions import StateTransaction
from matchmaker.domain.user_state import UserState
from matchmaker.ports.callbacks import Done, completed
from matchmaker.services.context import MatchmakerContext, retry_on_conflict
from matchmaker.services.invites import InviteService
from matchmaker.services.presence import PresenceService
from matchmaker.services.rooms import RoomService
from matchmaker.services.scheduler import RETRY_MS

_ATTEMPTS = 16
"""How often one search is retried after a conflict; then it is scheduled again, so that it cannot block others."""

AWAY_MS = 300
"""A user who was sent to another process, and is still here after this time, is paired here."""

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

    @retry_on_conflict
    async def prepare(self, user: UserId) -> None:
        """Apply the deadline of the invite of *user*, and load their exclusions.

        Raises:
            Unavailable: the repository cannot be reached, or *user* is not here.
        """
        await self._invites.refreshed(self._context.user_state(user).open_invite)
        await self._context.exclusions_of(user)
        await self._context.introductions_of(user)

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
            offered=frozenset(state.offered),
            introduced=context.introductions.known(user),
            band=state.band,
        )
        state = user_states.with_deadline(_replace(state, ticket=ticket), rules=context.rules)
        context.store.commit(StateTransaction(states=(state,)))
        context.schedule_expiry(state)
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
        if not context.is_pairing or user in context.store.unpaired:
            done(None, None)
            return
        now, retry_at = context.clock.now(), ticket.rests_until
        if retry_at is None or now >= retry_at:
            if retry_at is not None:
                ticket = _replace(ticket, rests_until=None)
                context.store.commit(StateTransaction(states=(_replace(state, ticket=ticket),)))
                state = context.user_state(user)
            heads = context.store.find_candidates(ticket, now=now)
            found = select(heads, now=now, rules=context.rules)
            is_leaving = context.others.sends_away(ticket, found)
            if found is not None and not is_leaving:
                if attempts:
                    self._pair(state, context.user_state(found.user), attempts, done)
                    return
                retry_at = now + RETRY_MS
            else:
                retry_at = now + AWAY_MS if is_leaving else heads.retry_at
        context.scheduler.schedule(("seek", user), retry_at)
        done(None, None)

    def _pair(self, newer: UserState, longer: UserState, attempts: int, done: Done) -> None:
        """Open the invite of a pairing, or, if both users have `auto_accept`, their room."""
        context = self._context
        one, other = newer.ticket, longer.ticket
        assert one is not None
        assert other is not None
        again = partial(self._go_on, newer.user, attempts, done)
        if any(state.mirrored or state.side_invite is not None for state in (newer, longer)):
            context.spawn(self._free(newer, longer), again)
            return
        if one.joined_at < other.joined_at:
            newer, longer, one, other = longer, newer, other, one
        now, mode = context.clock.now(), other.wish.mode
        waits = now - other.joined_at, now - one.joined_at

        def paired(_: None, error: Exception | None) -> None:
            if error is None:
                context.stats.pairs[mode] += 1
                for wait in waits:
                    context.stats.note_wait(wait)
            again(None, error)

        if one.wish.auto_accept and other.wish.auto_accept:
            # Both accept automatically, so neither is asked.
            first, second = (InviteParty(profile=each.profile, wish=each.wish, accepted=True) for each in (other, one))
            self._rooms.open(mode, first, second, paired)
        else:
            match = invites.match(InviteId(new_id(now)), other, one, now=now, rules=context.rules)
            self._invites.open(match, longer, newer, to=match.users)
            paired(None, None)

    def _go_on(self, user: UserId, attempts: int, done: Done, _: None, error: Exception | None) -> None:
        """Search again if *user* could not be paired; else call *done*."""
        if isinstance(error, Unavailable):
            self._context.scheduler.schedule(("seek", user), self._context.clock.now() + RETRY_MS)
            done(None, None)
        elif isinstance(error, RequestError | VersionConflict):
            self._seek(user, attempts - 1, done)
        else:
            done(None, error)

    async def _free(self, *occupied: UserState) -> None:
        """Remove the mirrors of *occupied*, and close their direct invites; then search again.

        Raises:
            Conflict: always.
        """
        for state in occupied:
            if state.mirrored:
                await completed(partial(self._rooms.dismiss_mirror, state.user))
            elif state.side_invite is not None:
                await self._invites.close_side_invite(state.user, has_left=False)
        raise VersionConflict

    @retry_on_conflict
    async def leave(self, user: UserId) -> None:
        """Remove *user* from the queue; also from a place kept while an invite is open. Idempotent.

        A direct invite that is open beside the place is closed as unavailable.
        """
        state = self._context.user_state(user)
        if state.room is not None:
            # If it fails to open, they are back in the queue.
            await completed(partial(self._rooms.opening.when_decided, state.room))
            state = self._context.user_state(user)
        if state.side_invite is not None:
            await self._invites.close_side_invite(user, has_left=True)
            state = self._context.user_state(user)
        if state.ticket is not None:
            self._context.store.commit(StateTransaction(states=(_replace(state, ticket=None),)))
            self._context.scheduler.schedule(("mirror", user), None)

    @retry_on_conflict
    async def discover(self, user: UserId, *, mode: Mode | None, limit: int, include_seen: bool) -> list[DiscoverEntry]:
        """Return waiting users who may be invited: introductions, then the longest-waiting; no user twice unless asked.

        Raises:
            Unavailable: the exclusions of *user* cannot be loaded.
        """
        context = self._context
        now = context.clock.now()
        avoid = await context.exclusions_of(user)
        introduced = await context.introductions_of(user)
        state = context.user_state(user)
        skip = {user, *(other for other, until in avoid.items() if until > now)}
        if not include_seen:
            skip.update(state.shown)
        found = context.store.waiting(mode=mode, band=state.band, first=introduced, skip=skip, limit=limit)
        tickets = [other.ticket for other in found if other.ticket is not None]
        skip |= {ticket.user for ticket in tickets}
        elsewhere = await context.others.tickets(mode, state.band, limit + len(skip))
        tickets += [ticket for ticket in elsewhere if ticket.user not in skip and ticket.avoid.get(user, 0) <= now]
        tickets = sorted(tickets, key=lambda ticket: (ticket.user not in introduced, ticket.joined_at))[:limit]
        await self._record_shown(user, tuple(ticket.user for ticket in tickets))
        return [DiscoverEntry(ticket=ticket, introduced_by=introduced.get(ticket.user)) for ticket in tickets]

    @retry_on_conflict
    async def _record_shown(self, user: UserId, others: tuple[UserId, ...]) -> None:
        state = self._context.user_state(user)
        shown = user_states.append_bounded(state.shown, *others)
        if shown is not state.shown:
            self._context.store.commit(StateTransaction(states=(_replace(state, shown=shown),)))

    @retry_on_conflict
    async def add_introduction(self, user: UserId, other: UserId) -> None:
        """Pair *other* first with *user*, and list them once more in this session."""
        state = self._context.store.cached_state(user)
        if state is None:
            return
        shown = tuple(one for one in state.shown if one != other)
        if shown != state.shown:
            self._context.store.commit(StateTransaction(states=(_replace(state, shown=shown),)))

    async def start_mirror_call(self, user: UserId) -> None:
        """Put a user who waits alone for a video call into a room with the mirror."""
        context = self._context
        state = context.store.cached_state(user)
        if state is None or state.ticket is None or state.phase != "queued" or not state.connected:
            return
        if (
            state.ticket.wish.mode != "video"
            or state.ticket.wish.pairing != "auto"
            or context.rules.mirror_after_ms is None
        ):
            return
        context.scheduler.schedule(("mirror", user), context.clock.now() + context.rules.mirror_after_ms)
        if state.side_invite is not None:
            return
        now = context.clock.now()
        for mirror in tuple(self._presence.mirrors):
            idle = context.store.cached_state(mirror)
            if state.ticket.avoid.get(mirror, 0) > now:
                continue  # They have blocked the mirror.
            if idle is not None and idle.connected and idle.phase == "idle":
                person = InviteParty(profile=state.profile, wish=state.ticket.wish)
                glass = InviteParty(
                    profile=idle.profile, wish=MatchPreferences(mode="video", duration_s=state.ticket.wish.duration_s)
                )
                try:
                    await completed(partial(self._rooms.open, "video", person, glass))
                except Unavailable:
                    raise
                except (VersionConflict, RequestError):
                    continue
                return
