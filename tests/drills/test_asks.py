"""The lines of the drill `asks` hold on an honest record, and fail on a forged one."""

import random
from collections.abc import Callable

import pytest

from server.db.people.drill_audit import FriendBooks
from server.drill.clients.client_log import LogEntry
from server.drill.clients.scripted_client import ScriptedClient
from server.drill.drills.asks import judge


class Record:
    """Two pairs who became friends."""

    def __init__(self) -> None:
        ada, bob, cat, dan = [ScriptedClient((), "", name, name, random.Random(0)) for name in ("a", "b", "c", "d")]
        self.pairs = [(ada, bob), (cat, dan)]
        self.books = FriendBooks(
            friendships={("a", "b"), ("c", "d")}, requests=0, notified=[("a", "b"), ("d", "c")], deadlocks=0
        )
        for one, other in self.pairs:
            self.hear(one, other)
            self.hear(other, one)

    def hear(self, user: ScriptedClient, friend: ScriptedClient) -> None:
        frame = {"type": "friend.added", "friend": {"user_id": friend.user_id}}
        user.log.entries.append(LogEntry(0.0, "heard", 1, frame))

    def forge(self, **fields: object) -> None:
        known = {name: getattr(self.books, name) for name in FriendBooks.__struct_fields__}
        self.books = FriendBooks(**(known | fields))  # type: ignore[arg-type]

    def broken(self) -> list[str]:
        return [line.name for line in judge(self.pairs, self.books) if not line.holds]


@pytest.mark.parametrize(
    ("forge", "name"),
    [
        (lambda record: record.forge(friendships={("a", "b")}), "pairs with a friendship"),
        (lambda record: record.forge(friendships={("a", "b"), ("c", "d"), ("a", "c")}), "other friendships"),
        (lambda record: record.forge(requests=1), "requests that are left"),
        (lambda record: record.forge(deadlocks=1), "deadlocks"),
        (lambda record: record.hear(*record.pairs[0]), "people who were not told exactly once"),
        (lambda record: record.pairs[0][0].log.entries.clear(), "people who were not told exactly once"),
        (lambda record: record.forge(notified=[("a", "b")]), "pairs of whom one was notified"),
        (
            lambda record: record.forge(notified=[("a", "b"), ("b", "a"), ("d", "c")]),
            "pairs of whom one was notified",
        ),
    ],
    ids=["missing", "extra", "request", "deadlock", "told-twice", "not-told", "not-notified", "both-notified"],
)
def test_forged_record_fails(forge: Callable[[Record], object], name: str) -> None:
    record = Record()
    assert record.broken() == []
    forge(record)
    assert record.broken() == [name]


def test_user_whose_stream_was_reset_reads_the_list_instead() -> None:
    record = Record()
    entries = record.pairs[0][0].log.entries
    entries.clear()
    for resumed in (False, True, False):
        entries.append(LogEntry(0.0, "heard", 1, {"type": "welcome", "people_resumed": resumed}))
        assert bool(record.broken()) == (len(entries) < 3)
