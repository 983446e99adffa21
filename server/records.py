"""What is held about a person: all of it in one document, gone when they leave; what binds them, if they return."""

from typing import Any

from matchmaker.clock import Clock
from matchmaker.ids import UserId
from matchmaker.matchmaker import Matchmaker
from server.ledger import departure, export
from server.ledger.people import People, Person
from server.ledger.pool import Pool
from server.seals import Seals


class Records:
    """Looks after what is kept about people. Any call may raise `errors.Unavailable`."""

    def __init__(self, pool: Pool, people: People, seals: Seals, matchmaker: Matchmaker, clock: Clock) -> None:
        self._pool = pool
        self._people = people
        self._seals = seals
        self._matchmaker = matchmaker
        self._clock = clock

    async def export(self, user: UserId) -> dict[str, list[dict[str, Any]]]:
        """Return every row about *user*.

        Raises:
            NotFound: the account was deleted meanwhile.
        """
        return await export.of(self._pool, user)

    async def leave(self, user: UserId) -> None:
        """Delete an account: who it was is forgotten; cooldowns, blocks and bans wait under a digest of its address."""
        address = await departure.address_of(self._pool, user)
        digest = None if address is None else await self._seals.of_email(address)
        await departure.leave(self._pool, user, digest=digest, now=self._clock.now())

    async def make_permanent(self, user: UserId, *, email: str, sealed: str) -> Person:
        """Give a guest an address and a password; what bound the address before binds them again.

        Raises:
            Banned: an account with this address was banned, and deleted.
            Taken: the address belongs to somebody, or this person is no guest any more.
        """
        now, digest = self._clock.now(), await self._seals.of_email(email)
        async with self._pool.transaction() as connection:
            ban = await departure.ban_of(connection, digest, now=now)
            if ban is not None:
                raise ban.refusal
            person = await self._people.make_permanent(user, email=email, sealed=sealed, now=now, within=connection)
            is_bound = await departure.come_back(connection, user, digest, now=now)
        if is_bound:
            await self._matchmaker.house.avoidance.refresh(user)
        return person
