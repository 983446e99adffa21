"""Cloudflare Turnstile: verification of tokens by its siteverify API."""

import asyncio

import aiohttp
import msgspec
import structlog

from matchmaker.domain.errors import Unavailable

TIMEOUT_S = 5
AT_ONCE = 20
"""Limit of concurrent requests to the service: a flood of forged tokens must not use up the file descriptors."""
TOKEN_MAX = 2_048
"""Longest token, as Cloudflare documents it."""
ORIGIN = "https://challenges.cloudflare.com"
"""Source of the widget's script, for the page."""
_OURS = frozenset({"missing-input-secret", "invalid-input-secret", "bad-request", "internal-error"})
"""Error codes that are no verdict on the token: our secret is wrong, or Cloudflare has a fault."""

log = structlog.get_logger()


class _Verdict(msgspec.Struct):
    success: bool
    error_codes: list[str] = msgspec.field(name="error-codes", default_factory=list)


class Turnstile:
    """Verifies tokens at *url* with the *secret* of the widget."""

    def __init__(self, url: str, secret: str) -> None:
        self._url = url
        self._secret = secret
        self._under_way = 0
        self._is_up = True

    async def is_earned(self, token: str) -> bool:
        """Return whether *token* comes from a widget that its visitor passed; Cloudflare accepts each token once.

        The address of the visitor is not sent.

        Raises:
            Unavailable: Turnstile cannot be reached, or rejects our secret.
        """
        if not token or len(token) > TOKEN_MAX:
            return False
        if self._under_way >= AT_ONCE:
            raise Unavailable
        self._under_way += 1
        try:
            verdict = await self._ask(token)
        except (aiohttp.ClientError, TimeoutError, ValueError) as error:
            self._record(reason=type(error).__name__)
            raise Unavailable from None
        finally:
            self._under_way -= 1
        if ours := _OURS.intersection(verdict.error_codes):
            self._record(reason=min(ours))
            raise Unavailable
        self._record(reason=None)
        return verdict.success

    async def _ask(self, token: str) -> _Verdict:
        timeout = aiohttp.ClientTimeout(total=TIMEOUT_S)
        async with asyncio.timeout(TIMEOUT_S), aiohttp.ClientSession(timeout=timeout) as session:
            body = {"secret": self._secret, "response": token}
            async with session.post(self._url, data=body, allow_redirects=False) as response:
                # Some rejections come with 400 and the same body.
                if response.status >= 500:
                    response.raise_for_status()
                return msgspec.json.decode(await response.content.read(65_536), type=_Verdict)

    def _record(self, *, reason: str | None) -> None:
        """Log that Turnstile became unreachable or reachable, once per change."""
        if self._is_up and reason is not None:
            log.error("turnstile_unavailable", reason=reason)
        elif not self._is_up and reason is None:
            log.info("turnstile_available")
        self._is_up = reason is None
