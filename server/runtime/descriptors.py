"""Limits of file descriptors, and the detection of their exhaustion."""

import errno
import os
import resource
import time
from contextlib import suppress
from typing import Final

import structlog

MOST: Final = 1 << 20
"""Value for a system without a limit."""

log = structlog.get_logger()


class DescriptorWatch:
    """Detects that no descriptor is free, for this process (EMFILE) or the whole system (ENFILE).

    It tries to open one, because libuv accepts such a connection and closes it without reporting it.
    """

    def __init__(self) -> None:
        self.exhausted = 0
        """Number of checks that found none."""
        self._since: float | None = None

    def check(self) -> None:
        """Open a descriptor and close it. Logs once when that begins to fail, and once when it succeeds again."""
        try:
            os.close(os.open(os.devnull, os.O_RDONLY))
        except OSError as error:
            if error.errno not in (errno.EMFILE, errno.ENFILE):
                return
            self.exhausted += 1
            if self._since is None:
                self._since = time.monotonic()
                reason = "process" if error.errno == errno.EMFILE else "system"
                log.error("descriptors_exhausted", reason=reason, limit=descriptors())
            return
        if self._since is not None:
            log.info("descriptors_available", outage_s=round(time.monotonic() - self._since, 1))
            self._since = None


def descriptors() -> int:
    """Return the current limit of this process."""
    soft, _ = resource.getrlimit(resource.RLIMIT_NOFILE)
    return MOST if soft == resource.RLIM_INFINITY else min(soft, MOST)


def most_descriptors() -> int:
    """Return the limit of this process after `raise_limit`."""
    _, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    return MOST if hard == resource.RLIM_INFINITY else min(hard, MOST)


def raise_limit() -> None:
    """Raise the limit to the maximum; the usual 1,024 are for programs that call select()."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = MOST if hard == resource.RLIM_INFINITY else min(hard, MOST)
    if soft != resource.RLIM_INFINITY and soft < wanted:
        with suppress(ValueError, OSError):  # some systems accept less than the limit that they report
            resource.setrlimit(resource.RLIMIT_NOFILE, (wanted, hard))
