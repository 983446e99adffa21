"""`rondo prune`."""

import asyncio

import click

from matchmaker.clock import SystemClock
from server.cli.database import database
from server.cli.surroundings import look
from server.ledger.forecast import forecast
from server.ledger.prune import prune
from server.settings import Settings


def run(*, dry: bool) -> None:
    """Throw away what has been kept long enough, and say how much of what that was; or only say it (*dry*)."""
    for what, count in asyncio.run(_prune(look().settings, dry=dry)).items():
        click.echo(f"{count:>8} {what}")
    if dry:
        click.echo("nothing was thrown away")


async def _prune(settings: Settings, *, dry: bool) -> dict[str, int]:
    act = forecast if dry else prune
    async with database(settings) as pool:
        return await act(pool, settings.retention, now=SystemClock().now())
