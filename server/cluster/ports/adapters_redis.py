"""The ports of a node with Redis: the bus has a client for each direction, one of which waits in `XREAD`."""

import asyncio

from server.cluster.ports.adapters import Ports
from server.cluster.ports.client_redis import connect
from server.cluster.ports.directory_redis import RedisDirectory
from server.cluster.ports.heartbeats_redis import RedisHeartbeats
from server.cluster.ports.node_records import NodeRecord
from server.cluster.ports.streams_redis import RedisStreams


def redis_ports(url: str, node: str, record: NodeRecord) -> Ports:
    """Return the ports of a node at the Redis of *url*, which shows *record*; nothing is sent yet.

    Raises:
        ValueError: *url* is no URL of a Redis.
    """
    client = connect(url, name=f"rondo:{node}")
    writer = connect(url, name=f"rondo:{node}", keeps_connection=True)
    reader = connect(url, name=f"rondo:{node}", keeps_connection=True)
    return Ports(
        RedisStreams(writer, reader, node),
        RedisDirectory(client),
        RedisHeartbeats(client, node, record),
        lambda: asyncio.gather(client.aclose(), writer.aclose(), reader.aclose(), return_exceptions=True),
    )
