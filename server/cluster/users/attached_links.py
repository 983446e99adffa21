"""The owner's end of links: users whom this node owns, and whose sockets are at other nodes.

They move home, to the node of their socket, when their room has ended, before they are paired again.
"""

import asyncio
from collections import Counter
from typing import Final, Protocol

from matchmaker.domain.user_state import UserState
from matchmaker.services.context import MatchmakerContext
from server.cluster.context import NodeContext
from server.cluster.wire.messages import Close, Down, Drain, GoHome, Hold, LinkGone, Up
from signaling.connection.client import ClientConnection
from signaling.wire.close_codes import CloseCode
from signaling.wire.events import DrainingEvent

HOME_EVERY_S: Final = 1.0
HOME_WITHIN_S: Final = 1.5
"""How long after a room a user may take to move home; then this node pairs them."""


class Accept(Protocol):
    """Opens a connection on the socket of another node."""

    def __call__(self, socket: "RemoteSocket", *, address: str, device: str) -> ClientConnection:
        """Return the connection."""
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
        if (connection := self._links.pop(self.edge, self.number)) is not None:
            asyncio.get_running_loop().call_soon(connection.on_close)

    def pause(self) -> None:
        self._send(Hold(self.number, on=True))

    def resume(self) -> None:
        self._send(Hold(self.number, on=False))

    def unsent(self) -> int:
        """Return 0: only the edge knows, and closes the socket if too much waits."""
        return 0

    def ping(self) -> None:
        """Nothing: the edge pings."""

    def hint_home(self) -> None:
        """Tell the edge that it may ask for the user."""
        self._send(GoHome(self.number))

    # `signaling.connection.frame_queue.OwnerNode`, for a user who is to go home before more is handled.

    def forward(self, text: str | bytes) -> None:
        """Send a frame back to the edge, which asks for the user, and has the frame handled after that."""
        self._send(GoHome(self.number, text if isinstance(text, str) else text.decode()))

    def lost(self) -> None:
        """Nothing: the edge knows that the socket is closed."""

    def _send(self, message: Down | Close | Hold | GoHome) -> None:
        if (self.edge, self.number) in self._links.connections:
            self._links.context.hub.stats.forwarded["down"] += 1
            self._links.context.send(self.edge, message)


def remote_socket(connection: ClientConnection | None) -> RemoteSocket | None:
    """Return the socket of *connection* if there is one, and it is at another node."""
    socket = None if connection is None else connection.socket
    return socket if isinstance(socket, RemoteSocket) else None


class AttachedLinks:
    """All links whose users this node owns."""

    def __init__(self, context: NodeContext, matchmaker: MatchmakerContext, accept: Accept) -> None:
        self.context = context
        self._matchmaker = matchmaker
        self.connections: dict[tuple[str, int], ClientConnection] = {}
        """By the edge and the number of the link."""
        self._accept = accept
        context.store.changes.moved.subscribe(self._on_moved)

    def __len__(self) -> int:
        return len(self.connections)

    def edges(self) -> Counter[str]:
        """Return how many sockets are at each edge."""
        return Counter(edge for edge, _ in self.connections)

    def open(self, edge: str, number: int, *, address: str, device: str) -> ClientConnection:
        """Return a connection on the socket of a link."""
        socket = RemoteSocket(self, edge, number)
        connection = self.connections[edge, number] = self._accept(socket, address=address, device=device)
        return connection

    def cut(self, edge: str) -> None:
        """Handle all sockets at *edge* as lost."""
        for node, number in list(self.connections):
            if node == edge and (connection := self.pop(node, number)) is not None:
                connection.on_close()

    def pop(self, edge: str, number: int) -> ClientConnection | None:
        """Forget a link that is over, or whose user moves home while the socket stays open."""
        return self.connections.pop((edge, number), None)

    def on_message(self, edge: str, message: Up | LinkGone | Drain) -> None:
        """Handle a message of a link's edge."""
        connection = self.connections.get((edge, message.link))
        match message:
            case Up(link, frame):
                if connection is None:
                    self.context.send(edge, Close(link, CloseCode.GOING_AWAY))
                else:
                    connection.on_text(frame)
            case LinkGone(link) if connection is not None:
                self.pop(edge, link)
                connection.on_close()
            case Drain(_, reconnect_in_ms) if connection is not None:
                self.context.hub.notify(connection.user, DrainingEvent(reconnect_in_ms=reconnect_in_ms))

    # Moves home.

    def _on_moved(self, state: UserState) -> None:
        """Hint home a user who has left a room; pair them on this node only if the move takes too long."""
        socket, loop = remote_socket(self.context.connection_of(state.user)), asyncio.get_running_loop()
        if state.room is None and state.connected and socket is not None:
            self.context.store.suspend_pairing(state.user)
            loop.call_soon(socket.hint_home)
            loop.call_later(HOME_WITHIN_S, self._matchmaker.resume_pairing, state.user)

    async def keep_hinting(self) -> None:
        """Hint home, until cancelled, all who have neither invite nor room."""
        while True:
            await asyncio.sleep(HOME_EVERY_S)
            for connection in list(self.connections.values()):
                socket, user = remote_socket(connection), connection.user
                if socket is not None and self.context.owns(user) and self.context.is_free(user):
                    socket.hint_home()
