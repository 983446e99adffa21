"""`rondo backup`."""

import os
import sys
from datetime import UTC, datetime
from pathlib import Path

import click

from matchmaker.domain.clock import SystemClock
from server.backup.archive import Backup, draft, stdout
from server.backup.backup import BackupScope, write
from server.backup.manifest import Manifest
from server.backup.restore import prove
from server.cli.environment import load_settings
from server.cli.long_work import finish
from server.config.errors import StartupError
from server.config.loader import redact
from server.config.settings import Settings
from server.local_database import address

DASH = Path("-")


def run(file: Path, want: BackupScope, *, proved: bool) -> None:
    """Write a backup, and print its content and the database that it is of.

    Raises:
        StartupError: it failed, or the test restore did; no file is left.
    """
    settings = load_settings().settings
    now, source = SystemClock().now(), f"of {database_name(settings)}"
    if file == DASH:
        manifest = finish(_pipe(settings, want, now=now))
        click.echo(f"rondo: {describe(manifest)}, {source}; not proved: run rondo restore --check on it", err=True)
        return
    if file.is_dir():
        file = file / datetime.fromtimestamp(now / 1_000, UTC).strftime("rondo-%Y%m%d-%H%M%S.backup")
    manifest, doubt = finish(_file(file, settings, want, proved=proved, now=now))
    if doubt is not None:
        click.echo(f"rondo: warning: not proved: {doubt}; run rondo restore --check on another machine", err=True)
    elif proved and manifest.content is not None:
        click.echo("proved: it was restored to a temporary database, and its rows counted")
    click.echo(f"{describe(manifest)}, {source}: {file}")


def database_name(settings: Settings) -> str:
    """Return the name or place of the configured database, without its password."""
    if settings.database_url is not None:
        return redact("database_url", settings.database_url)
    return f"the embedded database in {settings.data_dir.absolute()}"


def describe(manifest: Manifest) -> str:
    """Return a line about the content of a backup."""
    size = sum(part.size for part in manifest.parts.values())
    secrets = "secrets" if "secrets.env" in manifest.parts else "no secrets"
    if manifest.content is None:
        return secrets
    rows = manifest.content.rows
    return f"{sum(rows.values())} rows in {len(rows)} tables, {secrets}, {size / 1_000_000:.1f} MB"


async def _file(
    path: Path, settings: Settings, want: BackupScope, *, proved: bool, now: int
) -> tuple[Manifest, str | None]:
    with draft(path) as (out, name):
        async with address(settings, make=False) as dsn:
            manifest = await write(out, settings, dsn, want, now=now)
            out.flush()
            backup = Backup(name)
            try:
                backup.check()
                doubt = await prove(backup, settings, dsn) if proved else None
            finally:
                backup.close()
            return manifest, doubt


async def _pipe(settings: Settings, want: BackupScope, *, now: int) -> Manifest:
    out = stdout()
    try:
        async with address(settings, make=False) as dsn:
            manifest = await write(out, settings, dsn, want, now=now)
        out.flush()
    except OSError as error:
        # Buffered data would be written again at the exit of the process.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        raise StartupError(f"standard output cannot be written: {error.strerror or error}") from None
    return manifest
