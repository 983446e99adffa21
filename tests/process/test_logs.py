"""Logs: JSON for machines, lines for people."""

import io
import json
import logging
from collections.abc import Iterator

import pytest
import structlog

from server import logs
from server.config import load


@pytest.fixture
def stream() -> Iterator[io.TextIOWrapper]:
    handlers, level = logging.root.handlers[:], logging.root.level
    yield io.TextIOWrapper(io.BytesIO(), encoding="utf-8")
    structlog.reset_defaults()
    logging.root.handlers, logging.root.level = handlers, level


def written(stream: io.TextIOWrapper) -> str:
    stream.flush()
    return stream.buffer.getvalue().decode()  # type: ignore[attr-defined]


def test_off_a_terminal_each_event_is_one_json_object(stream: io.TextIOWrapper):
    logs.configure(load({}), stream)
    structlog.get_logger().info("listening", port=8080, path="a\nb")
    structlog.get_logger().debug("not this")
    [line] = written(stream).splitlines()
    event = json.loads(line)
    assert list(event)[:3] == ["at", "level", "event"]
    assert event["at"].endswith("Z")
    assert (event["level"], event["event"], event["port"], event["path"]) == ("info", "listening", 8080, "a\nb")


def test_what_json_does_not_know_is_written_as_text(stream: io.TextIOWrapper):
    logs.configure(load({}), stream)
    structlog.get_logger().info("odd", what=object)
    assert json.loads(written(stream))["what"] == "<class 'object'>"


def test_an_exception_comes_with_its_traceback_in_the_same_line(stream: io.TextIOWrapper):
    logs.configure(load({}), stream)
    try:
        raise ValueError("broken")
    except ValueError:
        structlog.get_logger().exception("failed")
    [line] = written(stream).splitlines()
    assert "ValueError: broken" in json.loads(line)["exception"]


def test_the_console_style_is_for_people(stream: io.TextIOWrapper):
    logs.configure(load({"RONDO_LOG": "console"}), stream)
    structlog.get_logger().info("listening", port=8080)
    assert "listening" in written(stream)
    assert "port=8080" in written(stream)
    assert not written(stream).startswith("{")


def test_warnings_of_libraries_arrive_and_their_chatter_does_not(stream: io.TextIOWrapper):
    logs.configure(load({}), stream)
    logging.getLogger("aiohttp.access").info("GET /")
    logging.getLogger("asyncio").warning("%s took long", "a task")
    [line] = written(stream).splitlines()
    event = json.loads(line)
    assert (event["level"], event["event"], event["message"]) == ("warning", "asyncio", "a task took long")


@pytest.mark.parametrize("style", ["json", "console"])
def test_what_people_wrote_is_not_in_a_traceback(stream: io.TextIOWrapper, style: str):
    logs.configure(load({"RONDO_LOG": style}), stream)
    body = "a secret"
    try:
        raise ValueError(f"refused\nDETAIL:  Failing row contains ({body}).")
    except ValueError:
        structlog.get_logger().exception("failed")
    assert "ValueError: refused" in written(stream)
    assert "a secret" not in written(stream)
