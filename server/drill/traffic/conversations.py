"""Users who write to each other in DMs and groups, without a pause; and what each of them, and the database, tells."""

import asyncio
import itertools
from collections import defaultdict
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from typing import Final, NamedTuple

from matchmaker.domain.ids import UserId
from server.db.channels.drill_audit import befriend, read_marks
from server.drill.clients.client_log import ClientLog
from server.drill.clients.client_pool import each
from server.drill.clients.outcomes import FrameRefused, Interrupted
from server.drill.clients.scripted_client import ScriptedClient
from server.drill.drill_context import DrillContext

FEATURES: Final = ("friends", "channels")
GROUP: Final = 5
"""Members of each group."""
REST_S: Final = 0.15
"""How long a user rests between two messages, on the average."""
LOOK_S: Final = 0.2
"""How often the marks in the database are looked at."""
AGAIN_S: Final = 0.1
AWAY_S: Final = 120.0
"""How long a writer waits to be connected: the service may start several times in between."""
PAGE: Final = 100


class AcknowledgedChannelMessage(NamedTuple):
    """A message that the service has acknowledged."""

    channel_id: str
    sender: str
    client_id: str
    n: int


class Conversations:
    """DMs and groups of users who never stop to write."""

    def __init__(self, context: DrillContext) -> None:
        self.people: list[ScriptedClient] = []
        self.members: dict[str, list[ScriptedClient]] = {}
        """The members of each channel."""
        self.friends: dict[str, list[ScriptedClient]] = defaultdict(list)
        """By user: the friends."""
        self.acknowledged: list[AcknowledgedChannelMessage] = []
        """In the order of the acknowledgements."""
        self.refused: list[str] = []
        """What was refused without need."""
        self.fallen: list[str] = []
        """Marks that were lower than before."""
        self._context = context
        self._numbers = itertools.count(1)

    async def open(self, dms: int) -> None:
        """Sign up users, and open so many DMs and a group for every third of them."""
        context = self._context
        assert context.dsn is not None
        self.people = people = await context.clients.sign_up(max(2 * dms, GROUP))
        pairs = list(zip(people[::2], people[1::2], strict=False))
        groups = [(people[3 * n :] + people[: 3 * n])[:GROUP] for n in range(max(1, dms // 3))]
        met = [*pairs, *((group[0], other) for group in groups for other in group[1:])]
        await befriend(context.dsn, [(UserId(one.user_id), UserId(other.user_id)) for one, other in met])
        for pair in {tuple(sorted(pair, key=people.index)) for pair in met}:
            for person, friend in (pair, pair[::-1]):
                self.friends[person.user_id].append(friend)
        for person in people:
            person.features = FEATURES
        await context.clients.connect_at(people, lambda n: n)
        await each(pairs, lambda pair: self._open(list(pair), "PUT", f"/v1/dms/{pair[1].user_id}", None))
        await each(
            groups,
            lambda group: self._open(
                group, "POST", "/v1/channels", {"name": "Drill", "user_ids": [one.user_id for one in group[1:]]}
            ),
        )

    async def _open(self, members: list[ScriptedClient], method: str, path: str, body: object) -> None:
        status, answer = await self._context.clients.call(method, path, body, token=members[0].token)
        assert status < 300, answer
        self.members[answer["channel"]["channel_id"]] = members

    @asynccontextmanager
    async def writing(self) -> AsyncIterator[None]:
        """Let all users write during the `with`; return once every message is acknowledged."""
        stop = asyncio.Event()
        channels: dict[str, list[str]] = defaultdict(list)
        for channel_id, members in self.members.items():
            for person in members:
                channels[person.user_id].append(channel_id)
        writers = [
            asyncio.create_task(self._write(person, channels[person.user_id], stop))
            for person in self.people
            if channels[person.user_id]
        ]
        watcher = asyncio.create_task(self._watch_marks())
        try:
            yield
            stop.set()
            await asyncio.gather(*writers)
        finally:
            for task in (*writers, watcher):
                task.cancel()
            await asyncio.gather(*writers, watcher, return_exceptions=True)

    async def _write(self, person: ScriptedClient, channels: list[str], stop: asyncio.Event) -> None:
        rng = self._context.rng
        while not stop.is_set():
            channel_id = rng.choice(channels)
            n = await self.send(person, channel_id, f"{next(self._numbers):08}")
            if n is not None:
                person.tell("channel.mark", channel_id=channel_id, read=n)
            await asyncio.sleep(rng.uniform(0, 2 * REST_S))

    async def send(self, person: ScriptedClient, channel_id: str, client_id: str) -> int | None:
        """Send a message until it is acknowledged; return its number, None: it was refused."""
        while True:
            await person.until(lambda: person.is_here, patience_s=AWAY_S)
            try:
                reply = await person.ask("channel.send", channel_id=channel_id, client_id=client_id, body=client_id)
            except Interrupted:
                continue
            except FrameRefused as refusal:
                if refusal.code != "unavailable":
                    self.refused.append(f"{person.log.name}: {refusal}")
                    return None
                await asyncio.sleep(AGAIN_S)
                continue
            n: int = reply["message"]["n"]
            self.acknowledged.append(AcknowledgedChannelMessage(channel_id, person.user_id, client_id, n))
            return n

    async def _watch_marks(self) -> None:
        known: dict[tuple[str, str], tuple[int, int]] = {}
        assert self._context.dsn is not None
        while True:
            await asyncio.sleep(LOOK_S)
            for key, mark in (await read_marks(self._context.dsn) or {}).items():
                before = known.get(key, (0, 0))
                if mark[0] < before[0] or mark[1] < before[1]:
                    self.fallen.append(f"{key}: {before}, then {mark}")
                known[key] = mark

    async def read(self, person: ScriptedClient, channel_id: str) -> list[int]:
        """Return the numbers of all messages of a channel, as a member reads them page by page."""
        found: list[int] = []
        while True:
            path = f"/v1/channels/{channel_id}/messages?after={found[-1] if found else 0}&limit={PAGE}"
            status, answer = await self._context.clients.call("GET", path, token=person.token)
            assert status == 200, answer
            found += [message["n"] for message in answer["messages"]]
            if not answer["has_after"]:
                return found


def streams(log: ClientLog) -> Iterator[dict[str, list[int]]]:
    """Yield what a user was told in each stretch of the stream without a reset: numbers of messages, by channel."""
    told: dict[str, list[int]] = defaultdict(list)
    for entry in log.heard("welcome", "people.reset", "channel.message"):
        if entry.type == "channel.message":
            message = entry.frame["message"]
            told[message["channel_id"]].append(message["n"])
        elif entry.type == "people.reset" or not entry.frame.get("people_resumed"):
            yield told
            told = defaultdict(list)
    yield told
