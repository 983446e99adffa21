"""The system user of the embedded database: `postgres` refuses to run as root."""

import os
import pwd
from pathlib import Path

from msgspec import Struct

from server.config.errors import StartupError

CANDIDATES = ("rondo", "postgres", "nobody")
"""Candidate users, best first, for a process of root; `nobody` exists everywhere."""


class Owner(Struct, frozen=True):
    """A system user; None for both: the user of this process."""

    uid: int | None = None
    gid: int | None = None

    @classmethod
    def of(cls, data: Path) -> "Owner":
        """Return the user to run a database with *data* as: once chosen, always the same.

        Raises:
            StartupError: the data belongs to another user, or this process cannot switch to any.
        """
        holder = data.stat().st_uid if data.exists() else None
        if os.geteuid() != 0:
            if holder not in (None, os.geteuid()):
                raise StartupError(f"{data} belongs to user {holder}: start rondo as that user, or change the owner")
            if holder is None and not _has_name(os.geteuid()):
                raise StartupError(
                    f"PostgreSQL needs a user with a name, and user {os.geteuid()} has none: add one to /etc/passwd, "
                    "start rondo as another user, or set DATABASE_URL"
                )
            return cls()
        # initdb needs a user with a name.
        users = {entry.pw_uid: entry for entry in pwd.getpwall()}
        names = {entry.pw_name: entry for entry in users.values()}
        for entry in (users.get(holder or 0), *map(names.get, CANDIDATES)):
            if entry is not None and entry.pw_uid != 0:
                return cls(entry.pw_uid, entry.pw_gid)
        raise StartupError(
            "PostgreSQL does not run as root, and this system has no other user: start rondo as another user, "
            "or set DATABASE_URL"
        )

    def own(self, folder: Path) -> None:
        """Change the owner of *folder* and its content; in a restored backup it often differs."""
        if self.uid is not None and self.gid is not None and folder.stat().st_uid != self.uid:
            for root, _, files in os.walk(folder):
                for path in [root, *(os.path.join(root, file) for file in files)]:  # noqa: PTH118
                    os.chown(path, self.uid, self.gid, follow_symlinks=False)
        if folder.stat().st_mode & 0o077:
            folder.chmod(0o700)


def _has_name(uid: int) -> bool:
    try:
        pwd.getpwuid(uid)
    except KeyError:
        return False
    return True
