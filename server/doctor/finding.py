"""A finding of a check: state, observation and remedy."""

from typing import Literal

import msgspec

State = Literal["ok", "warn", "fail", "skip"]
"""`warn`: the service works, with a risk. `fail`: something does not work. `skip`: there is nothing to check."""


class Finding(msgspec.Struct, frozen=True):
    """One line of the report."""

    check: str
    state: State
    found: str
    remedy: str = ""
    """What to do; blank where nothing is to be done."""
