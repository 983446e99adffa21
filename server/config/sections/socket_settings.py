"""Settings of the sockets."""

from typing import Annotated

from msgspec import Meta

from server.config.sections.http_settings import HttpSettings
from server.config.sections.setting_types import Count, Seconds

_Rate = Annotated[float, Meta(ge=0.001, le=100_000, description="a number from 0.001 to 100000")]
_Mib = Annotated[int, Meta(ge=1, le=1_000_000, description="a number of MiB from 1 to 1000000")]


class SocketSettings(HttpSettings, frozen=True, kw_only=True):
    """What the operator decided about sockets."""

    hello_timeout_s: Seconds = 5
    """How long a socket may take to say hello before it is closed with 4010."""
    frames_per_s: _Rate = 30
    """Frames a second that a socket may send in the long run, of whatever opcode; above it nothing of it is read for
    half a second. A call that connects sends 10 to 20 candidates in a burst."""
    frames_burst: Count = 60
    """How many frames in a row."""
    chat_every_s: Seconds = 1.5
    """How long until a user may send one more message, after the burst."""
    chat_burst: Count = 5
    """How many messages in a row."""
    connections_per_address: Count = 50
    """Open sockets of one address (a /32 or a /64): a campus behind one NAT has many users. A /24 has 8 times as
    many, a /56 4 times, a /48 16 times."""
    handshakes_per_s: _Rate = 2
    """Handshakes a second from one address in the long run that no valid hello follows; the same prefixes and
    factors."""
    handshakes_burst: Count = 100
    """How many in a row: twice as many as one address may have sockets, so that all come back after a restart."""
    buffer_mib: _Mib = 256
    """Memory for what waits for slow or absent readers: events to send and to replay, and signals. Above it the largest
    and oldest go first: such a session is not resumed, such a socket is closed with 4008."""
    slow_reader_s: Seconds = 30
    """After which time a socket is closed with 4008 that has read nothing while something waits for it."""
