"""Handlers of channel frames: they do not wait, so that no frame of a call waits for the storage of messages."""

from collections.abc import Callable
from functools import partial
from typing import TYPE_CHECKING, Any

from msgspec import UNSET

from matchmaker.errors import RateLimited, Refusal, UnknownType
from signaling.channel_frames import ChannelMark, ChannelSend, ChannelTyping
from signaling.channel_objects import MessageObject
from signaling.channel_port import ChannelHandler, Draft
from signaling.errors import Internal
from signaling.frame import Frame
from signaling.replies import DONE, ChannelSent, reply_frame

if TYPE_CHECKING:
    from signaling.conversation import Conversation


def _send(me: "Conversation", frame: ChannelSend) -> None:
    channels, chat = _channels(me), me.speaker.limits.chat
    if chat is not None and (wait := chat.take(me.user, me.speaker.clock.now())):
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
    except Refusal:
        if chat is not None:
            chat.give_back(me.user)
        raise


def _sent(me: "Conversation", frame: ChannelSend, outcome: MessageObject | Exception, is_new: bool) -> None:
    """Answer a `channel.send`. What was not sent, or had been sent before, does not count towards the limit."""
    if not is_new and me.speaker.limits.chat is not None:
        me.speaker.limits.chat.give_back(me.user)
    if isinstance(outcome, MessageObject):
        if frame.id is not UNSET:  # its instants are of the wall clock already
            me.say("reply", reply_frame(ChannelSent(message=outcome), frame.id))
    elif isinstance(outcome, Refusal):
        me.answer(frame, outcome)
    else:
        me.speaker.on_fault(outcome)
        me.answer(frame, Internal())


def _mark(me: "Conversation", frame: ChannelMark) -> None:
    _channels(me).mark(me.user, frame.channel_id, read=frame.read or 0, delivered=frame.delivered or 0)
    me.answer(frame, DONE)


def _typing(me: "Conversation", frame: ChannelTyping) -> None:
    _channels(me).typing(me.user, frame.channel_id)
    me.answer(frame, DONE)


def _channels(me: "Conversation") -> ChannelHandler:
    if me.speaker.channels is None:
        raise UnknownType("there is no frame of this type")
    return me.speaker.channels


CHANNEL_HANDLERS: dict[type[Frame], Callable[["Conversation", Any], None]] = {
    ChannelSend: _send,
    ChannelMark: _mark,
    ChannelTyping: _typing,
}
