"""Whether the interpreter was built with profile-guided optimization."""

import pytest

from server.doctor.settings_check import interpreter


@pytest.mark.parametrize(
    ("variables", "state"),
    [
        ({"CONFIG_ARGS": "'--enable-shared' '--enable-optimizations' '--with-lto'"}, "ok"),
        ({"CONFIG_ARGS": "'--enable-optimizations'", "Py_DEBUG": 0}, "ok"),
        ({"CONFIG_ARGS": "'--enable-optimizations'", "Py_DEBUG": 1}, "warn"),
        ({"CONFIG_ARGS": "'--enable-shared'"}, "warn"),
        ({"CONFIG_ARGS": None}, "warn"),
    ],
)
def test_interpreter_without_profile_guided_optimization_is_a_warning(variables: dict[str, object], state: str) -> None:
    (found,) = interpreter(variables)
    assert (found.check, found.state) == ("interpreter", state)
    assert ("--enable-optimizations" in found.remedy) == (state == "warn")
