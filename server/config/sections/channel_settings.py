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
    """Settings of messages between users who stay in touch."""

    groups_max: Count = 200
    """Maximum number of groups per user."""
    group_members_max: _Members = 10
    """Maximum number of members per group. The database allows at most ten."""
    group_readd_s: LongSeconds = 86_400
    """How long after leaving a group, or removal, a user cannot be added again."""
    message_chars: _Chars = 2_000
    """Maximum length of a message, in characters after trimming."""
    mentions_max: Burst = 10
    """Maximum number of users mentioned per message."""
    reactions_max: Burst = 20
    """Maximum number of different emoji per message."""
    edit_s: LongSeconds = 900
    """How long after sending a text can be edited."""
    typing_every_s: Seconds = 3
    """Minimum interval between typing notices of a user in a channel."""
    marks_s: Seconds = 1
    """Interval at which marks (delivered, read) are written, in one statement. A crash loses those of one interval."""
    unread_max: Burst = 100
    """Limit up to which unread messages of a channel are counted."""
    search_channels: Burst = 200
    """Number of channels of a user, the most recent ones, that one search covers."""
    search_delay_s: Seconds = 5
    """Interval at which new messages are indexed for search, in the background."""
    messages_keep_s: LongSeconds = 31_536_000
    """How long messages are kept, and their files (a year); 0: for ever."""
    edited_keep_s: LongSeconds = 2_592_000
    """How long texts before an edit or deletion are kept, as evidence for reports (30 days)."""
    reread_s: Seconds = 60
    """For how long messages are replayed after a link between nodes was lost; after a longer loss clients load the
    inbox."""

    attachments: _Store | None = None
    """Where files are stored: `local` in `uploads/` of the data directory, which all nodes must share; `s3`; `off`. Not
    set: `local` with the embedded database, else `off`."""
    s3_endpoint: Address | None = None
    """URL of the S3-compatible store, like https://s3.example. Clients upload to it, so they must be able to reach it
    too."""
    s3_bucket: Text | None = None
    """The bucket; it must exist and not be public."""
    s3_region: Text | None = None
    """The region for signing requests; not set: us-east-1."""
    s3_key: Text | None = None
    """The access key."""
    s3_secret: Text | None = None
    """The secret key."""
    attachment_bytes: _Bytes = 10_485_760
    """Maximum size of a file (10 MiB)."""
    attachment_day_bytes: _Quota = 104_857_600
    """Maximum upload volume of a user within 24 hours (100 MiB)."""
    attachment_quota_bytes: _Quota = 524_288_000
    """Maximum storage of a user (500 MiB)."""
    attachments_per_message: _Few = 4
    """Maximum number of files per message."""
    upload_s: Seconds = 600
    """How long the permission to upload a file is valid."""
    unused_file_s: LongSeconds = 3_600
    """How long an uploaded file is kept until it is sent; then it is deleted."""
    file_link_s: Seconds = 300
    """How long a link to a file is valid; friendship is not checked again during that time."""
    picture_pixels: _Pixels = 50_000_000
    """Maximum number of pixels of a picture: a small file can decode to gigabytes."""
    picture_side: _Side = 2_560
    """Longest side of a picture after re-encoding, in pixels."""
    picture_workers: _Workers = 1
    """Number of processes that re-encode pictures."""

    def attachment_store(self, *, embedded: bool) -> _Store:
        """Return where files are stored; *embedded*: the database is the embedded one."""
        return self.attachments or ("local" if embedded else "off")

    @property
    def channel_terms(self) -> ChannelTerms:
        """Return the limits of channels."""
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
