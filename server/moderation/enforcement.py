"""Immediate effects of a decision: tokens are dropped, the socket is closed, the user leaves queue and room."""

from collections.abc import Iterable
from contextlib import suppress

from matchmaker.domain.errors import Unavailable
from matchmaker.domain.ids import UserId
from matchmaker.matchmaker import Matchmaker
from server.auth.account_broadcast import AccountBroadcast
from server.auth.tokens import TokenAuthenticator
from server.domain.ban_policy import Ban
from signaling.routing.hub import Hub
from signaling.wire.close_codes import CloseCode


class BanEnforcer:
    """Enforces committed decisions on this node; what fails is retried by `BanWatch`."""

    def __init__(
        self, *, hub: Hub, matchmaker: Matchmaker, authenticator: TokenAuthenticator, broadcast: AccountBroadcast
    ) -> None:
        self._hub = hub
        self._matchmaker = matchmaker
        self._authenticator = authenticator
        self._broadcast = broadcast
        self._owed: set[tuple[UserId, UserId]] = set()
        """Pairs (reporter or blocker, target) whose shared room must still be ended."""

    async def decide(self, user: UserId, ban: Ban) -> None:
        """Enforce a new ban, and have the other nodes enforce it."""
        self._broadcast.decide()
        await self.enforce(user, ban)

    async def enforce(self, user: UserId, ban: Ban) -> None:
        """Drop the tokens first, then close the socket, then end queue, invite and room, so that the user starts
        nothing new in between.
        """
        self._authenticator.forget(user)
        self._hub.close_user(user, CloseCode.BANNED, ban.refusal)
        with suppress(Unavailable):
            await self._matchmaker.remove_user(user, "banned")

    def lift(self, user: UserId) -> None:
        """Drop the cached tokens of *user*, so that the next request sees that no ban is in force."""
        self._authenticator.forget(user)

    def owe(self, pairs: Iterable[tuple[UserId, UserId]]) -> None:
        """End the rooms of *pairs* at the next `part_owed`."""
        self._owed.update(pairs)

    async def part_owed(self) -> None:
        """End every shared room that must still be ended; those that cannot be committed now stay pending."""
        for pair in tuple(self._owed):
            try:
                await self._matchmaker.enforce_report_block(*pair)
            except Unavailable:
                return
            self._owed.discard(pair)
