"""Nodes, links, Redis and the database fail under conversations, and accounts are deleted.

No acknowledged message is lost, doubled or out of order, and friends are seen as they are.
"""

import asyncio
import os
import signal
from collections import defaultdict
from collections.abc import Iterator
from functools import partial
from itertools import pairwise

from server.config.errors import StartupError
from server.db.channels.drill_audit import ChannelBooks, read_books
from server.drill.checks.presence_check import PresenceCheck
from server.drill.clients.client_pool import each
from server.drill.drill_context import Drill, DrillContext, node_name
from server.drill.judgement.verdict import VerdictLine, all_of, exactly, none_of
from server.drill.traffic.conversations import Conversations, streams
from server.drill.traffic.leavers import Leavers

TIMES, BRIEF_TIMES = 5, 1
BETWEEN_S, BRIEF_BETWEEN_S = 3.0, 1.0
"""How long users write between two faults."""
RESET_S = 0.6
"""How long a node reads nothing before its links are reset: shorter than Redis may take to answer."""
LOOK_S = 0.05
REPEATED = 20
"""Acknowledged messages that are sent once more at the end."""


async def run(context: DrillContext) -> None:
    """Break nodes, links, Redis and the database, and delete accounts, while all users write; then check."""
    talk, leavers = Conversations(context), Leavers(context)
    await talk.open(context.options.rooms)
    times = context.options.again or (BRIEF_TIMES if context.options.brief else TIMES)
    between_s = BRIEF_BETWEEN_S if context.options.brief else BETWEEN_S
    await leavers.open([talk.people[n % len(talk.people)] for n in range(times)])
    presence = PresenceCheck(context, talk.friends)
    faults = SINGLE if context.options.nodes == 1 else (*SEVERAL, *SINGLE)
    async with talk.writing():
        for lap in range(times):
            context.count("lap", lap + 1, times)
            for fault in (*faults, partial(_delete_account, leavers)):
                await asyncio.sleep(between_s)
                await fault(context)
                await context.clients.all_here()
                await presence.wait(talk.people, context.marks[-1].text)
            await _leave_for_a_while(context, talk, presence)
        await asyncio.sleep(between_s)
    await _repeat(context, talk)
    assert context.dsn is not None
    books = await read_books(context.dsn)
    context.tally("messages acknowledged", len(talk.acknowledged))
    context.tally("resets of a stream", sum(len(one.log.heard("people.reset")) for one in talk.people))
    context.require(*in_the_database(talk, books), in_the_streams(talk, books), await _readable(talk, books))
    context.require(none_of("messages refused without need", talk.refused, looked_at=len(talk.acknowledged)))
    context.require(presence.line(), *await leavers.judge())


async def _flush(context: DrillContext) -> None:
    context.mark("Redis forgets everything")
    await context.fleet.redis.flush()


async def _reset_link(context: DrillContext) -> None:
    """Lose what one node was sent and has not read."""
    place = context.rng.randrange(len(context.nodes))
    context.mark(f"the links to {node_name(place)} are reset")
    around = context.fleet.around[place]
    around.redis.swallow()
    await asyncio.sleep(RESET_S)
    await context.fleet.redis.drop_streams()
    around.redis.mend()


async def _delete_account(leavers: Leavers, context: DrillContext) -> None:
    place = context.rng.randrange(len(context.nodes))
    await leavers.delete_one(lambda: context.restart(place=place))


async def _leave_for_a_while(context: DrillContext, talk: Conversations, presence: PresenceCheck) -> None:
    """Let one user be away until the friends see it, and come back."""
    person = context.rng.choice(talk.people)
    context.mark(f"{person.log.name} goes away")
    person.returns = False
    person.drop()
    await presence.wait(talk.friends[person.user_id], "a friend went away")
    person.returns = True
    person.come_back()
    await context.clients.all_here()
    await presence.wait(talk.people, "a friend came back")


async def _kill_node(context: DrillContext) -> None:
    place = context.rng.randrange(len(context.nodes))
    await context.restart(place=place, while_down=lambda: asyncio.sleep(context.rng.uniform(0.5, 4.0)))


async def _kill_all(context: DrillContext) -> None:
    await context.restart()


async def _kill_database(context: DrillContext) -> None:
    postgres = context.postgres
    assert postgres is not None
    assert postgres.pid is not None
    context.mark("the database is killed")
    os.kill(postgres.pid, signal.SIGKILL)
    await asyncio.sleep(0.3)
    while True:  # it is started as often as it takes to find its old processes gone
        try:
            await postgres.start()
            break
        except StartupError:
            await asyncio.sleep(LOOK_S)
    context.mark("the database is back")
    for node in context.nodes:
        while not await context.clients.is_ready(node.base):  # noqa: ASYNC110 - asked from the outside
            await asyncio.sleep(LOOK_S)


SEVERAL = (_flush, _reset_link, _kill_node)
"""What can happen to several nodes."""
SINGLE = (_kill_database, _kill_all)


async def _repeat(context: DrillContext, talk: Conversations) -> None:
    """Send some acknowledged messages once more: each must have the number that it had."""
    people = {person.user_id: person for person in talk.people}
    sends = context.rng.sample(talk.acknowledged, min(REPEATED, len(talk.acknowledged)))
    again = await each(sends, lambda one: talk.send(people[one.sender], one.channel_id, one.client_id))
    same = sum(one.n == n for one, n in zip(sends, again, strict=True))
    context.require(all_of("messages sent again that have the number they had", same, len(sends)))


def in_the_database(talk: Conversations, books: ChannelBooks) -> Iterator[VerdictLine]:
    """Judge what is stored: each acknowledged message once, numbered without a hole, marks at or below the end."""
    stored = {(one.channel_id, one.sender, one.client_id): one.n for one in books.messages if one.sender is not None}
    wrong = [
        f"{one.client_id} was acknowledged as {one.n}, and is {stored.get(one[:3])}"
        for one in talk.acknowledged
        if stored.get(one[:3]) != one.n
    ]
    yield none_of("acknowledged messages lost or renumbered", wrong, looked_at=len(talk.acknowledged))
    texts = sum(one.sender is not None for one in books.messages)
    yield exactly("messages stored twice", texts - len(stored), 0)
    numbers: dict[str, list[int]] = defaultdict(list)
    last: dict[tuple[str, str], str] = {}
    disorder = []
    for one in books.messages:
        numbers[one.channel_id].append(one.n)
        if one.sender is not None and one.client_id is not None:
            key = one.channel_id, one.sender
            if one.client_id < last.get(key, ""):
                disorder.append(f"{one.client_id} after {last[key]} in {one.channel_id}")
            last[key] = one.client_id
    holes = [name for name, end in books.ends.items() if numbers[name] != list(range(1, end + 1))]
    yield none_of("channels whose numbers have a hole", holes, looked_at=len(books.ends))
    yield none_of("messages of one writer out of order", disorder, looked_at=texts)
    above = [f"{key}: {mark}" for key, mark in books.marks.items() if not mark[1] <= mark[0] <= books.ends[key[0]]]
    yield none_of("marks that fell, or are above the end", talk.fallen + above, looked_at=len(books.marks))


def in_the_streams(talk: Conversations, books: ChannelBooks) -> VerdictLine:
    """Judge what each user was told between two resets: each message of others once, rising, with none left out."""
    by_channel: dict[str, list[tuple[int, str | None]]] = defaultdict(list)
    for one in books.messages:
        by_channel[one.channel_id].append((one.n, one.sender))
    wrong, count = [], 0
    for person in talk.people:
        for told in streams(person.log):
            for channel_id, numbers in told.items():
                count += len(numbers)
                wrong += [
                    f"{person.log.name} was told {after} after {before} in {channel_id}"
                    for before, after in pairwise(numbers)
                    if after <= before
                ]
                inside = {
                    n
                    for n, sender in by_channel[channel_id]
                    if numbers[0] < n < numbers[-1] and sender != person.user_id
                }
                if missing := inside - set(numbers):
                    wrong.append(f"{person.log.name} was not told {sorted(missing)} in {channel_id}")
    return none_of("messages lost, doubled or out of order in a stream", wrong, looked_at=count)


async def _readable(talk: Conversations, books: ChannelBooks) -> VerdictLine:
    """Let every member read all messages from outside."""
    reads = [(person, channel_id) for channel_id, members in talk.members.items() for person in members]
    found = await each(reads, lambda one: talk.read(*one))
    whole = sum(
        numbers == list(range(1, books.ends[channel_id] + 1))
        for (_, channel_id), numbers in zip(reads, found, strict=True)
    )
    return all_of("members who can read every message of a channel", whole, len(reads))


DRILL = Drill(
    name="messages",
    summary="nodes, links, Redis and the database fail under conversations; every message and presence is judged",
    run=run,
    rooms=50,
    brief_rooms=6,
    can_part=True,
    settings={"RONDO_MARKS_S": "0.2", "RONDO_PRESENCE_HOLD_S": "3"},
    remote=False,
)
