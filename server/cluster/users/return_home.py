"""Users whose socket is at another node go home when their room has ended, before they are paired again."""

import asyncio
from typing import Final

from matchmaker.domain.ids import UserId
from matchmaker.domain.user_state import UserState
from matchmaker.matchmaker import Matchmaker
from server.cluster.context import NodeContext
from server.cluster.users.attached_links import AttachedLinks, hint_home, is_remote

HOME_EVERY_S: Final = 1.0
HOME_WITHIN_S: Final = 1.5
"""How long a user may take to go home after a room before they are paired where they are."""


class ReturnHome:
    """Keeps users away from home out of the queue after a room, and hints to their edges that they can come."""

    def __init__(self, context: NodeContext, matchmaker: Matchmaker, attached: AttachedLinks) -> None:
        self._context = context
        self._matchmaker = matchmaker
        self._attached = attached
        context.store.changes.moved.subscribe(self._on_moved)

    def _on_moved(self, state: UserState) -> None:
        """Hint home a user who has left a room, and pair them only there, unless they take too long."""
        conversation, loop = self._context.conversation_of(state.user), asyncio.get_running_loop()
        if state.room is None and state.connected and is_remote(conversation):
            self._context.store.pair_no_more(state.user)
            loop.call_soon(hint_home, conversation)
            loop.call_later(HOME_WITHIN_S, self._pair_again, state.user)

    def _pair_again(self, user: UserId) -> None:
        if self._context.store.pair_again(user):
            self._matchmaker.context.schedule_matching(user)

    async def keep_hinting(self) -> None:
        """Hint home, until cancelled, those whose socket is elsewhere and who have neither invite nor room."""
        while True:
            await asyncio.sleep(HOME_EVERY_S)
            for conversation in list(self._attached.conversations.values()):
                if self._context.owns(conversation.user) and self._context.is_free(conversation.user):
                    hint_home(conversation)
