"""Stories of invites: each ends once, with one outcome, told to both."""

import asyncio

import pytest

from tests.journeys.conftest import ConnectUser
from tests.support.client import Person, Refused


async def waiting(person: Person, mode: str = "text") -> None:
    await person.ask("queue.join", mode=mode, pairing="manual")


async def invited(ada: Person, bob: Person, **fields: object) -> str:
    """Let Ada invite Bob, who waits; return the invite's id."""
    await waiting(bob)
    invite = (await ada.ask("invite.send", user_id=bob.user_id, mode="text", **fields))["invite"]
    heard = (await bob.receive("invite.received"))["invite"]
    assert heard["invite_id"] == invite["invite_id"]
    assert (invite["role"], heard["role"]) == ("inviter", "invitee")
    return str(invite["invite_id"])


async def refusal(person: Person, kind: str, **fields: object) -> str:
    with pytest.raises(Refused) as refused:
        await person.ask(kind, **fields)
    return str(refused.value.code)


async def test_accepted_invite_opens_a_room(ada: Person, bob: Person) -> None:
    key = await invited(ada, bob)
    await bob.ask("invite.accept", invite_id=key)
    for person in (ada, bob):
        await person.receive("invite.closed", outcome="accepted")
        room = (await person.receive("room.started"))["room"]
        assert room["role"] == ("offerer" if person is ada else "answerer")


@pytest.mark.topology("one_node")
async def test_call_length_is_the_mean(ada: Person, bob: Person) -> None:
    await bob.ask("queue.join", mode="video", pairing="manual")
    invite = (await ada.ask("invite.send", user_id=bob.user_id, mode="video", duration_s=61))["invite"]
    assert invite["duration_s"] == 61
    await bob.ask("invite.accept", invite_id=invite["invite_id"], duration_s=100)
    room = (await ada.receive("room.started"))["room"]
    await ada.ask("room.ready", room_id=room["room_id"])
    await bob.ask("room.ready", room_id=room["room_id"])
    live = await ada.receive("room.live")
    assert live["ends_at"] - live["live_at"] == 80_000


async def test_decline_sets_a_cooldown_and_keeps_the_place(ada: Person, bob: Person) -> None:
    key = await invited(ada, bob)
    await bob.ask("invite.decline", invite_id=key)
    for person in (ada, bob):
        closed = await person.receive("invite.closed", outcome="declined", by=bob.user_id)
        assert closed["cooldown_until_at"] is not None
    await bob.receive("queue.update", queued=True, reason="requeued")
    assert await refusal(ada, "invite.send", user_id=bob.user_id, mode="text") == "cooldown_active"
    assert await refusal(bob, "invite.accept", invite_id=key) == "invite_gone"


async def test_declined_match_returns_both_to_their_places(ada: Person, bob: Person) -> None:
    joined = (await ada.ask("queue.join", mode="text"))["queue"]
    await bob.ask("queue.join", mode="text")
    key = (await ada.receive("invite.received"))["invite"]["invite_id"]
    await ada.ask("invite.decline", invite_id=key)
    for person in (ada, bob):
        await person.receive("invite.closed", outcome="declined")
        await person.receive("queue.update", queued=True)
    welcome = await ada.connect()
    assert welcome["state"]["queue"] == joined
    assert len(ada.received("invite.received")) == 1


async def test_cancel_sets_one_hour(ada: Person, bob: Person) -> None:
    key = await invited(ada, bob)
    await ada.ask("invite.cancel", invite_id=key)
    closed = await bob.receive("invite.closed", outcome="cancelled", by=ada.user_id)
    pong = await bob.ask("ping")
    assert abs(closed["cooldown_until_at"] - pong["server_at"] - 3_600_000) < 5_000
    await bob.receive("queue.update", queued=True)
    assert await refusal(bob, "invite.accept", invite_id=key) == "invite_gone"


async def test_unanswered_invite_expires_for_both(ada: Person, bob: Person) -> None:
    await ada.ask("queue.join", mode="text")
    await bob.ask("queue.join", mode="text")
    key = (await ada.receive("invite.received"))["invite"]["invite_id"]
    await ada.ask("invite.accept", invite_id=key)
    for person in (ada, bob):
        closed = await person.receive("invite.closed", outcome="expired")
        assert closed["cooldown_until_at"] is None
    await ada.receive("queue.update", queued=True)
    await bob.receive("queue.update", queued=False, reason="no_answer")
    await bob.ask("queue.join", mode="text")
    for _ in range(2):
        assert (await bob.receive("invite.received"))["invite"]["kind"] == "match"
    again = [event["invite"]["peer"]["user_id"] for event in bob.received("invite.received")]
    assert again == [ada.user_id, ada.user_id], "they may be offered to each other again when nobody new waits"


async def test_mutual_invites_open_one_room(ada: Person, bob: Person) -> None:
    await waiting(ada)
    await waiting(bob)
    await asyncio.gather(
        ada.ask("invite.send", user_id=bob.user_id, mode="text"),
        bob.ask("invite.send", user_id=ada.user_id, mode="text"),
    )
    rooms = {(await person.receive("room.started"))["room"]["room_id"] for person in (ada, bob)}
    assert len(rooms) == 1


@pytest.mark.topology("one_node")
async def test_repeated_invite_is_one_invite(ada: Person, bob: Person) -> None:
    await invited(ada, bob)
    assert await refusal(ada, "invite.send", user_id=bob.user_id, mode="text") == "wrong_phase"
    await bob.receive_all()
    assert len(bob.received("invite.received")) == 1


async def test_only_the_invitee_can_accept(ada: Person, bob: Person, cleo: Person) -> None:
    key = await invited(ada, bob)
    assert await refusal(cleo, "invite.accept", invite_id=key) == "invite_gone"
    assert await refusal(ada, "invite.accept", invite_id=key) == "forbidden"
    assert await refusal(cleo, "invite.cancel", invite_id=key) == "invite_gone"
    assert await refusal(bob, "invite.cancel", invite_id=key) == "forbidden"


async def test_repeated_accept_opens_one_room(ada: Person, bob: Person) -> None:
    key = await invited(ada, bob)
    answers = await asyncio.gather(
        bob.ask("invite.accept", invite_id=key), bob.ask("invite.accept", invite_id=key), return_exceptions=True
    )
    assert [isinstance(answer, Refused) for answer in answers] == [False, True]
    await ada.receive("room.started")
    await ada.receive_all()
    assert len(ada.received("room.started")) == 1


async def test_concurrent_decline_and_cancel_have_one_outcome(ada: Person, bob: Person) -> None:
    key = await invited(ada, bob)
    await asyncio.gather(
        ada.ask("invite.cancel", invite_id=key), bob.ask("invite.decline", invite_id=key), return_exceptions=True
    )
    mine, theirs = await ada.receive("invite.closed"), await bob.receive("invite.closed")
    assert mine["outcome"] == theirs["outcome"]
    for person in (ada, bob):
        await person.receive_all()
        assert len(person.received("invite.closed")) == 1


async def test_inviter_who_disconnects_has_cancelled(ada: Person, bob: Person) -> None:
    await invited(ada, bob)
    await ada.abort()
    closed = await bob.receive("invite.closed", outcome="cancelled", by=ada.user_id)
    assert closed["cooldown_until_at"] is not None
    await bob.receive("queue.update", queued=True)


async def test_invitee_who_disconnects_is_unavailable(ada: Person, bob: Person) -> None:
    await invited(ada, bob)
    await bob.abort()
    closed = await ada.receive("invite.closed", outcome="unavailable", by=bob.user_id)
    assert closed["cooldown_until_at"] is None
    await ada.ask("queue.join", mode="text")


async def test_short_disconnect_of_the_inviter_cancels_nothing(ada: Person, bob: Person) -> None:
    key = await invited(ada, bob)
    await ada.abort()
    welcome = await ada.connect(resume=True)
    assert welcome["state"]["invite"]["invite_id"] == key
    await bob.ask("invite.accept", invite_id=key)
    await ada.receive("room.started")


async def test_users_who_cannot_be_invited(connect_user: ConnectUser) -> None:
    ada = await connect_user("Ada", gender="female")
    bob = await connect_user("Bob")
    nobody = "00000000-0000-4000-8000-000000000000"
    assert await refusal(ada, "invite.send", user_id=bob.user_id, mode="text") == "target_unavailable"
    assert await refusal(ada, "invite.send", user_id=nobody, mode="text") == "target_unavailable"
    assert await refusal(ada, "invite.send", user_id=ada.user_id, mode="text") == "invalid"
    await bob.ask("queue.join", mode="text", pairing="manual", want={"gender": ["male"]})
    assert await refusal(ada, "invite.send", user_id=bob.user_id, mode="text") == "target_unavailable"
    await bob.ask("queue.join", mode="text", pairing="manual")
    assert await refusal(ada, "invite.send", user_id=bob.user_id, mode="video") == "target_unavailable"
    await bob.call("PUT", f"/v1/blocks/{ada.user_id}")
    assert await refusal(ada, "invite.send", user_id=bob.user_id, mode="text") == "target_unavailable"
    assert (await ada.ask("discover"))["people"] == []


async def test_block_ends_an_open_invite(ada: Person, bob: Person) -> None:
    await invited(ada, bob)
    await bob.ask("block", user_id=ada.user_id)
    await ada.receive("invite.closed", outcome="unavailable")
    await bob.receive("invite.closed", outcome="unavailable")
    await bob.receive("queue.update", queued=True)


@pytest.mark.topology("one_node")
@pytest.mark.settings(RONDO_RATE_LIMITS="on")
async def test_eleventh_invite_in_a_minute_is_refused(connect_user: ConnectUser) -> None:
    ada, bob = await connect_user("Ada"), await connect_user("Bob")
    codes = [await refusal(ada, "invite.send", user_id=bob.user_id, mode="text") for _ in range(11)]
    assert codes == ["target_unavailable"] * 10 + ["rate_limited"]


async def asked_beside(ada: Person, bob: Person) -> str:
    """Let Ada invite Bob, who waits with `auto_accept`; return the invite's id."""
    await bob.ask("queue.join", mode="text", auto_accept=True)
    invite = (await ada.ask("invite.send", user_id=bob.user_id, mode="text"))["invite"]
    await bob.receive("invite.received")
    return str(invite["invite_id"])


async def test_auto_accept_user_stays_in_the_queue_with_an_invite(
    ada: Person, bob: Person, connect_user: ConnectUser
) -> None:
    key = await asked_beside(ada, bob)
    state = (await bob.connect(resume=True))["state"]
    assert (state["phase"], state["queue"]["mode"], state["invite"]["invite_id"]) == ("queued", "text", key)
    cat = await connect_user()
    assert await refusal(cat, "invite.send", user_id=bob.user_id, mode="text") == "target_unavailable"
    await bob.receive("invite.closed", invite_id=key, outcome="expired", cooldown_until_at=None)
    await bob.receive_all()
    assert not bob.received("queue.update")
    state = (await bob.connect(resume=True))["state"]
    assert (state["phase"], state["invite"]) == ("queued", None)


async def test_match_closes_the_invite_before_the_room_starts(
    ada: Person, bob: Person, connect_user: ConnectUser
) -> None:
    key = await asked_beside(ada, bob)
    cat = await connect_user()
    await cat.ask("queue.join", mode="text", auto_accept=True)
    await ada.receive("invite.closed", invite_id=key, outcome="unavailable")
    assert (await bob.receive("room.started"))["room"]["peer"]["user_id"] == cat.user_id
    told = [event["type"] for event in bob.events]
    assert told[-2:] == ["invite.closed", "room.started"]
    assert bob.events[-2]["outcome"] == "unavailable"
    assert await refusal(bob, "invite.accept", invite_id=key) == "invite_gone"


async def test_leaving_the_queue_closes_the_invite_for_both(ada: Person, bob: Person) -> None:
    key = await asked_beside(ada, bob)
    await bob.ask("queue.leave")
    for person in (ada, bob):
        await person.receive("invite.closed", invite_id=key, outcome="unavailable", cooldown_until_at=None)


async def test_accepting_a_side_invite_opens_the_room(ada: Person, bob: Person) -> None:
    key = await asked_beside(ada, bob)
    await bob.ask("invite.accept", invite_id=key)
    for person in (ada, bob):
        await person.receive("invite.closed", outcome="accepted")
        await person.receive("room.started")


@pytest.mark.topology("one_node")
async def test_second_expired_invite_sets_one_hour(ada: Person, bob: Person) -> None:
    for n in range(2):
        key = await invited(ada, bob)
        for person in (ada, bob):
            closed = await person.receive("invite.closed", invite_id=key, outcome="expired")
            assert (closed["cooldown_until_at"] is not None) == (n == 1)
    await waiting(bob)
    assert await refusal(ada, "invite.send", user_id=bob.user_id, mode="text") == "cooldown_active"
