"""People services over several nodes: the owner of a user, and messages between nodes.

Messages go to the owners of users, found in the directory; nothing is broadcast. One message per node.
"""

import asyncio
from collections import defaultdict
from collections.abc import Callable, Collection, Coroutine, Iterable
from typing import Any, Final, Protocol

from matchmaker.domain.errors import Unavailable
from matchmaker.domain.ids import UserId

FOUND_S: Final = 5.0
"""How long the owner of a user is cached."""
FOUND_MAX: Final = 100_000
TRIES: Final = 3
"""How often the owner of a user is looked up for one message: the user may be moving."""
AGAIN_S: Final = 0.1

Take = Callable[[str, bytes], None]
"""Receives a message: the node that sent it, and its body."""


class Nodes(Protocol):
    """What the people services need of other nodes; `server.cluster` implements it."""

    @property
    def name(self) -> str:
        """The id of this node."""
        ...

    @property
    def is_single(self) -> bool:
        """Whether there never are other nodes."""
        ...

    @property
    def is_cut_off(self) -> bool:
        """Whether messages of other nodes cannot arrive now."""
        ...

    def owns(self, user: UserId) -> bool:
        """Return whether this node owns *user*."""
        ...

    @property
    def others(self) -> list[str]:
        """The other live nodes."""
        ...

    def is_dead(self, node: str) -> bool:
        """Return whether *node* is dead."""
        ...

    async def owner_of(self, user: UserId) -> str | None:
        """Return the node that owns *user*, this one if they are being moved; None: the user is not connected.

        Raises:
            Unavailable: the directory cannot be asked.
        """
        ...

    def send(self, node: str, topic: str, body: bytes) -> None:
        """Send a message to *node*; in order, once, or lost with a reset that both ends see."""
        ...

    def on(self, topic: str, take: Take) -> None:
        """Call *take* with every message of this topic."""
        ...

    def on_loss(self, call: Callable[[], Coroutine[Any, Any, None]]) -> None:
        """Call *call* when messages of other nodes, or to them, may have been lost."""
        ...


class Owners:
    """Finds the owners of users; caches for a few seconds those found, and never a miss."""

    def __init__(self, nodes: Nodes) -> None:
        self._nodes = nodes
        self._found: dict[UserId, tuple[float, str]] = {}

    async def find(self, users: Iterable[UserId]) -> dict[str, list[UserId]]:
        """Return *users* by the node that owns them, as of at most 5 s ago.

        Users who are being moved to or from this node are named under this node; those who are not connected, or cannot
        be found now, are left out.
        """
        now = asyncio.get_running_loop().time()
        by_node: dict[str, list[UserId]] = defaultdict(list)
        unknown: list[UserId] = []
        for user in users:
            at, node = self._found.get(user, (0.0, ""))
            if node and now < at + FOUND_S and not self._nodes.is_dead(node):
                by_node[node].append(user)
            else:
                unknown.append(user)
        for user, owner in (await self.look_up(unknown)).items():
            if owner is not None:
                by_node[owner].append(user)
            if owner is not None and owner != self._nodes.name:
                if len(self._found) >= FOUND_MAX:
                    self._found.clear()
                self._found[user] = (now, owner)
        return by_node

    async def look_up(self, users: Collection[UserId]) -> dict[UserId, str | None]:
        """Return the owners of *users* as the directory has them now; None: the user is not connected.

        Users who cannot be looked up are left out.
        """
        owners = await asyncio.gather(*map(self._nodes.owner_of, users), return_exceptions=True)
        found: dict[UserId, str | None] = {}
        for user, owner in zip(users, owners, strict=True):
            if isinstance(owner, BaseException):
                if not isinstance(owner, Unavailable):
                    raise owner
            else:
                found[user] = owner
        return found

    def forget(self, user: UserId) -> None:
        """Look *user* up again: they were not where they were found."""
        self._found.pop(user, None)


class SingleNode:
    """Implements `Nodes` where there are no others."""

    name: Final = ""
    is_single: Final = True
    is_cut_off: Final = False

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
