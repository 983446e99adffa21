"""Ports for servers that are restarted: no other process gets them in between."""

import random
import socket
from typing import Final

FIRST: Final = 20_000
LAST: Final = 32_767
"""Below the range of outgoing connections (Linux from 32768 on, RFC 6335 from 49152 on): a restarted server would
sometimes find a connection of another process on its port."""

_chance = random.SystemRandom()  # the same seed must not give two drills the same port
_held: list[socket.socket] = []


def steady_port() -> int:
    """Return a port of the loopback interface that is free for TCP and for UDP, reserved until this process ends.

    A socket that is bound and does not listen reserves it: servers, which set SO_REUSEADDR, can listen on it (Linux),
    and no other process finds it free here.
    """
    while True:
        port = _chance.randint(FIRST, LAST)
        tcp = socket.socket()
        try:
            with socket.socket(type=socket.SOCK_DGRAM) as udp:
                tcp.bind(("127.0.0.1", port))
                udp.bind(("127.0.0.1", port))
        except OSError:
            tcp.close()
            continue
        tcp.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        _held.append(tcp)
        return port
