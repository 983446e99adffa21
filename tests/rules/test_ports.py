"""Ports of servers that are restarted."""

import errno
import socket

import pytest

from server.drill.servers.ports import steady_port
from server.runtime.listener import listen


def test_steady_port_is_reserved_while_its_server_is_not_running() -> None:
    port = steady_port()
    for _ in range(2):
        with socket.socket() as other, pytest.raises(OSError) as refused:
            other.bind(("127.0.0.1", port))
        assert refused.value.errno == errno.EADDRINUSE
        listen("127.0.0.1", port).close()
