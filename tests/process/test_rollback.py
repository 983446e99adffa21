"""The previous release with a newer database: rejected, and accepted with the setting."""

from pathlib import Path

import pytest

from tests.support.command import complaint
from tests.support.databases import ask, run

NEWER = "INSERT INTO schema_migrations (version, name, checksum, contracts) VALUES (99, '0099_flying.sql', '', {})"


@pytest.mark.parametrize("command", [("serve", "--port", "0"), ("migrate",), ("prune",)])
async def test_newer_database_is_one_line(filled_database: str, tmp_path: Path, command: tuple[str, ...]):
    await ask(filled_database, NEWER.format(False))
    [line] = complaint(await run(*command, cwd=tmp_path, DATABASE_URL=filled_database))
    assert "newer than this code: it has migration 0099_flying.sql" in line
    assert "RONDO_ROLLBACK=on" in line


async def test_rollback_over_additions_is_possible_on_request(filled_database: str, tmp_path: Path):
    await ask(filled_database, NEWER.format(False))
    environ = {"DATABASE_URL": filled_database, "RONDO_ROLLBACK": "on"}
    assert (await run("migrate", cwd=tmp_path, **environ)).stdout == "the database is up to date (0 applied)\n"
    assert (await run("prune", "--dry-run", cwd=tmp_path, **environ)).returncode == 0


async def test_rollback_over_a_contraction_is_refused(filled_database: str, tmp_path: Path):
    await ask(filled_database, NEWER.format(True))
    [line] = complaint(await run("migrate", cwd=tmp_path, DATABASE_URL=filled_database, RONDO_ROLLBACK="on"))
    assert "there is no way back to this code" in line
