"""The verbs of presence: arriving, being gone, and being forgotten in the end."""

import msgspec
from msgspec import UNSET, UnsetType

from matchmaker import seat as seats
from matchmaker.change import Change
from matchmaker.errors import Conflict, Unavailable
from matchmaker.house import House, persistent
from matchmaker.ids import UserId
from matchmaker.inviting import Inviting
from matchmaker.news import AnyNews, QueueUpdate
from matchmaker.profile import Profile
from matchmaker.rooms import Rooms
from matchmaker.seat import Seat
from matchmaker.standing import Standing
from matchmaker.ticket import EVERYBODY, Band

_replace = msgspec.structs.replace


class Presence:
    """Knows who is here, by their sockets, and where they stand."""

    def __init__(self, house: House, rooms: Rooms, inviting: Inviting) -> None:
        self._house = house
        self._rooms = rooms
        self._inviting = inviting
        self.mirrors: set[UserId] = set()
        """Those who are here and are no people."""
        self._turned_away: dict[UserId, dict[int, int | None]] = {}
        """Of those with several sockets on the way: numbers that count for nothing, and the one before each."""

    async def arrive(self, profile: Profile, *, resumed: bool, band: Band = EVERYBODY) -> Standing:
        """Note one more socket of a person, which is now the only one that counts; return where they stand."""
        await self.let_time_act(profile.user_id)
        epoch, elder = await self._sit(profile, band, resumed=resumed)
        try:
            try:
                await self._rooms.attend(profile.user_id)
            except Unavailable:
                # They are here all the same; the room learns it as soon as the ledger is back.
                self._house.timekeeper.watch(("attend", profile.user_id), self._house.clock.now())
            standing = await self.standing(profile.user_id)
        except BaseException:
            # Nobody will report the loss of a socket that never learned its number.
            await self._turn_away(profile.user_id, epoch, elder)
            raise
        self._turned_away.pop(profile.user_id, None)
        if profile.mirror:
            self.mirrors.add(profile.user_id)
        # A newer socket may have come meanwhile: this one keeps its own number.
        return _replace(standing, seat=_replace(standing.seat, epoch=epoch))

    @persistent
    async def _sit(self, profile: Profile, band: Band, *, resumed: bool) -> tuple[int, int | None]:
        """Return the number of the new socket, and that of the one before, if it is still open here."""
        seat = self._house.store.peek(profile.user_id)
        is_open = seat is not None and seat.connected
        elder = seat.epoch if seat is not None and is_open else None
        if seat is None:
            # Numbers go on rising when a seat was forgotten: no socket of before has the number of a later one.
            seat = Seat(profile=profile, epoch=self._house.clock.now())
        ticket = seat.ticket and _replace(seat.ticket, profile=profile, band=band)
        seat = seats.connect(_replace(seat, profile=profile, band=band, ticket=ticket), resumed=resumed)
        self._house.store.commit(Change(seats=(seat,)))
        self._house.watch_seat(seat)
        if seat.is_waiting:
            self._house.seek_soon(seat.user)
        return seat.epoch, elder

    @persistent
    async def _turn_away(self, user: UserId, epoch: int, elder: int | None) -> None:
        """Let the socket before number *epoch* count again, which could not be let in; without one, nobody is here."""
        seat = self._house.store.peek(user)
        if seat is None:
            return
        failed = self._turned_away.setdefault(user, {})
        if seat.epoch != epoch:
            failed[epoch] = elder  # a newer one is just coming, and may be turned away, too
            return
        while elder in failed:
            elder = failed[elder]
        if elder is None:
            await self.depart(user, epoch=epoch)
        elif seat.connected:
            self._house.store.commit(Change(seats=(_replace(seat, epoch=elder),)))
        self._turned_away.pop(user, None)

    @persistent
    async def depart(self, user: UserId, *, epoch: int) -> None:
        """Note that socket number *epoch* was lost; the end of a superseded one changes nothing."""
        seat = self._house.store.peek(user)
        if seat is None:
            return
        left = seats.drop(seat, epoch=epoch, now=self._house.clock.now(), rules=self._house.rules)
        if left is not seat:
            await self._miss(left)

    async def _miss(self, left: Seat) -> None:
        self._house.store.commit(Change(seats=(left,)))
        self._house.watch_seat(left)
        self.mirrors.discard(left.user)
        if left.room is not None:
            self._house.timekeeper.watch(("attend", left.user), self._house.clock.now())

    @persistent
    async def standing(self, user: UserId) -> Standing:
        """Return where *user* stands, once time has acted."""
        before = self._house.seat(user)
        invite = await self._inviting.current(before.open_invite)
        found = None if before.room is None else await self._rooms.view(before.room)
        # Asked again: the room may have ended, or failed to open, and the invite be over, while we looked.
        seat = self._house.seat(user)
        if seat.room is not None:
            if found is None or seat.room != found[0].room_id:
                raise Conflict
            return Standing(seat=seat, room=found[0], messages=found[1])
        if seat.open_invite is not None and (invite is None or invite.invite_id != seat.open_invite):
            raise Conflict
        return Standing(seat=seat, invite=None if seat.open_invite is None else invite)

    @persistent
    async def rename(self, profile: Profile, *, band: Band | UnsetType = UNSET) -> None:
        """Let others see *profile* from now on; rooms and invites that are open keep the name they began with.

        *band*: whom they may meet by age from now on, if that has changed.
        """
        seat = self._house.store.peek(profile.user_id)
        if seat is not None:
            known = seat.band if band is UNSET else band
            ticket = seat.ticket and _replace(seat.ticket, profile=profile, band=known)
            seat = _replace(seat, profile=profile, band=known, ticket=ticket)
            self._house.store.commit(Change(seats=(seat,)))
            if seat.is_waiting:
                self._house.seek_soon(seat.user)  # another gender fits other people

    @persistent
    async def let_time_act(self, user: UserId) -> None:
        """Take a person who has been away too long out of queue and invite, and forget them in the end."""
        house = self._house
        now = house.clock.now()
        seat = house.store.peek(user)
        if seat is None or not seats.is_gone(seat, now=now, rules=house.rules):
            return
        if seat.open_invite is not None:
            await self._inviting.abandon(user, seat.open_invite)
            seat = house.seat(user)
            if not seats.is_gone(seat, now=now, rules=house.rules):
                return
        told: tuple[AnyNews, ...] = ()
        if seat.ticket is not None:
            told = (QueueUpdate(to=user, queued=False, reason="expired_hold"),)
        seat = seats.schedule(_replace(seat, ticket=None), rules=house.rules)
        if seats.is_forgotten(seat, now=now, rules=house.rules):
            house.store.commit(Change(forgotten=(seat,), tell=told))
            house.forget(user)
            return
        house.store.commit(Change(seats=(seat,), tell=told))
        # Where an invite is just being closed, or a room is open, their end watches the seat again.
        if seat.phase == "idle":
            house.watch_seat(seat)
