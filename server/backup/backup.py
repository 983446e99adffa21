"""Taking a backup: a snapshot of the database, the files and the secrets, in one file."""

from typing import BinaryIO

from msgspec import Struct

from server.backup import files
from server.backup.archive import DUMP, SECRETS, ArchiveWriter
from server.backup.manifest import Content, Manifest
from server.backup.transfer import dump
from server.config.errors import StartupError
from server.config.secret_key import FILE, text_of
from server.config.secret_key import key_of as key_in
from server.config.settings import Settings
from server.db.maintenance.restore_target import key_of
from server.db.maintenance.snapshot import Snapshot, take
from server.postgres import client
from server.postgres.client import Client


class BackupScope(Struct, frozen=True):
    """Which parts to back up or restore."""

    database: bool = True
    secrets: bool = True


async def write(out: BinaryIO, settings: Settings, dsn: str, want: BackupScope, *, now: int) -> Manifest:
    """Write the selected parts of the installation with the database at *dsn* to *out*; return the manifest.

    The service keeps running; changes after the start of the snapshot are not included.

    Raises:
        StartupError: the database or the secrets cannot be read, or the PostgreSQL programs are missing.
        OSError: *out* cannot be written.
    """
    with ArchiveWriter(out) as writer:
        content, key = None, None
        if want.database:
            async with take(dsn) as snapshot:
                programs = client.find(settings.postgres_bin, snapshot.major)
                with writer.part(DUMP) as put:
                    await dump(programs, dsn, snapshot, put)
            content, key = _content(snapshot, programs), snapshot.key
            # After the rows: files added since the snapshot are included too, which is harmless.
            folder = files.folder_of(settings)
            if folder is not None and folder.is_dir():
                with writer.part(files.UPLOADS) as put:
                    files.write(folder, put)
        elif not settings.embedded:
            key = await key_of(dsn)
        if want.secrets:
            text = _secrets(settings, key)
            if text is not None:
                with writer.part(SECRETS) as put:
                    put(text.encode())
            elif not want.database:
                raise StartupError("there are no secrets to back up yet")
        return writer.finish(content, now=now)


def _secrets(settings: Settings, key: bytes | None) -> str | None:
    """Return the secrets of this installation as the text of a `secrets.env`; None: there are none yet."""
    if settings.secret is not None:
        return text_of(key_in(settings.secret))
    if not settings.embedded:
        return None if key is None else text_of(key)
    try:
        return (settings.data_dir / FILE).read_text()
    except FileNotFoundError:
        return None
    except OSError as error:
        raise StartupError(f"{settings.data_dir / FILE} cannot be read: {error.strerror}") from None


def _content(snapshot: Snapshot, programs: Client) -> Content:
    return Content(
        server=snapshot.server,
        dumped_by=programs.version,
        tables_in=snapshot.schema,
        migrations=snapshot.migrations,
        rows=snapshot.rows,
    )
