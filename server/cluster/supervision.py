"""Actions of a node at each heartbeat, about other nodes and itself.

Log lines of nodes: one when a node joins, stops or is lost; `node` is the writer, `other_node` the subject.
"""

import asyncio
import time
from contextlib import suppress
from typing import Final

import structlog

from matchmaker.domain.errors import Unavailable
from matchmaker.domain.timing import FOREVER
from server.cluster.context import NodeContext
from server.cluster.ports.heartbeats import ANSWER_S, BEAT_S, Heartbeats
from server.cluster.ports.redis_fault import fault_of
from server.cluster.users.attached_links import AttachedLinks
from server.cluster.users.node_users import NodeUsers
from server.domain.room_owners import OwnedRoom

BACK_S: Final = 1.5
"""A node that was considered dead is live again after a heartbeat this recent."""
SWEEP_AFTER_S: Final = 5.0
"""How long the users of a dead node have to come, each to a node of their own, before one node takes what is left."""
SWEEP_EVERY_S: Final = 60.0
ENDS_WITHIN_MS: Final = 1_000
"""A call of a dead node that ends this soon is taken over without delay: it ends whether or not its users come."""
HELD_MS: Final = 5_000
"""A grace with less time left starts again without Redis or PostgreSQL: longer than a failing heartbeat can take."""
EDGE_GIVES_UP_S: Final = 3.0
"""How long an edge without Redis keeps sockets whose owner is elsewhere."""
BEATS_MS: Final = 1_300
"""Two heartbeats of a node in PostgreSQL, and something for a database that takes its time."""

log = structlog.get_logger()


class Supervision:
    """Sends heartbeats, judges nodes, and takes over rooms of dead nodes."""

    def __init__(self, context: NodeContext, users: NodeUsers, attached: AttachedLinks) -> None:
        self.beat_s = 0.0
        """How long Redis took for the last heartbeat, or for how long it has not answered."""
        self.deaths = 0
        self._context = context
        self._users = users
        self._edges = users.edges
        self._attached = attached
        self._live: set[str] = set()
        self._dead: set[str] = set()
        self._has_begun = False
        self._sweep_at = asyncio.get_running_loop().time() + SWEEP_AFTER_S
        self._to_serve: list[OwnedRoom] = []
        """Rooms of dead nodes that are this node's now, and not yet served."""

    async def beat(self) -> None:
        """Send one heartbeat, and act on the result."""
        if self._context.heartbeats is None:
            self._users.entries.refresh_due()
        else:
            await self._beat_in_redis(self._context.heartbeats)
        self._check_for_deaths()

    async def _beat_in_redis(self, heartbeats: Heartbeats) -> None:
        loop, members = asyncio.get_running_loop(), self._context.membership
        renew_graces = self._users.matchmaker.rooms.renew_graces
        began, exactly = loop.time(), time.perf_counter()
        try:
            found = await heartbeats.beat(draining=self._context.is_draining)
        except Unavailable as error:
            if not self._context.outage.record(fault_of(error), late_s=loop.time() - began - ANSWER_S):
                return
            members.failed(loop.time())
            away_s = loop.time() - (members.redis_failed_at or 0.0)
            self.beat_s = max(loop.time() - began, away_s)
            if away_s > EDGE_GIVES_UP_S:
                self._edges.cut()
            if members.others:  # which may own users who cannot move
                self._context.spawn(renew_graces(less_than_ms=HELD_MS))
            return
        self.beat_s = time.perf_counter() - exactly  # the clock of the loop has whole milliseconds
        interrupted = members.record_beat(found, loop.time(), took_s=loop.time() - began)
        if members.clock_jump_ms:
            log.warning("redis_clock_jumped", by_s=round(members.clock_jump_ms / 1_000, 1))
        if self._context.outage.fault is not None:
            self._context.spawn(renew_graces(less_than_ms=FOREVER))
        self._context.outage.record(None)
        if interrupted:
            self._context.bus.probe()
            self._users.entries.refresh_all()
            self._context.messages_lost.publish(None)
        else:
            self._users.entries.refresh_due()

    async def keep_beating(self) -> None:
        """Beat until cancelled."""
        self._has_begun = True
        while True:
            await asyncio.sleep(BEAT_S)
            await self.beat()

    async def poll_postgres(self) -> None:
        """Query PostgreSQL once for live processes, and act on the result.

        Raises:
            Unavailable: it does not answer.
        """
        renew_graces = self._users.matchmaker.rooms.renew_graces
        try:
            was_away = await self._users.watch.poll()
        except Unavailable:
            self._context.spawn(renew_graces(less_than_ms=HELD_MS))  # their users are not let in meanwhile
            raise
        if was_away:
            self._context.spawn(renew_graces(less_than_ms=FOREVER))
        self._check_for_deaths()

    async def keep_polling(self) -> None:
        """Query until cancelled; without delay when a room was taken over."""
        while True:
            await self._users.watch.due()
            with suppress(Unavailable):
                await self.poll_postgres()

    def _check_for_deaths(self) -> None:
        context = self._context
        members = context.membership
        known = (members.listed | self._edges.owners | self._attached.edges().keys() | self._live) - {context.node}
        if not self._has_begun:  # nothing is logged about nodes that joined, or ended, before this one
            self._dead = set(filter(members.is_dead, known))
            self._live = set(known - self._dead)
        for node in known:
            if not members.is_dead(node):
                if node not in self._live and (node not in self._dead or members.silent_s(node) < BACK_S):
                    self._dead.discard(node)
                    self._live.add(node)
                    log.info("node_joined", other_node=node, nodes=len(self._live) + 1)
            elif node not in self._dead:
                self._dead.add(node)
                self._live.discard(node)
                self._fail_over(node)
        self._dead &= known

    def _fail_over(self, node: str) -> None:
        self._log_end(node)
        self.cut(node)
        self._context.bus.forget(node)
        self._context.messages_lost.publish(None)
        self._context.node_ended.publish(node)
        self._sweep_at = asyncio.get_running_loop().time() + SWEEP_AFTER_S

    def _log_end(self, node: str) -> None:
        members = self._context.membership
        if members.has_stopped(node):
            log.info("node_left", other_node=node, nodes=len(self._live) + 1)
            return
        self.deaths += 1
        users, silent_s = len(self._edges.of(node)) + self._attached.edges()[node], members.silent_s(node)
        if members.serves(node, within_ms=BEATS_MS):  # its database heartbeat continues
            log.warning("node_cut_off", other_node=node, users=users, silent_s=silent_s)
        else:
            reason = "process_ended" if members.has_ended(node) else "heartbeat_timeout"
            log.warning("node_lost", other_node=node, reason=reason, users=users, silent_s=silent_s)

    def cut(self, node: str) -> None:
        """Close the sockets owned by *node*, and treat those on *node* as lost: the link was
        reset, or the node died.
        """
        self._edges.cut(node)
        self._attached.cut(node)

    async def keep_sweeping(self) -> None:
        """Take over what dead nodes left, until cancelled."""
        while True:
            await asyncio.sleep(BEAT_S)
            with suppress(Unavailable):
                await self._sweep()

    async def _sweep(self) -> None:
        """Take over rooms of dead nodes if this is the lowest node id: calls that are over, and when it is time all."""
        context, members, now = self._context, self._context.membership, asyncio.get_running_loop().time()
        if now < self._sweep_at - SWEEP_AFTER_S or members.is_cut_off or not members.hears_postgres(now):
            return
        if min([context.node, *members.others]) != context.node:
            return
        takes_all = now >= self._sweep_at
        within_ms = None if takes_all else ENDS_WITHIN_MS
        self._to_serve += await context.owners.claim_orphans(members.serving, ends_within_ms=within_ms)
        while self._to_serve:
            await self._users.take_room(self._to_serve[-1])
            self._to_serve.pop()
        if takes_all:
            self._sweep_at = now + SWEEP_EVERY_S
