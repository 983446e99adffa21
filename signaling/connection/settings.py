"""Settings of the sockets."""

import msgspec

from signaling.connection.rate_limits import (
    CHAT,
    CONNECTIONS_PER_ADDRESS,
    DISCOVER,
    FRAMES,
    HANDSHAKES,
    INVITES,
    Prefixes,
    Rate,
    SocketLimits,
    address_only,
)
from signaling.wire.heartbeat import Heartbeat
from signaling.wire.people_models import PeopleLimits


class SignalingSettings(msgspec.Struct, frozen=True, kw_only=True):
    """Socket settings that an operator may change."""

    heartbeat_ms: int = 20_000
    """Interval of pings; a connection is dead after two without a pong."""
    heartbeat: Heartbeat = Heartbeat()
    """The heartbeat that is agreed with clients that announce one."""
    hello_ms: int = 5_000
    """How long a socket may stay without a hello before it is closed."""
    rate_limits: bool = True
    """False: no rate limits, and no limit of connections per address (for load tests)."""
    frames: Rate = FRAMES
    """How often one socket may send a frame, of any opcode."""
    chat: Rate = CHAT
    """How often one user may send a message."""
    connections_per_address: int = CONNECTIONS_PER_ADDRESS
    """How many sockets one address may have."""
    handshakes: Rate = HANDSHAKES
    """How often one address may open a socket without a valid hello."""
    discover: Rate = DISCOVER
    """How often one user may list waiting users."""
    invites_per_minute: int = INVITES
    """How many direct invites one user may send within any minute."""
    buffer_bytes: int = 256 * 1024 * 1024
    """Memory for frames that wait for slow or absent readers."""
    slow_reader_ms: int = 30_000
    """Time after which a socket is closed that reads none of the frames waiting for it."""
    features: frozenset[str] = frozenset()
    """Features that clients may ask for in `hello`."""
    people_replay: int = 256
    """How many events of friends and channels are kept for a client whose connection was lost."""
    people_limits: PeopleLimits = PeopleLimits()
    """What `welcome` tells clients of the limits of channels."""
    relay_only: bool = False
    """True: signals are forwarded without any address but that of a relay."""

    @property
    def heartbeat_s(self) -> float:
        """The heartbeat in seconds; a whole number where it is one."""
        whole, rest = divmod(self.heartbeat_ms, 1_000)
        return whole if not rest else self.heartbeat_ms / 1_000

    def limits(self, prefixes: Prefixes = address_only) -> SocketLimits:
        """Return new limits with nothing used; those per address count at *prefixes*."""
        return SocketLimits(
            on=self.rate_limits,
            frames=self.frames,
            chat=self.chat,
            discover=self.discover,
            invites=self.invites_per_minute,
            connections=self.connections_per_address,
            handshakes=self.handshakes,
            prefixes=prefixes,
        )
