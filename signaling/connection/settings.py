"""What an operator may change about sockets."""

import msgspec

from signaling.connection.rate_limits import CHAT, CONNECTIONS_PER_ADDRESS, DISCOVER, FRAMES, HANDSHAKES, INVITES, Rate
from signaling.wire.heartbeat import Heartbeat


class SignalingSettings(msgspec.Struct, frozen=True, kw_only=True):
    """What an operator may change about the sockets."""

    heartbeat_ms: int = 20_000
    """How often every socket is pinged; dead after two that are missed."""
    heartbeat: Heartbeat = Heartbeat()
    """What is agreed with clients that announce a heartbeat."""
    hello_ms: int = 5_000
    """How long a socket may say nothing before it is closed."""
    rate_limits: bool = True
    """False: no limits of rate, and none of connections from one address (for load tests)."""
    frames: Rate = FRAMES
    """How often one socket may send a frame, of whatever opcode."""
    chat: Rate = CHAT
    """How often one user may send a message."""
    connections_per_address: int = CONNECTIONS_PER_ADDRESS
    """How many sockets one address may have."""
    handshakes: Rate = HANDSHAKES
    """How often one address may open a socket without a valid hello."""
    discover: Rate = DISCOVER
    """How often one user may list who waits."""
    invites_per_minute: int = INVITES
    """How many direct invites one user may send within any minute."""
    buffer_bytes: int = 256 * 1024 * 1024
    """How much may wait for slow or absent readers."""
    slow_reader_ms: int = 30_000
    """After which time a socket is closed that reads nothing of what waits for it."""
    features: frozenset[str] = frozenset()
    """What clients may ask for in `hello` beside calls."""
    people_replay: int = 256
    """How many events of friends and channels are kept for a client whose connection was lost."""
    relay_only: bool = False
    """True: signals are passed on without any address but a relay's."""

    @property
    def heartbeat_s(self) -> float:
        """The heartbeat in seconds; a whole number where it is one."""
        whole, rest = divmod(self.heartbeat_ms, 1_000)
        return whole if not rest else self.heartbeat_ms / 1_000
