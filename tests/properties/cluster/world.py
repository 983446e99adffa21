"""Nodes that run the real code, clients that behave like browsers, faults, and invariants."""

import asyncio
import json
from collections import Counter, defaultdict, deque
from collections.abc import Callable, Coroutine, Iterator
from random import Random
from typing import Any

from matchmaker.domain.clock import WallClock
from matchmaker.domain.errors import Unauthenticated, Unavailable
from matchmaker.domain.ids import RoomId, UserId
from matchmaker.domain.profile import Profile
from matchmaker.domain.ticket import wants
from matchmaker.domain.timing import Timing
from matchmaker.matchmaker import Matchmaker
from matchmaker.ports.user_changes import UserChanges
from matchmaker.services.cached_room import RoomCache
from matchmaker.services.state_store import StateStore
from server.cluster.cluster import Cluster, NodeBase
from server.cluster.context import NodeContext
from server.cluster.ports.adapters import Ports
from server.cluster.users.node_users import NodeUsers
from server.db.rooms.steady_repository import SteadyRoomRepository
from signaling.connection.client import ClientConnection
from signaling.connection.ports import Identity
from signaling.connection.settings import SignalingSettings
from signaling.routing.hub import Hub
from signaling.routing.stats import SocketStats
from signaling.routing.tasks import Tasks
from signaling.server import SignalingServer
from signaling.wire.serializers import EventSerializer
from tests.properties.cluster.friends import NodeFriends
from tests.properties.cluster.stores import (
    SimDirectory,
    SimHeartbeats,
    SimOwners,
    SimRoomRepository,
    SimStreams,
    Stores,
    Wires,
)

BASE_MS = 1_800_000_000_000
RULES = Timing(cooldown_ms=6_000, grace_ms=10_000, text_grace_ms=10_000, resume_ms=20_000, torch_idle_ms=600_000)
QUIET_S = 32.0
MOMENT_S = 0.5
"""Between the two looks at the end: longer than a commit or an event is on its way."""
TOGETHER = 0.15
"""How often the next fault begins at the same moment."""
LONG_S = 2.5
"""A node notices an outage of this length: it queries PostgreSQL every half second."""
WHOLE_S = 8.0
"""A grace from the end of an outage is not over before; 10 s, without the time until the end is noticed."""
QUITS = 5
"""Every n-th user disconnects in the end."""
SHOWN_S = 6.5
"""How long a change of presence may take: 5 s after the one before, and a second between nodes."""


def user_name(n: int) -> UserId:
    return UserId(f"00000000-0000-4000-8000-{n:012}")


class Clock:
    def now(self) -> int:
        return BASE_MS + int(asyncio.get_running_loop().time() * 1_000)

    def now_ns(self) -> int:
        return self.now() * 1_000_000


class Late:
    """The steady clock of a node that started before its machine's clock was set: it differs from that of other
    nodes."""

    def __init__(self, clock: Clock, *, by_ms: int) -> None:
        self._clock, self._by_ms = clock, by_ms

    def now(self) -> int:
        return self._clock.now() - self._by_ms


class Door:
    def __init__(self, profile_of: Callable[[UserId], Profile]) -> None:
        self._profile_of = profile_of

    async def authenticate_socket(self, token: str, *, address: str, device: str) -> Identity:
        if not token:
            raise Unauthenticated("no token")
        return Identity(profile=self._profile_of(UserId(token)), login_id=f"login-{token}")


class Node:
    """One process."""

    def __init__(self, world: "World", name: str) -> None:
        self.world = world
        self.name = name
        self.wires = Wires(world.stores, name)
        self.sockets: dict[Socket, None] = {}
        """A set that is ordered: a run must be a function of its seed."""
        self.is_draining = False
        self.ahead_ms = 0
        """How far the clock of this node's machine is ahead."""
        steady = Late(world.clock, by_ms=7_200_000 * world.births.total())
        self.clock = clock = WallClock(steady, wall_ns=lambda: world.clock.now_ns() + self.ahead_ms * 1_000_000)
        room_cache, changes = RoomCache(), UserChanges()
        hub = Hub(
            view=EventSerializer(lambda _: [], messages_of=room_cache.messages_of),
            clock=clock.steady,
            resume_ms=RULES.resume_ms,
            stats=SocketStats(),
            on_fault=self._fail,
            changes=changes,
        )

        store, tasks = StateStore(hub.deliver, changes), Tasks()
        terms = SignalingSettings(rate_limits=False, features=frozenset({"friends"}))
        limits = terms.limits()
        context = NodeContext(
            name,
            ports=Ports(SimStreams(self.wires), SimDirectory(self.wires), SimHeartbeats(self.wires)),
            owners=SimOwners(self.wires),
            store=store,
            hub=hub,
            limits=limits,
            tasks=tasks,
            clock=clock,
            on_fault=self._fail,
        )
        base = NodeBase(context, interest_wait_ms=RULES.interest_wait_ms)
        self.matchmaker = Matchmaker(
            store=store,
            room_cache=room_cache,
            repository=SteadyRoomRepository(SimRoomRepository(self.wires), clock),  # type: ignore[arg-type]
            clock=clock.steady,
            rules=RULES,
            on_fault=lambda _, fault: self._fail(fault),
            others=base.others,
        )
        self.friends = NodeFriends(
            base,
            hub=hub,
            store=store,
            changes=changes,
            clock=clock.steady,
            wires=self.wires,
            friends_of=world.friends_of,
            on_fault=self._fail,
        )
        self.users = users = NodeUsers(base.context, self.matchmaker, refresh_s=6.0)
        self.speaker = SignalingServer(
            hub=hub,
            matchmaker=self.matchmaker,
            authenticator=Door(world.profile_of),
            clock=clock.steady,
            wall_offset_ms=lambda: clock.offset_ms,
            on_fault=self._fail,
            settings=terms,
            friends=self.friends,
            cluster=users,
            limits=limits,
            tasks=tasks,
        )
        self.cluster = Cluster(base, users, accept=self.speaker.open_attached)
        self.speaker.start()
        self.opening = asyncio.ensure_future(self._open())

    @property
    def is_alive(self) -> bool:
        return self.wires.is_alive

    @property
    def is_ready(self) -> bool:
        has_opened = self.opening.done() and not self.opening.cancelled()
        return self.is_alive and has_opened and not self.is_draining

    async def _open(self) -> None:
        while True:
            try:
                await self.cluster.open()
                break
            except Unavailable:
                await asyncio.sleep(0.2)
        # Not a task of the cluster's context, whose end a node that stops would wait for.
        self.tending = asyncio.ensure_future(self.cluster.context.run(self.friends.run()))

    def _fail(self, fault: BaseException) -> None:
        if self.is_alive:
            self.world.violation("fault", repr(fault), fault)

    async def step_clock(self, ahead_ms: int) -> None:
        """As `ClockWatch` after a step of the machine's clock."""
        self.ahead_ms = ahead_ms
        self.clock.follow_system_clock()
        while self.is_alive:
            try:
                await self.matchmaker.store_rooms_again()
                break
            except Unavailable:
                await asyncio.sleep(1)

    def kill(self) -> None:
        self.wires.is_alive = False
        self.world.stores.ended.add(self.name)
        for socket in list(self.sockets):
            socket.break_soon(self.world.random.uniform(0.001, 0.2))


class Socket:
    """Both ends of a WebSocket; implements `signaling.routing.outbox.Socket`."""

    def __init__(self, client: "Client", node: Node) -> None:
        self.client = client
        self.node = node
        self.is_open = True
        self._down_at = self._up_at = 0.0
        self._is_paused = False
        self._waiting: deque[str] = deque()
        node.sockets[self] = None
        connection = node.speaker.open(self, address="192.0.2.1", device="sim")
        assert connection is not None
        self.connection: ClientConnection = connection

    # The server's end.

    def send(self, frame: bytes) -> None:
        if self.is_open and self.node.is_alive:
            self._down(lambda: self.client.hear(self, json.loads(frame)))

    def close(self, code: int, reason: str = "") -> None:
        if self.is_open and self.node.is_alive:
            self.is_open = False
            self._down(lambda: self.client.closed(self, code))
            asyncio.get_running_loop().call_soon(self._gone)

    def pause(self) -> None:
        self._is_paused = True

    def resume(self) -> None:
        self._is_paused = False
        while self._waiting and not self._is_paused:
            self.connection.on_text(self._waiting.popleft())

    def ping(self) -> None:
        pass

    def unsent(self) -> int:
        return 0

    # The client's end.

    def say(self, frame: dict[str, Any]) -> None:
        loop, random = asyncio.get_running_loop(), self.client.world.random
        self._up_at = max(self._up_at + 1e-6, loop.time() + random.uniform(0.001, 0.01))
        loop.call_at(self._up_at, self.arrive, json.dumps(frame))

    def arrive(self, text: str) -> None:
        """Handle a frame once the node runs and reads."""
        loop = asyncio.get_running_loop()
        if not (self.node.is_alive and self.is_open):
            return
        if self.node.wires.frozen_until > loop.time():
            self._up_at = max(self._up_at + 1e-6, self.node.wires.frozen_until + 0.001)
            loop.call_at(self._up_at, self.arrive, text)
        elif self._is_paused or self._waiting:
            self._waiting.append(text)
        else:
            self.connection.on_text(text)

    def break_soon(self, in_s: float) -> None:
        """Report to both ends that the connection is lost."""
        loop = asyncio.get_running_loop()
        self._down(lambda: self.client.broken(self))
        loop.call_later(in_s, self._gone)

    def leave(self) -> None:
        """The client has moved to another network; the server finds out later."""
        asyncio.get_running_loop().call_later(self.client.world.random.uniform(0.05, 6), self._gone)

    def _down(self, call: Any) -> None:
        loop = asyncio.get_running_loop()
        self._down_at = max(self._down_at + 1e-6, loop.time() + self.client.world.random.uniform(0.001, 0.01))
        loop.call_at(self._down_at, call)

    def _gone(self) -> None:
        self.is_open = False
        self.node.sockets.pop(self, None)
        if self.node.is_alive:
            self.connection.on_close()


class Client:
    """One browser."""

    def __init__(self, world: "World", user: UserId) -> None:
        self.world = world
        self.user = user
        self.socket: Socket | None = None
        self.is_welcome = False
        self.key: str | None = None
        self.seq = self.people_seq = 0
        self.sees: dict[str, str] = {}
        """The presence of friends who are not offline, as the client was told."""
        self.phase = "idle"
        self.room: str | None = None
        self.moved_at = 0.0
        """When the client last entered or left a room, by the events it received."""
        self.has_quit = False
        self.breaks = self.reloads = 0
        self.sent: Counter[str] = Counter()
        self.got: dict[tuple[str, str], tuple[int, int | None, int]] = {}
        self.seen: set[tuple[str, str, int]] = set()
        self.welcome_at = 0.0
        self.lost_at: float | None = 0.0
        self.served_ms: list[int] = []
        self.is_coming = False

    @property
    def presence(self) -> str:
        """What friends must be shown."""
        return "offline" if self.has_quit else "online" if self.room is None else "in_call"

    def quit(self) -> None:
        """Close the page for good."""
        self.has_quit = True
        if self.socket is not None:
            self.socket.break_soon(0.01)

    def connect(self) -> None:
        self.is_coming = False
        if self.socket is not None or self.has_quit:
            return
        nodes = [node for node in self.world.nodes if node.is_ready]
        if not nodes:
            self.again()
            return
        self.open(self.world.random.choice(nodes))

    def open(self, node: Node) -> Socket:
        """Connect to *node*; frames may follow the hello immediately."""
        socket = self.socket = Socket(self, node)
        self.is_welcome = False
        hello: dict[str, Any] = {"type": "hello", "token": self.user, "features": self.world.features}
        if self.key is not None:
            hello["resume"] = {"key": self.key, "seq": self.seq, "people_seq": self.people_seq}
        socket.say(hello)
        asyncio.get_running_loop().call_later(4.0, self._give_up, socket)
        return socket

    def _give_up(self, socket: Socket) -> None:
        if socket is self.socket and not self.is_welcome:
            self.broken(socket)
            socket.leave()

    def again(self) -> None:
        if not self.is_coming and not self.has_quit:
            self.is_coming = True
            random = self.world.random
            in_s = random.uniform(0.0, 0.02) if random.random() < 0.5 else random.uniform(0.1, 0.9)
            asyncio.get_running_loop().call_later(in_s, self.connect)

    def broken(self, socket: Socket) -> None:
        if socket is self.socket:
            self.socket, self.is_welcome = None, False
            self.breaks += 1
            if self.lost_at is None:
                self.lost_at = asyncio.get_running_loop().time()
            self.again()

    def closed(self, socket: Socket, code: int) -> None:
        self.world.stats[f"closed {code}"] += 1
        self.broken(socket)

    def move(self) -> None:
        """Another network: the old socket stays half open."""
        if self.has_quit:
            return
        old, self.socket, self.is_welcome = self.socket, None, False
        self.breaks += 1
        if self.lost_at is None:
            self.lost_at = asyncio.get_running_loop().time()
        if old is not None:
            old.leave()
        nodes = [node for node in self.world.nodes if node.is_ready]
        if nodes:
            self.open(self.world.random.choice(nodes))
        else:
            self.again()

    def hear(self, socket: Socket, frame: dict[str, Any]) -> None:
        if socket is not self.socket:
            return
        kind = frame["type"]
        if kind == "welcome":
            self._welcome(frame)
        elif "seq" in frame:
            if frame["seq"] != self.seq + 1:
                self.world.violation("event lost or doubled", f"{self.user} {self.seq} -> {frame}")
                return
            self.seq = frame["seq"]
            self._event(kind, frame)
        elif "people_seq" in frame:
            if frame["people_seq"] != self.people_seq + 1:
                self.world.violation("event of friends lost or doubled", f"{self.user} {self.people_seq} -> {frame}")
                return
            self.people_seq = frame["people_seq"]
            if kind == "friend.presence":
                self.sees[frame["user_id"]] = frame["presence"]
        elif kind == "error" and not self.is_welcome:
            self.broken(socket)
            socket.leave()

    def _reconnect(self, socket: Socket | None) -> None:
        if socket is not None and socket is self.socket:
            socket.break_soon(0.01)

    def _welcome(self, frame: dict[str, Any]) -> None:
        if frame["resumed"] and frame["resume_key"] != self.key:
            self.world.violation("resumed with another key", self.user)
        self.world.stats["resumed" if frame["resumed"] else "fresh"] += 1
        self.is_welcome, self.key = True, frame["resume_key"]
        self.welcome_at = asyncio.get_running_loop().time()
        if self.lost_at is not None:
            self.world.served_ms.append(round((asyncio.get_running_loop().time() - self.lost_at) * 1_000))
            self.lost_at = None
        if not frame["people_resumed"]:
            self.people_seq = 0
        self.sees = {one["user_id"]: one["presence"] for one in frame["state"]["friends"]}
        if not frame["resumed"]:
            self.seq = 0
            self.reloads += 1
            state = frame["state"]
            self.phase, room = state["phase"], state["room"]
            self._enter(None if room is None else room["room_id"])

    def _enter(self, room: str | None) -> None:
        if (room is None) != (self.room is None):
            self.moved_at = asyncio.get_running_loop().time()
        self.room = room

    def _event(self, kind: str, frame: dict[str, Any]) -> None:
        if kind == "room.started":
            self.phase = "in_room"
            self._enter(frame["room"]["room_id"])
            self.world.stats["rooms told"] += 1
        elif kind == "room.ended" and frame["room_id"] == self.room:
            self.phase = "idle"
            self._enter(None)
            self.world.ended(self, frame)
        elif kind == "queue.update":
            self.phase = "queued" if frame["queued"] else "idle"
        elif kind == "server.draining":
            in_s = self.world.random.uniform(0, frame["reconnect_in_ms"]) / 1_000
            asyncio.get_running_loop().call_later(in_s, self._reconnect, self.socket)
        elif kind == "signal":
            self._signal(frame["room_id"], frame["from"], *frame["candidate"]["n"])

    def _signal(self, room: str, sender: str, n: int, breaks: int) -> None:
        if room != self.room:
            self.world.violation("signal of another room", f"{self.user} {room}")
            return
        self.world.stats["signals"] += 1
        if (room, sender, n) in self.seen:
            self.world.violation("signal twice", f"{self.user} {n}")
        self.seen.add((room, sender, n))
        last, last_breaks, reloads = self.got.get((room, sender), (0, breaks if n == 1 else None, self.reloads))
        if n < last:
            self.world.violation("signal out of order", f"{self.user} {last} -> {n}")
        if n > last + 1 and last_breaks == breaks and reloads == self.reloads:
            self.world.violation("signal lost without a word", f"{self.user} {last} -> {n} of {sender}")
        self.got[room, sender] = (n, breaks, self.reloads)

    def act(self) -> None:
        loop, random = asyncio.get_running_loop(), self.world.random
        loop.call_later(random.uniform(0.06, 0.7), self.act)
        if self.socket is None or not self.is_welcome or loop.time() > self.world.acts_until:
            return
        self.world.steps += 1
        if self.phase == "idle":
            if random.random() < 0.2:
                target = random.choice(list(self.world.clients.values())).user
                self.socket.say({"type": "invite.send", "user_id": target, "mode": "text"})
            else:
                self.phase = "queued"
                self.socket.say({"type": "queue.join", "mode": "text", "auto_accept": True})
        elif self.phase == "in_room" and self.room is not None:
            if random.random() < self.world.leaves:
                self.socket.say({"type": "room.leave", "room_id": self.room, "reason": "next"})
            else:
                self.sent[self.room] += 1
                candidate = {"n": [self.sent[self.room], self.breaks]}
                self.socket.say({"type": "signal", "room_id": self.room, "candidate": candidate})


Faults = tuple[Callable[["World", Node], None], ...]


class World:
    """One run: a function of its seed."""

    def __init__(self, seed: int, *, nodes: int, users: int, faults_s: float, faults: Faults) -> None:
        self.random = Random(seed)
        self.clock = Clock()
        self.stores = Stores(self.random, self.clock.now)
        self.stats: Counter[str] = Counter()
        self.violations: list[str] = []
        self.served_ms: list[int] = []
        self.features = ["friends"]
        self.steps = 0
        self.leaves = 0.06 if seed % 2 else 0.01
        """How often a user leaves a room: rarely enough, in half of the runs, for a grace to expire."""
        self.faults_s, self.faults = faults_s, faults
        self.acts_until = faults_s + QUIET_S - 3.0
        self.outages: defaultdict[str, list[tuple[float, float]]] = defaultdict(list)
        """When PostgreSQL was away from a node, or from all of them (""): begin and end."""
        self.births = Counter[str]()
        self.nodes = [self.birth(f"n{n}") for n in range(nodes)]
        self.clients = {user_name(n): Client(self, user_name(n)) for n in range(users)}
        self.stores.repository.users |= set(self.clients)
        self._tasks: list[asyncio.Future[None]] = []

    def profile_of(self, user: UserId) -> Profile:
        return Profile(user_id=user, display_name=user[-2:])

    def friends_of(self, user: UserId) -> list[UserId]:
        """Return the two users on each side of *user* in the ring of all clients."""
        users = list(self.clients)
        if user not in self.clients:
            return []
        at = users.index(user)
        return [users[(at + step) % len(users)] for step in (-2, -1, 1, 2)]

    def birth(self, place: str) -> Node:
        self.births[place] += 1
        return Node(self, f"{place}.{self.births[place]}")

    def violation(self, kind: str, text: str = "", fault: BaseException | None = None) -> None:
        at = asyncio.get_running_loop().time()
        if fault is not None:
            import traceback  # noqa: PLC0415

            text = "".join(traceback.format_exception(fault))[-1500:]
        self.violations.append(f"{at:.3f} {kind}: {text}")

    def ended(self, client: Client, frame: dict[str, Any]) -> None:
        self.stats[f"ended {frame['reason']}"] += 1
        if frame["reason"] != "grace_expired":
            return
        loop, absent = asyncio.get_running_loop(), self.clients[frame["by"]]
        self._judge_grace(frame["room_id"], loop.time())
        if absent.socket is None or not absent.is_welcome:
            return
        node = absent.socket.node
        if absent.welcome_at < loop.time() - 1.5 and node.wires.frozen_until < loop.time() - 6:
            self.violation("a call ended although its people were there", f"{absent.user} {frame['room_id']}")

    def _judge_grace(self, room: str, now: float) -> None:
        """Check that a grace did not end soon after PostgreSQL was away from its owner, which let no one in."""
        for node in self.nodes:
            if node.name == self.stores.owners.get(RoomId(room)) and node.wires.frozen_until < now - 6:
                for began, ended in (*self.outages[""], *self.outages[node.name]):
                    if ended - began > LONG_S and ended < now < ended + WHOLE_S:
                        self.violation("a grace ended after an outage", f"{room} of {node.name}, {ended:.3f}")

    async def run(self) -> None:
        loop = asyncio.get_running_loop()
        for client in self.clients.values():
            loop.call_later(self.random.uniform(0, 2), client.connect)
            loop.call_later(2, client.act)
        faults = asyncio.ensure_future(self._break_things())
        await asyncio.sleep(self.faults_s)
        for client in list(self.clients.values())[::QUITS]:
            client.quit()
        await asyncio.sleep(QUIET_S)
        faults.cancel()
        at_first = set(self._faults_at_end())
        # Pairing never stops: what is seen only once was a commit, or an event, on its way.
        await asyncio.sleep(MOMENT_S)
        for kind, text in self._faults_at_end():
            if (kind, text) in at_first:
                self.violation(kind, text)

    async def _break_things(self) -> None:
        loop, random = asyncio.get_running_loop(), self.random
        await asyncio.sleep(4)
        while self.faults and loop.time() < self.faults_s:
            fault = random.choice(self.faults)
            self.stats[f"fault {fault.__name__}"] += 1
            fault(self, random.choice([node for node in self.nodes if node.is_alive]))
            if random.random() > TOGETHER:
                await asyncio.sleep(random.uniform(0.7, 5))

    def replace(self, ended: Node) -> None:
        """Start a process in the place of one that has ended."""
        self.nodes[self.nodes.index(ended)] = self.birth(ended.name.partition(".")[0])

    def keep(self, work: Coroutine[Any, Any, None]) -> None:
        """Run *work*, which belongs to this run."""
        self._tasks.append(asyncio.ensure_future(work))

    def _faults_at_end(self) -> Iterator[tuple[str, str]]:
        alive = [node for node in self.nodes if node.is_alive]
        repository = self.stores.repository
        for user, client in self.clients.items():
            if client.has_quit:
                continue
            owners = [node for node in alive if node.matchmaker.context.store.cached_state(user) is not None]
            names = [node.name for node in owners]
            if client.socket is None or not client.is_welcome:
                yield "client not served at the end", f"{user} owners {names}"
                continue
            if len(owners) != 1:
                yield "owners at the end", f"{user} {names} client at {client.socket.node.name}"
                continue
            state = owners[0].matchmaker.context.store.cached_state(user)
            assert state is not None
            if state.room != repository.seats.get(user):
                yield "owner and PostgreSQL disagree", f"{user} {state.room} {repository.seats.get(user)}"
            if client.room != repository.seats.get(user):
                yield "client and PostgreSQL disagree", f"{user} {client.room} {repository.seats.get(user)}"
            entry = self.stores.directory.entries.get(user)
            if entry is None or entry.node != names[0]:
                yield "directory does not name the owner", f"{user} {names} {entry}"
        yield from self._faults_of_queue(alive)
        yield from self._faults_of_users_who_quit(alive)
        yield from self._faults_of_presence()

    def _faults_of_users_who_quit(self, alive: list[Node]) -> Iterator[tuple[str, str]]:
        for user, client in self.clients.items():
            for node in alive:
                state = node.matchmaker.context.store.cached_state(user)
                if client.has_quit and state is not None and state.connected:
                    yield "connected at the end", f"{user} at {node.name}, of {client.socket}"

    def _faults_of_presence(self) -> Iterator[tuple[str, str]]:
        """Each client must see the presence of friends; a change may be missing for 5 s."""
        now = asyncio.get_running_loop().time()
        for user, client in self.clients.items():
            if client.has_quit:
                continue
            for friend in self.friends_of(user):
                seen, there = client.sees.get(friend, "offline"), self.clients[friend]
                truth = {there.presence} if there.moved_at < now - SHOWN_S else {"online", "in_call"}
                if seen not in truth:
                    yield "presence of a friend", f"{user} sees {friend} {seen}, {truth}"

    def _faults_of_queue(self, alive: list[Node]) -> Iterator[tuple[str, str]]:
        waiting = []
        for node in alive:
            now = node.matchmaker.context.clock.now()
            for user in node.matchmaker.context.store.users():
                state = node.matchmaker.context.store.cached_state(user)
                ticket = None if state is None or not state.is_waiting else state.ticket
                if ticket is not None and now - ticket.joined_at > 5_000:
                    waiting.append((node.name, now, ticket))
        for i, (node, now, one) in enumerate(waiting):
            for other_node, other_now, other in waiting[i + 1 :]:
                apart = max(one.avoid.get(other.user, 0) - now, other.avoid.get(one.user, 0) - other_now)
                if apart < -5_000 and one.user != other.user and wants(one, other):
                    yield "two who fit wait", f"{one.user} at {node}, {other.user} at {other_node}"


def report(world: World) -> str:
    served = sorted(world.served_ms)
    lines = [f"{world.steps} steps, {len(world.violations)} violations", str(dict(sorted(world.stats.items())))]
    if served:
        lines.append(f"served again after ms: p50 {served[len(served) // 2]} p99 {served[int(len(served) * 0.99)]}")
    return "\n".join(lines + world.violations[:20])
