"""Re-encoding of pictures in separate processes, a few at a time."""

import asyncio
import sys
from pathlib import Path
from typing import Final

import msgspec

from matchmaker.domain.errors import Invalid, Unavailable

SECONDS: Final = 5
"""Of processor time for one picture."""
PATIENCE_S: Final = 30.0
"""Wall-clock time, for a busy machine; then the process is killed."""
WAITING_MAX: Final = 64
"""Pictures that may wait for a process."""
WORKER: Final = Path(__file__).with_name("picture_worker.py")


class Picture(msgspec.Struct, frozen=True, kw_only=True):
    """A picture without metadata."""

    media_type: str
    width: int
    height: int
    data: bytes = b""


class Pictures:
    """Re-encodes pictures."""

    def __init__(self, *, workers: int, pixels: int, side: int) -> None:
        self._pixels = pixels
        self._side = side
        self._turn = asyncio.Semaphore(workers)
        self._waiting = 0

    async def encode(self, data: bytes, *, square: int | None = None) -> Picture:
        """Return *data* without metadata, no longer than the longest side; *square*: cut to such a square.

        Raises:
            Invalid: it cannot be decoded within the limits.
            Unavailable: too many pictures wait, or no process can be started.
        """
        if self._waiting >= WAITING_MAX:
            raise Unavailable
        self._waiting += 1
        try:
            async with self._turn:
                return await self._run(data, square)
        finally:
            self._waiting -= 1

    async def _run(self, data: bytes, square: int | None) -> Picture:
        wish = {
            "pixels": self._pixels,
            "side": square or self._side,
            "square": square is not None,
            "seconds": SECONDS,
        }
        try:
            process = await asyncio.create_subprocess_exec(
                sys.executable,
                str(WORKER),
                stdin=asyncio.subprocess.PIPE,
                stdout=asyncio.subprocess.PIPE,
                stderr=asyncio.subprocess.DEVNULL,
                env={},
            )
        except OSError as error:
            raise Unavailable from error
        try:
            async with asyncio.timeout(PATIENCE_S):
                out, _ = await process.communicate(msgspec.json.encode(wish) + b"\n" + data)
        except TimeoutError:
            raise Invalid("bytes", "the picture takes too long to decode") from None
        finally:
            if process.returncode is None:
                process.kill()
                await process.wait()
        if process.returncode != 0:
            raise Invalid("bytes", "no picture that can be decoded, or too many pixels")
        head, _, encoded = out.partition(b"\n")
        return msgspec.structs.replace(msgspec.json.decode(head, type=Picture), data=encoded)
