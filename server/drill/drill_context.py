"""One run of a drill: the service, the clients, the measurements, and the required lines."""

import asyncio
import random
import time
from collections.abc import Awaitable, Callable, Mapping, Sequence
from typing import Protocol

import msgspec

from server.drill.clients.client_log import ClientLog, wall_ms
from server.drill.clients.client_pool import ClientPool
from server.drill.clients.scripted_client import ScriptedClient
from server.drill.judgement.evidence import DrillEvidence, Restart, ServiceTimings
from server.drill.judgement.verdict import Distribution, VerdictLine, spread
from server.drill.servers.fleet import ServerFleet
from server.drill.servers.host import Host
from server.drill.servers.link import NetworkLink
from server.drill.servers.load import LoadMeter
from server.drill.servers.remote import Remote
from server.postgres import Postgres


class ProgressReporter(Protocol):
    """Reports progress."""

    def say(self, text: str) -> None:
        """Print a line."""
        ...

    def count(self, what: str, done: int, of: int) -> None:
        """Show the progress of *what*."""
        ...


class Options(msgspec.Struct, frozen=True, kw_only=True):
    """The options of a drill."""

    rooms: int
    nodes: int = 1
    """Number of servers to start, with one database and, if there are several, one Redis."""
    seed: int = 0
    again: int = 0
    """Number of repetitions of the fault; 0: the default of the drill."""
    minutes: float = 1.0
    calls: int = 5
    """Rooms of real WebRTC peers."""
    brief: bool = False
    """The short form, for the test suite."""
    one_address: bool = False
    """Rate limits are on, and all clients connect from one address."""


class TimelineMark(msgspec.Struct, frozen=True):
    """An event that affects all: a vertical line in the charts."""

    at: float
    text: str


class DrillContext:
    """The tools of a drill.

    A drill calls `mark` at its events, `measure` with measurements and `require` with conditions; the clients that
    `clients` has signed up are judged by all invariants when it returns.
    """

    def __init__(
        self,
        options: Options,
        service: Host | ServerFleet | Remote,
        clients: ClientPool,
        progress: ProgressReporter,
        windows: ServiceTimings,
        *,
        dsn: str | None = None,
        postgres: Postgres | None = None,
        link: NetworkLink | str = "this drill has none",
    ) -> None:
        self.options = options
        self.rng = random.Random(options.seed)
        self.service = service
        self.clients = clients
        self.windows = windows
        self.dsn = dsn
        """The database, for direct queries; None: it is not the drill's."""
        self.say = progress.say
        self.count = progress.count
        self.load = LoadMeter()
        self.began = time.monotonic()
        self.marks: list[TimelineMark] = []
        self.restarts: list[Restart] = []
        self.lines: list[VerdictLine] = []
        self.figures: dict[str, Distribution] = {}
        self.counts: dict[str, float] = {}
        self.frames: dict[str, list[float]] = {}
        """By real peer: when each frame was decoded (monotonic)."""
        self.series: dict[str, list[tuple[float, float]]] = {}
        """By name: a quantity over time, for the charts (memory in a soak)."""
        self.samples: dict[str, list[float]] = {}
        """By name: the values given to `measure`, for the charts."""
        self.hosts: list[Host] = [] if isinstance(service, Remote) else list(service.nodes)
        """Every server that was started, the newest last."""
        self.logs: list[ClientLog] = []
        """Logs of users in other processes: the real calls."""
        self.link = link
        """The only network of the first node; or why there is none."""
        self.postgres = postgres
        """The database that the drill runs; None: the server runs it, or it belongs to a running service."""

    @property
    def nodes(self) -> list[Host]:
        """The servers of ours, each in its place.

        Raises:
            AssertionError: the service was not started by the drill.
        """
        assert not isinstance(self.service, Remote)
        return self.service.nodes

    @property
    def fleet(self) -> ServerFleet:
        """The nodes, and the proxies between them.

        Raises:
            AssertionError: it is one server, or not started by the drill.
        """
        assert isinstance(self.service, ServerFleet)
        return self.service

    def node_of(self, person: ScriptedClient) -> int:
        """Return the number of the node of *person*'s last socket."""
        return next(number for number, base in enumerate(self.clients.bases) if person.url.startswith(base + "/"))

    async def succeed(self, place: int = 0) -> tuple[Host, Host]:
        """Start a server beside a running one, on the same port and database; return the old and the new one."""
        old = self.nodes[place]
        new = old.beside()
        self.hosts.append(new)
        self.mark("a new process starts")
        await new.start()
        self.mark("both serve")
        if isinstance(self.service, ServerFleet):
            self.service.nodes[place] = new
        else:
            self.service = new
        return old, new

    def mark(self, text: str) -> float:
        """Record and print an event that affects all; return its time."""
        at = time.monotonic()
        self.marks.append(TimelineMark(at, text))
        self.say(text)
        return at

    def measure(self, name: str, values: Sequence[float]) -> Distribution:
        """Record the distribution of a quantity, in seconds unless its name has another unit."""
        self.samples[name] = list(values)
        self.figures[name] = spread(values)
        return self.figures[name]

    def tally(self, name: str, value: float) -> None:
        """Record a single figure."""
        self.counts[name] = value

    def require(self, *lines: VerdictLine, since: float | None = None) -> None:
        """Add these lines to the verdict; each has the foreign load since *since*, or the first mark."""
        if since is None:
            since = self.marks[0].at if self.marks else self.began
        load = round(self.load.foreign_cores(since), 2)
        self.lines += [msgspec.structs.replace(line, load=load) for line in lines]

    async def restart(
        self,
        *,
        while_down: Callable[[], Awaitable[None]] | None = None,
        interrupt_after_s: float | None = None,
        place: int | None = None,
    ) -> Restart:
        """Kill the service, or only the node at *place*, call *while_down*, and start it again; return the times.

        *interrupt_after_s*: the start is killed after this time, and repeated.
        """
        struck = self.service if place is None else self.nodes[place]
        lost_at = self.mark("SIGKILL" if place is None else f"SIGKILL of {node_name(place)}")
        await struck.kill()
        if while_down is not None:
            await while_down()
        if interrupt_after_s is not None and not isinstance(struck, Remote):
            struck.launch()
            await asyncio.sleep(interrupt_after_s)
            self.mark("SIGKILL during the start")
            await struck.kill()
        await struck.start()
        restart = Restart(
            lost_at=lost_at,
            started_at=struck.started_at,
            ready_at=struck.listens_at,
            # While other nodes serve, users can reconnect immediately.
            back_at=struck.listens_at if place is None else lost_at,
            processor_s=0.0 if isinstance(struck, Remote) else struck.processor_s,
        )
        self.marks.append(TimelineMark(restart.ready_at, "ready"))
        self.say(f"ready {restart.ready_at - restart.started_at:.2f} s after its start")
        self.restarts.append(restart)
        return restart

    def resumed_after(
        self, people: Sequence[ScriptedClient], rooms: Mapping[str, str], restart: Restart
    ) -> list[float]:
        """Return how long after the service was back each of *people* was welcomed into their former room.

        *rooms*: by user, the former room. A user who is missing was not.
        """
        found: list[float] = []
        for person in people:
            for entry in person.log.entries:
                if entry.at > restart.lost_at and entry.kind == "heard" and entry.type == "welcome":
                    room = entry.frame["state"]["room"]
                    if room is not None and room["room_id"] == rooms[person.user_id]:
                        found.append(max(0.0, entry.at - restart.back_at))
                        break
        return found

    async def wait_until(self, at: float) -> None:
        """Wait until an instant of the monotonic clock."""
        await asyncio.sleep(max(0.0, at - time.monotonic()))

    def now_ms(self) -> int:
        """Return the instant in Unix milliseconds."""
        return wall_ms(time.monotonic())

    def evidence(self, ended_at: float) -> DrillEvidence:
        """Return the evidence to be judged, without the database."""
        return DrillEvidence(
            logs=[person.log for person in self.clients.people],
            windows=self.windows,
            ended_at=ended_at,
        )


def node_name(place: int) -> str:
    """Return the name of a node in the report."""
    return f"node {chr(ord('A') + place)}"


class Drill(msgspec.Struct, frozen=True, kw_only=True):
    """A drill: its name, function and requirements."""

    name: str
    summary: str
    run: Callable[[DrillContext], Awaitable[None]]
    rooms: int = 200
    """Default number of rooms."""
    brief_rooms: int = 10
    """Rooms in the short form."""
    settings: Mapping[str, str] = {}
    """The environment of the server."""
    brief_settings: Mapping[str, str] = {}
    """Settings of the short form."""
    nodes: int = 1
    """Default and minimum number of nodes."""
    can_part: bool = False
    """It cuts nodes off from other components."""
    has_link: bool = False
    """Its first node has a network of its own, which can be cut, where the system permits it."""
    embedded: bool = False
    """The server runs the database, which is killed with it; else the drill runs one, which survives."""
    remote: bool = True
    """It can be run on a running service."""
