"""The timings of `rondo.js`, read from its source: the clients of a drill detect faults no sooner than a page."""

import math
import re
from functools import cache
from typing import Final

import msgspec

from server.config import assets

CONSTANT: Final = re.compile(r"^export const ([A-Z_]+)_MS = ([0-9_]+);$", re.MULTILINE)


class Timings(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """In seconds; explained in `web/client/timings.js`."""

    backoff_base: float
    backoff_cap: float
    hello_timeout: float
    proven: float
    probe_timeout: float
    stall: float
    reply_timeout: float
    retry_for: float


@cache
def timings() -> Timings:
    """Return the timings of the browser client that this installation serves."""
    source = (assets.web() / "client" / "timings.js").read_text("utf-8")
    found = {name.lower(): int(ms) / 1_000 for name, ms in CONSTANT.findall(source)}
    return msgspec.convert(found, Timings)


class Backoff:
    """The delay before the next attempt: it doubles with every failure, up to a limit."""

    def __init__(self) -> None:
        self._failures = 0
        self._welcomed_at = math.inf

    def longest_s(self) -> float:
        """Return the longest delay before the next attempt; the actual one is a random part of it."""
        pause_s = min(timings().backoff_cap, timings().backoff_base * 2.0**self._failures)
        self._failures += 1
        return pause_s

    def welcomed(self, now: float) -> None:
        """Record that a connection is open from *now* on."""
        self._welcomed_at = now

    def lost(self, now: float) -> None:
        """Record that it was lost; one that was open for long enough resets the delay."""
        if now - self._welcomed_at >= timings().proven:
            self._failures = 0
        self._welcomed_at = math.inf
