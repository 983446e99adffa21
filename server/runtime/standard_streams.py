"""The first three descriptors. Imports nothing slow: it is the first step of a command."""

import os


def occupy_standard() -> None:
    """Open /dev/null for standard input, output and error where they are closed.

    Otherwise the next file or socket gets such a number: output of libraries would be written to it, and libuv aborts
    when it closes one.
    """
    for number in (0, 1, 2):
        try:
            os.fstat(number)
        except OSError:
            # The lowest free number, which is this one. Child processes inherit it.
            os.set_inheritable(os.open(os.devnull, os.O_RDWR), True)
