"""Faults of the simulation: of nodes, of both stores, and of the networks in between."""

import asyncio
from collections.abc import Callable
from typing import Final

from tests.properties.cluster.world import Node, World

SPREAD_MS: Final = 1_000
"""Over how long the clients of a node that drains are spread."""
DRAINS_S: Final = 5.0
"""How long a node that drains waits for its users."""

STEP_MS: Final = 250
"""Two clocks are at most RONDO_CLOCK_TOLERANCE_S apart: a cooldown is also judged by nodes that did not set it."""


def _in(world: World, least: float, most: float) -> float:
    return asyncio.get_running_loop().time() + world.random.uniform(least, most)


def _outage(world: World, node: str, least: float, most: float) -> float:
    until = _in(world, least, most)
    world.outages[node].append((asyncio.get_running_loop().time(), until))
    return until


def kill(world: World, node: Node) -> None:
    if any(other.is_alive for other in world.nodes if other is not node):
        node.kill()
        asyncio.get_running_loop().call_later(world.random.uniform(0.2, 9), world.replace, node)


def drain(world: World, node: Node) -> None:
    """As `server.draining` on SIGTERM, where there is another node; then the next process starts."""
    if any(other.is_ready for other in world.nodes if other is not node) and node.is_ready:
        world.keep(_drain(world, node))


async def _drain(world: World, node: Node) -> None:
    loop = asyncio.get_running_loop()
    node.is_draining = True
    node.matchmaker.stop_pairing()
    await node.cluster.drain(SPREAD_MS)
    users, until = node.speaker.hub.here(), loop.time() + DRAINS_S
    node.speaker.drain(SPREAD_MS)
    while loop.time() < until and (node.sockets or node.cluster.keeps_any(users)):  # noqa: ASYNC110
        await asyncio.sleep(0.02)
    node.tending.cancel()
    await node.speaker.stop()
    await node.matchmaker.close()
    await node.cluster.close()
    if node.is_alive:
        world.stores.stopped.add(node.name)
        node.kill()
        world.replace(node)


def freeze(world: World, node: Node) -> None:
    node.wires.frozen_until = _in(world, 0.3, 6)


def step_clock(world: World, node: Node) -> None:
    world.keep(node.step_clock(world.random.randint(-STEP_MS, STEP_MS)))


def cut_redis(world: World, node: Node) -> None:
    node.wires.redis_cut_until = _in(world, 0.5, 5.5)


def cut_postgres(world: World, node: Node) -> None:
    node.wires.postgres_cut_until = max(node.wires.postgres_cut_until, _outage(world, node.name, 0.5, 5.5))


def lose_session(world: World, node: Node) -> None:
    """As a cut of PostgreSQL that closes the connections: to the others the process seems to have ended."""
    until = world.stores.sessions_lost[node.name] = _outage(world, node.name, 0.5, 14)
    node.wires.postgres_cut_until = max(node.wires.postgres_cut_until, until)


def flush(world: World, _: Node) -> None:
    world.stores.flush()


def redis_down(world: World, _: Node) -> None:
    world.stores.redis_until = _in(world, 0.5, 5)
    if world.random.random() < 0.5:
        world.stores.flush()


def redis_failover(world: World, _: Node) -> None:
    """Redis goes on as it was a moment ago: a replica had not received the last writes."""
    loop, stores = asyncio.get_running_loop(), world.stores
    at_s = world.random.uniform(0.05, 2)
    loop.call_later(at_s, stores.restore, stores.copy())
    stores.redis_until = max(stores.redis_until, loop.time() + at_s + world.random.uniform(0.1, 3))


def redis_slow(world: World, _: Node) -> None:
    world.stores.redis_slow_until = _in(world, 1, 8)


def redis_clock(world: World, _: Node) -> None:
    world.stores.redis_ahead_ms += world.random.randint(-6_000, 6_000)


def postgres_down(world: World, _: Node) -> None:
    world.stores.postgres_until = max(world.stores.postgres_until, _outage(world, "", 0.3, 2.5))


def postgres_slow(world: World, _: Node) -> None:
    world.stores.postgres_slow_until = _in(world, 1, 8)


def postgres_read_only(world: World, _: Node) -> None:
    world.stores.read_only_until = _in(world, 0.5, 14)


def half_open(world: World, _: Node) -> None:
    for client in world.random.sample(list(world.clients.values()), max(1, len(world.clients) // 3)):
        client.move()


FAULTS: Final[dict[str, Callable[[World, Node], None]]] = {
    "kill": kill,
    "drain": drain,
    "freeze": freeze,
    "step clock": step_clock,
    "cut redis": cut_redis,
    "cut postgres": cut_postgres,
    "lose session": lose_session,
    "flush": flush,
    "redis down": redis_down,
    "redis failover": redis_failover,
    "redis slow": redis_slow,
    "redis clock": redis_clock,
    "postgres down": postgres_down,
    "postgres slow": postgres_slow,
    "postgres read only": postgres_read_only,
    "half open": half_open,
}
EVERYTHING: Final = (*FAULTS.values(), kill, freeze, half_open)
