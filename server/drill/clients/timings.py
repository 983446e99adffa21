"""The timings of `rondo.js`, read from its own source: the clients of a drill notice no sooner than a page."""

import math
import re
from functools import cache
from typing import Final

import msgspec

from server.config import assets

CONSTANT: Final = re.compile(r"^export const ([A-Z_]+)_MS = ([0-9_]+);$", re.MULTILINE)


class Timings(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """In seconds; what each is for stands in `web/client/timings.js`."""

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
    """How long to wait before the next attempt: the pause doubles with every failure, up to a cap."""

    def __init__(self) -> None:
        self._failures = 0
        self._welcomed_at = math.inf

    def longest_s(self) -> float:
        """Return the longest pause before the attempt that follows; the real one is a random part of it."""
        pause_s = min(timings().backoff_cap, timings().backoff_base * 2.0**self._failures)
        self._failures += 1
        return pause_s

    def welcomed(self, now: float) -> None:
        """Note that a connection is good from *now* on."""
        self._welcomed_at = now

    def lost(self, now: float) -> None:
        """Note that it is lost; one that was good for long enough makes the next pause short again."""
        if now - self._welcomed_at >= timings().proven:
            self._failures = 0
        self._welcomed_at = math.inf
