"""Users of two nodes ask each other to be friends while their room ends, some of them as guests."""

import asyncio
from collections import Counter
from collections.abc import Iterator, Sequence

from matchmaker.domain.ids import UserId, pair_of
from server.db.people.drill_audit import FriendBooks, make_permanent, read_friend_books
from server.drill.checks.hidden_requests import compare_times
from server.drill.clients.client_pool import Pair, each, meet, until_all
from server.drill.clients.outcomes import FrameRefused, Interrupted
from server.drill.clients.scripted_client import ScriptedClient
from server.drill.drill_context import Drill, DrillContext
from server.drill.judgement.verdict import VerdictLine, all_of, exactly, none_of

LIVE_S = 5.5
"""Rooms that were live for less leave no trace that tells a user who has lost the connection why they ended."""
AT_ONCE = 2
"""Pairs that ask at the same time. With more, the asks of a pair wait in one line for a connection, and do not meet."""
WITHIN_S = 0.003
"""The asks of a pair, and the end of its room, are at random instants within this time."""
AGAIN_S = 0.05
BACK_S = 120.0
"""How long a user who has lost the connection may need to come back, on a busy machine."""
REPEATED = 0.25
"""The share of the pairs whose users ask twice; once is what shows that of two asks none is lost."""
GUESTS = 4
"""In every so-manieth pair one user is a guest, and gets an account afterwards."""


async def run(context: DrillContext) -> None:
    """Let both users of each pair ask at the same time; then let guests get accounts while they are asked again."""
    assert context.dsn is not None
    people = await context.clients.sign_up(2 * context.options.rooms)
    pairs = list(zip(people[::2], people[1::2], strict=True))
    guests = [pair[n % 2] for n, pair in enumerate(pairs[::GUESTS])]
    missing = {guest.user_id for guest in guests}
    await make_permanent(context.dsn, [UserId(one.user_id) for one in people if one.user_id not in missing])
    for person in people:
        person.features = ("friends",)
    await context.clients.connect_at(people, lambda n: n)
    await each(pairs, lambda pair: meet(*pair, "text"))
    context.clients.pairs += pairs

    if not context.options.brief:
        await asyncio.sleep(LIVE_S)
    refused: list[str] = []
    context.mark("all pairs ask each other while their rooms end")
    await each(pairs, lambda pair: _race(context, pair, refused), at_once=AT_ONCE)
    await until_all(people, lambda person: person.room is None)
    context.mark("guests get accounts")
    asked = dict(pairs) | {other: one for one, other in pairs}
    await each(guests, lambda guest: _upgrade(context, guest, asked[guest], refused))
    told = await until_all(people, lambda person: bool(person.log.heard("friend.added")) or _was_reset(person))
    context.require(
        all_of("people who got an event about their friend, or a reset", told, len(people)),
        none_of("asks refused without need", refused, looked_at=len(people)),
        *judge(pairs, await read_friend_books(context.dsn)),
    )
    context.mark("likes and declines are timed")
    fours = [people[n : n + 4] for n in range(0, len(people) - 3, 4)]
    context.require(*await compare_times(context, [(a, c) for a, _, c, _ in fours], [(b, d) for _, b, _, d in fours]))


async def _race(context: DrillContext, pair: Pair, refused: list[str]) -> None:
    one, other = pair
    room_id = None if one.room is None else one.room["room_id"]

    async def leave() -> None:
        await asyncio.sleep(context.rng.uniform(0, WITHIN_S))
        context.rng.choice(pair).tell("room.leave", room_id=room_id)

    times = 1 + (context.rng.random() < REPEATED)
    await asyncio.gather(
        leave(), *(_ask(context, user, friend, refused) for user, friend in times * [(one, other), (other, one)])
    )


async def _ask(context: DrillContext, user: ScriptedClient, friend: ScriptedClient, refused: list[str]) -> None:
    """Ask until there is an answer, as a page does: asking again has no effect."""
    quiet = context.rng.random() < 0.5
    await asyncio.sleep(context.rng.uniform(0, WITHIN_S))
    while True:
        await user.until(lambda: user.is_here, patience_s=BACK_S)
        try:
            await user.ask("friend.ask", user_id=friend.user_id, quiet=quiet)
        except Interrupted:
            context.tally("asks without an answer", context.counts.get("asks without an answer", 0) + 1)
            continue
        except FrameRefused as refusal:
            if refusal.code == "unavailable":
                await asyncio.sleep(AGAIN_S)
                continue
            refused.append(f"{user.log.name}: {refusal}")
        return


async def _upgrade(context: DrillContext, guest: ScriptedClient, friend: ScriptedClient, refused: list[str]) -> None:
    account = {"email": f"{guest.user_id}@drill.example", "password": "correct horse"}
    (status, answer), *_ = await asyncio.gather(
        context.clients.call("POST", "/v1/auth/upgrade", account, token=guest.token),
        _ask(context, friend, guest, refused),
    )
    if status != 200:
        refused.append(f"{guest.log.name}: {status} {answer}")


def _was_reset(user: ScriptedClient) -> bool:
    """Return whether the stream of *user* was reset, so that they read the list of friends again."""
    later = user.log.heard("welcome")[1:]
    return bool(user.log.heard("people.reset")) or any(not one.frame.get("people_resumed") for one in later)


def judge(pairs: Sequence[Pair], books: FriendBooks) -> Iterator[VerdictLine]:
    """Judge what is stored, and what each user was told."""
    expected = {pair_of(UserId(one.user_id), UserId(other.user_id)) for one, other in pairs}
    made = len(expected & books.friendships)
    yield all_of("pairs with a friendship", made, len(pairs))
    yield exactly("other friendships", len(books.friendships) - made, 0)
    yield exactly("requests that are left", books.requests, 0)
    yield exactly("deadlocks", books.deadlocks, 0)
    wrong = []
    for pair in pairs:
        for user, friend in (pair, pair[::-1]):
            told = [entry.frame["friend"]["user_id"] for entry in user.log.heard("friend.added")]
            if told != [friend.user_id] and not (told == [] and _was_reset(user)):
                wrong.append(f"{user.log.name} was told of {told}")
    yield none_of("people who were not told exactly once", wrong, looked_at=2 * len(pairs))
    notified = Counter(pair_of(UserId(user), UserId(friend)) for user, friend in books.notified)
    yield all_of("pairs of whom one was notified", sum(notified[pair] == 1 for pair in expected), len(pairs))


DRILL = Drill(
    name="asks",
    summary="users of two nodes ask each other to be friends while their rooms end, some as guests",
    run=run,
    rooms=1_000,
    brief_rooms=24,
    nodes=2,
    remote=False,
)
