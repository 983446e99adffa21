"""Files in a folder: `incoming/` holds uploads, `files/` checked ones. Permissions and links are signed URLs."""

import asyncio
import contextlib
import hmac
import os
import secrets
from collections.abc import AsyncIterator, Callable
from functools import partial
from pathlib import Path
from typing import TypeVar

from matchmaker.domain.errors import Invalid, NotFound, TooLarge, Unavailable
from server.people.files.store import Upload

UPLOADS = "/v1/uploads/"
FILES = "/v1/files/"
PATIENCE_S = 60.0
"""Timeout of an upload without data."""

Value = TypeVar("Value")


class LocalStore:
    """Keeps files under *folder*, which all nodes share. *origin*: the origin of URLs; empty: that of the request."""

    def __init__(self, folder: Path, *, origin: str = "") -> None:
        self._folder = folder
        self._origin = origin
        self._key = secrets.token_bytes(32)

    def use_key(self, key: bytes) -> None:
        """Sign with *key*, which all nodes have and which is the same after a restart."""
        self._key = key

    async def close(self) -> None:
        """Do nothing: no file stays open."""

    def permit(self, attachment_id: str, *, size: int, media_type: str, now: int, lifetime_ms: int) -> Upload:
        """Return the permission to upload exactly *size* bytes for so long."""
        until = now + lifetime_ms
        signature = self._sign("upload", attachment_id, size, media_type, until)
        return Upload(
            url=f"{self._origin}{UPLOADS}{attachment_id}?bytes={size}&until={until}&sig={signature}",
            headers={"Content-Type": media_type, "Content-Length": str(size)},
        )

    def check_upload(
        self, attachment_id: str, *, size: int, media_type: str, until: int, signature: str, now: int
    ) -> None:
        """Check that a request has a valid permission.

        Raises:
            NotFound: it is forged, or has expired.
        """
        known = self._sign("upload", attachment_id, size, media_type, until)
        if not hmac.compare_digest(known, signature) or now >= until:
            raise NotFound("there is no such upload")

    def link(self, attachment_id: str, *, name: str, media_type: str, now: int, lifetime_ms: int) -> str:  # noqa: ARG002
        """Return a link to the file."""
        until = now + lifetime_ms
        return f"{self._origin}{FILES}{attachment_id}?until={until}&sig={self._sign('file', attachment_id, until)}"

    def check_link(self, attachment_id: str, *, until: int, signature: str, now: int) -> Path:
        """Return the file of a link.

        Raises:
            NotFound: the link is forged, or has expired.
        """
        if not hmac.compare_digest(self._sign("file", attachment_id, until), signature) or now >= until:
            raise NotFound("there is no such file")
        return self._file(attachment_id)

    async def receive(self, attachment_id: str, chunks: AsyncIterator[bytes], *, size: int) -> None:
        """Store an upload of exactly *size* bytes; an earlier one of the same file is replaced.

        Raises:
            TooLarge: there are more bytes.
            Invalid: there are fewer bytes.
            NotFound: the file is checked and stored already.
            Unavailable: the folder cannot store more.
        """
        target = self._upload(attachment_id)
        part = target.with_suffix(f".{secrets.token_hex(4)}")
        try:
            await _in_thread(lambda: part.parent.mkdir(parents=True, exist_ok=True, mode=0o700))
            received = 0
            file = await _in_thread(lambda: part.open("wb"))
            try:
                async for chunk in chunks:
                    received += len(chunk)
                    if received > size:
                        raise TooLarge(f"more than the {size} bytes that were permitted")
                    await _in_thread(partial(file.write, chunk))
            finally:
                await _in_thread(file.close)
            if received < size:
                raise Invalid("bytes", f"{received} bytes instead of {size}")
            if await _in_thread(self._file(attachment_id).exists):
                raise NotFound("this upload is complete")
            await _in_thread(lambda: part.replace(target))
        finally:
            with contextlib.suppress(Unavailable):
                await _in_thread(lambda: part.unlink(missing_ok=True))

    async def read_upload(self, attachment_id: str, *, limit: int) -> bytes | None:
        """Return the uploaded bytes; None: there are none."""

        def read() -> bytes | None:
            try:
                with self._upload(attachment_id).open("rb") as file:
                    return file.read(limit + 1)
            except FileNotFoundError:
                return None

        return await _in_thread(read)

    async def keep(self, attachment_id: str, data: bytes, media_type: str) -> None:  # noqa: ARG002 - the row has it
        """Store a checked file durably, and drop its upload."""
        target = self._file(attachment_id)

        def write() -> None:
            target.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
            part = target.with_suffix(f".{secrets.token_hex(4)}")
            try:
                with part.open("wb") as file:
                    file.write(data)
                    file.flush()
                    os.fsync(file.fileno())
                part.replace(target)
            finally:
                part.unlink(missing_ok=True)
            self._upload(attachment_id).unlink(missing_ok=True)

        await _in_thread(write)

    async def delete(self, attachment_id: str) -> None:
        """Delete a file and its upload."""

        def remove() -> None:
            self._file(attachment_id).unlink(missing_ok=True)
            self._upload(attachment_id).unlink(missing_ok=True)

        await _in_thread(remove)

    def _upload(self, attachment_id: str) -> Path:
        return self._folder / "incoming" / attachment_id

    def _file(self, attachment_id: str) -> Path:
        # Ids start with the time: their last digits distribute files over folders.
        return self._folder / "files" / attachment_id[-2:] / attachment_id

    def _sign(self, *parts: object) -> str:
        return hmac.digest(self._key, "\0".join(map(str, parts)).encode(), "sha256").hex()


async def _in_thread(work: Callable[[], Value]) -> Value:
    """Return the result of *work*, run in a thread.

    Raises:
        Unavailable: the file system refuses: it is full, read-only or not mounted.
    """
    try:
        return await asyncio.to_thread(work)
    except OSError as error:
        raise Unavailable from error
