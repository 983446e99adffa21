"""Handlers of channel frames. They do not wait: no frame of a call is delayed by the storage of messages."""

from collections.abc import Callable
from functools import partial
from typing import Any

from msgspec import UNSET

from matchmaker.domain.errors import RateLimited, RequestError, UnknownType
from signaling.connection.channel_port import ChannelHandler, Draft
from signaling.connection.context import ClientContext
from signaling.wire.channel_frames import ChannelMark, ChannelSend, ChannelTyping
from signaling.wire.channel_models import MessageObject
from signaling.wire.errors import InternalError
from signaling.wire.frame import Frame
from signaling.wire.replies import OK, ChannelSent, reply_frame


def _send(me: ClientContext, frame: ChannelSend) -> None:
    channels, chat = _channels(me), me.server.limits.chat
    if chat is not None and (wait := chat.take(me.user, me.server.clock.now())):
        raise RateLimited("messages", wait)
    draft = Draft(
        channel_id=frame.channel_id,
        client_id=frame.client_id,
        body=frame.body,
        attachment_ids=frame.attachment_ids,
        reply_to=frame.reply_to,
    )
    try:
        channels.send(me.user, draft, partial(_sent, me, frame))
    except RequestError:
        if chat is not None:
            chat.give_back(me.user)
        raise


def _sent(me: ClientContext, frame: ChannelSend, outcome: MessageObject | Exception, is_new: bool) -> None:
    """Handle a `channel.send`. A message that was refused, or stored before, does not count towards the limit."""
    if not is_new and me.server.limits.chat is not None:
        me.server.limits.chat.give_back(me.user)
    if isinstance(outcome, MessageObject):
        if frame.id is not UNSET:  # its instants are of the wall clock already
            me.send("reply", reply_frame(ChannelSent(message=outcome), frame.id))
    elif isinstance(outcome, RequestError):
        me.answer(frame, outcome)
    else:
        me.server.on_fault(outcome)
        me.answer(frame, InternalError())


def _mark(me: ClientContext, frame: ChannelMark) -> None:
    _channels(me).mark(me.user, frame.channel_id, read=frame.read or 0, delivered=frame.delivered or 0)
    me.answer(frame, OK)


def _typing(me: ClientContext, frame: ChannelTyping) -> None:
    _channels(me).typing(me.user, frame.channel_id, partial(_typed, me, frame))


def _typed(me: ClientContext, frame: ChannelTyping, refusal: Exception | None) -> None:
    """Answer a `channel.typing`."""
    if refusal is None or isinstance(refusal, RequestError):
        me.answer(frame, refusal or OK)
    else:
        me.server.on_fault(refusal)
        me.answer(frame, InternalError())


def _channels(me: ClientContext) -> ChannelHandler:
    if me.server.channels is None:
        raise UnknownType("there is no frame of this type")
    return me.server.channels


CHANNEL_HANDLERS: dict[type[Frame], Callable[[ClientContext, Any], None]] = {
    ChannelSend: _send,
    ChannelMark: _mark,
    ChannelTyping: _typing,
}
