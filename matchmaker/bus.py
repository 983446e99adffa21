"""The contract of the bus, by which nodes talk to each other: at most once, in order, never the truth."""

from collections.abc import Callable
from typing import Protocol

Hear = Callable[[str, bytes], None]
"""Takes what another node says: its name, and the words."""


class Bus(Protocol):
    """Carries words between nodes. What is sent in one turn of the loop arrives together, in the order of sending."""

    @property
    def node(self) -> str:
        """The name of this node; no node, not even a later one of the same machine, has the same."""
        ...

    def send(self, node: str, kind: str, body: bytes, *, light: bool = False) -> None:
        """Say *body* to *node*, itself included. *light*: it goes first when too much has to wait."""
        ...

    def broadcast(self, kind: str, body: bytes) -> None:
        """Say *body* to every other node."""
        ...

    def on(self, kind: str, hear: Hear) -> None:
        """Let *hear* take everything of this kind that is said to this node; one taker for each kind."""
        ...

    def on_unheard(self, kind: str, take_back: Hear) -> None:
        """Let *take_back* have everything of this kind of which it is certain that a node has not heard it."""
        ...
