"""`rondo prune`: what goes, and what would."""

from pathlib import Path

from tests.support.databases import ask, people, run


async def test_prunable_guests_are_counted_then_deleted(filled_database: str, tmp_path: Path):
    await ask(filled_database, "UPDATE users SET created_at = now() - interval '31 days' WHERE display_name LIKE '%7'")
    foretold = await run("prune", "--dry-run", cwd=tmp_path, DATABASE_URL=filled_database)
    assert "4 guests" in foretold.stdout
    assert "nothing was deleted" in foretold.stdout
    assert await people(filled_database) == 40
    done = await run("prune", cwd=tmp_path, DATABASE_URL=filled_database)
    assert sorted(done.stdout.splitlines()) == sorted(foretold.stdout.splitlines()[:-1])
    assert await people(filled_database) == 36
    kept = await run("prune", "--dry-run", cwd=tmp_path, DATABASE_URL=filled_database, RONDO_GUESTS_KEEP_S="0")
    assert "guests" not in kept.stdout
