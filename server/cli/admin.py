"""`rondo admin`: what only the operator may do."""

import asyncio

import click

from matchmaker.clock import SystemClock
from server.cli.database import database
from server.cli.surroundings import look
from server.codes import INVITE_LENGTH, new_code
from server.errors import StartupError
from server.ledger import invite_codes, staff


def appoint(email: str, role: str | None) -> None:
    """Give the holder of an account a role, or take it back (None); say so.

    Raises:
        StartupError: there is no such account, or the database cannot be reached.
    """
    person = asyncio.run(_appoint(email, role))
    if person is None:
        raise StartupError(f"there is no account with the address {email}: sign up, then add it under your account")
    click.echo(f"{email} is {role or 'nobody in particular'} now ({person})")


def make_invite_code(uses: int) -> None:
    """Make an administrator's code, and say it.

    Raises:
        StartupError: the database cannot be reached.
    """
    code = asyncio.run(_make_invite_code(uses))
    click.echo(f"{uses} {'person' if uses == 1 else 'people'} can come in with the invite code {code}")


async def _make_invite_code(uses: int) -> str:
    async with database(look().settings) as pool:
        made = await invite_codes.make(pool, new_code(INVITE_LENGTH), uses=uses, by=None, now=SystemClock().now())
        return made.code


async def _appoint(email: str, role: str | None) -> str | None:
    async with database(look().settings) as pool:
        return await staff.appoint(pool, email, role, now=SystemClock().now())
