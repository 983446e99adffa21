"""Visitors who are friends, or at least have met: made in the database, as stories about messages need them."""

from collections.abc import Sequence

import asyncpg
from playwright.async_api import expect

from tests.browser.visitor import PATIENCE_MS, Visitor
from tests.support.service import Service

MET = """
INSERT INTO chat_history (
    user_id, room_id, peer_id, chat_mode, started_at, ended_at, live_ms, end_reason, message_count)
SELECT a, r, b, 'text', now() - interval '2 days', now() - interval '2 days', 9000, 'hangup', 0
FROM (SELECT gen_random_uuid() AS r) AS x, (VALUES ($1::uuid, $2::uuid), ($2::uuid, $1::uuid)) AS p (a, b)
"""
PERMANENT = "UPDATE users SET password_hash = 'x' WHERE user_id = $1::uuid AND password_hash IS NULL"


async def user_id(visitor: Visitor) -> str:
    return str(await visitor.page.evaluate("rondoApp.state.me.user_id"))


async def acquaint(service: Service, visitors: Sequence[Visitor]) -> None:
    """Let visitors who have signed up have accounts that last, and have met each other two days ago."""
    database = await asyncpg.connect(service.dsn)
    try:
        ids = [await user_id(visitor) for visitor in visitors]
        for n, one in enumerate(ids):
            await database.execute(PERMANENT, one)
            for other in ids[:n]:
                await database.execute(MET, one, other)
    finally:
        await database.close()


async def befriend(service: Service, visitors: Sequence[Visitor]) -> None:
    """Make visitors who have signed up friends of each other."""
    await acquaint(service, visitors)
    ids = [await user_id(visitor) for visitor in visitors]
    for n, visitor in enumerate(visitors):
        for other in ids[:n] + ids[n + 1 :]:
            await visitor.page.evaluate("other => rondoApp.people.ask(other)", other)
    for visitor in visitors:
        await visitor.until(f"rondoApp.people.state.friends.length === {len(ids) - 1}")


async def write_to(visitor: Visitor, name: str) -> None:
    """Open the conversation with the friend *name*."""
    await visitor.see("friends-nav").click()
    await visitor.see("tab-friends").click()
    await visitor.see("friend").filter(has_text=name).locator('[data-test="write"]').click()
    await expect(visitor.see("talk-line")).to_be_visible(timeout=PATIENCE_MS)


async def write(visitor: Visitor, text: str) -> None:
    await visitor.see("talk-line").fill(text)
    await visitor.see("talk-send").click()
