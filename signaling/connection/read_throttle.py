"""Pausing of reads: while too many frames of a socket wait, and after it exceeded the frame rate."""

import asyncio
import random

from signaling.connection.rate_limits import Rate, TokenBucket
from signaling.routing.outbox import Socket

REST_S = 0.5
"""Shortest pause of reads of a socket above the frame rate: refusing a frame has a cost, which other sockets would
bear."""
REST_SPREAD_S = 0.25
"""Random extension of the pause: hundreds of such sockets must not all be parsed in the same iteration."""


class ReadThrottle:
    """Pauses a socket while there is a reason to, and resumes it when there is none."""

    __slots__ = ("_is_full", "_is_resting", "_socket", "bucket")

    def __init__(self, socket: Socket, rate: Rate | None) -> None:
        """*rate*: that of its frames; None: unlimited."""
        self._socket = socket
        self.bucket = None if rate is None else TokenBucket(rate)
        """The bucket of frames; None: unlimited. A caller that takes from it and has to wait calls `rest`."""
        self._is_full = self._is_resting = False

    @property
    def is_paused(self) -> bool:
        """Whether reading of the socket is paused."""
        return self._is_full or self._is_resting

    def check(self, now: int) -> int:
        """Return 0 for a frame within the rate; else pause the socket and return in how many ms it would have been."""
        if self.bucket is None or not (wait := self.bucket.take(now)):
            return 0
        self.rest()
        return wait

    def rest(self) -> None:
        """Pause: a frame came above the rate."""
        # Also while it is paused: a socket that is being closed reads on.
        self._socket.pause()
        if not self._is_resting:
            self._is_resting = True
            asyncio.get_running_loop().call_later(REST_S + random.random() * REST_SPREAD_S, self._rested)

    def pause(self) -> None:
        """Pause: too many frames wait."""
        if not self._is_full:
            self._is_full = True
            self._socket.pause()

    def resume(self) -> None:
        """Resume: enough frames were handled."""
        if self._is_full:
            self._is_full = False
            self._read_on()

    def _rested(self) -> None:
        self._is_resting = False
        self._read_on()

    def _read_on(self) -> None:
        if not self.is_paused:
            self._socket.resume()
