"""A batch of messages: one call stores what is allowed, with everything that belongs to it, and refuses the rest."""

import pytest

from matchmaker.domain.errors import ChannelClosed, Invalid, NotFound
from matchmaker.domain.ids import new_id
from server.db.channels.messages.append import Appended, append
from server.db.channels.records import OutgoingMessage
from server.db.group_commit import GroupCommitter
from server.db.pool import LockTimeout, Pool
from tests.db.users import Accounts

GROUP = """
WITH made AS (
    INSERT INTO channels (channel_id, kind, name, created_at, last_at, closed_at)
    VALUES ($1::uuid, 'group', 'chess', at_ms(1), at_ms(1), at_ms($2))
)
INSERT INTO channel_members (channel_id, user_id, slot, joined_at)
SELECT $1::uuid, user_id, ord, at_ms(1) FROM unnest($3::uuid[]) WITH ORDINALITY AS t (user_id, ord)
"""
FILE = """
INSERT INTO attachments (
    attachment_id, owner_id, purpose, status, name, media_type, bytes, sha256, created_at, until_at)
VALUES ($1::uuid, $2::uuid, 'message', 'ready', 'a.txt', 'text/plain', 1, decode(repeat('00', 32), 'hex'), at_ms(1),
    at_ms(9000000000000))
"""

BLOCK = "INSERT INTO blocks (user_id, target_id, since_at) VALUES ($1::uuid, $2::uuid, now())"


async def group(pool: Pool, accounts: Accounts, *names: str, closed_at: int | None = None) -> str:
    channel_id = new_id(accounts.clock.now())
    await pool.execute(GROUP, channel_id, closed_at, [accounts[name] for name in names])
    return channel_id


async def test_each_item_of_a_batch_has_its_own_outcome(pool: Pool, accounts: Accounts) -> None:
    open_, closed = await group(pool, accounts, "ada", "bob", "cat"), await group(pool, accounts, "ada", closed_at=2)
    files = {name: new_id(0) for name in ("ada", "bob")}
    for name, file in files.items():
        await pool.execute(FILE, file, accounts[name])
    await pool.execute(
        "INSERT INTO notification_settings (user_id, kind, live, email) VALUES ($1::uuid, 'mention', true, true)",
        accounts["cat"],
    )
    await pool.execute(BLOCK, accounts["cat"], accounts["ada"])

    def item(sender: str, client_id: str, channel_id: str = open_, **fields: object) -> OutgoingMessage:
        return OutgoingMessage(channel_id=channel_id, sender=accounts[sender], client_id=client_id, body="hi", **fields)  # type: ignore[arg-type]

    now = accounts.clock.now()
    [first] = await append(pool, [item("ada", "1")], now=now)
    assert isinstance(first, Appended)
    assert (first.position, set(first.audience.users)) == ((1, 0), {accounts["ada"], accounts["bob"], accounts["cat"]})
    assert first.audience.hidden_from == {accounts["cat"]}

    batch = [
        item("bob", "2", mentions=(accounts["cat"], accounts["dan"])),
        item("ada", "1", attachments=(files["bob"],)),  # known: its file is not looked at, and is not attached
        item("dan", "3"),
        item("ada", "4", channel_id=closed),
        item("bob", "5", reply_to=9),
        item("bob", "6", attachments=(files["ada"],)),
        item("ada", "7", attachments=(files["ada"],), reply_to=1),
    ]
    second, known, stranger, ended, no_reply, not_own, last = await append(pool, batch, now=now, email_ms=5)
    stored = [one for one in (second, known, last) if isinstance(one, Appended)]
    assert [(one.position, one.is_known) for one in stored] == [((2, 0), False), ((1, 0), True), ((3, 0), False)]
    assert stored[1].message == first.message
    assert [file.attachment_id for file in stored[2].message.files] == [files["ada"]]
    assert [type(one) for one in (stranger, ended)] == [NotFound, ChannelClosed]
    fields = [one.details["field"] for one in (no_reply, not_own) if isinstance(one, Invalid)]
    assert fields == ["reply_to", "attachment_ids"]

    assert await pool.fetchval("SELECT last_n FROM channels WHERE channel_id = $1::uuid", open_) == 3
    attached = "SELECT n FROM attachments WHERE attachment_id = $1::uuid"
    assert [await pool.fetchval(attached, files[name]) for name in ("ada", "bob")] == [3, None]
    mentioned = await pool.fetch("SELECT user_id::text, n FROM mentions")
    assert [tuple(row) for row in mentioned] == [(accounts["cat"], 2)]
    mailed = await pool.fetch("SELECT user_id::text, kind, subject_id, unix_ms(due_at) FROM email_outbox")
    assert [tuple(row) for row in mailed] == [(accounts["cat"], "mention", open_, now + 5)]


async def test_a_locked_channel_refuses_only_its_messages(pool: Pool, accounts: Accounts) -> None:
    locked, free = await group(pool, accounts, "ada"), await group(pool, accounts, "ada")
    now = accounts.clock.now()
    sends: GroupCommitter[OutgoingMessage, Appended] = GroupCommitter(
        "sends", lambda items: append(pool, items, now=now)
    )
    async with pool.transaction() as connection:
        await connection.execute("SELECT FROM channels WHERE channel_id = $1::uuid FOR UPDATE", locked)
        refused, stored = (
            sends.put(OutgoingMessage(channel_id=channel_id, sender=accounts["ada"], client_id="1", body="hi"))
            for channel_id in (locked, free)
        )
        with pytest.raises(LockTimeout):
            await refused
        assert (await stored).position == (1, 0)
    await sends.close()
