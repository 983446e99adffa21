"""`rondo admin invite-code`: beside a server, or without one."""

import os
import re
import subprocess
import sys
from pathlib import Path

from tests.process.conftest import ask

ROOT = Path(__file__).parents[2]


def rondo(*arguments: str, **environ: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "server", *arguments],
        cwd=ROOT,
        env={"PATH": os.environ["PATH"], "LANG": "C.UTF-8"} | environ,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )


async def test_code_is_the_last_word(database: str) -> None:
    result = rondo("admin", "invite-code", "--uses", "7", DATABASE_URL=database)
    assert result.returncode == 0, result.stderr
    code = result.stdout.split()[-1]
    assert re.fullmatch(r"[0-9A-HJKMNP-TV-Z]{16}", code)
    assert await ask(database, f"SELECT uses_left FROM invite_codes WHERE code = '{code}'") == 7
    assert await ask(database, "SELECT actor_id IS NULL FROM audit_log WHERE action = 'invite_code.made'")


async def test_zero_uses_are_refused(database: str) -> None:
    for uses in ("0", "-1", "many"):
        assert rondo("admin", "invite-code", "--uses", uses, DATABASE_URL=database).returncode == 2
    assert await ask(database, "SELECT count(*) FROM invite_codes") == 0


def test_missing_database_is_reported(tmp_path: Path) -> None:
    result = rondo("admin", "invite-code", DATABASE_URL="postgresql://nobody@127.0.0.1:1/none")
    assert result.returncode == 1
    assert result.stderr.startswith("rondo: ")
    assert "Traceback" not in result.stderr
