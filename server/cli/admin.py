"""`rondo admin`: commands for the operator only."""

import asyncio

import click

from matchmaker.domain.clock import SystemClock
from server.cli.environment import load_settings
from server.config.errors import StartupError
from server.db.accounts import invite_codes
from server.db.moderation import moderators
from server.domain.share_codes import INVITE_LENGTH, new_code
from server.local_database import database


def appoint(who: str, role: str | None) -> None:
    """Set the role of an account, given by user id or verified address; None removes it. Prints the account.

    Raises:
        StartupError: there is no such account, or the database cannot be reached.
    """
    person = asyncio.run(_appoint(who, role))
    if person is None:
        raise StartupError(
            f"there is no account with the id or the verified address {who}: the id is on the page under your account, "
            "and an address counts once it is verified (RONDO_SMTP_URL)"
        )
    click.echo(f"{who} has {f'the role {role}' if role else 'no role'} now ({person})")


def make_invite_code(uses: int) -> None:
    """Create an administrator's invite code, and print it.

    Raises:
        StartupError: the database cannot be reached, or *uses* is above RONDO_INVITE_CODE_USES_MAX.
    """
    code = asyncio.run(_make_invite_code(uses))
    click.echo(f"{uses} {'person' if uses == 1 else 'people'} can come in with the invite code {code}")


async def _make_invite_code(uses: int) -> str:
    settings = load_settings().settings
    if uses > settings.invite_code_uses_max:
        raise StartupError(f"--uses {uses}: at most {settings.invite_code_uses_max} (RONDO_INVITE_CODE_USES_MAX)")
    async with database(settings) as pool:
        made = await invite_codes.make(pool, new_code(INVITE_LENGTH), uses=uses, by=None, now=SystemClock().now())
        return made.code


async def _appoint(who: str, role: str | None) -> str | None:
    async with database(load_settings().settings) as pool:
        return await moderators.appoint(pool, who, role, now=SystemClock().now())
