"""Files of messages in a backup: one part, a tar archive of what was checked. A bucket is not backed up here."""

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
    """Return where files are kept; None: not in a folder."""
    kind = settings.attachments or ("local" if settings.embedded else "off")
    return settings.data_dir.absolute() / "uploads" if kind == "local" else None


def write(folder: Path, put: Callable[[bytes], object]) -> None:
    """Give *put* the archive of the files under *folder*; one that is deleted meanwhile is left out."""
    with tarfile.open(mode="w|", fileobj=_Sink(put)) as archive:
        for path in sorted(folder.glob("files/*/*")):
            name = path.relative_to(folder).as_posix()
            if not _NAME.match(name):
                continue  # a file that is being written
            try:
                data = path.read_bytes()
            except FileNotFoundError:
                continue
            entry = tarfile.TarInfo(name)
            entry.size, entry.mode = len(data), 0o600
            archive.addfile(entry, io.BytesIO(data))


def restore(chunks: Iterator[bytes], folder: Path) -> int:
    """Put the files of an archive under *folder*, beside those that are there; return how many.

    Raises:
        StartupError: the archive holds something else, or the folder cannot be written.
    """
    count = 0
    try:
        with tarfile.open(mode="r|", fileobj=_Source(chunks)) as archive:
            for entry in archive:
                data = archive.extractfile(entry)
                if data is None or not entry.isreg() or not _NAME.match(entry.name):
                    raise StartupError(f"the backup holds {entry.name!r} among the files of messages: it was changed")
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
    """A stream that only takes."""

    def __init__(self, put: Callable[[bytes], object]) -> None:
        self._put = put

    def writable(self) -> bool:
        """Return that it takes."""
        return True

    def write(self, data: object) -> int:
        """Pass *data* on."""
        chunk = bytes(data)  # type: ignore[call-overload]
        self._put(chunk)
        return len(chunk)


class _Source(io.RawIOBase):
    """A stream of chunks."""

    def __init__(self, chunks: Iterator[bytes]) -> None:
        self._chunks = chunks
        self._left = b""

    def readable(self) -> bool:
        """Return that it gives."""
        return True

    def read(self, size: int = -1) -> bytes:
        """Return up to *size* bytes; fewer at the end only."""
        while size < 0 or len(self._left) < size:
            chunk = next(self._chunks, None)
            if chunk is None:
                break
            self._left += chunk
        end = len(self._left) if size < 0 else size
        data, self._left = self._left[:end], self._left[end:]
        return data
