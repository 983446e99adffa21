"""What describes the rest: the contracts of HTTP and of the socket, for programs."""

from aiohttp import web

from server.http.desk import Desk
from server.http.route import Call


async def openapi(desk: Desk, _call: Call[None]) -> web.Response:
    """Get the description of the HTTP interface (OpenAPI 3.1)."""
    return _json(desk.openapi)


async def asyncapi(desk: Desk, _call: Call[None]) -> web.Response:
    """Get the description of the socket (AsyncAPI 3)."""
    return _json(desk.asyncapi)


def _json(document: bytes) -> web.Response:
    # Public, and read by tools on other origins.
    headers = {"Cache-Control": "no-cache", "Access-Control-Allow-Origin": "*"}
    return web.Response(body=document, content_type="application/json", headers=headers)
