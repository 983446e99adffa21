"""The access levels: who may be matched while the service is invite-only, and what raises a level.

unpaid ─code→ grace ─4 conversations→ verified
   └──────────────┴──────payment────→ paid          never lowered; verified and paid are both final
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
    """Raises access levels durably, then notifies the live connections. Any method may raise `errors.Unavailable`."""

    def __init__(self, pool: Pool, clock: Clock, broadcast: AccountBroadcast) -> None:
        self._pool = pool
        self._clock = clock
        self._broadcast = broadcast

    async def redeem(self, user: UserId, text: str) -> Access:
        """Spend one use of a code to raise the access of *user*; return the new access.

        Raises:
            NotFound: there is no such code, it is used up, or it belongs to *user*.
            StateConflict: *user* has access already.
        """
        access = await invite_codes.redeem(self._pool, user, read_invite_code(text), now=self._clock.now())
        self._grant(user)
        return access

    async def own_code(self, user: UserId) -> InviteCode:
        """Return the invite code of *user*.

        Raises:
            NotFound: *user* has not earned one.
        """
        fresh = new_code(INVITE_LENGTH)
        return await invite_codes.own(self._pool, user, fresh=fresh, now=self._clock.now())

    async def make_code(self, *, uses: int, by: UserId | None) -> Made:
        """Create a code with *uses* uses for an administrator; it is recorded in the audit log."""
        return await invite_codes.make(self._pool, new_code(INVITE_LENGTH), uses=uses, by=by, now=self._clock.now())

    async def codes(self, *, limit: int) -> list[Made]:
        """Return the latest codes that administrators have made, newest first."""
        return await invite_codes.made(self._pool, limit=limit)

    async def take_payment(self, provider: Provider, payment_id: str, *, user: UserId) -> Outcome:
        """Record a payment, once, and raise the access of its payer."""
        outcome = await payments.take(self._pool, provider, payment_id, user=user, now=self._clock.now())
        if outcome == "paid":
            self._grant(user)
        return outcome

    async def has_access(self, user: UserId) -> bool:
        """Return whether *user* may be matched, read from the database: another node may have raised the access."""
        if not await invite_codes.has_access(self._pool, user):
            return False
        self._grant(user)
        return True

    def _grant(self, user: UserId) -> None:
        self._broadcast.change(user, may_meet=True)


def read_invite_code(text: str) -> str:
    """Return the normalized code of the input *text*.

    Raises:
        NotFound: *text* is not in the format of a code.
    """
    code = read_code(text, INVITE_LENGTH)
    if code is None:
        raise NotFound("there is no such code, or all of its uses are spent")
    return code
