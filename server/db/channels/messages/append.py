"""Appending messages: one transaction per batch, which locks the channel rows, then checks, numbers and inserts.

Two statements: in one, the check would read a snapshot from before the lock.
"""

from collections.abc import Sequence
from typing import Any

from matchmaker.domain.errors import ChannelClosed, Invalid, NotFound
from matchmaker.domain.ids import UserId
from server.db.channels.messages.views import load_changes
from server.db.channels.records import Audience, Change, OutgoingMessage, StoredMessage
from server.db.json_rows import Rows
from server.db.pool import DatabaseConnection, Pool

QUIET_MS = 60_000

LOCK = """
SELECT FROM channels WHERE channel_id = ANY ($1::text[]::uuid[]) ORDER BY channel_id FOR NO KEY UPDATE
"""
LOCK_FILES = """
SELECT FROM attachments WHERE attachment_id = ANY ($1::text[]::uuid[]) ORDER BY attachment_id FOR NO KEY UPDATE
"""

_ITEMS = Rows(
    "ord int, channel_id uuid, sender_id uuid, client_id text, body text, reply_to bigint, files uuid[], "
    "mentioned uuid[]"
)

# A user who has blocked the other user of a DM does not see it; for the other it is closed.
_JUDGED = f"""
WITH item AS MATERIALIZED (
    {_ITEMS.table}
), judged AS MATERIALIZED (
    SELECT i.*, c.last_n, c.rev, c.last_at <= at_ms($2::bigint - {QUIET_MS}) AS is_first, c.kind AS channel_kind,
        k.n AS known_n,
        CASE WHEN m.user_id IS NULL THEN 'not_found'
             WHEN k.n IS NOT NULL THEN 'known'
             WHEN c.closed_at IS NOT NULL AND c.kind = 'dm' AND EXISTS (
                  SELECT FROM blocks b WHERE b.user_id = i.sender_id
                     AND b.target_id = CASE WHEN c.low = i.sender_id THEN c.high ELSE c.low END) THEN 'not_found'
             WHEN m.left_at IS NOT NULL OR c.closed_at IS NOT NULL THEN 'closed'
             WHEN i.reply_to IS NOT NULL AND r.n IS NULL THEN 'reply_to'
             WHEN FILE_FAULT THEN 'attachment_ids'
             ELSE 'new' END AS verdict
    FROM item i
    LEFT JOIN channels c ON c.channel_id = i.channel_id
    LEFT JOIN channel_members m ON m.channel_id = i.channel_id AND m.user_id = i.sender_id
    LEFT JOIN channel_messages k
        ON k.channel_id = i.channel_id AND k.sender_id = i.sender_id AND k.client_id = i.client_id
    LEFT JOIN channel_messages r
        ON r.channel_id = i.channel_id AND r.n = i.reply_to AND i.reply_to > m.joined_n
), numbered AS MATERIALIZED (
    SELECT *, verdict = 'new' AS is_new,
        last_n + count(*) FILTER (WHERE verdict = 'new') OVER (PARTITION BY channel_id ORDER BY ord) AS n
    FROM judged
), stored AS (
    INSERT INTO channel_messages (channel_id, n, sender_id, client_id, body, reply_to, sent_at)
    SELECT channel_id, n, sender_id, client_id, COALESCE(body, ''), reply_to, at_ms($2) FROM numbered WHERE is_new
), moved AS (
    UPDATE channels c SET last_n = c.last_n + x.added, last_at = at_ms($2)
    FROM (SELECT channel_id, count(*) AS added FROM numbered WHERE is_new GROUP BY channel_id) AS x
    WHERE c.channel_id = x.channel_id
)"""  # noqa: S608 - constants of this code
_MENTIONS = """, mention AS (
    INSERT INTO mentions (user_id, channel_id, n)
    SELECT m.user_id, x.channel_id, x.n
    FROM numbered x, unnest(x.mentioned) AS u (user_id)
    JOIN channel_members m ON m.user_id = u.user_id
    WHERE x.is_new AND m.channel_id = x.channel_id AND m.left_at IS NULL
)"""
_FILES = """, attached AS (
    UPDATE attachments a SET channel_id = x.channel_id, n = x.n, until_at = NULL
    FROM numbered x WHERE x.is_new AND a.attachment_id = ANY (x.files)
)"""
_FILE_FAULT = """(SELECT count(*) FROM attachments a WHERE a.attachment_id = ANY (i.files) AND a.owner_id = i.sender_id
                    AND a.purpose = 'message' AND a.status = 'ready' AND a.n IS NULL AND a.channel_id IS NULL
                    AND a.until_at > at_ms($2)) < COALESCE(cardinality(i.files), 0)"""
# For members who want e-mail about it: one open e-mail per channel and kind, until it is read.
_EMAIL = """, wanted AS (
    SELECT DISTINCT ON (s.user_id, x.channel_id) s.user_id, x.channel_id, s.kind
    FROM numbered x
    JOIN channel_members m ON m.channel_id = x.channel_id AND m.left_at IS NULL AND m.user_id <> x.sender_id
        AND m.notify <> 'none'
    JOIN notification_settings s ON s.user_id = m.user_id AND s.email AND (
        (s.kind = 'message' AND m.notify = 'all') OR (s.kind = 'mention' AND m.user_id = ANY (x.mentioned)))
    WHERE x.is_new ORDER BY s.user_id, x.channel_id, s.kind
), mailed AS (
    INSERT INTO email_outbox (email_id, user_id, kind, subject_id, due_at, created_at)
    SELECT gen_random_uuid(), user_id, kind, channel_id::text, at_ms($2::bigint + $3::bigint), at_ms($2) FROM wanted
    ON CONFLICT (user_id, kind, subject_id) WHERE done_at IS NULL DO NOTHING
)"""
_ANSWER = """
SELECT x.verdict, CASE WHEN x.is_new THEN x.n ELSE x.known_n END AS n, x.rev, x.is_first,
    CASE WHEN x.is_new THEN ARRAY(
        SELECT m.user_id::text FROM channel_members m WHERE m.channel_id = x.channel_id AND m.left_at IS NULL)
    END AS members,
    CASE WHEN x.is_new AND x.channel_kind = 'group' THEN ARRAY(
        SELECT b.user_id::text FROM blocks b WHERE b.target_id = x.sender_id)
    END AS blockers
FROM numbered x ORDER BY x.ord
"""


def _statement(*, mentions: bool, files: bool, email: bool) -> str:
    judged = _JUDGED.replace("FILE_FAULT", _FILE_FAULT if files else "false")
    parts = (judged, _MENTIONS if mentions else "", _FILES if files else "", _EMAIL if email else "", _ANSWER)
    return "".join(parts)


_STATEMENTS = {
    (mentions, files, email): _statement(mentions=mentions, files=files, email=email)
    for mentions in (False, True)
    for files in (False, True)
    for email in (False, True)
}


class Appended(Change, frozen=True, kw_only=True):
    """A stored message; *is_known*: it was stored before, by an earlier send with the same `client_id`."""

    is_known: bool = False


async def append(
    pool: Pool, items: Sequence[OutgoingMessage], *, now: int, email_ms: int | None = None, announce_known: bool = False
) -> list[Appended | Exception]:
    """Store *items*, no two of one sender, channel and `client_id`; return for each its message or its error.

    *email_ms*: after how long an unread message is announced by e-mail; None: never. *announce_known*: a first attempt
    may have been committed without an answer, so an existing message is announced.
    """
    files = [name for item in items for name in item.attachments]
    email = () if email_ms is None else (email_ms,)
    statement = _STATEMENTS[any(item.mentions for item in items), bool(files), bool(email)]
    async with pool.transaction() as connection:
        await connection.execute(LOCK, list({item.channel_id for item in items}))
        if files:
            await connection.execute(LOCK_FILES, files)
        rows = await connection.fetch(statement, _ITEMS.pack(map(_row, range(len(items)), items)), now, *email)
        loaded = await _load(connection, items, rows)
    return [
        _result(item, row, loaded, now=now, announce_known=announce_known)
        for item, row in zip(items, rows, strict=True)
    ]


def _row(ord_: int, item: OutgoingMessage) -> tuple[object, ...]:
    return (
        ord_,
        item.channel_id,
        item.sender,
        item.client_id,
        item.body or None,
        item.reply_to,
        item.attachments or None,
        item.mentions or None,
    )


async def _load(
    connection: DatabaseConnection, items: Sequence[OutgoingMessage], rows: Sequence[Any]
) -> dict[tuple[str, int], Change]:
    """Return what the statement does not return: messages stored before, and those with files."""
    wanted = [
        (item.channel_id, row["n"])
        for item, row in zip(items, rows, strict=True)
        if row["verdict"] == "known" or (row["verdict"] == "new" and item.attachments)
    ]
    return await load_changes(connection, wanted) if wanted else {}


def _result(
    item: OutgoingMessage, row: Any, loaded: dict[tuple[str, int], Change], *, now: int, announce_known: bool
) -> Appended | Exception:
    verdict, n, rev, is_first, members, blockers = row
    if verdict == "new":
        change = loaded.get((item.channel_id, n))
        if change is not None:
            message, audience = change.message, change.audience
        else:
            message = StoredMessage(
                channel_id=item.channel_id,
                n=n,
                sender=item.sender,
                body=item.body,
                client_id=item.client_id,
                reply_to=item.reply_to,
                sent_at=now,
            )
            audience = Audience(users=tuple(map(UserId, members)), hidden_from=frozenset(map(UserId, blockers or ())))
        return Appended(
            message=message,
            is_new=True,
            position=(n, rev),
            is_first=is_first,
            audience=audience,
            replied_to=item.sender if item.on_socket else None,
        )
    if verdict == "known":
        change = loaded[item.channel_id, n]
        return Appended(
            message=change.message,
            is_new=True,
            position=(n, rev),
            audience=change.audience,
            replied_to=item.sender if item.on_socket else None,
            is_known=not announce_known,
        )
    return _refusal(verdict)


def _refusal(verdict: str) -> Exception:
    if verdict == "not_found":
        return NotFound("there is no such channel")
    if verdict == "closed":
        return ChannelClosed()
    why = "no message that you can read" if verdict == "reply_to" else "not your uploaded file, or used or expired"
    return Invalid(verdict, why)
