"""Permissions of every request and frame: one table, which the tests check and `docs/security.md` shows.

`python -m server.http.permissions docs/security.md` rewrites the page.
"""

import sys
from pathlib import Path

import msgspec

from server.db.accounts.sessions import StaffRole
from server.db.moderation.moderators import outranks
from server.http.route import Route
from server.http.routes import ROUTES
from signaling.wire.frames import KINDS

OK = "ok"
CALLERS = ("nobody", "person", "banned", "moderator", "administrator")
ABOUT = (
    "a user",
    "a moderator",
    "an administrator",
    "themselves",
    "a user they have reported",
    "a ban of an administrator's",
)
"""The cases of confirming, dismissing, banning, lifting and granting an appeal."""
BEGIN, END = "<!-- made by server/http/permissions.py: begin -->", "<!-- end -->"


class Permission(msgspec.Struct, frozen=True, kw_only=True):
    """The answer to a frame in each phase, by error code. *own*: naming the user's own room, invite or peer."""

    idle: str
    queued: str
    invited: str
    in_room: str
    of_others: str
    """The answer to a frame that names a room, an invite or a user that is not theirs."""


def _room(*, own: str = OK) -> Permission:
    """Return the right to an operation of the two users of a room: for all others the room does not exist."""
    no = "not_in_room"
    return Permission(idle=no, queued=no, invited=no, in_room=own, of_others=no)


def _always(of_others: str = OK) -> Permission:
    return Permission(idle=OK, queued=OK, invited=OK, in_room=OK, of_others=of_others)


_INVITE = Permission(
    idle="invite_gone", queued="invite_gone", invited=OK, in_room="invite_gone", of_others="invite_gone"
)

FRAME_PERMISSIONS: dict[str, Permission] = {
    "hello": Permission(
        idle="conflict", queued="conflict", invited="conflict", in_room="conflict", of_others="conflict"
    ),
    "queue.join": Permission(idle=OK, queued=OK, invited="wrong_phase", in_room="wrong_phase", of_others=OK),
    "queue.leave": _always(),
    "discover": _always(),
    "invite.send": Permission(
        idle=OK, queued=OK, invited="wrong_phase", in_room="wrong_phase", of_others="target_unavailable"
    ),
    "invite.accept": _INVITE,
    "invite.decline": _INVITE,
    "invite.cancel": _INVITE,
    "signal": _room(),
    "room.ready": _room(),
    "room.leave": _room(),
    "room.upgrade": _room(),
    "room.upgrade_decline": _room(own="conflict"),  # no one has asked them
    "chat.send": _room(),
    "chat.receipt": _room(),
    "chat.typing": _room(),
    "chat.history": _room(),
    "block": _always("not_found"),
    "report": Permission(idle="not_found", queued="not_found", invited="not_found", in_room=OK, of_others="not_found"),
    "friend.ask": Permission(
        idle="not_found", queued="not_found", invited="not_found", in_room=OK, of_others="not_found"
    ),
    "channel.send": _always("not_found"),
    "channel.mark": _always(),
    "channel.typing": _always("not_found"),
    "ping": _always(),
}
"""By the type of the frame. Before `hello` none of them is answered; for a banned user not even that."""
assert set(FRAME_PERMISSIONS) == set(KINDS)


def outcome(route: Route, who: str) -> str:
    """Return the answer to *who* at *route* before the input is looked at: `ok`, or an error code."""
    if route.open:
        return OK
    if who == "nobody":
        return "unauthenticated"
    if who == "banned":
        return OK if route.banned else "banned"
    if who == "administrator":
        return OK
    if who == "moderator":
        return "forbidden" if route.admin else OK
    return "forbidden" if route.staff else OK


def decides(role: StaffRole, about: str) -> bool:
    """Return whether a user of *role* may decide about one of `ABOUT`."""
    match about:
        case "themselves" | "a user they have reported":
            return False
        case "a ban of an administrator's":
            return role == "admin"
        case _:
            subject: dict[str, StaffRole | None] = {"a moderator": "moderator", "an administrator": "admin"}
            return outranks(role, subject.get(about))


def markdown() -> str:
    """Return both tables as Markdown."""
    lines = ["| frame | idle | queued | invited | in_room | naming another user's |", "|---|---|---|---|---|---|"]
    for name, right in FRAME_PERMISSIONS.items():
        lines.append(f"| `{name}` | " + " | ".join(_told(code) for code in msgspec.structs.astuple(right)) + " |")
    lines += [
        "",
        "| request | anonymous | a user | a banned user | a moderator | an administrator |",
        "|---|---|---|---|---|---|",
    ]
    for route in ROUTES:
        told = (_told(outcome(route, who)) for who in CALLERS)
        lines.append(f"| `{route.method} {route.path}` | " + " | ".join(told) + " |")
    lines += ["", "| role | " + " | ".join(ABOUT) + " |", "|---" * (len(ABOUT) + 1) + "|"]
    for role in ("moderator", "admin"):
        told = ("yes" if decides(role, about) else "`forbidden`" for about in ABOUT)
        lines.append(f"| {role} | " + " | ".join(told) + " |")
    return "\n".join(lines)


def inserted(page: str) -> str:
    """Return *page* with the tables between its two marks."""
    before, _, rest = page.partition(BEGIN)
    _, _, after = rest.partition(END)
    return f"{before}{BEGIN}\n{markdown()}\n{END}{after}"


def _told(code: str) -> str:
    return "yes" if code == OK else f"`{code}`"


if __name__ == "__main__":
    file = Path(sys.argv[1])
    file.write_text(inserted(file.read_text()))
