"""Rows of connected users: changes are written, and all of them again when rows are missing."""

import asyncio
from typing import cast

import pytest

from matchmaker.domain.clock import ManualClock
from matchmaker.domain.ids import UserId, new_id
from matchmaker.ports.user_changes import UserChanges
from server.db.pool import Pool
from server.people.connected_users import ConnectedUsers
from signaling.routing.hub import Hub
from signaling.routing.replay_buffer import ReplayBuffer
from signaling.routing.sink import EventSink
from signaling.routing.stats import SocketStats
from signaling.wire.serializers import EventSerializer
from tests.db.users import Accounts

SINK = cast(EventSink, object())  # the hub only keeps it


class Node:
    """The hub of a node, and what writes its users."""

    def __init__(self, pool: Pool, clock: ManualClock, faults: list[BaseException]) -> None:
        self._pool = pool
        changes = UserChanges()
        self.hub = Hub(
            view=EventSerializer(lambda _: [], messages_of=lambda _: []),
            clock=clock,
            resume_ms=90_000,
            stats=SocketStats(),
            on_fault=faults.append,
            changes=changes,
        )
        self.users = ConnectedUsers(pool, self.hub, changes=changes, node="here", clock=clock)

    def connect(self, user: UserId, clock: ManualClock) -> None:
        """Connect *user* with a new login session."""
        self.hub.adopt(user, ReplayBuffer(), SINK, new_id(clock.now()))

    async def stored(self) -> set[str]:
        """Return the users of all rows."""
        return {row[0] for row in await self._pool.fetch("SELECT user_id::text FROM connected_users")}


@pytest.fixture
async def node(pool: Pool, clock: ManualClock, accounts: Accounts) -> Node:
    made = Node(pool, clock, [])
    for name in ("ada", "bob"):
        made.connect(accounts[name], clock)
    return made


async def test_rows_that_were_lost_are_written_again(node: Node, pool: Pool, accounts: Accounts) -> None:
    await node.users.write_changes()
    both = {accounts["ada"], accounts["bob"]}
    assert await node.stored() == both
    await pool.execute("TRUNCATE connected_users")  # as a crash of PostgreSQL does
    await node.users.sweep()
    assert await node.stored() == both


async def test_rows_of_dead_nodes_and_of_an_earlier_process_are_deleted(
    node: Node, pool: Pool, clock: ManualClock, accounts: Accounts
) -> None:
    await node.users.write_changes()
    for name in ("here", "dead"):
        await pool.execute(
            "INSERT INTO connected_users VALUES ($1::uuid, $1::uuid, $2, now())", new_id(clock.now()), name
        )
    await node.users.sweep()
    assert await node.stored() == {accounts["ada"], accounts["bob"]}


async def test_changes_that_could_not_be_written_are_kept(node: Node, pool: Pool, accounts: Accounts) -> None:
    async with pool.transaction() as connection:
        await connection.execute("LOCK TABLE connected_users")
        with pytest.raises(TimeoutError):
            async with asyncio.timeout(0.1):
                await node.users.write_changes()
    await node.users.write_changes()
    assert await node.stored() == {accounts["ada"], accounts["bob"]}
