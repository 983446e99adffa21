"""The lines of the drill `messages` hold on an honest record, and fail on a doctored one."""

import random
from collections.abc import Callable
from typing import Any

import pytest

from server.db.channels.drill_audit import ChannelBooks, StoredSend
from server.drill.clients.client_log import LogEntry
from server.drill.clients.scripted_client import ScriptedClient
from server.drill.drills.messages import in_the_database, in_the_streams
from server.drill.traffic.conversations import AcknowledgedChannelMessage, Conversations

SENT = [("ada", "1"), ("bob", "2"), ("ada", "3"), ("ada", "4")]


class Record:
    """Two users of a channel, who were told everything."""

    def __init__(self) -> None:
        self.talk = Conversations(None)  # type: ignore[arg-type]
        self.talk.people = [ScriptedClient((), "", name, name, random.Random(0)) for name in ("ada", "bob")]
        self.messages = [StoredSend("c", n, sender, client_id) for n, (sender, client_id) in enumerate(SENT, 1)]
        self.talk.acknowledged = [AcknowledgedChannelMessage("c", one[0], one[1], n) for n, one in enumerate(SENT, 1)]
        self.end, self.marks = 4, {("c", "ada"): (4, 3)}
        for person in self.talk.people:
            self.hear(person, {"type": "welcome", "people_resumed": False})
            for one in self.messages:
                if one.sender != person.user_id:
                    self.hear(person, {"type": "channel.message", "message": {"channel_id": "c", "n": one.n}})

    def hear(self, person: ScriptedClient, frame: dict[str, Any]) -> None:
        person.log.entries.append(LogEntry(0.0, "heard", 1, frame))

    def broken(self) -> list[str]:
        books = ChannelBooks(messages=self.messages, ends={"c": self.end}, marks=self.marks)
        lines = [*in_the_database(self.talk, books), in_the_streams(self.talk, books)]
        return [line.name for line in lines if not line.holds]


def renumber(record: Record) -> None:
    record.messages[2] = StoredSend("c", 3, "ada", "other")


def store_twice(record: Record) -> None:
    record.messages.append(StoredSend("c", 5, "bob", "2"))
    record.end = 5


def leave_a_hole(record: Record) -> None:
    record.end = 5


def swap(record: Record) -> None:
    record.messages[2:] = [StoredSend("c", 3, "ada", "4"), StoredSend("c", 4, "ada", "3")]
    record.talk.acknowledged[2:] = [
        AcknowledgedChannelMessage("c", "ada", "4", 3),
        AcknowledgedChannelMessage("c", "ada", "3", 4),
    ]


def raise_a_mark(record: Record) -> None:
    record.marks["c", "ada"] = (5, 3)


def lower_a_mark(record: Record) -> None:
    record.talk.fallen.append("from 3 to 2")


def tell_twice(record: Record) -> None:
    record.hear(record.talk.people[1], {"type": "channel.message", "message": {"channel_id": "c", "n": 4}})


def withhold(record: Record) -> None:
    del record.talk.people[1].log.entries[2]


@pytest.mark.parametrize(
    ("forge", "name"),
    [
        (renumber, "acknowledged messages lost or renumbered"),
        (store_twice, "messages stored twice"),
        (leave_a_hole, "channels whose numbers have a hole"),
        (swap, "messages of one writer out of order"),
        (raise_a_mark, "marks that fell, or are above the end"),
        (lower_a_mark, "marks that fell, or are above the end"),
        (tell_twice, "messages lost, doubled or out of order in a stream"),
        (withhold, "messages lost, doubled or out of order in a stream"),
    ],
    ids=lambda value: getattr(value, "__name__", ""),
)
def test_forged_record_fails(forge: Callable[[Record], None], name: str) -> None:
    record = Record()
    assert record.broken() == []
    forge(record)
    assert name in record.broken()


def test_stream_is_judged_from_its_start_after_a_reset() -> None:
    record = Record()
    bob = record.talk.people[1]
    record.hear(bob, {"type": "people.reset"})
    record.hear(bob, {"type": "channel.message", "message": {"channel_id": "c", "n": 4}})
    assert record.broken() == []
