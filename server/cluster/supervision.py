"""What a node does about other nodes, and about itself, from heartbeat to heartbeat."""

import asyncio
import time
from collections.abc import Callable
from contextlib import suppress
from typing import Final

import structlog

from matchmaker.errors import Unavailable
from matchmaker.ids import UserId
from matchmaker.rules import FOREVER
from server.cluster.admission import Admission
from server.cluster.attached_links import AttachedLinks
from server.cluster.bus import Bus
from server.cluster.context import Context
from server.cluster.edge_links import EdgeLinks
from server.cluster.epoch import Entry
from server.cluster.heartbeats import BEAT_S, Heartbeats
from server.cluster.membership import GAP_S
from server.cluster.messages import Superseded
from server.cluster.rooms import StoreBeat
from server.node_log import NodeLog
from server.outage import Outage
from server.redis_fault import RedisFault, fault_of

BACK_S: Final = 1.5
"""A node that was found dead lives again once it was heard this recently."""
SWEEP_AFTER_S: Final = 5.0
"""How long the users of a dead node have to come before its rooms are taken over in bulk."""
HELD_MS: Final = 5_000
"""Of how much less a grace begins anew while Redis is away: longer than a heartbeat that fails can take."""
EDGE_GIVES_UP_S: Final = 3.0
"""How long an edge without Redis keeps sockets whose owner is elsewhere."""
SWEEP_TRIES: Final = 12
REFRESH_S: Final = 60.0
REFRESH_BATCH: Final = 1_000
REFRESH_REST_S: Final = 0.05
BEATS_MS: Final = 1_300
"""Two heartbeats of a node in PostgreSQL, and something for a database that takes its time."""

log = structlog.get_logger()


class Supervision:
    """Beats, judges, sweeps, refreshes.

    *on_change* is called when nodes came, went or were interrupted, *on_interruption* when Redis answers again.
    """

    def __init__(
        self,
        context: Context,
        admission: Admission,
        edges: EdgeLinks,
        attached: AttachedLinks,
        *,
        bus: Bus,
        heartbeats: Heartbeats | None,
        on_change: Callable[[], None],
        on_interruption: Callable[[], None],
        refresh_s: float = REFRESH_S,
    ) -> None:
        self._refresh_s = refresh_s
        self.is_draining = False
        self.beat_s = 0.0
        """How long Redis took for the last heartbeat, or for how long it has not answered."""
        self.deaths = 0
        self.outage = Outage[RedisFault]("redis_lost", "redis_restored")
        self._nodes = NodeLog(context.node)
        self.on_death: Callable[[], None] = _nothing
        """Called when another node is found dead."""
        self._context = context
        self._admission = admission
        self._edges = edges
        self._attached = attached
        self._bus = bus
        self._heartbeats = heartbeats
        self._on_change = on_change
        self._on_interruption = on_interruption
        self._dead: set[str] = set()
        self._has_begun = False
        self._lost: int | None = None
        self._has_gap = False
        self._failed_at = -GAP_S
        self._is_told = asyncio.Event()
        self._refreshed_at = 0.0
        context.owners.on_told(self._is_told.set)
        context.on_silence = self._is_told.set
        context.knows_its_rooms = self.knows_its_rooms

    # Redis.

    async def beat(self) -> None:
        """Say once that this node lives, and act on what follows from who else does."""
        loop, members = asyncio.get_running_loop(), self._context.membership
        if self._heartbeats is None:
            self._look_for_deaths()
            if loop.time() - self._refreshed_at > self._refresh_s:
                self._context.spawn(self.refresh())
            return
        began = time.perf_counter()
        try:
            found = await self._heartbeats.beat(draining=self.is_draining)
        except Unavailable as error:
            members.failed(loop.time())
            self.outage.note(fault_of(error))
            away_s = loop.time() - (members.redis_failed_at or 0.0)
            self.beat_s = max(time.perf_counter() - began, away_s)
            if away_s > EDGE_GIVES_UP_S:
                self._edges.cut()
            if members.others:  # users may be there, who cannot be let in from there
                self._context.spawn(self._context.matchmaker.rooms.renew_graces(less_than_ms=HELD_MS))
            self._look_for_deaths()
            return
        self.beat_s = time.perf_counter() - began
        interrupted = members.heard(found, loop.time())
        if self.outage.fault is not None:
            self._context.spawn(self._context.matchmaker.rooms.renew_graces(less_than_ms=FOREVER))
        self.outage.note(None)
        self._nodes.heard({node: found.at - at for node, at in found.seen.items()}, now=loop.time())
        if interrupted:
            self._bus.probe()
            self._context.spawn(self.refresh())
            self._on_change()
            self._on_interruption()
        elif loop.time() - self._refreshed_at > self._refresh_s:
            self._context.spawn(self.refresh())
        elif any(not own.is_sure for own in self._context.users.values()):
            self._context.spawn(self.refresh(only_unsure=True))
        self._look_for_deaths()

    async def keep_beating(self) -> None:
        """Beat until cancelled."""
        self._has_begun = True
        while True:
            await asyncio.sleep(BEAT_S)
            await self.beat()

    def _look_for_deaths(self) -> None:
        context = self._context
        known = context.membership.listed | self._edges.owners | self._attached.edges
        if not self._has_begun:  # nodes that had ended before this one began are no news
            self._dead = {node for node in known if context.membership.is_dead(node)}
        for node in known - {context.node}:
            if not context.membership.is_dead(node):
                if context.membership.silent_s(node) < BACK_S:
                    self._dead.discard(node)
            elif node not in self._dead:
                self._dead.add(node)
                self._bury(node)
        self._dead &= known

    def _bury(self, node: str) -> None:
        self.deaths += 1
        members = self._context.membership
        self._nodes.lost(
            node,
            users=self._edges.count(node) + self._attached.count(node),
            has_ended=members.has_ended(node),
            is_cut_off=members.serves(node, within_ms=BEATS_MS),
            silent_s=members.silent_s(node),
        )
        self.cut(node)
        self._bus.forget(node)
        self._on_change()
        self.on_death()
        self._context.spawn(self.sweep())

    def cut(self, node: str) -> None:
        """Close the sockets that *node* owns, take those at *node* for lost: the link was reset, or the node died."""
        self._edges.cut(node)
        self._attached.cut(node)

    async def sweep(self) -> None:
        """Take over the rooms of dead nodes whose users did not reconnect in time, if this is the lowest node id."""
        context, members = self._context, self._context.membership
        for _ in range(SWEEP_TRIES):
            await asyncio.sleep(SWEEP_AFTER_S)
            living = [context.node, *members.others]
            if members.is_cut_off or min(living) != context.node:
                continue
            with suppress(Unavailable):
                for room in await context.owners.orphans(living):
                    if room.owner is None or (members.is_dead(room.owner) and not members.serves(room.owner)):
                        await self._admission.take_room(room)
                return

    # PostgreSQL.

    async def look(self) -> StoreBeat:
        """Hear from PostgreSQL which processes live, and whether rooms of this node were taken over.

        Raises:
            Unavailable: it does not answer.
        """
        context, loop = self._context, asyncio.get_running_loop()
        if not context.membership.postgres_is_heard(loop.time()):
            self._has_gap = self._lost is not None
        found = await context.owners.beat()
        if self._lost is not None and (found.lost != self._lost or self._has_gap):
            await self.check_rooms()
        self._has_gap, self._lost = False, found.lost
        context.membership.heard_by_postgres(found.at, found.seen, found.gone, loop.time())
        context.membership.older = found.older if self._heartbeats is None else frozenset()
        self._look_for_deaths()
        return found

    async def keep_looking(self) -> None:
        """Look until cancelled; without delay when a room was taken over."""
        while True:
            with suppress(TimeoutError):
                async with asyncio.timeout(BEAT_S):
                    await self._is_told.wait()
            self._is_told.clear()
            try:
                await self.look()
            except Unavailable:
                self._failed_at = asyncio.get_running_loop().time()

    def knows_its_rooms(self) -> bool:
        """Tell whether PostgreSQL was heard lately, or is known to be away, in which case no node takes rooms over.

        Neither is so after this process stood still: its rooms may be others' by now.
        """
        now = asyncio.get_running_loop().time()
        return not self._has_gap and (self._context.membership.postgres_is_heard(now) or now - self._failed_at < GAP_S)

    async def check_rooms(self) -> None:
        """Give up the rooms that PostgreSQL says others own; their sockets are closed with 1001.

        Raises:
            Unavailable: PostgreSQL does not answer.
        """
        rooms = self._context.matchmaker.rooms.all()
        owners = await self._context.owners.owners([room.room_id for room in rooms])
        ours = (self._context.node, None)
        lost = [room for room in rooms if owners.get(room.room_id, self._context.node) not in ours]
        for room in lost:
            for user in room.users:
                self._context.matchmaker.transfer.evict(user)
        if lost:
            log.warning("rooms_lost", rooms=len(lost))

    # The directory.

    async def refresh(self, *, only_unsure: bool = False) -> None:
        """Write the entries of this node's users again; who belongs to a newer owner is given up."""
        context = self._context
        if not only_unsure:
            self._refreshed_at = asyncio.get_running_loop().time()
            self._forget_absent()
        users = [user for user, own in context.users.items() if not (only_unsure and own.is_sure)]
        for at in range(0, len(users), REFRESH_BATCH):
            entries = {user: context.entry(user) for user in users[at : at + REFRESH_BATCH] if user in context.users}
            for user, (before, after) in (await context.directory.refresh(entries)).items():
                await self._compare(user, entries[user], before, after)
            await asyncio.sleep(REFRESH_REST_S)

    async def _compare(self, user: UserId, mine: Entry, before: Entry | None, after: Entry) -> None:
        context = self._context
        own = context.users.get(user)
        if own is None or own.epoch != mine.epoch:
            return
        if after == mine:
            own.is_sure = True
            self._admission.supersede(user, before, after)
        elif self._has_room(user):
            await self._verify(user)
        else:
            context.matchmaker.transfer.evict(user)
            context.users.pop(user, None)

    def _has_room(self, user: UserId) -> bool:
        seat = self._context.matchmaker.house.store.peek(user)
        return seat is not None and seat.room is not None

    async def _verify(self, user: UserId) -> None:
        """Ask PostgreSQL about a user in a room, for whom the directory names another node."""
        room = await self._context.owners.room_of(user)
        if room is not None and room.owner == self._context.node:
            await self._admission.overwrite(user)
        elif self._has_room(user):
            self._context.matchmaker.transfer.evict(user)

    async def on_superseded(self, _: str, message: Superseded) -> None:
        """Drop a user for whom another node has a newer entry, unless PostgreSQL names this node."""
        context, own = self._context, self._context.users.get(message.user)
        if own is None or (own.epoch >= message.epoch and not self._has_room(message.user)):
            return
        if self._has_room(message.user):
            await self._verify(message.user)
        else:
            context.matchmaker.transfer.evict(message.user)
            context.users.pop(message.user, None)

    def _forget_absent(self) -> None:
        """Release the directory entries of users whose state has expired."""
        context = self._context
        for user in [
            user for user in context.users if not context.owns(user) and context.hub.presence_of(user) is None
        ]:
            entry = context.entry(user)
            del context.users[user]
            context.spawn(context.directory.release(user, entry))


def _nothing() -> None:
    """Do nothing."""
