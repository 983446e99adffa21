"""The command `rondo`, run as an operator runs it."""

import os
import subprocess
import sys
from pathlib import Path
from typing import Any


def rondo(*arguments: object, cwd: Path, **environ: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        command(*arguments), **surroundings(cwd, environ), capture_output=True, timeout=60, check=False
    )


def begin(*arguments: object, cwd: Path, **environ: str) -> "subprocess.Popen[str]":
    """Start it, and do not wait for its end."""
    return subprocess.Popen(
        command(*arguments), **surroundings(cwd, environ), stdout=subprocess.PIPE, stderr=subprocess.PIPE
    )


def command(*arguments: object) -> list[str]:
    return [sys.executable, "-m", "server", *map(str, arguments)]


def surroundings(cwd: Path, environ: dict[str, str]) -> dict[str, Any]:
    kept = {name: os.environ[name] for name in ("PATH", "SSL_CERT_FILE")}
    return {"cwd": cwd, "env": kept | {"LANG": "C.UTF-8"} | environ, "text": True}


def complaint(result: subprocess.CompletedProcess[str], code: int = 1) -> list[str]:
    """Return the error output of a failed start, without a traceback. The log is on standard output."""
    assert result.returncode == code, result
    assert "Traceback" not in result.stderr
    lines = result.stderr.splitlines()
    assert all(line.startswith("rondo: ") for line in lines)
    return lines
