"""Data of one account: export, deletion, and the bans and ties that remain after a deletion."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, suppress

from matchmaker.domain.clock import Clock
from matchmaker.domain.errors import VersionConflict
from matchmaker.domain.ids import UserId
from matchmaker.matchmaker import Matchmaker
from server.auth.keyed_hash import KeyedHasher
from server.db.accounts import email_addresses, email_tokens
from server.db.accounts.email_addresses import LogIn
from server.db.accounts.email_tokens import Purpose
from server.db.accounts.users import User
from server.db.channels.records import Change
from server.db.pool import DatabaseConnection, Pool
from server.db.retention import account_deletion, export
from server.people.friends import FriendService


class AccountService:
    """Exports and deletes accounts. Any method may raise `errors.Unavailable`."""

    def __init__(
        self, pool: Pool, hasher: KeyedHasher, matchmaker: Matchmaker, clock: Clock, *, friends: FriendService | None
    ) -> None:
        """*friends* turns mutual requests into friendships once both users are permanent."""
        self._friends = friends
        self._pool = pool
        self._hasher = hasher
        self._matchmaker = matchmaker
        self._clock = clock
        self._leaving = asyncio.Lock()
        """Deletions run one at a time, so that those that wait hold one connection, not all of the pool."""

    async def export(self, user: UserId, out: Callable[[bytes], object]) -> None:
        """Write every row about *user* to *out*, as a JSON object of sections, in chunks.

        Raises:
            NotFound: the account was deleted.
        """
        await export.write(self._pool, user, out)

    async def leave(self, user: UserId, *, erase: bool = False) -> list[Change]:
        """Delete an account: its personal data is removed; cooldowns, blocks and bans are kept under a digest of its
        address.

        *erase*: the bodies of the messages in channels are deleted too. Returns the events for the members of channels.
        """
        while True:
            address = await account_deletion.address_of(self._pool, user)
            digest = None if address is None else await self._hasher.of_email(address)
            with suppress(VersionConflict):
                async with self._leaving:
                    now = self._clock.now()
                    return await account_deletion.leave(
                        self._pool, user, address=address, digest=digest, now=now, erase=erase
                    )

    async def set_log_in_name(self, user: UserId, *, email: str, sealed: str) -> User:
        """Make *user* permanent with an unverified address, when no e-mail is configured; the address is used for
        log-in only.

        Raises:
            StateConflict: another account logs in with it, or this account has an address.
        """
        now = self._clock.now()
        async with self._upgrade(user) as connection:
            return await email_addresses.set_log_in_name(connection, user, email=email, sealed=sealed, now=now)

    async def pend(self, user: UserId, *, email: str, sealed: str, token_hash: bytes, lifetime: int) -> User:
        """Store the pending address and password of *user* until the e-mail with this token is confirmed.

        Raises:
            StateConflict: the account has an address.
        """
        now = self._clock.now()
        async with self._pool.transaction() as connection:
            person = await email_addresses.pend(connection, user, email=email, sealed=sealed)
            await email_tokens.write(
                connection, user, "verify", token_hash=token_hash, now=now, expires_at=now + lifetime
            )
        return person

    async def owner_of(self, email: str) -> UserId | None:
        """Return the user who has verified *email*."""
        owner = await email_addresses.owner_of(self._pool, email)
        return None if owner is None else owner.user

    async def log_ins(self, email: str) -> list[LogIn]:
        """Return the accounts that log in with *email*, the one that has verified it first."""
        return await email_addresses.log_ins(self._pool, email)

    async def record_letter(self, user: UserId, purpose: Purpose, *, token_hash: bytes, lifetime: int) -> None:
        """Record that an e-mail is sent to *user*, whose token is valid for *lifetime* milliseconds."""
        now = self._clock.now()
        await email_tokens.write(self._pool, user, purpose, token_hash=token_hash, now=now, expires_at=now + lifetime)

    async def verify_address(self, user: UserId, token_hash: bytes) -> User:
        """Give *user* the address that the e-mail was sent to, and restore the bans and blocks kept under its digest.

        Raises:
            NotFound: no such e-mail was sent to *user*, or its token was used or has expired.
            Banned: an account with this address was banned, and deleted; the token stays valid.
            StateConflict: another account has verified the address.
        """
        now = self._clock.now()
        async with self._upgrade(user) as connection:
            await email_tokens.use(connection, token_hash, "verify", now=now, user=user)
            email, sealed = await email_addresses.pending_of(connection, user)
            digest = await self._hasher.of_email(email)
            if (ban := await account_deletion.ban_of(connection, digest, now=now)) is not None:
                raise ban.refusal
            person = await email_addresses.set_verified(connection, user, email=email, sealed=sealed, now=now)
            is_bound = await account_deletion.restore_ties(connection, user, digest, now=now)
        if is_bound:
            await self._matchmaker.context.exclusions.refresh(user)
        return person

    @asynccontextmanager
    async def _upgrade(self, user: UserId) -> AsyncIterator[DatabaseConnection]:
        """Yield a transaction that makes *user* permanent; friends of those who have asked each other follow with it.

        Their events are sent after the commit.
        """
        friends = self._friends
        async with self._pool.transaction() as connection:
            others = [] if friends is None else await friends.lock_for_upgrade(connection, user)
            yield connection
            made = None if friends is None else await friends.complete(connection, user, others)
        if friends is not None and made is not None:
            await friends.announce(user, made)

    async def reset_password(self, token_hash: bytes, *, sealed: str) -> tuple[UserId, list[str]]:
        """Set a new password for the recipient of an e-mail; return the user, and the sessions that ended.

        Raises:
            NotFound: there is no such e-mail, its token was used or has expired, or the address is not verified.
        """
        return await email_tokens.reset(self._pool, token_hash, sealed=sealed, now=self._clock.now())

    async def change_password(self, user: UserId, *, sealed: str, keep: str) -> list[str]:
        """Set a new password of *user*; return the sessions that ended, which are all but *keep*."""
        return await email_tokens.change_password(self._pool, user, sealed=sealed, keep=keep, now=self._clock.now())
