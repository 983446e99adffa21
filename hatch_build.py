"""Build hook: our packages, migrations, web files and guide travel inside `rondo/`, with the commit they are of."""

import os
import subprocess
from pathlib import Path
from typing import Any

from hatchling.builders.hooks.plugin.interface import BuildHookInterface

INSIDE = {
    **{name: f"rondo/{name}" for name in ("matchmaker", "signaling", "server")},
    **{name: f"rondo/server/{name}" for name in ("migrations", "web", "docs/guide")},
}
COMMIT = "commit.txt"


class CustomBuildHook(BuildHookInterface):  # type: ignore[type-arg,misc]
    """Adds them to a wheel, except to an editable one, where a copy would go stale; adds the commit to an sdist."""

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        """Name what is laid into the archive."""
        if version == "editable":
            return
        root = Path(self.root)
        found = _commit(root)
        wheel = self.target_name == "wheel"
        if found:
            note = Path(self.directory) / COMMIT
            note.parent.mkdir(parents=True, exist_ok=True)
            note.write_text(f"{found}\n")
            build_data["force_include"][str(note)] = f"rondo/server/{COMMIT}" if wheel else COMMIT
        if wheel:
            build_data["force_include"].update(
                {str(root / name): place for name, place in INSIDE.items() if (root / name).is_dir()}
            )

    def finalize(self, version: str, build_data: dict[str, Any], artifact_path: str) -> None:  # noqa: ARG002 - hatchling's
        """Remove the note: dist/ holds what is published."""
        (Path(self.directory) / COMMIT).unlink(missing_ok=True)


def _commit(root: Path) -> str:
    """Return the commit, empty if unknown: as an sdist says, or the environment (an image has no `.git`), or git."""
    if (root / COMMIT).is_file():
        return (root / COMMIT).read_text().strip()
    if named := os.environ.get("RONDO_COMMIT"):
        return named.strip()
    if not (root / ".git").exists():
        return ""
    git = subprocess.run(["git", "rev-parse", "HEAD"], cwd=root, capture_output=True, text=True, check=False)  # noqa: S607
    return git.stdout.strip()
