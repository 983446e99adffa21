"""Guests, signed up by HTTP."""

import asyncio

import aiohttp

AT_ONCE = 32


def sign_up(port: int, count: int) -> list[str]:
    """Sign up *count* guests, women and men in turn; return their tokens in this order.

    Raises:
        aiohttp.ClientError: a sign-up failed.
    """
    return asyncio.run(_sign_up(f"http://127.0.0.1:{port}", count))


async def _sign_up(root: str, count: int) -> list[str]:
    tokens = [""] * count
    numbers = iter(range(count))

    async def some(session: aiohttp.ClientSession) -> None:
        for number in numbers:
            body = {"display_name": f"Guest {number}", "adult": True, "gender": ("female", "male")[number % 2]}
            async with session.post("/v1/auth/guest", json=body) as answer:
                answer.raise_for_status()
                tokens[number] = (await answer.json())["token"]

    async with aiohttp.ClientSession(root, connector=aiohttp.TCPConnector(limit=AT_ONCE)) as session:
        await asyncio.gather(*(some(session) for _ in range(AT_ONCE)))
    return tokens
