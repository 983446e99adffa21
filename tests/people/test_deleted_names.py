"""No answer, export, evidence or view of the desk names a user who has deleted the account."""

from pathlib import Path
from typing import Any

import msgspec
import pytest

from server.db.pool import Pool
from tests.people.conftest import Users
from tests.support.client import Person

NAME = "Zephyrine"
NOTE = "UPDATE users SET bio = 'Of Zephyrine', status_text = 'Zephyrine is here' WHERE user_id = $1::uuid"
READS = (
    "/v1/me/export", "/v1/history", "/v1/inbox", "/v1/friends", "/v1/friends/requests", "/v1/notifications",
    "/v1/blocks", "/v1/cooldowns", "/v1/search?q=hello", "/v1/channels/{dm}", "/v1/channels/{dm}/messages",
    "/v1/channels/{dm}/members", "/v1/channels/{group}", "/v1/channels/{group}/messages",
    "/v1/channels/{group}/members",
)  # fmt: skip
DESK = (
    "/v1/admin/cases", "/v1/admin/reports", "/v1/admin/reports/{report}", "/v1/admin/bans?standing=false",
    "/v1/admin/audit", "/v1/admin/users?query=Z", "/v1/admin/users?query={bob}", "/v1/admin/users/{bob}",
)  # fmt: skip
VIEWS = (
    "active_users",
    "room_stats",
    "channel_stats",
    "channel_messages_named",
    "message_receipts",
    "friendships_named",
)


@pytest.fixture
def settings(settings: Any, tmp_path: Path) -> Any:
    return msgspec.structs.replace(settings, attachments="local", data_dir=tmp_path, rate_limits=False)


async def test_nothing_names_a_user_who_deleted_the_account(friends: Users, permanent: Users, pool: Pool) -> None:
    deleted, bob, cat = await friends(NAME, "Bob", "Cat")
    (mod,) = await permanent("Mod")
    await pool.execute("UPDATE users SET role = 'admin' WHERE user_id = $1::uuid", mod.user_id)
    await pool.execute(NOTE, deleted.user_id)
    dm = (await bob.call("PUT", f"/v1/dms/{deleted.user_id}"))["channel"]["channel_id"]
    body = {"name": "Chess", "user_ids": [bob.user_id, cat.user_id]}
    group = (await deleted.call("POST", "/v1/channels", body))["channel"]["channel_id"]
    for channel in (dm, group):
        sent = await deleted.call("POST", f"/v1/channels/{channel}/messages", {"client_id": channel, "body": "hello"})
        n = sent["message"]["n"]
        reply = {"client_id": "r" + channel, "body": f"hello <@{deleted.user_id}>", "reply_to": n}
        answered = await bob.call("POST", f"/v1/channels/{channel}/messages", reply)
        await deleted.call("PUT", f"/v1/channels/{channel}/messages/{answered['message']['n']}/reactions/%F0%9F%91%8D")
    report = {"user_id": deleted.user_id, "category": "harassment", "channel_id": group, "n": n}
    report_id = (await cat.call("POST", "/v1/reports", report))["report_id"]
    names = {"dm": dm, "group": group, "report": report_id, "bob": bob.user_id}
    assert NAME in await read(bob, "/v1/channels/{group}", names), "before, it is named"

    await pool.execute("UPDATE users SET password_hash = NULL")  # neither export nor deletion asks for it
    await deleted.call("DELETE", "/v1/me")

    naming = [(user.name, path) for user in (bob, cat) for path in READS if NAME in await read(user, path, names)]
    naming += [(mod.name, path) for path in DESK if NAME in await read(mod, path, names)]
    for view in VIEWS:
        rows = await pool.fetch(f"SELECT x::text FROM {view} x")
        naming += [(view, row[0]) for row in rows if NAME in row[0]]
    assert naming == []


async def read(user: Person, path: str, names: dict[str, str]) -> str:
    """Return the text of an answer; what does not exist for *user* is an empty one."""
    headers = {"Authorization": f"Bearer {user.token}"}
    async with user.http.get(user.base + path.format(**names), headers=headers) as answer:
        assert answer.status in {200, 404}, (path, answer.status, await answer.text())
        return await answer.text() if answer.status == 200 else ""
