"""What a node needs of Redis, or of nothing if there is none."""

from collections.abc import Awaitable, Callable

import msgspec

from server.cluster.directory import Directory
from server.cluster.heartbeats import Heartbeats
from server.cluster.streams import Streams


class Ports(msgspec.Struct, frozen=True):
    """The adapters of one node, and what closes their connections."""

    streams: Streams
    directory: Directory
    heartbeats: Heartbeats | None
    """None: there is no Redis; then PostgreSQL alone tells which processes live."""
    close: Callable[[], Awaitable[None]]
