"""Reports, bans and their end; a moderator's decision applies immediately and after a restart."""

import asyncio
import subprocess
import sys
from collections.abc import AsyncIterator, Awaitable, Callable
from pathlib import Path
from typing import Any

import aiohttp
import asyncpg
import pytest

from tests.journeys.conftest import SHORT, ConnectUser, StartService
from tests.support.client import PATIENCE_S, Person, Refused, meet
from tests.support.service import Service

Bench = Callable[..., Awaitable[Person]]


@pytest.fixture
async def appoint(service: Service, connect_user: ConnectUser) -> Bench:
    """Return a user with a role, who is not connected."""

    async def appoint(role: str = "moderator") -> Person:
        person = await connect_user("Mod", connect=False)
        connection = await asyncpg.connect(service.dsn)
        await connection.execute("UPDATE users SET role = $2 WHERE user_id = $1::uuid", person.user_id, role)
        await connection.close()
        return person

    return appoint


@pytest.fixture
async def mod(appoint: Bench) -> Person:
    return await appoint()


@pytest.fixture
async def chief(appoint: Bench) -> Person:
    return await appoint("admin")


async def have_met(one: Person, other: Person) -> str:
    """Make two users meet in a room that has ended; both stay connected."""
    room_id = (await meet(one, other))["room_id"]
    await one.ask("room.leave", room_id=room_id)
    await one.receive("room.ended", room_id=room_id)
    await other.receive("room.ended", room_id=room_id)
    return str(room_id)


async def refusal(work: Awaitable[Any]) -> dict[str, Any]:
    with pytest.raises(Refused) as refused:
        await work
    return refused.value.frame


async def let_in(knock: Callable[[], Awaitable[Any]], *, until_at: int) -> None:
    """Connect repeatedly until it is permitted; before, the error has the end of the ban."""
    async with asyncio.timeout(PATIENCE_S):
        while True:
            try:
                await knock()
                return
            except Refused as refused:
                shut = refused.frame
            assert (shut["code"], shut["until_at"]) == ("banned", until_at)
            await asyncio.sleep(0.1)


async def ban(mod: Person, person: Person, **details: Any) -> Any:
    body = {"user_id": person.user_id, "statement": "You were rude.", **details}
    return await mod.call("POST", "/v1/admin/bans", body, status=201)


async def queue(mod: Person, about: Person, status: str = "open") -> list[dict[str, Any]]:
    answer = await mod.call("GET", f"/v1/admin/reports?user_id={about.user_id}&status={status}")
    reports: list[dict[str, Any]] = answer["reports"]
    return reports


async def test_report_ends_the_room_and_blocks(ada: Person, bob: Person, mod: Person) -> None:
    room = await meet(ada, bob)
    await bob.ask("chat.send", room_id=room["room_id"], client_id="1", body="Something rude")
    reply = await ada.ask("report", user_id=bob.user_id, category="harassment", details="He was rude.")
    assert (await ada.receive("room.ended"))["reason"] == "reported"
    assert (await bob.receive("room.ended"))["reason"] == "hangup"
    (report,) = await queue(mod, bob)
    assert report["report_id"] == reply["report_id"]
    assert (report["category"], report["details"], report["status"]) == ("harassment", "He was rude.", "open")
    assert report["evidence"]["mode"] == "text"
    assert [said["body"] for said in report["evidence"]["messages"]] == ["Something rude"]
    blocked = await ada.call("GET", "/v1/blocks")
    assert [block["user_id"] for block in blocked["blocks"]] == [bob.user_id]
    assert (await refusal(ada.ask("report", user_id=bob.user_id, category="spam")))["code"] == "conflict"


async def test_former_room_is_reported_over_http(ada: Person, bob: Person) -> None:
    room_id = await have_met(ada, bob)
    body = {"user_id": bob.user_id, "room_id": room_id, "category": "spam"}
    answer = await ada.call("POST", "/v1/reports", body, status=201)
    assert set(answer) == {"report_id"}
    assert (await refusal(ada.call("POST", "/v1/reports", body)))["code"] == "conflict"


@pytest.mark.topology("one_node")
async def test_stranger_and_unknown_user_look_the_same(ada: Person, bob: Person, cleo: Person) -> None:
    room = await meet(ada, bob)
    nobody = "00000000-0000-7000-8000-000000000000"
    told = [
        await refusal(cleo.ask("report", user_id=ada.user_id, category="spam")),
        await refusal(cleo.ask("report", user_id=nobody, category="spam")),
        await refusal(cleo.ask("report", user_id=ada.user_id, room_id=room["room_id"], category="spam")),
        await refusal(cleo.ask("report", user_id=cleo.user_id, category="spam")),
    ]
    assert {(frame["code"], frame["message"]) for frame in told} == {(told[0]["code"], told[0]["message"])}
    assert told[0]["code"] == "not_found"
    assert (await refusal(cleo.call("POST", "/v1/reports", {"user_id": nobody, "category": "spam"})))[
        "code"
    ] == "not_found"
    assert (await refusal(cleo.ask("report", user_id=ada.user_id, category="")))["code"] == "invalid"
    assert (await refusal(cleo.ask("report", user_id=ada.user_id)))["code"] == "bad_frame"
    assert not ada.received("room.ended")


async def test_concurrent_reports_count_once(ada: Person, bob: Person, mod: Person) -> None:
    await have_met(ada, bob)
    body = {"user_id": bob.user_id, "category": "spam"}
    both = await asyncio.gather(
        ada.ask("report", **body), ada.call("POST", "/v1/reports", body), return_exceptions=True
    )
    assert sorted(isinstance(one, Refused) and one.code == "conflict" for one in both) == [False, True]
    assert len(await queue(mod, bob)) == 1


@pytest.mark.topology("one_node")
async def test_concurrent_mutual_reports(ada: Person, bob: Person, mod: Person) -> None:
    await meet(ada, bob)
    await asyncio.gather(
        ada.ask("report", user_id=bob.user_id, category="spam"), bob.ask("report", user_id=ada.user_id, category="spam")
    )
    for person in (ada, bob):
        await person.receive("room.ended")
        assert len(person.received("room.ended")) == 1
        assert len(await queue(mod, person)) == 1


async def let_count(service: Service, reporters: list[Person], bob: Person) -> None:
    """Make reports about bob count: established accounts of different networks that were in a live room with him."""
    connection = await asyncpg.connect(service.dsn)
    for person in reporters:
        await connection.execute(
            """WITH origin AS (
                   INSERT INTO login_origins (user_id, kind, digest, first_seen_at, last_seen_at)
                   SELECT $1::uuid, 'network', uuid_send(gen_random_uuid()), now(), now()
               ), history AS (
                   INSERT INTO chat_history (user_id, room_id, peer_id, chat_mode, started_at, ended_at, live_ms,
                                             end_reason, message_count)
                   SELECT $1::uuid, gen_random_uuid(), $2::uuid, 'text', now(), now(), 5000, 'hangup', 0
               )
               UPDATE users SET email_verified_at = now() WHERE user_id = $1::uuid""",
            person.user_id,
            bob.user_id,
        )
    await connection.close()


@pytest.mark.topology("one_node")
async def test_four_guests_of_one_network_suspend_no_one(connect_user: ConnectUser, bob: Person, mod: Person) -> None:
    for person in [await connect_user() for _ in range(5)]:
        await have_met(person, bob)
        await person.ask("report", user_id=bob.user_id, category="spam")
    await bob.receive_all()
    assert (await bob.call("GET", "/v1/me"))["ban"] is None
    (case,) = [one for one in (await mod.call("GET", "/v1/admin/cases"))["cases"] if one["reported_id"] == bob.user_id]
    assert (len(case["reports"]), case["counting"], case["needed"]) == (5, 0, 4)
    assert {report["counts"] for report in case["reports"]} == {False}


async def test_fourth_reporter_suspends_and_a_moderator_dismisses(
    service: Service, connect_user: ConnectUser, bob: Person, mod: Person
) -> None:
    reporters = [await connect_user() for _ in range(5)]
    await let_count(service, reporters, bob)
    dora = await connect_user("Dora")
    await meet(dora, bob)
    for person in reporters[:3]:
        await person.ask("report", user_id=bob.user_id, category="spam")
    await bob.receive_all()
    await reporters[3].ask("report", user_id=bob.user_id, category="spam")

    assert await bob.closed() == 4003
    told = bob.received("error", code="banned")
    assert "suspended" in told[0]["statement"]
    again = await refusal(bob.connect())
    assert (again["code"], again["statement"]) == ("banned", told[0]["statement"])
    me = await bob.call("GET", "/v1/me")
    assert (me["ban"]["kind"], me["ban"]["until_at"]) == ("temporary", None)
    assert (await refusal(bob.call("GET", "/v1/history")))["code"] == "banned"
    assert (await dora.receive("room.ended"))["reason"] == "banned"

    reports = await queue(mod, bob)
    assert [report["open_reports"] for report in reports] == [4] * 4
    await mod.call("POST", f"/v1/admin/reports/{reports[0]['report_id']}/vindicate", {"statement": "Nothing to see."})
    assert await queue(mod, bob) == []
    await bob.connect()
    assert (await bob.call("GET", "/v1/me"))["ban"] is None
    # The next report counts from nothing.
    await reporters[4].ask("report", user_id=bob.user_id, category="spam")
    await bob.receive_all()


@pytest.mark.topology("one_node")
async def test_moderator_confirms(ada: Person, bob: Person, mod: Person) -> None:
    await meet(ada, bob)
    reply = await ada.ask("report", user_id=bob.user_id, category="hate")
    path = f"/v1/admin/reports/{reply['report_id']}/confirm"
    decided = await mod.call("POST", path, {"statement": "We do not say such things here."})
    assert (decided["status"], decided["statement"]) == ("confirmed", "We do not say such things here.")
    assert await bob.closed() == 4003
    assert bob.received("error")[0]["statement"] == "We do not say such things here."
    assert (await bob.call("GET", "/v1/me"))["ban"]["kind"] == "permanent"
    assert (await refusal(mod.call("POST", path, {"statement": "Again."})))["code"] == "conflict"


@pytest.mark.topology("one_node")
async def test_moderator_confirms_for_a_time(ada: Person, bob: Person, mod: Person) -> None:
    await meet(ada, bob)
    reply = await ada.ask("report", user_id=bob.user_id, category="hate")
    path = f"/v1/admin/reports/{reply['report_id']}/confirm"
    now = (await mod.call("GET", "/v1/admin/stats"))["server_at"]
    late = await refusal(mod.call("POST", path, {"statement": "Go.", "until_at": now - 1}))
    assert (late["code"], late["field"]) == ("invalid", "until_at")
    decided = await mod.call("POST", path, {"statement": "A week of rest.", "until_at": now + 604_800_000})
    assert decided["status"] == "confirmed"
    assert await bob.closed() == 4003
    found = (await bob.call("GET", "/v1/me"))["ban"]
    assert (found["kind"], found["until_at"]) == ("temporary", now + 604_800_000)


async def test_ban_ends_the_room_and_notifies_the_peer(ada: Person, bob: Person, mod: Person) -> None:
    await meet(ada, bob)
    await ban(mod, bob)
    assert (await ada.receive("room.ended"))["reason"] == "banned"
    assert await bob.closed() == 4003
    await ada.receive_all()
    joined = await ada.ask("queue.join", mode="text")
    assert joined["queue"]["mode"] == "text"


@pytest.mark.topology("one_node")
async def test_ban_removes_from_the_queue(ada: Person, bob: Person, mod: Person) -> None:
    await bob.ask("queue.join", mode="text", pairing="manual")
    await ban(mod, bob)
    found = await ada.ask("discover")
    assert bob.user_id not in [person["user_id"] for person in found["people"]]


@pytest.mark.topology("two_nodes")
async def test_ban_removes_a_ticket_from_the_lists_of_all_nodes(ada: Person, bob: Person, mod: Person) -> None:
    await bob.ask("queue.join", mode="text", pairing="manual")
    await ban(mod, bob)
    async with asyncio.timeout(20):
        while (await ada.ask("discover", include_seen=True))["people"]:  # noqa: ASYNC110 - only asking tells
            await asyncio.sleep(0.02)


async def test_ban_during_an_accept(connect_user: ConnectUser, mod: Person) -> None:
    for _ in range(6):
        ada, bob = await connect_user(), await connect_user()
        await bob.ask("queue.join", mode="text", pairing="manual")
        invite = (await ada.ask("invite.send", user_id=bob.user_id, mode="text"))["invite"]
        await asyncio.gather(bob.send("invite.accept", invite_id=invite["invite_id"]), ban(mod, bob))
        assert await bob.closed() == 4003
        await ada.receive_all()
        # Whichever was first: no room is open, and ada was told how it ended, once.
        if ada.received("room.started"):
            assert [event["reason"] for event in ada.received("room.ended")] == ["banned"]
        else:
            assert [event["outcome"] for event in ada.received("invite.closed")] == ["unavailable"]
        assert (await ada.ask("queue.leave"))["type"] == "reply"
        told = await refusal(ada.ask("invite.send", user_id=bob.user_id, mode="text"))
        assert told["code"] in ("target_unavailable", "cooldown_active")


async def test_ban_during_a_hello(connect_user: ConnectUser, mod: Person) -> None:
    for _ in range(6):
        bob = await connect_user(connect=False)
        hello, _ = await asyncio.gather(bob.connect(), ban(mod, bob), return_exceptions=True)
        if isinstance(hello, BaseException):
            assert isinstance(hello, Refused)
            assert hello.code == "banned"
        else:
            assert await bob.closed() == 4003
        assert (await refusal(bob.connect()))["code"] == "banned"


@pytest.mark.topology("one_node")
async def test_ban_expires(bob: Person, mod: Person) -> None:
    until = bob.welcome["server_at"] + 2_500
    await ban(mod, bob, until_at=until)
    assert await bob.closed() == 4003
    assert (await refusal(bob.connect()))["until_at"] == until
    await let_in(bob.connect, until_at=until)


@pytest.mark.topology("one_node")
async def test_requests_open_to_banned_users(bob: Person, mod: Person) -> None:
    banned = await ban(mod, bob, kind="permanent")
    assert await bob.closed() == 4003
    for method, path, body in (
        ("GET", "/v1/blocks", None),
        ("GET", "/v1/ice", None),
        ("PATCH", "/v1/me", {"display_name": "Other"}),
        ("POST", "/v1/reports", {"user_id": mod.user_id, "category": "spam"}),
    ):
        assert (await refusal(bob.call(method, path, body)))["code"] == "banned", path
    appealed = await bob.call("POST", "/v1/appeal", {"text": "It was a misunderstanding."}, status=201)
    assert appealed["appeal_status"] == "open"
    assert (await refusal(bob.call("POST", "/v1/appeal", {"text": "Please!"})))["code"] == "conflict"
    waiting = await mod.call("GET", "/v1/admin/appeals")
    assert [one["appeal"] for one in waiting["appeals"] if one["user_id"] == bob.user_id] == [
        "It was a misunderstanding."
    ]
    await mod.call("POST", f"/v1/admin/appeals/{banned['ban_id']}/grant", {"statement": "So it was."}, status=204)
    await bob.connect()
    assert (await refusal(bob.call("POST", "/v1/appeal", {"text": "Again"})))["code"] == "not_found"


@pytest.mark.topology("one_node")
async def test_rejected_appeal_is_answered(bob: Person, mod: Person) -> None:
    banned = await ban(mod, bob)
    await bob.call("POST", "/v1/appeal", {"text": "No!"}, status=201)
    path = f"/v1/admin/appeals/{banned['ban_id']}/reject"
    await mod.call("POST", path, {"statement": "We have looked again."}, status=204)
    assert (await refusal(mod.call("POST", path, {"statement": "Twice"})))["code"] == "conflict"
    told = (await bob.call("GET", "/v1/me"))["ban"]
    assert (told["appeal_status"], told["appeal_answer"]) == ("rejected", "We have looked again.")
    await bob.call("POST", "/v1/auth/logout", status=204)
    assert (await refusal(bob.call("GET", "/v1/me")))["code"] == "unauthenticated"


@pytest.mark.topology("one_node")
async def test_bans_reports_and_blocks_survive_a_crash(
    service: Service, connect_user: ConnectUser, mod: Person
) -> None:
    ada, bob, eve = await connect_user("Ada"), await connect_user("Bob"), await connect_user("Eve")
    await have_met(ada, bob)
    await ada.ask("report", user_id=bob.user_id, category="spam")
    await ban(mod, eve)
    assert await eve.closed() == 4003
    await service.kill()
    await service.start()
    assert (await refusal(eve.connect()))["code"] == "banned"
    assert (await refusal(eve.call("GET", "/v1/history")))["code"] == "banned"
    assert len(await queue(mod, bob)) == 1
    await ada.connect()
    await bob.connect()
    assert (await refusal(ada.ask("report", user_id=bob.user_id, category="spam")))["code"] == "conflict"
    await bob.ask("queue.join", mode="text", pairing="manual")
    assert bob.user_id not in [one["user_id"] for one in (await ada.ask("discover"))["people"]]


@pytest.mark.topology("one_node")
async def test_ban_by_another_node_is_enforced(service: Service, ada: Person, bob: Person) -> None:
    await meet(ada, bob)
    connection = await asyncpg.connect(service.dsn)
    await connection.execute(
        """INSERT INTO ban_records (ban_id, user_id, kind, statement, imposed_at, changed_at)
           VALUES (gen_random_uuid(), $1::uuid, 'permanent', 'Decided elsewhere.', now(), now())""",
        bob.user_id,
    )
    await connection.close()
    assert await bob.closed() == 4003
    assert bob.received("error")[0]["statement"] == "Decided elsewhere."
    assert (await ada.receive("room.ended"))["reason"] == "banned"


@pytest.fixture
async def behind_a_proxy(start_service: StartService) -> AsyncIterator[Service]:
    service = await asyncio.to_thread(start_service, SHORT | {"RONDO_TRUSTED_PROXIES": 1, "RONDO_PUBLIC_ADMIN": "on"})
    yield service
    assert service.faults() == []


@pytest.mark.topology("one_node")
@pytest.mark.settings(RONDO_TRUSTED_PROXIES=1, RONDO_PUBLIC_ADMIN="on")
@pytest.mark.parametrize(
    ("network", "inside", "outside"),
    [
        ("198.51.100.7", "198.51.100.7", "198.51.100.8"),
        ("203.0.113.0/24", "203.0.113.250", "203.0.112.250"),
        ("2001:db8::7", "2001:db8::8", "2001:db8:0:1::7"),
        ("2001:db8:5::/48", "2001:db8:5:ffff::1", "2001:db8:6::1"),
        ("::ffff:192.0.2.0/120", "192.0.2.9", "192.0.3.9"),
    ],
)
async def test_ip_ban_closes_sockets_and_refuses(
    behind_a_proxy: Service, chief: Person, network: str, inside: str, outside: str
) -> None:
    async with (
        aiohttp.ClientSession(headers={"X-Forwarded-For": inside}) as there,
        aiohttp.ClientSession(headers={"X-Forwarded-For": outside}) as elsewhere,
    ):
        eve = await Person(there, behind_a_proxy.base, "Eve").sign_up()
        bob = await Person(elsewhere, behind_a_proxy.base, "Bob").sign_up()
        await eve.connect()
        await bob.connect()
        made = await chief.call("POST", "/v1/admin/ip-bans", {"network": network, "reason": "Spam"}, status=201)
        assert await eve.closed() == 4003
        assert eve.received("error")[0]["code"] == "banned"
        await bob.receive_all()
        assert (await refusal(eve.call("GET", "/v1/me")))["code"] == "banned"
        with pytest.raises(aiohttp.WSServerHandshakeError) as shut:
            await eve.connect()
        assert shut.value.status == 403
        async with there.get(behind_a_proxy.base + "/healthz") as healthy:
            assert healthy.status == 200
        assert (await refusal(chief.call("POST", "/v1/admin/ip-bans", {"network": network})))["code"] == "conflict"
        await chief.call("DELETE", f"/v1/admin/ip-bans/{made['ip_ban_id']}", status=204)
        await eve.connect()
        await eve.delete_account()
        await bob.delete_account()


@pytest.mark.topology("one_node")
@pytest.mark.settings(RONDO_TRUSTED_PROXIES=1, RONDO_PUBLIC_ADMIN="on")
async def test_ip_ban_survives_a_restart_until_its_end(behind_a_proxy: Service, chief: Person) -> None:
    until = (await chief.call("GET", "/v1/admin/stats"))["server_at"] + 4_000
    await chief.call("POST", "/v1/admin/ip-bans", {"network": "198.51.100.0/24", "until_at": until}, status=201)
    await behind_a_proxy.kill()
    await behind_a_proxy.start()
    async with aiohttp.ClientSession(headers={"X-Forwarded-For": "198.51.100.3"}) as there:
        eve = Person(there, behind_a_proxy.base, "Eve")
        await let_in(eve.sign_up, until_at=until)
        assert eve.token
        await eve.delete_account()


@pytest.mark.topology("one_node")
async def test_ban_of_ones_own_address_is_refused(chief: Person) -> None:
    for network in ("127.0.0.1", "127.0.0.0/8", "0.0.0.0/0", "::/0", "nonsense"):
        told = await refusal(chief.call("POST", "/v1/admin/ip-bans", {"network": network}))
        assert (told["code"], told["field"]) == ("invalid", "network"), network


@pytest.mark.topology("one_node")
async def test_operator_grants_moderators_and_verifies_the_audit_log(
    service: Service, connect_user: ConnectUser
) -> None:
    def rondo(*words: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [sys.executable, "-m", "server", *words],
            env={"PATH": "/usr/bin:/bin", "DATABASE_URL": service.dsn},
            cwd=Path(__file__).parents[2],
            capture_output=True,
            text=True,
            check=False,
        )

    meg = await connect_user("Meg", connect=False)
    email = f"meg.{meg.user_id}@example.org"
    await meg.call("POST", "/v1/auth/upgrade", {"email": email, "password": "correct horse"})
    assert (await refusal(meg.call("GET", "/v1/admin/stats")))["code"] == "forbidden"
    assert (await asyncio.to_thread(rondo, "admin", "grant", email, "--role", "admin")).returncode == 1
    assert (await asyncio.to_thread(rondo, "admin", "grant", meg.user_id, "--role", "admin")).returncode == 0
    assert (await meg.call("GET", "/v1/me"))["role"] == "admin"
    log = await meg.call("GET", "/v1/admin/audit")
    assert (log["entries"][0]["action"], log["entries"][0]["subject_id"]) == ("role.granted", meg.user_id)
    assert (await asyncio.to_thread(rondo, "admin", "revoke", meg.user_id)).returncode == 0
    assert (await refusal(meg.call("GET", "/v1/admin/stats")))["code"] == "forbidden"
    unknown = await asyncio.to_thread(rondo, "admin", "grant", "nobody@example.org")
    assert (unknown.returncode, "Traceback" in unknown.stderr) == (1, False)

    held = await asyncio.to_thread(rondo, "audit", "verify")
    assert held.returncode == 0, held.stderr
    head = held.stdout.split()[-1]
    connection = await asyncpg.connect(service.dsn)
    await connection.execute("SET session_replication_role = replica")
    undo = await connection.fetchval("SELECT action FROM audit_log WHERE n = 1")
    await connection.execute("UPDATE audit_log SET action = 'tampered' WHERE n = 1")
    broken = await asyncio.to_thread(rondo, "audit", "verify")
    await connection.execute("UPDATE audit_log SET action = $1 WHERE n = 1", undo)
    await connection.close()
    assert (broken.returncode, "entry 1" in broken.stderr) == (1, True)
    assert (await asyncio.to_thread(rondo, "audit", "verify", "--head", head)).returncode == 0
    assert (await asyncio.to_thread(rondo, "audit", "verify", "--head", "ab" * 32)).returncode == 1
