"""What clients kept through a fault: their room, and the messages that were refused during it."""

from collections.abc import Sequence

from server.drill.clients.client_pool import until_all
from server.drill.clients.scripted_client import ScriptedClient
from server.drill.drill_context import DrillContext
from server.drill.judgement.verdict import all_of


class ContinuityCheck:
    """Records the room of each of *people* when it is created."""

    def __init__(self, context: DrillContext, people: Sequence[ScriptedClient]) -> None:
        self._context = context
        self._people = people
        self._rooms = {person.user_id: person.room["room_id"] for person in people if person.room is not None}

    async def require_all(self) -> None:
        """Require that all of them are connected, and that all of their messages are acknowledged."""
        # Refused messages are sent again, as a client does after a reconnect.
        for person in self._people:
            if person.unsaid:
                person.drop()
        await self._context.clients.all_here(self._people)
        await until_all(self._people, lambda person: not person.unsaid)
        there = [one for one in self._people if one.room and one.room["room_id"] == self._rooms.get(one.user_id)]
        said = [one for one in self._people if not one.unsaid]
        self._context.require(
            all_of("people who are in their room at the end", len(there), len(self._people)),
            all_of("users whose messages are all acknowledged", len(said), len(self._people)),
        )
