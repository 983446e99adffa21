"""Bans of addresses and networks, enforced on requests and on open sockets."""

from contextlib import suppress
from ipaddress import IPv4Network, IPv6Network

from matchmaker.domain.clock import Clock
from matchmaker.domain.errors import Invalid, Unavailable
from matchmaker.domain.ids import UserId
from server.auth.account_broadcast import AccountBroadcast
from server.auth.ip_bans import IpBanList, covers
from server.db.pool import Pool
from server.db.safety import ip_bans
from server.db.safety.ip_bans import IpBan
from signaling.server import SignalingServer


class NetworkBans:
    """Adds and removes bans; a decision is committed first, then broadcast to other nodes."""

    def __init__(
        self, pool: Pool, *, broadcast: AccountBroadcast, gate: IpBanList, signaling: SignalingServer, clock: Clock
    ) -> None:
        self._pool = pool
        self._broadcast = broadcast
        self._gate = gate
        self._signaling = signaling
        self._clock = clock

    async def ban(
        self, network: IPv4Network | IPv6Network, *, reason: str, until_at: int | None, by: UserId, address: str
    ) -> IpBan:
        """Ban a network and close its open sockets; *address* is that of the moderator.

        Raises:
            Invalid: the moderator's address is in the network, or the ban ends in the past.
            StateConflict: it is banned already.
        """
        now = self._clock.now()
        if until_at is not None and until_at <= now:
            raise Invalid("until_at", "this is over already")
        if covers(network, address):
            raise Invalid("network", "you are inside it, and would lock yourself out")
        ban = await ip_bans.add(self._pool, network, reason=reason, until_at=until_at, by=by, now=now)
        self._broadcast.decide()
        with suppress(Unavailable):  # the ban is committed: `BanWatch` enforces it within a second
            await self.enforce()
        return ban

    async def unban(self, ip_ban_id: str, *, by: UserId) -> None:
        """Remove the ban of a network.

        Raises:
            NotFound: there is no such ban.
        """
        await ip_bans.remove(self._pool, ip_ban_id, by=by, now=self._clock.now())
        self._broadcast.decide()
        with suppress(Unavailable):
            await self._gate.reload()

    async def enforce(self, stamp: str | None = None) -> None:
        """Load the bans again if they have changed, and close the sockets of banned networks. *stamp*: as in `reload`.

        Raises:
            Unavailable: PostgreSQL does not answer.
        """
        await self._gate.reload(stamp)
        # Not only after a change: a socket may have been opening when the list was loaded.
        if self._gate.is_banned:
            self._signaling.disconnect_banned(self._gate.refusal)
