"""Requests of many connections share the loop: few begin in each turn, and networks take turns."""

import asyncio

import pytest

from server.app import App
from server.domain.networks import network_of
from server.http.transport.fair_turns import PER_TURN, Turns

REQUEST = b"GET /v1/access HTTP/1.1\r\nHost: localhost\r\n\r\n"
CONNECTIONS = 90
EACH = 20


async def test_requests_started_per_iteration_are_bounded() -> None:
    turns, begun, counts = Turns(), [0], []

    async def enter(number: int) -> None:
        await turns.enter(f"198.51.100.{number}")
        begun[0] += 1

    tasks = [asyncio.create_task(enter(number)) for number in range(100)]
    while not all(task.done() for task in tasks):
        before = begun[0]
        await asyncio.sleep(0)
        counts.append(begun[0] - before)
    assert begun[0] == 100
    assert max(counts) == PER_TURN


async def test_busy_network_does_not_delay_another() -> None:
    turns, order = Turns(per_turn=1), []

    async def enter(address: str) -> None:
        await turns.enter(address)
        order.append(network_of(address))

    many = [enter(f"198.51.100.{number}") for number in range(100)]
    await asyncio.gather(*many, enter("203.0.113.1"), enter("203.0.113.2"))
    # One began before the others waited; from then on the two networks alternate.
    assert [number for number, network in enumerate(order) if network == "203.0.113.0/24"] == [2, 4]


async def test_cancelled_request_is_skipped() -> None:
    turns = Turns(per_turn=1)
    await turns.enter("198.51.100.1")
    given_up = asyncio.create_task(turns.enter("198.51.100.2"))
    waiting = asyncio.create_task(turns.enter("198.51.100.3"))
    await asyncio.sleep(0)
    given_up.cancel()
    await waiting
    # And afterwards the state is as at the start.
    await asyncio.sleep(0)
    await asyncio.sleep(0)
    await turns.enter("198.51.100.4")


@pytest.mark.settings(rate_limits=False)
async def test_pipelined_requests_do_not_fill_an_iteration(app: App, base: str) -> None:
    streams = [
        await asyncio.open_connection("127.0.0.1", int(base.rpartition(":")[2]), local_addr=(f"127.0.1.{host}", 0))
        for host in range(1, CONNECTIONS + 1)
    ]
    answered, most = app.metrics.requests, 0
    try:
        for _, writer in streams:
            writer.write(REQUEST * EACH)
        while (count := sum(answered.values())) < CONNECTIONS * EACH:
            await asyncio.sleep(0)
            most = max(most, sum(answered.values()) - count)
    finally:
        for _, writer in streams:
            writer.close()
    assert most <= 2 * PER_TURN
