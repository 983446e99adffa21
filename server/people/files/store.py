"""The contract of where files are: uploads that wait to be checked, and files that were."""

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
        """Return what was uploaded; None: nothing was. More than *limit* bytes are not read whole."""
        ...

    async def keep(self, attachment_id: str, data: bytes, media_type: str) -> None:
        """Store a checked file under a key of its own, and drop its upload; idempotent."""
        ...

    async def delete(self, attachment_id: str) -> None:
        """Delete a file and its upload; idempotent."""
        ...

    async def close(self) -> None:
        """Close what is open."""
        ...

    def link(self, attachment_id: str, *, name: str, media_type: str, now: int, lifetime_ms: int) -> str:
        """Return where the file is until *lifetime_ms* after *now*."""
        ...
