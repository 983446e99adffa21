"""A block also keeps the blocker alone apart from newer accounts of the blocked person's network or device."""

import aiohttp
import pytest

from server.db.pool import Pool
from server.http.account.device_cookie import COOKIE, new_device
from tests.http.conftest import Caller

HOUR_MS = 3_600_000
HERE, THERE, LAN = "203.0.113.7", "198.51.100.9", "192.168.1.20"

pytestmark = pytest.mark.settings(trusted_proxies=1, rate_limits=False)


class Visitor(Caller):
    """Somebody who always comes from one address, with one device cookie."""

    address = ""
    device = ""

    @property
    def headers(self) -> dict[str, str]:
        return {"X-Forwarded-For": self.address} | ({"Cookie": f"{COOKIE}={self.device}"} if self.device else {})

    async def connect(self) -> aiohttp.ClientWebSocketResponse:
        socket = await self.session.ws_connect(f"{self.base}/v1/ws", headers=self.headers)
        await socket.send_json({"type": "hello", "token": self.token})
        assert (await socket.receive_json(timeout=5))["type"] == "welcome"
        return socket

    async def ask(self, method: str, path: str) -> object:
        return (await self.call(method, path, headers=self.headers)).body


async def arrive(anonymous: Caller, name: str, address: str, *, device: str = "") -> Visitor:
    """Sign up a user."""
    who = Visitor(anonymous.session, anonymous.base)
    who.address, who.device = address, device
    reply = await who.post("/v1/auth/guest", {"display_name": name, "adult": True}, headers=who.headers)
    who.token, who.user_id = reply.body["token"], reply.body["user"]["user_id"]
    return who


async def asked(socket: aiohttp.ClientWebSocketResponse, **frame: object) -> dict[str, object]:
    """Return the answer to a frame; events before it are passed over."""
    await socket.send_json({"id": 1, **frame})
    while True:
        told: dict[str, object] = await socket.receive_json(timeout=5)
        if told.get("id") == 1:
            return told


async def people(socket: aiohttp.ClientWebSocketResponse) -> list[object]:
    """Return the names in `discover`."""
    told = await asked(socket, type="discover", include_seen=True)
    return [person["display_name"] for person in told["people"]]  # type: ignore[attr-defined]


async def waits(who: Visitor) -> aiohttp.ClientWebSocketResponse:
    socket = await who.connect()
    assert (await asked(socket, type="queue.join", mode="text", pairing="manual"))["type"] == "reply"
    return socket


@pytest.mark.parametrize(
    ("address", "device", "is_apart"),
    [(HERE, "", True), ("203.0.113.99", "", True), (THERE, "same", True), (THERE, "", False), (LAN, "", False)],
    ids=["address", "network", "device", "other_network", "private_address"],
)
async def test_new_account_of_a_blocked_user(anonymous: Caller, address: str, device: str, *, is_apart: bool) -> None:
    device = new_device() if device else ""
    ada = await arrive(anonymous, "Ada", "192.0.2.1")
    cleo = await arrive(anonymous, "Cleo", "192.0.2.130")
    mallory = await arrive(anonymous, "Mallory", HERE, device=device)
    async with await waits(ada) as adas, await waits(cleo) as cleos:
        assert (await asked(adas, type="block", user_id=mallory.user_id))["type"] == "reply"
        again = await arrive(anonymous, "Again", address, device=device)
        async with await waits(again) as agains:
            assert ("Again" not in await people(adas)) is is_apart
            assert ("Ada" not in await people(agains)) is is_apart
            assert "Again" in await people(cleos), "the blocker alone is kept apart"
            told = await asked(agains, type="invite.send", user_id=ada.user_id, mode="text")
            assert told.get("code") == ("target_unavailable" if is_apart else None)
    for path in ("/v1/blocks", "/v1/cooldowns"):
        listed = [str(await who.ask("GET", path)) for who in (ada, again)]
        assert not any(again.user_id in one for one in listed)
        assert ada.user_id not in listed[1]


async def test_private_addresses_are_matched_by_device_alone(anonymous: Caller) -> None:
    device = new_device()
    ada, mallory = await arrive(anonymous, "Ada", LAN), await arrive(anonymous, "Mallory", LAN, device=device)
    async with await waits(ada) as adas:
        await asked(adas, type="block", user_id=mallory.user_id)
        neighbour, again = await arrive(anonymous, "Dan", LAN), await arrive(anonymous, "Again", LAN, device=device)
        async with await waits(neighbour), await waits(again):
            assert await people(adas) == ["Dan"]


async def test_blocker_and_newcomer_are_not_paired(anonymous: Caller) -> None:
    ada, mallory = await arrive(anonymous, "Ada", THERE), await arrive(anonymous, "Mallory", HERE)
    async with await ada.connect() as adas:
        await asked(adas, type="block", user_id=mallory.user_id)
        await asked(adas, type="queue.join", mode="text", auto_accept=True)
        again, cleo = await arrive(anonymous, "Again", HERE), await arrive(anonymous, "Cleo", "192.0.2.1")
        async with await again.connect() as agains, await cleo.connect() as cleos:
            await asked(agains, type="queue.join", mode="text", auto_accept=True)
            await asked(cleos, type="queue.join", mode="text", auto_accept=True)
            started = await adas.receive_json(timeout=5)
            assert (started["type"], started["room"]["peer"]["display_name"]) == ("room.started", "Cleo")


async def test_account_from_before_the_block_is_not_kept_apart(anonymous: Caller) -> None:
    ada, mallory = await arrive(anonymous, "Ada", THERE), await arrive(anonymous, "Mallory", HERE)
    dan = await arrive(anonymous, "Dan", HERE)
    async with await waits(ada) as adas, await waits(dan) as dans:
        await asked(adas, type="block", user_id=mallory.user_id)
        assert await people(adas) == ["Dan"]
        assert await people(dans) == ["Ada"]


async def test_deleting_the_blocked_account_changes_nothing(anonymous: Caller) -> None:
    ada, mallory = await arrive(anonymous, "Ada", THERE), await arrive(anonymous, "Mallory", HERE)
    async with await waits(ada) as adas:
        await asked(adas, type="block", user_id=mallory.user_id)
        await mallory.ask("DELETE", "/v1/me")
        async with await waits(await arrive(anonymous, "Again", HERE)):
            assert await people(adas) == []


async def test_unblock_ends_it_immediately(anonymous: Caller) -> None:
    ada, mallory = await arrive(anonymous, "Ada", THERE), await arrive(anonymous, "Mallory", HERE)
    async with await waits(ada) as adas:
        await asked(adas, type="block", user_id=mallory.user_id)
        async with await waits(await arrive(anonymous, "Again", HERE)) as agains:
            assert await people(agains) == []
            await ada.ask("DELETE", f"/v1/blocks/{mallory.user_id}")
            assert await people(adas) == ["Again"]
            assert await people(agains) == ["Ada"]


async def test_report_blocks_newcomers_as_a_block_does(anonymous: Caller) -> None:
    ada, mallory = await arrive(anonymous, "Ada", THERE), await arrive(anonymous, "Mallory", HERE)
    async with await ada.connect() as adas, await mallory.connect() as mallorys:
        for socket in (adas, mallorys):
            await asked(socket, type="queue.join", mode="text", auto_accept=True)
        assert (await adas.receive_json(timeout=5))["type"] == "room.started"
        assert (await asked(adas, type="report", user_id=mallory.user_id, category="spam"))["type"] == "reply"
        async with await waits(await arrive(anonymous, "Again", HERE)):
            assert await people(adas) == []


async def test_exclusion_ends_after_72_hours(anonymous: Caller, pool: Pool) -> None:
    ada, mallory = await arrive(anonymous, "Ada", THERE), await arrive(anonymous, "Mallory", HERE)
    await ada.ask("PUT", f"/v1/blocks/{mallory.user_id}")
    lasts: float = await pool.fetchval("SELECT extract(epoch FROM until_at - since_at)::float8 FROM block_origins")
    assert lasts == 72 * 3_600
    await pool.execute("UPDATE block_origins SET since_at = since_at - interval '72 hours', until_at = now()")
    async with await waits(ada) as adas, await waits(await arrive(anonymous, "Again", HERE)):
        assert await people(adas) == ["Again"]


@pytest.mark.settings(trusted_proxies=1, rate_limits=False, block_newcomers_s=0)
async def test_setting_switches_it_off(anonymous: Caller, pool: Pool) -> None:
    ada, mallory = await arrive(anonymous, "Ada", THERE), await arrive(anonymous, "Mallory", HERE)
    await ada.ask("PUT", f"/v1/blocks/{mallory.user_id}")
    assert await pool.fetchval("SELECT count(*) FROM block_origins") == 0
