"""The port of channels for sockets. Nothing here waits, so that no frame of a call does."""

from collections.abc import Callable
from typing import Protocol

import msgspec

from matchmaker.domain.ids import UserId
from signaling.wire.channel_models import MessageObject

SendDone = Callable[[MessageObject | Exception, bool], None]
"""Called with the stored message or the error, and whether the message was stored by this send."""
TypingDone = Callable[[Exception | None], None]
"""Called with None, or with the error for which a typing notice was not forwarded."""


class Draft(msgspec.Struct, frozen=True, kw_only=True):
    """A message to store; its text is trimmed."""

    channel_id: str
    client_id: str
    body: str = ""
    attachment_ids: tuple[str, ...] = ()
    reply_to: int | None = None


class ChannelHandler(Protocol):
    """What sockets need of channels."""

    def send(self, user: UserId, draft: Draft, done: SendDone) -> None:
        """Call *done* with the message of *user* once it is durable, or with the error.

        Raises:
            Invalid: it is refused; *done* is not called.
        """
        ...

    def mark(self, user: UserId, channel_id: str, *, read: int, delivered: int) -> None:
        """Record that *user* has read and received everything up to these messages; 0: nothing. Written within 1 s."""
        ...

    def typing(self, user: UserId, channel_id: str, done: TypingDone) -> None:
        """Tell the other members of a channel that *user* is typing, at most once in 3 s.

        Call *done* with None, or with the error: *user* is not a member, or the channel is closed.
        """
        ...
