"""`rondo admin`: what only the operator may do."""

import asyncio

import click

from matchmaker.clock import SystemClock
from server.cli.database import database
from server.cli.surroundings import look
from server.errors import StartupError
from server.ledger import staff


def appoint(email: str, role: str | None) -> None:
    """Give the holder of an account a role, or take it back (None); say so.

    Raises:
        StartupError: there is no such account, or the database cannot be reached.
    """
    person = asyncio.run(_appoint(email, role))
    if person is None:
        raise StartupError(f"there is no account with the address {email}: sign up, then add it under your account")
    click.echo(f"{email} is {role or 'nobody in particular'} now ({person})")


async def _appoint(email: str, role: str | None) -> str | None:
    async with database(look().settings) as pool:
        return await staff.appoint(pool, email, role, now=SystemClock().now())
