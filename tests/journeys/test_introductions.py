"""Stories of introductions: a friend is brought along, and the two meet first."""

import asyncio
import os
import subprocess
import sys

import pytest

from tests.journeys.conftest import ConnectUser
from tests.support.client import Person, Refused, meet
from tests.support.service import Service

ADA = {"display_name": "Ada"}


async def link(introducer: Person, target: Person) -> str:
    """Let the two have met, and return the code of a link to *target*."""
    room = await meet(introducer, target)
    await introducer.ask("room.leave", room_id=room["room_id"])
    await introducer.receive("room.ended")
    await target.receive("room.ended")
    code: str = (await introducer.call("POST", "/v1/referrals", {"target_user_id": target.user_id}))["code"]
    return code


async def agree(target: Person, *, accept: bool = True) -> None:
    """Let *target* answer the question that they hear next."""
    asked = (await target.receive("notification"))["notification"]
    assert asked["kind"] == "introduction_request"
    await target.call("POST", f"/v1/notifications/{asked['notification_id']}/answer", {"accept": accept})


async def opened(introducer: Person, target: Person, connect_user: ConnectUser) -> str:
    """Return the code of a link to *target*, who has accepted its first use."""
    code = await link(introducer, target)
    await connect_user("Zoe", connect=False, referral_code=code)
    await agree(target)
    return code


@pytest.mark.topology("one_node")
async def test_friend_signs_up_and_is_paired_first(
    connect_user: ConnectUser, ada: Person, bob: Person, cleo: Person
) -> None:
    code = await link(ada, bob)
    eve = await connect_user("Eve", referral_code=code)
    await bob.receive_all()
    (told,) = [event["notification"] for event in bob.received("notification")]
    assert told["person"]["user_id"] == eve.user_id
    assert told["introduced_by"] == {"display_name": "Ada"}
    await agree(bob)
    # Cleo has waited longer, and shares an interest; Bob was introduced.
    await cleo.ask("queue.join", mode="text", auto_accept=True, interests=["go"], want={"gender": ["female"]})
    await bob.ask("queue.join", mode="text", auto_accept=True, want={"gender": ["female"]})
    await eve.call("PATCH", "/v1/me", {"gender": "female"})
    people = (await eve.ask("discover"))["people"]
    assert [(person["display_name"], person["introduced_by"]) for person in people] == [("Bob", ADA), ("Cleo", None)]
    await eve.ask("queue.join", mode="text", auto_accept=True, interests=["go"])
    room = (await eve.receive("room.started"))["room"]
    assert room["peer"]["user_id"] == bob.user_id


@pytest.mark.topology("one_node")
async def test_target_is_paired_first_with_the_follower(
    connect_user: ConnectUser, ada: Person, bob: Person, cleo: Person
) -> None:
    code = await opened(ada, bob, connect_user)
    eve = await connect_user("Eve", gender="female")
    only_men = {"gender": ["male"]}
    for person in (cleo, eve):
        await person.ask("queue.join", mode="text", auto_accept=True, want=only_men)
    await eve.call("POST", f"/v1/referrals/{code}/follow")
    await bob.call("PATCH", "/v1/me", {"gender": "male"})
    people = (await bob.ask("discover"))["people"]
    assert [(person["display_name"], person["introduced_by"]) for person in people] == [("Eve", ADA), ("Cleo", None)]
    await bob.ask("queue.join", mode="text", auto_accept=True)
    assert (await bob.receive("room.started"))["room"]["peer"]["user_id"] == eve.user_id


@pytest.mark.topology("one_node")
@pytest.mark.settings(RONDO_COOLDOWN_S=0.3)
async def test_next_leads_to_an_introduction_made_during_the_call(
    connect_user: ConnectUser, ada: Person, bob: Person, cleo: Person
) -> None:
    code = await opened(ada, bob, connect_user)
    eve = await connect_user("Eve")
    room = await meet(bob, cleo)
    await eve.call("POST", f"/v1/referrals/{code}/follow")
    await bob.receive("notification")
    dan = await connect_user("Dan", gender="male")
    # Neither of the two who wait wants the other.
    await dan.ask("queue.join", mode="text", auto_accept=True, want={"gender": ["female", "unspecified"]})
    await eve.ask("queue.join", mode="text", auto_accept=True, want={"gender": ["nonbinary", "female"]})
    await bob.call("PATCH", "/v1/me", {"gender": "nonbinary"})
    await bob.ask("room.leave", room_id=room["room_id"])
    await bob.receive("room.ended")
    await dan.ask("queue.join", mode="text", auto_accept=True, want={"gender": ["nonbinary"]})
    await dan.receive_all()  # he has searched, without a match
    await bob.ask("queue.join", mode="text", auto_accept=True)
    assert (await bob.receive("room.started"))["room"]["peer"]["user_id"] == eve.user_id


@pytest.mark.topology("two_nodes")
async def test_introduced_user_of_another_node_is_listed_first(
    connect_user: ConnectUser, ada: Person, bob: Person, cleo: Person
) -> None:
    code = await opened(ada, bob, connect_user)
    eve = await connect_user("Eve")
    for person in (cleo, eve):
        await person.ask("queue.join", mode="text", pairing="manual")
    await eve.call("POST", f"/v1/referrals/{code}/follow")
    async with asyncio.timeout(20):
        while True:
            people = (await bob.ask("discover", include_seen=True))["people"]
            if [(one["display_name"], one["introduced_by"]) for one in people] == [("Eve", ADA), ("Cleo", None)]:
                break
            await asyncio.sleep(0.02)


async def test_introduction_overrides_no_cooldown_or_block(connect_user: ConnectUser, ada: Person, bob: Person) -> None:
    code = await opened(ada, bob, connect_user)
    eve = await connect_user("Eve")
    room = await meet(bob, eve)
    await bob.ask("room.leave", room_id=room["room_id"])
    await eve.receive("room.ended")
    await eve.call("POST", f"/v1/referrals/{code}/follow")
    for person in (bob, eve):
        await person.ask("queue.join", mode="text", auto_accept=True)
    await eve.receive_all()
    assert (await eve.ask("discover"))["people"] == []
    with pytest.raises(Refused) as refused:
        await eve.ask("invite.send", user_id=bob.user_id, mode="text")
    assert refused.value.code == "cooldown_active"


@pytest.mark.topology("one_node")
async def test_introductions_survive_a_restart(
    service: Service, connect_user: ConnectUser, ada: Person, bob: Person, cleo: Person
) -> None:
    code = await opened(ada, bob, connect_user)
    eve, fay = await connect_user("Eve"), await connect_user("Fay")
    await eve.call("POST", f"/v1/referrals/{code}/follow")
    await bob.receive("notification")
    await service.kill()
    for person in (ada, bob, cleo, eve, fay):
        await person.close()
    await service.start()
    for person in (ada, bob, cleo, eve, fay):
        await person.connect()
    told, _ = (await bob.call("GET", "/v1/notifications"))["notifications"]
    assert (told["person"]["display_name"], told["read_at"]) == ("Eve", None)
    await cleo.ask("queue.join", mode="text", pairing="manual")
    await bob.ask("queue.join", mode="text", pairing="manual")
    people = (await eve.ask("discover"))["people"]
    assert [(person["display_name"], person["introduced_by"]) for person in people] == [("Bob", ADA), ("Cleo", None)]
    assert (await fay.call("POST", f"/v1/referrals/{code}/follow"))["target"]["user_id"] == bob.user_id
    assert (await bob.receive("notification"))["notification"]["person"]["user_id"] == fay.user_id
    await eve.call("POST", f"/v1/referrals/{code}/follow")
    await bob.receive_all()
    assert len(bob.received("notification")) == 3, "followed before the restart, told before the restart"


async def test_absent_user_is_notified_on_return(connect_user: ConnectUser, ada: Person, bob: Person) -> None:
    code = await opened(ada, bob, connect_user)
    await bob.abort()
    eve = await connect_user("Eve", referral_code=code)
    welcome = await bob.connect(resume=True)
    assert welcome["resumed"]
    assert (await bob.receive("notification"))["notification"]["person"]["user_id"] == eve.user_id
    await bob.close()
    fay = await connect_user("Fay", referral_code=code)
    await bob.connect()
    told = (await bob.call("GET", "/v1/notifications"))["notifications"]
    assert [one["person"]["user_id"] for one in told[:2]] == [fay.user_id, eve.user_id]


@pytest.mark.topology("one_node")
async def test_question_and_answer_survive_a_restart(
    service: Service, connect_user: ConnectUser, ada: Person, bob: Person, cleo: Person
) -> None:
    code = await link(ada, bob)
    eve = await connect_user("Eve", referral_code=code)
    for round_no in range(2):
        await service.kill()
        for person in (ada, bob, cleo, eve):
            await person.close()
        await service.start()
        for person in (ada, bob, cleo, eve):
            await person.connect()
        for person in (cleo, bob):
            await person.ask("queue.join", mode="text", pairing="manual")
        people = [(one["display_name"], one["introduced_by"]) for one in (await eve.ask("discover"))["people"]]
        if round_no == 0:
            assert people == [("Cleo", None), ("Bob", None)]
            (asked,) = (await bob.call("GET", "/v1/notifications"))["notifications"]
            await bob.call("POST", f"/v1/notifications/{asked['notification_id']}/answer", {"accept": True})
        else:
            assert people == [("Bob", ADA), ("Cleo", None)]


@pytest.mark.topology("one_node")
@pytest.mark.settings(RONDO_ACCESS="invite_only")
async def test_code_and_uses_survive_a_restart(service: Service, connect_user: ConnectUser) -> None:
    made = await asyncio.to_thread(_make_code, service)
    ada = await connect_user("Ada", invite_code=made)
    bob = await connect_user("Bob")
    with pytest.raises(Refused) as refused:
        await bob.ask("queue.join", mode="text")
    assert refused.value.code == "access_required"
    await ada.ask("queue.join", mode="text")
    await service.kill()
    for person in (ada, bob):
        await person.close()
    await service.start()
    for person in (ada, bob):
        await person.connect()
    await ada.ask("queue.join", mode="text")
    with pytest.raises(Refused):
        await bob.ask("queue.join", mode="text")
    assert (await bob.call("POST", "/v1/invite-code/redeem", {"code": made})) == {"access": "grace"}
    await bob.ask("queue.join", mode="text")
    cleo = await connect_user("Cleo")
    with pytest.raises(Refused) as refused:
        await cleo.call("POST", "/v1/invite-code/redeem", {"code": made})
    assert refused.value.code == "not_found"


def _make_code(service: Service) -> str:
    """Make a code of two uses at the command line, beside the running server."""
    made = subprocess.run(
        [sys.executable, "-m", "server", "admin", "invite-code", "--uses", "2"],
        env=os.environ | {"DATABASE_URL": service.dsn},
        capture_output=True,
        text=True,
        check=True,
        timeout=60,
    )
    return made.stdout.split()[-1]
