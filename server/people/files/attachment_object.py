"""Files as clients see them."""

from server.db.channels.records import StoredFile
from signaling.wire.channel_models import AttachmentObject


def attachment_object(file: StoredFile, url: str | None) -> AttachmentObject:
    """Return *file* with a link to it; None: the viewer may not read it."""
    return AttachmentObject(
        attachment_id=file.attachment_id,
        name=file.name,
        media_type=file.media_type,
        bytes=file.bytes,
        width=file.width,
        height=file.height,
        url=url,
    )
