"""Who may change which message of a channel, and until when."""

import msgspec
import pytest

from matchmaker.domain.errors import ChannelClosed, EditExpired, Forbidden, LimitReached, NotFound, RequestError
from matchmaker.domain.ids import UserId
from server.domain.people.messages import (
    MessageAuthor,
    MessageLimits,
    Written,
    check_delete,
    check_edit,
    check_reaction,
)

ADA = UserId("ada")
LIMITS = MessageLimits(edit_ms=1_000, reactions=2)
SENDER = MessageAuthor(user=ADA, is_present=True, is_owner=False, is_open=True)
OWNER = MessageAuthor(user=UserId("bob"), is_present=True, is_owner=True, is_open=True)
TEXT = Written(kind="text", sender=ADA, sent_at=5_000, is_deleted=False, body="x", has_attachments=False)
changed = msgspec.structs.replace


def edit(message: Written, writer: MessageAuthor, *, now: int = 5_000) -> None:
    check_edit(message, writer, "y", now=now, limits=LIMITS)


def react(message: Written, writer: MessageAuthor, *, present: tuple[str, ...] = ()) -> None:
    check_reaction(message, writer, "c", present=present, limits=LIMITS)


@pytest.mark.parametrize("kind", ["call", "notice"])
def test_messages_of_the_service_cannot_be_changed(kind: str) -> None:
    message = changed(TEXT, kind=kind)
    for change in (edit, check_delete, react):
        for writer in (SENDER, OWNER):
            with pytest.raises(Forbidden):
                change(message, writer)


@pytest.mark.parametrize(
    ("writer", "refusals"),
    [
        (SENDER, (None, None, None)),
        (OWNER, (Forbidden, None, None)),
        (changed(OWNER, is_owner=False), (Forbidden, Forbidden, None)),
        (changed(OWNER, is_present=False), (Forbidden, Forbidden, ChannelClosed)),
        (changed(SENDER, is_open=False), (ChannelClosed, None, ChannelClosed)),
        (changed(SENDER, is_present=False), (ChannelClosed, None, ChannelClosed)),
    ],
    ids=["sender", "owner", "member", "former-owner", "closed-channel", "former-member"],
)
def test_changes_by_role(writer: MessageAuthor, refusals: tuple[type[RequestError] | None, ...]) -> None:
    for change, refusal in zip((edit, check_delete, react), refusals, strict=True):
        if refusal is None:
            change(TEXT, writer)
        else:
            with pytest.raises(refusal):
                change(TEXT, writer)


def test_edit_ends_at_the_deadline() -> None:
    edit(TEXT, SENDER, now=5_999)
    with pytest.raises(EditExpired):
        edit(TEXT, SENDER, now=6_000)


def test_deleted_message_takes_no_change() -> None:
    for change in (edit, react):
        with pytest.raises(NotFound):
            change(changed(TEXT, is_deleted=True), SENDER)


def test_number_of_different_emoji_is_limited() -> None:
    react(TEXT, SENDER, present=("a",))
    react(TEXT, SENDER, present=("b", "c"))
    with pytest.raises(LimitReached):
        react(TEXT, SENDER, present=("a", "b"))
