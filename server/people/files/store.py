"""The contract of file stores: uploads that wait to be checked, and checked files."""

from collections.abc import Mapping
from typing import Protocol

import msgspec


class Upload(msgspec.Struct, frozen=True, kw_only=True):
    """How a client uploads a file: exactly this request, with these headers."""

    method: str = "PUT"
    url: str
    headers: Mapping[str, str]


class FileStore(Protocol):
    """Keeps files by id. Calls that wait may raise `errors.Unavailable`: the store cannot be reached, or is full."""

    def permit(self, attachment_id: str, *, size: int, media_type: str, now: int, lifetime_ms: int) -> Upload:
        """Return the permission to upload exactly *size* bytes until *lifetime_ms* after *now*."""
        ...

    async def read_upload(self, attachment_id: str, *, limit: int) -> bytes | None:
        """Return the uploaded bytes; None: there are none. At most *limit* bytes and one more are read."""
        ...

    async def keep(self, attachment_id: str, data: bytes, media_type: str) -> None:
        """Store a checked file under its own key, and drop its upload; idempotent."""
        ...

    async def delete(self, attachment_id: str) -> None:
        """Delete a file and its upload; idempotent."""
        ...

    async def close(self) -> None:
        """Close open connections."""
        ...

    def link(self, attachment_id: str, *, name: str, media_type: str, now: int, lifetime_ms: int) -> str:
        """Return a link to the file until *lifetime_ms* after *now*."""
        ...
