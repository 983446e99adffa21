"""Programs that dump and restore: selection by the version of the server, and their connection parameters."""

import os
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import parse_qsl, quote, unquote, urlencode, urlsplit

from msgspec import Struct

from server.config.errors import StartupError
from server.postgres.install import DEBIAN, folders, version_of

NEEDED = ("pg_dump", "pg_restore", "psql")


class Client(Struct, frozen=True):
    """A folder with `pg_dump`, `pg_restore` and `psql`."""

    bin: Path
    version: str

    @property
    def major(self) -> int:
        """The major version."""
        return int(self.version.partition(".")[0])

    def program(self, name: str) -> str:
        """Return the path of one of its programs."""
        return str(self.bin / name)


def find(setting: Path | None, major: int) -> Client:
    """Return the programs of major version *major* or the next newer one; older ones do not support its features.

    Raises:
        StartupError: there are none.
    """
    have = {client.major: client for client in reversed(list(_clients(setting)))}
    fitting = [client for client in have.values() if client.major >= major]
    if fitting:
        return min(fitting, key=lambda client: client.major)
    here = f"here is pg_dump {', '.join(map(str, sorted(have)))}" if have else "here is no pg_dump"
    raise StartupError(
        f"a database of PostgreSQL {major} needs its own programs or newer ones, and {here}: install "
        f"postgresql-client-{major}, and set RONDO_POSTGRES_BIN to its folder ({DEBIAN}/{major}/bin on Debian)"
    )


def reach(dsn: str) -> tuple[str, dict[str, str]]:
    """Return *dsn* without its password, and an environment that has it: command lines are public."""
    parts = urlsplit(dsn)
    user, _, host = parts.netloc.rpartition("@")
    name, _, password = user.partition(":")
    query = parse_qsl(parts.query, keep_blank_values=True)
    password = unquote(password) or dict(query).get("password", "")
    rest = urlencode([(key, value) for key, value in query if key != "password"], quote_via=quote)
    shown = parts._replace(netloc=f"{name}@{host}" if name else host, query=rest).geturl()
    # Messages in English, and an application name that differs from the server's.
    environ = os.environ | {"LC_ALL": "C.UTF-8", "PGAPPNAME": "rondo backup", "PGCONNECT_TIMEOUT": "10"}
    return shown, environ | ({"PGPASSWORD": password} if password else {})


def _clients(setting: Path | None) -> Iterator[Client]:
    """Yield the installed programs, best first; with a setting, only those in its folder."""
    for folder in folders(setting):
        version = version_of(folder / "pg_dump")
        if version is not None and all((folder / name).exists() for name in NEEDED):
            yield Client(folder.absolute(), version)
