"""Chat: messages are acknowledged once durable, and stored once however often they are sent."""

from functools import partial

import msgspec

from matchmaker.domain import torch
from matchmaker.domain.ids import MessageId, RoomId, UserId, new_id
from matchmaker.domain.message import Message, Receipt, Status
from matchmaker.domain.room import Room
from matchmaker.domain.transactions import RoomTransition
from matchmaker.domain.user_events import MessageSent, ReceiptUpdated
from matchmaker.ports.callbacks import Done, completed
from matchmaker.services.cached_room import CachedRoom
from matchmaker.services.context import MatchmakerContext
from matchmaker.services.rooms import RoomService

_replace = msgspec.structs.replace


class ChatService:
    """Chat messages and their receipts."""

    def __init__(self, context: MatchmakerContext, rooms: RoomService) -> None:
        self._context = context
        self._rooms = rooms

    def send(self, user: UserId, room_id: RoomId, client_id: str, body: str, done: Done) -> None:
        """Store *body* as a message in a room and deliver it to the peer; then call *done* with the message.

        The same *client_id* again returns the same message. Errors beside those of `RoomService.submit`:
            Unavailable: it cannot be made durable; it may be sent again with the same *client_id*.
        """

        def decide(room: Room, now: int) -> RoomTransition:
            message = Message(
                message_id=MessageId(new_id(now)),
                room_id=room_id,
                sender=user,
                body=body,
                sent_at=now,
                client_id=client_id,
            )
            step = torch.record_message(room, by=user, now=now)
            sent = MessageSent(to=room.peer(user).user, message=message)
            return _replace(step, events=(sent, *step.events), message=message)

        earlier = self.find_sent(user, room_id, client_id)
        if earlier is None:
            self._rooms.submit(user, room_id, decide, done)
        else:
            done(earlier, None)

    def find_sent(self, user: UserId, room_id: RoomId, client_id: str) -> Message | None:
        """Return the message of *user* with this *client_id*, if it is among the last of the room."""
        entry = self._rooms.cached(room_id)
        return None if entry is None else _find(entry, user, client_id)

    def record_receipt(self, user: UserId, room_id: RoomId, message_id: MessageId, status: Status, done: Done) -> None:
        """Record that *user* has received or read messages up to and including *message_id*; the peer gets an event.

        *done* is called once it is durable, or with the error: `NotInRoom` if *user* is not a participant, or the room
        is over.
        """

        def found(entry: CachedRoom | None, error: Exception | None) -> None:
            if entry is None:
                done(None, error)
                return
            now = self._context.clock.now()
            receipt = Receipt(room_id=room_id, message_id=message_id, status=status, by=user, at=now)
            if _is_known(entry, receipt):
                done(None, None)
            else:
                self._context.repository.submit_receipt(receipt, partial(self._received, entry, receipt, done))

        self._rooms.entry(user, room_id, found)

    def _received(
        self, entry: CachedRoom, receipt: Receipt, done: Done, is_new: bool | None, error: Exception | None
    ) -> None:
        if is_new:
            _mark(entry, receipt)
            if entry.room is not None:
                peer = entry.room.peer(receipt.by).user
                self._context.store.publish((ReceiptUpdated(to=peer, receipt=receipt),))
        done(None, error)

    async def history(self, user: UserId, room_id: RoomId, *, before: MessageId | None, limit: int) -> list[Message]:
        """Return messages of the room that *user* is in, the last *limit* before *before*, oldest first.

        Raises:
            NotInRoom: *user* is not a participant, or the room is over.
        """
        await completed(partial(self._rooms.entry, user, room_id))
        return await self._context.repository.messages(room_id, before=before, limit=limit)


def _find(entry: CachedRoom, user: UserId, client_id: str) -> Message | None:
    return next((m for m in reversed(entry.messages) if m.client_id == client_id and m.sender == user), None)


def _covered(entry: CachedRoom, receipt: Receipt) -> list[int]:
    """Return the indexes, oldest first, of the peer's cached messages that *receipt* covers."""
    last = next((i for i, m in enumerate(entry.messages) if m.message_id == receipt.message_id), -1)
    return [i for i in range(last + 1) if entry.messages[i].sender != receipt.by]


def _is_known(entry: CachedRoom, receipt: Receipt) -> bool:
    places = _covered(entry, receipt)
    if not places:
        return False
    last = entry.messages[places[-1]]
    return last.read_at is not None or (receipt.status == "delivered" and last.delivered_at is not None)


def _mark(entry: CachedRoom, receipt: Receipt) -> None:
    for i in _covered(entry, receipt):
        message = entry.messages[i]
        delivered = message.delivered_at if message.delivered_at is not None else receipt.at
        read = receipt.at if receipt.status == "read" and message.read_at is None else message.read_at
        entry.messages[i] = _replace(message, delivered_at=delivered, read_at=read)
