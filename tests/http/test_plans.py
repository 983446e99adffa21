"""Statements about users and sessions use an index."""

import re

import pytest

from server.db.pool import Pool


@pytest.mark.parametrize(
    "statement",
    [
        "SELECT user_id FROM users WHERE lower(email) = lower('a@example.org')",
        "SELECT * FROM sessions JOIN users USING (user_id) WHERE token_hash = ANY ('{\\\\x00,\\\\x01}'::bytea[])",
        "SELECT * FROM sessions WHERE user_id = '00000000-0000-7000-8000-000000000000'",
        "DELETE FROM sessions WHERE expires_at <= now()",
    ],
)
async def test_statement_uses_an_index(pool: Pool, statement: str) -> None:
    plan = "\n".join(row[0] for row in await pool.fetch("EXPLAIN " + statement))
    assert not re.search(r"Seq Scan", plan), plan
