"""The verbs of the queue: waiting, being found, being brought together."""

from contextlib import suppress

import msgspec

from matchmaker import invite as invites
from matchmaker import seat as seats
from matchmaker.change import Change
from matchmaker.errors import Conflict, CooldownActive, RateLimited, Refusal, TargetUnavailable, Unavailable, WrongPhase
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

    @persistent
    async def join(self, user: UserId, wish: Wish) -> Ticket:
        """Put *user* into the queue, or replace the wishes of somebody who is in it; the place stays.

        Raises:
            WrongPhase: they are invited or in a room.
            RateLimited: they entered too many rooms in a short time.
            Unavailable: whom they must not meet cannot be read.
        """
        house = self._house
        await self._inviting.current((await house.seat(user)).open_invite)
        avoid = await house.avoided_by(user)
        introduced = await house.introduced_to(user)
        seat = await house.seat(user)
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
            introduced=introduced,
            band=seat.band,
        )
        seat = seats.schedule(_replace(seat, ticket=ticket), rules=house.rules)
        await house.store.commit(Change(seats=(seat,)))
        house.watch_seat(seat)
        if house.rules.mirror_after_ms is not None and wish.mode == "video" and wish.pairing == "auto":
            house.timekeeper.watch(("mirror", user), house.clock.now() + house.rules.mirror_after_ms)
        return ticket

    async def seek(self, user: UserId) -> None:
        """Pair *user*, if they wait, with whoever fits best; both are told."""
        house = self._house
        for _ in range(_ATTEMPTS):
            seat = await house.store.seat(user)
            if seat is None or seat.ticket is None or not seat.is_waiting or seat.ticket.wish.pairing == "manual":
                return
            if not house.pairs or user in house.store.unpaired:
                return
            now, rests_until = house.clock.now(), seat.ticket.rests_until
            if rests_until is not None and now < rests_until:
                house.timekeeper.watch(("seek", user), rests_until)
                return
            if rests_until is not None:
                await self._end_rest(seat, seat.ticket)
                continue
            heads = await house.store.heads(seat.ticket, now=now)
            found = choose(heads, now=now, rules=house.rules)
            is_leaving = house.others.sends_away(seat.ticket, found)
            if found is None or is_leaving:
                house.timekeeper.watch(("seek", user), now + AWAY_MS if is_leaving else heads.retry_at)
                return
            other = await house.store.seat(found.user)
            if other is None or (other.ticket is not found and other.ticket != found):
                continue
            try:
                await self._pair(seat, other)
                return
            except (Conflict, CooldownActive, TargetUnavailable):
                continue
            except Unavailable:
                break
        house.timekeeper.watch(("seek", user), house.clock.now() + RETRY_MS)

    async def _end_rest(self, seat: Seat, ticket: Ticket) -> None:
        with suppress(Conflict):
            await self._house.store.commit(Change(seats=(_replace(seat, ticket=_replace(ticket, rests_until=None)),)))

    async def _pair(self, newer: Seat, longer: Seat) -> None:
        """Announce the pairing of two people who wait, or, when both accept everybody, open their room.

        Raises:
            Conflict: one of them no longer waits, or had the mirror to leave, or a direct invite to close, first.
        """
        house = self._house
        occupied = [seat for seat in (newer, longer) if seat.mirrored or seat.side_invite is not None]
        if occupied:
            for seat in occupied:
                if seat.mirrored:
                    await self._rooms.dismiss_mirror(seat)
                else:
                    await self._inviting.supersede(seat.user, gone=False)
            raise Conflict
        one, other = newer.ticket, longer.ticket
        assert one is not None
        assert other is not None
        if one.joined_at < other.joined_at:
            newer, longer, one, other = longer, newer, other, one
        now = house.clock.now()
        mode = other.wish.mode
        if one.wish.auto_accept and other.wish.auto_accept:
            # Nobody is left to answer, so nobody is asked.
            first, second = (Party(profile=each.profile, wish=each.wish, accepted=True) for each in (other, one))
            await self._rooms.open(mode, first, second)
        else:
            match = invites.match(InviteId(new_id(now)), other, one, now=now, rules=house.rules)
            await self._inviting.announce(match, longer, newer, to=match.users)
        house.stats.pairs[mode] += 1
        for ticket in (one, other):
            house.stats.on_wait(now - ticket.joined_at)

    @persistent
    async def leave(self, user: UserId) -> None:
        """Take *user* out of the queue; also from a place kept while an invite is open. Idempotent.

        A direct invite that was open beside the place is over, as unavailable.
        """
        seat = await self._house.seat(user)
        if seat.room is not None:
            await self._rooms.opening.settled(seat.room)  # should it fail to open, they would be back in the queue
            seat = await self._house.seat(user)
        if seat.side_invite is not None:
            await self._inviting.supersede(user, gone=True)
            seat = await self._house.seat(user)
        if seat.ticket is not None:
            await self._house.store.commit(Change(seats=(_replace(seat, ticket=None),)))
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
        seat = await house.seat(user)
        skip = {user, *(other for other, until in avoid.items() if until > now)}
        if not include_seen:
            skip.update(seat.shown)
        found = await house.store.waiting(mode=mode, band=seat.band, first=introduced, skip=skip, limit=limit)
        tickets = [other.ticket for other in found if other.ticket is not None]
        skip |= {ticket.user for ticket in tickets}
        elsewhere = await house.others.tickets(mode, seat.band, limit + len(skip))
        tickets += [ticket for ticket in elsewhere if ticket.user not in skip and ticket.avoid.get(user, 0) <= now]
        tickets = sorted(tickets, key=lambda ticket: (ticket.user not in introduced, ticket.joined_at))[:limit]
        await self._note_shown(user, tuple(ticket.user for ticket in tickets))
        return [Listed(ticket=ticket, introduced_by=introduced.get(ticket.user)) for ticket in tickets]

    @persistent
    async def _note_shown(self, user: UserId, others: tuple[UserId, ...]) -> None:
        seat = await self._house.seat(user)
        shown = seats.remember(seat.shown, *others)
        if shown is not seat.shown:
            await self._house.store.commit(Change(seats=(_replace(seat, shown=shown),)))

    @persistent
    async def acquaint(self, user: UserId, other: UserId) -> None:
        """Let *other* go first with *user*, and `discover` list them once more in this session."""
        seat = await self._house.store.seat(user)
        if seat is None:
            return
        shown = tuple(one for one in seat.shown if one != other)
        if shown != seat.shown:
            await self._house.store.commit(Change(seats=(_replace(seat, shown=shown),)))

    async def meet_the_mirror(self, user: UserId) -> None:
        """Let the mirror keep somebody company who waits for a video call and has met nobody."""
        house = self._house
        seat = await house.store.seat(user)
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
            idle = await house.store.seat(mirror)
            if seat.ticket.avoid.get(mirror, 0) > now:
                continue  # they have blocked it
            if idle is not None and idle.connected and idle.phase == "idle":
                person = Party(profile=seat.profile, wish=seat.ticket.wish)
                glass = Party(profile=idle.profile, wish=Wish(mode="video", duration_s=seat.ticket.wish.duration_s))
                try:
                    await self._rooms.open("video", person, glass)
                except Unavailable:
                    raise
                except (Conflict, Refusal):
                    continue
                return
