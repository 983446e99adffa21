"""`rondo prune`: what goes, and what would."""

from pathlib import Path

from tests.support.databases import ask, people, run


async def test_prunable_guests_are_counted_then_deleted(town: str, tmp_path: Path):
    await ask(town, "UPDATE users SET created_at = now() - interval '31 days' WHERE display_name LIKE '%7'")
    foretold = await run("prune", "--dry-run", cwd=tmp_path, DATABASE_URL=town)
    assert "4 guests" in foretold.stdout
    assert "nothing was deleted" in foretold.stdout
    assert await people(town) == 40
    done = await run("prune", cwd=tmp_path, DATABASE_URL=town)
    assert sorted(done.stdout.splitlines()) == sorted(foretold.stdout.splitlines()[:-1])
    assert await people(town) == 36
    kept = await run("prune", "--dry-run", cwd=tmp_path, DATABASE_URL=town, RONDO_GUESTS_KEEP_S="0")
    assert "guests" not in kept.stdout
