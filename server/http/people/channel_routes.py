"""The resources of channels, messages and files; RONDO_FRIENDS=off removes them."""

from matchmaker.domain.errors import Unavailable
from server.http.people import attachments, channel_messages, channels
from server.http.people.channels import ADD, CHANGE, CREATE, OWNER, SEEN
from server.http.route import Handler, Route

_CHANNEL = "/v1/channels/{channel_id}"
_MEMBER = f"{_CHANNEL}/members/{{user_id}}"
_MESSAGES = f"{_CHANNEL}/messages"
_MESSAGE = f"{_MESSAGES}/{{n}}"
_REACTION = f"{_MESSAGE}/reactions/{{emoji}}"
_FILE = "/v1/attachments/{attachment_id}"
_BYTES = "application/octet-stream"


def _member(method: str, handler: Handler) -> Route:
    return Route(method, _MEMBER, handler, refuses=ADD, people=True)


CHANNELS = (
    Route("GET", "/v1/inbox", channels.inbox, answer=channels.Inbox, query=channels.ChannelsQuery, people=True),
    Route("PUT", "/v1/dms/{user_id}", channels.open_dm, answer=channels.ChannelShown, refuses=SEEN, people=True),
    Route(
        "POST",
        "/v1/channels",
        channels.create,
        channels.NewGroup,
        channels.ChannelShown,
        201,
        refuses=CREATE,
        people=True,
    ),
    Route("GET", _CHANNEL, channels.show, answer=channels.ChannelShown, refuses=SEEN, people=True),
    Route(
        "PATCH", _CHANNEL, channels.revise, channels.ChannelRevision, channels.ChannelShown, refuses=OWNER, people=True
    ),
    Route("GET", f"{_CHANNEL}/members", channels.members, answer=channels.Members, refuses=SEEN, people=True),
    _member("PUT", channels.add),
    _member("DELETE", channels.remove),
    Route("PUT", f"{_CHANNEL}/marks", channels.mark, channels.Marks, refuses=CHANGE, people=True),
    Route(
        "GET",
        _MESSAGES,
        channel_messages.read,
        answer=channel_messages.ChannelMessages,
        query=channel_messages.Excerpt,
        refuses=CHANGE,
        people=True,
    ),
    Route(
        "POST",
        _MESSAGES,
        channel_messages.send,
        channel_messages.NewMessage,
        channel_messages.MessageShown,
        201,
        refuses=channel_messages.SEND,
        people=True,
    ),
    Route(
        "PATCH",
        _MESSAGE,
        channel_messages.edit,
        channel_messages.Edited,
        channel_messages.MessageShown,
        refuses=channel_messages.EDIT,
        people=True,
    ),
    Route("DELETE", _MESSAGE, channel_messages.delete, refuses=channel_messages.DELETE, people=True),
    Route("PUT", _REACTION, channel_messages.react, refuses=channel_messages.REACT, people=True),
    Route("DELETE", _REACTION, channel_messages.unreact, refuses=channel_messages.REACT, people=True),
    Route(
        "GET",
        "/v1/search",
        channel_messages.search,
        answer=channel_messages.Matches,
        query=channel_messages.Query,
        refuses=channel_messages.SEARCH,
        people=True,
    ),
    Route(
        "POST",
        "/v1/attachments",
        attachments.permit,
        attachments.NewFile,
        attachments.Permitted,
        201,
        refuses=attachments.PERMIT,
        people=True,
    ),
    Route(
        "POST",
        f"{_FILE}/complete",
        attachments.complete,
        answer=attachments.AttachmentShown,
        refuses=attachments.COMPLETE,
        people=True,
    ),
    Route("GET", _FILE, attachments.show, answer=attachments.Located, refuses=attachments.SHOW, people=True),
    Route(
        "PUT",
        "/v1/uploads/{attachment_id}",
        attachments.upload,
        query=attachments.UploadQuery,
        open=True,
        upload=True,
        refuses=attachments.UPLOAD,
        people=True,
    ),
    Route(
        "GET",
        "/v1/files/{attachment_id}",
        attachments.serve,
        answer=_BYTES,
        query=attachments.LinkQuery,
        open=True,
        refuses=(*attachments.SHOW, Unavailable),
        people=True,
    ),
)
