"""Build hook: puts our packages, migrations, web files and guide into `rondo/`, with their commit.

A wheel has the start page built by page_build.mjs, if node and esbuild are there; else only its sources, which the
server compresses, and the build reports that. `RONDO_PAGE` names a folder that was built before.
"""

import os
import shutil
import subprocess
import tempfile
from pathlib import Path
from typing import Any

from hatchling.builders.hooks.plugin.interface import BuildHookInterface

INSIDE = {
    **{name: f"rondo/{name}" for name in ("matchmaker", "signaling", "server")},
    **{name: f"rondo/server/{name}" for name in ("migrations", "web", "docs/guide")},
}
PAGE = "rondo/server/page"
COMMIT = "commit.txt"


class CustomBuildHook(BuildHookInterface):  # type: ignore[type-arg,misc]
    """Adds the files to a wheel, except to an editable one, where copies would become outdated; adds the commit to an
    sdist.
    """

    made = ""
    """The folder of the built page."""

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        """Add the files to the archive."""
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
            self.made = tempfile.mkdtemp(prefix="rondo-page-")
            if page := _page(root, Path(self.made)):
                build_data["force_include"][str(page)] = PAGE
            else:
                self.app.display_warning("no node with esbuild here: the start page is packed as its sources")

    def finalize(self, version: str, build_data: dict[str, Any], artifact_path: str) -> None:  # noqa: ARG002 - hatchling's
        """Remove the commit file: dist/ has only what is published."""
        (Path(self.directory) / COMMIT).unlink(missing_ok=True)
        if self.made:
            shutil.rmtree(self.made)


def _page(root: Path, folder: Path) -> Path | None:
    """Return the built start page, in *folder* if it is built now; None: it cannot be built.

    Raises:
        FileNotFoundError: RONDO_PAGE has no built page.
        subprocess.CalledProcessError: the build fails.
    """
    if given := os.environ.get("RONDO_PAGE"):
        if not (Path(given) / "index.html").is_file():
            raise FileNotFoundError(f"RONDO_PAGE={given}: there is no index.html; make it with node page_build.mjs")
        return Path(given)
    node = shutil.which("node", path=os.pathsep.join((str(root / ".venv" / "bin"), os.environ.get("PATH", ""))))
    if node is None or not (root / "node_modules" / "esbuild").is_dir():
        return None
    subprocess.run([node, "page_build.mjs", str(folder)], cwd=root, check=True)  # noqa: S603 - our own script
    return folder


def _commit(root: Path) -> str:
    """Return the commit, empty if unknown: from an sdist, the environment (an image has no `.git`), or git."""
    if (root / COMMIT).is_file():
        return (root / COMMIT).read_text().strip()
    if named := os.environ.get("RONDO_COMMIT"):
        return named.strip()
    if not (root / ".git").exists():
        return ""
    git = subprocess.run(["git", "rev-parse", "HEAD"], cwd=root, capture_output=True, text=True, check=False)  # noqa: S607
    return git.stdout.strip()
