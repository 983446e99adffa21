"""The evidence of a report, as it is stored: what was said in the room or channel, and by whom."""

import msgspec

from matchmaker.domain.ids import UserId
from server.db.rooms.meetings import Shown


class EarlierText(msgspec.Struct, frozen=True, kw_only=True):
    """What a message said before an edit or its deletion."""

    body: str
    replaced_at: int


class SaidFile(msgspec.Struct, frozen=True, kw_only=True):
    """A file of a message, which moderators can get by its id while the report is open."""

    attachment_id: str
    name: str
    media_type: str
    bytes: int


class EvidenceMessage(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """Something that was said in the room or channel."""

    sender: UserId = msgspec.field(name="from")
    body: str
    sent_at: int
    n: int | None = None
    """In a channel. That of the reported message is `channel_n` of the report."""
    edited_at: int | None = None
    deleted_at: int | None = None
    versions: list[EarlierText] = []
    attachments: list[SaidFile] = []


class ReportEvidence(msgspec.Struct, frozen=True, kw_only=True):
    """The room, invite or introduction as it was when the report came: column `session_data`."""

    mode: str
    started_at: int
    duration_ms: int
    """How long the two had talked."""
    ended: bool
    """Whether the room or invite was over by then."""
    messages: list[EvidenceMessage]
    """The last of them, oldest first."""
    reporter: Shown | None = None
    """What the reporter went by at that time; None: it was not kept, or went with the account."""
    reported: Shown | None = None
