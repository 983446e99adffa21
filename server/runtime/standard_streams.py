"""The first three descriptors. Imports nothing that takes time: it is the first thing that a command does."""

import os


def occupy_standard() -> None:
    """Open /dev/null for standard input, output and error where they are closed.

    The next file or socket would get such a number: what a library prints would go into it, and libuv aborts when it
    closes one.
    """
    for number in (0, 1, 2):
        try:
            os.fstat(number)
        except OSError:
            # The lowest number that is free: this one. Children have it too.
            os.set_inheritable(os.open(os.devnull, os.O_RDWR), True)
