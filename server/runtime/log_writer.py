"""Writes log lines to a descriptor from a thread: a log that cannot be written neither delays callers nor raises."""

import os
import select
import threading
from queue import SimpleQueue

LINES_MAX = 10_000
"""Maximum number of queued lines; further ones are counted as lost."""


class LineWriter:
    """Writes lines to the descriptor *fd* in order; None: there is no descriptor, and every line is lost."""

    def __init__(self, fd: int | None) -> None:
        self._fd = fd
        self._lines: SimpleQueue[bytes | threading.Event] = SimpleQueue()
        self.lost = 0
        """Number of lines that were not written: a write failed, or the queue was full."""
        if fd is not None:
            # A daemon thread: a blocked reader must not keep the process running.
            threading.Thread(target=self._run, args=(fd,), name="log writer", daemon=True).start()

    def write(self, line: bytes) -> None:
        """Queue *line*, which has no line end. Never blocks, never raises."""
        if self._fd is None or self._lines.qsize() >= LINES_MAX:
            self.lost += 1
        else:
            self._lines.put(line)

    def flush(self, timeout: float) -> bool:
        """Wait up to *timeout* seconds until queued lines are written or lost; return whether they were."""
        if self._fd is None:
            return True
        done = threading.Event()
        self._lines.put(done)
        return done.wait(timeout)

    def _run(self, fd: int) -> None:
        while True:
            line = self._lines.get()
            if isinstance(line, threading.Event):
                line.set()
                continue
            try:
                _write_all(fd, line + b"\n")
            except OSError:  # the reader has ended (EPIPE), the disk is full (ENOSPC): the next line may succeed
                self.lost += 1


def _write_all(fd: int, data: bytes) -> None:
    while data:
        try:
            data = data[os.write(fd, data) :]
        except BlockingIOError:  # another process on the same terminal may have made it non-blocking
            select.select((), (fd,), ())
