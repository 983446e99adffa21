"""Whether sockets take the fast path."""

import pytest

from server.doctor.conduct import sockets
from signaling import socket_fast


def test_an_untested_aiohttp_is_a_warning(monkeypatch: pytest.MonkeyPatch) -> None:
    (found,) = sockets()
    assert (found.state, found.remedy) == ("ok", "")
    monkeypatch.setattr("server.doctor.conduct.TESTED", frozenset(("0.0.1",)))
    monkeypatch.setattr(socket_fast, "TESTED", frozenset(("0.0.1",)))
    (found,) = sockets()
    assert found.state == "warn"
    assert found.remedy == "install aiohttp 0.0.1, as locked"
