"""The key of an installation that has none elsewhere."""

import asyncpg

from server.db.pool import Pool

KEEP = "INSERT INTO installation_keys (key) VALUES ($1) ON CONFLICT DO NOTHING"
KEPT = "SELECT key FROM installation_keys"


async def key_of_installation(source: Pool | asyncpg.Connection, fresh: bytes) -> bytes:
    """Return the key that every process of this installation uses; *fresh* becomes it if there is none yet.

    Raises:
        Unavailable: the database does not answer.
    """
    key: bytes | None = await source.fetchval(KEPT)
    if key is None:
        await source.execute(KEEP, fresh)
        key = await source.fetchval(KEPT)
    assert key is not None
    return key
