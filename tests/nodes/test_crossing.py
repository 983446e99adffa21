"""A person comes back on any node: nothing is lost, nothing comes twice, and the partner does not notice."""

import asyncio

from tests.support.client import Person, go_live, meet
from tests.support.cluster import TwoNodes


def here_and_there(service: TwoNodes) -> tuple[str, str]:
    here, there = service.nodes
    return here.base, there.base


def again(person: Person, base: str) -> Person:
    """The same person, with ears of their own."""
    other = Person(person.http, base, person.name)
    other.token, other.user_id = person.token, person.user_id
    return other


async def test_socket_on_the_other_node_takes_over(service: TwoNodes, ada: Person, bob: Person) -> None:
    room = (await meet(ada, bob))["room_id"]
    first = ada.reading
    ada.base = here_and_there(service)[1]
    assert (await ada.connect())["state"]["room"]["room_id"] == room
    assert first is not None
    assert await first == 4001
    await ada.ask("chat.send", room_id=room, client_id="1", body="from over here")
    await bob.receive("chat.message")
    assert not bob.received("room.peer_away")


async def test_peer_sees_no_interruption_of_a_move_and_return(service: TwoNodes, ada: Person, bob: Person) -> None:
    room = (await meet(ada, bob, "video"))["room_id"]
    await go_live(ada, bob, room)
    for lap in range(6):
        ada.base = here_and_there(service)[lap % 2]
        welcome = await ada.connect(resume=True)
        assert welcome["state"]["room"]["status"] == "live"
        await bob.send("signal", room_id=room, candidate={"lap": lap})
        assert (await ada.receive("signal"))["candidate"] == {"lap": lap}
        await ada.send("signal", room_id=room, candidate={"lap": lap})
        assert (await bob.receive("signal"))["candidate"] == {"lap": lap}
    assert not bob.received("room.peer_away")
    assert ada.welcome["resumed"] is True


async def test_waiting_events_and_signals_move_with_the_user(service: TwoNodes, ada: Person, bob: Person) -> None:
    room = (await meet(ada, bob, "video"))["room_id"]
    await go_live(ada, bob, room)
    await ada.abort()
    await bob.receive("room.peer_away")
    for n in range(40):
        await bob.send("signal", room_id=room, candidate={"n": n})
    await bob.receive_all()
    ada.base = here_and_there(service)[1]
    await ada.connect()
    for n in range(40):
        assert (await ada.receive("signal"))["candidate"] == {"n": n}
    await bob.receive("room.peer_back")


async def test_signals_keep_their_order_while_one_user_moves(service: TwoNodes, ada: Person, bob: Person) -> None:
    room = (await meet(ada, bob, "video"))["room_id"]
    await go_live(ada, bob, room)
    total = 600

    async def talk() -> None:
        for n in range(total):
            await bob.send("signal", room_id=room, candidate={"n": n})
            await asyncio.sleep(0.002)

    talking = asyncio.create_task(talk())
    visits = [ada]
    for lap in range(8):
        await asyncio.sleep(0.12)
        visits.append(again(ada, here_and_there(service)[(lap + 1) % 2]))
        await visits[-1].connect()
        assert visits[-2].reading is not None
        assert await visits[-2].reading == 4001
    await talking
    await visits[-1].receive("signal", candidate={"n": total - 1})
    heard = [event["candidate"]["n"] for visit in visits for event in visit.received("signal")]
    missing = sorted(set(range(total)) - set(heard))
    assert (missing, sorted(heard) == heard) == ([], True)
    assert not bob.received("room.peer_away")


async def test_signals_keep_their_order_while_both_users_move(service: TwoNodes, ada: Person, bob: Person) -> None:
    room = (await meet(ada, bob, "video"))["room_id"]
    await go_live(ada, bob, room)
    visits = {ada: [ada], bob: [bob]}
    said = {ada: 0, bob: 0}

    async def talk(person: Person) -> None:
        for _ in range(60):
            await visits[person][-1].send("signal", room_id=room, candidate={"n": said[person]})
            said[person] += 1
            await asyncio.sleep(0.001)

    for lap in range(8):
        await asyncio.gather(talk(ada), talk(bob))
        mover = (ada, bob)[lap % 3 == 1]
        # What the server has not read of the old socket is lost with it, here as on one node.
        await visits[mover][-1].receive_all()
        visits[mover].append(again(mover, here_and_there(service)[lap % 2]))
        await visits[mover][-1].connect()
    await asyncio.gather(talk(ada), talk(bob))
    for speaker, hearer in ((ada, bob), (bob, ada)):
        await visits[hearer][-1].receive("signal", candidate={"n": said[speaker] - 1})
        heard = [event["candidate"]["n"] for visit in visits[hearer] for event in visit.received("signal")]
        assert heard == list(range(said[speaker]))


async def test_one_of_two_concurrent_sockets_survives(service: TwoNodes, ada: Person, bob: Person) -> None:
    room = (await meet(ada, bob))["room_id"]
    for _ in range(5):
        twins = [again(ada, base) for base in here_and_there(service)]
        outcomes = await asyncio.gather(*(twin.connect() for twin in twins), return_exceptions=True)
        welcomed = [twin for twin, outcome in zip(twins, outcomes, strict=True) if isinstance(outcome, dict)]
        assert welcomed
        if len(welcomed) == 2:
            readings = [twin.reading for twin in twins if twin.reading is not None]
            done, left = await asyncio.wait(readings, timeout=4, return_when=asyncio.FIRST_COMPLETED)
            assert [await task in (4001, 1001) for task in done] == [True]
            welcomed = [twin for twin in twins if twin.reading in left]
        survivor = welcomed[0]
        await survivor.ask("chat.send", room_id=room, client_id=survivor.welcome["resume_key"], body="it is me")
        await bob.receive("chat.message")
        ada = survivor
    await ada.abort()


async def test_place_in_the_queue_moves(service: TwoNodes, ada: Person, bob: Person) -> None:
    joined = (await ada.ask("queue.join", mode="text", auto_accept=True))["queue"]["joined_at"]
    await ada.abort()
    ada.base = here_and_there(service)[1]
    assert (await ada.connect())["state"]["queue"]["joined_at"] == joined
    await bob.ask("queue.join", mode="text", auto_accept=True)
    assert (await ada.receive("room.started"))["room"]["peer"]["user_id"] == bob.user_id


async def test_invite_is_answered_on_the_other_node(service: TwoNodes, ada: Person, bob: Person) -> None:
    await bob.ask("queue.join", mode="text", pairing="manual")
    await ada.ask("invite.send", user_id=bob.user_id, mode="text")
    invite = (await bob.receive("invite.received"))["invite"]["invite_id"]
    bob.base = here_and_there(service)[0]
    assert (await bob.connect())["state"]["invite"]["invite_id"] == invite
    await bob.ask("invite.accept", invite_id=invite)
    assert (await ada.receive("invite.closed"))["outcome"] == "accepted"
    await ada.receive("room.started")


async def test_typing_reaches_the_other_node(service: TwoNodes, ada: Person, bob: Person) -> None:
    room = (await meet(ada, bob))["room_id"]
    await ada.ask("chat.typing", room_id=room)
    await bob.receive("chat.typing", **{"room_id": room, "from": ada.user_id})
    await bob.ask("chat.typing", room_id=room)
    await ada.receive("chat.typing", **{"from": bob.user_id})


async def test_receipts_reach_the_other_node_and_its_snapshot(service: TwoNodes, ada: Person, bob: Person) -> None:
    room = (await meet(ada, bob))["room_id"]
    said = (await ada.ask("chat.send", room_id=room, client_id="1", body="seen?"))["message"]
    await bob.receive("chat.message")
    await bob.ask("chat.receipt", room_id=room, message_id=said["message_id"], status="read")
    await ada.receive("chat.receipt", status="read")
    ada.base = here_and_there(service)[1]
    messages = (await ada.connect())["state"]["room"]["messages"]
    assert [message["read_at"] is not None for message in messages] == [True]
