"""The accounts of the mirrors."""

from server.auth.tokens import hash_of
from server.db.accounts.sessions import Sessions
from server.db.accounts.users import Users
from server.db.pool import Pool
from server.mirror.accounts import COUNT, NAME, admit, identity

NOW = 1_800_000_000_000


async def test_accounts_are_reused_with_new_tokens_at_every_start(database: str) -> None:
    pool = await Pool.open(database)
    people, sessions = Users(pool), Sessions(pool)
    old = await admit(people, sessions, now=NOW)
    new = await admit(people, sessions, now=NOW + 1)
    assert len({*old, *new}) == 2 * COUNT
    assert await sessions.logins([hash_of(token) for token in old], now=NOW + 1) == {}
    logins = (await sessions.logins([hash_of(token) for token in new], now=NOW + 1)).values()
    assert {login.user for login in logins} == {identity(number) for number in range(1, COUNT + 1)}
    assert {(login.profile.mirror, login.profile.display_name) for login in logins} == {(True, NAME)}
    assert await pool.fetchval("SELECT count(*) FROM users") == COUNT
    await pool.close()
