"""How fast a socket is read: not while too much waits that came from it, nor just after it was too fast."""

import asyncio
import random

from signaling.connection.rate_limits import Rate, TokenBucket
from signaling.routing.outbox import Socket

REST_S = 0.5
"""For at least how long nothing of a socket above the frame rate is read or parsed: to refuse a frame costs, too, and
the others would pay for it."""
REST_SPREAD_S = 0.25
"""By how much, at random, it may be longer: hundreds of such sockets must not all be parsed in the same turn."""


class ReadThrottle:
    """Lets a socket pause, for whichever reason, and read on once there is none."""

    __slots__ = ("_bucket", "_is_full", "_is_resting", "_socket")

    def __init__(self, socket: Socket, rate: Rate | None) -> None:
        """*rate*: that of its frames; None: as fast as they come."""
        self._socket = socket
        self._bucket = None if rate is None else TokenBucket(rate)
        self._is_full = self._is_resting = False

    @property
    def is_paused(self) -> bool:
        """Whether the socket is not read just now."""
        return self._is_full or self._is_resting

    def check(self, now: int) -> int:
        """Return 0 for a frame that came in time, or in how many ms it would; then the socket rests."""
        if self._bucket is None or not (wait := self._bucket.take(now)):
            return 0
        # Also when it rests already: a socket that is being closed reads on.
        self._socket.pause()
        if not self._is_resting:
            self._is_resting = True
            asyncio.get_running_loop().call_later(REST_S + random.random() * REST_SPREAD_S, self._rested)
        return wait

    def pause(self) -> None:
        """Read no more: too much waits."""
        if not self._is_full:
            self._is_full = True
            self._socket.pause()

    def resume(self) -> None:
        """Read on: enough is done."""
        if self._is_full:
            self._is_full = False
            self._read_on()

    def _rested(self) -> None:
        self._is_resting = False
        self._read_on()

    def _read_on(self) -> None:
        if not self.is_paused:
            self._socket.resume()
