"""The process that re-encodes one picture: bytes in, bytes out, under limits of memory, time and pixels.

Run as a program by `pictures`. It imports nothing of the server, and writes no file. In: a line of JSON, then the
picture. Out: a line of JSON, then the picture without metadata. Any failure is an exit status that is not 0.
"""

import io
import json
import resource
import sys

MEMORY = 1_536 * 1024 * 1024
JPEG_QUALITY = 85


def main() -> None:
    """Re-encode the picture on standard input."""
    wish = json.loads(sys.stdin.buffer.readline())
    _limit(wish["seconds"])
    told, data = encode(sys.stdin.buffer.read(), pixels=wish["pixels"], side=wish["side"], square=wish["square"])
    sys.stdout.buffer.write(json.dumps(told).encode() + b"\n" + data)
    sys.stdout.buffer.flush()


def encode(data: bytes, *, pixels: int, side: int, square: bool) -> tuple[dict[str, object], bytes]:
    """Return the first frame of a picture, upright and no longer than *side*, and its new properties.

    *square*: cut to the middle and exactly *side*.
    """
    from PIL import Image, ImageOps  # noqa: PLC0415 - after the limits are in force

    Image.MAX_IMAGE_PIXELS = None  # checked here, before a pixel is decoded
    picture: Image.Image = Image.open(io.BytesIO(data), formats=("JPEG", "PNG", "WEBP", "GIF"))
    width, height = picture.size
    if width < 1 or height < 1 or width * height > pixels:
        raise ValueError("too many pixels")
    kind = picture.format
    if kind == "JPEG":
        picture.draft("RGB", (side, side))
    picture.seek(0)
    picture.load()
    picture = ImageOps.exif_transpose(picture)
    has_alpha = kind != "JPEG" and (picture.mode in ("RGBA", "LA", "PA") or "transparency" in picture.info)
    picture = picture.convert("RGBA" if has_alpha else "RGB")
    if square:
        picture = ImageOps.fit(picture, (side, side), Image.Resampling.LANCZOS)
    else:
        picture.thumbnail((side, side), Image.Resampling.LANCZOS)
    # A copy of the pixels only: nothing of `info` (EXIF, XMP, comments, profiles) is copied.
    clean = Image.new(picture.mode, picture.size)
    clean.paste(picture)
    out = io.BytesIO()
    if kind == "JPEG":
        clean.save(out, "JPEG", quality=JPEG_QUALITY, progressive=True)
        media_type = "image/jpeg"
    elif kind == "WEBP":
        clean.save(out, "WEBP", quality=JPEG_QUALITY, method=4)
        media_type = "image/webp"
    else:
        clean.save(out, "PNG")
        media_type = "image/png"
    return {"media_type": media_type, "width": clean.width, "height": clean.height}, out.getvalue()


def _limit(seconds: int) -> None:
    """Limit memory and processor time of this process, and forbid it to write files."""
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))
    resource.setrlimit(resource.RLIMIT_CPU, (seconds, seconds))
    resource.setrlimit(resource.RLIMIT_FSIZE, (0, 0))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))


if __name__ == "__main__":
    main()
