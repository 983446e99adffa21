"""The owner's end of links: users who are owned here, and whose sockets are at other nodes."""

import asyncio
from typing import Protocol, TypeGuard

from server.cluster.context import NodeContext
from server.cluster.wire.messages import Close, Down, Drain, Hold, LinkGone, Up
from signaling.connection.client import ClientConnection
from signaling.wire.close_codes import CloseCode
from signaling.wire.events import DrainingEvent


class Accept(Protocol):
    """Begins a conversation on the socket of another node."""

    def __call__(self, socket: "RemoteSocket", *, address: str, device: str) -> ClientConnection:
        """Return the conversation."""
        ...


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
        self._send(Down(self.number, frame))

    def close(self, code: int, reason: str = "") -> None:
        """Let the edge close the socket."""
        if not self._is_closed:
            self._send(Close(self.number, code, reason))
            self.detach()
            asyncio.get_running_loop().call_soon(self.conversation.on_close)

    def pause(self) -> None:
        self._send(Hold(self.number, on=True))

    def resume(self) -> None:
        self._send(Hold(self.number, on=False))

    def unsent(self) -> int:
        """Return 0: only the edge knows, and closes the socket if too much waits."""
        return 0

    def ping(self) -> None:
        """Nothing: the edge pings."""

    def detach(self) -> None:
        """Send nothing more: the link is over, or the user goes home and the socket stays open."""
        self._is_closed = True
        self._links.sockets.pop((self.edge, self.number), None)

    def lost(self) -> None:
        """Note that the socket is closed, or its edge dead."""
        self.detach()
        self.conversation.on_close()

    def _send(self, message: Down | Close | Hold) -> None:
        if not self._is_closed:
            self._links.context.hub.stats.forwarded["down"] += 1
            self._links.context.send(self.edge, message)


def is_remote(conversation: ClientConnection | None) -> TypeGuard[ClientConnection]:
    """Tell whether there is a socket, and it is at another node."""
    return conversation is not None and isinstance(conversation.socket, RemoteSocket)


class AttachedLinks:
    """All links whose users are owned here."""

    def __init__(self, context: NodeContext) -> None:
        self.context = context
        self.sockets: dict[tuple[str, int], RemoteSocket] = {}
        self._accept: Accept

    def serve(self, accept: Accept) -> None:
        """Begin conversations by *accept* from now on; before, no other node knows of this one."""
        self._accept = accept

    def __len__(self) -> int:
        return len(self.sockets)

    def at(self, edge: str) -> list[RemoteSocket]:
        """Return the sockets at *edge*."""
        return [socket for socket in self.sockets.values() if socket.edge == edge]

    @property
    def edges(self) -> set[str]:
        return {edge for edge, _ in self.sockets}

    def open(self, edge: str, number: int, *, address: str, device: str) -> ClientConnection:
        """Return a conversation on the socket of a link."""
        socket = self.sockets[edge, number] = RemoteSocket(self, edge, number)
        socket.conversation = self._accept(socket, address=address, device=device)
        return socket.conversation

    def cut(self, edge: str) -> None:
        """Take all sockets at *edge* for lost."""
        for socket in self.at(edge):
            socket.lost()

    def on_message(self, edge: str, message: Up | LinkGone | Drain) -> None:
        """Take what the edge of a link says."""
        socket = self.sockets.get((edge, message.link))
        match message:
            case Up(link, frame):
                if socket is None:
                    self.context.send(edge, Close(link, CloseCode.GOING_AWAY))
                else:
                    socket.conversation.on_text(frame)
            case LinkGone() if socket is not None:
                socket.lost()
            case Drain(_, reconnect_in_ms) if socket is not None:
                event = DrainingEvent(reconnect_in_ms=reconnect_in_ms)
                self.context.hub.notify(socket.conversation.user, event)
