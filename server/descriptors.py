"""How many descriptors this process may have, and what the first three are."""

import os
import resource
from contextlib import suppress
from typing import Final

MOST: Final = 1 << 20
"""Where the system sets no limit."""


def descriptors() -> int:
    """Return how many descriptors this process may have."""
    soft, _ = resource.getrlimit(resource.RLIMIT_NOFILE)
    return MOST if soft == resource.RLIM_INFINITY else min(soft, MOST)


def raise_limit() -> None:
    """Take as many descriptors as the system allows: the usual 1,024 are kept for programs that call select()."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = MOST if hard == resource.RLIM_INFINITY else min(hard, MOST)
    if soft != resource.RLIM_INFINITY and soft < wanted:
        with suppress(ValueError, OSError):  # some systems promise more than they give
            resource.setrlimit(resource.RLIMIT_NOFILE, (wanted, hard))


def occupy_standard() -> None:
    """Open /dev/null in the place of standard input, output and error where they are closed.

    The next file or socket would get such a number: what a library prints would go into it, and libuv aborts when it
    closes one.
    """
    for number in (0, 1, 2):
        try:
            os.fstat(number)
        except OSError:
            # The lowest number that is free: this one. Children have it too.
            os.set_inheritable(os.open(os.devnull, os.O_RDWR), True)
