"""Users who delete their accounts with all messages, while the node that does it is killed."""

import asyncio
from collections.abc import Awaitable, Callable, Iterator, Sequence
from contextlib import suppress
from typing import Final

import aiohttp

from matchmaker.domain.ids import UserId
from server.db.channels.drill_audit import befriend, erasures, forget_password, left_over
from server.drill.clients.client_pool import each
from server.drill.clients.scripted_client import ScriptedClient
from server.drill.drill_context import DrillContext
from server.drill.judgement.verdict import VerdictLine, all_of, exactly, none_of
from server.drill.traffic.conversations import FEATURES, PAGE

MESSAGES, BRIEF_MESSAGES = 700, 60
"""Messages that each user sends first: more than one transaction erases."""
ALONG_S: Final = 0.4
"""Maximum time, in seconds, from the start of a deletion to the kill of its node."""
ERASED_S: Final = 60.0
LOOK_S: Final = 0.1


class Leavers:
    """Users with one friend each, and a DM with this friend, who delete their accounts one after the other."""

    def __init__(self, context: DrillContext) -> None:
        self._context = context
        self._waiting: list[tuple[ScriptedClient, ScriptedClient]] = []
        self.deleted: list[tuple[ScriptedClient, ScriptedClient]] = []
        """Users whose accounts are deleted, each with the friend."""
        self._channels: dict[str, str] = {}
        """DM with the friend, by user."""
        self._sent: list[tuple[str, int]] = []
        """Channel and number of every message sent."""

    async def open(self, friends: Sequence[ScriptedClient]) -> None:
        """Sign up a user for each of *friends*, and send the messages of all users."""
        context = self._context
        assert context.dsn is not None
        leavers = await context.clients.sign_up(len(friends))
        self._waiting = list(zip(leavers, friends, strict=True))
        await befriend(context.dsn, [(UserId(one.user_id), UserId(other.user_id)) for one, other in self._waiting])
        for leaver in leavers:
            leaver.features = FEATURES
        await context.clients.connect(leavers)
        for leaver, friend in self._waiting:
            status, answer = await context.clients.call("PUT", f"/v1/dms/{friend.user_id}", token=leaver.token)
            assert status < 300, answer
            self._channels[leaver.user_id] = answer["channel"]["channel_id"]
            count = BRIEF_MESSAGES if context.options.brief else MESSAGES
            await each(range(count), lambda n, leaver=leaver: self._send(leaver, n))  # type: ignore[misc]

    async def _send(self, leaver: ScriptedClient, number: int) -> None:
        channel_id = self._channels[leaver.user_id]
        reply = await leaver.ask("channel.send", channel_id=channel_id, client_id=f"{number:08}", body="to be erased")
        self._sent.append((channel_id, reply["message"]["n"]))

    async def delete_one(self, kill: Callable[[], Awaitable[object]]) -> None:
        """Delete the account of the next user, call *kill* during the deletion, and repeat it until it is complete."""
        context = self._context
        leaver, friend = self._waiting.pop()
        assert context.dsn is not None
        await forget_password(context.dsn, UserId(leaver.user_id))
        leaver.returns = False
        context.clients.people.remove(leaver)
        context.mark("an account is deleted")
        deletion = asyncio.create_task(self._delete(leaver))
        await asyncio.sleep(context.rng.uniform(0, ALONG_S))
        await kill()
        await deletion
        while await self._delete(leaver) != 401:  # noqa: ASYNC110 - asked from the outside
            await asyncio.sleep(LOOK_S)
        self.deleted.append((leaver, friend))

    async def _delete(self, leaver: ScriptedClient) -> int:
        with suppress(aiohttp.ClientError, TimeoutError):
            status, answer = await self._context.clients.call(
                "DELETE", "/v1/me?erase_messages=true", token=leaver.token
            )
            assert status in (204, 401, 503), answer
            return status
        return 0

    async def judge(self) -> Iterator[VerdictLine]:
        """Wait until all messages are erased, and judge what is left of the accounts."""
        context = self._context
        assert context.dsn is not None
        try:
            async with asyncio.timeout(ERASED_S):
                while await erasures(context.dsn):  # noqa: ASYNC110 - the database is another process
                    await asyncio.sleep(LOOK_S)
        except TimeoutError:
            pass  # judged below
        deleted = [leaver.user_id for leaver, _ in self.deleted]
        mine = {self._channels[user] for user in deleted}
        sent = [one for one in self._sent if one[0] in mine]
        accounts, texts = await left_over(context.dsn, deleted, sent)
        seen = [
            f"{friend.log.name} sees {leaver.log.name}"
            for leaver, friend in self.deleted
            if friend.friend_presence.get(leaver.user_id, "offline") != "offline"
        ]
        readable = await each(self.deleted, lambda one: self._is_readable(*one))
        return iter(
            (
                none_of("accounts left after a kill during their deletion", accounts, looked_at=len(deleted)),
                exactly(f"of {len(sent)} messages of deleted accounts, those with their text", texts, 0),
                all_of("friends who can read the DM of a deleted account", sum(readable), len(readable)),
                none_of("deleted accounts that friends see as present", seen, looked_at=len(deleted)),
            )
        )

    async def _is_readable(self, leaver: ScriptedClient, friend: ScriptedClient) -> bool:
        path = f"/v1/channels/{self._channels[leaver.user_id]}/messages?after=0&limit={PAGE}"
        status, answer = await self._context.clients.call("GET", path, token=friend.token)
        return status == 200 and bool(answer["messages"])
