"""Everything held about a person is in their export; a new table cannot be forgotten."""

import aiohttp
import msgspec
import pytest

from matchmaker.domain.ids import UserId
from server.db.pool import Pool
from server.db.retention import export
from tests.http.conftest import Caller, SignUp

NAMES_NO_PERSON = frozenset(
    {
        "room_id",
        "invite_id",
        "session_id",
        "message_id",
        "report_id",
        "ban_id",
        "ip_ban_id",
        "notification_id",
        "channel_id",
        "attachment_id",
        "email_id",
        "call_id",
    }
)
"""Columns of type uuid that name a thing. Every other uuid is taken for a person's."""


async def test_every_reference_to_a_user_is_exported_or_excluded_with_a_reason(pool: Pool) -> None:
    rows = await pool.fetch(
        """SELECT c.table_name || '.' || c.column_name, c.table_name, c.column_name
           FROM information_schema.columns c JOIN information_schema.tables t USING (table_schema, table_name)
           WHERE t.table_schema = 'public' AND t.table_type = 'BASE TABLE' AND c.udt_name IN ('uuid', '_uuid')"""
    )
    conditions = {section.table: section.where for section in export.SECTIONS.values()}
    references = {name for name, _, column in rows if column not in NAMES_NO_PERSON}
    followed = {
        name
        for name, table, column in rows
        if f"x.{column} =" in conditions.get(table, "") and column not in NAMES_NO_PERSON
    }
    assert references - followed == set(export.WITHHELD)


async def test_every_section_can_be_read(pool: Pool, ada: Caller) -> None:
    found: list[bytes] = []
    await export.write(pool, UserId(ada.user_id), found.append)
    assert set(msgspec.json.decode(b"".join(found))) == set(export.SECTIONS)


async def met(one: Caller, other: Caller) -> tuple[aiohttp.ClientWebSocketResponse, ...]:
    """Make two users meet, and the first send a text that looks like JSON."""
    sockets = await one.connect(), await other.connect()
    for socket in sockets:
        await socket.send_json({"type": "queue.join", "mode": "text", "auto_accept": True})
    started = [await socket.receive_json(timeout=2) for socket in sockets]
    room_id = started[0]["room"]["room_id"]
    await sockets[0].send_json({"type": "chat.send", "room_id": room_id, "client_id": "1", "body": '{"a": 1}', "id": 1})
    while (await sockets[0].receive_json(timeout=2)).get("type") != "reply":
        pass
    return sockets


async def test_export_contains_the_data_of_the_user(ada: Caller, bob: Caller, pool: Pool) -> None:
    await ada.post("/v1/auth/upgrade", {"email": "ada@example.org", "password": "correct horse"})
    await met(ada, bob)
    await ada.post("/v1/reports", {"user_id": bob.user_id, "category": "spam", "details": "sells things"})
    reply = await ada.get("/v1/me/export", headers={"X-Rondo-Password": "correct%20horse"})
    assert reply.status == 200
    sections = reply.body["sections"]
    (profile,) = sections["profile"]
    assert (profile["user_id"], profile["email"]) == (ada.user_id, "ada@example.org")
    assert isinstance(profile["created_at"], int)
    (said,) = sections["messages"]
    assert said["body"] == '{"a": 1}'
    (report,) = sections["reports_made"]
    assert (report["reported_id"], report["details"]) == (bob.user_id, "sells things")
    (block,) = sections["blocks"]
    assert (block["target_id"], block["target_name"]) == (bob.user_id, "Bob")
    raw = msgspec.json.encode(reply.body)
    assert b"password_hash" not in raw
    assert b"token_hash" not in raw
    assert b"argon2" not in raw


async def test_export_reveals_no_blocks_or_reports_by_others(ada: Caller, bob: Caller) -> None:
    await met(ada, bob)
    await ada.post("/v1/reports", {"user_id": bob.user_id, "category": "spam", "details": "sells things"})
    sections = (await bob.get("/v1/me/export")).body["sections"]
    assert sections["reports_made"] == sections["blocks"] == sections["bans"] == []
    assert b"sells things" not in msgspec.json.encode(sections)


async def test_export_of_another_user_is_impossible(ada: Caller, anonymous: Caller) -> None:
    assert (await anonymous.get("/v1/me/export")).code == "unauthenticated"


async def test_exports_are_limited(ada: Caller) -> None:
    statuses = [(await ada.get("/v1/me/export")).status for _ in range(7)]
    assert statuses == [200] * 6 + [429]


@pytest.mark.settings(rate_limits=False)
async def test_banned_user_can_export(sign_up: SignUp, pool: Pool) -> None:
    eve = await sign_up("Eve")
    await pool.execute(
        """INSERT INTO ban_records (ban_id, user_id, kind, statement, imposed_at, changed_at)
           VALUES (gen_random_uuid(), $1::uuid, 'permanent', 'sold things', now(), now())""",
        eve.user_id,
    )
    (ban,) = (await eve.get("/v1/me/export")).body["sections"]["bans"]
    assert ban["statement"] == "sold things"
    assert "imposed_by" not in ban
