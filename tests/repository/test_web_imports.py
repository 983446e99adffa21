"""Modules of the client and the page import each other in one direction, those that are loaded later too."""

import re
from graphlib import CycleError, TopologicalSorter
from pathlib import Path

import pytest

WEB = Path(__file__).parents[2] / "web"
COMMENT = re.compile(r"/\*.*?\*/", re.DOTALL)
IMPORT = re.compile(r"""(?:\bfrom|\bimport|\bimport\()\s*'(\.[^']+)'""")


def imports() -> dict[Path, set[Path]]:
    """Return what each module imports, statically or later."""
    files = [file for file in WEB.rglob("*.js") if not {"vendor", "node_modules"} & set(file.parts)]
    return {
        file: {(file.parent / name).resolve() for name in IMPORT.findall(COMMENT.sub("", file.read_text()))}
        for file in files
    }


def test_modules_of_the_page_have_no_circle() -> None:
    found = imports()
    assert (WEB / "app" / "app.js").resolve() in found[WEB / "app" / "opening.js"], "a later import is one too"
    try:
        TopologicalSorter(found).prepare()
    except CycleError as circle:
        pytest.fail(" -> ".join(str(file.relative_to(WEB)) for file in circle.args[1]))
