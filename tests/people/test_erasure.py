"""A node is killed while it erases the messages of a deleted account: the next one finishes."""

import asyncio
import time
from pathlib import Path

import aiohttp
import asyncpg

from server.db.channels.messages import search
from server.db.pool import Pool
from tests.people.conftest import MET, PERMANENT, befriend, code_of, until
from tests.people.pictures import picture
from tests.people.test_files import upload
from tests.support.client import PATIENCE_S, Person
from tests.support.service import Service

MANY, MORE = 1_000, 600
"""Messages in two DMs: 500 are emptied in a transaction, those of the first DM before those of the second."""
WRITTEN = """
INSERT INTO channel_messages (channel_id, n, sender_id, client_id, body, sent_at)
SELECT $1::uuid, c.last_n + x, $2::uuid, 'm' || x, 'secret ' || x, now() + $4::int * interval '1 s'
FROM channels c, generate_series(1, $3) AS x WHERE c.channel_id = $1::uuid
"""
MOVED = "UPDATE channels SET last_n = last_n + $2 WHERE channel_id = $1::uuid"
LEFT = "SELECT count(*) FROM channel_messages WHERE body LIKE 'secret%'"
WAITS = "SELECT count(*) FROM pg_stat_activity WHERE wait_event_type = 'Lock' AND query LIKE '%channels%NO KEY%'"


async def test_erasure_resumes_after_a_sigkill(pool: Pool, database: str, tmp_path: Path) -> None:
    service = Service(database, tmp_path, RONDO_RATE_LIMITS="off", RONDO_ATTACHMENTS="local")
    connection = await asyncpg.connect(database)
    try:
        await service.start()
        async with aiohttp.ClientSession() as http, asyncio.timeout(6 * PATIENCE_S):
            ada, bob, cat = [await Person(http, service.base, name).sign_up() for name in ("Ada", "Bob", "Cat")]
            await pool.execute(PERMANENT.replace("WHERE user_id = $1::uuid", ""))
            dms = []
            for friend in (bob, cat):
                await pool.execute(MET, ada.user_id, friend.user_id)
                await befriend(ada, friend)
                dms.append((await ada.call("PUT", f"/v1/dms/{friend.user_id}"))["channel"]["channel_id"])
            first, second = dms
            file = (await upload(ada, picture()))["attachment_id"]
            send = {"client_id": "f", "body": "secret file", "attachment_ids": [file]}
            await ada.call("POST", f"/v1/channels/{first}/messages", send)
            await bob.call("POST", f"/v1/channels/{first}/messages", {"client_id": "b", "body": "kept"})
            await ada.call("PATCH", f"/v1/channels/{first}/messages/1", {"body": "secret edited"})
            for later, (dm, count) in enumerate(((first, MANY), (second, MORE))):
                await pool.execute(WRITTEN, dm, ada.user_id, count, later)
                await pool.execute(MOVED, dm, count)
            # The service indexes too, and one of the two at a time.
            while await pool.fetchval("SELECT count(*) FROM message_search") < MANY + MORE + 2:
                await search.index(pool, now=round(time.time() * 1_000) + 60_000)
            await pool.execute("UPDATE users SET password_hash = NULL WHERE user_id = $1::uuid", ada.user_id)
            await ada.call("DELETE", "/v1/me?erase_messages=true")
            await service.kill()

            async with connection.transaction():
                await connection.execute("SELECT FROM channels WHERE channel_id = $1::uuid FOR UPDATE", second)
                await service.start()
                await until(pool, WAITS, bool)
                left = await pool.fetchval(LEFT)
                await service.kill()
            assert left == MORE + 1, "some are emptied, and some are not"

            await pool.execute("UPDATE attachments SET until_at = now() - interval '2 minutes'")
            await service.start()
            await until(pool, "SELECT count(*) FROM message_erasures", lambda count: count == 0)
            await until(pool, "SELECT count(*) FROM attachments", lambda count: count == 0)
            assert await pool.fetchval(LEFT) == 0
            for table, count in (("message_versions", 0), ("message_search", 1), ("channel_messages", MANY + MORE + 4)):
                assert await pool.fetchval(f"SELECT count(*) FROM {table}") == count, table
            assert [path for path in (tmp_path / "uploads").rglob("*") if path.is_file()] == []
            page = await bob.call("GET", f"/v1/channels/{first}/messages?after=0&limit=2")
            assert [(one["n"], one["body"]) for one in page["messages"]] == [(1, ""), (2, "kept")]
            assert page["last_n"] == MANY + 3  # and the notice that the DM is closed
            assert await code_of(bob.call("GET", f"/v1/attachments/{file}")) == "not_found"
        assert service.faults() == []
    finally:
        await service.kill()
        await connection.close()
