"""What one person has been shown already, where there are several nodes: word of it may come from another once more."""

from typing import Final

from matchmaker.ledger import MESSAGES_IN_STATE
from matchmaker.news import AnyNews, ChatSaid, InviteReceived, RoomStarted
from matchmaker.standing import Standing

SHOWN_MAX: Final = 256
"""Messages, rooms and invites whose second telling is recognised: more than wait anywhere for Redis to come back."""


class Shown:
    """What the welcome has shown, and events since."""

    __slots__ = ("_ids", "_since")

    def __init__(self, standing: Standing) -> None:
        ids: list[str] = [message.message_id for message in standing.messages]
        if standing.room is not None:
            ids.append(standing.room.room_id)
        if standing.invite is not None:
            ids.append(standing.invite.invite_id)
        self._ids = dict.fromkeys(ids)
        """The oldest first."""
        is_cut = len(standing.messages) >= MESSAGES_IN_STATE
        self._since = standing.messages[0].sent_at if is_cut else 0
        """What was said before is history: it was heard on another node, or is found by looking back."""

    def has(self, news: AnyNews) -> bool:
        """Tell whether what *news* shows was shown before; from now on it was."""
        if isinstance(news, ChatSaid):
            if news.message.sent_at < self._since:
                return True
            subject: str = news.message.message_id
        elif isinstance(news, RoomStarted):
            subject = news.room.room_id
        elif isinstance(news, InviteReceived):
            subject = news.invite.invite_id
        else:
            return False
        if subject in self._ids:
            return True
        self._ids[subject] = None
        if len(self._ids) > SHOWN_MAX:
            del self._ids[next(iter(self._ids))]
        return False
