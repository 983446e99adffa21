"""Prometheus metrics: histograms of observations, and counters that are read at the scrape."""

import asyncio
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import suppress
from types import MappingProxyType
from typing import Protocol, get_args

from prometheus_client import CollectorRegistry, ProcessCollector, disable_created_metrics, generate_latest
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, Metric
from prometheus_client.registry import Collector

from matchmaker.domain.errors import Unavailable
from matchmaker.domain.ticket import Mode
from matchmaker.matchmaker import Matchmaker
from matchmaker.services.state_store import StateStore
from server.accounts.sign_up_gate import Outcome
from server.config.version import VERSION, commit
from server.observability.clock_watch import ClockWatch
from server.observability.histogram import Buckets, Histogram
from server.runtime import logs
from server.runtime.descriptors import DescriptorWatch
from signaling.routing.stats import BUFFERS, SocketStats
from signaling.transport.aiohttp_fast_socket import fallback_reason

FAST = (0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 1.0)
WAITS = (0.01, 0.1, 1.0, 5.0, 15.0, 60.0, 300.0, 1800.0)
SIZES = (1, 2, 5, 10, 20, 50, 100, 200, 500)
SAMPLE_S = 0.5
"""Interval at which the lag of the event loop is measured: one timer, whatever the number of users."""

ALARMING = MappingProxyType(
    {
        "rondo_pairs": ("video", "text"),
        "rondo_rooms_opened": ("video", "text"),
        "rondo_resumes": ("resumed", "fresh"),
        "rondo_errors": ("unavailable",),
        "rondo_rooms_ended": ("connect_failed", "grace_expired"),
        "rondo_closes": ("4008",),
        "rondo_buffer_shed": BUFFERS,
        "rondo_tcp_refused": ("address", "process"),
        "rondo_emails": ("failed",),
    }
)
"""Series that alerts depend on, exported as 0 from the start: a counter that first appears as 1 shows no increase."""

ROOMS = (("text", "live"), ("text", "grace"), ("video", "connecting"), ("video", "live"), ("video", "grace"))
"""Every kind of open room, so that 0 is exported instead of a missing series."""

# The creation time of a series is not used, and would be a third of all lines.
disable_created_metrics()  # type: ignore[no-untyped-call]


class Metrics:
    """All metrics of the process. Labels are few: a scrape of 300 series blocks the event loop for 7 ms."""

    def __init__(self) -> None:
        self.registry = CollectorRegistry()
        ProcessCollector(registry=self.registry)
        self.requests: Counter[tuple[str, int]] = Counter()
        """Requests by route and status."""
        self.decisions: Counter[str] = Counter()
        """Reports and their effects."""
        self.emails: Counter[str] = Counter({"sent": 0, "cancelled": 0, "failed": 0, "retried": 0})
        """Results of e-mails of the outbox."""
        self.gate_outcomes: Counter[str] = Counter(dict.fromkeys(get_args(Outcome), 0))
        """Sign-ups that needed to pass the gate, by result."""
        self.faults = 0
        """Unexpected exceptions: in requests, frames, deadlines."""
        self._request_s = self._series("http_request_seconds", "Time to answer a request", FAST)
        self._pair_s = self._series("time_to_pair_seconds", "Time from joining the queue to being paired", WAITS)
        self._late_s = self._series("deadline_late_seconds", "Delay between a deadline and its processing", FAST)
        self._lag_s = self._series("loop_lag_seconds", "Delay of timers of the event loop", FAST)
        self._commit_s = self._histogram("commit_seconds", "Duration of a group commit", FAST, "line")
        self._commit_items = self._histogram("commit_items", "Operations per group commit", SIZES, "line")

    def request(self, route: str, status: int, seconds: float) -> None:
        """Count an answered request."""
        self.requests[route, status] += 1
        self._request_s.observe(seconds)

    def commit(self, line: str, size: int, seconds: float) -> None:
        """Count a group commit."""
        self._commit_s.series(line).observe(seconds)
        self._commit_items.series(line).observe(size)

    def wait(self, ms: int) -> None:
        """Observe how long a user waited until the queue paired them."""
        self._pair_s.observe(ms / 1_000)

    def late(self, ms: int) -> None:
        """Observe the delay of a deadline's processing."""
        self._late_s.observe(ms / 1_000)

    async def sample_lag(self) -> None:
        """Measure the lag of the event loop periodically; runs until cancelled."""
        loop = asyncio.get_running_loop()
        while True:
            due = loop.time() + SAMPLE_S
            await asyncio.sleep(SAMPLE_S)
            self._lag_s.observe(max(0.0, loop.time() - due))

    def _histogram(self, name: str, text: str, buckets: Sequence[float], *labels: str) -> Histogram:
        return Histogram(f"rondo_{name}", text, buckets, *labels, registry=self.registry)

    def _series(self, name: str, text: str, buckets: Sequence[float]) -> Buckets:
        return self._histogram(name, text, buckets).series("")


class ConnectionCounts(Protocol):
    """Counters of TCP connections."""

    open: int
    refused: Counter[str]
    timed_out: Counter[str]
    descriptors: DescriptorWatch


class PrometheusCollector(Collector):
    """Collects the counters of other components at each scrape."""

    def __init__(
        self,
        metrics: Metrics,
        matchmaker: Matchmaker,
        sockets: SocketStats,
        store: StateStore,
        *,
        connections: ConnectionCounts,
        readiness: Callable[[], tuple[bool, str]],
        clock: ClockWatch,
    ) -> None:
        self._metrics = metrics
        self._matchmaker = matchmaker
        self._sockets = sockets
        self._store = store
        self._connections = connections
        self._readiness = readiness
        self._clock = clock
        self._depth: Mapping[Mode, int] = {}
        metrics.registry.register(self)

    async def text(self) -> bytes:
        """Return all metrics in Prometheus' text format."""
        with suppress(Unavailable):  # without Redis the queue length is unknown; all other metrics are still served
            self._depth = {}
            self._depth = self._store.depth()
        return generate_latest(self._metrics.registry)

    def collect(self) -> Iterator[Metric]:
        """Yield each family."""
        sockets, stats = self._sockets, self._matchmaker.stats
        socket = "fast" if fallback_reason() is None else "public"
        names = ("version", "commit", "socket")
        yield _gauge(
            "rondo_info",
            "Always 1; version and commit of the running code; socket=public: aiohttp is not a tested version",
            names,
            {(VERSION, commit(), socket): 1},
        )
        is_ready, reason = self._readiness()
        ready = GaugeMetricFamily("rondo_ready", "Whether the node is ready for users, as /readyz", labels=("reason",))
        ready.add_metric((reason,), int(is_ready))
        yield ready
        yield CounterMetricFamily(
            "rondo_clock_steps", "Steps of the system clock of more than a second", self._clock.steps
        )
        yield CounterMetricFamily("rondo_log_lines_lost", "Log lines that could not be written", logs.lines_lost())
        yield GaugeMetricFamily("rondo_connections", "Open sockets", sockets.connections)
        yield GaugeMetricFamily("rondo_people", "Connected users whose hello was accepted", sockets.sessions)
        yield CounterMetricFamily("rondo_connections_accepted", "Sockets opened", sockets.accepted)
        yield _gauge(
            "rondo_queue_depth", "Users in the queue", ("mode",), {(mode,): n for mode, n in self._depth.items()}
        )
        rooms: Counter[tuple[str, ...]] = Counter(dict.fromkeys(ROOMS, 0))
        rooms.update((room.mode, room.status) for room in self._matchmaker.rooms.all())
        yield _gauge("rondo_rooms", "Open rooms", ("mode", "status"), rooms)
        yield _counter("rondo_pairs", "Pairings by the queue", "mode", stats.pairs, ALARMING)
        yield _counter("rondo_invites", "Invites that ended", "outcome", stats.invites)
        yield _counter("rondo_rooms_opened", "Rooms opened", "mode", stats.rooms_opened, ALARMING)
        yield _counter("rondo_rooms_ended", "Rooms ended", "reason", stats.rooms_ended, ALARMING)
        yield _counter("rondo_resumes", "Hellos that asked to resume a session", "outcome", sockets.resumes, ALARMING)
        yield _counter("rondo_frames_in", "Frames understood", "type", sockets.frames_in)
        yield _counter("rondo_frames_out", "Frames sent", "type", sockets.frames_out)
        yield _counter("rondo_errors", "Error frames sent", "code", sockets.errors, ALARMING)
        yield _counter("rondo_closes", "Sockets that were closed", "code", sockets.closes, ALARMING)
        yield CounterMetricFamily(
            "rondo_clients_silent", "Sockets closed because of a missing heartbeat", sockets.silent
        )
        waiting: dict[tuple[str, ...], int] = {(kind,): size for kind, size in sockets.buffered.items()}
        yield _gauge("rondo_buffer_bytes", "Bytes buffered for slow or disconnected readers", ("kind",), waiting)
        yield _counter(
            "rondo_buffer_shed", "Buffers dropped because of the memory limit", "kind", sockets.shed, ALARMING
        )
        yield CounterMetricFamily("rondo_signals_held", "Signals that were buffered for a peer", sockets.signals_held)
        yield CounterMetricFamily("rondo_signals_dropped", "Signals never delivered", sockets.signals_dropped)
        yield CounterMetricFamily("rondo_faults", "Unexpected errors", self._metrics.faults)
        tcp = self._connections
        yield GaugeMetricFamily(
            "rondo_tcp_connections", "TCP connections of all listeners, including WebSockets", tcp.open
        )
        yield _counter("rondo_tcp_refused", "TCP connections refused", "reason", tcp.refused, ALARMING)
        yield CounterMetricFamily(
            "rondo_descriptors_exhausted", "Seconds in which no file descriptor was free", tcp.descriptors.exhausted
        )
        yield _counter("rondo_http_timeouts", "HTTP connections closed by a timeout", "state", tcp.timed_out)
        yield _counter(
            "rondo_signup_gate", "Sign-ups that needed to pass the gate", "outcome", self._metrics.gate_outcomes
        )
        yield _counter("rondo_decisions", "Reports, bans and lifts", "kind", self._metrics.decisions)
        yield _counter(
            "rondo_emails", "E-mails of the outbox that were sent or dropped", "outcome", self._metrics.emails, ALARMING
        )
        requests = CounterMetricFamily("rondo_http_requests", "Requests answered", labels=("route", "status"))
        for (route, status), count in self._metrics.requests.items():
            requests.add_metric((route, str(status)), count)
        yield requests


def _counter(
    name: str,
    text: str,
    label: str,
    counts: Mapping[str, int],
    alarming: Mapping[str, Sequence[str]] = MappingProxyType({}),
) -> Metric:
    family = CounterMetricFamily(name, text, labels=(label,))
    shown = dict.fromkeys(alarming.get(name, ()), 0) | dict(counts)
    for value, count in shown.items():
        family.add_metric((value,), count)
    return family


def _gauge(name: str, text: str, labels: Sequence[str], values: Mapping[tuple[str, ...], int]) -> Metric:
    family = GaugeMetricFamily(name, text, labels=labels)
    for key, value in values.items():
        family.add_metric(key, value)
    return family
