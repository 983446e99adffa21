"""The scenario `archive`: reads of a user with 1,000 channels in a database with some, and with ten times the messages.

No server runs: the server's statements are run one after another, and PostgreSQL does nothing else. The time of a read
is the CPU of the PostgreSQL process that ran it, so that it does not depend on who else uses the machine. As the client
saw it, with the wire and with decoding in Python, is a figure beside it.
"""

import asyncio
import hashlib
import random
import tempfile
import time
import uuid
from collections.abc import Awaitable, Callable, Sequence
from pathlib import Path
from typing import Any

from bench import process
from bench.channels.archive_fill import DMS, MINE, fill
from bench.figures import quantile
from matchmaker.domain.ids import UserId
from server.config import assets
from server.db.channels.members import inbox
from server.db.channels.messages import search, views
from server.db.maintenance.migrate import migrate
from server.db.pool import Pool
from server.postgres import Postgres

FIRST = (1 << 47, "ffffffff-ffff-ffff-ffff-ffffffffffff")
PAGE = 50
SAMPLES, FEW = 300, 30
WARM = 20
FRESH = 10_000
"""Messages that are indexed for search in the background."""
ADD = """
INSERT INTO channel_messages (channel_id, n, sender_id, client_id, body, sent_at)
SELECT md5('c0')::uuid, c.last_n + i, md5('u0')::uuid, 'f' || i,
    'hello word' || i % 5000 || ' shall we talk again tomorrow at nine or rather at ten', now()
FROM channels c, generate_series(1, $1::int) AS i WHERE c.channel_id = md5('c0')::uuid
"""
Read = Callable[[random.Random], Awaitable[object]]


def measure(totals: Sequence[int], seed: int) -> dict[str, float]:
    """Return latencies and CPU of PostgreSQL for each number of messages, in a database of its own each."""
    figures: dict[str, float] = {}
    for total in totals:
        with tempfile.TemporaryDirectory(prefix="rondo-archive-") as folder:
            home = Path(folder)
            home.chmod(0o711)  # as root, the database runs as another user
            figures |= {
                f"archive_{name}_{total}": value for name, value in asyncio.run(_measure(home, total, seed)).items()
            }
    return figures


async def _measure(home: Path, total: int, seed: int) -> dict[str, float]:
    process.pin(process.SERVER_CORE)
    postgres = Postgres(home)
    dsn = await postgres.start()
    process.pin(process.LOAD_CORE)
    await migrate(dsn, assets.migrations())
    began = time.perf_counter()
    await fill(dsn, total)
    figures = {"fill_s": time.perf_counter() - began}
    pool = await Pool.open(dsn, size=1)
    assert postgres.pid is not None
    backend = await pool.fetchval("SELECT pg_backend_pid()")
    try:
        for name, (read, samples) in _reads(pool, await _ends(pool)).items():
            rng = random.Random(seed)
            for _ in range(min(WARM, samples)):
                await read(rng)
            times: dict[str, list[float]] = {"cpu": [], "client": []}
            for _ in range(samples):
                began, cpu = time.perf_counter(), process.fine_cpu_s(backend)
                await read(rng)
                times["client"].append(time.perf_counter() - began)
                times["cpu"].append(process.fine_cpu_s(backend) - cpu)
            for kind, seconds in times.items():
                for part in (50, 99):
                    figures[f"{name}_{kind}_p{part}_s"] = quantile(seconds, part / 100)
        figures["index_cpu_s"] = await _index(pool, postgres.pid)
    finally:
        await pool.close()
        await postgres.stop()
    return figures


def _reads(pool: Pool, ends: dict[str, int]) -> dict[str, tuple[Read, int]]:
    """Return the measured reads, and their number of repetitions."""
    me = UserId(_name("u0"))
    mine = list(ends)
    long = _name("c0")

    async def inbox_page(_: random.Random) -> object:
        return await inbox.page(pool, me, before=FIRST, limit=PAGE, unread_max=100)

    async def page(rng: random.Random) -> object:
        channel_id = rng.choice((long, rng.choice(mine)))
        n = rng.randint(1, ends[channel_id] + 1)
        is_group = mine.index(channel_id) >= DMS
        return await views.before(pool, channel_id, me, n, above=0, limit=PAGE + 1, is_group=is_group)

    def find(channel: Callable[[random.Random], str | None], word: Callable[[random.Random], str]) -> Read:
        async def found(rng: random.Random) -> object:
            return await search.search(pool, me, word(rng), channel_id=channel(rng), channels=200, limit=PAGE)

        return found

    async def unseen_page(rng: random.Random) -> object:
        """Continue a search from the middle of a channel's matches."""
        place = search.NEWEST
        for _ in range(3):
            result = await search.search(pool, me, "hello", channel_id=long, channels=200, before=place, limit=PAGE)
            place = result.place or search.NEWEST
        return rng

    return {
        "inbox": (inbox_page, SAMPLES),
        "page": (page, SAMPLES),
        "search_one_rare": (find(lambda _: long, lambda _: "rare"), SAMPLES),
        "search_one": (find(lambda rng: rng.choice(mine), lambda rng: f"word{rng.randrange(5_000)}"), SAMPLES),
        "search_one_any": (find(lambda _: long, lambda _: "hello"), FEW),
        "search_200_rare": (find(lambda _: None, lambda _: "rare"), FEW),
        "search_200_any": (find(lambda _: None, lambda _: "hello"), FEW),
        "search_three_pages": (unseen_page, FEW),
    }


async def _index(pool: Pool, pid: int) -> float:
    """Return the CPU of PostgreSQL for indexing one new message for the search."""
    now = time.time_ns() // 1_000_000
    await pool.execute(search.NOTE, now - 1_000)
    await pool.execute(ADD, FRESH)
    await pool.execute("CHECKPOINT")
    cpu = process.family_cpu_s(pid)
    added = await search.index(pool, now=time.time_ns() // 1_000_000 + 1)
    return (process.family_cpu_s(pid) - cpu) / max(1, added)


async def _ends(pool: Pool) -> dict[str, int]:
    """Return the last number of each of the user's channels, in order."""
    names = [_name(f"c{number}") for number in range(MINE)]
    rows: list[Any] = await pool.fetch(
        "SELECT channel_id::text, last_n FROM channels WHERE channel_id = ANY ($1::text[]::uuid[])", names
    )
    found = dict(map(tuple, rows))
    return {name: found[name] for name in names}


def _name(text: str) -> str:
    return str(uuid.UUID(hashlib.md5(text.encode(), usedforsecurity=False).hexdigest()))
