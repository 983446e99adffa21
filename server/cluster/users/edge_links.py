"""The edge's end of links: sockets at this node of users that other nodes own."""

from itertools import count

from server.cluster.context import NodeContext
from server.cluster.wire.messages import Close, Down, Drain, Hold, LinkGone, Up
from signaling.connection.client import ClientConnection
from signaling.wire.close_codes import CloseCode


class EdgeLink:
    """Implements `signaling.connection.frame_queue.OwnerNode`: passes on the frames of one socket."""

    __slots__ = ("_links", "connection", "node", "number", "returned")

    def __init__(self, links: "EdgeLinks", connection: ClientConnection, node: str, number: int) -> None:
        self._links = links
        self.connection = connection
        self.node = node
        self.number = number
        self.returned: list[str] = []
        """Frames that the owner sent back: they are handled once the user is here, or stays there."""

    def forward(self, text: str | bytes) -> None:
        """Send the owner a frame of the client."""
        links = self._links
        if self.number in links.by_number:
            links.context.hub.stats.forwarded["up"] += 1
            links.context.send(self.node, Up(self.number, text if isinstance(text, str) else text.decode()))

    def lost(self) -> None:
        """Tell the owner that the socket is closed."""
        if self.drop():
            self._links.context.send(self.node, LinkGone(self.number))

    def drop(self) -> bool:
        """Forget the link without closing its socket; return whether it was known."""
        return self._links.by_number.pop(self.number, None) is not None


class EdgeLinks:
    """All links whose sockets are on this node."""

    def __init__(self, context: NodeContext) -> None:
        self.context = context
        self.by_number: dict[int, EdgeLink] = {}
        self._numbers = count(1)

    def __len__(self) -> int:
        return len(self.by_number)

    def of(self, *nodes: str) -> list[EdgeLink]:
        """Return the links to *nodes*; without any, all."""
        return [link for link in self.by_number.values() if not nodes or link.node in nodes]

    @property
    def owners(self) -> set[str]:
        return {link.node for link in self.of()}

    def open(self, connection: ClientConnection, node: str) -> EdgeLink:
        """Return a new link to *node*; frames are forwarded once it is `connection.owner`."""
        link = EdgeLink(self, connection, node, next(self._numbers))
        self.by_number[link.number] = link
        return link

    def get(self, node: str, number: int) -> EdgeLink | None:
        """Return the link of this number, if its owner is *node*."""
        link = self.by_number.get(number)
        return link if link is not None and link.node == node else None

    def drain(self, reconnect_in_ms: int) -> None:
        """Have the owners ask all clients to reconnect: this node is about to stop."""
        for link in self.of():
            self.context.send(link.node, Drain(link.number, reconnect_in_ms))

    def cut(self, *nodes: str) -> None:
        """Close the sockets of all links to *nodes*; without any, of all.

        Their owners get a message: they may be live, and get more from this node without a reset in between.
        """
        for link in self.of(*nodes):
            link.lost()
            link.connection.close(CloseCode.GOING_AWAY, "the node of this session was lost")

    def on_message(self, node: str, message: Down | Close | Hold) -> None:
        """Do what the owner asks of the socket of a link."""
        link = self.get(node, message.link)
        if link is None:
            return
        match message:
            case Down(_, frame):
                if not link.connection.is_over:
                    link.connection.socket.send(frame)
            case Close(_, code, reason):
                link.drop()
                link.connection.close(code, reason)
            case Hold(_, on):
                (link.connection.socket.pause if on else link.connection.socket.resume)()
