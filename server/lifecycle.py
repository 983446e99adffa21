"""From start to stop: what comes up in which order, and what is handed over before the end.

starting ─recovered, listening→ serving ─SIGTERM→ draining ─sockets gone, or time→ closed
"""

import asyncio
import gc
import os
import socket
import time
from collections.abc import Awaitable, Callable, Coroutine
from contextlib import AsyncExitStack, closing
from functools import partial
from itertools import count
from typing import Any

import structlog
from aiohttp import web

from matchmaker.domain.errors import Unavailable
from server.app import App
from server.cluster.cluster import Cluster, node_id
from server.cluster.ports.adapters import Ports, memory_ports
from server.cluster.ports.node_records import describe, require_database_time
from server.cluster.ports.redis_fault import RedisUnusable
from server.config import assets
from server.config.data_dir import DataDir
from server.config.errors import StartupError
from server.config.loader import redact
from server.config.secret_key import load_or_create, secret_of
from server.config.settings import Settings
from server.db.accounts import email_addresses, email_tokens
from server.db.connect import one_line, wait_for_database
from server.db.maintenance.migrate import migrate
from server.db.moderation import reports
from server.db.nodes.room_owners import PostgresRoomOwners
from server.db.pool import Pool
from server.db.retention import account_deletion
from server.db.retention.prune import prune
from server.db.rooms.cooldowns import forget_ended
from server.db.safety import audit, rate_limits
from server.draining import Serving, cancel, drain, either
from server.observability.fault_reports import report_background_fault
from server.observability.health import MESSAGES
from server.observability.proxy_watch import ProxyWatch
from server.postgres import Postgres
from server.runtime import logs
from server.runtime.background import attempt, keep_running
from server.runtime.listener import listen, url_of
from server.runtime.stop_signals import stop_signals

REVIVE_S = 1.0
"""How long after a failed attempt the embedded database is started again."""

log = structlog.get_logger()


async def serve(settings: Settings, *, on_ready: Callable[[], None] | None = None, siblings: str | None = None) -> None:
    """Serve until SIGTERM, SIGINT or SIGHUP, hand over, and return within the drain time. A second signal hastens it.

    *on_ready* is called once people are let in. *siblings*: what the ids of those nodes have in common that stop when
    this one does; None: there are none.

    Raises:
        StartupError: the server cannot start.
    """
    stop, hurry = asyncio.Event(), asyncio.Event()
    loop = asyncio.get_running_loop()
    for word in stop_signals():
        loop.add_signal_handler(word, lambda: hurry.set() if stop.is_set() else stop.set())
    async with AsyncExitStack() as stack:
        try:
            serving = await either(_start(settings, stack, siblings), stop)
        except Unavailable as error:
            why = f" ({one_line(error.__cause__)})" if error.__cause__ else ""
            raise StartupError(f"the database went away during the start{why}: see its log, then start again") from None
        if serving is None:
            return
        if on_ready is not None:
            on_ready()
        await stop.wait()
        # Whatever hangs from here on, the platform's patience ends, and a clean end is better than a SIGKILL.
        loop.call_later(settings.drain_s, os._exit, 0)
        await drain(serving, settings, hurry)
    log.info("stopped")


async def _start(settings: Settings, stack: AsyncExitStack, siblings: str | None) -> Serving:
    """Return what serves; *stack* undoes everything in the opposite order."""
    listener = stack.enter_context(listen(settings.host, settings.port, shared=settings.take_over))
    ops = None
    if settings.ops_port is not None:
        ops = stack.enter_context(
            listen(settings.ops_host, settings.ops_port, shared=settings.take_over, prefix="RONDO_OPS_")
        )
    dsn = await _running_database(settings, stack)
    pool = await _database(dsn, settings, stack)
    name = _name(settings, listener)
    app = await _app(settings, dsn, pool, name, stack, siblings=siblings)
    stack.push_async_callback(close, app)
    stack.callback(app.listeners.connections.stop)
    if ops is not None:
        await _open_to_operators(app, ops, stack)
    stack.push_async_callback(app.node.leave)

    runner = web.AppRunner(app.web, access_log=None, handle_signals=False, shutdown_timeout=1)
    await runner.setup()
    stack.push_async_callback(runner.cleanup)
    stack.push_async_callback(app.mirror_supervisor.stop)
    app.signaling.start()
    await app.people.open()
    if app.cluster is not None:
        await _join(app.cluster, settings)
    # Now, for nothing that takes time may stand between the rooms, whose graces run from then on, and the open door.
    gc.collect()
    rooms = await _recover(app)
    # Only now: of nodes that start together, one that has not served yet must not seem to have lived until just now.
    await app.node.join()
    server = stack.enter_context(closing(await app.listeners.listen(runner, listener, upgrades=app.upgrades)))
    app.health.serve()  # first: clients that connected during the start must not be refused
    loops: dict[str, Callable[[], Awaitable[object]]] = {
        "loop_lag": app.metrics.sample_lag,
        "live_stats": app.live_stats.record,
        "clock": app.clock_watch.run,
        "bans": app.ban_watch.run,
        "sweep": partial(_sweep, app, pool),
        **(app.people.loops() if settings.friends else {}),
    }
    for of, loop in loops.items():
        on_fault = partial(report_background_fault, app.metrics, app.faults, of)
        _spawn(stack, keep_running(loop, on_fault))
    gc.freeze()  # what has been made so far stays: the collector need not look at it again
    url = url_of(listener)
    log.info("listening", port=listener.getsockname()[1], url=url, rooms=rooms)
    if settings.has_mirror:
        app.mirror_supervisor.start(url)
    return Serving(app, server, siblings)


async def _app(
    settings: Settings, dsn: str, pool: Pool, name: str, stack: AsyncExitStack, *, siblings: str | None
) -> App:
    """Return the application, which other processes know of if there may be any."""
    # An embedded database is ours alone: there is no other process.
    is_alone = settings.embedded and settings.redis_url is None
    node = name if is_alone else node_id(name, siblings or "")
    ports = None if is_alone else await _ports(settings, pool, name, node)
    owners = None if is_alone else PostgresRoomOwners(pool, dsn, node)
    logs.identify(name)
    people_pool = _people_pool(dsn, settings, stack)
    secret = secret_of(settings)
    app = App(settings, pool, secret=secret, node=node, ports=ports, owners=owners, people_pool=people_pool)
    await audit.anchor(pool, now=app.clock.now())
    await app.ip_bans.reload()
    if ports is not None and owners is not None and app.cluster is not None:
        if ports.close is not None:
            stack.push_async_callback(ports.close)
        stack.push_async_callback(owners.close)
        stack.push_async_callback(app.cluster.close)
        await owners.open()
    return app


async def _open_to_operators(app: App, listener: socket.socket, stack: AsyncExitStack) -> None:
    """Serve probes and metrics from before the rooms are recovered until after all clients have disconnected."""
    runner = web.AppRunner(app.ops, access_log=None, handle_signals=False, shutdown_timeout=1)
    await runner.setup()
    stack.push_async_callback(runner.cleanup)
    stack.enter_context(closing(await app.listeners.listen(runner, listener, for_operators=True)))
    log.info("operator_listening", url=url_of(listener))


async def _database(dsn: str, settings: Settings, stack: AsyncExitStack) -> Pool:
    """Return the database, migrated, and with keys for the addresses of the release before."""
    for name in await migrate(dsn, assets.migrations(), rollback=settings.rollback):
        log.info("migrated", migration=name)
    pool = await Pool.open(dsn, secret=secret_of(settings))
    stack.push_async_callback(pool.close)
    await require_database_time(settings, pool)
    if filled := await email_addresses.fill_keys(pool):
        log.info("email_keys_filled", accounts=filled)
    return pool


def _people_pool(dsn: str, settings: Settings, stack: AsyncExitStack) -> Pool:
    """Return the connections of friends and channels, which are made when they are needed."""
    pool = Pool(dsn, size=settings.people_connections, secret=secret_of(settings))
    stack.push_async_callback(pool.close)
    return pool


async def _running_database(settings: Settings, stack: AsyncExitStack) -> str:
    """Return the URL of the database, which answers; our own runs now and is revived whenever it dies."""
    if settings.database_url is not None:
        await wait_for_database(settings.database_url, seconds=settings.start_wait_s)
        return settings.database_url
    folder = DataDir(settings.data_dir)
    folder.hold()
    stack.callback(folder.release)
    load_or_create(settings)
    postgres = Postgres(settings.data_dir, programs=settings.postgres_bin)
    dsn = await postgres.start()
    stack.push_async_callback(postgres.stop)
    _spawn(stack, _restart_postgres(postgres))
    return dsn


def _name(settings: Settings, listener: socket.socket) -> str:
    """Return what operators call this process."""
    return settings.node or f"{socket.gethostname()}:{listener.getsockname()[1]}"


async def _ports(settings: Settings, pool: Pool, name: str, node: str) -> Ports:
    """Return how this process reaches others; without Redis it reaches none, and redis-py is not even imported."""
    if settings.redis_url is None:
        return memory_ports(node)
    from server.cluster.ports.adapters_redis import redis_ports  # noqa: PLC0415

    return redis_ports(settings.redis_url, node, await describe(settings, pool, name))


async def _join(cluster: Cluster, settings: Settings) -> None:
    """Be one of the nodes, unless another one on this Redis has the same name, or what all have in common differs.

    Raises:
        StartupError: that is so, or Redis cannot be used.
    """
    if settings.redis_url is None:
        await cluster.open()
        return
    from server.cluster.node_check import require_no_conflict  # noqa: PLC0415
    from server.cluster.ports.heartbeats_redis import RedisHeartbeats  # noqa: PLC0415 - nothing needs redis-py without Redis

    heartbeats = cluster.context.heartbeats
    assert isinstance(heartbeats, RedisHeartbeats)
    check = partial(
        require_no_conflict, cluster, heartbeats, tolerance_s=settings.clock_tolerance_s, takes_over=settings.take_over
    )
    try:
        await cluster.open(check, wait_s=settings.start_wait_s)
    except RedisUnusable as error:
        where, why = redact("redis_url", settings.redis_url), MESSAGES[error.fault]
        raise StartupError(f"cannot use Redis at {where} ({why}): start or repair it, or correct REDIS_URL") from None


async def _recover(app: App) -> int:
    """Take over the rooms that dead processes left behind, unless other nodes do; return how many."""
    crashed_at = await app.node.last_seen()
    if crashed_at is not None:
        crashed_at -= app.clock.offset_ms
    if app.cluster is None:
        return await app.matchmaker.recover(crashed_at=crashed_at)
    return await app.cluster.recover(crashed_at=crashed_at)


async def close(app: App) -> None:
    """Let everything that is under way become durable."""
    await app.signaling.stop()
    await app.people.close()
    await app.matchmaker.close()
    await app.repository.close()
    await app.authenticator.close()
    await app.origins.close()
    await app.mail.close()
    app.passwords.close()


def _spawn(stack: AsyncExitStack, work: Coroutine[Any, Any, None]) -> None:
    """Let *work* run until *stack* is undone."""
    stack.push_async_callback(cancel, asyncio.create_task(work))


async def _restart_postgres(postgres: Postgres) -> None:
    """Restart the embedded database when it ends; requests get `unavailable` until then."""
    while True:
        log.warning("postgres_ended", reason=await postgres.gone())
        ended_at, refusal = time.monotonic(), None
        while True:
            try:
                await postgres.start()
                break
            except StartupError as error:
                if str(error) != refusal:  # once for each reason, not for each attempt
                    refusal = str(error)
                    log.warning("postgres_start_failed", reason=refusal)
                await asyncio.sleep(REVIVE_S)
        log.info("postgres_restarted", outage_s=round(time.monotonic() - ended_at, 1))


async def _sweep(app: App, pool: Pool) -> None:
    """Delete expired data periodically; runs until cancelled. A job that fails does not stop the others."""
    on_fault = partial(report_background_fault, app.metrics, app.faults, "sweep")
    proxies = ProxyWatch(app.services.settings, pool, app.clock)
    hourly = (
        app.sessions.sweep,
        partial(forget_ended, pool),
        partial(reports.forget, pool),
        partial(rate_limits.forget, pool),
        partial(email_tokens.forget, pool),
        partial(account_deletion.prune, pool),
    )
    for minute in count(1):
        await asyncio.sleep(60)
        app.limits.sweep()
        app.services.request_rate.sweep()
        app.faults.flush()
        due: list[Callable[[], Awaitable[object]]] = []
        if minute % (24 * 60) == 60:  # an hour after the start, then daily: a deploy a day must not put it off for ever
            due.append(partial(_prune, app, pool))
        if minute % 60 == 5:
            due.append(proxies.check)
        if minute % 60 == 0:
            due += [partial(job, now=app.clock.now()) for job in hourly]
        for job in due:
            await attempt(job, on_fault)


async def _prune(app: App, pool: Pool) -> None:
    log.info("pruned", **await prune(pool, app.services.settings.retention, now=app.clock.now()))
