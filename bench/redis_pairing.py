"""What a pairing costs inside Redis, however many wait, and what everybody who waits costs it in memory.

`python bench/redis_pairing.py [COUNT ...]` fills a Redis of its own with that many waiting people, each with twenty
others to avoid, lets people pair, and prints one table. The times are Redis' own (`INFO commandstats`).
"""

import asyncio
import random
import sys
import time
from collections.abc import Awaitable, Callable, Iterable
from pathlib import Path
from typing import Any

import uvloop
from msgspec.structs import replace

sys.path.insert(0, str(Path(__file__).parents[1]))

from matchmaker import invite as invites
from matchmaker.bus_redis import RedisBus
from matchmaker.change import Change
from matchmaker.engine_redis import RedisEngine
from matchmaker.ids import InviteId, UserId, new_id
from matchmaker.pipe_redis import Pipe
from matchmaker.profile import Profile
from matchmaker.rules import Rules
from matchmaker.seat import Seat
from matchmaker.ticket import Ticket, Wish
from tests.valkey import Valkey

COUNTS = (100, 10_000, 100_000)
AVOIDED = 20
PAIRS = 500
AT_ONCE = 200
TAGS = ("go", "jazz", "chess", "tea", "film", "hiking")
NOW = 1_800_000_000_000


class Crowd:
    """People who wait in the Redis of one engine."""

    def __init__(self, engine: RedisEngine) -> None:
        self.engine = engine
        self.draw = random.Random(1)
        self.now = NOW

    def seat(self) -> Seat:
        """Return somebody who joins now, with people whom they met yesterday."""
        self.now += 1
        user = UserId(new_id(self.now))
        gender = self.draw.choice(("female", "male", "nonbinary", "unspecified"))
        profile = Profile(user_id=user, display_name=f"Somebody {self.now % 1000}", gender=gender)
        wish = Wish(auto_accept=True, interests=(self.draw.choice(TAGS),))
        avoid = {UserId(new_id(self.now)): self.now + 86_400_000 for _ in range(AVOIDED)}
        ticket = Ticket(profile=profile, wish=wish, joined_at=self.now, avoid=avoid)
        return Seat(profile=profile, connected=True, node=self.engine.node, epoch=self.now, ticket=ticket)

    async def join(self, count: int) -> list[UserId]:
        """Let that many join; return who they are."""
        users: list[UserId] = []
        while len(users) < count:
            some = [self.seat() for _ in range(min(AT_ONCE, count - len(users)))]
            await asyncio.gather(*(self.engine.commit(Change(seats=(seat,))) for seat in some))
            users += [seat.user for seat in some]
        return users

    async def pair(self, user: UserId) -> None:
        """Bring *user* together with whoever waits longest."""
        mine = await self.engine.seat(user)
        if mine is None or mine.ticket is None or not mine.is_waiting:
            return
        heads = await self.engine.heads(mine.ticket, now=self.now)
        if heads.new is None:
            return
        theirs = heads.seats[heads.new.user]
        invite = invites.match(InviteId(new_id(self.now)), heads.new, mine.ticket, now=self.now, rules=Rules())
        seats = tuple(replace(seat, invite=invite.invite_id) for seat in (mine, theirs))
        await self.engine.commit(Change(seats=seats, invites=(invite,)))


async def measure(count: int) -> dict[str, Any]:
    """Return the figures with *count* people waiting."""
    server = Valkey().start()
    pipe = Pipe(server.url)
    engine = RedisEngine(pipe, RedisBus(pipe, "bench"), lambda _: None)
    await pipe.open()
    await engine.begin()
    engine.trust()
    try:
        crowd = Crowd(engine)
        empty = await info(pipe, "memory", "used_memory")
        await crowd.join(count)
        full = await info(pipe, "memory", "used_memory")
        figures: dict[str, Any] = {"waiting": count, "bytes": (full - empty) / count}
        newcomers: list[UserId] = []

        async def join() -> None:
            newcomers.extend(await crowd.join(PAIRS))

        async def look() -> None:
            for user in newcomers:
                seat = await engine.seat(user)
                assert seat is not None
                assert seat.ticket is not None
                await engine.heads(seat.ticket, now=crowd.now)

        async def pair() -> None:
            for user in newcomers:
                await crowd.pair(user)

        for name, work in (("join", join), ("look", look), ("pair", pair)):
            figures[name] = await inside(pipe, work)
        began = time.perf_counter()
        for user in await crowd.join(50):
            await crowd.pair(user)
        figures["whole"] = (time.perf_counter() - began) / 50 * 1e6
    finally:
        await pipe.close()
        server.stop()
    return figures


async def inside(pipe: Pipe, work: Callable[[], Awaitable[None]]) -> float:
    """Return the microseconds that Redis spends on one script while *work* is done."""
    await pipe.call("CONFIG", "RESETSTAT")
    await work()
    stats = await lines(pipe, "commandstats")
    calls = usec = 0
    for name in ("evalsha", "eval"):
        found = dict(part.split("=") for part in stats.get(f"cmdstat_{name}", "calls=0,usec=0").split(","))
        calls, usec = calls + int(found["calls"]), usec + int(found["usec"])
    return usec / calls


async def info(pipe: Pipe, section: str, name: str) -> int:
    """Return one figure of Redis."""
    return int((await lines(pipe, section))[name])


async def lines(pipe: Pipe, section: str) -> dict[str, str]:
    """Return what Redis says of itself."""
    text = (await pipe.call("INFO", section)).decode()
    return dict(line.split(":", 1) for line in text.splitlines() if ":" in line)


def main(counts: Iterable[int]) -> None:
    """Print the table."""
    print(f"{'waiting':>9} {'join µs':>9} {'look µs':>9} {'pair µs':>9} {'join+pair, node µs':>19} {'bytes each':>11}")
    for count in counts:
        f = uvloop.run(measure(count))
        print(
            f"{f['waiting']:>9,} {f['join']:>9.0f} {f['look']:>9.0f} {f['pair']:>9.0f} {f['whole']:>19.0f} "
            f"{f['bytes']:>11.0f}",
            flush=True,
        )


if __name__ == "__main__":
    main([int(word) for word in sys.argv[1:]] or COUNTS)
