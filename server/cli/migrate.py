"""`rondo migrate`."""

import asyncio

import click

from server.cli.environment import load_settings
from server.config import assets
from server.config.data_dir import DataDir
from server.config.settings import Settings
from server.db.maintenance.migrate import migrate
from server.postgres import Postgres


def run() -> None:
    """Migrate the database that `rondo serve` would use.

    Raises:
        StartupError: the migration failed.
    """
    applied = asyncio.run(_migrate(load_settings().settings))
    for name in applied:
        click.echo(f"applied {name}")
    click.echo(f"the database is up to date ({len(applied)} applied)")


async def _migrate(settings: Settings) -> tuple[str, ...]:
    if settings.database_url is not None:
        return await migrate(settings.database_url, assets.migrations(), rollback=settings.rollback)
    folder = DataDir(settings.data_dir)
    folder.hold()
    try:
        async with Postgres(folder.path, programs=settings.postgres_bin) as postgres:
            return await migrate(postgres.dsn(), assets.migrations(), rollback=settings.rollback)
    finally:
        folder.release()
