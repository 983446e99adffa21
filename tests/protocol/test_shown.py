"""What somebody has been shown is not shown again, whichever node tells it once more."""

from msgspec.structs import replace

from matchmaker.ids import MessageId, RoomId, UserId
from matchmaker.ledger import MESSAGES_IN_STATE
from matchmaker.message import Message
from matchmaker.news import ChatSaid, QueueUpdate
from matchmaker.seat import Seat
from matchmaker.standing import Standing
from signaling.shown import SHOWN_MAX, Shown
from tests.rules.cast import ADA, BOB, profile


def said(number: int) -> Message:
    return Message(
        message_id=MessageId(f"m{number}"),
        room_id=RoomId("room"),
        sender=UserId(BOB),
        body="",
        sent_at=1_000 + number,
        client_id=str(number),
    )


def news(number: int) -> ChatSaid:
    return ChatSaid(to=ADA, message=said(number))


def welcomed(*numbers: int) -> Shown:
    return Shown(Standing(seat=Seat(profile=profile(ADA)), messages=tuple(map(said, numbers))))


def test_what_the_welcome_shows_is_not_told() -> None:
    shown = welcomed(4, 5)
    assert shown.has(news(4))
    assert not shown.has(news(6))
    assert shown.has(news(6)), "the second time"
    assert not shown.has(news(3)), "while the state has room for all, what is not in it is new"


def test_what_is_older_than_a_full_state_is_history() -> None:
    shown = welcomed(*range(10, 10 + MESSAGES_IN_STATE))
    assert shown.has(news(9))
    late = replace(said(20), message_id=MessageId("another of the same instant"))
    assert not shown.has(ChatSaid(to=ADA, message=late))


def test_other_news_are_always_told_and_the_memory_is_bounded() -> None:
    shown = welcomed()
    update = QueueUpdate(to=ADA, queued=True, reason="requeued")
    assert [shown.has(update), shown.has(update)] == [False, False]
    for number in range(SHOWN_MAX + 1):
        assert not shown.has(news(number))
    assert not shown.has(news(0)), "forgotten"
