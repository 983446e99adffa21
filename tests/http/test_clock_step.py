"""A clock that was two hours slow at the start is corrected while users are connected; over real sockets."""

import time
from typing import Any

import aiohttp
import pytest
from structlog.testing import capture_logs

from matchmaker.domain.clock import SystemClock, WallClock
from server.app import App
from server.db.pool import Pool
from tests.http.conftest import Caller
from tests.http.site.test_metrics import samples
from tests.http.site.test_payments import SECRETS, generic, pay

SLOW_MS = 7_200_000
NEAR_MS = 60_000
"""What a test may take at most, and far less than the clock is wrong."""


class WrongClock(WallClock):
    """The clock of a machine that is slow until `correct`."""

    def __init__(self) -> None:
        self.slow_ms = SLOW_MS
        super().__init__(SystemClock(wall_ns=self._read), wall_ns=self._read)

    def correct(self) -> None:
        self.slow_ms = 0

    def _read(self) -> int:
        return time.time_ns() - self.slow_ms * 1_000_000


@pytest.fixture
def app_clock() -> WrongClock:
    return WrongClock()


def is_now(at: float) -> bool:
    return abs(at - time.time() * 1_000) < NEAR_MS


async def until(socket: aiohttp.ClientWebSocketResponse, kind: str) -> dict[str, Any]:
    while True:
        frame: dict[str, Any] = await socket.receive_json(timeout=10)
        if frame["type"] == kind:
            return frame


@SECRETS
async def test_payments_and_credentials_after_the_correction(
    app: App, app_clock: WrongClock, ada: Caller, anonymous: Caller
) -> None:
    assert (await pay(anonymous, generic(ada.user_id))).status == 400
    app_clock.correct()
    with capture_logs() as logged:
        await app.clock_watch.check()
        await app.clock_watch.check()
    (stepped,) = [line for line in logged if line["event"] == "clock_stepped"]
    assert stepped["step_s"] == pytest.approx(7_200, abs=1)
    assert (await samples(anonymous))["rondo_clock_steps_total",] == 1
    assert (await pay(anonymous, generic(ada.user_id))).status == 200
    ice = await ada.get("/v1/ice")
    assert ice.body["expires_at"] > time.time() * 1_000


async def test_session_keeps_its_time_and_a_new_one_gets_the_corrected_one(
    app: App, app_clock: WrongClock, ada: Caller, bob: Caller
) -> None:
    early = await ada.connect()
    await early.send_json({"type": "queue.join", "mode": "text", "auto_accept": True})
    app_clock.correct()
    await app.clock_watch.check()
    late = await bob.connect()
    await late.send_json({"type": "queue.join", "mode": "text", "auto_accept": True})
    seen = []
    for socket in (early, late):
        room = (await until(socket, "room.started"))["room"]
        await socket.send_json({"type": "ping", "id": 9})
        seen.append((room, (await until(socket, "pong"))["server_at"]))
    (early_room, early_at), (late_room, late_at) = seen
    assert is_now(late_at)
    assert is_now(late_room["started_at"])
    assert is_now(early_at + SLOW_MS)
    assert is_now(early_room["started_at"] + SLOW_MS)
    await early.send_json(
        {"type": "chat.send", "id": 1, "client_id": "1", "room_id": early_room["room_id"], "body": "hello"}
    )
    assert is_now((await until(early, "reply"))["message"]["sent_at"] + SLOW_MS)
    heard = (await until(late, "chat.message"))["message"]
    assert is_now(heard["sent_at"])
    messages = await ada.get("/v1/history")
    assert messages.status == 200


async def test_restart_after_the_correction_continues_the_rooms(
    app: App, app_clock: WrongClock, ada: Caller, bob: Caller, pool: Pool
) -> None:
    sockets = [await ada.connect(), await bob.connect()]
    for socket in sockets:
        await socket.send_json({"type": "queue.join", "mode": "text", "auto_accept": True})
    room_id = (await until(sockets[0], "room.started"))["room"]["room_id"]
    assert not is_now(await pool.fetchval("SELECT unix_ms(offerer_said_at) FROM text_room_activity"))
    app_clock.correct()
    await app.clock_watch.check()
    # All existing rows, as a process reads them that starts now.
    rows = await pool.fetch(
        """SELECT unix_ms(live_at), unix_ms(cooldown_until) - 86400000, unix_ms(offerer_said_at),
                  unix_ms(answerer_said_at) FROM active_rooms JOIN text_room_activity USING (room_id)"""
    )
    assert [is_now(at) for at in rows[0]] == [True] * 4
    (room,) = await app.repository.rooms()
    assert room[0].room_id == room_id
    assert [p.away_until for p in room[0].people] == [None, None]
    # Nobody here was told anything, and nothing has ended.
    await sockets[0].send_json({"type": "chat.send", "id": 1, "client_id": "1", "room_id": room_id, "body": "hello"})
    assert (await until(sockets[1], "chat.message"))["message"]["body"] == "hello"
