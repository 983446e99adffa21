"""What CONTRIBUTING.md names exists: files, the places of the walk, the targets of make, the hooks."""

import ast
import re
from pathlib import Path

import pytest
import yaml

ROOT = Path(__file__).parents[2]
PAGE = (ROOT / "CONTRIBUTING.md").read_text()
PLACES = sorted(set(re.findall(r"`([\w/.-]+\.py)::([\w.]+)`", PAGE)))
FILES = sorted(set(re.findall(r"`([\w.-]+(?:/[\w.-]+)+\.(?:py|sql|md|js|d\.ts|json|yml))`", PAGE)))
FOLDERS = sorted(set(re.findall(r"`([\w./-]+)/`", PAGE)))


def defined(tree: ast.AST) -> dict[str, ast.AST]:
    """Return what *tree* defines, by name: classes, functions, assigned names."""
    found: dict[str, ast.AST] = {}
    for node in ast.iter_child_nodes(tree):
        match node:
            case ast.ClassDef() | ast.FunctionDef() | ast.AsyncFunctionDef():
                found[node.name] = node
            case ast.Assign(targets=targets):
                found |= {target.id: node for target in targets if isinstance(target, ast.Name)}
            case ast.AnnAssign(target=ast.Name(id=name)):
                found[name] = node
    return found


def test_page_names_the_walk_and_the_recipes():
    assert len(PLACES) > 20
    assert len(FILES) > 30


@pytest.mark.parametrize(("file", "name"), PLACES)
def test_place_exists(file: str, name: str):
    node: ast.AST = ast.parse((ROOT / file).read_text())
    for part in name.split("."):
        assert part in defined(node), f"{file} defines no {name}"
        node = defined(node)[part]


def test_named_files_and_folders_exist():
    assert [file for file in FILES if not (ROOT / file).is_file()] == []
    written = {"dist", "tests/browser/screenshots"}
    assert [folder for folder in FOLDERS if folder not in written and not (ROOT / folder).is_dir()] == []


def test_targets_of_make_exist():
    targets = set(re.findall(r"^([a-z-]+):", (ROOT / "Makefile").read_text(), re.MULTILINE))
    assert set(re.findall(r"\bmake ([a-z-]+)", PAGE)) <= targets


def test_glossary_has_twenty_words():
    table = PAGE.partition("## Twenty words")[2].partition("\n## ")[0]
    assert len([line for line in table.splitlines() if line.startswith("| ")]) - 1 == 20


def test_hooks_are_local_and_of_the_virtual_environment():
    config = yaml.safe_load((ROOT / ".pre-commit-config.yaml").read_text())
    assert [repo["repo"] for repo in config["repos"]] == ["local"]
    assert all(hook["entry"].startswith(".venv/bin/") for repo in config["repos"] for hook in repo["hooks"])
