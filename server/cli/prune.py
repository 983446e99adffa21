"""`rondo prune`."""

import asyncio

import click

from matchmaker.clock import SystemClock
from server.cli.database import database
from server.cli.surroundings import look
from server.ledger.prune import prune
from server.settings import Settings


def run() -> None:
    """Throw away what has been kept long enough, and say how much of what that was."""
    for what, count in asyncio.run(_prune(look().settings)).items():
        click.echo(f"{count:>8} {what}")


async def _prune(settings: Settings) -> dict[str, int]:
    async with database(settings) as pool:
        return await prune(pool, settings.retention, now=SystemClock().now())
