"""The scenario `sends`: users of DMs and of groups of ten send at full rate, then at half that rate."""

import asyncio
import gc
import hashlib
import json
import time
import uuid
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import asyncpg
import uvloop
from picows import WSFrame, WSListener, WSMsgType, WSTransport, ws_connect

from bench.figures import quantile
from bench.servers import Server

BODY = "It was a pleasure to meet you; shall we talk again tomorrow at nine? " * 2
PAIRS, GROUPS, GROUP = 100, 20, 10
WARM = 2_000
PACED_S = 5.0
USERS_OF = """
SELECT s.user_id::text FROM unnest($1::bytea[]) WITH ORDINALITY AS t (hash, place)
JOIN sessions s ON s.token_hash = t.hash ORDER BY t.place
"""
CHANNELS = """
WITH made AS (
    INSERT INTO channels (channel_id, kind, name, created_at, last_at)
    SELECT id, 'group', 'bench', now(), now() FROM unnest($1::uuid[]) AS t (id)
)
INSERT INTO channel_members (channel_id, user_id, slot, joined_at)
SELECT channel_id, user_id, slot, now()
FROM unnest($2::uuid[], $3::uuid[], $4::smallint[]) AS t (channel_id, user_id, slot)
"""


@dataclass(slots=True)
class Tally:
    """The results of one run."""

    sent: int = 0
    answered: int = 0
    heard: int = 0
    latencies: list[float] = field(default_factory=list)


class Client(WSListener):  # type: ignore[misc]
    """One user, with at most one unanswered message."""

    def __init__(self, crowd: "Conversation", token: str, channel: str, number: int) -> None:
        self._crowd, self._token, self._channel, self._number = crowd, token, channel, number
        self._sent_at = 0.0
        self.is_busy = False
        self.ready: asyncio.Future[None] = asyncio.get_running_loop().create_future()

    def on_ws_connected(self, transport: WSTransport) -> None:
        self._transport = transport
        if not self._crowd.is_socketio:
            self._say({"type": "hello", "token": self._token, "features": ["channels"]})

    def on_ws_frame(self, transport: WSTransport, frame: WSFrame) -> None:
        payload = frame.get_payload_as_bytes()
        if payload.startswith((b'{"type":"channel.message"', b'42["channel.message"')):
            self._crowd.tally.heard += 1
        elif payload.startswith((b'{"type":"reply"', b'42["reply"')):
            self.is_busy = False
            self._crowd.answered(self, time.perf_counter() - self._sent_at)
        elif payload.startswith(b"0{"):
            told = json.dumps({"token": json.dumps({"token": str(self._number), "channel": self._channel})})
            transport.send(WSMsgType.TEXT, b"40" + told.encode())
        elif payload.startswith((b"40", b'{"type":"welcome"')):
            self.ready.set_result(None)
        elif payload == b"2":
            transport.send(WSMsgType.TEXT, b"3")
        elif payload.startswith((b'{"type":"error"', b"44")):
            raise RuntimeError(payload[:200])

    def send(self) -> None:
        """Send the next message."""
        self.is_busy = True
        self._sent_at = time.perf_counter()
        self._crowd.tally.sent += 1
        name = f"{self._number}-{self._crowd.tally.sent}-{self._sent_at}"[:64]
        fields = {"id": name[:64], "channel_id": self._channel, "client_id": name, "body": BODY}
        if self._crowd.is_socketio:
            self._transport.send(WSMsgType.TEXT, b"42" + json.dumps(["channel.send", fields]).encode())
        else:
            self._say({"type": "channel.send", **fields})

    def _say(self, frame: dict[str, Any]) -> None:
        self._transport.send(WSMsgType.TEXT, json.dumps(frame, separators=(",", ":")).encode())


class Conversation:
    """Connected users, each in one channel, and their messages."""

    def __init__(self, server: Server) -> None:
        self._server = server
        self.is_socketio = server.dialect.path.startswith("/socket.io")
        self.tally = Tally()
        self._clients: list[Client] = []
        self._left = 0
        self._is_paced = False
        self._done: asyncio.Future[None]

    async def connect(self, seats: Sequence[tuple[str, str]]) -> None:
        """Connect a client for each token and channel."""
        ports = self._server.ports
        for number, (token, channel) in enumerate(seats):
            client = Client(self, token, channel, number)
            url = f"ws://127.0.0.1:{ports[number % len(ports)]}{self._server.dialect.path}"
            await ws_connect(lambda client=client: client, url)
            await asyncio.wait_for(client.ready, 20)
            self._clients.append(client)

    async def talk(self, count: int) -> float:
        """Send this number of messages, each client the next one after the answer; return the seconds."""
        self._begin(count)
        began = time.perf_counter()
        for client in self._clients[:count]:
            self._left -= 1
            client.send()
        await asyncio.wait_for(self._done, 300)
        return time.perf_counter() - began

    async def pace(self, rate: float, seconds: float) -> None:
        """Send at *rate* without waiting for answers."""
        count = int(rate * seconds)
        self._begin(count)
        self._is_paced = True
        began, turn = time.perf_counter(), 0
        for number in range(count):
            while (wait := began + number / rate - time.perf_counter()) > 0:  # noqa: ASYNC110 - a rate, not a condition
                await asyncio.sleep(0 if wait < 0.002 else wait / 2)
            while self._clients[turn % len(self._clients)].is_busy:
                turn += 1
                if turn % len(self._clients) == 0:
                    await asyncio.sleep(0)
            self._clients[turn % len(self._clients)].send()
            turn += 1
        await asyncio.wait_for(self._done, 60)
        self._is_paced = False

    def answered(self, client: Client, seconds: float) -> None:
        """Record an answer, and let the client continue."""
        tally = self.tally
        tally.answered += 1
        tally.latencies.append(seconds)
        if not self._is_paced and self._left > 0:
            self._left -= 1
            client.send()
        if tally.answered >= self._count and not self._done.done():
            self._done.set_result(None)

    def _begin(self, count: int) -> None:
        self.tally = Tally()
        self._count = self._left = count
        self._done = asyncio.get_running_loop().create_future()


def sends(server: Server, sizes: Any) -> dict[str, float]:
    """Measure DMs, then groups of ten; over several nodes the members of each are spread."""
    gc.disable()
    return uvloop.run(_sends(server, sizes.messages))


async def _sends(server: Server, count: int) -> dict[str, float]:
    figures: dict[str, float] = {}
    for name, channels, size, share in (("dm", PAIRS, 2, 1), ("group", GROUPS, GROUP, 4)):
        skip = 0 if name == "dm" else PAIRS * 2
        crowd = Conversation(server)
        await crowd.connect(await seats(server, server.tokens[skip : skip + channels * size], size))
        await crowd.talk(WARM // share)
        if server.database is not None:
            await asyncio.to_thread(server.database.analyze)
        cpu, database = server.cpu_s(), _database_cpu(server)
        spent = await crowd.talk(count // share)
        sent = count // share
        figures[f"{name}_cpu_s"] = (server.cpu_s() - cpu) / sent
        figures[f"{name}_database_cpu_s"] = (_database_cpu(server) - database) / sent
        figures[f"{name}_per_s"] = sent / spent
        bus = server.bus_messages()
        await crowd.pace(sent / spent / 2, PACED_S)
        if len(server.ports) > 1:
            figures[f"{name}_bus_per_message"] = (server.bus_messages() - bus) / crowd.tally.sent
        figures[f"{name}_p50_s"] = quantile(crowd.tally.latencies, 0.5)
        figures[f"{name}_p99_s"] = quantile(crowd.tally.latencies, 0.99)
    if server.database is not None:
        figures |= await asyncio.to_thread(server.database.pgbench, 2_000)
    return figures


def _database_cpu(server: Server) -> float:
    return server.database.cpu_s() if server.database else 0.0


async def seats(server: Server, tokens: Sequence[str], size: int) -> list[tuple[str, str]]:
    """Return the members of each channel of *size* members; on Rondo the channels are created now."""
    names = [str(uuid.uuid4()) for _ in range(len(tokens) // size)]
    placed = [(token, names[number // size]) for number, token in enumerate(tokens)]
    if server.dialect.path.startswith("/socket.io"):
        return placed
    assert server.database is not None
    connection = await asyncpg.connect(**server.database.address())
    users = await connection.fetch(USERS_OF, [hashlib.sha256(token.encode()).digest() for token in tokens])
    slots = [number % size + 1 for number in range(len(tokens))]
    await connection.execute(CHANNELS, names, [channel for _, channel in placed], [row[0] for row in users], slots)
    await connection.close()
    return placed
