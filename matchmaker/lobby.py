"""The verbs of the queue: waiting, being found, being brought together."""

from functools import partial

import msgspec

from matchmaker import invite as invites
from matchmaker import seat as seats
from matchmaker.callbacks import Done, completed
from matchmaker.change import Change
from matchmaker.errors import Conflict, RateLimited, Refusal, Unavailable, WrongPhase
from matchmaker.house import House, persistent
from matchmaker.ids import InviteId, UserId, new_id
from matchmaker.invite import Party
from matchmaker.inviting import Inviting
from matchmaker.presence import Presence
from matchmaker.queue import choose
from matchmaker.rooms import Rooms
from matchmaker.seat import Seat
from matchmaker.standing import Listed
from matchmaker.ticket import Mode, Ticket, Wish
from matchmaker.timekeeper import RETRY_MS

_ATTEMPTS = 16
"""How often one search begins again because somebody was faster; then it rests, so that it cannot hold up the rest."""

AWAY_MS = 300
"""After which a user who was sent to another process, and is still here, is paired here."""

_replace = msgspec.structs.replace


class Lobby:
    """Knows who waits, and brings those together who fit."""

    def __init__(self, house: House, rooms: Rooms, inviting: Inviting, presence: Presence) -> None:
        self._house = house
        self._rooms = rooms
        self._inviting = inviting
        self._presence = presence

    def may_join_now(self, user: UserId) -> bool:
        """Tell whether nothing has to be waited for before `join`; else `prepare` waits for it."""
        seat = self._house.store.peek(user)
        return seat is not None and seat.open_invite is None and self._house.has_read(user)

    @persistent
    async def prepare(self, user: UserId) -> None:
        """Let time act on the invite of *user*, and read whom they must not meet.

        Raises:
            Unavailable: it cannot be read, or *user* is not here.
        """
        await self._inviting.current(self._house.seat(user).open_invite)
        await self._house.avoided_by(user)
        await self._house.introduced_to(user)

    def join(self, user: UserId, wish: Wish) -> Ticket:
        """Put *user* into the queue, or replace the wishes of somebody who is in it; the place stays.

        Raises:
            WrongPhase: they are invited or in a room.
            RateLimited: they entered too many rooms in a short time.
            Unavailable: they are not here, or whom they must not meet was not read.
        """
        house = self._house
        seat, avoid = house.store.peek(user), house.avoidance.known(user)
        if seat is None or avoid is None:
            raise Unavailable
        if seat.phase not in ("idle", "queued"):
            raise WrongPhase(seat.phase)
        now = house.clock.now()
        if wait := seats.room_wait(seat, now=now, rules=house.rules):
            raise RateLimited("rooms", wait)
        ticket = Ticket(
            profile=seat.profile,
            wish=wish,
            joined_at=now if seat.ticket is None else seat.ticket.joined_at,
            avoid=avoid,
            offered=frozenset(seat.offered),
            introduced=house.introductions.known(user),
            band=seat.band,
        )
        seat = seats.schedule(_replace(seat, ticket=ticket), rules=house.rules)
        house.store.commit(Change(seats=(seat,)))
        house.watch_seat(seat)
        if house.rules.mirror_after_ms is not None and wish.mode == "video" and wish.pairing == "auto":
            house.timekeeper.watch(("mirror", user), now + house.rules.mirror_after_ms)
        return ticket

    def seek(self, user: UserId, done: Done) -> None:
        """Pair *user*, if they wait, with whoever fits best; both are told, and then *done* is called."""
        self._seek(user, _ATTEMPTS, done)

    def _seek(self, user: UserId, attempts: int, done: Done) -> None:
        house = self._house
        seat = house.store.peek(user)
        ticket = None if seat is None else seat.ticket
        if seat is None or ticket is None or not seat.is_waiting or ticket.wish.pairing == "manual":
            done(None, None)
            return
        if not house.pairs or user in house.store.unpaired:
            done(None, None)
            return
        now, retry_at = house.clock.now(), ticket.rests_until
        if retry_at is None or now >= retry_at:
            if retry_at is not None:
                ticket = _replace(ticket, rests_until=None)
                house.store.commit(Change(seats=(_replace(seat, ticket=ticket),)))
                seat = house.seat(user)
            heads = house.store.heads(ticket, now=now)
            found = choose(heads, now=now, rules=house.rules)
            is_leaving = house.others.sends_away(ticket, found)
            if found is not None and not is_leaving:
                if attempts:
                    self._pair(seat, house.seat(found.user), attempts, done)
                    return
                retry_at = now + RETRY_MS
            else:
                retry_at = now + AWAY_MS if is_leaving else heads.retry_at
        house.timekeeper.watch(("seek", user), retry_at)
        done(None, None)

    def _pair(self, newer: Seat, longer: Seat, attempts: int, done: Done) -> None:
        """Announce the pairing of two people who wait, or, when both accept everybody, open their room."""
        house = self._house
        one, other = newer.ticket, longer.ticket
        assert one is not None
        assert other is not None
        again = partial(self._go_on, newer.user, attempts, done)
        if any(seat.mirrored or seat.side_invite is not None for seat in (newer, longer)):
            house.spawn(self._free(newer, longer), again)
            return
        if one.joined_at < other.joined_at:
            newer, longer, one, other = longer, newer, other, one
        now, mode = house.clock.now(), other.wish.mode
        waits = now - other.joined_at, now - one.joined_at

        def paired(_: None, error: Exception | None) -> None:
            if error is None:
                house.stats.pairs[mode] += 1
                for wait in waits:
                    house.stats.on_wait(wait)
            again(None, error)

        if one.wish.auto_accept and other.wish.auto_accept:
            # Nobody is left to answer, so nobody is asked.
            first, second = (Party(profile=each.profile, wish=each.wish, accepted=True) for each in (other, one))
            self._rooms.open(mode, first, second, paired)
        else:
            match = invites.match(InviteId(new_id(now)), other, one, now=now, rules=house.rules)
            self._inviting.announce(match, longer, newer, to=match.users)
            paired(None, None)

    def _go_on(self, user: UserId, attempts: int, done: Done, _: None, error: Exception | None) -> None:
        """Look for somebody else if *user* could not be paired; else *done* is called."""
        if isinstance(error, Unavailable):
            self._house.timekeeper.watch(("seek", user), self._house.clock.now() + RETRY_MS)
            done(None, None)
        elif isinstance(error, Refusal | Conflict):
            self._seek(user, attempts - 1, done)
        else:
            done(None, error)

    async def _free(self, *occupied: Seat) -> None:
        """Let the mirrors of *occupied* leave, and close their direct invites; then they are looked for again.

        Raises:
            Conflict: always.
        """
        for seat in occupied:
            if seat.mirrored:
                await self._rooms.dismiss_mirror(seat)
            elif seat.side_invite is not None:
                await self._inviting.supersede(seat.user, gone=False)
        raise Conflict

    @persistent
    async def leave(self, user: UserId) -> None:
        """Take *user* out of the queue; also from a place kept while an invite is open. Idempotent.

        A direct invite that was open beside the place is over, as unavailable.
        """
        seat = self._house.seat(user)
        if seat.room is not None:
            await self._rooms.opening.settled(seat.room)  # should it fail to open, they would be back in the queue
            seat = self._house.seat(user)
        if seat.side_invite is not None:
            await self._inviting.supersede(user, gone=True)
            seat = self._house.seat(user)
        if seat.ticket is not None:
            self._house.store.commit(Change(seats=(_replace(seat, ticket=None),)))
            self._house.timekeeper.watch(("mirror", user), None)

    @persistent
    async def discover(self, user: UserId, *, mode: Mode | None, limit: int, include_seen: bool) -> list[Listed]:
        """Return who waits and may be invited: introductions, then the longest-waiting; nobody twice unless asked.

        Raises:
            Unavailable: whom *user* must not meet cannot be read.
        """
        house = self._house
        now = house.clock.now()
        avoid = await house.avoided_by(user)
        introduced = await house.introduced_to(user)
        seat = house.seat(user)
        skip = {user, *(other for other, until in avoid.items() if until > now)}
        if not include_seen:
            skip.update(seat.shown)
        found = house.store.waiting(mode=mode, band=seat.band, first=introduced, skip=skip, limit=limit)
        tickets = [other.ticket for other in found if other.ticket is not None]
        skip |= {ticket.user for ticket in tickets}
        elsewhere = await house.others.tickets(mode, seat.band, limit + len(skip))
        tickets += [ticket for ticket in elsewhere if ticket.user not in skip and ticket.avoid.get(user, 0) <= now]
        tickets = sorted(tickets, key=lambda ticket: (ticket.user not in introduced, ticket.joined_at))[:limit]
        await self._note_shown(user, tuple(ticket.user for ticket in tickets))
        return [Listed(ticket=ticket, introduced_by=introduced.get(ticket.user)) for ticket in tickets]

    @persistent
    async def _note_shown(self, user: UserId, others: tuple[UserId, ...]) -> None:
        seat = self._house.seat(user)
        shown = seats.remember(seat.shown, *others)
        if shown is not seat.shown:
            self._house.store.commit(Change(seats=(_replace(seat, shown=shown),)))

    @persistent
    async def acquaint(self, user: UserId, other: UserId) -> None:
        """Let *other* go first with *user*, and `discover` list them once more in this session."""
        seat = self._house.store.peek(user)
        if seat is None:
            return
        shown = tuple(one for one in seat.shown if one != other)
        if shown != seat.shown:
            self._house.store.commit(Change(seats=(_replace(seat, shown=shown),)))

    async def meet_the_mirror(self, user: UserId) -> None:
        """Let the mirror keep somebody company who waits for a video call and has met nobody."""
        house = self._house
        seat = house.store.peek(user)
        if seat is None or seat.ticket is None or seat.phase != "queued" or not seat.connected:
            return
        if (
            seat.ticket.wish.mode != "video"
            or seat.ticket.wish.pairing != "auto"
            or house.rules.mirror_after_ms is None
        ):
            return
        house.timekeeper.watch(("mirror", user), house.clock.now() + house.rules.mirror_after_ms)
        if seat.side_invite is not None:
            return
        now = house.clock.now()
        for mirror in tuple(self._presence.mirrors):
            idle = house.store.peek(mirror)
            if seat.ticket.avoid.get(mirror, 0) > now:
                continue  # they have blocked it
            if idle is not None and idle.connected and idle.phase == "idle":
                person = Party(profile=seat.profile, wish=seat.ticket.wish)
                glass = Party(profile=idle.profile, wish=Wish(mode="video", duration_s=seat.ticket.wish.duration_s))
                try:
                    await completed(partial(self._rooms.open, "video", person, glass))
                except Unavailable:
                    raise
                except (Conflict, Refusal):
                    continue
                return
