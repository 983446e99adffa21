"""Request bodies: read within their time and size, and decompressed."""

import asyncio
import zlib

from aiohttp import hdrs, web
from aiohttp.http_exceptions import HttpProcessingError

from matchmaker.domain.errors import Invalid, MalformedRequest, TooLarge

BODY_MAX = 65_536
"""Bytes of a body, as sent and as decompressed."""
WBITS = {"gzip": 31, "x-gzip": 31, "deflate": 15}
"""The zlib window bits of each encoding; `deflate` is the zlib format (RFC 9110 section 8.4.1.2)."""


class TooSlow(MalformedRequest):
    """The body did not come in time. Status 408."""


READING = (MalformedRequest, Invalid, TooLarge, TooSlow)
"""Errors that are possible where there is a body."""


async def read_body(request: web.BaseRequest, *, within_s: float, upload: bool = False) -> bytes:
    """Return the body of *request*, decompressed.

    It has to be complete within *within_s*; that of an *upload* only must not pause for longer than that.

    Raises:
        TooSlow: it did not come in time.
        TooLarge: it has more than `BODY_MAX` bytes.
        Invalid: it is not encoded as `Content-Encoding` says.
        MalformedRequest: it is not framed as `Transfer-Encoding` says.
    """
    content = request.content
    body = bytearray()
    try:
        async with asyncio.timeout(None if content.is_eof() else within_s) as limit:
            while chunk := await content.readany():
                body += chunk
                if len(body) > BODY_MAX:
                    raise _too_large()
                if upload:
                    limit.reschedule(asyncio.get_running_loop().time() + within_s)
    except TimeoutError:
        raise TooSlow("the body did not come in time", "body") from None
    except (web.RequestPayloadError, HttpProcessingError):
        raise MalformedRequest("the body is not framed as its headers say", "body") from None
    encoding = request.headers.get(hdrs.CONTENT_ENCODING, "identity").strip().lower()
    return bytes(body) if encoding == "identity" else _decompress(bytes(body), encoding)


def _decompress(body: bytes, encoding: str) -> bytes:
    """Return *body* without its *encoding*. Cost: at most `BODY_MAX` bytes of output, however large it would become."""
    if encoding not in WBITS:
        raise Invalid("Content-Encoding", "gzip or deflate")
    unfold = zlib.decompressobj(WBITS[encoding])
    try:
        plain = unfold.decompress(body, BODY_MAX + 1)
    except zlib.error:
        raise Invalid("Content-Encoding", f"the body is no {encoding}") from None
    if len(plain) > BODY_MAX:
        raise _too_large()
    if not unfold.eof or unfold.unused_data:
        raise Invalid("Content-Encoding", f"the body is not one whole {encoding} stream")
    return plain


def _too_large() -> TooLarge:
    return TooLarge(f"a body has at most {BODY_MAX} bytes")
