"""Where the files that are not Python are: in the package `server` of an installed wheel, at the root of a checkout."""

from pathlib import Path

from server.config.errors import SurroundingsError
from server.config.settings import Settings

HERE = Path(__file__).parents[1]


def migrations() -> Path:
    """Return the folder of SQL migrations."""
    return _folder("migrations")


def web() -> Path:
    """Return the folder of the browser client and the demo page."""
    return _folder("web")


def guide() -> Path:
    """Return the folder of the guide for authors of clients, which `/docs` shows."""
    return _folder("docs/guide")


def page(settings: Settings) -> Path | None:
    """Return the folder of the built start page; None: its sources are served.

    Raises:
        SurroundingsError: RONDO_PAGE names a folder without a page.
    """
    if settings.dev:
        return None
    if settings.page is None:
        # In a checkout there is none, nor in a wheel that was built without node.
        return HERE / "page" if (HERE / "page").is_dir() else None
    if not (settings.page / "index.html").is_file():
        raise SurroundingsError(f"RONDO_PAGE: there is no start page in {settings.page}; node page_build.mjs makes one")
    return settings.page


def _folder(name: str) -> Path:
    """Return an asset folder; see hatch_build.py for how it comes into the wheel.

    Raises:
        FileNotFoundError: the installation is not whole.
    """
    for folder in (HERE / name, HERE.parent / name):
        if folder.is_dir():
            return folder
    raise FileNotFoundError(f"{HERE / name} is missing: install rondo again")
