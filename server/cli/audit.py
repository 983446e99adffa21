"""`rondo audit verify` and `rondo audit head`."""

import asyncio

import click

from server.cli.environment import load_settings
from server.config.errors import StartupError
from server.db.safety import audit
from server.local_database import database


def run(head: str | None) -> None:
    """Print the number of entries of the audit log, and its head; *head*, if given, must be one of its entries.

    Raises:
        StartupError: the log was altered, or *head* is not a head of it.
    """
    noted = None if head is None else _read(head)
    try:
        count, last = asyncio.run(_verify(noted))
    except audit.AuditChainBroken as broken:
        raise StartupError(f"the audit log is invalid: {broken}") from None
    entries = "1 entry" if count == 1 else f"{count} entries"
    click.echo(f"the audit log is valid: {entries}, the head is {count}:{last.hex()}")


def print_head() -> None:
    """Print number and hash of the last entry, to be stored outside of the database.

    Raises:
        StartupError: the database cannot be reached.
    """
    n, last = asyncio.run(_head())
    click.echo(f"{n}:{last.hex()}")


def _read(head: str) -> tuple[int | None, bytes]:
    number, _, digits = head.strip().rpartition(":")
    try:
        return (int(number) if number else None), bytes.fromhex(digits)
    except ValueError:
        raise StartupError(f"--head {head}: must have the format of `rondo audit head`, like 17:5e88…") from None


async def _verify(noted: tuple[int | None, bytes] | None) -> tuple[int, bytes]:
    async with database(load_settings().settings) as pool:
        return await audit.verify(pool, noted=noted)


async def _head() -> tuple[int, bytes]:
    async with database(load_settings().settings) as pool:
        return await audit.head(pool)
