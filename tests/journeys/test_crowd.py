"""Two hundred users join and leave until they have met two hundred times: no double booking, no repeat, no error."""

import asyncio
import random
from collections import defaultdict
from typing import Any

import pytest

from tests.journeys.conftest import ConnectUser
from tests.support.client import Person, Refused

PEOPLE = 200
ENOUGH = 200
"""Rooms in which both were told that they have met."""
AT_ONCE = 25
"""How many sign up at the same time: one who waits two seconds for a connection to the database gets `unavailable`."""
PATIENCE_S = 90
FINE = {"wrong_phase", "invite_gone", "not_in_room", "cooldown_active", "target_unavailable"}
"""Errors that are allowed when frames of two users cross."""


class Meetings:
    """Counts users who were told that they are in a room."""

    def __init__(self) -> None:
        self.told = 0
        self.are_enough = asyncio.Event()

    def add(self) -> None:
        self.told += 1
        if self.told >= 2 * ENOUGH:
            self.are_enough.set()


async def live(person: Person, chance: random.Random, meetings: Meetings) -> None:
    """Join, accept or decline, chat, leave, disconnect and reconnect, until there were enough rooms."""
    await person.ask("queue.join", mode="text", auto_accept=chance.random() < 0.5)
    heard = 0
    while not meetings.are_enough.is_set():
        fresh = person.events[heard:]
        heard = len(person.events)
        for event in fresh:
            if event["type"] == "room.started":
                meetings.add()
            try:
                await _answer(person, event, chance)
            except Refused as refused:
                if refused.code not in FINE:
                    raise
        if chance.random() < 0.01:
            await person.abort()
            await person.connect(resume=chance.random() < 0.8)
            if not person.welcome["resumed"]:  # the state alone shows what happened in between
                person.events.append(person.welcome)
        await asyncio.sleep(chance.uniform(0.01, 0.1))  # the pace of a hasty person, waited for by nothing


async def _answer(person: Person, event: dict[str, Any], chance: random.Random) -> None:
    if event["type"] == "invite.received":
        answer = "invite.accept" if chance.random() < 0.8 else "invite.decline"
        await person.ask(answer, invite_id=event["invite"]["invite_id"])
    elif event["type"] == "room.started":
        room = event["room"]["room_id"]
        await person.ask("chat.send", room_id=room, client_id="1", body="hello")
        await person.ask("room.leave", room_id=room, reason=chance.choice(["next", "hangup"]))
    elif event["type"] == "room.ended" or (event["type"] == "queue.update" and not event["queued"]):
        await person.ask("queue.join", mode="text", auto_accept=chance.random() < 0.5)


def rooms_of(person: Person) -> list[tuple[str, str]]:
    """Return the rooms and peers of a person in order; each ended before the next began."""
    open_room: str | None = None
    seen: list[tuple[str, str]] = []
    for event in person.events:
        if event["type"] == "room.started":
            assert open_room is None, f"{person.name} is in two rooms"
            open_room = event["room"]["room_id"]
            seen.append((open_room, event["room"]["peer"]["user_id"]))
        elif event["type"] == "room.ended":
            open_room = None
        elif event["type"] == "welcome":
            room = event["state"]["room"]
            known = None if room is None else (room["room_id"], room["peer"]["user_id"])
            if known is not None and known not in seen:
                seen.append(known)
            open_room = None if known is None else known[0]
    return seen


@pytest.mark.settings(RONDO_INVITE_TTL_S=5, RONDO_QUEUE_HOLD_S=5, RONDO_TEXT_GRACE_S=10, RONDO_TORCH_IDLE_S=120)
async def test_two_hundred_users_meet_two_hundred_times(connect_user: ConnectUser) -> None:
    chance = random.Random(20261121)
    people: list[Person] = []
    for first in range(0, PEOPLE, AT_ONCE):
        people += await asyncio.gather(*(connect_user(f"Person {n}") for n in range(first, first + AT_ONCE)))
    meetings = Meetings()
    async with asyncio.timeout(PATIENCE_S):
        await asyncio.gather(*(live(person, random.Random(chance.random()), meetings) for person in people))
    members: dict[str, set[str]] = defaultdict(set)
    for person in people:
        rooms = rooms_of(person)
        peers = [peer for _, peer in rooms]
        assert len(peers) == len(set(peers)), f"{person.name} met somebody twice"
        for room, _ in rooms:
            members[room].add(person.user_id)
        closed = [event["invite_id"] for event in person.received("invite.closed")]
        assert len(closed) == len(set(closed)), f"{person.name} was told twice how an invite ended"
    assert all(len(users) == 2 for users in members.values() if len(users) > 1)
