"""What every command that acts begins with: settings from the environment, warnings on standard error."""

import os
from collections.abc import Mapping

import click

from server.config.loader import LoadedConfig, load_with_sources


def load_settings(flags: Mapping[str, str | None] | None = None) -> LoadedConfig:
    """Return the settings; say which variables were ignored.

    Raises:
        ConfigError: at least one setting is wrong.
    """
    found = load_with_sources(os.environ, flags)
    for warning in found.warnings:
        click.echo(f"rondo: warning: {warning}", err=True)
    return found
