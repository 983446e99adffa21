"""Bans of networks: held in memory and checked at every request."""

from functools import lru_cache
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address, ip_network

from matchmaker.domain.clock import Clock
from matchmaker.domain.errors import Banned, Invalid
from server.db.pool import Pool
from server.db.safety import ip_bans

Address = IPv4Address | IPv6Address
Network = IPv4Network | IPv6Network
Key = tuple[int, int, int]
"""Version, prefix length and prefix bits: the lookup key of a network."""


WIDEST = {4: 8, 6: 20}
"""The shortest prefix that can be banned, by version: a typing error must not ban everyone."""
HOST_V6 = 64
"""The longest prefix of IPv6 that is banned: one customer has a /64."""


class IpBanList:
    """The banned networks. A check costs one dictionary lookup per prefix length in use."""

    def __init__(self, pool: Pool, clock: Clock) -> None:
        self._pool = pool
        self._clock = clock
        self._until: dict[Key, int | None] = {}
        self._lengths: dict[int, tuple[int, ...]] = {}
        self._stamp = ""

    @property
    def is_banned(self) -> bool:
        """Whether any address is banned."""
        return bool(self._until)

    async def reload(self, stamp: str | None = None) -> None:
        """Load the banned networks again if they have changed.

        *stamp*: that of the list, read just now; None: it is read.

        Raises:
            Unavailable: the database does not answer; the bans in memory stay.
        """
        # The stamp is read first: if the list changes in between, the next check sees an older stamp and loads again.
        stamp = await ip_bans.stamp(self._pool) if stamp is None else stamp
        if stamp == self._stamp:
            return
        found = await ip_bans.in_force(self._pool, now=self._clock.now())
        self._until = {_key(ip_network(ban.network)): ban.until_at for ban in found}
        lengths = {4: set[int](), 6: set[int]()}
        for version, length, _ in self._until:
            lengths[version].add(length)
        self._lengths = {version: tuple(sorted(some)) for version, some in lengths.items()}
        self._stamp = stamp

    def refusal(self, address: str) -> Banned | None:
        """Return the error for *address*; None: it is not banned."""
        if not self._until or (parsed := _parse(address)) is None:
            return None
        bits, width, now = int(parsed), parsed.max_prefixlen, self._clock.now()
        for length in self._lengths[parsed.version]:
            key = (parsed.version, length, bits >> (width - length))
            until = self._until.get(key, 0)
            if until is None:
                return Banned("your address is banned")
            if until > now:
                return Banned("your address is banned", until_at=until)
        return None

    def require_not_banned(self, address: str) -> None:
        """Check that the address is not banned.

        Raises:
            Banned: it is.
        """
        if (refusal := self.refusal(address)) is not None:
            raise refusal


def network(text: str) -> Network:
    """Return the network of the input *text*; host bits are ignored.

    A part of an IPv6 /64 stands for all of it: one customer has that many addresses.

    Raises:
        Invalid: it is no network, or too wide.
    """
    try:
        found = ip_network(text.strip(), strict=False)
    except ValueError:
        raise Invalid("network", "an address like 192.0.2.7, or a network like 2001:db8::/32") from None
    if isinstance(found, IPv6Network) and found.prefixlen >= 96 and (low := found.network_address.ipv4_mapped):
        found = IPv4Network((low, found.prefixlen - 96))  # a dual-stack listener reports IPv4 clients like this
    if found.prefixlen < WIDEST[found.version]:
        raise Invalid("network", f"too wide: at most a /{WIDEST[4]}, or a /{WIDEST[6]} of IPv6")
    if isinstance(found, IPv6Network) and found.prefixlen > HOST_V6:
        found = found.supernet(new_prefix=HOST_V6)
    return found


def covers(net: Network, address: str) -> bool:
    """Return whether *address* is in *net*."""
    parsed = _parse(address)
    return parsed is not None and parsed.version == net.version and parsed in net


def _key(net: Network) -> Key:
    return net.version, net.prefixlen, int(net.network_address) >> (net.max_prefixlen - net.prefixlen)


@lru_cache(maxsize=8_192)  # cached, because the same clients return often
def _parse(address: str) -> Address | None:
    try:
        return ip_address(address)
    except ValueError:
        return None
