"""The secrets of this installation: created once, stored in `secrets.env`, readable by the server alone."""

import base64
import os
import secrets
from collections.abc import Iterable
from pathlib import Path

from server.config.errors import StartupError
from server.config.settings import Settings

FILE = "secrets.env"
KEY_BYTES = 32


def load_or_create(settings: Settings) -> bytes:
    """Return the server's key, at least 32 random bytes; create and store one at the first start.

    Raises:
        StartupError: `secrets.env` has no key, or is missing while its database exists, or the data directory cannot be
        written.
    """
    path = settings.data_dir / FILE
    secret = settings.secret or _kept(path)
    if secret is None and (settings.data_dir / "postgres" / "PG_VERSION").exists():
        raise StartupError(
            f"{path} is missing, and data signed or digested with its key needs that key: restore the file "
            "from a backup (rondo restore FILE --secrets-only); if there is none, set RONDO_SECRET to a new key"
        )
    return key_of(secret or _make(path))


def make_key(settings: Settings) -> None:
    """Create the key of an installation whose database is new, unless it has one.

    Raises:
        StartupError: the data directory cannot be written.
    """
    path = settings.data_dir / FILE
    if settings.secret is None and not path.exists():
        _make(path)


def secret_of(settings: Settings) -> bytes | None:
    """Return the server's key; None: nodes that share a database, without a configured secret, use the key stored in
    it.

    Raises:
        StartupError: as `load_or_create`.
    """
    return load_or_create(settings) if settings.embedded or settings.secret else None


def key_of(secret: str) -> bytes:
    """Return the bytes of *secret*, which is in either alphabet of base64."""
    return base64.b64decode(secret.translate(str.maketrans("-_", "+/")) + "==")


def secret_in(lines: Iterable[str]) -> str | None:
    """Return the secret in the lines of a `secrets.env`, None when there is none."""
    for line in lines:
        name, _, value = line.partition("=")
        if name.strip() == "RONDO_SECRET" and len(value.strip()) >= KEY_BYTES:
            return value.strip()
    return None


def text_of(key: bytes) -> str:
    """Return the content of a `secrets.env` with this key."""
    secret = base64.b64encode(key).decode()
    return f"# Made by rondo at its first start. Keep it secret, and keep it.\nRONDO_SECRET={secret}\n"


def _kept(path: Path) -> str | None:
    """Return the key stored in *path*, None when there is no such file."""
    try:
        lines = path.read_text().splitlines()
    except FileNotFoundError:
        return None
    except OSError as error:
        raise StartupError(
            f"{path} cannot be read ({error.strerror}): give the server its own data directory"
        ) from None
    if (secret := secret_in(lines)) is not None:
        return secret
    raise StartupError(
        f"{path} has no RONDO_SECRET: restore the line from a backup, or delete the file to get a new secret "
        "(links and credentials signed with the old one stop working)"
    )


def _make(path: Path) -> str:
    """Write a new key to *path* atomically, and return it."""
    key = secrets.token_bytes(KEY_BYTES)
    draft = path.with_suffix(f".{os.getpid()}")
    try:
        descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(descriptor, "w") as file:
            file.write(text_of(key))
            file.flush()
            os.fsync(file.fileno())
        # link, not rename: of two concurrent first starts one creates the file, and the other reads its key.
        try:
            os.link(draft, path)
        except FileExistsError:
            return _kept(path) or base64.b64encode(key).decode()
        finally:
            draft.unlink()
    except OSError as error:
        raise StartupError(f"{path} cannot be written ({error.strerror}): set RONDO_DATA_DIR or RONDO_SECRET") from None
    return base64.b64encode(key).decode()
