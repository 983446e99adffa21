"""Commands and options on the operators' pages exist."""

import re
from pathlib import Path

import click
import pytest

from server.cli import rondo

ROOT = Path(__file__).parents[2]
PAGES = [ROOT / "README.md", *sorted((ROOT / "docs").glob("*.md"))]
TYPED = re.compile(
    r"\brondo ((?:[a-z-]+ )*?)(backup|restore|prune|migrate|doctor|serve|verify|grant|invite-code)\b([^`|;&)\n]*)"
)


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_options_on_the_pages_exist(page: Path):
    for groups, name, rest in TYPED.findall(page.read_text()):
        command: click.Command | None = rondo
        for word in [*groups.split(), name]:
            if not isinstance(command, click.Group) or word not in command.commands:
                command = None
                break
            command = command.commands[word]
        if command is not None:
            known = {option for parameter in command.params for option in parameter.opts} | {"--help"}
            assert set(re.findall(r"(?<!\S)--[a-z-]+", rest)) <= known, (name, rest)
