"""The ports of a node without Redis: it reaches no other."""

from server.cluster.directory_memory import MemoryDirectory
from server.cluster.ports import Ports
from server.cluster.streams_memory import Mailboxes, MemoryStreams


def memory_ports(node: str) -> Ports:
    """Return the ports of a node that is alone, but for the processes before and after it."""
    return Ports(MemoryStreams(Mailboxes(), node), MemoryDirectory(), None, _nothing)


async def _nothing() -> None:
    """Close nothing."""
