"""Permissions about a user, by their relation: one table. What an export never contains."""

import json

import pytest

from matchmaker.domain.ids import UserId
from server.db.pool import Pool
from server.db.retention import export
from tests.people.conftest import ConnectUser, Users, befriend, code_of
from tests.support.client import Person

pytestmark = pytest.mark.settings(rate_limits=False)

RIGHTS = {
    # what the other is:  ask           annotate     decline  remove  call
    "stranger": ("not_found", "not_found", "ok", "ok", "target_unavailable"),
    "met": ("ok", "not_found", "ok", "ok", "target_unavailable"),
    "friend": ("ok", "ok", "ok", "ok", "ok"),
    "former friend": ("ok", "not_found", "ok", "ok", "target_unavailable"),
    "blocked": ("not_found", "not_found", "ok", "ok", "target_unavailable"),
    "blocker": ("not_found", "not_found", "ok", "ok", "target_unavailable"),
    "banned": ("not_found", "not_found", "ok", "ok", "target_unavailable"),
    "deleted": ("not_found", "not_found", "ok", "ok", "target_unavailable"),
}


async def test_rights_by_relation_of_two_users(permanent: Users, connect_user: ConnectUser, pool: Pool) -> None:
    ada, met, friend, former, blocked, blocker, banned, deleted = await permanent(
        "Ada", "Met", "Friend", "Former", "Blocked", "Blocker", "Banned", "Deleted"
    )
    stranger = await connect_user("Stranger")
    for other in (friend, former, blocked, blocker, banned, deleted):
        await befriend(ada, other)
    await ada.call("DELETE", f"/v1/friends/{former.user_id}")
    await ada.call("PUT", f"/v1/blocks/{blocked.user_id}")
    await blocker.call("PUT", f"/v1/blocks/{ada.user_id}")
    await pool.execute("UPDATE users SET role = 'admin' WHERE user_id = $1::uuid", met.user_id)
    await met.call("POST", "/v1/admin/bans", {"user_id": banned.user_id, "statement": "spam"})
    await pool.execute("DELETE FROM friendships WHERE $1::uuid IN (low, high)", banned.user_id)
    await pool.execute("UPDATE users SET password_hash = NULL WHERE user_id = $1::uuid", deleted.user_id)
    await deleted.call("DELETE", "/v1/me")
    others = {
        "stranger": stranger,
        "met": met,
        "friend": friend,
        "former friend": former,
        "blocked": blocked,
        "blocker": blocker,
        "banned": banned,
        "deleted": deleted,
    }
    assert {name: await found(ada, other) for name, other in others.items()} == RIGHTS


async def found(user: Person, other: Person) -> tuple[str, ...]:
    """Return what each action of *user* about *other* is answered with."""
    path = f"/v1/friends/{other.user_id}"
    called = await code_of(user.ask("invite.send", kind="friend", user_id=other.user_id, mode="video"))
    if called == "ok":
        [sent] = [event for event in other.events if event["type"] == "invite.received"] or [
            await other.receive("invite.received")
        ]
        await user.ask("invite.cancel", invite_id=sent["invite"]["invite_id"])
    annotated = await code_of(user.call("PATCH", path, {"note": "x"}))
    asked = await code_of(user.call("PUT", path, {"quiet": True}))
    declined = await code_of(user.call("POST", f"/v1/friends/requests/{other.user_id}/decline"))
    return asked, annotated, declined, await code_of(user.call("DELETE", path)), called


async def test_exports_do_not_reveal_likes_or_declines(permanent: Users, pool: Pool) -> None:
    ada, bob = await permanent("Ada", "Bob")
    before = await exported(pool, bob)
    await ada.call("PUT", f"/v1/friends/{bob.user_id}", {"quiet": True})
    assert await exported(pool, bob) == before
    await ada.call("PUT", f"/v1/friends/{bob.user_id}", {})
    before = await exported(pool, ada)
    await bob.call("POST", f"/v1/friends/requests/{ada.user_id}/decline")
    assert await exported(pool, ada) == before


async def exported(pool: Pool, user: Person) -> bytes:
    """Return the export of *user*, without the connection and the session, which change by themselves."""
    parts: list[bytes] = []
    await export.write(pool, UserId(user.user_id), parts.append)
    found = json.loads(b"".join(parts))
    return json.dumps({name: found[name] for name in found if name not in ("connection", "sessions")}).encode()
