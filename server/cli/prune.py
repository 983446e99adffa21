"""`rondo prune`."""

import asyncio

import click

from matchmaker.domain.clock import SystemClock
from server.cli.environment import load_settings
from server.config.settings import Settings
from server.db.retention.prune import prune
from server.db.retention.prune_preview import forecast
from server.local_database import database


def run(*, dry: bool) -> None:
    """Delete what has passed its retention, and print counts by kind; *dry*: only print them."""
    for what, count in asyncio.run(_prune(load_settings().settings, dry=dry)).items():
        click.echo(f"{count:>8} {what}")
    if dry:
        click.echo("nothing was deleted")


async def _prune(settings: Settings, *, dry: bool) -> dict[str, int]:
    act = forecast if dry else prune
    async with database(settings) as pool:
        return await act(pool, settings.retention, now=SystemClock().now())
