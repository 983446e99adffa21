"""Every statement goes by an index, however large its tables have grown."""

import json
from collections.abc import Iterator
from typing import Any

import pytest

from matchmaker.domain.ids import new_id
from server.db.accounts import invite_codes, login_origins, payments, referral_follows, referrals, sessions
from server.db.moderation import reports
from server.db.nodes import room_owners
from server.db.notifications import notification_list
from server.db.pool import Pool
from server.db.rooms import (
    cooldowns,
    history,
    in_doubt,
    meetings,
    messages,
    room_close,
    room_commit,
    room_open,
    room_rows,
    room_updates,
)
from server.db.safety import audit, bans

ID = new_id(0)

STATEMENTS: dict[str, tuple[str, tuple[object, ...]]] = {
    "open": (room_commit.statement(room_open.OPEN, None), ("[{}]", None)),
    "open video rooms": (room_commit.statement(room_open.OPEN_VIDEO, None), ("[{}]", None)),
    "open and end": (room_commit.statement(room_open.OPEN, room_close.ending_steps(3)), ("[{}]", None, "[{}]")),
    "move": (room_updates.move_statement(), ("[{}]",)),
    "end": (room_commit.statement(None, room_close.ending_steps()), ("[{}]",)),
    "undo an opening": (in_doubt.UNDO_OPENING, ("[{}]",)),
    "take back messages": (messages.TAKE_BACK, ([ID], [ID], [1], None)),
    "receive": (messages.RECEIVE, ("[{}]",)),
    "last messages": (messages.LAST, (ID, ID, 50)),
    "last messages of each": (messages.LAST_OF_EACH, ([ID], 50)),
    "avoided": (cooldowns.AVOIDED, ("[{}]",)),
    "lengthen": (cooldowns.LENGTHEN, ("[{}]",)),
    "cooldowns": (cooldowns.OF, (ID, 0)),
    "calls": (history.CALLS, (ID, 0, ID, 50)),
    "transcript": (history.MESSAGES, (ID, 0, 50)),
    "let in": (sessions.LOGINS, ([b""], 0)),
    "ban of somebody": (bans.STANDING, (ID, 0)),
    "bans of late": (bans.LATELY, (0,)),
    "bans": (bans.PAGE, (0, ID, True, 0, None, 50)),
    "appeals": (bans.APPEALS, ("open", 50)),
    "have they met": (meetings.MET, (ID, ID, ID, ID, None, 0, None, None)),
    "have they talked": (meetings.TALKED, (ID, ID)),
    "networks of reporters": (reports.NETWORKS, ([ID], 0)),
    "note an origin": (login_origins.NOTE, ([ID], ["network"], [bytes(16)], 0)),
    "invites": (meetings.KEEP, ("[{}]",)),
    "reports": (reports.PAGE, ("open", 0, ID, None, None, 50, ID)),
    "report": (reports.BY_ID, (ID,)),
    "audit log": (audit.LATEST, (9, 50)),
    "audit log about somebody": (audit.LATEST_ABOUT, (9, 50, ID)),
    "takes part": (history.TAKES_PART, (ID, ID)),
    "introduced": (referrals.INTRODUCED, ("[{}]",)),
    "introduce": (referrals.CREATE, (ID, ID, "", 0, 1)),
    "preview": (referrals.LINK, ("", 0)),
    "follower": (referral_follows.FOLLOWER, (ID, "", ID)),
    "notifications": (notification_list.LIST, (ID, ID, 50)),
    "read a notification": (notification_list.READ, (ID, ID, 0)),
    "redeem": (invite_codes.REDEEM, (ID, "", 0)),
    "own code": (invite_codes.OWN, (ID,)),
    "earn a code": (invite_codes.EARN, (ID, "", 0)),
    "payment": (payments.TAKE, ("generic", "", ID, 0)),
    "rooms by id": (room_rows.BY_ID, ([ID],)),
    "rooms by page": (room_rows.PAGE, (ID, 1_000)),
    "rooms of users": (room_owners.ROOMS, ([ID],)),
    "owners of rooms": (room_owners.OWNERS, ([ID],)),
    "take a room over": (room_owners.TAKE, (ID, 1, "node", "other", "channel")),
}


@pytest.mark.parametrize("name", STATEMENTS)
async def test_statement_uses_an_index(pool: Pool, name: str) -> None:
    statement, args = STATEMENTS[name]
    plan = json.loads(await pool.fetchval(f"EXPLAIN (FORMAT JSON) {statement}", *args))[0]["Plan"]
    nodes = list(_nodes(plan))
    scans = [node for node in nodes if "Index Name" in node]
    assert scans
    assert [node for node in scans if "Index Cond" not in node] == []
    assert not {node["Node Type"] for node in nodes} & {"Seq Scan", "Hash Join", "Merge Join"}


GROWING = {"users", "blocks", "block_newcomers", "cooldowns", "room_messages", "chat_history", "login_origins"}


HOT: dict[str, tuple[str, tuple[object, ...]]] = {
    "open": STATEMENTS["open"],
    "move": (room_updates.move_statement(text=False), ("[{}]",)),
    "end": (
        room_commit.statement(None, room_close.ending_steps(talked=False, rare=False)),
        ("[{}]",),
    ),
}


@pytest.mark.parametrize("name", HOT)
async def test_hot_statement_planned_on_empty_tables_uses_an_index(pool: Pool, name: str) -> None:
    await pool.execute("VACUUM ANALYZE cooldowns, blocks, block_newcomers, room_messages")
    statement, args = HOT[name]
    plan = json.loads(await pool.fetchval(f"EXPLAIN (FORMAT JSON) {statement}", *args))[0]["Plan"]
    scans = [node for node in _nodes(plan) if node.get("Relation Name") in GROWING and "Index Name" in node]
    assert scans
    assert [node for node in scans if "Index Cond" not in node] == []


def _nodes(plan: dict[str, Any]) -> Iterator[dict[str, Any]]:
    yield plan
    for child in plan.get("Plans", ()):
        yield from _nodes(child)
