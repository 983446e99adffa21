"""The settings of commands: read from the environment, with warnings on standard error."""

import os
from collections.abc import Mapping

import click

from server.config.loader import LoadedConfig, load_with_sources


def load_settings(flags: Mapping[str, str | None] | None = None) -> LoadedConfig:
    """Return the settings; print a warning for each ignored variable.

    Raises:
        ConfigError: at least one setting is invalid.
    """
    found = load_with_sources(os.environ, flags)
    for warning in found.warnings:
        click.echo(f"rondo: warning: {warning}", err=True)
    return found
