"""All data about a user: which rows of which table, what is left out, and why."""

from collections.abc import Callable
from itertools import chain, repeat
from typing import Any

import asyncpg
import msgspec

from matchmaker.domain.errors import NotFound
from matchmaker.domain.ids import UserId
from server.db.accounts.sessions import ms
from server.db.channels.export import CHANNEL_SECTIONS, CHANNELS_WITHHELD
from server.db.export_section import Section
from server.db.pool import Pool

PREFETCH = 500
"""Rows that are read together."""
_encode = msgspec.json.Encoder().encode

IN_MY_ROOMS = """x.room_id IN (SELECT room_id FROM chat_history WHERE user_id = $1::uuid
    UNION SELECT room_id FROM room_seats WHERE user_id = $1::uuid
    UNION SELECT room_id FROM brief_meetings WHERE low = $1::uuid OR high = $1::uuid)"""


LISTED = "(x.unlisted_until IS NULL OR x.until_at > x.unlisted_until)"
"""Cooldowns that are not those of an earlier account with the same address (`account_deletion`)."""


def _name_of(column: str, alias: str = "name") -> tuple[str, str]:
    return f", p.display_name AS {alias}", f"LEFT JOIN users p ON p.user_id = x.{column}"


PEER, OF_PEER = _name_of("peer_id", "peer_name")
OTHER, OF_OTHER = _name_of("target_id", "target_name")

SECTIONS: dict[str, Section] = {
    "profile": Section(
        table="users",
        where="x.user_id = $1::uuid",
        hide=frozenset({"password_hash", "pending_password_hash", "invite_tree"}),
    ),
    "log_in_name": Section(table="log_in_names", where="x.user_id = $1::uuid"),
    "sessions": Section(
        table="sessions", where="x.user_id = $1::uuid", hide=frozenset({"token_hash"}), order="x.created_at"
    ),
    "login_origins": Section(table="login_origins", where="x.user_id = $1::uuid", order="x.first_seen_at, x.digest"),
    "history": Section(table="chat_history", where="x.user_id = $1::uuid", also=PEER, join=OF_PEER, order="started_at"),
    "messages": Section(table="room_messages", where=IN_MY_ROOMS, hide=frozenset({"n"}), order="x.room_id, x.n"),
    "room": Section(
        table="active_rooms",
        where="x.room_id IN (SELECT room_id FROM room_seats WHERE user_id = $1::uuid)",
        hide=frozenset({"version", "offerer", "answerer"}),  # The preferences of the peer are the peer's data.
    ),
    "seat": Section(table="room_seats", where="x.user_id = $1::uuid"),
    "brief_meetings": Section(
        table="brief_meetings", where="x.low = $1::uuid OR x.high = $1::uuid", order="x.started_at"
    ),
    "invites": Section(
        table="direct_invites", where="x.inviter_id = $1::uuid OR x.invitee_id = $1::uuid", order="x.ended_at"
    ),
    "completions": Section(table="session_completions", where="x.user_id = $1::uuid", order="x.completed_at"),
    "cooldowns": Section(
        table="cooldowns",
        where=f"(x.low = $1::uuid OR x.high = $1::uuid) AND {LISTED}",
        hide=frozenset({"unlisted_until"}),
        order="x.until_at",
    ),
    "blocks": Section(
        table="blocks",
        where="x.user_id = $1::uuid AND NOT x.unlisted",
        hide=frozenset({"unlisted"}),
        also=OTHER,
        join=OF_OTHER,
        order="x.since_at",
    ),
    "reports_made": Section(
        table="reports",
        where="x.reporter_id = $1::uuid",
        # For a message in a channel the evidence holds earlier versions, which are for moderators only.
        hide=frozenset({"decided_by", "session_data"}),
        also=", CASE WHEN x.channel_id IS NULL THEN x.session_data END AS evidence",
        order="x.created_at",
    ),
    "bans": Section(
        table="ban_records",
        where="x.user_id = $1::uuid",
        hide=frozenset({"imposed_by", "lifted_by", "appeal_decided_by", "changed_at"}),
        order="x.imposed_at",
    ),
    # A withdrawn request is kept only because it was declined, which is never revealed.
    "friend_requests": Section(
        table="friend_requests",
        where="x.from_id = $1::uuid AND x.withdrawn_at IS NULL",
        hide=frozenset({"declined_at", "withdrawn_at"}),
        order="x.asked_at",
    ),
    "friendships": Section(table="friendships", where="x.low = $1::uuid OR x.high = $1::uuid", order="x.since_at"),
    "friend_calls": Section(
        table="friend_calls", where="x.caller_id = $1::uuid OR x.callee_id = $1::uuid", order="x.ended_at"
    ),
    "friend_notes": Section(table="friend_notes", where="x.user_id = $1::uuid", order="x.friend_id"),
    "connection": Section(table="connected_users", where="x.user_id = $1::uuid"),
    "emails": Section(
        table="email_outbox", where="x.user_id = $1::uuid", hide=frozenset({"leased_until"}), order="x.due_at"
    ),
    "notification_settings": Section(table="notification_settings", where="x.user_id = $1::uuid", order="x.kind"),
    "introductions_made": Section(
        table="referral_mappings", where="x.introducer_id = $1::uuid", also=OTHER, join=OF_OTHER, order="x.created_at"
    ),
    "introductions_followed": Section(
        table="referral_follows", where="x.follower_id = $1::uuid", also=OTHER, join=OF_OTHER, order="x.followed_at"
    ),
    "introductions_requested": Section(
        table="referral_requests", where="x.follower_id = $1::uuid", order="x.requested_at"
    ),
    "notifications": Section(table="referral_notifications", where="x.user_id = $1::uuid", order="x.notification_id"),
    "invite_code": Section(table="invite_codes", where="x.owner_id = $1::uuid"),
    "redemption": Section(table="invite_redemptions", where="x.user_id = $1::uuid"),
    "letters": Section(table="letters", where="x.user_id = $1::uuid", hide=frozenset({"token_hash"})),
    "payments": Section(table="payments", where="x.user_id = $1::uuid", order="x.received_at"),
    **CHANNEL_SECTIONS,
}
"""By the name in the document."""

WITHHELD: dict[str, str] = {
    "users.invite_tree": "the inviters of the inviter: their data; the user's own step is the redemption",
    "block_origins.user_id": "networks and devices of another user, as digests",
    "block_origins.target_id": "a user never learns by whom they are blocked",
    "block_newcomers.user_id": "follows from a block, which is in the export; names the other's newer accounts",
    "block_newcomers.other_id": "a user never learns by whom they are blocked",
    "block_newcomers.target_id": "a user never learns by whom they are blocked",
    "blocks.target_id": "a user never learns by whom they are blocked",
    "reports.reported_id": "the reported user learns of a report by a ban with its reasons, never of its reporter",
    "friend_requests.to_id": "requests of others, quiet or not; open ones are in the user's list",
    "friend_notes.friend_id": "private notes of a friend are the friend's data",
    "referral_mappings.target_id": "a link of another user; its effects are among the notifications",
    "referral_follows.target_id": "a follower of another user's link; the user was notified",
    "referral_follows.introducer_id": "followers of a link; the link is among introductions_made",
    "referral_notifications.about_id": "a notification of another user: their data",
    "referral_notifications.introducer_id": "a notification of another user: their data",
    "reports.decided_by": "an act of office: the audit log has it",
    "ban_records.imposed_by": "an act of office",
    "ban_records.lifted_by": "an act of office",
    "ban_records.appeal_decided_by": "an act of office",
    "ip_bans.created_by": "an act of office",
    "invite_codes.made_by": "an act of office",
    "audit_log.actor_id": "an act of office; kept by id only, so that the chain of hashes holds",
    "audit_log.subject_id": "decisions about a user are in the export as bans, with their reasons",
    "active_rooms.asked_by": "part of the room, which is in the export of both",
    "active_rooms.offerer_id": "found by the seat",
    "active_rooms.answerer_id": "found by the seat",
    "chat_history.peer_id": "the peer's own record of a conversation; the user's is in the export",
    "room_messages.sender_id": "found by the room, with the messages of the peer",
    "departed_people.user_id": "of deleted accounts",
    "departed_ties.user_id": "of deleted accounts",
    "departed_ties.other_id": "may reveal a block, which a user never learns of",
    **CHANNELS_WITHHELD,
}
"""References to users that the export does not follow, with the reason."""


async def write(pool: Pool, user: UserId, out: Callable[[bytes], object]) -> None:
    """Pass *out* every row about *user*, as of one instant, as a JSON object of arrays by section, in pieces.

    Instants are Unix milliseconds. Memory: a few rows, however many there are.

    Raises:
        NotFound: the account was deleted during the export.
    """
    async with pool.connection() as connection, connection.transaction(isolation="repeatable_read", readonly=True):
        if not await connection.fetchval("SELECT EXISTS (SELECT FROM users WHERE user_id = $1::uuid)", user):
            raise NotFound("this account was deleted")
        for before, (name, section) in zip(chain([b"{"], repeat(b",")), SECTIONS.items(), strict=False):
            out(before + _encode(name) + b":[")
            await _write_rows(connection, section, user, out)
            out(b"]")
    out(b"}")


async def _write_rows(
    connection: asyncpg.Connection, section: Section, user: UserId, out: Callable[[bytes], object]
) -> None:
    query = await connection.prepare(statement(section))
    kinds = {one.name: one.type.name for one in query.get_attributes() if one.name not in section.hide}
    is_first = True
    async for row in query.cursor(user, prefetch=PREFETCH):
        row_json = _encode({name: plain(row[name], kind) for name, kind in kinds.items()})
        out(row_json if is_first else b"," + row_json)
        is_first = False


def statement(section: Section) -> str:
    """Return the query of *section*."""
    order = f"ORDER BY {section.order}" if section.order else ""
    return f"SELECT x.*{section.also} FROM {section.table} x {section.join} WHERE {section.where} {order}"  # noqa: S608 - constants of this code


def plain(value: Any, kind: str) -> object:
    """Return a value of a column of type *kind* as JSON."""
    if value is None:
        return None
    if kind == "timestamptz":
        return ms(value)
    if kind == "bytea":
        return value.hex()
    if kind in ("json", "jsonb"):
        return msgspec.json.decode(value)
    return value if kind in ("bool", "int2", "int4", "int8", "float8", "text", "_text") else str(value)
