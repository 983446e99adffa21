"""The distribution of a drill's rooms over modes and nodes."""

from typing import Final

MODES: Final = ("video", "text")


def both(number: int) -> str:
    """Return the mode of the n-th room: video and text alternate."""
    return MODES[number % 2]


def spread_out(nodes: int, number: int) -> int:
    """Return the node of the n-th user of many pairs: in every fifth pair both are on one, in the others on two."""
    pair, side = divmod(number, 2)
    return (pair + (side if pair % 5 else 0)) % nodes
