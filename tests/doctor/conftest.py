"""Parts of a service, up and down, and a doctor to look at them."""

import json
import os
import socket
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from server.config.loader import load
from server.config.settings import Settings
from server.doctor.finding import Finding
from tests.journeys.conftest import start_service
from tests.relay.conftest import coturn

__all__ = ["coturn", "start_service"]

ROOT = Path(__file__).parents[2]
Run = Callable[..., "Visit"]


class Visit:
    """What `rondo doctor` printed, and how it ended."""

    def __init__(self, result: subprocess.CompletedProcess[str]) -> None:
        self.code = result.returncode
        self.out = result.stdout
        self.err = result.stderr

    @property
    def report(self) -> dict[str, Any]:
        report: dict[str, Any] = json.loads(self.out)
        return report

    def states(self, check: str) -> list[str]:
        return [finding["state"] for finding in self.report["checks"] if finding["check"] == check]


@pytest.fixture
def doctor(tmp_path: Path) -> Run:
    """Run the command in an environment of its own."""

    def run(*arguments: str, **environ: str) -> Visit:
        result = subprocess.run(
            [sys.executable, "-m", "server", "doctor", *arguments],
            cwd=tmp_path,
            env={"PATH": os.environ["PATH"], "LANG": "C.UTF-8", "PYTHONPATH": str(ROOT)} | environ,
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
        )
        assert "Traceback" not in result.stderr, result.stderr
        return Visit(result)

    return run


@pytest.fixture
def closed_port() -> int:
    """A port without a listener."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port: int = listener.getsockname()[1]
    return port


def settings(**environ: str) -> Settings:
    return load(environ)


def of(findings: list[Finding], check: str) -> Finding:
    """Return the only finding of *check*."""
    (found,) = [finding for finding in findings if finding.check == check]
    return found
