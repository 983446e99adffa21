"""A film for the camera of Chromium: small and slow, as most stories only need a picture that moves."""

from pathlib import Path

WIDTH, HEIGHT, FPS = 320, 180, 10
"""The built-in fake camera gives the 1280x720 that the page asks for, which takes time to encode, decode and draw."""
BARS = 10


def film(path: Path) -> None:
    """Write a second in which a bright bar crosses the picture; Chromium repeats it (YUV4MPEG2, 4:2:0)."""
    bar = WIDTH // BARS
    colours = b"\x6e" * (WIDTH * HEIGHT // 4) + b"\x96" * (WIDTH * HEIGHT // 4)
    with path.open("wb") as file:
        file.write(f"YUV4MPEG2 W{WIDTH} H{HEIGHT} F{FPS}:1 Ip A1:1 C420\n".encode())
        for number in range(BARS):
            row = b"\x3c" * (bar * number) + b"\xc8" * bar + b"\x3c" * (WIDTH - bar * (number + 1))
            file.write(b"FRAME\n" + row * HEIGHT + colours)
