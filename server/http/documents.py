"""The texts of /openapi.json and /asyncapi.json, made at the first request: no start waits for them."""

from functools import cache

import msgspec

from server.config.version import VERSION
from server.http import openapi
from server.http.routes import ROUTES
from signaling.wire import asyncapi


@cache
def openapi_json() -> bytes:
    """Return the OpenAPI document of every route; takes some 50 ms once per process."""
    return msgspec.json.encode(openapi.document(ROUTES, VERSION))


@cache
def asyncapi_json() -> bytes:
    """Return the AsyncAPI document of the socket; takes some 25 ms once per process."""
    return msgspec.json.encode(asyncapi.document(VERSION))
