"""Another commit of this repository, checked out in a temporary folder while it is measured."""

import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

HERE = Path(__file__).parent


@contextmanager
def checked_out(ref: str, folder: Path) -> Iterator[tuple[str, Path]]:
    """Check *ref* out under *folder*; give its short hash and where it lies, and remove it afterwards.

    It runs with the dependencies that are installed here.

    Raises:
        SystemExit: there is no such commit.
    """
    done = _git("rev-parse", "--verify", "--short", f"{ref}^{{commit}}")
    if done.returncode:
        raise SystemExit(f"--compare {ref}: {done.stderr.strip()}")
    commit = done.stdout.strip()
    tree = folder / f"tree-{commit}"
    _git("worktree", "add", "--detach", str(tree), commit).check_returncode()
    try:
        yield commit, tree
    finally:
        _git("worktree", "remove", "--force", str(tree)).check_returncode()


def _git(*arguments: str) -> "subprocess.CompletedProcess[str]":
    return subprocess.run(["git", *arguments], check=False, capture_output=True, text=True, cwd=HERE)
