"""Logs: JSON for machines, lines for people."""

import ast
import json
import logging
import os
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from typing import TextIO

import pytest
import structlog

import matchmaker
import server
import signaling
from server.config.loader import load
from server.runtime import logs
from server.runtime.log_writer import LINES_MAX, LineWriter


@pytest.fixture
def stream() -> Iterator[TextIO]:
    handlers, level = logging.root.handlers[:], logging.root.level
    with tempfile.TemporaryFile("w+") as file:
        yield file
        logs.flush()
    structlog.reset_defaults()
    logging.root.handlers, logging.root.level = handlers, level


def written(stream: TextIO) -> str:
    logs.flush()
    stream.seek(0)
    return stream.read()


def test_events_are_json_objects_without_a_terminal(stream: TextIO):
    logs.configure(load({}), stream)
    structlog.get_logger().info("listening", port=8080, path="a\nb")
    structlog.get_logger().debug("not this")
    [line] = written(stream).splitlines()
    event = json.loads(line)
    assert list(event)[:3] == ["at", "level", "event"]
    assert event["at"].endswith("Z")
    assert (event["level"], event["event"], event["port"], event["path"]) == ("info", "listening", 8080, "a\nb")


def test_unknown_types_are_written_as_text(stream: TextIO):
    logs.configure(load({}), stream)
    structlog.get_logger().info("odd", what=object)
    assert json.loads(written(stream))["what"] == "<class 'object'>"


def test_exception_has_its_traceback_in_the_same_line(stream: TextIO):
    logs.configure(load({}), stream)
    try:
        raise ValueError("broken")
    except ValueError:
        structlog.get_logger().exception("failed")
    [line] = written(stream).splitlines()
    assert "ValueError: broken" in json.loads(line)["exception"]


def test_console_style(stream: TextIO):
    logs.configure(load({"RONDO_LOG": "console"}), stream)
    structlog.get_logger().info("listening", port=8080)
    assert "listening" in written(stream)
    assert "port=8080" in written(stream)
    assert not written(stream).startswith("{")


def test_library_warnings_are_logged_and_info_is_not(stream: TextIO):
    logs.configure(load({}), stream)
    logging.getLogger("aiohttp.access").info("GET /")
    logging.getLogger("asyncio").warning("%s took long", "a task")
    [line] = written(stream).splitlines()
    event = json.loads(line)
    assert (event["level"], event["event"], event["message"]) == ("warning", "asyncio", "a task took long")


@pytest.mark.parametrize("style", ["json", "console"])
def test_user_content_is_not_in_a_traceback(stream: TextIO, style: str):
    logs.configure(load({"RONDO_LOG": style}), stream)
    body = "a secret"
    try:
        raise ValueError(f"refused\nDETAIL:  Failing row contains ({body}).")
    except ValueError:
        structlog.get_logger().exception("failed")
    assert "ValueError: refused" in written(stream)
    assert "a secret" not in written(stream)


def test_every_line_has_version_and_node(stream: TextIO):
    logs.configure(load({}), stream)
    structlog.get_logger().info("before")
    logs.identify("a:8080")
    structlog.get_logger().info("after")
    before, after = map(json.loads, written(stream).splitlines())
    assert "node" not in before
    assert after["node"] == "a:8080"
    assert before["version"] == after["version"]


def calls_with(fields: set[str], package: Path) -> Iterator[str]:
    """Yield where the logger is called with one of these fields."""
    for path in sorted(package.rglob("*.py")):
        for node in ast.walk(ast.parse(path.read_text())):
            if not isinstance(node, ast.Call) or not isinstance(node.func, ast.Attribute):
                continue
            named = fields.intersection(keyword.arg or "" for keyword in node.keywords)
            if named and ast.unparse(node.func.value) == "log":
                yield f"{path.name}:{node.lineno} {sorted(named)}"


def test_no_line_has_a_field_that_every_line_has(tmp_path: Path):
    fields = {"node", "version", "at", "level"}
    (tmp_path / "found.py").write_text("log.info('rooms_lost', rooms=len(lost), node=name)\n")
    assert list(calls_with(fields, tmp_path)) == ["found.py:1 ['node']"]
    for package in (matchmaker, server, signaling):
        assert list(calls_with(fields, Path(str(package.__file__)).parent)) == []


class Unprintable:
    def __str__(self) -> str:
        raise ValueError("no text")

    __repr__ = __str__


@pytest.mark.parametrize("style", ["json", "console"])
def test_event_that_cannot_be_rendered_is_counted_not_raised(stream: TextIO, style: str):
    logs.configure(load({"RONDO_LOG": style}), stream)
    structlog.get_logger().info("odd", what=Unprintable())
    structlog.get_logger().info("next")
    assert "next" in written(stream)
    assert logs.lines_lost() == 1


@pytest.mark.parametrize("style", ["json", "console"])
def test_lone_surrogate_in_a_field_is_logged_as_an_escape(stream: TextIO, style: str):
    logs.configure(load({"RONDO_LOG": style}), stream)
    structlog.get_logger().info("odd", what="\ud83d")
    assert "odd" in written(stream)


def test_library_record_whose_arguments_do_not_fit_is_logged(stream: TextIO):
    logs.configure(load({}), stream)
    logging.getLogger("asyncio").log(35, "%d tasks", "three")
    assert "%d tasks" in written(stream)


def test_dead_reader_raises_nothing_and_lines_are_counted():
    reader, end = os.pipe()
    writer = LineWriter(end)
    os.close(reader)
    for _ in range(3):
        writer.write(b"x")
    assert writer.flush(5)
    assert writer.lost == 3


def test_full_disk_raises_nothing_and_lines_are_counted():
    writer = LineWriter(os.open("/dev/full", os.O_WRONLY))
    writer.write(b"x")
    assert writer.flush(5)
    assert writer.lost == 1


def test_unread_pipe_blocks_no_caller_and_delivers_when_read():
    reader, end = os.pipe()
    writer = LineWriter(end)
    line = b"x" * 999
    started = time.monotonic()
    for _ in range(2 * LINES_MAX):
        writer.write(line)
    assert not writer.flush(0)
    assert 0 < writer.lost <= LINES_MAX
    assert time.monotonic() - started < 30  # it would stand still for ever
    wanted = (2 * LINES_MAX - writer.lost) * 1_000
    got = 0
    while got < wanted:
        got += len(os.read(reader, 1 << 20))
    assert got == wanted


def test_closed_standard_output_loses_lines_only(stream: TextIO, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr("sys.stdout", None)  # as Python starts after `>&-`
    logs.configure(load({}))
    structlog.get_logger().info("listening")
    assert logs.lines_lost() == 1
