"""`rondo config`."""

import ast
import inspect
from itertools import pairwise

import click

from server.cli.environment import load_settings
from server.config import settings
from server.config.loader import Settings, redact, text_of, variable
from server.config.sections import (
    attempt_settings,
    channel_settings,
    friend_settings,
    http_settings,
    node_settings,
    socket_settings,
)


def run(*, explain: bool) -> None:
    """Print each setting as a line of an environment file, followed by its source.

    Raises:
        ConfigError: at least one setting is invalid.
    """
    found = load_settings()
    reasons = explanations() if explain else {}
    own = Settings.__annotations__
    for field in sorted(Settings.__struct_fields__, key=lambda field: field not in own):
        if explain:
            click.echo(f"\n# {reasons[field]}")
        text = text_of(getattr(found.settings, field))
        shown = redact(field, text) if text else ""
        click.echo(f"{variable(field) + '=' + shown:<52} # {found.sources[field]}")


def explanations() -> dict[str, str]:
    """Return the purpose of each setting: its docstring."""
    modules = (
        attempt_settings,
        http_settings,
        socket_settings,
        node_settings,
        friend_settings,
        channel_settings,
        settings,
    )
    trees = [ast.parse(inspect.getsource(module)) for module in modules]
    classes = [node.body for tree in trees for node in tree.body if isinstance(node, ast.ClassDef)]
    return {
        field.target.id: " ".join(str(text.value.value).split())
        for body in classes
        for field, text in pairwise(body)
        if isinstance(field, ast.AnnAssign)
        and isinstance(field.target, ast.Name)
        and isinstance(text, ast.Expr)
        and isinstance(text.value, ast.Constant)
    }
