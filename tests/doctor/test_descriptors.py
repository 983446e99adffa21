"""How many connections there is room for."""

import pytest

from server.doctor.settings_check import CONNECTIONS, descriptors
from tests.doctor.conftest import settings


@pytest.mark.parametrize(("most", "state"), [(CONNECTIONS + 128, "ok"), (CONNECTIONS + 127, "warn"), (64, "warn")])
def test_too_few_descriptors_are_a_warning(most: int, state: str) -> None:
    (found,) = descriptors(settings(), most)
    assert (found.state, bool(found.remedy)) == (state, state == "warn")


def test_remaining_connections_are_shown() -> None:
    (found,) = descriptors(settings(RONDO_DESCRIPTOR_RESERVE="100"), 1_024)
    assert found.found.startswith("room for 924 connections: ulimit -n is 1,024")
