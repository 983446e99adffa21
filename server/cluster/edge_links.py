"""The edge's end of links: sockets at this node of users that other nodes own."""

from itertools import count

from server.cluster.context import NodeContext
from server.cluster.messages import Close, Down, Drain, Hold, LinkGone, Up
from signaling.connection.client import ClientConnection
from signaling.wire.close_codes import CloseCode


class EdgeLink:
    """Implements `signaling.connection.frame_queue.OwnerNode`: passes on the frames of one socket."""

    __slots__ = ("_links", "conversation", "node", "number")

    def __init__(self, links: "EdgeLinks", conversation: ClientConnection, node: str, number: int) -> None:
        self._links = links
        self.conversation = conversation
        self.node = node
        self.number = number

    def forward(self, text: str | bytes) -> None:
        self._links.forward(self, text if isinstance(text, str) else text.decode())

    def lost(self) -> None:
        self._links.lost(self)


class EdgeLinks:
    """All links whose sockets are here."""

    def __init__(self, context: NodeContext) -> None:
        self._context = context
        self._links: dict[int, EdgeLink] = {}
        self._numbers = count(1)

    def __len__(self) -> int:
        return len(self._links)

    @property
    def owners(self) -> set[str]:
        return {link.node for link in self._links.values()}

    def count(self, node: str) -> int:
        return sum(link.node == node for link in self._links.values())

    def open(self, conversation: ClientConnection, node: str) -> EdgeLink:
        """Return a new link to *node*; frames go there once `conversation.owner` is it."""
        link = EdgeLink(self, conversation, node, next(self._numbers))
        self._links[link.number] = link
        return link

    def drop(self, link: EdgeLink) -> None:
        """Forget a link; its socket goes on otherwise."""
        self._links.pop(link.number, None)

    def get(self, node: str, number: int) -> EdgeLink | None:
        """Return the link of this number, if its owner is *node*."""
        link = self._links.get(number)
        return link if link is not None and link.node == node else None

    def forward(self, link: EdgeLink, text: str) -> None:
        """Send the owner a frame of the client."""
        if link.number in self._links:
            self._context.speaker.stats.forwarded["up"] += 1
            self._context.send(link.node, Up(link.number, text))

    def lost(self, link: EdgeLink) -> None:
        """Tell the owner that the socket of a link is closed."""
        if self._links.pop(link.number, None) is not None:
            self._context.send(link.node, LinkGone(link.number))

    def drain(self, reconnect_in_ms: int) -> None:
        """Have the owners tell all clients to reconnect: this node is about to end."""
        for link in self._links.values():
            self._context.send(link.node, Drain(link.number, reconnect_in_ms))

    def cut(self, node: str | None = None, code: int = CloseCode.GOING_AWAY) -> None:
        """Close the sockets of all links to *node*, or of all."""
        for link in [link for link in self._links.values() if node in (None, link.node)]:
            self._close(link, code, "the node of this session was lost")

    def on_down(self, node: str, message: Down) -> None:
        link = self.get(node, message.link)
        if link is not None and not link.conversation.is_over:
            link.conversation.socket.send(message.frame)

    def on_close(self, node: str, message: Close) -> None:
        link = self.get(node, message.link)
        if link is not None:
            self._close(link, message.code, message.reason)

    def on_hold(self, node: str, message: Hold) -> None:
        link = self.get(node, message.link)
        if link is not None:
            (link.conversation.socket.pause if message.on else link.conversation.socket.resume)()

    def _close(self, link: EdgeLink, code: int, reason: str) -> None:
        self._links.pop(link.number, None)
        link.conversation.close(code, reason)
