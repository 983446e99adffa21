"""Paths of asset files: in the package `server` of an installed wheel, at the root of a checkout."""

from pathlib import Path

from server.config.errors import SurroundingsError
from server.config.settings import Settings

HERE = Path(__file__).parents[1]


def migrations() -> Path:
    """Return the folder of SQL migrations."""
    return _folder("migrations")


def web() -> Path:
    """Return the folder of the browser client and the start page."""
    return _folder("web")


def guide() -> Path:
    """Return the folder of the client guide, which `/docs` serves."""
    return _folder("docs/guide")


def page(settings: Settings) -> Path | None:
    """Return the folder of the built start page; None: its sources are served.

    Raises:
        SurroundingsError: RONDO_PAGE names a folder without a page.
    """
    if settings.dev:
        return None
    if settings.page is None:
        # A checkout has none, nor a wheel that was built without node.
        return HERE / "page" if (HERE / "page").is_dir() else None
    if not (settings.page / "index.html").is_file():
        raise SurroundingsError(
            f"RONDO_PAGE: there is no start page in {settings.page}; build one with node page_build.mjs"
        )
    return settings.page


def _folder(name: str) -> Path:
    """Return an asset folder; hatch_build.py includes them in the wheel.

    Raises:
        FileNotFoundError: the installation is incomplete.
    """
    for folder in (HERE / name, HERE.parent / name):
        if folder.is_dir():
            return folder
    raise FileNotFoundError(f"{HERE / name} is missing: install rondo again")
