"""Files of messages in a backup: one part, a tar archive of files that passed the checks. A bucket is not backed up."""

import io
import re
import tarfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Final

from server.config.errors import StartupError
from server.config.settings import Settings

UPLOADS: Final = "uploads.tar"
_NAME = re.compile(r"files/[0-9a-f-]{2}/[0-9a-f-]{36}\Z")


def folder_of(settings: Settings) -> Path | None:
    """Return the folder of stored files; None: they are not in a folder."""
    kind = settings.attachments or ("local" if settings.embedded else "off")
    return settings.data_dir.absolute() / "uploads" if kind == "local" else None


def write(folder: Path, put: Callable[[bytes], object]) -> None:
    """Write the archive of the files under *folder* by *put*; a file that is deleted during the backup is left out."""
    with tarfile.open(mode="w|", fileobj=_Sink(put)) as archive:
        for path in sorted(folder.glob("files/*/*")):
            name = path.relative_to(folder).as_posix()
            if not _NAME.match(name):
                continue  # a file that is still being written
            try:
                data = path.read_bytes()
            except FileNotFoundError:
                continue
            entry = tarfile.TarInfo(name)
            entry.size, entry.mode = len(data), 0o600
            archive.addfile(entry, io.BytesIO(data))


def restore(chunks: Iterator[bytes], folder: Path) -> int:
    """Extract the files of an archive to *folder*, in addition to those there; return their number.

    Raises:
        StartupError: the archive contains unexpected entries, or the folder cannot be written.
    """
    count = 0
    try:
        with tarfile.open(mode="r|", fileobj=_Source(chunks)) as archive:
            for entry in archive:
                data = archive.extractfile(entry)
                if data is None or not entry.isreg() or not _NAME.match(entry.name):
                    raise StartupError(f"the backup has an unexpected entry among its files, {entry.name!r}")
                path = folder / entry.name
                path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
                part = path.with_suffix(".restoring")
                part.write_bytes(data.read())
                part.replace(path)
                count += 1
    except tarfile.TarError as error:
        raise StartupError(f"the files of messages in the backup are damaged ({error})") from None
    except OSError as error:
        raise StartupError(f"{folder} cannot be written: {error.strerror or error}") from None
    return count


class _Sink(io.RawIOBase):
    """A write-only stream that passes data on."""

    def __init__(self, put: Callable[[bytes], object]) -> None:
        self._put = put

    def writable(self) -> bool:
        """Return True."""
        return True

    def write(self, data: object) -> int:
        """Pass *data* on."""
        chunk = bytes(data)  # type: ignore[call-overload]
        self._put(chunk)
        return len(chunk)


class _Source(io.RawIOBase):
    """A read-only stream over chunks."""

    def __init__(self, chunks: Iterator[bytes]) -> None:
        self._chunks = chunks
        self._left = b""

    def readable(self) -> bool:
        """Return True."""
        return True

    def read(self, size: int = -1) -> bytes:
        """Return up to *size* bytes; fewer only at the end."""
        while size < 0 or len(self._left) < size:
            chunk = next(self._chunks, None)
            if chunk is None:
                break
            self._left += chunk
        end = len(self._left) if size < 0 else size
        data, self._left = self._left[:end], self._left[end:]
        return data
