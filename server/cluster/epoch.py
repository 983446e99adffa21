"""The order of ownership claims: later ones are greater, also after the directory was flushed."""

from typing import NamedTuple


class Entry(NamedTuple):
    """What the directory holds for a user."""

    epoch: int
    node: str


def new_epoch(old: int, now: int) -> int:
    """Return an epoch above *old* and not below *now* (Unix milliseconds), so that it survives a flush."""
    return max(old + 1, now)
