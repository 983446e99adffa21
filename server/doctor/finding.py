"""What an examination finds: how it is, what was seen, and what to do about it."""

from typing import Literal

import msgspec

State = Literal["ok", "warn", "fail", "skip"]
"""`warn`: the service works, with a risk. `fail`: something does not work. `skip`: there is nothing to
look at."""


class Finding(msgspec.Struct, frozen=True):
    """One line of the report."""

    check: str
    state: State
    found: str
    remedy: str = ""
    """What to do, in plain words; blank where nothing is to be done."""
