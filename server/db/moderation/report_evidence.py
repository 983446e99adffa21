"""The evidence of a report, as stored: messages of the room or channel, and their senders."""

import msgspec

from matchmaker.domain.ids import UserId
from server.db.rooms.meetings import Shown


class EarlierText(msgspec.Struct, frozen=True, kw_only=True):
    """The text of a message before an edit or its deletion."""

    body: str
    replaced_at: int


class SaidFile(msgspec.Struct, frozen=True, kw_only=True):
    """A file of a message, which moderators can get by its id while the report is open."""

    attachment_id: str
    name: str
    media_type: str
    bytes: int


class EvidenceMessage(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """A message of the room or channel."""

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
    """The room, invite or introduction as it was at the report: column `session_data`."""

    mode: str
    started_at: int
    duration_ms: int
    """How long the users had talked."""
    ended: bool
    """Whether the room or invite was over by then."""
    messages: list[EvidenceMessage]
    """The last messages, oldest first."""
    reporter: Shown | None = None
    """The name and tags of the reporter at that time; None: not stored, or deleted with the account."""
    reported: Shown | None = None
