"""The grammar of `migrations/`: numbered files of plain SQL, forward only."""

import hashlib
import re
from pathlib import Path

from msgspec import Struct

from server.config.errors import StartupError

NAME = re.compile(r"(?P<version>\d{4})_[a-z0-9]+(?:_[a-z0-9]+)*\.sql")
DIRECTIVE = re.compile(r"^--\s*rondo:\s*(?P<word>.*?)\s*$", re.MULTILINE)
CONTROL = re.compile(r"^\s*(BEGIN|COMMIT|ROLLBACK|START\s+TRANSACTION)\s*;", re.MULTILINE | re.IGNORECASE)
COMMENT = re.compile(r"--[^\n]*|/\*.*?\*/", re.DOTALL)
ALONE = "no-transaction"
"""For statements that PostgreSQL refuses inside a transaction, such as CREATE INDEX CONCURRENTLY. One statement per
file, and one that may be repeated: a crash can come between it and the record that it ran."""
CONTRACTS = re.compile(r"contracts what nobody reads since (?P<release>\d+\.\d+\.\d+)")
"""For a migration that removes something which an earlier release read: it names the first release that no longer
did."""


class Migration(Struct, frozen=True):
    """One file, read and validated."""

    version: int
    name: str
    sql: str

    @property
    def checksum(self) -> str:
        """SHA-256 of the text; independent of the line ends of a checkout."""
        return hashlib.sha256(self.sql.encode()).hexdigest()

    @property
    def is_alone(self) -> bool:
        """Whether it runs outside a transaction."""
        return any(found["word"] == ALONE for found in DIRECTIVE.finditer(self.sql))

    @property
    def unread_since(self) -> str | None:
        """The release since which no code reads what it removes; None: it removes nothing."""
        words = (CONTRACTS.fullmatch(found["word"]) for found in DIRECTIVE.finditer(self.sql))
        return next((word["release"] for word in words if word is not None), None)


def read(folder: Path) -> tuple[Migration, ...]:
    """Return the migrations in *folder* in order, from 0001 on without a gap. Files that are not .sql are ignored.

    Raises:
        StartupError: a file breaks the grammar.
    """
    migrations = [_parse(path) for path in sorted(folder.iterdir()) if path.suffix.lower() == ".sql"]
    for expected, migration in enumerate(migrations, start=1):
        if migration.version != expected:
            raise StartupError(f"migration {migration.name} is out of order: number {expected:04} comes next")
    return tuple(migrations)


def _parse(path: Path) -> Migration:
    """Return the migration in *path*.

    Raises:
        StartupError: its name or its text breaks the grammar.
    """
    name = NAME.fullmatch(path.name)
    if name is None:
        raise StartupError(f"migration {path.name} is misnamed: it must be like 0001_people.sql")
    try:
        sql = path.read_bytes().decode().replace("\r\n", "\n")
    except UnicodeDecodeError:
        raise StartupError(f"migration {path.name} is not UTF-8") from None
    for directive in DIRECTIVE.finditer(sql):
        if directive["word"] != ALONE and CONTRACTS.fullmatch(directive["word"]) is None:
            raise StartupError(
                f"migration {path.name}: '-- rondo: {directive['word']}' is unknown; there is {ALONE}, and "
                "contracts what nobody reads since X.Y.Z"
            )
    if control := CONTROL.search(sql):
        raise StartupError(f"migration {path.name}: {control[1].upper()} is ours; each file is one transaction")
    if not COMMENT.sub("", sql).strip():
        raise StartupError(f"migration {path.name} is empty")
    return Migration(int(name["version"]), path.name, sql)
