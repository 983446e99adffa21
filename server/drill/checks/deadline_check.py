"""Deadlines that a node holds: set before it dies and measured after: torches, calls, invites, graces."""

import asyncio
import math
from collections.abc import Iterator, Sequence
from typing import Any, Final

from server.db.maintenance.drill_audit import InviteRow, follow
from server.drill.clients.client_log import ClientLog, monotonic_of
from server.drill.clients.client_pool import Pair, each, until_all
from server.drill.clients.scripted_client import ScriptedClient
from server.drill.drill_context import DrillContext
from server.drill.judgement.verdict import all_of, at_most
from server.drill.spread import both

BEFORE_END_S: Final = 1.5
"""How long before the first deadline the node is killed: the other nodes have not detected its death by then."""
SHORTEST_S: Final = 60
"""The shortest allowed call: too long for the short form."""
LATE_S: Final = 1.0
"""Maximum delay of a deadline on another node than the one that held it."""
EARLY_S: Final = 0.1


class DeadlineCheck:
    """Rooms and invites of users of whom one or both are on one node; half of the rooms are left by both."""

    def __init__(self, context: DrillContext, place: int) -> None:
        self._context = context
        self._place = place
        self._silent: list[Pair] = []
        self._calls: list[Pair] = []
        self._lost: list[Pair] = []
        self._invites: list[Pair] = []
        self._following: asyncio.Task[dict[str, InviteRow]] | None = None

    @property
    def given_up(self) -> list[ScriptedClient]:
        """Users who do not reconnect; only the database shows how their rooms end."""
        pairs = [*self._lost, *self._silent[1::2], *self._calls[1::2]]
        return [person for pair in pairs for person in pair]

    async def make(self, some: int) -> None:
        """Open *some* rooms of each kind on the node."""
        clients, place = self._context.clients, self._place

        def here(_: int) -> int:
            return place

        self._lost = await clients.pair_up(some, mode=both, node=here)
        if not self._context.options.brief:
            self._calls = await clients.pair_up(some, mode=lambda _: "video", duration_s=SHORTEST_S, node=here)
        self._silent = await clients.pair_up(some, mode=lambda _: "text", node=here)
        people = await clients.sign_up(2 * some)
        # In every other pair the inviter is on the node, in the rest the invitee.
        await clients.connect_at(people, lambda n: place + (n // 2 + n) % 2)
        self._invites = list(zip(people[::2], people[1::2], strict=True))

    async def moment(self) -> None:
        """Return when the torch warnings are shown, the invites are open, and the first deadline is near."""
        context, silent = self._context, _people(self._silent)
        context.say("waiting for the torch warnings")
        patience_s = context.windows.torch_idle_s + 5
        await until_all(silent, lambda one: bool(one.log.heard("torch.warning")), patience_s=patience_s)
        ends = [monotonic_of(one.log.heard("torch.warning")[-1].frame["ends_at"]) for one in silent]
        ends += [monotonic_of(one.room["ends_at"]) for one in _people(self._calls) if one.room is not None]
        await context.wait_until(min(ends) - context.windows.invite_ttl_s)
        await each(self._invites, _invite)
        ends += [monotonic_of(_last_invite(one)["expires_at"]) for one in _people(self._invites)]
        await context.wait_until(min(ends) - BEFORE_END_S)

    def give_up(self) -> None:
        """Keep half of the users from reconnecting, and check how their rooms end."""
        for person in self.given_up:
            person.returns = False
        windows = self._context.windows
        assert self._context.dsn is not None
        rooms = [str(person.room["room_id"]) for person in self.given_up if person.room is not None]
        patience_s = windows.notice_s + max(windows.grace_s, windows.text_grace_s) + 10
        self._following = asyncio.create_task(follow(self._context.dsn, set(rooms), patience_s=patience_s))

    async def judge(self) -> None:
        """Wait for all deadlines, and require that each was processed once, and in time."""
        silent, callers = _people(self._silent[::2]), _people(self._calls[::2])
        # An invite is owned by the node of the invitee; those of the dead node are lost, like its queue.
        invited, forgotten = _people(self._invites[::2]), _people(self._invites[1::2])
        patience_s = self._context.windows.torch_warning_s + 10
        await until_all([*silent, *callers], lambda one: one.room is None, patience_s=patience_s)
        await until_all(invited, lambda one: bool(one.log.heard("invite.closed")))
        expiries = [
            entry.at - monotonic_of(_last_invite(one)["expires_at"])
            for one in invited
            for entry in one.log.heard("invite.closed")
            if entry.frame["outcome"] == "expired"
        ]
        self._require("end by the torch", [off for one in silent for off in _off(one, "torch")], silent)
        told = [one for one in callers if not returned_after_end(one.log)]
        if callers:
            self._context.require(all_of("users who are out of a call that has ended", _idle(callers), len(callers)))
        self._require("end of a call", [off for one in told for off in _off(one, "time_up")], told)
        self._require("end of an invite", expiries, invited)
        idle = await until_all(forgotten, lambda one: one.phase == "idle" and one.invite is None)
        self._context.require(all_of("users at an invite of the dead node who are idle again", idle, len(forgotten)))
        assert self._following is not None
        closed = await self._following
        orphans = [(one.gone_at - one.due_at) / 1_000 for one in closed.values() if one.due_at is not None]
        self._require("end of a room that both have left", orphans, self.given_up[::2])

    def _require(self, name: str, late: Sequence[float], of: Sequence[ScriptedClient]) -> None:
        if not of:
            return
        context = self._context
        context.measure(f"{name}, after its instant", late)
        context.require(
            all_of(f"{name}: there, and once", len(late), len(of)),
            at_most(f"{name} on another node, after its instant", max(late, default=math.nan), LATE_S, digits=3),
            at_most(f"{name} on another node, before its instant", -min(late, default=math.nan), EARLY_S, digits=3),
        )


async def _invite(pair: Pair) -> None:
    one, other = pair
    await other.ask("queue.join", mode="text", pairing="manual")
    await one.ask("invite.send", user_id=other.user_id, mode="text")
    await other.until(lambda: other.invite is not None)


def _idle(people: Sequence[ScriptedClient]) -> int:
    return sum(one.room is None for one in people)


def _people(pairs: Sequence[Pair]) -> list[ScriptedClient]:
    return [person for pair in pairs for person in pair]


def returned_after_end(log: ClientLog) -> bool:
    """Return whether the client was away when the clock of its call ran out: no event announces the end to it."""
    due = math.inf
    for entry in log.heard("room.live", "welcome", "room.ended"):
        room = entry.frame["state"]["room"] if entry.type == "welcome" else None
        if entry.type == "welcome" and room is None and entry.at > monotonic_of(due):
            return True
        if entry.type == "room.ended":
            due = math.inf
        else:
            due = (entry.frame if entry.type == "room.live" else room or {}).get("ends_at") or due
    return False


def _last_invite(person: ScriptedClient) -> dict[str, Any]:
    """Return the last invite that this user received."""
    told = reversed(person.log.heard("invite.received", "reply"))
    invite: dict[str, Any] = next(entry.frame["invite"] for entry in told if "invite" in entry.frame)
    return invite


def _off(person: ScriptedClient, reason: str) -> Iterator[float]:
    """Yield the delay between the announced deadline and the end of the room for *reason*."""
    due = math.nan
    for entry in person.log.heard("torch.warning", "room.live", "welcome", "room.ended"):
        if entry.type == "room.ended":
            if entry.frame["reason"] == reason:
                yield entry.at - monotonic_of(due)
        elif entry.type != "welcome":
            due = entry.frame["ends_at"] or due
        elif (room := entry.frame["state"]["room"]) is not None:
            due = (room["torch"] or room)["ends_at"] or due
