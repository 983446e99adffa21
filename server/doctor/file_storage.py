"""Check of the store of files: a small object is written to the bucket, and deleted again."""

import uuid

from matchmaker.domain.errors import Unavailable
from server.config.loader import redact
from server.config.settings import Settings
from server.doctor.finding import Finding
from server.people.channels.services import file_store

CHECK = "files"
PROBE = b"rondo doctor"


async def examine(settings: Settings) -> list[Finding]:
    """Write to the bucket and delete from it; a folder is part of the data directory, which has a check of its own."""
    kind = settings.attachment_store(embedded=settings.embedded) if settings.friends else "off"
    if kind == "off":
        return [Finding(CHECK, "skip", "messages have none: not configured (RONDO_ATTACHMENTS)")]
    store = file_store(settings, embedded=settings.embedded, data_dir=settings.data_dir, origin=None)
    if kind == "local" or store is None:
        return [Finding(CHECK, "ok", "stored in uploads/ of the data directory, which all nodes must share")]
    where = f"bucket {settings.s3_bucket} of {redact('s3_endpoint', settings.s3_endpoint or 'AWS')}"
    name = f"doctor-{uuid.uuid4()}"
    try:
        await store.keep(name, PROBE, "text/plain")
        await store.delete(name)
    except Unavailable as error:
        answer = getattr(error.__cause__, "response", None)
        if answer is None:
            found = f"{where} cannot be reached ({type(error.__cause__).__name__})"
            return [Finding(CHECK, "fail", found, "check RONDO_S3_ENDPOINT and the firewall")]
        remedy = "check RONDO_S3_BUCKET, _REGION, _KEY and _SECRET; the key has to write, read and delete objects"
        return [Finding(CHECK, "fail", f"{where} refuses ({answer['Error']['Code']})", remedy)]
    finally:
        await store.close()
    return [Finding(CHECK, "ok", f"{where} stores and deletes an object")]
