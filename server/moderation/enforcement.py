"""What a decision does at once: tokens are forgotten, the socket is closed, the user leaves queue and room."""

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
    """Enforces at this node what is durable; what is not possible now, `BanWatch` does later."""

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
        """Enforce a ban that was just imposed, and have the other nodes enforce it."""
        self._broadcast.decide()
        await self.enforce(user, ban)

    async def enforce(self, user: UserId, ban: Ban) -> None:
        """Reject the tokens first, then close the socket, then end what they were in: nothing new begins in between."""
        self._authenticator.forget(user)
        self._hub.close_user(user, CloseCode.BANNED, ban.refusal)
        with suppress(Unavailable):
            await self._matchmaker.remove_user(user, "banned")

    def lift(self, user: UserId) -> None:
        """Read *user* again at their next request: no ban is in force any more."""
        self._authenticator.forget(user)

    def owe(self, pairs: Iterable[tuple[UserId, UserId]]) -> None:
        """End the rooms of *pairs* at the next `part_owed`."""
        self._owed.update(pairs)

    async def part_owed(self) -> None:
        """End every shared room that must still be ended, as far as storage allows."""
        for pair in tuple(self._owed):
            try:
                await self._matchmaker.enforce_report_block(*pair)
            except Unavailable:
                return
            self._owed.discard(pair)
