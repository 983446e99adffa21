"""The end of a process that serves: its users go to the next one, or to the same again once it is back.

with a successor:    not ready ─notice→ told to reconnect, no new sockets ─all disconnected, or timeout→ sockets closed
without a successor: not ready, closed to newcomers, sockets closed
"""

import asyncio
from collections.abc import Collection, Coroutine
from contextlib import suppress
from typing import Any, NamedTuple, TypeVar

import structlog

from matchmaker.domain.ids import UserId
from server.app import App
from server.cluster.cluster import are_siblings
from server.config.settings import Settings

SPREAD_S = 3.0
"""Over how long clients are spread when they are told to reconnect: one deploy must not look like an attack."""
SOON_S = 1.0
"""The same where no other process serves: the next one is about to start."""
RESERVE_S = 6.0
"""What is kept of the drain time for closing: three seconds for sockets that hang, the rest for the database."""

Result = TypeVar("Result")

log = structlog.get_logger()


class Serving(NamedTuple):
    """What serves users."""

    app: App
    listener: asyncio.Server
    siblings: str | None = None
    """What the ids of nodes have in common that stop together with this one; None: it stops alone."""

    @property
    def has_successor(self) -> bool:
        """Whether another process serves on this database, to which users can go."""
        others = () if self.app.cluster is None else self.app.cluster.context.membership.others
        return any(self.siblings is None or not are_siblings(other, self.siblings) for other in others)


async def drain(serving: Serving, settings: Settings, hurry: asyncio.Event) -> None:
    """Send users to the next process, and close the sockets of those who do not go.

    Where there is none, nothing is gained by waiting: the sooner this process ends, the sooner the next one serves.
    """
    app, drain_s = serving.app, settings.drain_s
    app.health.drain()
    is_succeeded = serving.has_successor
    notice_s = min(settings.drain_notice_s, drain_s / 5) if is_succeeded else 0.0
    spread_s = min(SPREAD_S, drain_s / 5) if is_succeeded else min(SOON_S, drain_s / 5)
    log.info(
        "draining",
        connections=app.signaling.stats.connections,
        notice_s=notice_s,
        spread_s=spread_s,
        succeeded=is_succeeded,
    )
    if is_succeeded:
        # At the end of this, load balancers that poll /readyz send no new clients; until then they are served.
        app.health.give_notice(on=True)
        await _within(notice_s, asyncio.Event().wait(), hurry)
        app.health.give_notice(on=False)
        app.matchmaker.stop_pairing()
        serving.listener.close()
        if app.cluster is not None:
            await app.cluster.drain(round(spread_s * 1_000))
        await _send_on(serving, spread_s, drain_s - RESERVE_S - notice_s, hurry)
    else:
        # Whatever takes time comes before the sockets are closed: users wait from then on.
        app.matchmaker.stop_pairing()
        await app.mirror_supervisor.stop()
        serving.listener.close()
        app.signaling.drain(round(spread_s * 1_000))
    await app.signaling.stop()


async def _send_on(serving: Serving, spread_s: float, left_s: float, hurry: asyncio.Event) -> None:
    """Tell users to reconnect, and return once all have disconnected, or the time is over."""
    app = serving.app
    # Users at an invite may still answer it.
    users = app.signaling.hub.here()
    answering = app.matchmaker.with_open_invite(users)
    app.signaling.drain(round(spread_s * 1_000), but=answering)
    await app.mirror_supervisor.stop()
    await _within(left_s - spread_s, _answered(app, answering), hurry)
    await _within(max(spread_s, min(2 * spread_s, left_s)), _emptied(app, users), hurry)


async def _within(seconds: float, work: Coroutine[Any, Any, Any], hurry: asyncio.Event) -> None:
    """Wait for *work*, but not for longer than *seconds*, nor when there is a *hurry*."""
    with suppress(TimeoutError):
        async with asyncio.timeout(max(0, seconds)):
            await either(work, hurry)


async def _answered(app: App, answering: set[UserId]) -> None:
    """Tell each of these people to leave once their invite is over."""
    while answering:
        await asyncio.sleep(0.05)
        still = app.matchmaker.with_open_invite(answering)
        for user in answering - still:
            app.signaling.hub.send_draining(user)
        answering = still


async def _emptied(app: App, users: Collection[UserId]) -> None:
    """Return once every socket is closed, and other nodes have fetched the states of *users*."""
    cluster = app.cluster
    while app.signaling.stats.connections or (cluster is not None and cluster.keeps_any(users)):  # noqa: ASYNC110
        await asyncio.sleep(0.02)


async def either(work: Coroutine[Any, Any, Result], event: asyncio.Event) -> Result | None:
    """Return the result of *work*; None when *event* came first, and *work* was cancelled."""
    task, waiting = asyncio.create_task(work), asyncio.create_task(event.wait())
    try:
        await asyncio.wait({task, waiting}, return_when=asyncio.FIRST_COMPLETED)
        return await task if task.done() else None
    finally:
        await cancel(task, waiting)


async def cancel(*tasks: asyncio.Task[Any]) -> None:
    """Cancel *tasks*, and return once they have ended."""
    for task in tasks:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)
