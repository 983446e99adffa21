"""The ports of a node, with Redis or in memory."""

from collections.abc import Awaitable, Callable

import msgspec

from server.cluster.ports.directory import Directory
from server.cluster.ports.directory_memory import MemoryDirectory
from server.cluster.ports.heartbeats import Heartbeats
from server.cluster.ports.streams import Streams
from server.cluster.ports.streams_memory import Mailboxes, MemoryStreams


class Ports(msgspec.Struct, frozen=True):
    """The adapters of one node, and what closes their connections."""

    streams: Streams
    directory: Directory
    heartbeats: Heartbeats | None = None
    """None: there is no Redis; then only PostgreSQL knows which processes are live."""
    close: Callable[[], Awaitable[object]] | None = None


def memory_ports(node: str) -> Ports:
    """Return the ports of a single node; earlier and later processes are known by PostgreSQL."""
    return Ports(MemoryStreams(Mailboxes(), node), MemoryDirectory())
