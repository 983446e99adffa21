"""The data directory: created at the first start, and locked by one server at a time."""

import fcntl
import os
from pathlib import Path

from server.config.errors import StartupError, SurroundingsError

LOCK = "rondo.lock"


class DataDir:
    """A data directory that this process has locked, from `hold` to `release` or to the end of the process."""

    def __init__(self, path: Path) -> None:
        self.path = path.absolute()
        self._lock: int | None = None

    def hold(self) -> None:
        """Create the directory if there is none, and lock it.

        Raises:
            StartupError: it cannot be created or written, or another server has locked it.
        """
        try:
            # As root, the embedded database runs as another user, which needs to traverse the directory.
            self.path.mkdir(mode=0o711 if os.geteuid() == 0 else 0o700, parents=True, exist_ok=True)
            descriptor = os.open(self.path / LOCK, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        except OSError as error:
            raise SurroundingsError(
                f"data directory {self.path} cannot be written ({error.strerror}): "
                "make it writable, or set RONDO_DATA_DIR to one that is"
            ) from None
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            holder = os.pread(descriptor, 32, 0).decode(errors="replace").strip() or "unknown"
            os.close(descriptor)
            raise StartupError(
                f"data directory {self.path} is in use by another rondo (process {holder}): "
                "stop that one, or set RONDO_DATA_DIR to a directory of its own"
            ) from None
        try:
            os.ftruncate(descriptor, 0)
            os.pwrite(descriptor, f"{os.getpid()}\n".encode(), 0)
        except OSError as error:
            os.close(descriptor)
            raise SurroundingsError(
                f"data directory {self.path} cannot be written ({error.strerror}): free some space"
            ) from None
        self._lock = descriptor

    def release(self) -> None:
        """Unlock the directory; idempotent. The lock file stays: removing it would race with the next lock."""
        if self._lock is not None:
            os.close(self._lock)
            self._lock = None
