"""What the matchmaker of a node tells the cluster, and asks."""

from collections.abc import Sequence

from matchmaker.domain.ids import UserId
from matchmaker.domain.ticket import AgeBand, Mode, Ticket
from matchmaker.domain.user_events import AnyUserEvent
from matchmaker.domain.user_updates import AnyUserUpdate, Separation
from matchmaker.ports.other_processes import OtherProcesses
from matchmaker.services.state_store import Deliver
from server.cluster.cluster import Cluster


class MatchmakerEvents(OtherProcesses):
    """Tells the cluster, and delivers news to users."""

    def __init__(self, cluster: Cluster, deliver: Deliver) -> None:
        """*deliver* tells news to the user that it is for."""
        self._to_user = deliver
        self._cluster = cluster

    def deliver(self, news: AnyUserEvent) -> None:
        """Tell the user that *news* is for, once the cluster has seen it."""
        self._cluster.homecoming.on_news(news)
        self._to_user(news)

    def ticket_added(self, ticket: Ticket) -> None:
        self._cluster.sharing.ticket_added(ticket)

    def ticket_removed(self, ticket: Ticket) -> None:
        self._cluster.sharing.ticket_removed(ticket)

    def users_evicted(self, users: Sequence[UserId]) -> None:
        """Close the sockets of users that another node owns."""
        for user in users:
            self._cluster.context.users.pop(user, None)
            self._cluster.context.hub.evict(user)

    def publish(self, item: AnyUserUpdate) -> None:
        self._cluster.broadcast.publish(item)

    async def separate(self, user: UserId, target: UserId, reason: Separation, /) -> None:
        await self._cluster.end_elsewhere(user, reason, target)

    def sends_away(self, ticket: Ticket, found: Ticket | None, /) -> bool:
        return self._cluster.sharing.sends_away(ticket, found)

    async def tickets(self, mode: Mode | None, band: AgeBand, limit: int, /) -> Sequence[Ticket]:
        return await self._cluster.sharing.listed_elsewhere(mode, band, limit)
