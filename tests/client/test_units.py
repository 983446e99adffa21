"""The client in Node, with a WebSocket server that sends what a test specifies: `*.test.js` beside this file."""

import json

import client_types
from server.config.version import VERSION
from server.http import openapi
from server.http.routes import ROUTES
from signaling.wire import asyncapi
from tests.client.conftest import ROOT, TOOLS, run


def test_units_of_the_client() -> None:
    run(TOOLS / "vitest", "run", "--config", "tests/client/vitest.config.js")


def test_types_are_those_of_the_documents() -> None:
    found = client_types.render(asyncapi.document(VERSION), openapi.document(ROUTES, VERSION))
    assert client_types.TARGET.read_text() == found, "make types"


def test_version_is_that_of_the_server() -> None:
    assert json.loads((ROOT / "web" / "package.json").read_text())["version"] == VERSION
