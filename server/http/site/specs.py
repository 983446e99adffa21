"""What describes the rest: the contracts of HTTP and of the socket, for programs."""

from aiohttp import web

from server.http.route import RequestContext
from server.http.services import HttpServices


async def openapi(services: HttpServices, _call: RequestContext[None]) -> web.Response:
    """Get the description of the HTTP interface (OpenAPI 3.1)."""
    return _json(services.openapi)


async def asyncapi(services: HttpServices, _call: RequestContext[None]) -> web.Response:
    """Get the description of the socket (AsyncAPI 3)."""
    return _json(services.asyncapi)


def _json(document: bytes) -> web.Response:
    # Public, and read by tools on other origins.
    headers = {"Cache-Control": "no-cache", "Access-Control-Allow-Origin": "*"}
    return web.Response(body=document, content_type="application/json", headers=headers)
