"""Permissions in channels and about other users: each request and frame, by role, in one table."""

import itertools
from collections.abc import Awaitable, Callable
from typing import Any

import msgspec
import pytest

from server.db.pool import Pool
from server.http.routes import ROUTES
from signaling.wire.channel_frames import CHANNEL_FRAMES
from tests.people.conftest import MET, PERMANENT, ConnectUser, code_of
from tests.people.pictures import picture
from tests.people.test_files import upload
from tests.support.client import Person

pytestmark = pytest.mark.settings(rate_limits=False)

OK, HIDDEN, NO, CLOSED = "ok", "not_found", "forbidden", "channel_closed"
ROLES = (
    "stranger", "friend", "moderator", "member", "owner", "former member", "friend in a DM", "former friend", "blocked",
    "blocker",
)  # fmt: skip
OUTSIDE = (HIDDEN,) * 3
"""For a stranger, a friend of the owner and a moderator, who are not members."""
ALL_ROLES = (OK,) * len(ROLES)

IN_A_CHANNEL = {
    # by role:                                      member  owner   former   friend  ex-friend blocked blocker
    "GET /v1/channels/{channel_id}": (*OUTSIDE, OK, OK, OK, OK, OK, OK, HIDDEN),
    "PATCH /v1/channels/{channel_id}": (*OUTSIDE, NO, OK, HIDDEN, NO, NO, NO, HIDDEN),
    "PATCH /v1/channels/{channel_id} notify": (*OUTSIDE, OK, OK, OK, OK, OK, OK, HIDDEN),
    "GET /v1/channels/{channel_id}/members": (*OUTSIDE, OK, OK, OK, OK, OK, OK, HIDDEN),
    "PUT /v1/channels/{channel_id}/members/{user_id}": (*OUTSIDE, OK, OK, HIDDEN, NO, NO, NO, HIDDEN),
    "PUT /v1/channels/{channel_id}/members/{user_id} no friend": (*OUTSIDE, HIDDEN, HIDDEN, HIDDEN, NO, NO, NO, HIDDEN),
    "DELETE /v1/channels/{channel_id}/members/{user_id}": (*OUTSIDE, NO, OK, HIDDEN, NO, NO, NO, HIDDEN),
    "GET /v1/channels/{channel_id}/messages": (*OUTSIDE, OK, OK, OK, OK, OK, OK, HIDDEN),
    "POST /v1/channels/{channel_id}/messages": (*OUTSIDE, OK, OK, CLOSED, OK, CLOSED, CLOSED, HIDDEN),
    "GET /v1/attachments/{attachment_id}": (*OUTSIDE, HIDDEN, OK, HIDDEN, OK, HIDDEN, HIDDEN, HIDDEN),
    "POST /v1/attachments/{attachment_id}/complete": (HIDDEN,) * len(ROLES),
    "PATCH /v1/channels/{channel_id}/messages/{n}": (*OUTSIDE, NO, NO, NO, NO, NO, NO, HIDDEN),
    "PATCH /v1/channels/{channel_id}/messages/{n} own": (*OUTSIDE, OK, OK, CLOSED, OK, CLOSED, CLOSED, HIDDEN),
    "PUT /v1/channels/{channel_id}/messages/{n}/reactions/{emoji}": (
        *OUTSIDE, OK, OK, CLOSED, OK, CLOSED, CLOSED, HIDDEN),
    "DELETE /v1/channels/{channel_id}/messages/{n}/reactions/{emoji}": (
        *OUTSIDE, OK, OK, CLOSED, OK, CLOSED, CLOSED, HIDDEN),
    "DELETE /v1/channels/{channel_id}/messages/{n}": (*OUTSIDE, NO, OK, NO, NO, NO, NO, HIDDEN),
    "DELETE /v1/channels/{channel_id}/messages/{n} own": (*OUTSIDE, OK, OK, OK, OK, OK, OK, HIDDEN),
    "PUT /v1/channels/{channel_id}/marks": (*OUTSIDE, OK, OK, OK, OK, OK, OK, HIDDEN),
    "GET /v1/search": (*OUTSIDE, OK, OK, OK, OK, OK, OK, HIDDEN),
    "frame channel.send": (*OUTSIDE, OK, OK, CLOSED, OK, CLOSED, CLOSED, HIDDEN),
    "frame channel.mark": ALL_ROLES,
    "frame channel.typing": (*OUTSIDE, OK, OK, CLOSED, OK, CLOSED, CLOSED, HIDDEN),
    "POST /v1/reports": (*OUTSIDE, OK, OK, OK, OK, OK, OK, HIDDEN),
}  # fmt: skip
"""The code of each answer, by role. `own`: about the role's own message; else about another member's."""

ABOUT_A_USER = {
    "PUT /v1/dms/{user_id}": (HIDDEN, OK, HIDDEN, HIDDEN, OK, HIDDEN, OK, HIDDEN, HIDDEN, HIDDEN),
    "POST /v1/channels": (HIDDEN, OK, HIDDEN, HIDDEN, OK, HIDDEN, OK, HIDDEN, HIDDEN, HIDDEN),
    "frame friend.ask": (HIDDEN, OK, HIDDEN, HIDDEN, OK, HIDDEN, OK, OK, HIDDEN, HIDDEN),
    "frame invite.send": tuple(
        OK if is_friend else "target_unavailable" for is_friend in (0, 1, 0, 0, 1, 0, 1, 0, 0, 0)
    ),
    "PATCH /v1/friends/{user_id}": (HIDDEN, OK, HIDDEN, HIDDEN, OK, HIDDEN, OK, HIDDEN, HIDDEN, HIDDEN),
}
"""About the writer, whose friends are the friend, the owner and the friend in a DM."""

FOR_ALL_USERS = {
    "GET /v1/friends", "GET /v1/friends/requests", "POST /v1/friends/requests/{user_id}/decline", "GET /v1/inbox",
    "DELETE /v1/friends/{user_id}", "PUT /v1/friends/{user_id}", "POST /v1/notifications/read",
    "GET /v1/notification-settings", "PUT /v1/notification-settings", "POST /v1/attachments",
}  # fmt: skip
"""Requests about the user's own data. Friend requests and their withdrawal: `test_friend_rights`."""
BY_SIGNATURE = {"POST /v1/unsubscribe/{token}", "PUT /v1/uploads/{attachment_id}", "GET /v1/files/{attachment_id}"}
FOR_STAFF = {"GET /v1/admin/users", "GET /v1/admin/users/{user_id}", "GET /v1/admin/email"}


class Case(msgspec.Struct, kw_only=True):
    """A user in a role, and a channel in which `writer` has sent the message `n` with a file."""

    user: Person
    writer: Person
    channel_id: str
    n: int
    own: int
    """A message of the user; for outsiders one of the writer."""
    file: str
    friend: Person
    """A friend of the user who is in no channel."""
    friendless: Person
    """A user without friends."""

    def request(self, name: str) -> tuple[str, str, dict[str, Any] | None]:
        """Return method, path and body of a row of `IN_A_CHANNEL` or `ABOUT_A_USER`."""
        method, path, *rest = name.split(" ", 2)
        kind = rest[0] if rest else ""
        about = self.friend if method == "PUT" else self.writer
        user = self.friendless if kind == "no friend" else self.writer if path in USERS else about
        for field, value in (
            ("channel_id", self.channel_id),
            ("user_id", user.user_id),
            ("n", self.own if kind == "own" else self.n),
            ("attachment_id", self.file),
            ("emoji", "%F0%9F%91%8D"),
        ):
            path = path.replace(f"{{{field}}}", str(value))
        if name == "GET /v1/search":
            path += f"?q=word&channel_id={self.channel_id}"
        if kind == "notify":
            return method, path, {"notify": "none"}
        bodies = BODIES.get(" ".join(name.split(" ")[:2]))
        return method, path, None if bodies is None else bodies(self)

    def frame(self, name: str) -> Awaitable[Any]:
        """Send the frame of a row."""
        kind, user_id = name.removeprefix("frame "), self.writer.user_id
        fields = {
            "channel.send": {"channel_id": self.channel_id, "client_id": f"s{next(_numbers)}", "body": "x"},
            "channel.mark": {"channel_id": self.channel_id, "read": 1},
            "channel.typing": {"channel_id": self.channel_id},
            "friend.ask": {"user_id": user_id},
            "invite.send": {"kind": "friend", "user_id": user_id, "mode": "video"},
        }[kind]
        return self.user.ask(kind, **fields)

    async def outcome(self, name: str) -> str:
        """Return the code of the answer to a row, `ok` without an error."""
        if name.startswith("frame "):
            code = await code_of(self.frame(name))
            if name == "frame invite.send" and code == OK:
                invite = (await self.writer.receive("invite.received"))["invite"]
                await self.user.ask("invite.cancel", invite_id=invite["invite_id"])
            return code
        method, path, body = self.request(name)
        return await code_of(self.user.call(method, path, body))


_numbers = itertools.count()
USERS = {path.split(" ")[1] for path in ABOUT_A_USER if not path.startswith("frame ")}
BODIES: dict[str, Callable[[Case], dict[str, Any]]] = {
    "PATCH /v1/channels/{channel_id}": lambda _: {"name": "New"},
    "POST /v1/channels/{channel_id}/messages": lambda _: {"client_id": f"h{next(_numbers)}", "body": "x"},
    "PATCH /v1/channels/{channel_id}/messages/{n}": lambda _: {"body": "other"},
    "PUT /v1/channels/{channel_id}/marks": lambda _: {"read": 1},
    "POST /v1/channels": lambda case: {"name": "Ours", "user_ids": [case.writer.user_id]},
    "POST /v1/reports": lambda case: {
        "user_id": case.writer.user_id, "channel_id": case.channel_id, "n": case.n, "category": "spam"},
    "PATCH /v1/friends/{user_id}": lambda _: {"note": "x"},
}  # fmt: skip


def test_every_people_request_has_a_row() -> None:
    rows = {" ".join(name.split(" ")[:2]) for name in (*IN_A_CHANNEL, *ABOUT_A_USER) if not name.startswith("frame")}
    known = (rows - {"POST /v1/reports"}) | FOR_ALL_USERS | BY_SIGNATURE | FOR_STAFF
    assert {f"{route.method} {route.path}" for route in ROUTES if route.people} == known
    frames = {name.removeprefix("frame ") for name in (*IN_A_CHANNEL, *ABOUT_A_USER) if name.startswith("frame")}
    assert {kind.__struct_config__.tag for kind in CHANNEL_FRAMES} < frames


class RoleUsers:
    """Users in every role."""

    def __init__(self, connect_user: ConnectUser, pool: Pool) -> None:
        self._connect_user = connect_user
        self._pool = pool

    async def user(self, name: str, *friends: Person, connect: bool = False) -> Person:
        user = await self._connect_user(name, connect=connect)
        await self._pool.execute(PERMANENT, user.user_id)
        for friend in friends:
            await self._pool.execute(MET, user.user_id, friend.user_id)
            await self._pool.execute(
                "INSERT INTO friendships VALUES (LEAST($1::uuid, $2::uuid), GREATEST($1::uuid, $2::uuid), now())",
                user.user_id,
                friend.user_id,
            )
        return user

    async def cases(self) -> dict[str, Case]:
        friendless, writer = await self.user("Friendless"), await self.user("Writer", connect=True)
        friend = await self.user("Friend")
        owner = await self.user("Owner", writer, friend, connect=True)
        inside = {role: await self.user(role, owner, friend, connect=True) for role in ("member", "former member")} | {
            "owner": owner
        }
        outside = {
            "stranger": await self.user("Stranger", friend, connect=True),
            "friend": await self.user("Outside", writer, friend, connect=True),
            "moderator": await self.user("Moderator", friend, connect=True),
        }
        moderator = outside["moderator"].user_id
        await self._pool.execute("UPDATE users SET role = 'moderator' WHERE user_id = $1::uuid", moderator)
        body = {"name": "G", "user_ids": [one.user_id for one in (writer, inside["member"], inside["former member"])]}
        group = (await owner.call("POST", "/v1/channels", body))["channel"]["channel_id"]
        cases = {}
        n, file = await self._written(writer, group)
        for role, user in (outside | inside).items():
            own = await say(user, group) if role in inside else n
            cases[role] = Case(
                user=user,
                writer=writer,
                channel_id=group,
                n=n,
                own=own,
                file=file,
                friend=friend,
                friendless=friendless,
            )
        former = inside["former member"]
        await former.call("DELETE", f"/v1/channels/{group}/members/{former.user_id}")
        for role in ROLES[6:]:
            user = await self.user(role, writer, friend, connect=True)
            dm = (await user.call("PUT", f"/v1/dms/{writer.user_id}"))["channel"]["channel_id"]
            n, file = await self._written(writer, dm)
            cases[role] = Case(
                user=user, writer=writer, channel_id=dm, n=n, own=await say(user, dm), file=file, friend=friend,
                friendless=friendless,
            )  # fmt: skip
        await writer.call("DELETE", f"/v1/friends/{cases['former friend'].user.user_id}")
        await writer.call("PUT", f"/v1/blocks/{cases['blocked'].user.user_id}")
        await cases["blocker"].user.call("PUT", f"/v1/blocks/{writer.user_id}")
        assert set(cases) == set(ROLES)
        return cases

    async def _written(self, writer: Person, channel_id: str) -> tuple[int, str]:
        file = (await upload(writer, picture(size=(8, 8))))["attachment_id"]
        return await say(writer, channel_id, body="word", attachment_ids=[file]), file


async def say(user: Person, channel_id: str, **fields: Any) -> int:
    sent = {"channel_id": channel_id, "client_id": f"r{next(_numbers)}", "body": "x"} | fields
    n: int = (await user.ask("channel.send", **sent))["message"]["n"]
    return n


async def test_rights_by_role(connect_user: ConnectUser, pool: Pool) -> None:
    cases = await RoleUsers(connect_user, pool).cases()
    wrong = []
    for name, expected in (ABOUT_A_USER | IN_A_CHANNEL).items():
        for role, code in zip(ROLES, expected, strict=True):
            found = await cases[role].outcome(name)
            if found != code:
                wrong.append(f"{name}, {role}: {found}, not {code}")
    for name, role in itertools.product(FOR_STAFF, ROLES):
        path = name.removeprefix("GET ").replace("{user_id}", cases[role].user.user_id)
        found = await code_of(cases[role].user.call("GET", f"{path}?query=x" if path.endswith("users") else path))
        if found != (OK if role == "moderator" else NO):
            wrong.append(f"{name}, {role}: {found}")
    assert wrong == []


async def test_requests_that_need_an_account(connect_user: ConnectUser) -> None:
    guest = await connect_user("Guest")
    file = {"purpose": "avatar", "name": "a", "bytes": 1, "media_type": "image/png"}
    for path, body in (("/v1/channels", {"name": "Mine", "user_ids": []}), ("/v1/attachments", file)):
        assert await code_of(guest.call("POST", path, body)) == "account_required"
    assert await code_of(guest.call("PUT", f"/v1/dms/{guest.user_id}")) == HIDDEN
