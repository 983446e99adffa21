"""The owner's end of links: users who are owned here, and whose sockets are at other nodes."""

import asyncio
from typing import TypeGuard

from server.cluster.context import NodeContext
from server.cluster.messages import Close, Down, Drain, Hold, LinkGone, Up
from signaling.connection.client import ClientConnection
from signaling.wire.close_codes import CloseCode
from signaling.wire.events import DrainingEvent


class RemoteSocket:
    """Implements `signaling.routing.outbox.Socket` over the bus."""

    def __init__(self, links: "AttachedLinks", edge: str, number: int) -> None:
        self._links = links
        self.edge = edge
        self.number = number
        self.conversation: ClientConnection
        self._is_closed = False

    def send(self, frame: bytes) -> None:
        """Let the edge send *frame*; it closes the socket if too much waits."""
        if not self._is_closed:
            self._links.send(self, Down(self.number, frame))

    def close(self, code: int, reason: str = "") -> None:
        """Let the edge close the socket."""
        if not self._is_closed:
            self._is_closed = True
            self._links.send(self, Close(self.number, code, reason))
            self._links.forget(self)
            asyncio.get_running_loop().call_soon(self.conversation.on_close)

    def pause(self) -> None:
        if not self._is_closed:
            self._links.send(self, Hold(self.number, on=True))

    def resume(self) -> None:
        if not self._is_closed:
            self._links.send(self, Hold(self.number, on=False))

    def unsent(self) -> int:
        """Return 0: only the edge knows, and closes the socket if too much waits."""
        return 0

    def ping(self) -> None:
        """Nothing: the edge pings."""

    def detach(self) -> None:
        """Send nothing more: the user goes home, and the socket stays open."""
        self._is_closed = True
        self._links.forget(self)


def is_remote(conversation: ClientConnection | None) -> TypeGuard[ClientConnection]:
    """Tell whether there is a socket, and it is at another node."""
    return conversation is not None and isinstance(conversation.socket, RemoteSocket)


class AttachedLinks:
    """All links whose users are owned here."""

    def __init__(self, context: NodeContext) -> None:
        self._context = context
        self._sockets: dict[tuple[str, int], RemoteSocket] = {}

    def __len__(self) -> int:
        return len(self._sockets)

    @property
    def edges(self) -> set[str]:
        return {edge for edge, _ in self._sockets}

    @property
    def conversations(self) -> list[ClientConnection]:
        """Those of users whose sockets are elsewhere."""
        return [socket.conversation for socket in self._sockets.values()]

    def count(self, edge: str) -> int:
        return sum(at == edge for at, _ in self._sockets)

    def open(self, edge: str, number: int, *, address: str, device: str) -> ClientConnection:
        """Return a conversation on the socket of a link."""
        socket = RemoteSocket(self, edge, number)
        socket.conversation = self._context.speaker.open_attached(socket, address=address, device=device)
        self._sockets[edge, number] = socket
        return socket.conversation

    def get(self, edge: str, number: int) -> ClientConnection | None:
        socket = self._sockets.get((edge, number))
        return None if socket is None else socket.conversation

    def forget(self, socket: RemoteSocket) -> None:
        """Forget a link."""
        self._sockets.pop((socket.edge, socket.number), None)

    def send(self, socket: RemoteSocket, message: Down | Close | Hold) -> None:
        """Send a message to the edge of a link."""
        self._context.speaker.stats.forwarded["down"] += 1
        self._context.send(socket.edge, message)

    def cut(self, edge: str) -> None:
        """Take all sockets at *edge* for lost."""
        for socket in [socket for socket in self._sockets.values() if socket.edge == edge]:
            socket.detach()
            socket.conversation.on_close()

    def on_up(self, edge: str, message: Up) -> None:
        conversation = self.get(edge, message.link)
        if conversation is not None:
            conversation.on_text(message.frame)
        else:
            self._context.send(edge, Close(message.link, CloseCode.GOING_AWAY))

    def on_drain(self, edge: str, message: Drain) -> None:
        conversation = self.get(edge, message.link)
        if conversation is not None:
            self._context.hub.notify(conversation.user, DrainingEvent(reconnect_in_ms=message.reconnect_in_ms))

    def on_gone(self, edge: str, message: LinkGone) -> None:
        socket = self._sockets.get((edge, message.link))
        if socket is not None:
            socket.detach()
            socket.conversation.on_close()
