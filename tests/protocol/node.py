"""A whole node without I/O: sockets that record, a repository whose commits wait for the test, a manual clock."""

import asyncio
import json
import time
from typing import Any

from matchmaker.domain.clock import ManualClock
from matchmaker.domain.ids import UserId, new_id
from matchmaker.domain.timing import Timing
from matchmaker.matchmaker import Matchmaker
from matchmaker.services.cached_room import RoomCache
from matchmaker.services.state_store import StateStore
from signaling.connection.client import ClientConnection
from signaling.connection.heartbeat import STALL_MS
from signaling.connection.ports import Identity
from signaling.connection.settings import SignalingSettings
from signaling.routing.hub import Hub
from signaling.routing.stats import SocketStats
from signaling.server import SignalingServer
from signaling.wire.serializers import EventSerializer
from tests.support.builders import NOW, profile
from tests.support.gated_repository import Fate, GatedRoomRepository

ADA, BOB = (UserId(new_id(NOW)) for _ in range(2))
STEP_MS = 1_000


class Recorded:
    """A socket that records what is sent."""

    def __init__(self) -> None:
        self.sent: list[dict[str, Any]] = []
        self.code: int | None = None
        self.is_read = True

    def send(self, frame: bytes) -> None:
        self.sent.append(json.loads(frame))

    def close(self, code: int, reason: str = "") -> None:
        self.code = code

    def pause(self) -> None:
        self.is_read = False

    def resume(self) -> None:
        self.is_read = True

    def ping(self) -> None:
        """No node owns the user."""


class AnyTokenAuthenticator:
    """Admits the user whose id is the token."""

    async def authenticate_socket(self, token: str, *, address: str, device: str) -> Identity:
        return Identity(profile=profile(UserId(token)), login_id=token)


class Node:
    """A whole node without I/O: repository in memory, sockets that record, a manual clock."""

    def __init__(
        self,
        *,
        rate_limits: bool = False,
        repository: GatedRoomRepository | None = None,
        faults: list[BaseException] | None = None,
    ) -> None:
        """*repository*: that of an earlier process. *faults* takes internal errors, which else are raised."""
        self._faults = faults
        self.stalls: list[int] = []
        self.clock = ManualClock(NOW)
        self.repository = repository or GatedRoomRepository()
        self.repository.users |= {ADA, BOB}
        room_cache = RoomCache()
        hub = Hub(
            view=EventSerializer(lambda _: [], messages_of=room_cache.messages_of),
            clock=self.clock,
            resume_ms=90_000,
            stats=SocketStats(),
            on_fault=self._fail,
        )
        self.mm = Matchmaker(
            store=StateStore(hub.deliver),
            room_cache=room_cache,
            repository=self.repository,
            clock=self.clock,
            rules=Timing(),
            on_fault=lambda _, fault: self._fail(fault),
        )
        self.mm.context.scheduler.disarm()
        self.signaling = SignalingServer(
            hub=hub,
            matchmaker=self.mm,
            authenticator=AnyTokenAuthenticator(),
            clock=self.clock,
            on_fault=self._fail,
            settings=SignalingSettings(rate_limits=rate_limits),
            on_stall=self.stalls.append,
        )

    async def connect(self, user: UserId, *, heartbeat: bool = True) -> "Client":
        client = Client(self, user)
        client.send("hello", token=user, heartbeat=heartbeat)
        await client.until("welcome")
        return client

    async def meet(self, *, mode: str = "text", heartbeat: bool = True) -> tuple["Client", "Client"]:
        """Put Ada and Bob into a room."""
        ada, bob = await self.connect(ADA, heartbeat=heartbeat), await self.connect(BOB, heartbeat=heartbeat)
        for client in (ada, bob):
            client.send("queue.join", mode=mode, auto_accept=True)
        for client in (ada, bob):
            await client.until("room.started")
        return ada, bob

    async def stall(self) -> None:
        """Run the server, and block its loop for longer than a stall."""
        self.signaling.start()
        await asyncio.sleep(0)
        time.sleep(STALL_MS / 1_000 + 1)
        async with asyncio.timeout(5):
            while not self.stalls:  # noqa: ASYNC110 - the signaling looks by a timer of its own
                await asyncio.sleep(0.05)

    async def run_due(self) -> None:
        """Run everything that is due."""
        for _ in range(10):
            await self.mm.context.scheduler.run_due()
            await asyncio.sleep(0)

    async def answer(self) -> None:
        """Commit what waits in the repository, and whatever is submitted after that."""
        self.repository.slow = False
        while self.repository.tasks or self.repository.waiting:
            if self.repository.waiting:
                self.repository.release(0, "done")
            await self.run_due()

    async def commit_waiting(self) -> None:
        """Return once a commit waits for `release`."""
        for _ in range(20):
            if self.repository.waiting:
                return
            await asyncio.sleep(0)
        raise AssertionError("nothing was submitted")

    async def release(self, fate: Fate) -> None:
        """Complete the waiting commit with *fate*, and later ones immediately."""
        self.repository.slow = False
        self.repository.release(0, fate)
        await self.repository.rest()

    def phases(self) -> list[str]:
        """Return where Ada and Bob are."""
        states = [self.mm.context.store.cached_state(user) for user in (ADA, BOB)]
        return [state.phase for state in states if state is not None]

    async def advance(self, ms: int, *alive: "Client") -> None:
        """Advance the clock, with a sweep every second and pings of those who are *alive*."""
        until = self.clock.at + ms
        while self.clock.at < until:
            self.clock.at = min(until, self.clock.at + STEP_MS)
            for client in alive:
                client.send("ping")
            self.signaling.close_silent()
            await self.run_due()

    def _fail(self, fault: BaseException) -> None:
        if self._faults is None:
            raise fault
        self._faults.append(fault)


class Client:
    """One connection of one user."""

    def __init__(self, node: Node, user: UserId) -> None:
        self.node = node
        self.user = user
        self.socket = Recorded()
        connection = node.signaling.open(self.socket, address="", device="")
        assert connection is not None
        self.connection: ClientConnection = connection

    def send(self, kind: str, **fields: Any) -> None:
        self.connection.on_text(json.dumps({"type": kind, **fields}))

    def heard(self, kind: str) -> list[dict[str, Any]]:
        return [frame for frame in self.socket.sent if frame["type"] == kind]

    async def until(self, kind: str) -> dict[str, Any]:
        """Return the newest frame of this type, once there is one."""
        for _ in range(20):
            if found := self.heard(kind):
                return found[-1]
            await self.node.run_due()
        raise AssertionError(self.socket.sent)
