"""The load: many clients in one epoll loop, running rounds at full speed or at a given rate.

A round: two users are paired, exchange offer and answer, then eight candidates each way, every one sent when the
previous one has arrived; the offerer leaves with next, which queues it again, and the other one joins again.
"""

import gc
import itertools
import select
import socket
from collections import deque
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from time import perf_counter

from bench import wire
from bench.dialect import CANDIDATES, Dialect

PATIENCE_S = 20.0
OnTurn = Callable[[float], None]
_source = itertools.count()


def nothing(now: float) -> None:
    """Have nothing else to do."""


class Broken(Exception):
    """The server returned an error, closed a socket or stopped answering: there is no figure to report."""


class Client:
    """One user: a socket, and its position in the round."""

    __slots__ = (
        "heard",
        "join",
        "joined_at",
        "masked_room",
        "offerer",
        "open",
        "port",
        "recv",
        "rest",
        "room",
        "send",
        "sock",
        "token",
    )

    def __init__(self, sock: socket.socket, token: str, port: int, join: bytes) -> None:
        self.sock, self.recv, self.send = sock, sock.recv, sock.send
        self.token = token
        self.port = port
        self.join = join
        self.rest = self.room = self.masked_room = b""
        self.open = self.offerer = False
        self.heard = 0
        self.joined_at = 0.0


@dataclass(slots=True)
class Tally:
    """The results of one run; times in seconds."""

    rounds: int = 0
    seconds: float = 0.0
    rooms: int = 0
    across: int = 0
    """Rooms whose users are on two nodes."""
    relay: list[float] = field(default_factory=list)
    pairing: list[float] = field(default_factory=list)
    lag: list[float] = field(default_factory=list)
    """For each read at a limited rate: how long its data can have waited for this process."""


class Crowd:
    """All clients of one server; *candidates* are sent each way in a round.

    Ports and *joins*, the frames that join the queue, are assigned in turn.
    """

    def __init__(
        self,
        dialect: Dialect,
        ports: Sequence[int],
        *,
        candidates: int = CANDIDATES,
        joins: Sequence[bytes] | None = None,
    ) -> None:
        self._dialect, self._ports, self._candidates = dialect, itertools.cycle(ports), candidates
        self._joins = itertools.cycle(joins or [dialect.join])
        self._epoll = select.epoll()
        self._by_fd: dict[int, Client] = {}
        self._ready = 0
        self._holding: deque[Client] = deque()
        self._sent_at: dict[bytes, float] = {}
        self._begun: dict[bytes, int] = {}
        """Rooms that one user has an event of, and the port of that user."""
        self._tally = Tally()
        # Ports of closed clients stay in TIME_WAIT: the next ones use another loopback address.
        self._address = f"127.0.{next(_source) % 250}.2"
        self._upgrade = wire.upgrade(dialect.path, f"127.0.0.1:{ports[0]}")

    def connect(self, tokens: Iterable[str], *, at_once: int = 64) -> float:
        """Connect one client for each token, up to the welcome; return the seconds it took."""
        began = perf_counter()
        coming = iter(tokens)
        more = True
        while more or self._ready < len(self._by_fd):
            while more and len(self._by_fd) - self._ready < at_once:
                token = next(coming, None)
                if token is None:
                    more = False
                else:
                    self._open(token)
            if self._ready < len(self._by_fd) and not self._turn(PATIENCE_S):
                raise Broken(f"{self._ready} of {len(self._by_fd)} clients were greeted, then silence")
        return perf_counter() - began

    def start(self) -> None:
        """Join the queue with all clients."""
        gc.collect()
        gc.freeze()
        gc.disable()
        for client in self._by_fd.values():
            client.joined_at = perf_counter()
            client.send(client.join)

    def play(self, rounds: int, *, rate: float | None = None, on_turn: OnTurn = nothing) -> Tally:
        """Run until this many more rounds are complete; *rate* limits how many may end per second.

        *on_turn* is called in each turn of the loop, with the time.
        """
        self._tally = tally = Tally()
        began = heard_at = due = now = perf_counter()
        step = 1 / rate if rate else 0.0
        while tally.rounds < rounds:
            last = now
            # At a limited rate, spin: a sleeping load would add its own wake-up time to every latency.
            heard = self._turn(0.0 if rate else 1.0)
            on_turn(perf_counter())
            now = perf_counter()
            if rate:
                tally.lag += [now - last] * heard
            while self._holding and due <= now:
                due += step
                self._leave(self._holding.popleft())
            if not self._holding:
                due = max(due, now)
            if heard:
                heard_at = now
            elif now - heard_at > PATIENCE_S:
                raise Broken(f"silence after {tally.rounds} of {rounds} rounds")
        tally.seconds = perf_counter() - began
        return tally

    def idle(self, seconds: float, *, on_turn: OnTurn | None = None) -> None:
        """Stay connected, send nothing, answer pings; *on_turn* is called in each turn of the loop, with the time."""
        until = perf_counter() + seconds
        while (left := until - (now := perf_counter())) > 0:
            self._turn(0.0 if on_turn else left)
            if on_turn:
                on_turn(now)

    def close(self) -> None:
        """Disconnect all together."""
        for client in self._by_fd.values():
            client.sock.close()
        self._epoll.close()
        self._by_fd.clear()
        gc.enable()

    def _open(self, token: str) -> None:
        sock = socket.socket()
        sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        sock.bind((self._address, 0))
        port = next(self._ports)
        sock.connect(("127.0.0.1", port))
        sock.setblocking(False)
        self._by_fd[sock.fileno()] = Client(sock, token, port, next(self._joins))
        sock.send(self._upgrade)
        self._epoll.register(sock.fileno(), select.EPOLLIN)

    def _turn(self, timeout: float) -> int:
        """Read all received data; return from how many clients."""
        events = self._epoll.poll(timeout)
        for fd, _ in events:
            client = self._by_fd[fd]
            data = client.recv(65536)
            if not data:
                raise Broken(f"the server hung up, last heard: {client.rest!r}")
            if client.rest:
                data = client.rest + data
            at = 0 if client.open else self._greet(client, data)
            size = len(data)
            while at < size:
                begin, end = wire.measure(data, at)
                if not 0 < end <= size:
                    break
                if data[at] == 0x81:
                    self._hear(client, data, begin, end)
                else:
                    self._control(client, data[at] & 0xF, data[begin:end])
                at = end
            client.rest = data[at:]
        return len(events)

    def _greet(self, client: Client, data: bytes) -> int:
        """Read the answer to the upgrade; return where the frames begin."""
        head = data.find(b"\r\n\r\n") + 4
        if head == 3:
            return 0
        if not data.startswith(b"HTTP/1.1 101"):
            raise Broken(f"no upgrade: {data[:300]!r}")
        client.open = True
        if hello := self._dialect.hello(client.token):
            client.send(hello)
        return head

    def _control(self, client: Client, opcode: int, payload: bytes) -> None:
        if opcode == wire.PING:
            client.send(wire.frame(payload, wire.PONG))
        elif opcode == wire.CLOSE:
            raise Broken(f"closed with {int.from_bytes(payload[:2], 'big')} {payload[2:].decode()}")

    def _hear(self, client: Client, data: bytes, begin: int, end: int) -> None:
        dialect = self._dialect
        if not data.startswith(dialect.opening, begin):
            answer, ready = dialect.aside(data[begin:end], client.token)
            self._ready += ready
            if answer:
                client.send(answer)
            return
        at = begin + len(dialect.opening)
        kind = data[at : data.index(b'"', at)]
        if kind == b"signal":
            self._signal(client)
        elif kind == b"room.started":
            self._started(client, data[begin:end])
        elif kind == b"room.ended":
            self._ended(client)
        elif kind == b"welcome":
            self._ready += 1
        elif kind == b"error":
            raise Broken(data[begin:end].decode())

    def _started(self, client: Client, payload: bytes) -> None:
        at = payload.index(b'"room_id":"') + 11
        client.room = payload[at : at + wire.ROOM_BYTES]
        client.masked_room = wire.masked(client.room)
        client.offerer = b'"role":"offerer"' in payload
        client.heard = 0
        begun = self._begun.pop(client.room, None)
        if begun is None:
            self._begun[client.room] = client.port
        else:
            self._tally.rooms += 1
            self._tally.across += begun != client.port
        if client.offerer:
            self._say(client, self._dialect.offer)
        elif client.joined_at:
            self._tally.pairing.append(perf_counter() - client.joined_at)

    def _signal(self, client: Client) -> None:
        self._tally.relay.append(perf_counter() - self._sent_at[client.room])
        heard = client.heard = client.heard + 1
        if client.offerer:
            if heard <= self._candidates:
                self._say(client, self._dialect.candidates[(heard - 1) % CANDIDATES])
            else:
                self._holding.append(client)
        elif heard == 1:
            self._say(client, self._dialect.answer)
        else:
            self._say(client, self._dialect.candidates[(heard - 2) % CANDIDATES])

    def _say(self, client: Client, mould: wire.Mould) -> None:
        frame = mould.cast(client.masked_room)
        self._sent_at[client.room] = perf_counter()
        client.send(frame)

    def _leave(self, client: Client) -> None:
        client.send(self._dialect.next.cast(client.masked_room))

    def _ended(self, client: Client) -> None:
        if client.offerer:
            self._tally.rounds += 1
            self._sent_at.pop(client.room, None)
            client.joined_at = 0.0  # queued again by the server itself: no join to measure from
        else:
            client.joined_at = perf_counter()
            client.send(client.join)
