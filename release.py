"""`make release` and `make sbom`: the published files, built from a clean tree, tested in empty environments."""

import json
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import tomllib
import urllib.request
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import IO

ROOT = Path(__file__).parent
DIST = ROOT / "dist"
LOCK = ROOT / "requirements.lock"
START_LINES = 500
"""Maximum number of log lines before a starting server listens."""


def main(command: str) -> None:
    """Run the make target of the same name."""
    if command == "sbom":
        print(sbom())
    elif command == "release":
        release()
    else:
        sys.exit(f"release.py: no command {command!r}")


def release() -> None:
    """Build wheel, sdist and SBOM into dist/, install each of the first two into an empty environment, and test it.

    Exits with a line if the tree is not clean: published files must match a commit.
    """
    if changed := _run("git", "status", "--porcelain"):
        sys.exit(f"release.py: the tree is not clean, commit or remove first:\n{changed}")
    shutil.rmtree(DIST, ignore_errors=True)
    archives = build(DIST)
    sbom()
    for archive in archives:
        with tempfile.TemporaryDirectory(prefix="rondo-release-") as folder:
            python = _environment(Path(folder) / "env", archive)
            print(f"{archive.name}: {smoke([str(python.with_name('rondo'))], Path(folder))}")
    print(*sorted(path.relative_to(ROOT) for path in DIST.iterdir()), sep="\n")


def build(target: Path) -> list[Path]:
    """Build sdist and wheel into *target*; return their paths. The same commit gives the same bytes.

    Exits with a line if the start page cannot be built: a published wheel includes it.
    """
    when = _run("git", "log", "-1", "--format=%ct")
    node = shutil.which("node", path=os.pathsep.join((str(Path(sys.executable).parent), os.environ["PATH"])))
    if node is None or not (ROOT / "node_modules" / "esbuild").is_dir():
        sys.exit("release.py: there is no node with esbuild to build the start page with; make release sets them up")
    with tempfile.TemporaryDirectory(prefix="rondo-page-") as page:
        _run(node, "page_build.mjs", page)
        _run(sys.executable, "-m", "hatchling", "build", "-d", str(target), SOURCE_DATE_EPOCH=when, RONDO_PAGE=page)
    return sorted([*target.glob("rondo-*.tar.gz"), *target.glob("rondo-*.whl")])


def sbom() -> Path:
    """Write the components of the wheel and its extras, by the lock, as CycloneDX 1.6; return the path."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    path = DIST / f"rondo-{project['version']}.cdx.json"
    DIST.mkdir(exist_ok=True)
    _run(
        *(sys.executable, "-m", "cyclonedx_py", "requirements", str(LOCK), "--pyproject", "pyproject.toml"),
        *("--mc-type", "application", "--sv", "1.6", "--of", "JSON", "--output-reproducible", "-o", str(path)),
    )
    return path


def smoke(rondo: Sequence[str], folder: Path, **settings: str) -> str:
    """Start `rondo serve` in *folder*, sign a user up, stop it; return the version and commit of the server.

    Raises:
        RuntimeError: it did not start, answer or stop as expected.
    """
    environ = {name: os.environ[name] for name in ("PATH", "TMPDIR") if name in os.environ}
    environ |= {"LANG": "C.UTF-8", "RONDO_LOG": "json", "RONDO_DATA_DIR": str(folder / "data")} | settings
    folder.chmod(0o711)  # as root, the database runs as another user
    with (folder / "log").open("wb") as log:
        server = subprocess.Popen(
            [*rondo, "serve", "--port", "0"], cwd=folder, env=environ, stdout=subprocess.PIPE, stderr=log
        )
        try:
            assert server.stdout
            base = f"http://127.0.0.1:{_port(server.stdout, folder / 'log')}"
            _ask(f"{base}/readyz")
            person = _ask(f"{base}/v1/auth/guest", {"display_name": "Ada", "adult": True})
            if not json.loads(person).get("token"):
                raise RuntimeError(f"the sign-up answered {person!r}")
            info = next(line for line in _ask(f"{base}/metrics").splitlines() if line.startswith("rondo_info{"))
            server.send_signal(signal.SIGTERM)
            server.stdout.read()
            if code := server.wait(40):
                raise RuntimeError(f"it ended with exit code {code}")
        finally:
            server.kill()
            server.wait()
    return info


def _environment(folder: Path, archive: Path) -> Path:
    """Create an empty environment with *archive* and its locked dependencies; return its Python."""
    _run(sys.executable, "-m", "venv", str(folder))
    python = folder / "bin" / "python"
    pip = (str(python), "-m", "pip", "--disable-pip-version-check", "--no-input", "-q", "install")
    _run(*pip, "--require-hashes", "-r", str(LOCK))
    _run(*pip, "--no-deps", "--no-build-isolation", str(archive))
    return python


def _port(output: IO[bytes], errors: Path) -> int:
    for _ in range(START_LINES):
        line = output.readline()
        if not line:
            break
        said = json.loads(line)
        if said["event"] == "listening":
            return int(said["port"])
    raise RuntimeError(f"it did not start: {errors.read_text(errors='replace')}")


def _ask(url: str, body: Mapping[str, object] | None = None) -> str:
    """Return the answer to a GET, or to a POST of *body*."""
    request = urllib.request.Request(
        url, None if body is None else json.dumps(body).encode(), {"Content-Type": "application/json"}
    )
    with urllib.request.urlopen(request, timeout=10) as answer:
        return str(answer.read().decode())


def _run(*command: str, **environ: str) -> str:
    """Run a command at the root; return its output, and exit with its errors if it fails."""
    done = subprocess.run(command, cwd=ROOT, env=os.environ | environ, capture_output=True, text=True, check=False)
    if done.returncode:
        sys.exit(f"release.py: {' '.join(command)} failed:\n{done.stdout}{done.stderr}")
    return done.stdout.strip()


if __name__ == "__main__":
    main(sys.argv[1])
