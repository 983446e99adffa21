"""Settings of the sockets."""

from typing import Annotated

from msgspec import Meta

from server.config.sections.http_settings import HttpSettings
from server.config.sections.setting_types import Count, Seconds

_Rate = Annotated[float, Meta(ge=0.001, le=100_000, description="a number from 0.001 to 100000")]
_Mib = Annotated[int, Meta(ge=1, le=1_000_000, description="a number of MiB from 1 to 1000000")]


class SocketSettings(HttpSettings, frozen=True, kw_only=True):
    """Settings of WebSocket connections."""

    hello_timeout_s: Seconds = 5
    """How long a socket may take to send hello before it is closed with 4010."""
    frames_per_s: _Rate = 30
    """Average number of frames per second of a socket, of any opcode; above it reading pauses for half a second. A call
    that connects sends 10 to 20 candidates in a burst."""
    frames_burst: Count = 60
    """Burst of frames."""
    chat_every_s: Seconds = 1.5
    """How long until a user may send one more message, after the burst."""
    chat_burst: Count = 5
    """Burst of messages."""
    connections_per_address: Count = 50
    """Maximum number of open sockets per address (a /32 or a /64): a campus behind one NAT has many users. A /24 has 8
    times as many, a /56 4 times, a /48 16 times."""
    handshakes_per_s: _Rate = 2
    """Average number of handshakes per second of an address without a valid hello; the same prefixes and factors."""
    handshakes_burst: Count = 100
    """Burst of handshakes: twice the maximum number of sockets of an address, so that all can reconnect after a
    restart."""
    buffer_mib: _Mib = 256
    """Memory for data of slow or disconnected readers: events to send and to replay, and signals. Above it the largest
    and oldest are dropped: such a session cannot be resumed, such a socket is closed with 4008."""
    slow_reader_s: Seconds = 30
    """After which time a socket is closed with 4008 that has read none of its pending data."""
