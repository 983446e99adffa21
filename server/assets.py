"""Where the files that are not Python are: beside this module in an installed wheel, at the root of a checkout."""

from pathlib import Path

HERE = Path(__file__).parent


def migrations() -> Path:
    """Return the folder of SQL migrations."""
    return _folder("migrations")


def web() -> Path:
    """Return the folder of the browser client and the demo page."""
    return _folder("web")


def guide() -> Path:
    """Return the folder of the guide for authors of clients, which `/docs` shows."""
    return _folder("docs/guide")


def _folder(name: str) -> Path:
    """Return an asset folder; see hatch_build.py for how it comes into the wheel.

    Raises:
        FileNotFoundError: the installation is not whole.
    """
    for folder in (HERE / name, HERE.parent / name):
        if folder.is_dir():
            return folder
    raise FileNotFoundError(f"{HERE / name} is missing: install rondo again")
