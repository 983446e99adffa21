"""Latency of honest users while one sender floods a socket at line rate: `python bench/flood.py` (server on core 0)."""

import argparse
import json
import multiprocessing
import os
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from urllib.request import Request, urlopen

CORES = (0, 1)
HONEST = 10
PAUSE_S = 0.01
"""Interval between two pings of honest users."""
MASK = bytes(4)
PORTION = 1 << 20
UPGRADE = (
    "GET /v1/ws HTTP/1.1\r\nHost: 127.0.0.1\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nX-Forwarded-For: {}\r\n"
    "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n\r\n"
)


def frame(opcode: int, payload: bytes = b"", *, fin: bool = True) -> bytes:
    """Return one masked frame of at most 65,535 bytes; the mask is zero, so that the payload can be read."""
    size = len(payload)
    length = bytes((0x80 | size,)) if size < 126 else b"\xfe" + size.to_bytes(2, "big")
    return bytes((0x80 * fin | opcode,)) + length + MASK + payload


FLOODS = {
    "nothing": b"",
    "ping": frame(0x9),
    "ping 125": frame(0x9, b"x" * 125),
    "pong": frame(0xA),
    "fragments": frame(0x0, fin=False),
    "text": frame(0x1, b"{}"),
    "JSON ping": frame(0x1, b'{"type":"ping"}'),
    "text 64 KiB": frame(0x1, b'{"type":"ping","data":"%b"}' % (b"x" * 65_000)),
    "binary": frame(0x2),
}


def main() -> None:
    """Run every flood, and print the latency of honest users."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rondo", type=Path, default=Path(sys.executable).with_name("rondo"), help="the program")
    parser.add_argument("--seconds", type=float, default=5.0, help="of each flood")
    parser.add_argument("--only", action="append", choices=list(FLOODS))
    parser.add_argument("--public", action="store_true", help="the socket on aiohttp's public interface")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="rondo-flood-") as folder:
        Path(folder).chmod(0o711)
        server, port = _serve(options.rondo, Path(folder), public=options.public)
        try:
            tokens = [_sign_up(port, number) for number in range(HONEST + 1)]
            print(f"{'flood':<16}{'hello':<8}{'p50 ms':>8}{'p99 ms':>8}{'max ms':>8}{'sent MB/s':>11}{'answers':>9}")
            for name in options.only or FLOODS:
                for hello in (False, True) if FLOODS[name] else (False,):
                    _measure(name, port, tokens, options.seconds, hello=hello)
        finally:
            server.terminate()
            server.wait(40)


def _measure(name: str, port: int, tokens: list[str], seconds: float, *, hello: bool) -> None:
    sent: multiprocessing.Queue[float] = multiprocessing.Queue()
    flooder = multiprocessing.Process(target=_flood, args=(name, port, tokens[-1] if hello else None, seconds, sent))
    honest = [_connect(port, "192.0.2.1", token) for token in tokens[:HONEST]]
    if FLOODS[name]:
        flooder.start()
        time.sleep(0.2)
    waits = sorted(_ask(honest, seconds - 0.4))
    rate = sent.get() if FLOODS[name] else 0.0
    if FLOODS[name]:
        flooder.join()
    p50, p99 = waits[len(waits) // 2], waits[int(len(waits) * 0.99)]
    figures = f"{p50 * 1e3:>8.2f}{p99 * 1e3:>8.2f}{waits[-1] * 1e3:>8.2f}{rate / 1e6:>11.1f}{len(waits):>9}"
    print(f"{name:<16}{'yes' if hello else 'no':<8}{figures}", flush=True)
    for line in honest:
        line.close()


def _ask(honest: list[socket.socket], seconds: float) -> Iterator[float]:
    """Yield the latency of each honest `ping`."""
    until = time.monotonic() + seconds
    at = 0
    while time.monotonic() < until:
        line, at = honest[at % len(honest)], at + 1
        began = time.monotonic()
        line.sendall(frame(0x1, b'{"type":"ping"}'))
        _answer(line)
        yield time.monotonic() - began
        time.sleep(PAUSE_S)


def _answer(line: socket.socket) -> bytes:
    while True:
        head = _exactly(line, 2)
        size = head[1]
        if size > 125:
            size = int.from_bytes(_exactly(line, 2 if size == 126 else 8), "big")
        payload = _exactly(line, size)
        if head[0] & 0xF == 0x1:
            return payload


def _exactly(line: socket.socket, size: int) -> bytes:
    data = b""
    while len(data) < size:
        more = line.recv(size - len(data))
        if not more:
            raise ConnectionError("closed")
        data += more
    return data


def _connect(port: int, address: str, token: str | None) -> socket.socket:
    line = socket.create_connection(("127.0.0.1", port))
    line.sendall(UPGRADE.format(address).encode())
    head = b""
    while b"\r\n\r\n" not in head:
        more = line.recv(1)
        if not more:
            raise ConnectionError("closed")
        head += more
    if b" 101 " not in head:
        line.close()
        raise ConnectionError(head.partition(b"\r\n")[0].decode())
    if token is not None:
        line.sendall(frame(0x1, json.dumps({"type": "hello", "token": token}).encode()))
        _answer(line)
    return line


def _flood(name: str, port: int, token: str | None, seconds: float, sent: "multiprocessing.Queue[float]") -> None:
    """Send at full rate, read nothing, and reconnect whenever the server closes."""
    os.sched_setaffinity(0, {CORES[1] % (os.cpu_count() or 1)})
    many = FLOODS[name] * (PORTION // len(FLOODS[name]))
    began, total = time.monotonic(), 0
    while time.monotonic() - began < seconds:
        try:
            line = _connect(port, "198.51.100.1", token)
        except OSError:
            time.sleep(0.05)
            continue
        with suppress(OSError), line:
            line.settimeout(0.1)
            if name == "fragments":
                line.sendall(frame(0x1, fin=False))
            while time.monotonic() - began < seconds:
                with suppress(TimeoutError):
                    total += line.send(many)
                line.setblocking(False)
                with suppress(BlockingIOError):
                    if not line.recv(1 << 20):
                        break
                line.settimeout(0.1)
    sent.put(total / (time.monotonic() - began))


def _serve(rondo: Path, folder: Path, *, public: bool) -> tuple["subprocess.Popen[bytes]", int]:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    settings = {
        "RONDO_DATA_DIR": str(folder / "data"), "RONDO_MIRROR": "off", "RONDO_LOG": "json",
        "RONDO_TRUSTED_PROXIES": "1", "DATABASE_URL": "", "REDIS_URL": "",
    }  # fmt: skip
    command = [str(rondo), "serve", "--host", "127.0.0.1", "--port", str(port)]
    if public:
        code = (
            "from signaling.transport import aiohttp_fast_socket; aiohttp_fast_socket.TESTED = (); "
            "from server.cli import main; main()"
        )
        command = [str(rondo.with_name("python")), "-c", code, *command[1:]]
    with (folder / "log").open("wb") as log:
        server = subprocess.Popen(command, env=os.environ | settings, stdout=log, stderr=log)
    os.sched_setaffinity(server.pid, {CORES[0]})
    os.sched_setaffinity(0, {CORES[1] % (os.cpu_count() or 1)})
    until = time.monotonic() + 60
    while time.monotonic() < until:
        with suppress(OSError), urlopen(f"http://127.0.0.1:{port}/readyz", timeout=5):
            return server, port
        time.sleep(0.1)
    raise SystemExit((folder / "log").read_text()[-2000:])


def _sign_up(port: int, number: int) -> str:
    body = json.dumps({"display_name": f"Guest {number}", "adult": True}).encode()
    headers = {"Content-Type": "application/json", "X-Forwarded-For": f"203.0.113.{number % 250 + 1}"}
    with urlopen(Request(f"http://127.0.0.1:{port}/v1/auth/guest", body, headers)) as answer:
        token: str = json.load(answer)["token"]
    return token


if __name__ == "__main__":
    main()
