"""The measurements of a running server, each in a load process of its own."""

import gc
import time
from collections.abc import Callable
from dataclasses import dataclass

from bench.channels.beside import beside
from bench.channels.friends import friends
from bench.channels.messages import sends
from bench.figures import quantile
from bench.load import Crowd
from bench.servers import Server

QUIET_S, SETTLE_S = 0.5, 15.0
RELAY_CANDIDATES = 100
GRACE_S = 11.0
"""After this time the rooms of earlier clients have ended."""
SINGLY_PER_S = 20.0
"""Rounds per second that seldom overlap: their frames are sent one at a time."""


@dataclass(frozen=True, slots=True)
class Sizes:
    """Sizes of all measurements."""

    runs: int = 5
    clients: int = 1_000
    warm: int = 2_000
    rounds: int = 10_000
    paced_s: float = 6.0
    singly_s: float = 40.0
    relayed: int = 1_000
    active_clients: int = 10_000
    active_rounds: int = 30_000
    idle_clients: int = 10_000
    idle_s: float = 20.0
    messages: int = 40_000
    friends: int = 2_000
    archive: tuple[int, ...] = (100_000, 300_000)
    waiting: tuple[int, ...] = (1_000, 10_000, 100_000)

    @property
    def people(self) -> int:
        """The number of different users needed."""
        return max(2 * self.clients, self.active_clients, self.idle_clients)


class Meter:
    """CPU and commits between two moments."""

    def __init__(self, server: Server) -> None:
        self._server = server
        self._commits = server.database.commits() if server.database else 0
        self._cpu = server.cpu_s()
        self._redis_cpu = server.redis_cpu_s()
        self._database_cpu = server.database.cpu_s() if server.database else 0.0

    def stop(self, per: float) -> dict[str, float]:
        """Return the cost since the start, divided by *per*."""
        spent = {"cpu_s": (self._server.cpu_s() - self._cpu) / per}
        if self._server.redis:
            spent["redis_cpu_s"] = (self._server.redis_cpu_s() - self._redis_cpu) / per
        if self._server.database:
            spent["database_cpu_s"] = (self._server.database.cpu_s() - self._database_cpu) / per
            # Its backends report statistics once a second at most.
            time.sleep(1.1)
            spent["commits"] = (self._server.database.commits() - self._commits) / per
        return spent


def rounds(server: Server, sizes: Sizes) -> dict[str, float]:
    """Run complete rounds at full speed, then at half that rate; then as many commits by pgbench."""
    crowd = Crowd(server.dialect, server.ports)
    crowd.connect(server.tokens[: sizes.clients])
    crowd.start()
    crowd.play(sizes.warm)
    busy = time.process_time()
    meter = Meter(server)
    tally = crowd.play(sizes.rounds)
    figures = {"load_share": (time.process_time() - busy) / tally.seconds, **meter.stop(per=tally.rounds)}
    figures["rounds_per_s"] = rate = tally.rounds / tally.seconds
    if len(server.ports) > 1:
        figures["across_share"] = tally.across / tally.rooms
    # The rooms of the full-speed run end first, as they would distort half load.
    crowd.play(sizes.clients // 2, rate=rate / 2)
    meter = Meter(server)
    tally = crowd.play(int(sizes.paced_s * rate / 2), rate=rate / 2)
    spent = meter.stop(per=tally.rounds)
    figures["half_load_cpu_share"] = spent["cpu_s"] * tally.rounds / tally.seconds
    if server.database:
        figures["half_load_database_cpu_s"] = spent["database_cpu_s"]
    for name, samples in (("relay", tally.relay), ("pairing", tally.pairing)):
        figures |= {f"{name}_p50_s": quantile(samples, 0.5), f"{name}_p99_s": quantile(samples, 0.99)}
    crowd.close()
    if server.database:
        figures |= server.database.pgbench(max(1_000, int(figures["commits"] * sizes.rounds)))
    return figures


def relay(server: Server, sizes: Sizes) -> dict[str, float]:
    """Run few rounds with many candidates: the cost of relaying a frame dominates."""
    crowd = Crowd(server.dialect, server.ports, candidates=RELAY_CANDIDATES)
    crowd.connect(server.tokens[: sizes.clients])
    crowd.start()
    crowd.play(sizes.clients // 2)
    meter = Meter(server)
    tally = crowd.play(sizes.relayed)
    crowd.close()
    return {"frame_cpu_s": meter.stop(per=tally.rounds * 2 * (RELAY_CANDIDATES + 1))["cpu_s"]}


def across(server: Server, sizes: Sizes) -> dict[str, float]:
    """Run rounds all of whose rooms are across two nodes, and rounds none of whose rooms is."""
    one, other = server.ports[:2]
    figures: dict[str, float] = {}
    halves = server.tokens[: sizes.clients], server.tokens[sizes.clients : 2 * sizes.clients]
    ways = ("across", (one, other)), ("local", (one, one, other, other))
    for tokens, (name, ports) in zip(halves, ways, strict=True):
        crowd = Crowd(server.dialect, ports, joins=server.dialect.joins_of_couples)
        crowd.connect(tokens)
        crowd.start()
        crowd.play(sizes.warm)
        meter = Meter(server)
        tally = crowd.play(sizes.rounds)
        figures[f"{name}_cpu_s"] = meter.stop(per=tally.rounds)["cpu_s"]
        rate = tally.rounds / tally.seconds / 2
        crowd.play(sizes.clients // 2, rate=rate)
        tally = crowd.play(int(sizes.paced_s * rate), rate=rate)
        for kind, samples in (("relay", tally.relay), ("pairing", tally.pairing)):
            figures |= {f"{name}_{kind}_{p}_s": quantile(samples, share) for p, share in (("p50", 0.5), ("p99", 0.99))}
        figures |= {f"{name}_singly_{kind}": value for kind, value in _singly(server, crowd, sizes.singly_s).items()}
        crowd.close()
        time.sleep(GRACE_S)
    return figures


def _singly(server: Server, crowd: Crowd, seconds: float) -> dict[str, float]:
    """Run rounds whose frames travel one at a time, between two halves of as long a time in which nothing is sent.

    What the idle nodes cost is subtracted, and may be as much as the local rounds: it is taken as exactly as these,
    with the same people in the same rooms.
    """
    crowd.play(SINGLY_PER_S, rate=SINGLY_PER_S)
    idle_s = 0.0
    began = server.fine_cpu_s()
    crowd.idle(seconds / 2)
    idle_s += server.fine_cpu_s() - began
    began = server.fine_cpu_s()
    tally = crowd.play(int(seconds * SINGLY_PER_S), rate=SINGLY_PER_S)
    busy_s = server.fine_cpu_s() - began
    began = server.fine_cpu_s()
    crowd.idle(seconds / 2)
    idle_s += server.fine_cpu_s() - began
    rest = idle_s / seconds
    return {
        "cpu_s": (busy_s - rest * tally.seconds) / tally.rounds,
        "idle_cpu_share": rest,
        "rooms_across": tally.across / tally.rooms,
    }


def active(server: Server, sizes: Sizes) -> dict[str, float]:
    """Run complete rounds with ten times as many users: the cost of cache misses."""
    crowd = Crowd(server.dialect, server.ports)
    crowd.connect(server.tokens[: sizes.active_clients])
    crowd.start()
    crowd.play(sizes.active_clients // 2)
    meter = Meter(server)
    tally = crowd.play(sizes.active_rounds)
    crowd.close()
    return {"active_cpu_s": meter.stop(per=tally.rounds)["cpu_s"]}


def idle(server: Server, sizes: Sizes) -> dict[str, float]:
    """Connect many, keep them idle, then reconnect them all: memory, idle CPU, and the cost of a connection."""
    tokens = server.tokens[: sizes.idle_clients]
    gc.freeze()
    empty, redis_empty = server.rss_bytes(), server.redis_bytes()
    meter = Meter(server)
    crowd = Crowd(server.dialect, server.ports, joins=[server.dialect.join_to_wait])
    crowd.connect(tokens)
    figures = {"first_connect_cpu_s": meter.stop(per=len(tokens))["cpu_s"]}
    _settle(server)
    meter = Meter(server)
    began = time.perf_counter()
    crowd.idle(sizes.idle_s)
    figures["idle_cpu_share"] = meter.stop(per=time.perf_counter() - began)["cpu_s"]
    figures["idle_bytes"] = (server.rss_bytes() - empty) / len(tokens)
    if server.redis:
        connected = server.redis_bytes()
        figures["redis_connected_bytes"] = (connected - redis_empty) / len(tokens)
        crowd.start()
        crowd.idle(sizes.idle_s)
        figures["redis_waiting_bytes"] = (server.redis_bytes() - connected) / len(tokens)
    crowd.close()
    _settle(server)
    crowd = Crowd(server.dialect, server.ports)
    meter = Meter(server)
    crowd.connect(tokens)
    figures["connect_cpu_s"] = meter.stop(per=len(tokens))["cpu_s"]
    crowd.close()
    return figures


def _settle(server: Server) -> None:
    """Wait until the server has nothing left to do."""
    until = time.monotonic() + SETTLE_S
    last = -1.0
    while time.monotonic() < until and (now := server.cpu_s()) > last:
        last = now
        time.sleep(QUIET_S)


SCENARIOS: dict[str, Callable[[Server, Sizes], dict[str, float]]] = {
    "rounds": rounds,
    "relay": relay,
    "idle": idle,
    "active": active,
    "sends": sends,
    "friends": friends,
    "beside": beside,
    "across": across,
}
