"""A server that is killed and started again has forgotten no attempt."""

import aiohttp
import pytest

from tests.journeys.service import Service


# A setting that no other story has: nobody else has signed up at this server.
@pytest.mark.settings(RONDO_RATE_LIMITS="on", RONDO_DRAIN_S=24)
async def test_a_crash_does_not_reopen_the_door(service: Service, http: aiohttp.ClientSession) -> None:
    async def sign_up() -> int:
        body = {"display_name": "Eve", "adult": True}
        async with http.post(f"{service.base}/v1/auth/guest", json=body) as response:
            return response.status

    assert [await sign_up() for _ in range(7)] == [201] * 6 + [429]
    await service.kill()
    await service.start()
    assert await sign_up() == 429
