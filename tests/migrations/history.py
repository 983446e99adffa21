"""What git knows of releases; nothing, in a tree without history."""

import shutil
import subprocess
import zipfile
from io import BytesIO
from pathlib import Path
from typing import NamedTuple

from server.db.maintenance.migration import read

ROOT = Path(__file__).parents[2]


class Previous(NamedTuple):
    """The code before the newest migration."""

    commit: str
    is_release: bool


def previous(root: Path) -> Previous | None:
    """Return the last release; before there is one the commit before the newest migration; None: no history is here."""
    if release := git(root, "describe", "--tags", "--match", "v[0-9]*", "--abbrev=0", "HEAD"):
        # At the release itself it is the one before that.
        if git(root, "rev-parse", f"{release}^{{commit}}") != git(root, "rev-parse", "HEAD"):
            return Previous(release, is_release=True)
        if earlier := git(root, "describe", "--tags", "--match", "v[0-9]*", "--abbrev=0", f"{release}^"):
            return Previous(earlier, is_release=True)
    head = git(root, "rev-parse", "HEAD")
    if not head:
        return None
    newest = read(root / "migrations")[-1].name
    added = git(root, "log", "-1", "--diff-filter=A", "--format=%H", "--", f"migrations/{newest}")
    if not added:  # not committed yet
        return Previous(head, is_release=False)
    parent = git(root, "rev-parse", "--verify", "--quiet", f"{added}^")
    return Previous(parent, is_release=False) if parent else None  # a shallow clone ends here


def git(root: Path, *arguments: str) -> str:
    """Return the output of git, blank when there is no git, no history or no result."""
    if not (root / ".git").exists() or shutil.which("git") is None:
        return ""
    said = subprocess.run(["git", "-C", root, *arguments], capture_output=True, text=True, check=False)
    return said.stdout.strip() if said.returncode == 0 else ""


def unpack(commit: str, folder: Path) -> None:
    """Lay the tree of *commit* into *folder*, without touching the repository."""
    packed = subprocess.run(["git", "-C", ROOT, "archive", "--format=zip", commit], capture_output=True, check=True)
    with zipfile.ZipFile(BytesIO(packed.stdout)) as tree:
        tree.extractall(folder)
