"""Stored channels and messages as one viewer sees them."""

from collections.abc import Callable
from typing import Final

from matchmaker.domain.ids import UserId
from matchmaker.domain.profile import Profile
from server.db.channels.members.inbox import ChannelView
from server.db.channels.messages.views import SeenMessage
from server.db.channels.records import Change, StoredMessage
from server.people.files.attachment_object import attachment_object
from signaling.wire.channel_events import ChannelMessage, ChannelMessageChanged
from signaling.wire.channel_models import (
    ChannelObject,
    ChannelUserObject,
    MessageObject,
    ReactionObject,
)

Link = Callable[[str, str, str], str | None]
"""Returns the link to a file of an id, a name and a media type, valid for some minutes."""

DELETED_NAME: Final = "deleted user"


def message_object(message: StoredMessage, viewer: UserId, *, link: Link, sees_files: bool) -> MessageObject:
    """Return *message* as *viewer* sees it; *sees_files*: whether the files are the viewer's or a friend's."""
    return MessageObject(
        channel_id=message.channel_id,
        n=message.n,
        rev=message.rev,
        kind=message.kind,
        sender=message.sender,
        body=message.body,
        client_id=message.client_id,
        reply_to=message.reply_to,
        sent_at=message.sent_at,
        edited_at=message.edited_at,
        deleted_at=message.deleted_at,
        attachments=tuple(
            attachment_object(file, link(file.attachment_id, file.name, file.media_type) if sees_files else None)
            for file in message.files
        ),
        reactions=tuple(
            ReactionObject(emoji=emoji, count=len(users), mine=viewer in users) for emoji, users in message.reactions
        ),
        details=message.details,
    )


def hidden_message(message: StoredMessage) -> MessageObject:
    """Return what a member who has blocked the sender sees."""
    return MessageObject(channel_id=message.channel_id, n=message.n, rev=message.rev, hidden=True)


def seen_message(seen: SeenMessage, viewer: UserId, *, link: Link) -> MessageObject:
    """Return a message as *viewer* sees it."""
    if seen.is_hidden:
        return hidden_message(seen.message)
    return message_object(seen.message, viewer, link=link, sees_files=seen.sees_files)


def change_events(change: Change, *, link: Link) -> dict[UserId, ChannelMessage | ChannelMessageChanged]:
    """Return the events of *change* for each member."""
    kind = ChannelMessage if change.is_new else ChannelMessageChanged
    message, audience = change.message, change.audience
    events: dict[UserId, ChannelMessage | ChannelMessageChanged] = {}
    # Without reactions and files all members see the same.
    common = None
    if not message.reactions and not message.files:
        common = kind(message=message_object(message, UserId(""), link=link, sees_files=False))
    for user in audience.users:
        if user == change.replied_to:
            continue
        if user in audience.hidden_from:
            events[user] = kind(message=hidden_message(message))
        elif common is not None:
            events[user] = common
        else:
            sees_files = user == message.sender or user in audience.friends
            events[user] = kind(message=message_object(message, user, link=link, sees_files=sees_files))
    return events


def channel_object(view: ChannelView, *, link: Link) -> ChannelObject:
    """Return a channel as its viewer sees it."""
    peer = None
    if view.peer_id is not None:
        deleted = ChannelUserObject(user_id=view.peer_id, display_name=DELETED_NAME, deleted=True)
        peer = deleted if view.peer is None else user_object(view.peer)
    last = view.last_message
    return ChannelObject(
        channel_id=view.channel_id,
        kind=view.kind,
        name=view.name,
        peer=peer,
        members=tuple(map(user_object, view.members)),
        owner_id=view.owner_id,
        writable=view.is_writable,
        last_n=view.last_n,
        rev=view.rev,
        last_at=view.last_at,
        last_message=None if last is None else seen_message(last, view.viewer, link=link),
        read_n=view.read_n,
        unread=view.unread,
        mentions=view.mentions,
        notify=view.notify,
    )


def user_object(profile: Profile) -> ChannelUserObject:
    """Return a user of a channel."""
    return ChannelUserObject(
        user_id=profile.user_id,
        display_name=profile.display_name,
        gender=profile.gender,
        interests=profile.interests,
    )
