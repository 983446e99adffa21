"""The scenario `beside`: calls at half load, without and with 2,000 channel messages a second on the same node."""

import asyncio
import multiprocessing
from multiprocessing.synchronize import Event
from typing import Any

import uvloop

from bench import process
from bench.channels.messages import PAIRS, Conversation, seats
from bench.figures import quantile
from bench.load import Crowd, Tally
from bench.servers import Server

RATE = 2_000.0
STRETCH_S = 1.0
"""Interval at which the writers check for the end."""


def beside(server: Server, sizes: Any) -> dict[str, float]:
    """Return the cost and latency of calls in both cases.

    The CPU of messages alone, measured at the same rate, is subtracted from that of both together.
    """
    clients = min(sizes.clients, len(server.tokens) - 2 * PAIRS)
    crowd = Crowd(server.dialect, server.ports)
    crowd.connect(server.tokens[:clients])
    crowd.start()
    crowd.play(sizes.warm)
    tally = crowd.play(sizes.rounds)
    rate = tally.rounds / tally.seconds / 2
    count = int(sizes.paced_s * rate)
    crowd.play(clients // 2, rate=rate)
    cpu = server.cpu_s()
    alone = crowd.play(count, rate=rate)
    alone_cpu_s = (server.cpu_s() - cpu) / alone.rounds

    context = multiprocessing.get_context("spawn")
    begun, ended = context.Event(), context.Event()
    talk = context.Process(target=_talk, args=(server, server.tokens[clients : clients + 2 * PAIRS], begun, ended))
    talk.start()
    try:
        while not begun.is_set():
            crowd.idle(0.1)
        crowd.idle(STRETCH_S)
        cpu = server.cpu_s()
        crowd.idle(sizes.paced_s)
        talk_cpu_per_s = (server.cpu_s() - cpu) / sizes.paced_s
        crowd.play(clients // 2, rate=rate)
        cpu = server.cpu_s()
        both = crowd.play(count, rate=rate)
        both_cpu_s = (server.cpu_s() - cpu - talk_cpu_per_s * both.seconds) / both.rounds
    finally:
        ended.set()
        talk.join(60)
    crowd.close()
    return {
        "beside_rounds_share": alone_cpu_s / both_cpu_s,
        "beside_messages_cpu_s": talk_cpu_per_s / RATE,
        **_latencies("alone", alone),
        **_latencies("both", both),
    }


def _latencies(name: str, tally: Tally) -> dict[str, float]:
    return {
        f"beside_{kind}_p99_s_{name}": quantile(samples, 0.99)
        for kind, samples in (("relay", tally.relay), ("pairing", tally.pairing))
    }


def _talk(server: Server, tokens: list[str], begun: Event, ended: Event) -> None:
    """Send 2,000 messages a second in DMs until *ended*."""
    process.pin(process.LOAD_CORE)
    uvloop.run(_send(server, tokens, begun, ended))


async def _send(server: Server, tokens: list[str], begun: Event, ended: Event) -> None:
    crowd = Conversation(server)
    await crowd.connect(await seats(server, tokens, 2))
    begun.set()
    while not ended.is_set():
        await crowd.pace(RATE, STRETCH_S)
        await asyncio.sleep(0)
