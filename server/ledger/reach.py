"""A connection to the database, or one line that says why there is none."""

import asyncpg

from server.config import redact
from server.errors import StartupError

PATIENCE_S = 10.0
OLDEST = 15
"""The first major version whose SQL we write."""


async def reach(dsn: str) -> asyncpg.Connection:
    """Return a connection to the database at *dsn*, which is new enough.

    Raises:
        StartupError: it cannot be reached, does not let us in, or is too old.
    """
    shown = redact("database_url", dsn)
    try:
        connection = await asyncpg.connect(dsn, timeout=PATIENCE_S)
    except TimeoutError:
        raise StartupError(f"database {shown} did not answer within {PATIENCE_S:.0f} s: check DATABASE_URL") from None
    except (OSError, ValueError, asyncpg.PostgresError, asyncpg.InterfaceError) as error:
        # What is wrong with a URL is told by quoting it.
        why = "the URL is not understood" if isinstance(error, ValueError) else one_line(error)
        raise StartupError(f"database {shown} cannot be reached ({why}): check DATABASE_URL") from None
    version = connection.get_server_version()
    if version.major < OLDEST:
        await connection.close()
        raise StartupError(f"database {shown} is PostgreSQL {version.major}: {OLDEST} or newer is needed")
    return connection


def one_line(error: BaseException) -> str:
    """Return what *error* says, without its line breaks and hints."""
    return " ".join(str(error).split("\n")[0].split()) or type(error).__name__
