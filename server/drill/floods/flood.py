"""Hostile frames, sent from a process of its own, so that honest users' latency is that of the server alone."""

import asyncio
import random
import sys
from typing import Any

import msgspec
import uvloop

from server.drill.clients.outcomes import FrameRefused, Interrupted
from server.drill.clients.scripted_client import ScriptedClient
from server.drill.clients.websocket_client import NotOpened

NO_SUCH_ID = "00000000-0000-4000-8000-000000000000"

VALID: list[dict[str, Any]] = [
    {"type": "queue.join", "mode": "text", "interests": ["x"], "want": {"gender": ["female"]}},
    {"type": "queue.leave"},
    {"type": "discover", "limit": 50},
    {"type": "invite.send", "user_id": NO_SUCH_ID, "mode": "text"},
    {"type": "invite.accept", "invite_id": NO_SUCH_ID},
    {"type": "invite.decline", "invite_id": NO_SUCH_ID},
    {"type": "signal", "room_id": NO_SUCH_ID, "candidate": {"candidate": "x"}},
    {"type": "signal", "room_id": NO_SUCH_ID, "description": {"type": "offer", "sdp": "v=0"}},
    {"type": "room.ready", "room_id": NO_SUCH_ID},
    {"type": "room.leave", "room_id": NO_SUCH_ID, "reason": "next"},
    {"type": "room.upgrade", "room_id": NO_SUCH_ID},
    {"type": "chat.send", "room_id": NO_SUCH_ID, "client_id": "1", "body": "x"},
    {"type": "chat.receipt", "room_id": NO_SUCH_ID, "message_id": NO_SUCH_ID, "status": "read"},
    {"type": "chat.history", "room_id": NO_SUCH_ID},
    {"type": "block", "user_id": NO_SUCH_ID},
    {"type": "hello", "token": "x"},
    {"type": "ping", "data": {"a": [1, 2, 3]}},
]
STRANGE: list[Any] = [None, True, -1, 1 << 70, 1e308, "", "x" * 600, "\u0000", "💥", [], {}, [[[[]]]], {"a": {}}]
BATCH = 10
"""Frames between two checks that the server still answers: an unlimited flood would fill our own memory."""
PER_S = 10_000
"""Frames per second of all attackers: seven times their limits."""


class FrameFloodOrder(msgspec.Struct, frozen=True):
    """The frames to send, and the user or room they name."""

    urls: list[str]
    people: list[tuple[str, str, str]]
    """Token, id and address of each attacker."""
    share: int
    """Number of frames of each."""
    targets: list[str]
    """Rooms of other users."""
    seed: int


async def flood(order: FrameFloodOrder) -> int:
    """Send everything; return how often the server closed an attacker's socket."""
    rng = random.Random(order.seed)
    attackers = [
        ScriptedClient(order.urls, token, user_id, "attacker", random.Random(rng.random()), address=address)
        for token, user_id, address in order.people
    ]
    for attacker in attackers:
        attacker.keeps = attacker.returns = False
        await attacker.connect()
    done = await asyncio.gather(*(_attack(one, order.share, order.targets, len(attackers)) for one in attackers))
    return sum(done)


async def _attack(attacker: ScriptedClient, share: int, targets: list[str], attackers: int) -> int:
    """Send *share* frames; return how often the server closed the socket."""
    thrown_out = sent = 0
    while sent < share:
        try:
            for _ in range(min(BATCH, share - sent)):
                attacker.wire.send(mutate(attacker.rng, targets))
                sent += 1
            await attacker.ask("queue.leave")
            await asyncio.sleep(attacker.rng.uniform(0, 2 * BATCH * attackers / PER_S))
        except FrameRefused:
            continue
        except Interrupted:
            thrown_out += 1
            while True:
                try:
                    await attacker.connect()
                    break
                except (Interrupted, NotOpened, FrameRefused):
                    await asyncio.sleep(0.05)
    return thrown_out


def mutate(rng: random.Random, targets: list[str]) -> bytes:
    """Return an invalid frame, or a valid one in a wrong state."""
    frame: dict[str, Any] = dict(rng.choice(VALID))
    way = rng.random()
    if way < 0.3:
        field = rng.choice([*frame, "id", "extra"])
        frame[field] = rng.choice(STRANGE)
    elif way < 0.4:
        del frame[rng.choice(list(frame))]
    elif way < 0.6 and "room_id" in frame:
        frame["room_id"] = rng.choice(targets)
    text = msgspec.json.encode(frame)
    if way > 0.9:
        at = rng.randrange(len(text))
        # Never three in a row on purpose: the server would close the socket.
        text = text[:at] + bytes([rng.randrange(0x20, 0x7F)]) + text[at + 1 :]
    return text


def main() -> None:
    """Read the order from standard input, and write the result to standard output."""
    order = msgspec.json.decode(sys.stdin.buffer.read(), type=FrameFloodOrder)
    sys.stdout.write(str(uvloop.run(flood(order))))


if __name__ == "__main__":
    main()
