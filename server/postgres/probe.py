"""Checks whether a PostgreSQL server accepts connections (PostgreSQL, Frontend/Backend Protocol, 53.2.1)."""

import asyncio
import socket
import struct
from pathlib import Path

PROTOCOL = 3 << 16
ANSWER_S = 5.0
"""Timeout of an answer on an open connection, in seconds; then the check is repeated."""
AUTHENTICATION = b"R"
TERMINATE = b"X\0\0\0\4"
PEER = struct.Struct("3i")
"""`struct ucred` (unix(7)): process, user, group."""


async def accepts(path: Path, *, pid: int, user: str, database: str) -> bool:
    """Return whether process *pid* listens on the Unix socket *path* and accepts connections now.

    A starting server answers with an error; a dead one leaves a socket without a listener. On systems other than Linux,
    which do not report the listener, any server is accepted.
    """
    writer = None
    try:
        async with asyncio.timeout(ANSWER_S):
            reader, writer = await asyncio.open_unix_connection(path)
            if _listener(writer.get_extra_info("socket")) not in (None, pid):
                return False
            wish = b"".join(part.encode() + b"\0" for part in ("user", user, "database", database, ""))
            writer.write(struct.pack("!ii", len(wish) + 8, PROTOCOL) + wish)
            answer = await reader.read(1)
            writer.write(TERMINATE)
    except OSError:  # TimeoutError is one
        return False
    finally:
        if writer is not None:
            writer.close()
    return answer == AUTHENTICATION


def _listener(connection: socket.socket) -> int | None:
    """Return the process that listens at the other end of *connection*."""
    if not hasattr(socket, "SO_PEERCRED"):
        return None
    pid, _, _ = PEER.unpack(connection.getsockopt(socket.SOL_SOCKET, socket.SO_PEERCRED, PEER.size))
    return int(pid)
