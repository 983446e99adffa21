"""Messages with reactions and files, for one viewer or for all members."""

from collections.abc import Iterable, Sequence
from typing import Any

import msgspec

from matchmaker.domain.ids import UserId
from server.db.channels.records import Audience, Change, StoredFile, StoredMessage
from server.db.json_rows import Rows
from server.db.pool import DatabaseConnection, Pool

FIELDS = """m.channel_id::text, m.n, m.rev, m.kind, m.sender_id::text, m.body, m.client_id, m.reply_to,
    CASE WHEN m.kind <> 'text' THEN m.details::text END AS details,
    unix_ms(m.sent_at), unix_ms(m.edited_at), unix_ms(m.deleted_at),
    CASE WHEN m.rev > 0 THEN (
        SELECT json_agg(json_build_array(x.emoji, x.users) ORDER BY x.since, x.emoji)::text FROM (
            SELECT r.emoji, json_agg(r.user_id ORDER BY r.reacted_at, r.user_id) AS users, min(r.reacted_at) AS since
            FROM reactions r WHERE r.channel_id = m.channel_id AND r.n = m.n GROUP BY r.emoji) AS x)
    END AS reactions,
    (SELECT json_agg(json_build_object('attachment_id', a.attachment_id, 'name', a.name, 'media_type', a.media_type,
                'bytes', a.bytes, 'width', a.width, 'height', a.height) ORDER BY a.created_at, a.attachment_id)::text
     FROM attachments a WHERE a.channel_id = m.channel_id AND a.n = m.n) AS files"""
"""The columns of `read_message`: the first 14."""

# Whose messages `$2` does not see in groups: users blocked by `$2`, and those among them who have deleted the account.
HIDDEN_SENDERS = """
    SELECT b.target_id FROM blocks b WHERE b.user_id = $2::uuid
    UNION ALL SELECT h.sender_id FROM hidden_senders h WHERE h.user_id = $2::uuid"""
# For one viewer, `$2`: whether the sender is blocked by the viewer, and whether the viewer gets the files.
_IS_HIDDEN = f"m.sender_id = ANY (ARRAY({HIDDEN_SENDERS})) AS is_hidden"
SEEN = f"""
    {_IS_HIDDEN},
    m.sender_id = $2::uuid OR EXISTS (
        SELECT FROM friendships f
        WHERE f.low = LEAST(m.sender_id, $2::uuid) AND f.high = GREATEST(m.sender_id, $2::uuid)) AS sees_files"""
# The same in channel `$1`. Who of its members is a friend is looked up once: PostgreSQL would read all friends.
_SEEN_THERE = f"""
    {_IS_HIDDEN},
    m.sender_id = $2::uuid OR m.sender_id = ANY (ARRAY(
        SELECT p.user_id FROM channel_members p JOIN friendships f
            ON f.low = LEAST(p.user_id, $2::uuid) AND f.high = GREATEST(p.user_id, $2::uuid)
        WHERE p.channel_id = $1::uuid)) AS sees_files"""  # noqa: S608 - constants of this code
BEFORE = f"""
SELECT {FIELDS}, {_SEEN_THERE} FROM channel_messages m
WHERE m.channel_id = $1::uuid AND m.n < $3 AND m.n > $4 ORDER BY m.n DESC LIMIT $5
"""  # noqa: S608 - constants of this code
AFTER = f"""
SELECT {FIELDS}, {_SEEN_THERE} FROM channel_messages m
WHERE m.channel_id = $1::uuid AND m.n > $3 AND m.n <= $4 ORDER BY m.n LIMIT $5
"""  # noqa: S608 - constants of this code
CHANGED = f"""
SELECT {FIELDS}, {_SEEN_THERE} FROM channel_messages m
WHERE m.channel_id = $1::uuid AND m.rev > $3 AND m.n > $4 AND m.n <= $5 ORDER BY m.rev LIMIT $6
"""  # noqa: S608 - constants of this code

_KEYS = Rows("channel_id uuid, n bigint")
# The members: present ones who can read the message. Those who joined after it are not sent its changes.
CHANGES = f"""
SELECT {FIELDS},
    ARRAY(SELECT p.user_id::text FROM channel_members p
          WHERE p.channel_id = m.channel_id AND p.left_at IS NULL AND p.joined_n < m.n) AS members,
    ARRAY(SELECT b.user_id::text FROM blocks b WHERE b.target_id = m.sender_id
          UNION ALL SELECT h.user_id::text FROM channel_members p JOIN hidden_senders h USING (user_id, channel_id)
          WHERE p.channel_id = m.channel_id AND h.sender_id = m.sender_id) AS blockers,
    ARRAY(SELECT p.user_id::text FROM channel_members p JOIN friendships f
            ON f.low = LEAST(p.user_id, m.sender_id) AND f.high = GREATEST(p.user_id, m.sender_id)
          WHERE p.channel_id = m.channel_id AND p.left_at IS NULL) AS friends,
    c.last_n, c.rev AS channel_rev, c.kind AS channel_kind
FROM ({_KEYS.table}) AS k
JOIN channel_messages m ON m.channel_id = k.channel_id AND m.n = k.n
JOIN channels c ON c.channel_id = m.channel_id
"""  # noqa: S608 - constants of this code

_reactions = msgspec.json.Decoder(tuple[tuple[str, tuple[UserId, ...]], ...]).decode
_files = msgspec.json.Decoder(tuple[StoredFile, ...]).decode


class SeenMessage(msgspec.Struct, frozen=True, kw_only=True):
    """A message as one viewer sees it."""

    message: StoredMessage
    is_hidden: bool = False
    """The viewer has blocked the sender, and the channel is a group."""
    sees_files: bool = True


async def before(
    pool: Pool, channel_id: str, viewer: UserId, n: int, *, above: int, limit: int, is_group: bool
) -> list[SeenMessage]:
    """Return up to *limit* messages below *n* and above *above*, the nearest, oldest first."""
    rows = await pool.fetch(BEFORE, channel_id, viewer, n, above, limit)
    return [read_seen(row, is_group=is_group) for row in reversed(rows)]


async def after(
    pool: Pool, channel_id: str, viewer: UserId, n: int, *, upto: int, limit: int, is_group: bool
) -> list[SeenMessage]:
    """Return up to *limit* messages above *n*, and not above *upto*, the nearest, oldest first."""
    return [read_seen(row, is_group=is_group) for row in await pool.fetch(AFTER, channel_id, viewer, n, upto, limit)]


async def changed(
    pool: Pool, channel_id: str, viewer: UserId, rev: int, *, above: int, upto: int, limit: int, is_group: bool
) -> list[SeenMessage]:
    """Return up to *limit* messages that changed after *rev*, in the order of their changes."""
    rows = await pool.fetch(CHANGED, channel_id, viewer, rev, above, upto, limit)
    return [read_seen(row, is_group=is_group) for row in rows]


def read_seen(row: Any, *, is_group: bool) -> SeenMessage:
    """Return the message of a row of `FIELDS` and `SEEN`."""
    hidden = is_group and bool(row["is_hidden"])
    return SeenMessage(message=read_message(row), is_hidden=hidden, sees_files=bool(row["sees_files"]))


async def load_changes(
    connection: DatabaseConnection | Pool, keys: Iterable[tuple[str, int]], *, is_new: bool = False
) -> dict[tuple[str, int], Change]:
    """Return the messages of these channels and numbers as all members see them, as of now.

    *is_new*: they were appended by this transaction; else they were changed by it, or are only read.
    """
    rows = await connection.fetch(CHANGES, _KEYS.pack(keys))
    return {(row[0], row[1]): _change(row, is_new=is_new) for row in rows}


def _change(row: Any, *, is_new: bool) -> Change:
    is_group = row["channel_kind"] == "group"
    return Change(
        message=read_message(row),
        is_new=is_new,
        position=(row["n"] if is_new else row["last_n"], row["channel_rev"]),
        audience=Audience(
            users=tuple(map(UserId, row["members"])),
            hidden_from=frozenset(map(UserId, row["blockers"])) if is_group else frozenset(),
            friends=frozenset(map(UserId, row["friends"])),
        ),
    )


def read_message(row: Sequence[Any]) -> StoredMessage:
    """Return the message of a row beginning with `FIELDS`."""
    channel_id, n, rev, kind, sender, body, client_id, reply_to, details, sent_at, edited_at, deleted_at = row[:12]
    reactions, files = row[12], row[13]
    return StoredMessage(
        channel_id=channel_id,
        n=n,
        rev=rev,
        kind=kind,
        sender=sender,
        body=body,
        client_id=client_id,
        reply_to=reply_to,
        details={} if details is None else msgspec.json.decode(details),
        sent_at=sent_at,
        edited_at=edited_at,
        deleted_at=deleted_at,
        reactions=() if reactions is None else _reactions(reactions),
        files=() if files is None else _files(files),
    )
