"""All clients of a drill: they sign up, are paired, chat and reconnect."""

import asyncio
import itertools
import random
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable, Mapping, Sequence
from contextlib import asynccontextmanager, suppress
from functools import partial
from ipaddress import IPv4Address
from typing import Any, Final, TypeVar

import aiohttp

from server.config.errors import StartupError
from server.drill.clients.balancer import Balancer
from server.drill.clients.outcomes import FrameRefused, Interrupted
from server.drill.clients.scripted_client import PATIENCE_S, ScriptedClient
from server.drill.clients.websocket_client import AGENT, FORWARDED_FOR

AT_ONCE: Final = 64
"""Concurrency of operations during the preparation."""
TALK_PER_S: Final = 250.0
"""Chat messages and signals per second, over all rooms: enough that some are in flight at any moment."""
FIRST_ADDRESS: Final = IPv4Address("10.0.0.0")
APART: Final = 256
"""Limits also count per /24: each client has its own."""
CAMPUS: Final = "203.0.113.7"
"""One address shared by many users."""
CANDIDATE: Final = "drill"
SOCKET: Final = "/v1/ws"
RETRY_REFUSED_S: Final = 10.0
"""How long the service may answer `unavailable`."""
REST_S: Final = 0.2
READY_S: Final = 2.0
"""Timeout of a readiness check."""

Result = TypeVar("Result")
Item = TypeVar("Item")
Pair = tuple[ScriptedClient, ScriptedClient]


class NotPossible(StartupError):
    """The drill cannot be run on this service, for the reason given."""


class ClientPool:
    """The clients of one drill."""

    def __init__(self, bases: Sequence[str], rng: random.Random, *, scattered: bool = False, campus: str = "") -> None:
        """*scattered*: each client has an address of its own, by a proxy header; *campus*: all connect from this
        address.
        """
        self.bases = bases
        """URLs of the nodes of the service."""
        self.people: list[ScriptedClient] = []
        self.pairs: list[Pair] = []
        self._rng = rng
        self._scattered = scattered
        self._campus = campus
        self._session: aiohttp.ClientSession | None = None
        self._balancer: Balancer | None = None
        self._numbers = itertools.count(1)
        self._signals = itertools.count(1)

    async def close(self) -> None:
        """Disconnect all clients."""
        for person in self.people:
            person.leave()
        if self._balancer is not None:
            await self._balancer.close()
        if self._session is not None:
            await self._session.close()

    @property
    def session(self) -> aiohttp.ClientSession:
        """The session for HTTP requests."""
        if self._session is None:
            self._session = aiohttp.ClientSession(headers={"User-Agent": AGENT})
        return self._session

    async def call(
        self,
        method: str,
        path: str,
        body: Any = None,
        *,
        token: str = "",
        at: str | None = None,
        address: str = "",
    ) -> tuple[int, Any]:
        """Return status and body of an HTTP request to the node *at*; without it, to any that accepts it."""
        bases = [at] if at is not None else self._rng.sample(self.bases, len(self.bases))
        headers = {"Authorization": f"Bearer {token}"} if token else {}
        if address:
            headers[FORWARDED_FOR] = address
        for base in bases:
            try:
                async with self.session.request(method, base + path, json=body, headers=headers) as response:
                    answer = await response.json() if response.content_type == "application/json" else None
                    return response.status, answer
            except aiohttp.ClientConnectorError:
                if base == bases[-1]:
                    raise
        raise NotPossible("there is no node")

    async def read(self, path: str, *, at: str) -> str:
        """Return the text of a page of a node."""
        async with self.session.get(at + path) as response:
            return await response.text()

    async def is_ready(self, at: str) -> bool:
        """Return whether a node reports that it is ready; one that does not answer is not."""
        try:
            async with asyncio.timeout(READY_S):
                return (await self.call("GET", "/readyz", at=at))[0] == 200
        except (aiohttp.ClientError, TimeoutError):
            return False

    async def reaches_redis(self, at: str) -> bool:
        """Return whether a node reports that it is ready and that Redis answers."""
        try:
            async with asyncio.timeout(READY_S):
                status, body = await self.call("GET", "/readyz", at=at)
        except (aiohttp.ClientError, TimeoutError):
            return False
        return status == 200 and "redis" not in body

    async def sign_up(self, count: int, **about: Any) -> list[ScriptedClient]:
        """Return *count* new clients, not yet connected, signed up with the fields *about*.

        Raises:
            NotPossible: the service refuses sign-ups.
        """
        return await each(range(count), lambda _: self._sign_up(about))

    async def _sign_up(self, about: Mapping[str, Any]) -> ScriptedClient:
        number = next(self._numbers)
        name = f"Drill {number}"
        address = str(FIRST_ADDRESS + number * APART) if self._scattered else ""
        guest = {"display_name": name, "adult": True, **about}
        status, answer = await self.call("POST", "/v1/auth/guest", guest, address=address)
        if status == 429:
            raise NotPossible("the service limits sign-ups: start it with RONDO_RATE_LIMITS=off for the drill")
        if status != 201:
            raise NotPossible(f"the service refuses sign-ups: {status} {answer}")
        rng = random.Random(self._rng.random())
        urls = [base + SOCKET for base in self.bases]
        if self._balancer is None:
            self._balancer = Balancer(self.bases, self.is_ready)
        person = ScriptedClient(
            urls,
            answer["token"],
            answer["user"]["user_id"],
            name,
            rng,
            address=self._campus or address,
            is_up=self._balancer.is_up,
        )
        self.people.append(person)
        return person

    async def connect(self, people: Sequence[ScriptedClient]) -> None:
        """Connect all of them."""
        await each(people, ScriptedClient.connect)

    async def connect_at(self, people: Sequence[ScriptedClient], node: Callable[[int], int]) -> None:
        """Connect all of them, the n-th to the node with the number `node(n)`; they may reconnect anywhere."""

        async def come(item: tuple[int, ScriptedClient]) -> None:
            number, person = item
            urls = person.urls
            person.urls = [self.bases[node(number) % len(self.bases)] + SOCKET]
            try:
                await retry_refused(person.connect)
            finally:
                person.urls = urls

        await each(list(enumerate(people)), come)

    async def move_to(self, people: Sequence[ScriptedClient], node: Callable[[int], int]) -> None:
        """Drop the connection of each of *people*, and connect the n-th again at the node with the number `node(n)`."""
        for person in people:
            person.returns = False
            person.drop()
        await until_all(people, lambda one: not one.is_here)
        await self.connect_at(people, node)
        for person in people:
            person.returns = True

    async def pair_up(
        self,
        count: int,
        *,
        mode: Callable[[int], str],
        duration_s: int = 1800,
        node: Callable[[int], int] | None = None,
    ) -> list[Pair]:
        """Return *count* new pairs in rooms that are live; `mode(n)` is that of the n-th.

        *node*: where the n-th of their people connects; the first two are the first pair.
        """
        people = await self.sign_up(2 * count)
        await (self.connect(people) if node is None else self.connect_at(people, node))
        pairs = list(zip(people[::2], people[1::2], strict=True))
        await each(list(enumerate(pairs)), lambda item: meet(*item[1], mode(item[0]), duration_s=duration_s))
        self.pairs += pairs
        return pairs

    @asynccontextmanager
    async def talking(self, pairs: Sequence[Pair], *, per_s: float = TALK_PER_S) -> AsyncIterator[None]:
        """Make the pairs chat and signal, at random moments, within the `with`."""
        task = asyncio.create_task(self._talk(pairs, per_s))
        try:
            yield
        finally:
            task.cancel()
            with suppress(asyncio.CancelledError):
                await task

    async def _talk(self, pairs: Sequence[Pair], per_s: float) -> None:
        while pairs:
            await asyncio.sleep(self._rng.expovariate(per_s))
            one, other = self._rng.choice(pairs)
            signaling = self._rng.choice((one, other))
            if self._rng.random() < 0.5:
                self.signal(signaling)
            elif signaling.unsaid < 5:
                signaling.say(f"message {next(self._signals)}")

    def signal(self, person: ScriptedClient) -> None:
        """Send a candidate with a unique number and the name of its recipient."""
        room = person.room
        if room is not None and person.is_here:
            mark = f"{CANDIDATE} {next(self._signals)} {person.user_id} {room['peer']['user_id']}"
            person.tell("signal", room_id=room["room_id"], candidate={"candidate": mark})

    async def all_here(self, people: Sequence[ScriptedClient] | None = None, *, patience_s: float = 60.0) -> int:
        """Return how many (of *people*) are connected, once all are or the timeout has passed."""
        return await until_all(
            self.people if people is None else people, lambda one: one.is_here, patience_s=patience_s
        )

    async def debrief(self) -> None:
        """Request every transcript and the history of each client, once all that was sent has been answered.

        A message that is acknowledged while transcripts are collected would be missing from the first of them.
        """
        await until_all(self.people, lambda one: not (one.is_here and one.unsaid))
        await each([person for person in self.people if person.is_here], self._debrief)

    async def _debrief(self, person: ScriptedClient) -> None:
        heard = person.log.heard("room.started", "welcome")
        rooms = [e.frame["state"]["room"] if e.type == "welcome" else e.frame["room"] for e in heard]
        for room_id in {room["room_id"] for room in rooms if room is not None}:
            with suppress(FrameRefused, Interrupted):
                person.log.transcripts[room_id] = await self._transcript(person, room_id)
        status, answer = await self.call("GET", "/v1/history", token=person.token)
        if status == 200:
            person.log.history = answer["calls"]

    async def _transcript(self, person: ScriptedClient, room_id: str) -> list[Any]:
        found: list[Any] = []
        while True:
            before = {"before": found[0]["message_id"]} if found else {}
            page = (await person.ask("chat.history", room_id=room_id, limit=50, **before))["messages"]
            found = page + found
            if len(page) < 50:
                return found


async def meet(one: ScriptedClient, other: ScriptedClient, mode: str, *, duration_s: int = 1800) -> None:
    """Make two users meet by an invite, and make their room live."""
    await other.ask("queue.join", mode=mode, pairing="manual", duration_s=duration_s)
    asked = {"duration_s": duration_s} if mode == "video" else {}
    invite = (await one.ask("invite.send", user_id=other.user_id, mode=mode, **asked))["invite"]
    await other.ask("invite.accept", invite_id=invite["invite_id"])
    await go_live(one, other, mode)


async def go_live(one: ScriptedClient, other: ScriptedClient, mode: str) -> None:
    """Return once both have the event that their room is live."""
    await until_all((one, other), lambda person: person.room is not None)
    if mode == "video":
        for person in (one, other):
            assert person.room is not None
            await person.ask("room.ready", room_id=person.room["room_id"])
        await until_all((one, other), lambda person: person.room is not None and person.room["live_at"] is not None)


async def retry_refused(work: Callable[[], Awaitable[Result]]) -> Result:
    """Do *work*; repeat it while the service answers `unavailable`, as a page does. Raises as *work*."""
    until = asyncio.get_running_loop().time() + RETRY_REFUSED_S
    while True:
        try:
            return await work()
        except FrameRefused as refusal:
            if refusal.code != "unavailable" or asyncio.get_running_loop().time() > until:
                raise
        await asyncio.sleep(REST_S)


async def until_all(
    people: Iterable[ScriptedClient], is_so: Callable[[ScriptedClient], bool], *, patience_s: float = PATIENCE_S
) -> int:
    """Return for how many *is_so* holds, once it holds for all of them or the timeout has passed."""
    waiting = [person.until(partial(is_so, person), patience_s=patience_s) for person in people]
    return sum(fault is None for fault in await asyncio.gather(*waiting, return_exceptions=True))


async def each(
    items: Iterable[Item], work: Callable[[Item], Awaitable[Result]], *, at_once: int = AT_ONCE
) -> list[Result]:
    """Do *work* for every item, some concurrently; return the results in order."""
    turn = asyncio.Semaphore(at_once)

    async def one(item: Item) -> Result:
        async with turn:
            return await work(item)

    return await asyncio.gather(*map(one, items))
