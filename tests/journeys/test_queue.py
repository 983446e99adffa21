"""Stories of the queue: who waits, who meets, who is found."""

import asyncio

import pytest

from tests.journeys.conftest import ConnectUser
from tests.support.client import Person, Refused, meet
from tests.support.cluster import TwoNodes


async def test_two_auto_accept_users_get_a_room_immediately(ada: Person, bob: Person) -> None:
    room = await meet(ada, bob, "video")
    assert room["role"] == "offerer"
    assert room["peer"]["display_name"] == "Bob"
    assert room["status"] == "connecting"
    assert not ada.received("invite.received")
    assert not bob.received("invite.closed")


async def test_match_is_an_invite_to_both(ada: Person, bob: Person) -> None:
    await ada.ask("queue.join", mode="text")
    await bob.ask("queue.join", mode="text")
    invite = (await ada.receive("invite.received"))["invite"]
    assert (invite["kind"], invite["role"], invite["peer"]["user_id"]) == ("match", "matched", bob.user_id)
    assert invite["accepted"] is False
    theirs = (await bob.receive("invite.received"))["invite"]
    assert theirs["invite_id"] == invite["invite_id"]
    await ada.ask("invite.accept", invite_id=invite["invite_id"])
    await bob.receive("invite.accepted", invite_id=invite["invite_id"])
    await bob.ask("invite.accept", invite_id=invite["invite_id"])
    for person in (ada, bob):
        await person.receive("invite.closed", outcome="accepted", invite_id=invite["invite_id"])
        await person.receive("room.started")
        kinds = [event["type"] for event in person.events]
        assert kinds.index("invite.closed") < kinds.index("room.started")


async def test_auto_accept_is_shown_as_accepted(ada: Person, bob: Person) -> None:
    await ada.ask("queue.join", mode="text", auto_accept=True)
    await bob.ask("queue.join", mode="text")
    mine = (await ada.receive("invite.received"))["invite"]
    assert (mine["accepted"], mine["peer_accepted"]) == (True, False)
    theirs = (await bob.receive("invite.received"))["invite"]
    assert (theirs["accepted"], theirs["peer_accepted"]) == (False, True)
    await bob.ask("invite.accept", invite_id=mine["invite_id"])
    await ada.receive("room.started")


@pytest.mark.topology("one_node")
async def test_text_does_not_meet_video(ada: Person, bob: Person) -> None:
    await ada.ask("queue.join", mode="text", auto_accept=True)
    await bob.ask("queue.join", mode="video", auto_accept=True)
    await bob.receive_all()
    assert not bob.events
    again = await bob.ask("queue.join", mode="text", auto_accept=True)
    assert again["queue"]["mode"] == "text"
    await ada.receive("room.started")


@pytest.mark.topology("one_node")
async def test_new_preferences_keep_the_place(ada: Person) -> None:
    first = await ada.ask("queue.join", mode="text")
    again = await ada.ask("queue.join", mode="video")
    assert again["queue"] == {"mode": "video", "joined_at": first["queue"]["joined_at"]}


async def test_both_filters_must_match(connect_user: ConnectUser) -> None:
    ada, bob, cleo = (
        await connect_user("Ada", gender="female"),
        await connect_user("Bob", gender="male"),
        await connect_user("Cleo", gender="female"),
    )
    await ada.ask("queue.join", mode="text", auto_accept=True, want={"gender": ["female"]})
    await bob.ask("queue.join", mode="text", auto_accept=True)
    await bob.receive_all()
    assert not bob.events
    await cleo.ask("queue.join", mode="text", auto_accept=True)
    room = (await cleo.receive("room.started"))["room"]
    assert room["peer"]["user_id"] == ada.user_id, "Ada has waited longer"


async def test_first_come_first_served(connect_user: ConnectUser) -> None:
    waiting = [await connect_user(f"Waiting {i}", gender="male") for i in range(4)]
    for person in waiting:
        await person.ask("queue.join", mode="text", auto_accept=True, want={"gender": ["female"]})
    for person in waiting:
        newcomer = await connect_user(gender="female")
        await newcomer.ask("queue.join", mode="text", auto_accept=True)
        assert (await newcomer.receive("room.started"))["room"]["peer"]["user_id"] == person.user_id


@pytest.mark.settings(RONDO_INTEREST_WAIT_S=30)
async def test_shared_interest_precedes_a_longer_wait(connect_user: ConnectUser) -> None:
    ada, bob, cleo = [await connect_user(name, gender="male") for name in ("Ada", "Bob", "Cleo")]
    for person, tags in ((ada, ["chess"]), (bob, ["Go "]), (cleo, ["chess"])):
        await person.ask("queue.join", mode="text", auto_accept=True, interests=tags, want={"gender": ["female"]})
    dora = await connect_user("Dora", gender="female")
    await dora.ask("queue.join", mode="text", auto_accept=True, interests=["go"])
    assert (await dora.receive("room.started"))["room"]["peer"]["user_id"] == bob.user_id


@pytest.mark.topology("one_node")
@pytest.mark.settings(RONDO_INTEREST_WAIT_S=0)
async def test_longest_waiting_precedes_after_the_window(connect_user: ConnectUser) -> None:
    ada, bob = [await connect_user(name, gender="male") for name in ("Ada", "Bob")]
    for person, tags in ((ada, ["chess"]), (bob, ["go"])):
        await person.ask("queue.join", mode="text", auto_accept=True, interests=tags, want={"gender": ["female"]})
    dora = await connect_user("Dora", gender="female")
    await dora.ask("queue.join", mode="text", auto_accept=True, interests=["go"])
    assert (await dora.receive("room.started"))["room"]["peer"]["user_id"] == ada.user_id


async def test_users_are_not_paired_twice(ada: Person, bob: Person) -> None:
    room = await meet(ada, bob)
    await ada.ask("room.leave", room_id=room["room_id"], reason="next")
    ended = await bob.receive("room.ended")
    assert ended["reason"] == "next"
    assert ended["cooldown_until_at"] > 0
    await ada.receive("queue.update", queued=True, reason="requeued")
    await bob.ask("queue.join", mode="text", auto_accept=True)
    await bob.receive_all()
    assert len(bob.received("room.started")) == 1
    with pytest.raises(Refused) as refused:
        await bob.ask("invite.send", user_id=ada.user_id, mode="text")
    assert refused.value.code == "cooldown_active"
    assert refused.value.frame["until_at"] == ended["cooldown_until_at"]


@pytest.mark.settings(RONDO_COOLDOWN_S=0.5)
async def test_users_are_paired_when_their_cooldown_ends(ada: Person, bob: Person) -> None:
    room = await meet(ada, bob)
    await ada.ask("room.leave", room_id=room["room_id"], reason="next")
    await bob.ask("queue.join", mode="text", auto_accept=True)
    assert (await bob.receive("room.started"))["room"]["peer"]["user_id"] == ada.user_id


@pytest.mark.topology("one_node")
async def test_manual_user_is_listed_and_never_paired(ada: Person, bob: Person) -> None:
    await ada.ask("queue.join", mode="text", pairing="manual", auto_accept=True)
    await bob.ask("queue.join", mode="text", auto_accept=True)
    await bob.receive_all()
    assert not bob.received("room.started")
    people = (await bob.ask("discover"))["people"]
    assert [person["user_id"] for person in people] == [ada.user_id]
    assert people[0]["mode"] == "text"
    assert people[0]["introduced_by"] is None


@pytest.mark.topology("one_node")
async def test_discover_repeats_no_user_unless_asked(connect_user: ConnectUser) -> None:
    ada = await connect_user("Ada")
    others = [await connect_user() for _ in range(3)]
    for other in others:
        await other.ask("queue.join", mode="text", pairing="manual")
    ids = [other.user_id for other in others]
    first = (await ada.ask("discover", limit=2))["people"]
    assert [person["user_id"] for person in first] == ids[:2], "longest-waiting first"
    rest = (await ada.ask("discover", limit=2))["people"]
    assert [person["user_id"] for person in rest] == ids[2:]
    assert (await ada.ask("discover"))["people"] == []
    everybody = (await ada.ask("discover", include_seen=True))["people"]
    assert [person["user_id"] for person in everybody] == ids


@pytest.mark.topology("two_nodes")
async def test_discover_lists_manual_users_of_other_nodes(ada: Person, bob: Person) -> None:
    await ada.ask("queue.join", mode="text", pairing="manual", auto_accept=True)
    await bob.ask("queue.join", mode="text", auto_accept=True)
    async with asyncio.timeout(20):
        while [person["user_id"] for person in (await bob.ask("discover"))["people"]] != [ada.user_id]:  # noqa: ASYNC110
            await asyncio.sleep(0.02)
    assert not bob.received("room.started")


@pytest.mark.topology("two_nodes")
async def test_discover_lists_all_nodes_longest_waiting_first(connect_user: ConnectUser) -> None:
    ada = await connect_user("Ada")
    others = [await connect_user() for _ in range(3)]
    for other in others:
        await other.ask("queue.join", mode="text", pairing="manual")
    ids = [other.user_id for other in others]
    async with asyncio.timeout(20):
        while True:
            people = (await ada.ask("discover", include_seen=True))["people"]
            if [person["user_id"] for person in people] == ids:
                break
            await asyncio.sleep(0.02)
    assert (await ada.ask("discover"))["people"] == []


@pytest.mark.settings(RONDO_SHARE_AFTER_S=0.6, RONDO_LOCAL_FIRST_S=0.5)
@pytest.mark.topology("two_nodes")
async def test_long_waiting_user_is_met_by_newcomers_of_another_node(
    service: TwoNodes, connect_user: ConnectUser, ada: Person
) -> None:
    await ada.ask("queue.join", mode="text", auto_accept=True)
    elsewhere = service.nodes[1].base
    async with asyncio.timeout(20):
        while not ada.received("room.started"):
            pair = [await connect_user(connect=False), await connect_user(connect=False)]
            for person in pair:
                person.base = elsewhere
                await person.connect()
            # Within RONDO_SHARE_AFTER_S of each other: without Ada, who came first, the two would always meet. Mostly
            # both are handled in one turn of the loop, which must not matter.
            await asyncio.gather(*(person.ask("queue.join", mode="text", auto_accept=True) for person in pair))
            await asyncio.sleep(0.3)
            for person in pair:
                await person.close()


async def test_short_disconnect_keeps_the_place(ada: Person, bob: Person) -> None:
    joined = await ada.ask("queue.join", mode="text", auto_accept=True)
    await ada.abort()
    await bob.ask("queue.join", mode="text", auto_accept=True)
    await bob.receive_all()
    assert not bob.received("room.started"), "nobody is paired with somebody who is not there"
    welcome = await ada.connect(resume=True)
    assert welcome["state"]["queue"]["joined_at"] == joined["queue"]["joined_at"]
    await ada.receive("room.started")
    await bob.receive("room.started")


async def test_long_disconnect_leaves_the_queue(ada: Person, bob: Person) -> None:
    await ada.ask("queue.join", mode="text", auto_accept=True)
    await ada.abort()
    await asyncio.sleep(0.5)  # the hold of 0.4 s passes
    welcome = await ada.connect(resume=True)
    assert welcome["state"]["phase"] == "idle"
    await ada.receive("queue.update", queued=False, reason="expired_hold")
    await bob.ask("queue.join", mode="text", auto_accept=True)
    await bob.receive_all()
    assert not bob.received("room.started")


@pytest.mark.topology("one_node")
async def test_second_leave_is_no_error(ada: Person, bob: Person) -> None:
    await ada.ask("queue.join", mode="text", auto_accept=True)
    await ada.ask("queue.leave")
    await ada.ask("queue.leave")
    await bob.ask("queue.join", mode="text", auto_accept=True)
    await bob.receive_all()
    assert not bob.events


@pytest.mark.topology("one_node")
async def test_second_tab_is_not_a_match(ada: Person) -> None:
    await ada.ask("queue.join", mode="text", auto_accept=True)
    first = ada.reading
    await ada.connect()
    assert first is not None
    assert await first == 4001
    await ada.ask("queue.join", mode="text", auto_accept=True)
    await ada.receive_all()
    assert not ada.received("room.started")


@pytest.mark.topology("one_node")
@pytest.mark.parametrize("frame", ["queue.join", "invite.send"])
async def test_user_in_a_room_cannot_queue_or_invite(ada: Person, bob: Person, cleo: Person, frame: str) -> None:
    await meet(ada, bob)
    await cleo.ask("queue.join", mode="text", pairing="manual")
    fields = {"mode": "text"} if frame == "queue.join" else {"mode": "text", "user_id": cleo.user_id}
    with pytest.raises(Refused) as refused:
        await ada.ask(frame, **fields)
    assert refused.value.code == "wrong_phase"
    assert refused.value.frame["phase"] == "in_room"


async def test_unlisted_user_is_paired_and_closed_to_invites(ada: Person, bob: Person) -> None:
    await ada.ask("queue.join", mode="text", listed=False, auto_accept=True)
    assert (await bob.ask("discover"))["people"] == []
    with pytest.raises(Refused) as refused:
        await bob.ask("invite.send", user_id=ada.user_id, mode="text")
    assert refused.value.code == "target_unavailable"
    await bob.ask("queue.join", mode="text", auto_accept=True)
    assert (await bob.receive("room.started"))["room"]["peer"]["user_id"] == ada.user_id


async def test_auto_next_requeues_with_the_same_preferences(
    ada: Person, bob: Person, connect_user: ConnectUser
) -> None:
    room = await meet(ada, bob, auto_next=True)
    await bob.ask("room.leave", room_id=room["room_id"])
    for person in (ada, bob):
        await person.receive("room.ended", reason="hangup")
        await person.receive("queue.update", queued=True, reason="requeued")
    cat = await connect_user()
    await cat.ask("queue.join", mode="text", auto_accept=True)
    await cat.receive("room.started")


@pytest.mark.topology("one_node")
@pytest.mark.settings(RONDO_RATE_LIMITS="on", RONDO_ROOMS_BURST=1, RONDO_ROOM_EVERY_S=3_600)
async def test_join_over_the_room_limit_is_refused_and_next_waits(
    ada: Person, bob: Person, connect_user: ConnectUser
) -> None:
    room = await meet(ada, bob)
    await ada.ask("room.leave", room_id=room["room_id"], reason="next")
    await ada.receive("queue.update", queued=True, reason="requeued")
    with pytest.raises(Refused) as refused:
        await bob.ask("queue.join", mode="text")
    assert refused.value.code == "rate_limited"
    assert 3_000_000 < refused.value.frame["retry_after_ms"] <= 3_600_000
    cat = await connect_user()
    await cat.ask("queue.join", mode="text", auto_accept=True)
    assert [person["user_id"] for person in (await cat.ask("discover"))["people"]] == [ada.user_id]
    assert not cat.received("room.started")


@pytest.mark.topology("one_node")
@pytest.mark.settings(RONDO_RATE_LIMITS="on", RONDO_ROOMS_BURST=1, RONDO_ROOM_EVERY_S=1.5)
async def test_requeued_user_is_paired_when_the_limit_allows(
    ada: Person, bob: Person, connect_user: ConnectUser
) -> None:
    cat = await connect_user()
    room = await meet(ada, bob)
    await ada.ask("room.leave", room_id=room["room_id"], reason="next")
    await cat.ask("queue.join", mode="text", auto_accept=True)
    again = (await cat.receive("room.started"))["room"]
    assert again["peer"]["user_id"] == ada.user_id
    assert again["started_at"] >= room["started_at"] + 1_500
