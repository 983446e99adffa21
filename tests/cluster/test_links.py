"""The numbering of messages between two nodes."""

from hypothesis import given
from hypothesis import strategies as st

from server.cluster.wire.links import MessageBatch, Numbering


def test_repeated_batch_is_dropped() -> None:
    one, two = Numbering("one"), Numbering("two")
    batch = one.pack("two", [b"a", b"b"])
    assert two.accept(batch).messages == [b"a", b"b"]
    assert two.accept(batch).messages == []


def test_gap_resets_both_ends_and_no_old_message_follows() -> None:
    one, two = Numbering("one"), Numbering("two")
    two.accept(one.pack("two", [b"a"]))
    lost, late = one.pack("two", [b"b"]), one.pack("two", [b"c"])
    found = two.accept(late)
    assert found.was_reset
    assert found.messages == []
    assert found.is_behind
    assert one.accept(two.pack("one", [])).was_reset
    assert two.accept(lost).messages == []
    after = two.accept(one.pack("two", [b"d"]))
    assert after.messages == [b"d"]
    assert not after.was_reset


def test_probe_shows_a_lost_end() -> None:
    one, two = Numbering("one"), Numbering("two")
    two.accept(one.pack("two", [b"a"]))
    one.pack("two", [b"lost"])
    assert two.accept(one.pack("two", [])).was_reset


def test_probe_without_a_loss_changes_nothing() -> None:
    one, two = Numbering("one"), Numbering("two")
    two.accept(one.pack("two", [b"a"]))
    assert not two.accept(one.pack("two", [])).was_reset
    assert two.accept(one.pack("two", [b"b"])).messages == [b"b"]


def test_new_generation_of_the_sender_resets_the_receiver() -> None:
    one, two = Numbering("one"), Numbering("two")
    two.accept(one.pack("two", [b"a"]))
    one.restart("two")
    found = two.accept(one.pack("two", [b"b"]))
    assert found.was_reset
    assert found.messages == [b"b"]


def test_nothing_arrives_that_the_other_end_had_sent_before_this_one_began_anew() -> None:
    one, two = Numbering("one"), Numbering("two")
    two.accept(one.pack("two", [b"a"]))
    late = two.pack("one", [b"b"])
    one.restart("two")
    found = one.accept(late)
    assert found.messages == []
    assert found.is_behind
    assert two.accept(one.pack("two", [])).was_reset
    assert one.accept(two.pack("one", [b"c"])).messages == [b"c"]


class Wire:
    """Two ends, and batches between them that may be lost, repeated or late."""

    def __init__(self) -> None:
        self.one, self.two = Numbering("one"), Numbering("two")
        self.there: list[MessageBatch] = []
        self.back: list[MessageBatch] = []
        self.sent = self.heard = 0
        self.is_reset = False
        """Whether a reset was reported since the last message: following messages may skip numbers."""

    def send(self) -> None:
        self.sent += 1
        self.there.append(self.one.pack("two", [b"%d" % self.sent]))

    def probe(self) -> None:
        self.there.append(self.one.pack("two", []))

    def restart(self) -> None:
        self.one.restart("two")

    def lose(self) -> None:
        if self.there:
            self.there.pop(len(self.there) // 2)

    def take(self, *, again: bool = False) -> None:
        if not self.there:
            return
        found = self.two.accept(self.there[0] if again else self.there.pop(0))
        numbers = [int(message) for message in found.messages]
        self.is_reset |= found.was_reset
        if numbers:
            assert numbers[0] > self.heard
            assert numbers[0] == self.heard + 1 or self.is_reset or not self.heard
            assert numbers == list(range(numbers[0], numbers[-1] + 1))
            self.heard, self.is_reset = numbers[-1], False
        if found.is_behind:
            self.back.append(self.two.pack("one", []))

    def repeat(self) -> None:
        self.take(again=True)

    def answer(self) -> None:
        if self.back:
            self.one.accept(self.back.pop(0))


@given(st.lists(st.sampled_from(["send", "take", "repeat", "lose", "answer", "probe", "restart"])))
def test_nothing_is_missing_or_repeated_between_resets(steps: list[str]) -> None:
    wire = Wire()
    for step in steps:
        getattr(wire, step)()
