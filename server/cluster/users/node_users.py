"""The users of a node, and of its sockets: what there is before the signaling server."""

from collections.abc import Callable

from matchmaker.domain.ids import UserId
from matchmaker.matchmaker import Matchmaker
from server.cluster.context import NodeContext
from server.cluster.nodes.room_watch import RoomWatch
from server.cluster.users.admission import HelloAdmission
from server.cluster.users.directory_entries import REFRESH_S, DirectoryEntries
from server.cluster.users.edge_links import EdgeLinks
from server.cluster.users.moves import Moves


class NodeUsers:
    """Implements `signaling.connection.context.ClusterPort`."""

    def __init__(
        self,
        context: NodeContext,
        matchmaker: Matchmaker,
        *,
        on_installed: Callable[[UserId], None],
        refresh_s: float = REFRESH_S,
    ) -> None:
        """*on_installed* is called with each user whose state has arrived."""
        self.matchmaker = matchmaker
        self.watch = RoomWatch(context.owners, context.membership, matchmaker.rooms)
        self.entries = DirectoryEntries(context, matchmaker.rooms, refresh_s=refresh_s)
        self.edges = EdgeLinks(context)
        self.moves = Moves(context, matchmaker, self.edges, on_installed=on_installed)
        self.admission = HelloAdmission(
            context, matchmaker, watch=self.watch, entries=self.entries, edges=self.edges, moves=self.moves
        )
        self.claim, self.bring_to = self.admission.claim, self.moves.bring_to
