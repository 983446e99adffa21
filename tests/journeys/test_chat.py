"""Stories of text: sent once, stored, received, read."""

import asyncio

import pytest

from tests.support.client import Person, Refused, meet


async def test_message_is_acknowledged_and_delivered(ada: Person, bob: Person) -> None:
    room = (await meet(ada, bob))["room_id"]
    said = (await ada.ask("chat.send", room_id=room, client_id="c1", body="  hello  "))["message"]
    assert (said["body"], said["from"], said["client_id"], said["delivered_at"]) == ("hello", ada.user_id, "c1", None)
    assert (await bob.receive("chat.message"))["message"] == said


async def test_same_client_id_is_the_same_message(ada: Person, bob: Person) -> None:
    room = (await meet(ada, bob))["room_id"]
    answers = await asyncio.gather(
        *(ada.ask("chat.send", room_id=room, client_id="c1", body=f"hello {i}") for i in range(4))
    )
    assert len({answer["message"]["message_id"] for answer in answers}) == 1
    await bob.ask("chat.send", room_id=room, client_id="c1", body="mine")
    await ada.receive("chat.message")
    await bob.receive_all()
    assert len(bob.received("chat.message")) == 1


async def test_receipts_reach_the_sender(ada: Person, bob: Person) -> None:
    room = (await meet(ada, bob))["room_id"]
    said = [(await ada.ask("chat.send", room_id=room, client_id=str(i), body=str(i)))["message"] for i in range(3)]
    await bob.ask("chat.receipt", room_id=room, message_id=said[1]["message_id"], status="delivered")
    receipt = await ada.receive("chat.receipt", status="delivered")
    assert (receipt["by"], receipt["message_id"]) == (bob.user_id, said[1]["message_id"])
    await bob.ask("chat.receipt", room_id=room, message_id=said[2]["message_id"], status="read")
    await ada.receive("chat.receipt", status="read")
    messages = (await ada.ask("chat.history", room_id=room))["messages"]
    assert [bool(message["delivered_at"]) for message in messages] == [True, True, True]
    assert [bool(message["read_at"]) for message in messages] == [True, True, True]
    await bob.ask("chat.receipt", room_id=room, message_id=said[2]["message_id"], status="read")
    await ada.receive_all()
    assert len(ada.received("chat.receipt")) == 2


@pytest.mark.topology("one_node")
async def test_history_is_paged_backwards(ada: Person, bob: Person) -> None:
    room = (await meet(ada, bob))["room_id"]
    for i in range(7):
        await ada.ask("chat.send", room_id=room, client_id=str(i), body=str(i))
    last = (await bob.ask("chat.history", room_id=room, limit=3))["messages"]
    assert [message["body"] for message in last] == ["4", "5", "6"]
    before = (await bob.ask("chat.history", room_id=room, limit=3, before=last[0]["message_id"]))["messages"]
    assert [message["body"] for message in before] == ["1", "2", "3"]


@pytest.mark.topology("one_node")
async def test_typing_is_forwarded_and_not_stored(ada: Person, bob: Person) -> None:
    room = (await meet(ada, bob))["room_id"]
    await ada.send("chat.typing", room_id=room)
    assert (await bob.receive("chat.typing"))["from"] == ada.user_id
    assert (await bob.ask("chat.history", room_id=room))["messages"] == []


async def test_messages_for_an_absent_peer_arrive_once(ada: Person, bob: Person) -> None:
    room = (await meet(ada, bob))["room_id"]
    await bob.abort()
    await ada.receive("room.peer_away")
    for i in range(3):
        await ada.ask("chat.send", room_id=room, client_id=str(i), body=str(i))
    assert (await bob.connect(resume=True))["resumed"] is True
    assert [(await bob.receive("chat.message"))["message"]["body"] for _ in range(3)] == ["0", "1", "2"]
    await bob.receive_all()
    assert len(bob.received("chat.message")) == 3


@pytest.mark.topology("one_node")
@pytest.mark.settings(RONDO_RATE_LIMITS="on")
async def test_rate_limit_error_has_retry_after_and_loses_nothing(ada: Person, bob: Person) -> None:
    room = (await meet(ada, bob))["room_id"]
    answers = await asyncio.gather(
        *(ada.ask("chat.send", room_id=room, client_id=str(i), body=str(i)) for i in range(6)), return_exceptions=True
    )
    refused = [answer for answer in answers if isinstance(answer, Refused)]
    assert [answer.code for answer in refused] == ["rate_limited"]
    assert 0 < refused[0].frame["retry_after_ms"] <= 1_500
    again = await ada.ask("chat.send", room_id=room, client_id="0", body="0")
    assert again["message"]["body"] == "0", "a repeat is not charged"
    await bob.receive_all()
    assert [event["message"]["body"] for event in bob.received("chat.message")] == list("01234")


@pytest.mark.topology("one_node")
@pytest.mark.parametrize("body", ["", "   ", "x" * 501])
async def test_empty_or_oversized_message_names_its_field(ada: Person, bob: Person, body: str) -> None:
    room = (await meet(ada, bob))["room_id"]
    with pytest.raises(Refused) as refused:
        await ada.ask("chat.send", room_id=room, client_id="c", body=body)
    assert refused.value.code == "invalid"
    assert "body" in refused.value.frame["message"]
    await bob.receive_all()
    assert not bob.received("chat.message")
