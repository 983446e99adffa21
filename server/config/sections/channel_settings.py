"""Settings of channels, messages and files."""

from typing import Annotated, Literal

from msgspec import Meta

from server.config.sections.friend_settings import FriendSettings
from server.config.sections.setting_types import Address, Burst, Count, LongSeconds, Seconds, Text
from server.domain.people.channel_terms import ChannelTerms
from server.domain.people.groups import GroupLimits
from server.domain.people.messages import MessageLimits

_Members = Annotated[int, Meta(ge=2, le=10, description="a count of users from 2 to 10")]
_Chars = Annotated[int, Meta(ge=1, le=4_000, description="a count of characters from 1 to 4000")]
_Few = Annotated[int, Meta(ge=1, le=16, description="a count from 1 to 16")]
_Bytes = Annotated[int, Meta(ge=1, le=104_857_600, description="a count of bytes from 1 to 104857600 (100 MiB)")]
_Quota = Annotated[int, Meta(ge=1, le=2**40, description="a count of bytes from 1 to 1099511627776 (1 TiB)")]
_Pixels = Annotated[int, Meta(ge=1, le=1_000_000_000, description="a count of pixels from 1 to 1000000000")]
_Side = Annotated[int, Meta(ge=256, le=16_384, description="a count of pixels from 256 to 16384")]
_Workers = Annotated[int, Meta(ge=1, le=32, description="a count of processes from 1 to 32")]
_Store = Annotated[Literal["local", "s3", "off"], Meta(description="local, s3 or off")]


class ChannelSettings(FriendSettings, frozen=True, kw_only=True):
    """What the operator decided about messages between users who stay in touch."""

    groups_max: Count = 200
    """In how many groups a user may be."""
    group_members_max: _Members = 10
    """How many members a group may have. The database holds ten at most."""
    group_readd_s: LongSeconds = 86_400
    """How long after leaving a group, or removal, a user cannot be added again, against their will."""
    message_chars: _Chars = 2_000
    """How long a message may be, in characters after trimming."""
    mentions_max: Burst = 10
    """How many users one message may mention."""
    reactions_max: Burst = 20
    """How many different emoji one message may have."""
    edit_s: LongSeconds = 900
    """How long after sending a text can be edited."""
    typing_every_s: Seconds = 3
    """How often at most a typing notice of a user is passed on to a channel."""
    marks_s: Seconds = 1
    """How often marks (delivered, read) are written, in one statement. A crash loses those of this time."""
    unread_max: Burst = 100
    """Up to how many unread messages of a channel are counted."""
    search_channels: Burst = 200
    """How many channels of a user, the latest, one search looks at."""
    search_delay_s: Seconds = 5
    """How often new messages are indexed for search, in the background."""
    messages_keep_s: LongSeconds = 31_536_000
    """How long messages are kept, and their files (a year); 0: for ever."""
    edited_keep_s: LongSeconds = 2_592_000
    """How long the texts before an edit or deletion are kept, as evidence for reports (30 days)."""
    reread_s: Seconds = 60
    """How far back messages are read again after a link between nodes was lost; after more clients read the inbox."""

    attachments: _Store | None = None
    """Where files are kept: `local` in `uploads/` of the data directory, which all nodes must share; `s3`; `off`. Not
    set: `local` with the embedded database, else `off`."""
    s3_endpoint: Address | None = None
    """The S3-compatible store, like https://s3.example. Clients must reach it too: they upload to it."""
    s3_bucket: Text | None = None
    """The bucket, which exists and is not public."""
    s3_region: Text | None = None
    """The region that requests are signed for; not set: us-east-1."""
    s3_key: Text | None = None
    """The access key."""
    s3_secret: Text | None = None
    """The secret key."""
    attachment_bytes: _Bytes = 10_485_760
    """How large a file may be (10 MiB)."""
    attachment_day_bytes: _Quota = 104_857_600
    """How much a user may upload within 24 hours (100 MiB)."""
    attachment_quota_bytes: _Quota = 524_288_000
    """How much a user may keep (500 MiB)."""
    attachments_per_message: _Few = 4
    """How many files a message may have."""
    upload_s: Seconds = 600
    """How long the permission to upload a file holds."""
    unused_file_s: LongSeconds = 3_600
    """How long an uploaded file waits to be sent, before it is deleted."""
    file_link_s: Seconds = 300
    """How long a link to a file works; friendship is not checked again during that time."""
    picture_pixels: _Pixels = 50_000_000
    """How many pixels a picture may have: a small file can unfold to gigabytes."""
    picture_side: _Side = 2_560
    """The longest side of a picture after re-encoding."""
    picture_workers: _Workers = 1
    """How many processes re-encode pictures."""

    def attachment_store(self, *, embedded: bool) -> _Store:
        """Return where files are kept; *embedded*: the database is the embedded one."""
        return self.attachments or ("local" if embedded else "off")

    @property
    def channel_terms(self) -> ChannelTerms:
        """What holds for channels."""
        return ChannelTerms(
            messages=MessageLimits(
                chars=self.message_chars,
                attachments=self.attachments_per_message,
                mentions=self.mentions_max,
                reactions=self.reactions_max,
                edit_ms=round(self.edit_s * 1_000),
            ),
            groups=GroupLimits(
                members=self.group_members_max,
                groups=self.groups_max,
                readd_ms=round(self.group_readd_s * 1_000),
            ),
            unread_max=self.unread_max,
            search_channels=self.search_channels,
            edited_keep_ms=round(self.edited_keep_s * 1_000),
        )
