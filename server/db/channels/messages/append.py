"""Appending messages: one call per batch, which locks the channel rows, then checks, numbers and inserts."""

from collections.abc import Sequence

import msgspec

from matchmaker.domain.errors import ChannelClosed, Invalid, NotFound, Unavailable
from matchmaker.domain.ids import UserId
from server.db.channels.messages.views import load_changes
from server.db.channels.records import Audience, Change, OutgoingMessage, StoredMessage
from server.db.json_rows import Rows
from server.db.pool import ConnectionLost, DatabaseConnection, Pool

QUIET_MS = 60_000

_ITEMS = Rows(
    "ord int, channel_id uuid, sender_id uuid, client_id text, body text, reply_to bigint, files uuid[], "
    "mentioned uuid[]"
)
APPEND = f"""
SELECT append_messages($1::text[]::uuid[], $2::text[]::uuid[], $3::json, $4, at_ms($5::bigint), at_ms($5 - {QUIET_MS}),
    at_ms($5 + $6::bigint))::text
"""


class _Outcome(msgspec.Struct, frozen=True, array_like=True):
    """What the function returns for an item."""

    verdict: str
    n: int | None
    rev: int | None
    is_first: bool | None
    members: tuple[UserId, ...] | None
    blockers: tuple[UserId, ...] | None


_outcomes = msgspec.json.Decoder(list[_Outcome]).decode


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
    if any(item.attachments for item in items):  # Their files and recipients are read as of the commit.
        async with pool.transaction() as connection:
            return await _append(connection, items, now, email_ms, announce_known)
    return await _append(pool, items, now, email_ms, announce_known)


async def _append(
    connection: Pool | DatabaseConnection,
    items: Sequence[OutgoingMessage],
    now: int,
    email_ms: int | None,
    announce_known: bool,
) -> list[Appended | Exception]:
    answer = await connection.fetchval(
        APPEND,
        list({item.channel_id for item in items}),
        [name for item in items for name in item.attachments],
        _ITEMS.pack(map(_row, range(1, len(items) + 1), items)),
        any(item.mentions for item in items),
        now,
        email_ms,
    )
    outcomes = _outcomes(answer)
    try:
        loaded = await _load(connection, items, outcomes)
    except Unavailable as error:  # They may be stored: asked again, and announced.
        raise ConnectionLost from error
    return [
        _result(item, outcome, loaded, now=now, announce_known=announce_known)
        for item, outcome in zip(items, outcomes, strict=True)
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
    connection: Pool | DatabaseConnection, items: Sequence[OutgoingMessage], outcomes: Sequence[_Outcome]
) -> dict[tuple[str, int], Change]:
    """Return what the function does not return: messages stored before, and those with files."""
    wanted = [
        (item.channel_id, outcome.n)
        for item, outcome in zip(items, outcomes, strict=True)
        if outcome.n is not None and (outcome.verdict == "known" or item.attachments)
    ]
    return await load_changes(connection, wanted) if wanted else {}


def _result(
    item: OutgoingMessage,
    outcome: _Outcome,
    loaded: dict[tuple[str, int], Change],
    *,
    now: int,
    announce_known: bool,
) -> Appended | Exception:
    verdict, n, rev = outcome.verdict, outcome.n or 0, outcome.rev or 0
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
            audience = Audience(users=outcome.members or (), hidden_from=frozenset(outcome.blockers or ()))
        return Appended(
            message=message,
            is_new=True,
            position=(n, rev),
            is_first=bool(outcome.is_first),
            audience=audience,
            replied_to=item.sender if item.on_socket else None,
        )
    if verdict == "known" and (change := loaded.get((item.channel_id, n))) is not None:
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
    if verdict in ("not_found", "known"):  # A known message can be deleted, with its channel, before it is read.
        return NotFound("there is no such channel")
    if verdict == "closed":
        return ChannelClosed()
    why = "no message that you can read" if verdict == "reply_to" else "not your uploaded file, or used or expired"
    return Invalid(verdict, why)
