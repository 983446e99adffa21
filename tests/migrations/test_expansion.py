"""Both releases are alive during a deploy: what a migration adds may be new, what it takes away must be unread."""

from importlib.metadata import version
from pathlib import Path

import asyncpg
import pytest

from server.config import assets
from server.db.maintenance.migrate import migrate
from server.db.maintenance.migration import Migration, read
from tests.migrations.contraction import breaks
from tests.migrations.history import ROOT, git

OURS = read(assets.migrations())

# What a release that does not know of a migration still relies on.
RELIED_ON = """
SELECT 'column', format('%s.%s %s', c.relname, a.attname, format_type(a.atttypid, a.atttypmod))
FROM pg_attribute a JOIN pg_class c ON c.oid = a.attrelid
WHERE c.relnamespace = 'public'::regnamespace AND c.relkind IN ('r', 'p', 'v') AND a.attnum > 0 AND NOT a.attisdropped
UNION ALL
SELECT 'unique', pg_get_indexdef(indexrelid) FROM pg_index i JOIN pg_class c ON c.oid = i.indrelid
WHERE c.relnamespace = 'public'::regnamespace AND i.indisunique
UNION ALL
SELECT 'function', format('%s returns %s', oid::regprocedure, prorettype::regtype)
FROM pg_proc WHERE pronamespace = 'public'::regnamespace
UNION ALL
SELECT 'default', format('%s.%s', c.relname, a.attname)
FROM pg_attribute a JOIN pg_class c ON c.oid = a.attrelid
WHERE c.relnamespace = 'public'::regnamespace AND c.relkind = 'r' AND a.attnum > 0 AND NOT a.attisdropped
  AND (a.atthasdef OR NOT a.attnotnull OR a.attidentity <> '')
"""
# Columns that a row must bring along: a new one refuses the rows of those who do not know it.
DEMANDED = """
SELECT format('%s.%s', c.relname, a.attname) FROM pg_attribute a JOIN pg_class c ON c.oid = a.attrelid
WHERE c.relnamespace = 'public'::regnamespace AND c.relkind = 'r' AND a.attnum > 0 AND NOT a.attisdropped
  AND a.attnotnull AND NOT a.atthasdef AND a.attidentity = '' AND c.relname = ANY ($1)
"""


@pytest.mark.parametrize("migration", OURS, ids=lambda migration: migration.name)
def test_our_migrations_are_compatible_with_the_previous_release(migration: Migration):
    if migration.unread_since is None:
        assert breaks(migration.sql) == []
    else:
        assert _number(migration.unread_since) <= _number(version("rondo")), "that release has not been"
        assert not git(ROOT, "tag") or git(ROOT, "tag", "--list", f"v{migration.unread_since}"), "nor was it tagged"


def _number(release: str) -> tuple[int, ...]:
    return tuple(int(part) for part in release.split(".")[:3])


async def test_after_each_migration_the_former_schema_is_there(blank_database: str, tmp_path: Path):
    connection = await asyncpg.connect(blank_database)
    try:
        before: set[tuple[str, str]] = set()
        for migration in OURS:
            known = [row[0] for row in await connection.fetch("SELECT tablename::text FROM pg_tables")]
            demanded = {row[0] for row in await connection.fetch(DEMANDED, known)}
            (tmp_path / migration.name).write_text(migration.sql)
            assert await migrate(blank_database, tmp_path) == (migration.name,)
            after = {(row[0], row[1]) for row in await connection.fetch(RELIED_ON)}
            if migration.unread_since is None:
                assert before <= after, f"{migration.name} takes away {before - after}"
                asked = {row[0] for row in await connection.fetch(DEMANDED, known)}
                assert asked <= demanded, f"{migration.name} demands {asked - demanded}"
            before = after
    finally:
        await connection.close()


@pytest.mark.parametrize(
    "sql",
    [
        "DROP TABLE rooms",
        "drop view rooms_now",
        "DROP INDEX users_by_email",
        "ALTER TABLE users DROP COLUMN gender",
        "ALTER TABLE ONLY users DROP gender",
        "ALTER TABLE users RENAME COLUMN gender TO sex",
        "ALTER TABLE users RENAME TO people",
        "ALTER VIEW rooms_now RENAME TO rooms_here",
        "ALTER INDEX by_sender RENAME TO of_sender",
        "ALTER TABLE users ALTER COLUMN calls TYPE bigint",
        "ALTER TABLE users ALTER calls SET DATA TYPE bigint",
        "ALTER TABLE users ALTER COLUMN email SET NOT NULL",
        "ALTER TABLE users ALTER COLUMN gender DROP DEFAULT",
        "ALTER TABLE users ADD COLUMN country text NOT NULL",
        "ALTER TABLE users ADD country text, ADD COLUMN city text NOT NULL CHECK (city <> '')",
        "ALTER TABLE users ADD COLUMN tag uuid DEFAULT gen_random_uuid()",
        "ALTER TABLE users ADD COLUMN tag text UNIQUE",
        "ALTER TABLE users ADD CONSTRAINT polite CHECK (display_name <> 'x') NOT VALID",
        "ALTER TABLE users ADD CHECK (calls < 10)",
        "ALTER TABLE users DROP CONSTRAINT users_check",
        "ALTER TABLE r DROP CONSTRAINT r_kind, ADD CONSTRAINT r_kind CHECK (kind IN ('a', 'b'))",
        "ALTER TYPE mood ADD VALUE 'meh'",
        "CREATE UNIQUE INDEX one_name ON users (display_name)",
        "CREATE INDEX by_sender ON room_messages (sender_id)",
        "CREATE TRIGGER stop BEFORE INSERT ON users FOR EACH ROW EXECUTE FUNCTION no()",
        "TRUNCATE rate_limits",
        "DELETE FROM users",
        "UPDATE users SET calls = 0",
        "DO $$ BEGIN EXECUTE 'DROP ' || 'TABLE users'; END $$",
        "REVOKE SELECT ON users FROM somebody",
        "LOCK TABLE users",
        "SELECT 1; -- and then\nDROP TABLE users",
    ],
)
def test_incompatible_statements(sql: str):
    assert breaks(sql)


@pytest.mark.parametrize(
    "sql",
    [
        "CREATE TABLE t (id int PRIMARY KEY, x text NOT NULL); CREATE UNIQUE INDEX ON t (x); ALTER TABLE t DROP x",
        "ALTER TABLE users ADD COLUMN country text, ADD COLUMN city text NOT NULL DEFAULT ''",
        "ALTER TABLE users ADD COLUMN seen_at timestamptz NOT NULL DEFAULT now()",
        "ALTER TABLE users ALTER COLUMN country SET DEFAULT '', ALTER COLUMN country SET NOT NULL",
        "ALTER TABLE users ALTER COLUMN email DROP NOT NULL",
        "ALTER TABLE r DROP CONSTRAINT r_kind, ADD CONSTRAINT r_kind CHECK (kind IN ('a', 'b')) NOT VALID",
        "ALTER TABLE r VALIDATE CONSTRAINT r_kind",
        "CREATE INDEX CONCURRENTLY IF NOT EXISTS by_sender ON room_messages (sender_id)",
        "CREATE INDEX nodes_by_end ON nodes (left_at)",
        "ALTER INDEX words SET (fastupdate = on)",
        "CREATE OR REPLACE VIEW v AS SELECT 1",
        "UPDATE sessions SET address = '' WHERE address <> ''",
        "COMMENT ON TABLE users IS 'DROP TABLE users; it''s a text'",
        "CREATE FUNCTION f() RETURNS void LANGUAGE plpgsql AS $body$ BEGIN DELETE FROM users; END $body$",
        "/* DROP TABLE users; */ SELECT 1 -- DROP TABLE rooms",
    ],
)
def test_compatible_statements(sql: str):
    assert breaks(sql) == []
