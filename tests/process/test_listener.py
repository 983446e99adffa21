"""The listening socket: one server per port, unless the second is configured to take over."""

import socket

import pytest

from server.config.errors import StartupError
from server.runtime.listener import listen


def test_second_server_is_refused() -> None:
    with listen("127.0.0.1", 0) as first:
        port = first.getsockname()[1]
        with pytest.raises(StartupError, match=f"port {port} is taken"):
            listen("127.0.0.1", port)


def test_successor_listens_beside_the_first() -> None:
    with listen("127.0.0.1", 0) as first:
        port = first.getsockname()[1]
        with listen("127.0.0.1", port, shared=True) as second:
            first.close()
            with socket.create_connection(("127.0.0.1", port), timeout=5), second.dup() as waiting:
                waiting.settimeout(5)
                waiting.accept()[0].close()


def test_port_is_free_after_the_end() -> None:
    with listen("127.0.0.1", 0) as first:
        port = first.getsockname()[1]
    listen("127.0.0.1", port).close()
