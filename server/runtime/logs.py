"""Logs: one JSON object per line in production, readable lines on a terminal; never texts of users, nor tokens."""

import atexit
import json
import logging
import re
import sys
from collections.abc import MutableMapping
from typing import Any, TextIO

import msgspec
import structlog

from server.config.settings import Settings
from server.config.version import VERSION
from server.runtime.fault_log import Repeated, places
from server.runtime.log_writer import LineWriter

FLUSH_S = 1.0
"""Timeout of the flush at the end of the process, in seconds."""

_QUOTED = re.compile(r"^([\s|]*(?:DETAIL|CONTEXT):).*$", re.MULTILINE)
_encoder = msgspec.json.Encoder(enc_hook=str)


_writer = LineWriter(None)
_service: dict[str, str] = {}
"""Fields of every line: the version and, once it is known, the node."""


def configure(settings: Settings, stream: TextIO | None = None) -> None:
    """Send log events to *stream* (standard output by default), and warnings of the libraries too.

    From then on logging never raises and never blocks: lines that cannot be written are counted by `lines_lost`.
    Without a stream (standard output was closed at the start) every line is lost.
    """
    global _writer  # noqa: PLW0603 - there is one log in a process
    stream = stream or sys.stdout
    _writer = LineWriter(None if stream is None else stream.fileno())
    atexit.register(_writer.flush, FLUSH_S)
    _service.clear()
    _service["version"] = VERSION
    is_terminal = stream is not None and stream.isatty()
    style = settings.log or ("console" if is_terminal else "json")
    # Without the values of variables, which the renderer would show: they include texts of users.
    processors: list[structlog.typing.Processor] = [
        structlog.contextvars.merge_contextvars,
        structlog.processors.add_log_level,
        structlog.processors.TimeStamper(fmt="iso", utc=True, key="at"),
        structlog.processors.format_exc_info,
        _withhold,
    ]
    if style == "json":
        processors += [_add_service, _json]
    else:
        processors += [structlog.dev.ConsoleRenderer(colors=is_terminal, timestamp_key="at"), _encode]
    structlog.configure(
        processors=processors,
        wrapper_class=_SafeLogger,
        logger_factory=lambda *_: _Lines(_writer),
        cache_logger_on_first_use=True,
    )
    logging.basicConfig(handlers=[_Bridge()], level=logging.WARNING, force=True)


def identify(node: str) -> None:
    """Add *node* to every line from now on."""
    _service["node"] = node


def lines_lost() -> int:
    """Return how many lines could not be written."""
    return _writer.lost


def flush() -> None:
    """Wait, for `FLUSH_S` at most, until logged lines are written."""
    _writer.flush(FLUSH_S)


class _SafeLogger(structlog.make_filtering_bound_logger(logging.INFO)):  # type: ignore[misc] # a class made at run time
    """Counts an event that cannot be rendered as lost, instead of raising into the caller."""

    def _proxy_to_logger(self, *args: Any, **fields: Any) -> Any:
        try:
            return super()._proxy_to_logger(*args, **fields)
        except Exception:  # noqa: BLE001 - whatever is wrong with the event, the caller has other work
            _writer.lost += 1


class _Lines:
    """The logger that structlog passes rendered events to, of any level."""

    def __init__(self, writer: LineWriter) -> None:
        self.debug = self.info = self.warning = self.error = self.critical = self.msg = writer.write


def _withhold(_logger: Any, _method: str, event: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
    """Remove the row that PostgreSQL quotes in an error: it contains texts or addresses of users."""
    if "exception" in event:
        event["exception"] = _QUOTED.sub(r"\1 (withheld)", event["exception"])
    return event


def _add_service(_logger: Any, _method: str, event: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
    """Add the fields that every line has."""
    event.update(_service)
    return event


def _encode(_logger: Any, _method: str, line: Any) -> bytes:
    """Return the rendered *line* as UTF-8; a lone surrogate is shown as an escape."""
    return str(line).encode(errors="backslashreplace")


def _json(_logger: Any, method: str, event: MutableMapping[str, Any]) -> bytes:
    """Return *event* as JSON, with the most important fields first."""
    front = {"at": event.pop("at", None), "level": event.pop("level", method), "event": event.pop("event", "")}
    try:
        return _encoder.encode(front | dict(event))
    except UnicodeEncodeError:  # a lone surrogate, which JSON can only escape
        return json.dumps(front | dict(event), default=str).encode()


class _Bridge(logging.Handler):
    """Forwards log records of aiohttp, asyncio and asyncpg, once a minute for each place; clients may cause them."""

    def __init__(self) -> None:
        super().__init__()
        self._lines: dict[tuple[str, int], Repeated] = {}

    def emit(self, record: logging.LogRecord) -> None:
        """Log *record* as an event named after its logger, without the text of its exception."""
        try:
            # aiohttp's arguments are addresses and requests.
            message = str(record.msg) if record.name.startswith("aiohttp") else record.getMessage()
        except Exception:  # noqa: BLE001 - a library's arguments do not fit its format: the format is shown
            message = str(record.msg)
        level = max(
            logging.DEBUG, min(record.levelno // 10 * 10, logging.CRITICAL)
        )  # a library may have its own levels
        place = (record.pathname, record.lineno)
        if (line := self._lines.get(place)) is None:
            line = self._lines[place] = Repeated(record.name, level=level)
        fault = record.exc_info and record.exc_info[1]
        why = {"fault": type(fault).__qualname__, "frames": places(fault)} if fault else {}
        line.record(message=message.split("\n", 1)[0], **why)
