"""Whether users see the current presence of their friends after each fault."""

import time
from collections.abc import Mapping, Sequence

from server.drill.clients.client_pool import each
from server.drill.clients.scripted_client import ScriptedClient
from server.drill.drill_context import DrillContext
from server.drill.judgement.verdict import VerdictLine, none_of

RIGHT_S = 20.0
"""Bound, in seconds, until presence is right after a fault."""


class PresenceCheck:
    """Waits until each user sees each friend who is connected as present, and the others as offline."""

    def __init__(self, context: DrillContext, friends: Mapping[str, Sequence[ScriptedClient]]) -> None:
        """*friends*: by user."""
        self._context = context
        self._friends = friends
        self._wrong: list[str] = []
        self._waits: list[float] = []

    async def wait(self, people: Sequence[ScriptedClient], what: str) -> None:
        """Wait until *people* see their friends as they are, at most for the bound; *what* happened before."""
        began = time.monotonic()

        async def look(person: ScriptedClient) -> None:
            try:
                await person.until(lambda: not self._unlike(person), patience_s=RIGHT_S)
            except TimeoutError:
                names = ", ".join(self._unlike(person))
                self._wrong.append(f"{person.log.name} after {what}: {names}")
            self._waits.append(time.monotonic() - began)

        await each(people, look)

    def _unlike(self, person: ScriptedClient) -> list[str]:
        return [
            f"{friend.log.name} {seen}"
            for friend in self._friends.get(person.user_id, ())
            if ((seen := person.friend_presence.get(friend.user_id, "offline")) != "offline") != friend.is_here
        ]

    def line(self) -> VerdictLine:
        """Return the verdict."""
        self._context.measure("until friends were seen as they are", self._waits)
        return none_of(
            f"users who did not see their friends as they were within {RIGHT_S:.0f} s of a fault",
            self._wrong,
            looked_at=len(self._waits),
        )
