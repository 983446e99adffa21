"""Probes and metrics: liveness and readiness."""

from typing import Literal

import msgspec
from aiohttp import web
from msgspec import UNSET, UnsetType
from prometheus_client import CONTENT_TYPE_LATEST

from matchmaker.domain.errors import NotFound
from server.http.route import RequestContext
from server.http.services import HttpServices
from server.observability.health import NotReady


class Status(msgspec.Struct, frozen=True):
    """`ok`; `redis` while Redis does not answer: users are served, and meet within a node only."""

    status: str
    redis: Literal["unavailable"] | UnsetType = UNSET


async def alive(_desk: HttpServices, _call: RequestContext[None]) -> Status:
    """Report that the process is alive."""
    return Status("ok")


async def ready(services: HttpServices, _call: RequestContext[None]) -> Status:
    """Report whether users may be sent here: started, not draining, the database can be written."""
    if (reason := services.health.reason()) is not None:
        raise NotReady(reason)
    return Status("ok", redis=UNSET if services.health.redis_fault() is None else "unavailable")


async def metrics(services: HttpServices, _call: RequestContext[None]) -> web.Response:
    """Get the metrics for Prometheus."""
    if not services.settings.metrics:
        raise NotFound("figures are switched off here; see RONDO_METRICS")
    return web.Response(body=await services.prometheus.text(), headers={"Content-Type": CONTENT_TYPE_LATEST})
