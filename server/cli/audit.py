"""`rondo audit verify`."""

import asyncio

import click

from server.cli.database import database
from server.cli.surroundings import look
from server.errors import StartupError
from server.ledger import audit


def run(head: str | None) -> None:
    """Say how many entries the audit log has, and its last hash; *head*, if given, must be one of them.

    Raises:
        StartupError: the log is not as it was written.
    """
    try:
        count, last = asyncio.run(_verify(head))
    except audit.Broken as broken:
        raise StartupError(f"the audit log does not hold: {broken}") from None
    entries = "1 entry" if count == 1 else f"{count} entries"
    click.echo(f"the audit log holds: {entries}, the last hash is {last.hex()}")


async def _verify(head: str | None) -> tuple[int, bytes]:
    async with database(look().settings) as pool:
        found = await audit.verify(pool)
        if head is not None and not await audit.contains(pool, head):
            raise StartupError(f"the audit log was cut off: {head} is not in it")
        return found
