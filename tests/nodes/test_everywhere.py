"""Changes on one node apply to every node immediately: sessions, accounts, bans of addresses."""

import asyncio
import time

import aiohttp
import asyncpg
import pytest

from server.moderation.ban_watch import WATCH_S
from tests.journeys.conftest import ConnectUser
from tests.support.client import Person, Refused, meet
from tests.support.cluster import TwoNodes

ATTEMPTS = 6


def over_there(person: Person, service: TwoNodes) -> Person:
    """The same person, who makes requests at the other node."""
    here, there = service.nodes
    other = Person(person.http, there.base if person.base == here.base else here.base, person.name)
    other.token, other.user_id = person.token, person.user_id
    return other


async def test_logout_on_the_other_node_closes_the_socket(service: TwoNodes, ada: Person) -> None:
    await over_there(ada, service).call("POST", "/v1/auth/logout", status=204)
    assert await ada.closed() == 4401
    with pytest.raises(Refused) as refused:
        await ada.call("GET", "/v1/me")
    assert refused.value.code == "unauthenticated"
    ada.token = ""


async def test_account_is_deleted_on_the_other_node(service: TwoNodes, ada: Person, bob: Person) -> None:
    await meet(ada, bob)
    await over_there(ada, service).call("DELETE", "/v1/me", status=204)
    assert await ada.closed() == 4401
    await bob.receive("room.ended", reason="deleted")
    ada.token = ""


async def test_block_on_the_other_node_ends_the_room(service: TwoNodes, ada: Person, bob: Person) -> None:
    await meet(ada, bob)
    await over_there(ada, service).call("PUT", f"/v1/blocks/{bob.user_id}", status=204)
    await bob.receive("room.ended", reason="hangup")
    await ada.receive("room.ended", reason="blocked")
    for person in (ada, bob):
        await person.ask("queue.join", mode="text", auto_accept=True)
    assert (await ada.ask("discover", mode="text", include_seen=True))["people"] == []
    await over_there(ada, service).call("DELETE", f"/v1/blocks/{bob.user_id}", status=204)


async def test_new_name_is_shown_to_the_next_peer(service: TwoNodes, ada: Person, bob: Person) -> None:
    await ada.ask("queue.join", mode="text", auto_accept=True)
    await over_there(ada, service).call("PATCH", "/v1/me", {"display_name": "Ada Lovelace"})
    await bob.ask("queue.join", mode="text", auto_accept=True)
    assert (await bob.receive("room.started"))["room"]["peer"]["display_name"] == "Ada Lovelace"


async def appoint(service: TwoNodes, person: Person, role: str = "moderator") -> None:
    connection = await asyncpg.connect(service.dsn)
    await connection.execute("UPDATE users SET role = $2 WHERE user_id = $1::text::uuid", person.user_id, role)
    await connection.close()


async def test_ban_closes_the_socket_on_the_other_node(
    service: TwoNodes, connect_user: ConnectUser, ada: Person, bob: Person, cleo: Person
) -> None:
    await appoint(service, cleo)
    await meet(ada, bob)
    moderator = over_there(cleo, service) if cleo.base == ada.base else cleo
    await moderator.call("POST", "/v1/admin/bans", {"user_id": ada.user_id, "statement": "enough", "kind": "permanent"})
    assert await ada.closed() == 4003
    await bob.receive("room.ended", reason="banned")
    for base in (node.base for node in service.nodes):
        ada.base = base
        with pytest.raises(Refused) as refused:
            await ada.connect()
        assert refused.value.code == "banned"


@pytest.mark.settings(RONDO_TRUSTED_PROXIES=1, RONDO_PUBLIC_ADMIN="on")
async def test_banned_networks_are_refused_on_both_nodes_without_waiting_for_a_check(
    service: TwoNodes, connect_user: ConnectUser, ada: Person
) -> None:
    await appoint(service, ada, "admin")
    guests = [await connect_user(connect=False), await connect_user(connect=False)]

    async def open_sockets(n: int) -> list[aiohttp.ClientWebSocketResponse]:
        urls = [guest.base.replace("http", "ws", 1) + "/v1/ws" for guest in guests]
        return [await ada.http.ws_connect(url, headers={"X-Forwarded-For": f"198.51.{n}.7"}) for url in urls]

    sockets = [await open_sockets(n) for n in range(ATTEMPTS)]
    bans, enforced_at = [], [float("-inf")]
    for n in range(ATTEMPTS):
        bans.append(await ada.call("POST", "/v1/admin/ip-bans", {"network": f"198.51.{n}.0/24"}))
        for socket in sockets[n]:
            while not socket.closed:
                await asyncio.wait_for(socket.receive(), 5)
            assert socket.close_code == 4003
        enforced_at.append(time.monotonic())
        # A node that only checks enforces two bans in a row at least WATCH_S apart.
        if enforced_at[-1] - enforced_at[-2] < WATCH_S:
            break
    else:
        pytest.fail(f"no ban was enforced between two checks: {enforced_at}")
    for ban in bans:
        await ada.call("DELETE", f"/v1/admin/ip-bans/{ban['ip_ban_id']}", status=204)


@pytest.mark.settings(RONDO_ACCESS="invite_only")
async def test_code_redeemed_on_the_other_node_grants_access(service: TwoNodes, ada: Person) -> None:
    connection = await asyncpg.connect(service.dsn)
    await connection.execute("UPDATE users SET role = 'admin' WHERE user_id = $1::text::uuid", ada.user_id)
    await connection.close()
    code = (await ada.call("POST", "/v1/admin/invite-codes", {"uses": 1}))["code"]
    with pytest.raises(Refused) as refused:
        await ada.ask("queue.join", mode="text")
    assert refused.value.code == "access_required"
    await over_there(ada, service).call("POST", "/v1/invite-code/redeem", {"code": code})
    await ada.ask("queue.join", mode="text")


async def test_notification_reaches_its_node(service: TwoNodes, ada: Person, bob: Person, cleo: Person) -> None:
    await meet(ada, bob)
    await ada.ask("room.leave", room_id=ada.received("room.started")[-1]["room"]["room_id"])
    link = await ada.call("POST", "/v1/referrals", {"target_user_id": bob.user_id})
    follower = over_there(cleo, service) if cleo.base == bob.base else cleo
    await follower.call("POST", f"/v1/referrals/{link['code']}/follow")
    await bob.receive("notification")


@pytest.mark.settings(RONDO_TORCH_IDLE_S=60)
async def test_statistics_cover_all_nodes(service: TwoNodes, ada: Person, bob: Person, cleo: Person) -> None:
    await appoint(service, ada)
    room = (await meet(bob, cleo))["room_id"]
    assert room
    until = time.monotonic() + 12
    while True:
        now = (await ada.call("GET", "/v1/admin/stats"))["now"]
        if (now["connected"], now["rooms"]["text"]) == (3, 1):
            break
        assert time.monotonic() < until, now
        await asyncio.sleep(0.2)


async def test_session_revoked_while_nodes_were_disconnected(service: TwoNodes, ada: Person) -> None:
    await ada.call("GET", "/v1/me")
    service.redis.kill()
    until = time.monotonic() + 5
    while await reaches_redis(ada):
        assert time.monotonic() < until
        await asyncio.sleep(0.02)
    await over_there(ada, service).call("POST", "/v1/auth/logout", status=204)
    with pytest.raises(Refused) as refused:
        await ada.call("GET", "/v1/me")
    assert refused.value.code == "unauthenticated", "what is remembered is not believed meanwhile"
    service.redis.start()
    assert await ada.closed() == 4401
    ada.token = ""


async def reaches_redis(person: Person) -> bool:
    async with person.http.get(person.base + "/readyz") as answer:
        return answer.status == 200 and "redis" not in await answer.json()


async def test_messages_between_nodes_are_counted(service: TwoNodes, ada: Person, bob: Person) -> None:
    room = (await meet(ada, bob, "video"))["room_id"]
    for n in range(3):
        await ada.send("signal", room_id=room, candidate={"n": n})
        await bob.receive("signal")
    async with ada.http.get(service.nodes[0].base + "/metrics") as answer:
        lines = (await answer.text()).splitlines()
    figures = dict(line.rsplit(" ", 1) for line in lines if line.startswith("rondo_node_"))
    assert float(figures["rondo_node_others"]) == 1
    assert float(figures["rondo_node_deaf"]) == 0
    assert float(figures["rondo_node_redis_seconds"]) > 0
    assert float(figures["rondo_node_attached"]) == 1
    assert float(figures['rondo_node_frames_total{direction="down"}']) >= 3
    assert float(figures['rondo_node_bus_messages_total{direction="in"}']) > 0


async def test_user_who_moves_is_notified_once(
    service: TwoNodes, connect_user: ConnectUser, ada: Person, bob: Person
) -> None:
    room = await meet(ada, bob)
    await ada.ask("room.leave", room_id=room["room_id"])
    await bob.receive("room.ended")
    code = (await ada.call("POST", "/v1/referrals", {"target_user_id": bob.user_id}))["code"]
    eve = await connect_user("Eve", connect=False, referral_code=code)
    assert (await bob.receive("notification"))["notification"]["person"]["user_id"] == eve.user_id
    seq = bob.seq
    await bob.abort()
    bob.base = over_there(bob, service).base
    assert (await bob.connect(resume=True))["resumed"]
    await bob.receive_all()
    assert (len(bob.received("notification")), bob.seq) == (1, seq)
