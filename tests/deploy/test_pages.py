"""Settings, files and commands on the operators' pages exist."""

import re
from pathlib import Path

import click
import pytest

from server.cli import rondo
from server.config.loader import SECRETS, Settings, variable
from tests.deploy.conftest import DEPLOY, ROOT

PAGES = [ROOT / "docs" / name for name in ("deployment.md", "railway.md", "runbook.md")]
FILES = [path for path in DEPLOY.rglob("*") if path.is_file()] + [
    ROOT / ".railway" / "railway.ts",
    ROOT / "railway.json",
]
OF_COMPOSE = {
    "RONDO_DOMAIN",
    "RONDO_PUBLIC_IP",
    "RONDO_HTTP_PORT",
    "RONDO_HTTPS_PORT",
    "RONDO_SITE",
    "RONDO_NODES",
    "RONDO_PROXY_PAGES",
    "RONDO_COMMIT",
}
"""What `deploy/compose.yaml` and the image are told, and pass on under other names."""


def settings() -> set[str]:
    fields = Settings.__struct_fields__
    files = {f"{variable(field)}_FILE" for field in fields if field in SECRETS or field.endswith("_url")}
    return {variable(field) for field in fields} | files


@pytest.mark.parametrize("path", PAGES + FILES, ids=lambda path: path.name)
def test_named_settings_exist(path: Path) -> None:
    named = set(re.findall(r"\bRONDO_[A-Z_]+\b", path.read_text()))
    assert named <= settings() | OF_COMPOSE


@pytest.mark.parametrize("path", [*PAGES, ROOT / "README.md", ROOT / "docs" / "decisions" / "0009-two-listeners.md"])
def test_links_resolve(path: Path) -> None:
    for target in re.findall(r"\]\(([^)#]+)[^)]*\)", path.read_text()):
        if "://" not in target:
            assert (path.parent / target).exists(), target


@pytest.mark.parametrize("path", PAGES, ids=lambda path: path.name)
def test_named_commands_exist(path: Path) -> None:
    for words in re.findall(r"`(?:[^`]* )?rondo ([a-z][a-z -]*)", path.read_text()):
        command: click.Command = rondo
        for word in words.split():
            if not isinstance(command, click.Group):
                break
            assert word in command.commands, words
            command = command.commands[word]


def test_compose_variables_are_explained() -> None:
    compose, page = (DEPLOY / "compose.yaml").read_text(), (ROOT / "docs" / "deployment.md").read_text()
    asked = set(re.findall(r"\$\{(RONDO_\w+)", compose))
    assert asked <= OF_COMPOSE
    assert {"RONDO_DOMAIN", "RONDO_PUBLIC_IP", "RONDO_HTTP_PORT"} <= set(re.findall(r"RONDO_\w+", page))
