"""A guest becomes permanent while requests arrive: the locks of the upgrade."""

import asyncio
import time

from matchmaker.domain.ids import UserId
from server.db.people import friend_requests
from server.db.pool import Pool
from server.db.user_locks import lock_users
from server.domain.people.friend_request import Request
from tests.people.conftest import MET, ConnectUser, Users

BLOCKED = "SELECT count(*) FROM pg_stat_activity WHERE pg_backend_pid() = ANY (pg_blocking_pids(pid))"
CREDENTIALS = {"email": "guest@example.org", "password": "correct horse"}


async def test_mutual_requests_sent_during_an_upgrade_make_friends(
    permanent: Users, connect_user: ConnectUser, pool: Pool
) -> None:
    [ada], guest = await permanent("Ada"), await connect_user("Guest")
    await pool.execute(MET, ada.user_id, guest.user_id)
    now = round(time.time() * 1_000)
    request = Request(is_quiet=False, note="", asked_at=now, until_at=now + 86_400_000)
    async with asyncio.TaskGroup() as tasks, pool.transaction() as connection:
        await lock_users(connection, UserId(guest.user_id))
        tasks.create_task(guest.call("POST", "/v1/auth/upgrade", CREDENTIALS))
        while not await connection.fetchval(BLOCKED):  # noqa: ASYNC110 - a lock has no event
            await asyncio.sleep(0.01)
        await friend_requests.store(connection, UserId(ada.user_id), UserId(guest.user_id), request)
        await friend_requests.store(connection, UserId(guest.user_id), UserId(ada.user_id), request)
    for user in (ada, guest):
        await user.receive("friend.added")
        [friend] = (await user.call("GET", "/v1/friends"))["friends"]
        assert friend["user_id"] == (guest if user is ada else ada).user_id
