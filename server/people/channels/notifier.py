"""Live notifications of new messages and mentions. They are not stored: the unread messages are the list."""

import asyncio
from collections.abc import Iterable
from functools import partial
from typing import Final

from matchmaker.domain.clock import Clock
from matchmaker.domain.ids import UserId, new_id
from server.db.channels.messages.append import Appended
from server.db.channels.messages.notified import Due, Wanted, wanted
from server.db.group_commit import GroupCommitter, OnCommit, no_listener
from server.db.pool import Pool
from server.people.delivery import EventDelivery
from signaling.wire.events import NotificationEvent
from signaling.wire.models import NotificationObject

EVERY_MS: Final = 60_000
"""How often a member is notified of messages of one channel, and of mentions there. Notifications are in the stream of
calls, which keeps 256 events: one for each message of a busy group would cost a call its resume."""
REMEMBERED_MAX: Final = 50_000

_Key = tuple[UserId, str, bool]


class MessageNotifier:
    """Notifies members of new messages, as each wants it."""

    def __init__(self, pool: Pool, *, events: EventDelivery, clock: Clock, on_commit: OnCommit = no_listener) -> None:
        self._events = events
        self._clock = clock
        self._asked: GroupCommitter[Due, Wanted | None] = GroupCommitter(
            "channel_notify", partial(wanted, pool), on_commit=on_commit
        )
        self._notified: dict[_Key, int] = {}
        """When members were last notified, or checked; the most recent is last."""

    def notify(self, sent: Appended, mentioned: Iterable[UserId]) -> None:
        """Notify the members of *sent*, except its sender and those who have blocked the sender. Never waits."""
        message, now = sent.message, self._clock.now()
        assert message.sender is not None
        names = frozenset(mentioned)
        for user in sent.audience.users:
            if user == message.sender or user in sent.audience.hidden_from:
                continue
            key = user, message.channel_id, user in names
            if now < self._notified.get(key, -EVERY_MS) + EVERY_MS:
                continue
            self._note(key, now)
            due = Due(message.channel_id, message.n, message.sender, user, user in names)
            self._asked.put(due).add_done_callback(partial(self._tell, due, key))

    async def close(self) -> None:
        """Return once no notification is in progress."""
        await self._asked.close()

    def _note(self, key: _Key, now: int) -> None:
        self._notified.pop(key, None)
        self._notified[key] = now
        if len(self._notified) > REMEMBERED_MAX:
            del self._notified[next(iter(self._notified))]

    def _tell(self, due: Due, key: _Key, answer: "asyncio.Future[Wanted | None]") -> None:
        if answer.cancelled() or answer.exception() is not None or (found := answer.result()) is None:
            self._notified.pop(key, None)  # the next message may be wanted
            return
        now = self._clock.now()
        notification = NotificationObject(
            notification_id=new_id(now),
            kind=found.kind,
            created_at=now,
            read_at=None,
            person=found.sender,
            details={"channel_id": due.channel_id, "n": due.n},
        )
        self._events.deliver({due.user: NotificationEvent(notification=notification)})
