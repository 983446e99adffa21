"""A start in odd surroundings: wrong folders and hosts, no space, no standard output; and the signals that end it."""

import json
import os
import signal
import subprocess
import time
import urllib.request
from collections.abc import Callable
from pathlib import Path

import pytest

from server.drill.servers.ports import steady_port
from tests.support.command import begin, command, complaint, rondo, surroundings

PATIENCE_S = 30
LATER = ("256.1.1.1", "fe80::1%nosuch")
"""Names that may be known, and addresses that may be ours, at another time."""


@pytest.mark.parametrize(
    ("name", "value", "words"),
    [
        ("RONDO_DATA_DIR", "~nobodyhere/x", "must be a folder"),
        ("DATABASE_URL_FILE", "~nobodyhere/x", "cannot be read"),
        ("RONDO_DATA_DIR", "/dev/null", "cannot be written"),
        ("RONDO_DATA_DIR", "x" * 300, "cannot be written"),
        ("HOST", "[::", "must be an address without brackets, or a name"),
        ("HOST", "[::1]", "must be an address without brackets, or a name"),
        ("HOST", "two words", "must be an address without brackets, or a name"),
        ("HOST", "..", "must be an address without brackets, or a name"),
        ("HOST", "a..b", "cannot listen on a..b"),
        ("HOST", "x" * 64, "cannot listen on"),
        ("HOST", "256.1.1.1", "cannot listen on 256.1.1.1"),
        ("HOST", "fe80::1%nosuch", "cannot listen on fe80::1%nosuch"),
    ],
)
def test_invalid_folder_or_host_is_one_line(tmp_path: Path, name: str, value: str, words: str):
    code = 1 if value in LATER else 2
    [line] = complaint(rondo("serve", cwd=tmp_path, RONDO_MIRROR="off", PORT="0", **{name: value}), code)
    assert words in line
    assert name.removesuffix("_FILE") in line


@pytest.mark.parametrize("free_kib", [0, 8, 64])
def test_full_disk_at_the_start_is_one_line(data_dir: Path, free_kib: int):
    subprocess.run(["mount", "-t", "tmpfs", "-o", "size=128k,mode=711", "tmpfs", data_dir], check=False)
    if not os.path.ismount(data_dir):
        pytest.skip("needs to mount a small disk")
    try:
        (data_dir / "ballast").write_bytes(bytes((128 - free_kib) << 10))
        result = rondo("serve", cwd=Path("/"), RONDO_DATA_DIR=str(data_dir), RONDO_MIRROR="off", PORT="0")
        [line] = complaint(result, 2)
        assert "No space left on device" in line
    finally:
        subprocess.run(["umount", data_dir], check=True)


def _event(server: "subprocess.Popen[str]", name: str) -> dict[str, object]:
    assert server.stdout
    for line in server.stdout:
        said: dict[str, object] = json.loads(line)
        if said["event"] == name:
            return said
    raise AssertionError(server.communicate())


def test_sighup_drains_like_sigterm(database: str, tmp_path: Path):
    # A child inherits that it is ignored, as when the tests are run by nohup.
    before = signal.signal(signal.SIGHUP, signal.SIG_DFL)
    with begin("serve", "--port", "0", cwd=tmp_path, DATABASE_URL=database) as server:
        signal.signal(signal.SIGHUP, before)
        _event(server, "listening")
        server.send_signal(signal.SIGHUP)
        _event(server, "draining")
        _event(server, "stopped")
        assert server.wait(PATIENCE_S) == 0


def test_sighup_ignored_at_the_start_is_ignored(database: str, tmp_path: Path):
    nohup = ["sh", "-c", 'trap "" HUP; exec "$@"', "sh", *command("serve", "--port", "0")]
    around = surroundings(tmp_path, {"DATABASE_URL": database})
    with subprocess.Popen(nohup, **around, stdout=subprocess.PIPE, stderr=subprocess.PIPE) as server:
        port = _event(server, "listening")["port"]
        server.send_signal(signal.SIGHUP)
        _ready(f"http://127.0.0.1:{port}/readyz", server.poll)
        server.terminate()
        assert server.wait(PATIENCE_S) == 0


@pytest.mark.parametrize("closed", [">&-", "<&- >&- 2>&-"])
def test_closed_standard_output_does_not_fail(database: str, tmp_path: Path, closed: str):
    port = steady_port()
    words = ["sh", "-c", f'exec "$@" {closed}', "sh", *command("serve", "--port", port)]
    around = surroundings(tmp_path, {"DATABASE_URL": database})
    with subprocess.Popen(words, **around, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE) as server:
        _ready(f"http://127.0.0.1:{port}/readyz", server.poll)
        server.terminate()
        assert server.wait(PATIENCE_S) == 0
        assert server.stderr
        assert server.stderr.read() == ""


def _ready(url: str, ended: Callable[[], int | None]) -> None:
    """Wait until the service is ready."""
    until = time.monotonic() + PATIENCE_S
    while True:
        try:
            with urllib.request.urlopen(url, timeout=5) as answer:
                assert answer.status == 200
                return
        except OSError:
            assert ended() is None
            assert time.monotonic() < until
            time.sleep(0.05)
