"""Version and commit of the running code."""

import re
import subprocess
from functools import cache
from importlib.metadata import version
from pathlib import Path

HERE = Path(__file__).parents[1]
VERSION = version("rondo")


@cache
def commit() -> str:
    """Return the commit of this code, `unknown` if neither the installation nor a checkout has it."""
    try:
        # Written to the wheel by hatch_build.py.
        found = (HERE / "commit.txt").read_text().strip()
    except FileNotFoundError:
        found = _of_checkout(HERE.parent)
    return found if re.fullmatch(r"[0-9A-Za-z._-]{1,64}", found) else "unknown"


def _of_checkout(root: Path) -> str:
    """Return the commit of the checkout at *root*, empty if there is none."""
    if not (root / ".git").exists():
        return ""
    try:
        git = subprocess.run(["git", "rev-parse", "HEAD"], cwd=root, capture_output=True, text=True, check=False)  # noqa: S607
    except OSError:
        return ""
    return git.stdout.strip()
