"""The owner's end of links: users who are owned here, and whose sockets are at other nodes."""

import asyncio
from collections import Counter
from typing import Protocol, TypeGuard

from server.cluster.context import NodeContext
from server.cluster.wire.messages import Close, Down, Drain, GoHome, Hold, LinkGone, Up
from signaling.connection.client import ClientConnection
from signaling.wire.close_codes import CloseCode
from signaling.wire.events import DrainingEvent


class Accept(Protocol):
    """Begins a conversation on the socket of another node."""

    def __call__(self, socket: "RemoteSocket", *, address: str, device: str) -> ClientConnection:
        """Return the conversation."""
        ...


class RemoteSocket:
    """Implements `signaling.routing.outbox.Socket` over the bus; nothing is sent once the link is over."""

    def __init__(self, links: "AttachedLinks", edge: str, number: int) -> None:
        self._links = links
        self.edge = edge
        self.number = number

    def send(self, frame: bytes) -> None:
        """Let the edge send *frame*; it closes the socket if too much waits."""
        self._send(Down(self.number, frame))

    def close(self, code: int, reason: str = "") -> None:
        """Let the edge close the socket."""
        self._send(Close(self.number, code, reason))
        if (conversation := self._links.pop(self.edge, self.number)) is not None:
            asyncio.get_running_loop().call_soon(conversation.on_close)

    def pause(self) -> None:
        self._send(Hold(self.number, on=True))

    def resume(self) -> None:
        self._send(Hold(self.number, on=False))

    def unsent(self) -> int:
        """Return 0: only the edge knows, and closes the socket if too much waits."""
        return 0

    def ping(self) -> None:
        """Nothing: the edge pings."""

    def hint_home(self, frame: str = "") -> None:
        """Let the edge know that it may ask for the user; *frame* is to be taken again there."""
        self._send(GoHome(self.number, frame))

    def _send(self, message: Down | Close | Hold | GoHome) -> None:
        if (self.edge, self.number) in self._links.conversations:
            self._links.context.hub.stats.forwarded["down"] += 1
            self._links.context.send(self.edge, message)


def is_remote(conversation: ClientConnection | None) -> TypeGuard[ClientConnection]:
    """Tell whether there is a socket, and it is at another node."""
    return conversation is not None and isinstance(conversation.socket, RemoteSocket)


def hint_home(conversation: ClientConnection | None, frame: str = "") -> None:
    """Let the edge of a user, if it is another node, know that it may ask for them."""
    if conversation is not None and isinstance(conversation.socket, RemoteSocket):
        conversation.socket.hint_home(frame)


class AttachedLinks:
    """All links whose users are owned here."""

    def __init__(self, context: NodeContext, accept: Accept) -> None:
        self.context = context
        self.conversations: dict[tuple[str, int], ClientConnection] = {}
        """By the edge and the number of the link."""
        self._accept = accept

    def __len__(self) -> int:
        return len(self.conversations)

    def edges(self) -> Counter[str]:
        """Return how many sockets are at each edge."""
        return Counter(edge for edge, _ in self.conversations)

    def open(self, edge: str, number: int, *, address: str, device: str) -> ClientConnection:
        """Return a conversation on the socket of a link."""
        socket = RemoteSocket(self, edge, number)
        conversation = self.conversations[edge, number] = self._accept(socket, address=address, device=device)
        return conversation

    def cut(self, edge: str) -> None:
        """Take all sockets at *edge* for lost."""
        for node, number in list(self.conversations):
            if node == edge and (conversation := self.pop(node, number)) is not None:
                conversation.on_close()

    def pop(self, edge: str, number: int) -> ClientConnection | None:
        """Forget a link, which is over, or whose user goes home while the socket stays open."""
        return self.conversations.pop((edge, number), None)

    def on_message(self, edge: str, message: Up | LinkGone | Drain) -> None:
        """Handle a message of a link's edge."""
        conversation = self.conversations.get((edge, message.link))
        match message:
            case Up(link, frame):
                if conversation is None:
                    self.context.send(edge, Close(link, CloseCode.GOING_AWAY))
                else:
                    conversation.on_text(frame)
            case LinkGone(link) if conversation is not None:
                self.pop(edge, link)
                conversation.on_close()
            case Drain(_, reconnect_in_ms) if conversation is not None:
                self.context.hub.notify(conversation.user, DrainingEvent(reconnect_in_ms=reconnect_in_ms))
