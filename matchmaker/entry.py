"""A room as one node remembers it. What it remembers is what the ledger last said."""

import asyncio
from collections import deque

from matchmaker.change import Step
from matchmaker.ledger import MESSAGES_IN_STATE
from matchmaker.message import Message
from matchmaker.room import Room


class Entry:
    """A room as this node remembers it, and the line of those who want to change it."""

    __slots__ = ("_heard", "ending", "lock", "messages", "room", "told")

    def __init__(self, room: Room, messages: list[Message]) -> None:
        self.room: Room | None = room
        """None once the room has ended."""
        self.told = room
        """As it was when the people who are here were last told of it."""
        self._heard: frozenset[int] = frozenset()
        """The versions after that of which they were told, too: there is one in between that is still to come."""
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

    @property
    def is_behind(self) -> bool:
        """Whether the room has changed without the people who are here having been told, so far."""
        return self.room is not None and self.room.version > self.told.version

    def tell(self, version: int) -> None:
        """Note that the people who are here are told what has led to this version."""
        room = self.room
        if room is None or version <= self.told.version:
            return
        self._heard |= {version}
        if len(self._heard) == room.version - self.told.version:
            self.catch_up()

    def catch_up(self) -> None:
        """Note that the people who are here are told everything."""
        if self.room is not None:
            self.told, self._heard = self.room, frozenset()

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
