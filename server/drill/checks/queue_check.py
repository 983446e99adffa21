"""Users in the queue without a possible partner: a partner that joins shows whether they still wait."""

from typing import Final

from server.drill.clients.client_log import stays
from server.drill.clients.client_pool import each, retry_refused, until_all
from server.drill.clients.scripted_client import ScriptedClient
from server.drill.drill_context import DrillContext
from server.drill.judgement.verdict import all_of

PATIENCE_S: Final = 5.0
"""Bound, in seconds, until a partner that joins is in a room."""
WISH: Final = {"mode": "text", "auto_accept": True}


class QueueCheck:
    """A queue of users who all want the same, which none of them is."""

    def __init__(self, context: DrillContext) -> None:
        self._context = context
        self._people: list[ScriptedClient] = []
        self._sent = 0

    async def gather(self, count: int) -> None:
        """Make *count* users wait, on all nodes in turn."""
        clients = self._context.clients
        self._people = await clients.sign_up(count, gender="female")
        await clients.connect_at(self._people, lambda n: n)
        await each(self._people, lambda one: one.ask("queue.join", **WISH, want={"gender": ["male"]}))

    @property
    def still(self) -> list[ScriptedClient]:
        """The users that wait, by the events they received."""
        return [one for one in self._people if one.room is None and one.phase == "queued"]

    async def send(self, what: str, count: int | None = None) -> None:
        """Let a partner join for *count* of the users that wait, or for all; require that each is paired.

        Users that wait need not join again; only those told that they no longer wait are left out.
        """
        clients = self._context.clients
        count = len(self.still) if count is None else min(count, len(self.still))
        people = await clients.sign_up(count, gender="male")
        sent, self._sent = self._sent, self._sent + count
        await clients.connect_at(people, lambda n: sent + n)
        await each(
            people, lambda one: retry_refused(lambda: one.ask("queue.join", **WISH, want={"gender": ["female"]}))
        )
        await until_all(people, lambda one: one.room is not None, patience_s=PATIENCE_S)
        peers = {one.room["peer"]["user_id"] for one in people if one.room is not None}
        waited = [one for one in self._people if one.user_id in peers]
        met = await until_all(waited, lambda one: one.room is not None, patience_s=PATIENCE_S)
        if people:
            self._context.require(
                all_of(f"partners for waiting users, {what}: both know of the room", met, len(people))
            )

    def judge(self) -> None:
        """Require that each user that waited was paired, or told that they no longer wait."""
        told = [one for one in self._people if _was_told(one)]
        met = [one for one in self._people if stays(one.log)]
        self._context.tally("users told that they are no longer queued", len(told))
        happy = {one.user_id for one in [*told, *met]}
        self._context.require(
            all_of("waiting users: paired, or told that they are no longer queued", len(happy), len(self._people))
        )


def _was_told(person: ScriptedClient) -> bool:
    told = (entry.frame["queued"] for entry in person.log.heard("queue.update"))
    shown = (entry.frame["state"]["phase"] != "idle" for entry in person.log.heard("welcome")[1:])
    return not all((*told, *shown))
