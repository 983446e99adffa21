"""The documents of the HTTP interface and of the socket."""

import asyncio
from collections.abc import Callable

from aiohttp import web

from server.http.route import RequestContext
from server.http.services import HttpServices


async def openapi(services: HttpServices, _call: RequestContext[None]) -> web.Response:
    """Get the description of the HTTP interface (OpenAPI 3.1)."""
    return await _json(services.openapi)


async def asyncapi(services: HttpServices, _call: RequestContext[None]) -> web.Response:
    """Get the description of the socket (AsyncAPI 3)."""
    return await _json(services.asyncapi)


async def _json(document: Callable[[], bytes]) -> web.Response:
    # In a thread: calls go on while the first request has it made.
    body = await asyncio.to_thread(document)
    # Public, and read by tools on other origins.
    headers = {"Cache-Control": "no-cache", "Access-Control-Allow-Origin": "*"}
    return web.Response(body=body, content_type="application/json", headers=headers)
