"""The manifest of a backup: version, content, row counts and digests."""

from collections.abc import Sequence
from typing import Final, Literal

from msgspec import Struct, ValidationError, convert, json

from server.config.errors import StartupError
from server.config.version import VERSION
from server.db.maintenance.migration import Migration
from server.db.maintenance.snapshot import Applied

KIND: Final = "rondo backup"
FORMAT: Final = 1
"""Format version; raised when an older rondo could no longer read the file."""


class Part(Struct, frozen=True):
    """One part of the backup."""

    size: int
    sha256: str


class Content(Struct, frozen=True, kw_only=True):
    """The content of the dump."""

    server: str
    """Version of the PostgreSQL server that was dumped."""
    dumped_by: str
    """Version of the `pg_dump` that wrote it: an older `pg_restore` cannot read it."""
    tables_in: str
    """The migrations of the schema that was dumped."""
    migrations: tuple[Applied, ...]
    rows: dict[str, int]
    """Rows by table, counted in the snapshot that was dumped."""

    @property
    def major(self) -> int:
        """The major version of the `pg_dump` that wrote it."""
        return int(self.dumped_by.partition(".")[0])


class Manifest(Struct, frozen=True, kw_only=True):
    """The last part of a backup."""

    kind: Literal["rondo backup"] = KIND
    format: int = FORMAT
    rondo: str
    created_at: int
    """Unix milliseconds."""
    parts: dict[str, Part]
    content: Content | None
    """None: the backup has only secrets."""


def ours() -> str:
    """Return the version of this code."""
    return VERSION


def decode(text: bytes) -> Manifest:
    """Return the manifest decoded from *text*.

    Raises:
        StartupError: a newer rondo wrote it, or it is invalid.
    """
    try:
        fields = json.decode(text, type=dict[str, object])
        if fields.get("kind") == KIND and isinstance(made := fields.get("format"), int) and made > FORMAT:
            raise StartupError(
                f"the backup was made by a newer rondo ({fields.get('rondo')}): restore it with that version"
            )
        return convert(fields, Manifest)
    except (ValidationError, ValueError) as error:
        raise StartupError(f"the backup has no valid manifest ({error})") from None


def require_known(manifest: Manifest, migrations: Sequence[Migration]) -> None:
    """Check that code with these *migrations* can migrate the backup to its own schema.

    Raises:
        StartupError: the backup has a newer schema, or an unknown one.
    """
    by_version = {migration.version: migration for migration in migrations}
    for applied in manifest.content.migrations if manifest.content else ():
        known = by_version.get(applied.version)
        if known is None:
            raise StartupError(
                f"the backup is newer than this code (rondo {ours()}): it has migration {applied.name}, the code ends "
                f"at {migrations[-1].name if migrations else 'none'}; restore it with rondo {manifest.rondo}"
            )
        if known.checksum != applied.checksum:
            raise StartupError(
                f"the backup is of another schema: its migration {applied.name} is not the {known.name} of this code; "
                f"restore it with rondo {manifest.rondo}"
            )
