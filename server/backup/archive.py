"""The backup file: a ZIP that is written as a stream, with the manifest last. A file without its end is no backup."""

import hashlib
import os
import struct
import sys
import time
import zlib
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from types import TracebackType
from typing import BinaryIO, Final, Self
from zipfile import BadZipFile, ZipFile, ZipInfo

from msgspec import json

from server.backup.manifest import Content, Manifest, Part, decode, ours
from server.config.errors import StartupError

DUMP: Final = "database.dump"
SECRETS: Final = "secrets.env"
MANIFEST: Final = "manifest.json"
CHUNK: Final = 1 << 18
MANIFEST_BYTES: Final = 1 << 20
SECRETS_BYTES: Final = 1 << 16

BROKEN: Final = (
    BadZipFile,
    EOFError,
    KeyError,
    NotImplementedError,
    RuntimeError,
    ValueError,
    struct.error,
    zlib.error,
)
"""Errors of `zipfile` and zlib for a damaged or altered ZIP."""

Put = Callable[[bytes], None]


class ArchiveWriter:
    """Writes a backup to any stream, including a pipe; a context manager, so that nothing more is written after an
    error.
    """

    def __init__(self, out: BinaryIO) -> None:
        self._zip = ZipFile(out, "w")  # stored: the large part is compressed already
        self._parts: dict[str, Part] = {}

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, tb: TracebackType | None) -> None:
        if kind is not None:
            self._zip.fp = None  # else it would write the central directory when it is garbage-collected

    @contextmanager
    def part(self, name: str) -> Iterator[Put]:
        """Yield a function that writes the content of the part *name*."""
        digest, size = hashlib.sha256(), 0
        with self._zip.open(_entry(name), "w", force_zip64=True) as file:

            def put(chunk: bytes) -> None:
                nonlocal size
                file.write(chunk)
                digest.update(chunk)
                size += len(chunk)

            yield put
        self._parts[name] = Part(size, digest.hexdigest())

    def finish(self, content: Content | None, *, now: int) -> Manifest:
        """Write the manifest and the end of the file; return the manifest. Without this the file is no backup."""
        manifest = Manifest(rondo=ours(), created_at=now, parts=self._parts, content=content)
        self._zip.writestr(_entry(MANIFEST), json.format(json.encode(manifest)))
        self._zip.close()
        return manifest


class Backup:
    """An open backup, whose table of contents is intact; `check` verifies the content."""

    def __init__(self, file: Path | BinaryIO) -> None:
        """Open *file*.

        Raises:
            StartupError: it cannot be read, is no backup, is truncated, or was made by a newer rondo.
        """
        try:
            self._zip = ZipFile(file)
            with self._zip.open(MANIFEST) as text:
                self.manifest = decode(text.read(MANIFEST_BYTES))
        except OSError as error:
            raise StartupError(f"{_name(file)} cannot be read: {error.strerror or error}") from None
        except BROKEN:
            raise StartupError(f"{_name(file)} is {_fault(file)}") from None
        self.name = _name(file)

    def close(self) -> None:
        """Close the file."""
        self._zip.close()

    def check(self) -> None:
        """Read every part and compare it with its digest in the manifest.

        Raises:
            StartupError: a part was changed.
        """
        for name, part in self.manifest.parts.items():
            digest = hashlib.sha256()
            for chunk in self.read(name):
                digest.update(chunk)
            if digest.hexdigest() != part.sha256:
                raise StartupError(f"{self.name} is damaged: the content of {name} has changed")

    def read(self, name: str) -> Iterator[bytes]:
        """Yield the content of the part *name* in chunks.

        Raises:
            StartupError: it is damaged.
        """
        try:
            with self._zip.open(name) as file:
                while chunk := file.read(CHUNK):
                    yield chunk
        except (*BROKEN, OSError) as error:
            raise StartupError(f"{self.name} is damaged: {name} cannot be read ({error})") from None

    def secrets(self) -> str | None:
        """Return the text of `secrets.env`, None if the backup has none. Raises as `read`."""
        if SECRETS not in self.manifest.parts:
            return None
        return b"".join(self.read(SECRETS))[:SECRETS_BYTES].decode(errors="replace")


@contextmanager
def draft(path: Path) -> Iterator[tuple[BinaryIO, Path]]:
    """Yield a file, readable by this user alone, that is renamed to *path* at the end of the `with`; after an error it
    is removed.

    Raises:
        StartupError: it cannot be written.
    """
    path = path.resolve()
    if path.exists() and not path.is_file():  # /dev/stdout would be replaced instead of written to
        raise StartupError(f"{path} is not a regular file: name one, or - for standard output")
    name = path.with_name(f".{path.name}.{os.getpid()}.part")
    try:
        descriptor = os.open(name, os.O_RDWR | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600)
        try:
            with os.fdopen(descriptor, "wb") as file:
                yield file, name
                file.flush()
                os.fsync(file.fileno())
            name.replace(path)
            _sync_folder(path.parent)
        except BaseException:
            with suppress(OSError):
                name.unlink()
            raise
    except OSError as error:
        raise StartupError(f"{path} cannot be written: {error.strerror or error}") from None


def _sync_folder(folder: Path) -> None:
    """Sync the directory entry of a folder to disk."""
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _entry(name: str) -> ZipInfo:
    entry = ZipInfo(name, time.gmtime()[:6])
    entry.external_attr = 0o100600 << 16
    return entry


def _fault(file: Path | BinaryIO) -> str:
    """Return why a file cannot be opened as a backup, for the error message."""
    with suppress(OSError):
        if isinstance(file, Path):
            with file.open("rb") as opened:
                begins = opened.read(4)
        else:
            file.seek(0)
            begins = file.read(4)
        if begins == b"PK\x03\x04":
            return "damaged or cut off: its end is not that of a backup"
    return "not a backup of rondo"


def _name(file: Path | BinaryIO) -> str:
    return str(file) if isinstance(file, Path) else "the input from standard input"


def stdout() -> BinaryIO:
    """Return standard output as a stream for a backup.

    Raises:
        StartupError: it is a terminal, or a file that other users of the machine can read.
    """
    if sys.stdout.isatty():
        raise StartupError("a backup is binary: name a file, or pipe it to a program")
    return sys.stdout.buffer
