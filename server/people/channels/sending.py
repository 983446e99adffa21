"""Sending: with its own group committer and connections, so that no call waits for it."""

import asyncio
from collections.abc import Sequence
from functools import partial

from matchmaker.domain.clock import Clock
from matchmaker.domain.errors import Invalid, Unavailable
from matchmaker.domain.ids import UserId
from server.db.channels.members.audience import audiences
from server.db.channels.messages.append import Appended, append
from server.db.channels.records import OutgoingMessage
from server.db.group_commit import GroupCommitter, OnCommit, no_listener
from server.db.pool import Pool
from server.domain.people.messages import MessageLimits, check_body, mentioned
from server.people.channels.delivery import ChannelDelivery
from server.people.channels.marks import MarkBoard
from server.people.channels.notifier import MessageNotifier
from server.people.channels.shown import Link, message_object
from server.people.delivery import EventDelivery
from signaling.connection.channel_port import Draft, SendDone, TypingDone
from signaling.wire.channel_events import ChannelTypingNotice
from signaling.wire.channel_models import MessageObject

PACE_S = 0.002
"""Time from one commit to the next under load. At 4 ms the median reply takes twice as long, and at 0 hardly less."""
MESSAGES_AT_ONCE = 128
"""Messages in one commit: their events go out in one callback of the loop, which every other frame waits for, 12 µs for
a message in DMs and 30 to 60 in groups of ten. With 64 an overloaded machine stores a third fewer messages a second."""
TYPING_MAX = 50_000
"""Users whose last typing notice is kept."""


class SendService:
    """Sends messages, marks and typing notices. Implements `signaling.connection.channel_port.ChannelHandler`."""

    def __init__(
        self,
        pool: Pool,
        *,
        delivery: ChannelDelivery,
        events: EventDelivery,
        marks: MarkBoard,
        clock: Clock,
        limits: MessageLimits,
        link: Link,
        typing_ms: int,
        email_ms: int | None,
        on_commit: OnCommit = no_listener,
    ) -> None:
        """*email_ms*: after how long an unread message is announced by e-mail; None: e-mail is not configured."""
        self._pool = pool
        self._delivery = delivery
        self._events = events
        self._marks = marks
        self._clock = clock
        self._limits = limits
        self._link = link
        self._typing_ms = typing_ms
        self._email_ms = email_ms
        self._sends: GroupCommitter[OutgoingMessage, Appended] = GroupCommitter(
            "channel_send",
            partial(self._append, announce_known=False),
            again=partial(self._append, announce_known=True),
            keys=_keys,
            on_commit=on_commit,
            limit=MESSAGES_AT_ONCE,
            pace_s=PACE_S,
        )
        self._asked: GroupCommitter[tuple[str, UserId], tuple[UserId, ...]] = GroupCommitter(
            "channel_audience", lambda items: audiences(pool, items), on_commit=on_commit
        )
        self._notifier = MessageNotifier(pool, events=events, clock=clock, on_commit=on_commit)
        self._typed: dict[tuple[UserId, str], int] = {}

    def send(self, user: UserId, draft: Draft, done: SendDone) -> None:
        """Call *done* with the message once it is durable, or with its error. Raises Invalid synchronously."""
        self._sends.post(self._outgoing(user, draft, on_socket=True), partial(self._finish, user, done))

    async def send_and_wait(self, user: UserId, draft: Draft) -> MessageObject:
        """Return the message once it is durable; the sender's socket, if there is one, gets the event.

        Raises:
            NotFound, ChannelClosed, Invalid: the message is refused.
            Unavailable: it cannot be made durable.
        """
        return self._shown(user, await self._sends.submit(self._outgoing(user, draft, on_socket=False)))

    def mark(self, user: UserId, channel_id: str, *, read: int, delivered: int) -> None:
        """Record how far *user* has read; written within a second."""
        self._marks.note(user, channel_id, read=read, delivered=delivered)

    def typing(self, user: UserId, channel_id: str, done: TypingDone) -> None:
        """Tell the other members that *user* is typing, at most once in 3 s; call *done* with None or the error."""
        now, key = self._clock.now(), (user, channel_id)
        if now < self._typed.get(key, 0) + self._typing_ms:
            done(None)
            return
        self._typed.pop(key, None)
        self._typed[key] = now
        if len(self._typed) > TYPING_MAX:
            del self._typed[next(iter(self._typed))]
        self._asked.put((channel_id, user)).add_done_callback(partial(self._tell_typing, key, done))

    async def close(self) -> None:
        """Return once every waiting message is stored, or refused."""
        await self._sends.close()
        await self._asked.close()
        await self._notifier.close()

    def _outgoing(self, user: UserId, draft: Draft, *, on_socket: bool) -> OutgoingMessage:
        if len(set(draft.attachment_ids)) < len(draft.attachment_ids):
            raise Invalid("attachment_ids", "the same file twice")
        check_body(draft.body, attachments=len(draft.attachment_ids), limits=self._limits)
        return OutgoingMessage(
            channel_id=draft.channel_id,
            sender=user,
            client_id=draft.client_id,
            body=draft.body,
            reply_to=draft.reply_to,
            attachments=draft.attachment_ids,
            mentions=mentioned(draft.body, sender=user, limits=self._limits),
            on_socket=on_socket,
        )

    async def _append(self, items: Sequence[OutgoingMessage], *, announce_known: bool) -> list[Appended | Exception]:
        results = await append(
            self._pool, items, now=self._clock.now(), email_ms=self._email_ms, announce_known=announce_known
        )
        self._delivery.publish([one for one in results if isinstance(one, Appended) and not one.is_known])
        for item, one in zip(items, results, strict=True):
            if isinstance(one, Appended) and not one.is_known:
                self._notifier.notify(one, item.mentions)
        return results

    def _shown(self, user: UserId, sent: Appended) -> MessageObject:
        return message_object(sent.message, user, link=self._link, sees_files=True)

    def _finish(self, user: UserId, done: SendDone, sent: Appended | None, fault: Exception | None) -> None:
        if sent is None:
            done(fault or Unavailable(), False)
        else:
            done(self._shown(user, sent), not sent.is_known)

    def _tell_typing(
        self, key: tuple[UserId, str], done: TypingDone, answer: "asyncio.Future[tuple[UserId, ...]]"
    ) -> None:
        fault = Unavailable() if answer.cancelled() else answer.exception()
        if fault is not None:
            self._typed.pop(key, None)
            done(fault if isinstance(fault, Exception) else Unavailable())
            return
        user, channel_id = key
        self._events.deliver(dict.fromkeys(answer.result(), ChannelTypingNotice(channel_id=channel_id, sender=user)))
        done(None)


def _keys(item: OutgoingMessage) -> list[tuple[str, ...]]:
    """Return the keys that no two items of one batch may share: the client id of the message, and each file."""
    return [(item.channel_id, item.sender, item.client_id), *(("file", name) for name in item.attachments)]
