"""What is held about a person: all of it in one document, gone when they leave; what binds them, if they return."""

import asyncio
from contextlib import suppress
from typing import Any

from matchmaker.clock import Clock
from matchmaker.errors import Conflict
from matchmaker.ids import UserId
from matchmaker.matchmaker import Matchmaker
from server.ledger import departure, export, letters
from server.ledger.letters import Purpose
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
        self._leaving = asyncio.Lock()
        """So that those who wait for their turn to leave hold one connection, not all of them."""

    async def export(self, user: UserId) -> dict[str, list[dict[str, Any]]]:
        """Return every row about *user*.

        Raises:
            NotFound: the account was deleted meanwhile.
        """
        return await export.of(self._pool, user)

    async def leave(self, user: UserId) -> None:
        """Delete an account: who it was is forgotten; cooldowns, blocks and bans wait under a digest of its address."""
        while True:
            address = await departure.address_of(self._pool, user)
            digest = None if address is None else await self._seals.of_email(address)
            with suppress(Conflict):
                async with self._leaving:
                    now = self._clock.now()
                    return await departure.leave(self._pool, user, address=address, digest=digest, now=now)

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

    async def note_letter(self, user: UserId, purpose: Purpose, *, token_hash: bytes, lifetime: int) -> None:
        """Note that a letter goes to *user*, which can be answered for *lifetime* milliseconds."""
        now = self._clock.now()
        await letters.write(self._pool, user, purpose, token_hash=token_hash, now=now, expires_at=now + lifetime)

    async def verify_address(self, token_hash: bytes) -> UserId:
        """Note that letters arrive where this one was sent.

        Raises:
            NotFound: there is no such letter, or it was used, or it is too old.
        """
        return await letters.verify(self._pool, token_hash, now=self._clock.now())

    async def reset_password(self, token_hash: bytes, *, sealed: str) -> tuple[UserId, list[str]]:
        """Give whoever got this letter a new password; return who, and the sessions that ended.

        Raises:
            NotFound: there is no such letter, or it was used, or it is too old.
        """
        return await letters.reset(self._pool, token_hash, sealed=sealed, now=self._clock.now())

    async def change_password(self, user: UserId, *, sealed: str, keep: str) -> list[str]:
        """Give *user* a new password; return the sessions that ended, which are all but *keep*."""
        return await letters.change_password(self._pool, user, sealed=sealed, keep=keep)
