"""The process of the mirrors: what it knows, how it ends, and that it gets up again."""

import asyncio
import os
from collections.abc import Sequence
from pathlib import Path

import pytest

from matchmaker.domain.errors import Unavailable
from server.mirror import supervisor as module
from server.mirror.child import NICENESS
from server.mirror.supervisor import MirrorSupervisor
from tests.mirror.process import ended
from tests.mirror.script import PATIENCE_S, Socket, played

TOKEN = "a-token-that-nobody-else-may-read"


async def _tokens() -> Sequence[str]:
    return [TOKEN]


async def test_mirror_has_no_secrets_low_priority_and_a_clean_end(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DATABASE_URL", "postgresql://secret@nowhere/")
    left = asyncio.Event()

    async def stay(socket: Socket) -> None:
        assert (await socket.welcome())["token"] == TOKEN
        pid = keeper.pid
        assert pid is not None
        seen = Path(f"/proc/{pid}/cmdline").read_bytes() + Path(f"/proc/{pid}/environ").read_bytes()
        assert TOKEN.encode() not in seen
        assert b"secret" not in seen
        assert os.getpriority(os.PRIO_PROCESS, pid) == NICENESS
        assert Path(f"/proc/{pid}/oom_score_adj").read_text().strip() == "1000"
        stopping = asyncio.create_task(keeper.stop())
        await socket.lost()
        await stopping
        await ended(pid)
        left.set()

    keeper = MirrorSupervisor(_tokens)
    async with played(stay) as page:
        keeper.start(page)
        await asyncio.wait_for(left.wait(), PATIENCE_S)
    await keeper.stop()


async def test_mirror_is_restarted_after_a_crash_and_stopped_when_disabled(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "BACKOFF_S", (0.01, 0.01))
    asked = 0

    async def admit() -> Sequence[str]:
        nonlocal asked
        asked += 1
        if asked == 1:
            raise Unavailable
        return [TOKEN]

    async def fall(socket: Socket) -> None:
        await socket.welcome()
        assert keeper.pid is not None
        os.kill(keeper.pid, 9)
        await socket.lost()

    async def dismiss(socket: Socket) -> None:
        await socket.receive("hello")
        await socket.close(4001)

    keeper = MirrorSupervisor(admit)
    async with played(fall, dismiss) as page:
        keeper.start(page)
        assert keeper._task is not None
        await asyncio.wait_for(keeper._task, PATIENCE_S)
    assert asked == 2
    assert keeper.pid is None


async def test_supervisor_that_was_not_started_stops() -> None:
    await MirrorSupervisor(_tokens).stop()
