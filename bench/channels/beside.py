"""The scenario `beside`: calls at half load, without and with 2,000 channel messages a second on the same node.

One process on one core is the load of both, so that neither waits for the other's turn on it. Calls, messages, and both
are measured in turn, several times, so that a drift of the machine meets all three alike.
"""

import asyncio
import os
from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass, field
from time import perf_counter
from typing import Any

from bench import process
from bench.channels.messages import BODY, PAIRS, seats
from bench.dialect import Dialect
from bench.figures import quantile
from bench.load import Broken, Client, Crowd, OnTurn, Tally
from bench.servers import Server

RATE = 2_000.0
CLIENTS = 1_000
"""Of a hundred, most would have met each other before the end, and a pairing would wait for the next to come."""
TURNS = 4
"""How many times calls, messages and both are measured."""


class Messenger(Dialect):
    """Rondo's own protocol, of a client that shows messages."""

    def hello(self, token: str) -> bytes:
        """Ask for the events of channels."""
        return self._say("hello", {"token": token, "features": ["channels"]})

    def message(self, channel: str, client_id: str) -> bytes:
        """Return the next message."""
        return self._say("channel.send", {"id": client_id, "channel_id": channel, "client_id": client_id, "body": BODY})


class Writers(Crowd):
    """Users of DMs, each with at most one unanswered message."""

    def __init__(self, ports: Sequence[int], places: Sequence[tuple[str, str]]) -> None:
        self._messenger = Messenger()
        super().__init__(self._messenger, ports)
        self._channels = dict(places)
        self._free: deque[Client] = deque()
        self._due = 0.0
        self.sent = 0
        self.answered: list[float] = []
        """Seconds from each message to its reply."""

    def begin(self) -> None:
        """Be due to send from now on."""
        self._due = perf_counter()

    def send(self, now: float) -> None:
        """Send what is due at *now*, and read; a message for which no user is free is sent later."""
        while self._due <= now and self._free:
            client = self._free.popleft()
            self.sent += 1
            client.joined_at = now
            client.send(self._messenger.message(self._channels[client.token], f"{os.getpid()}-{self.sent}"))
            self._due += 1 / RATE
        self.read(now)

    def read(self, now: float) -> None:
        """Read all received data."""
        del now
        self._turn(0.0)

    def _hear(self, client: Client, data: bytes, begin: int, end: int) -> None:
        if data.startswith(b'{"type":"reply"', begin):
            self.answered.append(perf_counter() - client.joined_at)
            self._free.append(client)
        elif data.startswith(b'{"type":"welcome"', begin):
            self._ready += 1
            self._free.append(client)
        elif data.startswith(b'{"type":"error"', begin):
            raise Broken(data[begin:end].decode())


@dataclass(slots=True)
class Stretch:
    """The costs and latencies of several turns of one case."""

    seconds: float = 0.0
    cpu_s: float = 0.0
    database_cpu_s: float = 0.0
    rounds: int = 0
    messages: int = 0
    relay: list[float] = field(default_factory=list)
    pairing: list[float] = field(default_factory=list)
    sends: list[float] = field(default_factory=list)
    lag: list[float] = field(default_factory=list)


def beside(server: Server, sizes: Any) -> dict[str, float]:
    """Return the cost and latency of calls in both cases, with the database on the server's core and off it."""
    assert server.database is not None
    clients = min(CLIENTS, len(server.tokens) - 2 * PAIRS)
    crowd = Crowd(server.dialect, server.ports)
    crowd.connect(server.tokens[:clients])
    places = asyncio.run(seats(server, server.tokens[clients : clients + 2 * PAIRS], 2))
    writers = Writers(server.ports, places)
    writers.connect(token for token, _ in places)
    crowd.start()
    crowd.play(sizes.warm)
    tally = crowd.play(sizes.rounds)
    rate = tally.rounds / tally.seconds / 2
    figures = {"beside_rounds_per_s": rate}
    for name, core in (("", process.SERVER_CORE), ("apart_", process.DATABASE_CORE)):
        server.database.pin(core)
        crowd.play(clients // 2, rate=rate)
        writers.begin()
        _run(crowd, sizes.paced_s / 5, 0.0, writers.send)
        server.database.analyze()
        calls, messages, both = (Stretch() for _ in range(3))
        for _ in range(TURNS):
            for stretch in (calls, messages, both):
                _measure(server, stretch, crowd, writers, rate=rate if stretch is not messages else 0.0,
                    sends=stretch is not calls, seconds=sizes.paced_s)  # fmt: skip
        figures |= {f"beside_{name}{key}": value for key, value in _figures(calls, messages, both).items()}
    crowd.close()
    writers.close()
    return figures


def _measure(
    server: Server, stretch: Stretch, crowd: Crowd, writers: Writers, *, rate: float, sends: bool, seconds: float
) -> None:
    """Add a turn of *seconds*, with calls at *rate* and with or without messages."""
    assert server.database is not None
    turn = writers.send if sends else writers.read
    writers.begin()
    # What the case before has left under way is not counted.
    _run(crowd, seconds / 5, rate, turn)
    writers.answered = stretch.sends
    cpu, database_cpu, sent = server.cpu_s(), server.database.cpu_s(), writers.sent
    tally = _run(crowd, seconds, rate, turn)
    writers.answered = []
    stretch.cpu_s += server.cpu_s() - cpu
    stretch.database_cpu_s += server.database.cpu_s() - database_cpu
    stretch.messages += writers.sent - sent
    stretch.seconds += tally.seconds
    stretch.rounds += tally.rounds
    stretch.relay += tally.relay
    stretch.pairing += tally.pairing
    stretch.lag += tally.lag


def _run(crowd: Crowd, seconds: float, rate: float, turn: OnTurn) -> Tally:
    if rate:
        return crowd.play(int(seconds * rate), rate=rate, on_turn=turn)
    crowd.idle(seconds, on_turn=turn)
    return Tally(seconds=seconds)


def _figures(calls: Stretch, messages: Stretch, both: Stretch) -> dict[str, float]:
    """Return what calls cost beside messages, of without.

    What as many messages cost alone is subtracted from the CPU of both.
    """
    message_cpu_s = messages.cpu_s / messages.messages
    round_cpu_s = calls.cpu_s / calls.rounds
    beside_cpu_s = (both.cpu_s - message_cpu_s * both.messages) / both.rounds
    figures = {
        "rounds_share": round_cpu_s / beside_cpu_s,
        "messages_per_s": both.messages / both.seconds,
        "rounds_kept": both.rounds / both.seconds / (calls.rounds / calls.seconds),
        "message_cpu_s": message_cpu_s,
        "message_database_cpu_s": messages.database_cpu_s / messages.messages,
    }
    for name, stretch in (("calls", calls), ("messages", messages), ("both", both)):
        figures[f"cpu_share_{name}"] = stretch.cpu_s / stretch.seconds
        figures[f"database_share_{name}"] = stretch.database_cpu_s / stretch.seconds
        for kind in ("relay", "pairing", "sends", "lag"):
            samples = getattr(stretch, kind)
            figures |= {
                f"{kind}_{p}_s_{name}": quantile(samples, share)
                for p, share in (("p50", 0.5), ("p99", 0.99))
                if samples
            }
    return figures
