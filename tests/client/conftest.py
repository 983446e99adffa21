"""Node as `make` installs it: beside Python, with the packages of package-lock.json."""

import os
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[2]
BIN = Path(sys.executable).parent
TOOLS = ROOT / "node_modules" / ".bin"


def run(*command: str | Path, cwd: Path = ROOT) -> str:
    """Return what *command* has written to its output; Node and npm come first in the PATH.

    Raises:
        AssertionError: it failed; with all that it has written.
    """
    environ = {**os.environ, "PATH": f"{BIN}{os.pathsep}{os.environ['PATH']}", "NO_COLOR": "1"}
    done = subprocess.run(command, cwd=cwd, env=environ, capture_output=True, text=True, check=False, timeout=300)
    assert done.returncode == 0, f"{command[0]}\n{done.stdout}\n{done.stderr}"
    return done.stdout
