"""The access ladder: who may meet people while the service is invite-only, and what moves them up.

unpaid ─code→ grace ─4 conversations→ verified
   └──────────────┴──────payment────→ paid          access is never lowered, nor moved from one top to the other
"""

from matchmaker.domain.clock import Clock
from matchmaker.domain.errors import NotFound
from matchmaker.domain.ids import UserId
from server.auth.account_broadcast import AccountBroadcast
from server.db.accounts import invite_codes, payments
from server.db.accounts.invite_codes import InviteCode, Made
from server.db.accounts.payments import Outcome, Provider
from server.db.accounts.sessions import Access
from server.db.pool import Pool
from server.domain.share_codes import INVITE_LENGTH, new_code, read_code


class AccessService:
    """Moves people up, durably, and lets their live sockets know. Any call may raise `errors.Unavailable`."""

    def __init__(self, pool: Pool, clock: Clock, broadcast: AccountBroadcast) -> None:
        self._pool = pool
        self._clock = clock
        self._broadcast = broadcast

    async def redeem(self, user: UserId, text: str) -> Access:
        """Let *user* in by a code, one use of which is spent; return their access.

        Raises:
            NotFound: there is no such code, it is used up, or it is their own.
            Taken: they have access already.
        """
        access = await invite_codes.redeem(self._pool, user, read_invite_code(text), now=self._clock.now())
        self._grant(user)
        return access

    async def own_code(self, user: UserId) -> InviteCode:
        """Return the code of *user*'s own.

        Raises:
            NotFound: they have not earned one.
        """
        fresh = new_code(INVITE_LENGTH)
        return await invite_codes.own(self._pool, user, fresh=fresh, now=self._clock.now())

    async def make_code(self, *, uses: int, by: UserId | None) -> Made:
        """Make a code with *uses* uses, on behalf of an administrator; it is in the audit log."""
        return await invite_codes.make(self._pool, new_code(INVITE_LENGTH), uses=uses, by=by, now=self._clock.now())

    async def codes(self, *, limit: int) -> list[Made]:
        """Return the latest codes that administrators have made, newest first."""
        return await invite_codes.made(self._pool, limit=limit)

    async def take_payment(self, provider: Provider, payment_id: str, *, user: UserId) -> Outcome:
        """Note a payment, once, and let its payer in."""
        outcome = await payments.take(self._pool, provider, payment_id, user=user, now=self._clock.now())
        if outcome == "paid":
            self._grant(user)
        return outcome

    async def has_access(self, user: UserId) -> bool:
        """Tell, from the ledger, whether *user* may meet people: another node may have let them in."""
        if not await invite_codes.has_access(self._pool, user):
            return False
        self._grant(user)
        return True

    def _grant(self, user: UserId) -> None:
        self._broadcast.change(user, may_meet=True)


def read_invite_code(text: str) -> str:
    """Return the code that *text* means.

    Raises:
        NotFound: it cannot be one.
    """
    code = read_code(text, INVITE_LENGTH)
    if code is None:
        raise NotFound("there is no such code, or all of its uses are spent")
    return code
