"""Users whose socket is at another node go home when their room has ended, before they are paired again."""

import asyncio
from typing import Final

from matchmaker.domain.ids import UserId
from matchmaker.domain.user_events import AnyUserEvent, RoomEnded, RoomStarted
from server.cluster.context import NodeContext
from server.cluster.users.attached_links import AttachedLinks, is_remote
from server.cluster.users.moves import Moves

HOME_EVERY_S: Final = 1.0
HOME_WITHIN_S: Final = 1.5
"""How long a user may take to go home after a room before they are paired where they are."""


class Homecoming:
    """Keeps users away from home out of the queue, and hints to their edges that they can come."""

    def __init__(self, context: NodeContext, attached: AttachedLinks, moves: Moves) -> None:
        self._context = context
        self._attached = attached
        self._moves = moves

    def on_news(self, news: AnyUserEvent) -> None:
        """Keep users whose socket is elsewhere from being paired here again when their room ends: they go home."""
        if isinstance(news, RoomStarted):
            if is_remote(self._context.conversation_of(news.to)):
                self._context.matchmaker.context.store.pair_no_more(news.to)
        elif isinstance(news, RoomEnded) and news.to in self._context.matchmaker.context.store.unpaired:
            self._room_ended(news.to)

    def _room_ended(self, user: UserId) -> None:
        loop, conversation = asyncio.get_running_loop(), self._context.conversation_of(user)
        if is_remote(conversation):
            loop.call_soon(self._moves.hint_home, conversation)
            loop.call_later(HOME_WITHIN_S, self._pair_again, user)
        else:
            loop.call_soon(self._pair_again, user)

    def _pair_again(self, user: UserId) -> None:
        house = self._context.matchmaker.context
        if not self._context.has_room(user) and house.store.pair_again(user):
            house.schedule_matching(user)

    async def keep_hinting(self) -> None:
        """Hint home, until cancelled, those whose socket is elsewhere and who have neither invite nor room."""
        while True:
            await asyncio.sleep(HOME_EVERY_S)
            for socket in list(self._attached.sockets.values()):
                user = socket.conversation.user
                if self._context.owns(user) and self._context.is_free(user):
                    self._moves.hint_home(socket.conversation)
