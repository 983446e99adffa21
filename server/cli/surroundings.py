"""What every command that acts begins with: settings from the environment, warnings on standard error."""

import os
from collections.abc import Mapping

import click

from server.config import Survey, survey


def look(flags: Mapping[str, str | None] | None = None) -> Survey:
    """Return the settings; say which variables were ignored.

    Raises:
        ConfigError: at least one setting is wrong.
    """
    found = survey(os.environ, flags)
    for warning in found.warnings:
        click.echo(f"rondo: warning: {warning}", err=True)
    return found
