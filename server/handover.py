"""Two processes on one database, for the seconds of a deploy: each person is in one of them, each room as a whole."""

import asyncio

import structlog

from matchmaker.errors import Unavailable
from matchmaker.ids import UserId
from server.app import App
from server.ledger.succession import Succession
from signaling.closecodes import CloseCode
from signaling.door import Identity

log = structlog.get_logger()


class Handover:
    """Stands at the door: whoever says hello here is let go there first, and their room is taken over."""

    def __init__(self, app: App, dsn: str) -> None:
        self.succession = Succession(dsn, let_go=self._let_go, on_alone=self._inherit)
        self._app = app
        self._door = app.speaker.door
        app.speaker.door = self

    async def admit(self, token: str, *, address: str, device: str) -> Identity:
        """Let somebody in who says hello on a socket, with everything that is theirs. Raises as the door behind it.

        Raises:
            Unavailable: they belong to a newer process, or an older one does not let go of them.
        """
        identity = await self._door.admit(token, address=address, device=device)
        user, matchmaker = identity.profile.user_id, self._app.matchmaker
        if self.succession.has_newer:
            # Whom the newer process has is not taken back: their client tries again, and finds it.
            if not await matchmaker.company(user) and await self._app.ledger.room_of(user) is not None:
                raise Unavailable
        elif await self.succession.claim(user):
            await matchmaker.take_over(user)
        return identity

    async def _let_go(self, user: UserId) -> None:
        """Give *user* up, and their room with its other member, who follows them."""
        matchmaker = self._app.matchmaker
        company = await matchmaker.company(user)
        # First nobody says anything any more, then nobody is here any more: what was begun is done, and told.
        await asyncio.gather(*(self._part(one, is_mover=one == user) for one in company))
        for one in await matchmaker.let_go(user):
            if one not in company:
                await self._part(one, is_mover=False)

    async def _part(self, user: UserId, *, is_mover: bool) -> None:
        if is_mover:
            await self._app.speaker.part(user, CloseCode.TAKEN_OVER, "taken over")
        else:
            await self._app.speaker.part(user, CloseCode.GOING_AWAY, "your room moves on")

    async def _inherit(self) -> None:
        """Take over what the last other process has left behind."""
        log.info("took over", rooms=await self._app.matchmaker.recover(only_new=True))
