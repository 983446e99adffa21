"""Dump and load of a database by the programs of PostgreSQL, streamed."""

import asyncio
import tempfile
from asyncio.subprocess import DEVNULL, PIPE, Process
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, suppress
from typing import BinaryIO

from server.backup.archive import CHUNK, Put
from server.config.errors import StartupError
from server.db.maintenance.snapshot import KEY_TABLE, Snapshot
from server.postgres import client
from server.postgres.client import Client

PREAMBLE = 1 << 14
"""Maximum length of the settings at the beginning of a script, in bytes."""
TRANSACTION_TIMEOUT = 17
"""The first major version with this setting; scripts of newer programs set it whatever the version of the server."""
NO_TLS = "SSL support is not compiled in"


class ProgramOutput:
    """Standard error of a program, in a file: an unread pipe would block it when full."""

    def __init__(self, file: BinaryIO, name: str) -> None:
        self.file = file
        self.name = name

    def reason(self) -> str:
        """Return the error of the program in one line."""
        self.file.seek(0)
        lines = [line.strip() for line in self.file.read(1 << 16).decode(errors="replace").splitlines() if line.strip()]
        found = next((line for mark in ("ERROR:", "FATAL:", "error:") for line in lines if mark in line), None)
        text = found or (lines[-1] if lines else "it ended without an error message")
        for mark in ("error: ", "ERROR:  ", "FATAL:  "):
            text = text.rpartition(mark)[2]
        if NO_TLS in text:
            return f"{text}: install postgresql-client, and set RONDO_POSTGRES_BIN to its folder"
        return text


async def dump(programs: Client, dsn: str, snapshot: Snapshot, put: Put) -> None:
    """Write a dump of *snapshot* by *put*, of everything except keys.

    Raises:
        StartupError: it failed.
    """
    url, environ = client.reach(dsn)
    schema = '"' + snapshot.schema.replace('"', '""') + '"'
    command = [
        programs.program("pg_dump"),
        "--format=custom",
        "--no-password",
        "--lock-wait-timeout=15s",
        f"--snapshot={snapshot.name}",
        f"--schema={schema}",
        f"--exclude-table-data={schema}.{KEY_TABLE}",
        f"--dbname={url}",
    ]
    async with _running(command, environ, stdin=DEVNULL) as (process, said):
        assert process.stdout is not None
        while chunk := await process.stdout.read(CHUNK):
            put(chunk)
        if await process.wait() != 0:
            raise StartupError(f"the database could not be dumped: {said.reason()}")


async def load(programs: Client, dsn: str, chunks: Iterator[bytes], *, major: int) -> None:
    """Load a dump into the empty database at *dsn*, on a server of this *major* version, in one transaction.

    Raises:
        StartupError: it failed.
    """
    url, environ = client.reach(dsn)
    read = [programs.program("pg_restore"), "--no-owner", "--no-acl", "--exit-on-error", "--file=-"]
    write = [
        programs.program("psql"),
        "-X",
        "-q",
        "-w",
        "--set=ON_ERROR_STOP=1",
        "--single-transaction",
        f"--dbname={url}",
    ]
    async with (
        _running(write, environ, stdin=PIPE) as (writer, refused),
        _running(read, environ, stdin=PIPE) as (reader, complained),
    ):
        # psql prints the results of a few settings; an unread pipe would block it when full.
        muted = asyncio.create_task(_mute(writer))
        feeding = asyncio.create_task(_write_to(reader, chunks))
        try:
            is_whole = await _pass_on(reader, writer, major)
            read_code, write_code = await reader.wait(), await writer.wait()
            if write_code != 0 or not is_whole:
                raise StartupError(f"the dump cannot be restored: {refused.reason()}")
            if read_code != 0:
                raise StartupError(f"the dump cannot be read: {complained.reason()}")
            await feeding
        finally:
            for task in (muted, feeding):
                task.cancel()
            await asyncio.gather(muted, feeding, return_exceptions=True)


async def _pass_on(reader: Process, writer: Process, major: int) -> bool:
    """Copy the script from *reader* to *writer*; return whether all of it was accepted."""
    assert reader.stdout is not None
    assert writer.stdin is not None
    head = b""
    while len(head) < PREAMBLE and (chunk := await reader.stdout.read(PREAMBLE)):
        head += chunk
    if major < TRANSACTION_TIMEOUT:
        head = head.replace(b"\nSET transaction_timeout = 0;\n", b"\n", 1)
    try:
        while head:
            writer.stdin.write(head)
            await writer.stdin.drain()
            head = await reader.stdout.read(CHUNK)
        writer.stdin.close()
        await writer.stdin.wait_closed()
    except (BrokenPipeError, ConnectionResetError):
        reader.kill()
        return False
    return True


async def _write_to(reader: Process, chunks: Iterator[bytes]) -> None:
    assert reader.stdin is not None
    try:
        for chunk in chunks:
            reader.stdin.write(chunk)
            await reader.stdin.drain()
    except (BrokenPipeError, ConnectionResetError):
        return  # it has exited; its error output has the reason
    finally:
        reader.stdin.close()


async def _mute(process: Process) -> None:
    assert process.stdout is not None
    while await process.stdout.read(CHUNK):
        pass


@asynccontextmanager
async def _running(
    command: list[str], environ: dict[str, str], *, stdin: int
) -> AsyncIterator[tuple[Process, ProgramOutput]]:
    """Yield a running program and its error output; it is ended with the `with`."""
    with tempfile.TemporaryFile() as file:
        process = await asyncio.create_subprocess_exec(
            *command, env=environ, stdin=stdin, stdout=PIPE, stderr=file, limit=CHUNK
        )
        try:
            yield process, ProgramOutput(file, command[0])
        finally:
            with suppress(ProcessLookupError):
                process.kill()
            await process.wait()
