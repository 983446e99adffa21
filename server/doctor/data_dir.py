"""Check of the data directory: present, writable, private, and enough free space."""

import os
import shutil
from pathlib import Path

from server.config.secret_key import FILE
from server.config.settings import Settings
from server.doctor.finding import Finding

CHECK = "data directory"
LITTLE_BYTES = 1 << 30
"""Free space below which there is a warning: the write-ahead log of a busy day alone takes as much."""
NOTHING_BYTES = 64 << 20
"""Free space below which PostgreSQL stops."""


async def examine(settings: Settings) -> list[Finding]:
    """Check the directory; with an external database, and no files in a folder, there is none to check."""
    folder = settings.data_dir.absolute()
    if not settings.embedded and settings.attachments != "local" and not folder.exists():
        return [Finding(CHECK, "skip", "not needed: all durable data is in DATABASE_URL")]
    home = next(parent for parent in (folder, *folder.parents) if parent.exists())
    if not home.is_dir() or not os.access(home, os.W_OK | os.X_OK):
        remedy = "make it writable for the user who runs rondo, or set RONDO_DATA_DIR to one that is"
        return [Finding(CHECK, "fail", f"{home} cannot be written", remedy)]
    if home != folder:
        return [Finding(CHECK, "ok", f"{folder} will be created at the first start")]
    return [_room(folder), *_key(folder, settings)]


def _room(folder: Path) -> Finding:
    free = shutil.disk_usage(folder).free
    found = f"{folder}, {free / (1 << 30):,.1f} GiB free"
    if free >= LITTLE_BYTES:
        return Finding(CHECK, "ok", found)
    remedy = "free space before the database stops: rondo prune deletes what has passed its retention"
    return Finding(CHECK, "warn" if free >= NOTHING_BYTES else "fail", found, remedy)


def _key(folder: Path, settings: Settings) -> list[Finding]:
    """Check the permissions of the file with the key; it is not opened."""
    path = folder / FILE
    if settings.secret is not None or not path.exists():
        return []
    mode = path.stat().st_mode & 0o777
    if mode & 0o077:
        return [Finding(CHECK, "warn", f"{path} can be read by others (mode {mode:o})", f"chmod 600 {path}")]
    return []
