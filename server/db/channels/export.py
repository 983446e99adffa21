"""Channels in the export of a user's data: own messages with earlier texts, never texts of others."""

from typing import Final

from server.db.export_section import Section

_MINE = """(x.channel_id, x.n) IN (SELECT y.channel_id, y.n FROM channel_messages y
    WHERE y.sender_id = $1::uuid)"""

CHANNEL_SECTIONS: Final[dict[str, Section]] = {
    "channels": Section(
        table="channels",
        where="""x.low = $1::uuid OR x.high = $1::uuid OR x.channel_id IN (
            SELECT y.channel_id FROM channel_members y WHERE y.user_id = $1::uuid AND y.left_at IS NULL)""",
        order="x.created_at, x.channel_id",
    ),
    "channel_members": Section(
        table="channel_members", where="x.user_id = $1::uuid", hide=frozenset({"slot"}), order="x.channel_id"
    ),
    "channel_messages": Section(
        table="channel_messages",
        where="x.sender_id = $1::uuid",
        hide=frozenset({"deleted_by"}),
        order="x.sent_at, x.channel_id, x.n",
    ),
    "message_versions": Section(table="message_versions", where=_MINE, order="x.channel_id, x.n, x.version"),
    "reactions": Section(table="reactions", where="x.user_id = $1::uuid", order="x.channel_id, x.n, x.emoji"),
    "mentions": Section(table="mentions", where="x.user_id = $1::uuid", order="x.channel_id, x.n"),
    "attachments": Section(
        table="attachments", where="x.owner_id = $1::uuid", hide=frozenset({"hold_until"}), order="x.created_at"
    ),
    "hidden_senders": Section(table="hidden_senders", where="x.user_id = $1::uuid", order="x.channel_id, x.sender_id"),
    "avatar": Section(table="avatars", where="x.user_id = $1::uuid"),
}

CHANNELS_WITHHELD: Final = {
    "channels.created_by": "of a group that the user has left channel_members has what it was called then",
    "channel_messages.deleted_by": "found by the message; the owner of a group may have deleted it",
    "message_erasures.user_id": "of deleted accounts",
    "hidden_senders.sender_id": "of deleted accounts",
}
