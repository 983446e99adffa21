"""`rondo restore`."""

import shutil
import sys
import tempfile
from pathlib import Path

import click

from matchmaker.domain.clock import SystemClock
from server.backup import restore as way
from server.backup.archive import Backup
from server.backup.backup import BackupScope
from server.backup.restore import Restored
from server.cli.backup import DASH, describe
from server.cli.environment import load_settings
from server.cli.long_work import finish
from server.config.errors import StartupError
from server.config.settings import Settings
from server.local_database import address


def run(file: Path | None, want: BackupScope, *, check: bool, yes: bool, undo: bool, drop_previous: bool) -> None:
    """Restore a backup, only check it, or undo a restore, and print what was done.

    Raises:
        StartupError: the restore failed; nothing was changed.
    """
    settings = load_settings().settings
    if file is not None:
        backup = _open(file)
        try:
            if check:
                _check(backup, settings, want)
            else:
                _restore(backup, settings, want, yes=yes, drops=drop_previous)
        finally:
            backup.close()
    if undo:
        _print_result(finish(_undo(settings)), "the earlier state is restored")
    if drop_previous:
        for name in finish(_drop(settings)):
            click.echo(f"dropped {name}")


def _open(file: Path) -> Backup:
    if file != DASH:
        return Backup(file)
    spool = tempfile.TemporaryFile()  # noqa: SIM115 - the backup is its owner
    try:
        shutil.copyfileobj(sys.stdin.buffer, spool)
    except OSError as error:
        raise StartupError(f"standard input cannot be buffered: {error.strerror}") from None
    return Backup(spool)


def _check(backup: Backup, settings: Settings, want: BackupScope) -> None:
    way.require_restorable(backup, want)
    doubt = finish(_prove(backup, settings)) if want.database else None
    if doubt is not None:
        raise StartupError(f"the backup is intact, but was not restored: {doubt}")
    click.echo(f"it can be restored: {describe(backup.manifest)}")


def _restore(backup: Backup, settings: Settings, want: BackupScope, *, yes: bool, drops: bool) -> None:
    done = finish(_put(backup, settings, want, yes=yes))
    _print_result(done, f"restored {describe(backup.manifest)}" if want.database else None, drops=drops)


def _print_result(done: Restored, what: str | None, *, drops: bool = False) -> None:
    if what is not None:
        click.echo(what)
    for name in done.migrated:
        click.echo(f"applied {name}")
    if done.secrets is not None:
        click.echo(done.secrets)
    if done.kept is not None and not drops:
        click.echo(f"the replaced database is kept as {done.kept}: --undo swaps it back, --drop-previous removes it")


async def _put(backup: Backup, settings: Settings, want: BackupScope, *, yes: bool) -> Restored:
    async with address(settings, alone=True) as dsn:
        return await way.restore(backup, settings, dsn, want, replace=yes, now=SystemClock().now())


async def _undo(settings: Settings) -> Restored:
    async with address(settings, alone=True, make=False) as dsn:
        return await way.undo(settings, dsn, now=SystemClock().now())


async def _prove(backup: Backup, settings: Settings) -> str | None:
    async with address(settings) as dsn:
        return await way.prove(backup, settings, dsn)


async def _drop(settings: Settings) -> list[str]:
    async with address(settings, make=False) as dsn:
        return await way.drop_previous(settings, dsn)
