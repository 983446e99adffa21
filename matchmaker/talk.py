"""The verbs of saying something: acknowledged once durable, said once however often it is sent."""

import msgspec

from matchmaker import torch
from matchmaker.callbacks import Done
from matchmaker.change import Step
from matchmaker.entry import Entry
from matchmaker.house import House
from matchmaker.ids import MessageId, RoomId, UserId, new_id
from matchmaker.message import Message, Receipt, Status
from matchmaker.news import ChatSaid, ChatSeen
from matchmaker.room import Room
from matchmaker.rooms import Rooms

_replace = msgspec.structs.replace


class Talk:
    """Chat messages and their receipts."""

    def __init__(self, house: House, rooms: Rooms) -> None:
        self._house = house
        self._rooms = rooms

    def say(self, user: UserId, room_id: RoomId, client_id: str, body: str, done: Done) -> None:
        """Say *body* in a room, once durable also to the peer; then call *done* with the message.

        The same *client_id* again returns the same message. Errors beside those of `Rooms.submit`:
            Unavailable: it cannot be made durable; saying it again with the same *client_id* is right.
        """

        def decide(room: Room, now: int) -> Step:
            message = Message(
                message_id=MessageId(new_id(now)),
                room_id=room_id,
                sender=user,
                body=body,
                sent_at=now,
                client_id=client_id,
            )
            step = torch.hear(room, by=user, now=now)
            news = ChatSaid(to=room.peer(user).user, message=message)
            return _replace(step, tell=(news, *step.tell), message=message)

        earlier = self.said_before(user, room_id, client_id)
        if earlier is None:
            self._rooms.submit(user, room_id, decide, done)
        else:
            done(earlier, None)

    def said_before(self, user: UserId, room_id: RoomId, client_id: str) -> Message | None:
        """Return the message of *user* with this *client_id*, if it is among the last of the room."""
        entry = self._rooms.known(room_id)
        return None if entry is None else _find(entry, user, client_id)

    async def receive(self, user: UserId, room_id: RoomId, message_id: MessageId, status: Status) -> None:
        """Note that *user* has received or read what the peer said, up to and including *message_id*; tell the peer.

        Raises:
            NotInRoom: *user* is not a participant, or the room is over.
            Unavailable: it cannot be made durable.
        """
        entry = await self._rooms.entry(user, room_id)
        now = self._house.clock.now()
        receipt = Receipt(room_id=room_id, message_id=message_id, status=status, by=user, at=now)
        if _is_known(entry, receipt) or not await self._house.ledger.receive(receipt):
            return
        _mark(entry, receipt)
        room = entry.room
        if room is None:
            return
        peer = room.peer(user).user
        self._house.store.tell((ChatSeen(to=peer, receipt=receipt),))

    async def history(self, user: UserId, room_id: RoomId, *, before: MessageId | None, limit: int) -> list[Message]:
        """Return what was said in the room *user* is in, the last *limit* before *before*, oldest first.

        Raises:
            NotInRoom: *user* is not a participant, or the room is over.
        """
        await self._rooms.entry(user, room_id)
        return await self._house.ledger.messages(room_id, before=before, limit=limit)


def _find(entry: Entry, user: UserId, client_id: str) -> Message | None:
    return next((m for m in reversed(entry.messages) if m.client_id == client_id and m.sender == user), None)


def _covered(entry: Entry, receipt: Receipt) -> list[int]:
    """Return the places, oldest first, of the peer's remembered messages that *receipt* speaks of."""
    last = next((i for i, m in enumerate(entry.messages) if m.message_id == receipt.message_id), -1)
    return [i for i in range(last + 1) if entry.messages[i].sender != receipt.by]


def _is_known(entry: Entry, receipt: Receipt) -> bool:
    places = _covered(entry, receipt)
    if not places:
        return False
    last = entry.messages[places[-1]]
    return last.read_at is not None or (receipt.status == "delivered" and last.delivered_at is not None)


def _mark(entry: Entry, receipt: Receipt) -> None:
    for i in _covered(entry, receipt):
        message = entry.messages[i]
        delivered = message.delivered_at if message.delivered_at is not None else receipt.at
        read = receipt.at if receipt.status == "read" and message.read_at is None else message.read_at
        entry.messages[i] = _replace(message, delivered_at=delivered, read_at=read)
