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
