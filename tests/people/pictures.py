"""Files that are sent by honest and by hostile users, made here."""

import io
import struct
import zlib

from PIL import Image

GPS = 0x8825


def picture(kind: str = "PNG", size: tuple[int, int] = (64, 48), **options: object) -> bytes:
    """Return a picture of two colours."""
    image = Image.new("RGB", size, "teal")
    image.paste("orange", (0, 0, size[0] // 2, size[1]))
    out = io.BytesIO()
    image.save(out, kind, **options)
    return out.getvalue()


def located_jpeg() -> bytes:
    """Return a photograph that was taken lying on its side, with its position, a comment and XMP."""
    image = Image.new("RGB", (300, 200), "teal")
    exif = Image.Exif()
    exif[0x0112] = 6  # turn by 90 degrees
    exif.get_ifd(GPS)[1] = "N"
    exif.get_ifd(GPS)[2] = (52.0, 31.0, 12.0)
    out = io.BytesIO()
    image.save(out, "JPEG", exif=exif, comment=b"taken at home", xmp=b"<x:xmpmeta>at home</x:xmpmeta>")
    return out.getvalue()


def bomb(side: int = 60_000) -> bytes:
    """Return a PNG of a few kilobytes with a declared size of *side* times *side* pixels."""

    def chunk(kind: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    head = struct.pack(">IIBBBBB", side, side, 8, 2, 0, 0, 0)
    body = zlib.compress(b"\0" * 1_000_000, 9)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + chunk(b"IDAT", body) + chunk(b"IEND", b"")
