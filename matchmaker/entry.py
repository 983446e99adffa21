"""A room as one node remembers it. What it remembers is what the ledger last said."""

import asyncio
from collections import deque

from matchmaker.change import Step
from matchmaker.ledger import MESSAGES_IN_STATE
from matchmaker.message import Message
from matchmaker.room import Room


class Entry:
    """A room as this node remembers it, and the line of those who want to change it."""

    __slots__ = ("ending", "lock", "messages", "room")

    def __init__(self, room: Room, messages: list[Message]) -> None:
        self.room: Room | None = room
        """None once the room has ended."""
        self.messages = deque(messages, maxlen=MESSAGES_IN_STATE)
        self.lock = asyncio.Lock()
        self.ending: Step | None = None
        """How the room was to end when the ledger could not be reached: if it turns out to be gone, it ended so."""

    def take(self, room: Room) -> bool:
        """Remember the room as it is now; False: what is remembered is as new, or the room has ended."""
        if self.room is None or room.version <= self.room.version:
            return False
        self.room = room
        return True

    def hear(self, message: Message) -> bool:
        """Remember what was said, in its place; False: that was known, or is too long ago."""
        if any(known.message_id == message.message_id for known in self.messages):
            return False
        if len(self.messages) == self.messages.maxlen and message.sent_at <= self.messages[0].sent_at:
            # Older than all that is remembered: it was heard, and has given way.
            return False
        last = self.messages[-1] if self.messages else None
        self.messages.append(message)
        if last is not None and last.sent_at > message.sent_at:
            # By the instant alone: ids of one millisecond are in no order, what came from one node is.
            self.messages = deque(sorted(self.messages, key=_instant_of), maxlen=MESSAGES_IN_STATE)
        return True


def _instant_of(message: Message) -> int:
    return message.sent_at
