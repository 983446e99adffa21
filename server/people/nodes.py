"""People services over several nodes: which node owns a user, and what nodes tell each other.

Events and orders go to the owners of users, found in the directory; nothing is broadcast. One message a node.
"""

import asyncio
from collections import defaultdict
from collections.abc import Callable, Coroutine, Iterable
from typing import Any, Final, Protocol

from matchmaker.domain.errors import Unavailable
from matchmaker.domain.ids import UserId

FOUND_S: Final = 5.0
"""How long it is believed where a user was found."""
FOUND_MAX: Final = 100_000
TRIES: Final = 3
"""How often the owner of a user is looked up for one message: the user may be on the way to another node."""
AGAIN_S: Final = 0.1

Take = Callable[[str, bytes], None]
"""Takes a message: the node that sent it, and its body."""


class Nodes(Protocol):
    """What the people services need of the other nodes; `server.cluster` has it."""

    @property
    def name(self) -> str:
        """What this node is called by the others."""
        ...

    @property
    def is_single(self) -> bool:
        """Whether there never are other nodes."""
        ...

    @property
    def is_deaf(self) -> bool:
        """Whether messages of other nodes cannot arrive just now."""
        ...

    def owns(self, user: UserId) -> bool:
        """Return whether this node owns *user*."""
        ...

    @property
    def others(self) -> list[str]:
        """The other nodes that live."""
        ...

    def is_dead(self, node: str) -> bool:
        """Return whether *node* does not live any more."""
        ...

    async def owner_of(self, user: UserId) -> str | None:
        """Return the node that owns *user*, this one if they are on the way; None: the user is connected nowhere.

        Raises:
            Unavailable: the directory cannot be asked.
        """
        ...

    def send(self, node: str, topic: str, body: bytes) -> None:
        """Send a message to *node*; in order, once, or lost with a reset that both ends see."""
        ...

    def on(self, topic: str, take: Take) -> None:
        """Give *take* every message of this topic."""
        ...

    def on_loss(self, call: Callable[[], Coroutine[Any, Any, None]]) -> None:
        """Have *call* make good that messages of other nodes, or for them, may have been lost."""
        ...


class Owners:
    """Finds the owners of users; remembers for a few seconds who was found, and never that somebody was not."""

    def __init__(self, nodes: Nodes) -> None:
        self._nodes = nodes
        self._found: dict[UserId, tuple[float, str]] = {}

    async def find(self, users: Iterable[UserId], *, moving: bool = False) -> dict[str, list[UserId]]:
        """Return *users* by the node that owns them; who is connected nowhere, or cannot be found now, is left out.

        *moving*: under this node, too, are those who are not here and on their way from here or to here.
        """
        now = asyncio.get_running_loop().time()
        by_node: dict[str, list[UserId]] = defaultdict(list)
        unknown: list[UserId] = []
        for user in users:
            at, node = self._found.get(user, (0.0, ""))
            if node and now < at + FOUND_S:
                by_node[node].append(user)
            else:
                unknown.append(user)
        for user, owner in zip(unknown, await asyncio.gather(*map(self._look_up, unknown)), strict=True):
            if owner == self._nodes.name:
                if moving:
                    by_node[owner].append(user)
            elif owner is not None:
                by_node[owner].append(user)
                if len(self._found) >= FOUND_MAX:
                    self._found.clear()
                self._found[user] = (now, owner)
        return by_node

    def forget(self, user: UserId) -> None:
        """Look *user* up again: they were not where they were found."""
        self._found.pop(user, None)

    async def _look_up(self, user: UserId) -> str | None:
        try:
            return await self._nodes.owner_of(user)
        except Unavailable:
            return None


class SingleNode:
    """Implements `Nodes` where there are no others."""

    name: Final = ""
    is_single: Final = True
    is_deaf: Final = False

    def owns(self, _user: UserId) -> bool:
        """Return True: this node owns every user."""
        return True

    @property
    def others(self) -> list[str]:
        """None."""
        return []

    def is_dead(self, _node: str) -> bool:
        """Return True: there is no other node."""
        return True

    async def owner_of(self, _user: UserId) -> str | None:
        """Return None: who is not here is connected nowhere."""
        return None

    def send(self, node: str, topic: str, body: bytes) -> None:
        """Drop the message: there is no such node."""

    def on(self, topic: str, take: Take) -> None:
        """Nothing is ever received."""

    def on_loss(self, call: Callable[[], Coroutine[Any, Any, None]]) -> None:
        """Nothing is ever lost."""
