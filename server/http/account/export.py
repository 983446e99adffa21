"""The export of a user's data, in one document of any length."""

import asyncio
import tempfile
from contextlib import suppress
from typing import Any

import msgspec
from aiohttp import hdrs, web

from matchmaker.domain.errors import Unavailable
from server.db.retention import export
from server.http.route import RequestContext
from server.http.services import HttpServices

Rows = list[dict[str, Any]]
SPOOL_BYTES = 1024 * 1024
"""Size of a document that is kept in memory; a longer one is buffered in a temporary file."""
CHUNK = 64 * 1024


class Export(msgspec.Struct, frozen=True, kw_only=True):
    """Everything held about you. `*_at` and `until_at` are Unix milliseconds; ids are those of the other requests."""

    exported_at: int
    not_included: dict[str, str]
    """References to you that are withheld, by table and column, each with the reason."""
    sections: dict[str, Rows]
    """The rows that are stored about you, by section."""


async def show(services: HttpServices, call: RequestContext[None]) -> web.StreamResponse:
    """Get all data that is stored about you, as one document."""
    await services.limits.exports.spend(call.user)
    with await _written(services, call) as spool:
        length = spool.tell()
        spool.seek(0)
        response = web.StreamResponse(headers={hdrs.CACHE_CONTROL: "no-store"})
        response.content_type, response.content_length = "application/json", length
        await response.prepare(call.request)
        while chunk := await asyncio.to_thread(spool.read, CHUNK):
            await response.write(chunk)
        await response.write_eof()
        return response


async def _written(services: HttpServices, call: RequestContext[None]) -> tempfile.SpooledTemporaryFile[bytes]:
    """Return the document, positioned at its end.

    Raises:
        Unavailable: there is no space for it.
    """
    spool = tempfile.SpooledTemporaryFile(SPOOL_BYTES)  # noqa: SIM115 - the caller closes it
    try:
        head = {"exported_at": services.clock.now(), "not_included": export.WITHHELD}
        spool.write(msgspec.json.encode(head)[:-1] + b',"sections":')
        await services.accounts.export(call.user, spool.write)
        spool.write(b"}")
        spool.flush()
    except BaseException as error:
        with suppress(OSError):  # what is buffered does not fit either
            spool.close()
        if isinstance(error, OSError):
            raise Unavailable from error
        raise
    return spool
