"""The previous release runs on the schema of this one: its own stories are run there."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

from server.config import assets
from tests.migrations.future import add_everywhere
from tests.migrations.history import ROOT, Previous, git, previous, unpack

A_FEW = (
    "test_restart.py::test_call_survives_a_sigkill",
    "test_restart.py::test_cooldowns_blocks_and_sessions_survive",
    "test_chat.py::test_message_is_acknowledged_and_delivered",
    "test_introductions.py::test_introductions_survive_a_restart",
    "test_safety.py::test_bans_reports_and_blocks_survive_a_crash",
    # The same stories by their names before 0.1.0, which the commit before the last migration has.
    "test_restart.py::test_a_call_survives_a_power_cut",
    "test_restart.py::test_cooldowns_blocks_and_logins_survive",
    "test_chat.py::test_a_message_is_acknowledged_and_heard",
    "test_introductions.py::test_what_survives_a_restart",
    "test_safety.py::test_bans_reports_and_blocks_outlast_a_crash",
)
"""Stories that write to every table of a conversation, for as long as there has been no release."""


def tell(folder: Path, stories: list[str]) -> "subprocess.CompletedProcess[str]":
    """Run stories in a separate tree, with the Python packages of this one."""
    ours = ("RONDO_", "DATABASE_", "REDIS_", "PORT", "HOST", "PYTEST_", "PYTHON")
    kept = {name: value for name, value in os.environ.items() if not name.startswith(ours)}
    return subprocess.run(
        [sys.executable, "-m", "pytest", "-q", "-x", "-p", "no:cacheprovider", "-k", "not two_nodes", *stories],
        cwd=folder,
        env=kept | {"PYTHONPATH": str(folder)},
        capture_output=True,
        text=True,
        timeout=600,
        check=False,
    )


def test_journeys_of_the_previous_release_pass(tmp_path: Path):
    before = previous(ROOT)
    if before is None:
        # Nobody knows what was before: then this code is the one before a release that adds something everywhere.
        copy(tmp_path)
        add_everywhere(tmp_path / "migrations")
    else:
        unpack(before.commit, tmp_path)
        # The old server takes the new schema for its own, as a process does that was there before the deploy.
        for path in assets.migrations().iterdir():
            shutil.copy(path, tmp_path / "migrations")
    told = tell(tmp_path, stories(tmp_path, before))
    assert told.returncode == 0, told.stdout[-4_000:] + told.stderr[-2_000:]
    assert " passed" in told.stdout, told.stdout


def test_this_release_runs_over_additions_of_the_next(tmp_path: Path):
    copy(tmp_path)
    add_everywhere(tmp_path / "migrations")
    told = tell(tmp_path, [f"tests/journeys/{A_FEW[0]}"])
    assert told.returncode == 0, told.stdout[-4_000:] + told.stderr[-2_000:]


def stories(folder: Path, before: Previous | None) -> list[str]:
    """Return which of its stories are told: of a release all."""
    journeys = Path("tests/journeys")
    if before is not None and before.is_release:
        return [str(journeys), f"--ignore={journeys / 'test_crowd.py'}"]
    return [str(journeys / one) for one in A_FEW if _tells(folder / journeys, *one.split("::"))]


def _tells(folder: Path, file: str, story: str) -> bool:
    return (folder / file).exists() and f"def {story}(" in (folder / file).read_text()


def copy(folder: Path) -> None:
    """Lay this tree, as far as stories need it, into *folder*."""
    for name in ("matchmaker", "signaling", "server", "migrations", "web", "docs/guide", "tests"):
        shutil.copytree(ROOT / name, folder / name, ignore=shutil.ignore_patterns("__pycache__", "screenshots"))
    shutil.copy(ROOT / "pyproject.toml", folder)


def test_previous_release_from_git(tmp_path: Path):
    assert previous(tmp_path) is None, "a folder without history"
    if shutil.which("git") is None:
        return
    root = tmp_path / "tree"
    (root / "migrations").mkdir(parents=True)

    def commit(file: str, text: str) -> str:
        (root / file).write_text(text)
        git(root, "add", "-A")
        identity = ("-c", "user.name=ada", "-c", "user.email=ada@rondo.example")
        git(root, *identity, "commit", "-q", "--no-gpg-sign", "--no-verify", "-m", file)
        return git(root, "rev-parse", "HEAD")

    subprocess.run(["git", "init", "-q", root], check=True)
    commit("migrations/0001_people.sql", "CREATE TABLE people ();")
    assert previous(root) is None, "nothing was before the only migration"
    before = commit("code.py", "1")
    (root / "migrations" / "0002_rooms.sql").write_text("CREATE TABLE rooms ();")
    assert previous(root) == Previous(before, is_release=False), "a migration that is not committed yet"
    commit("migrations/0002_rooms.sql", "CREATE TABLE rooms ();")
    commit("code.py", "2")
    assert previous(root) == Previous(before, is_release=False)
    git(root, "tag", "v0.1.0")
    assert previous(root) == Previous(before, is_release=False), "the first release has none before it"
    commit("code.py", "3")
    assert previous(root) == Previous("v0.1.0", is_release=True)
    git(root, "tag", "v0.2.0")
    assert previous(root) == Previous("v0.1.0", is_release=True), "not itself"
    subprocess.run(["git", "clone", "-q", "--depth=1", f"file://{root}", tmp_path / "shallow"], check=True)
    git(tmp_path / "shallow", "tag", "-d", "v0.2.0")
    assert previous(tmp_path / "shallow") is None
