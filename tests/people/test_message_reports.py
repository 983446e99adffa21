"""Reports of channel messages, their evidence and files; export and retention of channels."""

import tempfile
import tracemalloc
from pathlib import Path
from typing import Any

import msgspec
import pytest

from matchmaker.domain.ids import UserId
from server.app import App
from server.db.channels import retention
from server.db.pool import Pool
from server.db.retention import export
from tests.people.conftest import Users, code_of
from tests.people.pictures import picture
from tests.people.test_files import upload
from tests.support.client import Person


@pytest.fixture
def settings(settings: Any, tmp_path: Path) -> Any:
    return msgspec.structs.replace(settings, attachments="local", data_dir=tmp_path, rate_limits=False)


async def say(user: Person, channel_id: str, body: str, **fields: Any) -> int:
    message = (await user.ask("channel.send", channel_id=channel_id, client_id=body, body=body, **fields))["message"]
    return int(message["n"])


async def test_reported_message_is_held_with_context_until_the_decision(
    friends: Users, permanent: Users, pool: Pool, app: App
) -> None:
    ada, bob, cat = await friends("Ada", "Bob", "Cat")
    (mod,) = await permanent("Mod")
    await pool.execute("UPDATE users SET role = 'admin' WHERE user_id = $1::uuid", mod.user_id)
    group = (await ada.call("POST", "/v1/channels", {"name": "G", "user_ids": [bob.user_id, cat.user_id]}))["channel"]
    channel_id = group["channel_id"]
    for number in range(23):
        await say(cat, channel_id, f"before {number}")
    file = await upload(bob, picture())
    n = await say(bob, channel_id, "something bad", attachment_ids=[file["attachment_id"]])
    await bob.call("PATCH", f"/v1/channels/{channel_id}/messages/{n}", {"body": "something nice"})
    await say(cat, channel_id, "after")
    base = {"user_id": bob.user_id, "category": "harassment"}
    for wrong, code in (
        ({"channel_id": channel_id, "n": 2}, "not_found"),
        ({"channel_id": channel_id, "n": 99}, "not_found"),
        ({"channel_id": file["attachment_id"]}, "not_found"),
        ({"n": n}, "invalid"),
        ({"channel_id": channel_id, "room_id": channel_id}, "invalid"),
    ):
        assert await code_of(ada.call("POST", "/v1/reports", base | wrong)) == code, wrong
    assert await code_of(mod.call("POST", "/v1/reports", base | {"channel_id": channel_id, "n": n})) == "not_found"
    report_id = (await ada.call("POST", "/v1/reports", base | {"channel_id": channel_id, "n": n}))["report_id"]
    await bob.call("DELETE", f"/v1/channels/{channel_id}/messages/{n}")
    case = await mod.call("GET", f"/v1/admin/reports/{report_id}")
    assert (case["met_by"], case["channel_id"], case["channel_n"], case["room_id"], case["counts"]) == (
        "channel",
        channel_id,
        n,
        None,
        False,
    )
    messages = case["evidence"]["messages"]
    assert [message["n"] for message in messages] == list(range(n - 20, n + 2))
    reported = next(message for message in messages if message["n"] == n)
    assert (reported["body"], [one["body"] for one in reported["versions"]]) == ("something nice", ["something bad"])
    assert [one["attachment_id"] for one in reported["attachments"]] == [file["attachment_id"]]
    located = await mod.call("GET", f"/v1/attachments/{file['attachment_id']}")
    async with mod.http.get(mod.base + located["url"]) as answer:
        assert answer.status == 200
    assert await code_of(cat.call("GET", f"/v1/attachments/{file['attachment_id']}")) == "not_found"
    members = (await ada.call("GET", f"/v1/channels/{channel_id}/members"))["members"]
    assert len(members) == 3
    last = (await ada.call("GET", f"/v1/channels/{channel_id}/messages?around={n}&limit=1"))["messages"]
    assert last == [{"channel_id": channel_id, "n": n, "rev": 2, "hidden": True}]
    exported: list[bytes] = []
    await export.write(pool, UserId(ada.user_id), exported.append)
    assert b"something" not in b"".join(exported)
    statement = {"statement": "It was."}
    await mod.call("POST", f"/v1/admin/reports/{report_id}/vindicate", statement)
    held = await pool.fetchval("SELECT hold_until - now() < interval '181 days' FROM attachments")
    assert held is True
    assert await app.people.channels.files.sweep() == 0


@pytest.mark.parametrize("days", [None, 7])
async def test_permanent_ban_ends_friendships_and_leaves_groups_and_one_for_a_time_does_not(
    friends: Users, permanent: Users, pool: Pool, days: int | None
) -> None:
    ada, bob, cat = await friends("Ada", "Bob", "Cat")
    (mod,) = await permanent("Mod", connect=False)
    await pool.execute("UPDATE users SET role = 'admin' WHERE user_id = $1::uuid", mod.user_id)
    body = {"name": "G", "user_ids": [ada.user_id, cat.user_id]}
    group = (await bob.call("POST", "/v1/channels", body))["channel"]["channel_id"]
    dm = (await cat.call("PUT", f"/v1/dms/{bob.user_id}"))["channel"]["channel_id"]
    await cat.call("PATCH", f"/v1/friends/{bob.user_id}", {"nickname": "Bobby"})
    n = await say(bob, group, "something bad")
    report = {"user_id": bob.user_id, "channel_id": group, "n": n, "category": "hate"}
    report_id = (await ada.call("POST", "/v1/reports", report))["report_id"]
    now = (await mod.call("GET", "/v1/admin/stats"))["server_at"]
    sentence = {"statement": "No.", "until_at": None if days is None else now + days * 86_400_000}
    await mod.call("POST", f"/v1/admin/reports/{report_id}/confirm", sentence)
    assert await bob.closed() == 4003
    is_over = days is None
    shown = (await cat.call("GET", f"/v1/channels/{group}"))["channel"]
    members = {one["user_id"] for one in shown["members"]}
    assert (bob.user_id in members, shown["owner_id"] == bob.user_id) == (not is_over, not is_over)
    assert (await cat.call("GET", f"/v1/channels/{dm}"))["channel"]["writable"] is not is_over
    left = {one["user_id"]: one["nickname"] for one in (await cat.call("GET", "/v1/friends"))["friends"]}
    assert left.get(bob.user_id) == (None if is_over else "Bobby")
    if is_over:
        assert await pool.fetchval("SELECT count(*) FROM friend_notes") == 0
        said = (await cat.call("GET", f"/v1/channels/{group}/messages"))["messages"]
        assert [one["details"]["notice"] for one in said[-2:]] == ["left", "owner_changed"]
        told = [(await cat.receive("channel.message"))["message"] for _ in range(5)]  # each once
        assert {(one["channel_id"], one["n"]) for one in told} == {(group, n) for n in range(1, 5)} | {(dm, 1)}


async def test_members_of_one_channel_count_as_met(friends: Users, permanent: Users, pool: Pool) -> None:
    ada, bob = await friends("Ada", "Bob")
    (cat,) = await friends("Cat")
    await pool.execute(
        "INSERT INTO friendships VALUES (LEAST($1::uuid, $2::uuid), GREATEST($1::uuid, $2::uuid), now())",
        ada.user_id,
        cat.user_id,
    )
    group = (await ada.call("POST", "/v1/channels", {"name": "G", "user_ids": [bob.user_id, cat.user_id]}))["channel"]
    await say(cat, group["channel_id"], "hello")
    await pool.execute("DELETE FROM chat_history")
    answer = await bob.call("POST", "/v1/reports", {"user_id": cat.user_id, "category": "spam"})
    assert answer["report_id"]
    assert await code_of(bob.call("POST", "/v1/reports", {"user_id": cat.user_id, "category": "spam"})) == "conflict"


async def test_export_of_100_000_messages_is_complete_in_constant_memory(friends: Users, pool: Pool) -> None:
    ada, bob = await friends("Ada", "Bob")
    dm = (await ada.call("PUT", f"/v1/dms/{bob.user_id}"))["channel"]["channel_id"]
    for first in range(1, 101_000, 10_000):  # each within the time that a statement may take
        await pool.execute(
            """INSERT INTO channel_messages (channel_id, n, sender_id, client_id, body, sent_at)
               SELECT $1::uuid, x, CASE WHEN x <= 100000 THEN $2::uuid ELSE $3::uuid END, x::text,
                      CASE WHEN x <= 100000 THEN 'mine ' ELSE 'theirs ' END || repeat('x', 30), now()
               FROM generate_series($4::int, least($4::int + 9999, 101000)) AS x""",
            dm,
            ada.user_id,
            bob.user_id,
            first,
        )
    await pool.execute(
        """INSERT INTO message_versions (channel_id, n, version, body, replaced_at, until_at)
           SELECT channel_id, n, 1, replace(body, ' ', ' once '), now(), now() + interval '30 days'
           FROM channel_messages WHERE n % 100 = 0 OR n > 100000""",
    )
    with tempfile.TemporaryFile() as file:
        tracemalloc.start()
        await export.write(pool, UserId(ada.user_id), file.write)
        _, peak = tracemalloc.get_traced_memory()
        tracemalloc.stop()
        file.seek(0)
        text = file.read()
    assert peak < 3_000_000 < len(text)
    assert (text.count(b'"mine x'), text.count(b'"mine once'), text.count(b"theirs")) == (100_000, 1_000, 0)
    messages = msgspec.json.decode(text)["channel_messages"]
    assert {message["n"] for message in messages} == set(range(1, 100_001))


async def test_old_messages_are_deleted_in_batches_with_files_and_versions(
    friends: Users, pool: Pool, app: App
) -> None:
    ada, bob = await friends("Ada", "Bob")
    dm = (await ada.call("PUT", f"/v1/dms/{bob.user_id}"))["channel"]["channel_id"]
    file = await upload(ada, picture())
    await say(ada, dm, "old", attachment_ids=[file["attachment_id"]])
    await ada.call("PATCH", f"/v1/channels/{dm}/messages/1", {"body": "older"})
    await say(ada, dm, "new")
    await pool.execute("UPDATE channel_messages SET sent_at = sent_at - interval '400 days' WHERE n = 1")
    now = app.clock.now()
    assert await retention.forget_versions(pool, now=now) == 0
    assert await retention.forget_messages(pool, before=now - 365 * 86_400_000) == 1
    assert await pool.fetchval("SELECT count(*) FROM message_versions") == 0
    page = await bob.call("GET", f"/v1/channels/{dm}/messages")
    assert [message["body"] for message in page["messages"]] == ["new"]
    assert await pool.fetchval("SELECT n IS NULL AND until_at < now() FROM attachments") is True
    assert (await say(ada, dm, "next")) == 3
