"""Where the secrets of a backup are restored to: `secrets.env`, or the database that stores the key."""

import os
from datetime import UTC, datetime
from pathlib import Path

from server.backup.archive import Backup, draft
from server.backup.backup import BackupScope
from server.config.errors import StartupError
from server.config.secret_key import FILE, key_of, secret_in
from server.config.settings import Settings
from server.db.maintenance.restore_target import give_key


def wanted(backup: Backup, want: BackupScope) -> str | None:
    """Return the text of the secrets in *backup*, None if they are not selected, or missing.

    Raises:
        StartupError: only secrets are selected and they are missing; or they are damaged.
    """
    text = backup.secrets() if want.secrets else None
    if text is None and not want.database:
        raise StartupError(f"there are no secrets in {backup.name}")
    if text is not None and secret_in(text.splitlines()) is None:
        raise StartupError(f"the secrets in {backup.name} have no RONDO_SECRET")
    return text


def key(text: str | None) -> bytes | None:
    """Return the key in the text of a `secrets.env`, None if it has none."""
    secret = secret_in(text.splitlines()) if text else None
    return None if secret is None else key_of(secret)


async def put(settings: Settings, text: str | None, dsn: str | None, *, now: int) -> str | None:
    """Restore the secrets, and return in one line what was done or is missing; None: nothing to report.

    *dsn* None: the database has its key already.

    Raises:
        StartupError: they cannot be written; the former ones stay.
    """
    if text is None:
        if settings.embedded and settings.secret is None and not (settings.data_dir / FILE).exists():
            return (
                f"{FILE} is missing: restore it with --secrets-only before you start the server, or it makes a new key"
            )
        return None
    found = key(text)
    if settings.secret is not None:
        if found == key_of(settings.secret):
            return "RONDO_SECRET is the key of the backup"
        return (
            "RONDO_SECRET is not the key of the backup: users who deleted an account are not recognized; "
            f"set it as in its part {FILE} before you start the server"
        )
    if settings.embedded:
        return _write(settings.data_dir / FILE, text, now=now)
    if dsn is not None and found is not None:
        await give_key(dsn, found)
    return "the key of the installation is restored"


def previous(settings: Settings) -> list[Path]:
    """Return the files with secrets that earlier restores have kept."""
    return sorted(settings.data_dir.glob(f"{FILE}.before_*"))


def _write(path: Path, text: str, *, now: int) -> str:
    """Write *text* to *path*; the former file is kept under a dated name."""
    try:
        before = path.read_text() if path.exists() else None
        if before == text:
            return f"{path} is unchanged"
        if before is not None:
            stamp = datetime.fromtimestamp(now / 1_000, UTC).strftime("%Y%m%d_%H%M%S")
            os.link(path, path.with_name(f"{FILE}.before_{stamp}"))
    except OSError as error:
        raise StartupError(f"{path} cannot be replaced: {error.strerror}; restore again with --secrets-only") from None
    with draft(path) as (file, _):
        file.write(text.encode())
    return f"{path} is restored"
