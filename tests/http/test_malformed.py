"""Malformed requests: an answer that names the fault, and a log without client input."""

import asyncio
import gzip
import json
import logging
import tempfile
import zlib
from collections.abc import Iterator
from typing import TextIO
from uuid import uuid4

import pytest
import structlog

from server.app import App
from server.config.settings import Settings
from server.runtime import logs
from tests.http.conftest import Caller

SECRET = "s3cr3t-t0ken-of-a-stranger-000000000000000"
BODY = b'{"display_name": "Ada", "adult": true}'


class Log:
    """What the server has logged, as JSON lines."""

    def __init__(self, stream: TextIO) -> None:
        self._stream = stream

    @property
    def text(self) -> str:
        logs.flush()
        self._stream.seek(0)
        return self._stream.read()

    @property
    def lines(self) -> list[dict[str, object]]:
        return [json.loads(line) for line in self.text.splitlines()]


@pytest.fixture
def log() -> Iterator[Log]:
    handlers, level = logging.root.handlers[:], logging.root.level
    with tempfile.TemporaryFile("w+") as stream:
        logs.configure(Settings(log="json"), stream)
        yield Log(stream)
        logs.flush()
    structlog.reset_defaults()
    logging.root.handlers, logging.root.level = handlers, level


async def raw(base: str, request: bytes) -> tuple[int, dict[str, object]]:
    """Send *request* unchanged; return status and body of the answer."""
    reader, writer = await asyncio.open_connection("127.0.0.1", int(base.rpartition(":")[2]))
    writer.write(request)
    async with asyncio.timeout(10):
        head = (await reader.readuntil(b"\r\n\r\n")).decode()
        length = next(int(line[15:]) for line in head.split("\r\n") if line.lower().startswith("content-length:"))
        body = json.loads(await reader.readexactly(length))
    writer.close()
    return int(head.split()[1]), body


def request(*headers: bytes, line: bytes = b"GET /v1/me HTTP/1.1") -> bytes:
    return b"\r\n".join([line, b"Host: localhost", *headers, b"", b""])


@pytest.mark.parametrize(
    ("header", "status", "code", "field"),
    [
        (b"Authorization: Bearer \xff\xfe", 401, "unauthenticated", None),
        (b"Authorization: \xff", 401, "unauthenticated", None),
        (b"X-Forwarded-For: \xff", 400, "invalid", "X-Forwarded-For"),
        (b"Origin: http://\xe9", 400, "invalid", "Origin"),
        (b"User-Agent: \x80", 400, "invalid", "User-Agent"),
        (b"Cookie: a=\xff", 400, "invalid", "Cookie"),
        (b"Content-Type: text/\xff", 400, "invalid", "Content-Type"),
    ],
)
async def test_header_that_is_not_utf8(  # noqa: PLR0917
    base: str, log: Log, header: bytes, status: int, code: str, field: str | None
) -> None:
    told, body = await raw(base, request(header))
    error = body["error"]
    assert (told, error["code"], error.get("field")) == (status, code, field)  # type: ignore[index,attr-defined]
    assert log.text == ""


@pytest.mark.parametrize("path", ["/v1/me", "/v1/auth/guest", "/healthz", "/", "/nowhere", "/v1/ws"])
@pytest.mark.parametrize("method", [b"GET", b"POST", b"OPTIONS"])
async def test_every_path_handles_invalid_header_bytes(base: str, log: Log, path: str, method: bytes) -> None:
    told, _ = await raw(base, request(b"X-Whatever: \xff", line=b"%b %b HTTP/1.1" % (method, path.encode())))
    assert told == 400
    assert log.text == ""


async def test_utf8_header_is_accepted(base: str) -> None:
    told, _ = await raw(base, request("User-Agent: Ärger".encode(), line=b"GET /v1/access HTTP/1.1"))
    assert told == 200


MALFORMED = [
    request(f"Authorization: Bearer {SECRET}".encode(), b"no colon at all"),
    request(f"Authorization: Bearer {SECRET}".encode(), b"Bad\x00Name: x"),
    request(f"Authorization: Bearer {SECRET}".encode(), b"Content-Length: many"),
    request(f"Authorization: Bearer {SECRET}".encode(), b"X-Long: " + b"x" * 20_000),
    request(f"Authorization: Bearer {SECRET}".encode(), line=f"GET /{SECRET} HTTP/9.7".encode()),
    request(line=f"{SECRET} is no request".encode()),
    request(line=b"GET /\xff\xfe HTTP/1.1"),
    b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03" + SECRET.encode() + b"\r\n\r\n",
]


async def test_malformed_requests_are_not_quoted_in_the_log(base: str, log: Log) -> None:
    for malformed in MALFORMED:
        told, body = await raw(base, malformed)
        assert 400 <= told < 500, malformed
        assert "error" in body, malformed
    assert [line["event"] for line in log.lines] == ["http_request_malformed"]
    assert "127.0.0.1" not in log.text
    assert SECRET[:8] not in log.text
    assert "Traceback" not in log.text
    assert len(log.text) < 400


async def test_repeated_errors_are_one_line(app: App, anonymous: Caller, log: Log) -> None:
    async def broken(*_: object, **__: object) -> None:
        raise ValueError(f"about {SECRET}")

    app.services.authenticator.authenticate = broken  # type: ignore[method-assign,assignment]
    for _ in range(20):
        reply = await anonymous.get("/v1/me", headers={"Authorization": f"Bearer {SECRET}"})
        assert (reply.status, reply.code) == (500, "internal")
    (line,) = log.lines
    assert (line["event"], line["fault"], line["route"], line["count"]) == (
        "http_request_failed",
        "ValueError",
        "/v1/me",
        1,
    )
    assert "broken" in str(line["frames"])
    assert SECRET[:8] not in log.text


async def test_library_log_lines_contain_no_user_data(log: Log) -> None:
    for _ in range(3):
        try:
            raise ValueError(SECRET)
        except ValueError:
            logging.getLogger("aiohttp.server").exception("Error handling request from %s", "203.0.113.7")
    assert len(log.lines) == 1
    assert SECRET[:8] not in log.text
    assert "203.0.113.7" not in log.text


@pytest.mark.parametrize(
    ("encoding", "body"),
    [
        ("gzip", b"this is no gzip"),
        ("gzip", gzip.compress(BODY, mtime=0)[:-12]),
        ("gzip", gzip.compress(BODY, mtime=0)[:5] + b"\xff" * 40),
        ("deflate", zlib.compress(BODY)[:-6]),
        ("deflate", b"\x78\x9c" + b"\xff" * 30),
        ("br", b"this is no brotli"),
        ("zstd", b"this is no zstd"),
        ("gzip, gzip", gzip.compress(BODY, mtime=0)),
    ],
)
@pytest.mark.parametrize("path", ["/v1/auth/guest", "/v1/payments/webhook"])
@pytest.mark.settings(payment_secret="x")
async def test_body_with_a_wrong_content_encoding(
    anonymous: Caller, log: Log, encoding: str, body: bytes, path: str
) -> None:
    reply = await anonymous.call("POST", path, headers={"Content-Encoding": encoding}, data=body)
    assert (reply.status, reply.code, reply.body["error"]["field"]) == (400, "invalid", "Content-Encoding")
    assert log.text == ""


async def test_body_with_a_content_encoding(anonymous: Caller) -> None:
    for encoding, body in (("gzip", gzip.compress(BODY, mtime=0)), ("deflate", zlib.compress(BODY))):
        reply = await anonymous.call("POST", "/v1/auth/guest", headers={"Content-Encoding": encoding}, data=body)
        assert reply.status == 201


async def test_decompression_bomb_is_too_large(anonymous: Caller) -> None:
    for bomb in (gzip.compress(b" " * (64 << 20)), gzip.compress(b" " * 65_537)):
        reply = await anonymous.call("POST", "/v1/auth/guest", headers={"Content-Encoding": "gzip"}, data=bomb)
        assert (reply.status, reply.code) == (413, "too_large")


@pytest.mark.parametrize("tail", ["%0A", "%0D%0A", "%00", "%C3%A9", "%F0%9F%92%A9", "%FF"])
async def test_cursor_with_trailing_bytes(ada: Caller, tail: str) -> None:
    for path in ("/v1/history", f"/v1/history/{uuid4()}/messages", "/v1/notifications"):
        for cursor in (str(uuid4()), f"1700000000000.{uuid4()}"):
            reply = await ada.get(f"{path}?cursor={cursor}{tail}")
            assert (reply.status, reply.code, reply.body["error"]["field"]) == (400, "invalid", "cursor"), (path, reply)
