"""Whether sockets take the fast path."""

import pytest

from server.doctor.settings_check import sockets
from signaling.transport import aiohttp_fast_socket


def test_untested_aiohttp_is_a_warning(monkeypatch: pytest.MonkeyPatch) -> None:
    (found,) = sockets()
    assert (found.state, found.remedy) == ("ok", "")
    monkeypatch.setattr("server.doctor.settings_check.TESTED", frozenset(("0.0.1",)))
    monkeypatch.setattr(aiohttp_fast_socket, "TESTED", frozenset(("0.0.1",)))
    (found,) = sockets()
    assert found.state == "warn"
    assert found.remedy == "install aiohttp 0.0.1, as locked"
