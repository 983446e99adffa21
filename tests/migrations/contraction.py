"""What a migration does to the release before it, which still runs while it is applied: found by reading its SQL."""

import re
from collections.abc import Iterator

BIG = frozenset({
    "USERS", "SESSIONS", "COOLDOWNS", "BLOCKS", "ROOM_MESSAGES", "CHAT_HISTORY", "SESSION_COMPLETIONS", "REPORTS",
    "AUDIT_LOG", "REFERRAL_MAPPINGS", "REFERRAL_FOLLOWS", "REFERRAL_NOTIFICATIONS",
})  # fmt: skip
"""Tables that grow with users or their actions: a lock for the duration of a full scan is an outage."""

NAME = r'"?([A-Z_][A-Z0-9_]*)"?'
HIDDEN = re.compile(r"--[^\n]*|/\*.*?\*/|E?'(?:[^'\\]|''|\\.)*'|(\$[a-z_]*\$).*?\1", re.DOTALL | re.IGNORECASE)
MADE = re.compile(rf"CREATE (?:UNLOGGED )?TABLE (?:IF NOT EXISTS )?{NAME}")
ALTERED = re.compile(rf"ALTER TABLE (?:IF EXISTS )?(?:ONLY )?{NAME} (.*)")
INDEXED = re.compile(rf"CREATE (UNIQUE )?INDEX (CONCURRENTLY )?(?:IF NOT EXISTS )?(?:{NAME} )?ON (?:ONLY )?{NAME}")
TRIGGERED = re.compile(rf"CREATE (?:OR REPLACE )?(?:CONSTRAINT )?(?:TRIGGER|RULE) .*? (?:ON|TO) {NAME}")

WRITTEN = "refuses rows that are still written"
STATEMENTS: tuple[tuple[str, str], ...] = (
    (r"DROP ", "drops what is still in use"),
    (r"ALTER TYPE ", "changes a type under its users"),
    (r"ALTER (VIEW|FUNCTION|SEQUENCE|SCHEMA|DOMAIN) ", "changes what is still in use"),
    (r"ALTER INDEX (?!\w+ SET \()", "changes what is still in use"),
    (r"TRUNCATE ", "empties a table"),
    (r"(VACUUM FULL|CLUSTER|LOCK|REINDEX (?!.*CONCURRENTLY))", "locks a table"),
    (r"REVOKE ", "takes a right away"),
    (r"DO ", "hides what it does"),
    (r"UPDATE (?!.* WHERE )", "writes every row of a table at once"),
    (r"DELETE (?!.* WHERE )", "empties a table"),
)
ACTIONS: tuple[tuple[str, str], ...] = (
    (r"DROP (?!CONSTRAINT)", "drops a column that is still read"),
    (r"RENAME ", "renames what is still in use"),
    (r"ALTER .*\b(SET DATA )?TYPE ", "changes the type of a column"),
    (r"ALTER .*\bDROP DEFAULT", "takes away a default that is still relied on"),
    (r"SET SCHEMA ", "moves a table"),
    (r"(ENABLE|FORCE) ROW ", "hides rows"),
    (r"DISABLE ", "switches off what is still relied on"),
    (r"ADD (CHECK|UNIQUE|PRIMARY|FOREIGN|EXCLUDE)\b", WRITTEN),
    (r"ADD (?!CONSTRAINT)(?=.*\bNOT NULL\b)(?!.*\b(DEFAULT|GENERATED)\b)", f"{WRITTEN}; give it a default"),
    (r"ADD (?!CONSTRAINT).*(\bDEFAULT (?!NOW\(\)).*\( ?\)|\bGENERATED\b|SERIAL\b)", "writes the whole table anew"),
    (r"ADD (?!CONSTRAINT|UNIQUE|PRIMARY).*\b(UNIQUE|PRIMARY KEY)\b", "reads the whole table under a lock"),
)


def breaks(sql: str) -> list[str]:
    """Return, in words, everything that a release which does not know of *sql* could stumble over."""
    statements = list(_statements(sql))
    made = {found[1] for one in statements if (found := MADE.match(one))}
    return [f"{one[:60]}: {why}" for one in statements for why in _faults(one, made)]


def _faults(statement: str, made: set[str]) -> Iterator[str]:
    """Yield the faults of one statement; tables *made* in the same file are not in use yet."""
    yield from _matching(STATEMENTS, statement)
    if found := INDEXED.match(statement):
        unique, concurrently, table = found[1], found[2], found[4]
        if unique and table not in made:
            yield WRITTEN
        if table in BIG - made and not concurrently:
            yield "stops everybody who writes to a big table; say CONCURRENTLY"
    elif (found := TRIGGERED.match(statement)) and found[1] not in made:
        yield "acts on what is still written"
    elif (found := ALTERED.match(statement)) and found[1] not in made:
        actions = list(_split(found[2], ","))
        for action in actions:
            yield from _matching(ACTIONS, action)
        yield from _together(actions)


def _together(actions: list[str]) -> Iterator[str]:
    """Yield what is wrong with actions of one ALTER TABLE that only others beside them make right."""
    defaults = _named(actions, rf"ALTER (?:COLUMN )?{NAME} SET DEFAULT")
    if _named(actions, rf"ALTER (?:COLUMN )?{NAME} SET NOT NULL") - defaults:
        yield f"{WRITTEN}; give it a default first"
    dropped = _named(actions, rf"DROP CONSTRAINT (?:IF EXISTS )?{NAME}")
    if dropped - _named(actions, rf"ADD CONSTRAINT {NAME} CHECK\b"):
        yield "drops what ON CONFLICT may rely on; another check may be put in its place at once"
    if _named(actions, rf"ADD CONSTRAINT {NAME}") - dropped:
        yield WRITTEN
    if _named(actions, rf"ADD CONSTRAINT {NAME} (?!.*NOT VALID)") & dropped:
        yield "reads the whole table under a lock; say NOT VALID, and validate it in a file of its own"


def _named(actions: list[str], pattern: str) -> set[str]:
    return {found[1] for action in actions if (found := re.match(pattern, action))}


def _matching(rules: tuple[tuple[str, str], ...], text: str) -> list[str]:
    return [why for pattern, why in rules if re.match(pattern, text)]


def _statements(sql: str) -> Iterator[str]:
    """Yield the statements in capitals, without comments, with texts and bodies blanked, in single spaces."""
    plain = HIDDEN.sub(lambda found: " " if found[0].startswith(("--", "/*")) else "''", sql)
    for one in _split(plain, ";"):
        yield " ".join(one.upper().split())


def _split(text: str, mark: str) -> Iterator[str]:
    """Yield what stands between the *mark*s that are in no bracket."""
    depth, begin = 0, 0
    for place, letter in enumerate(f"{text}{mark}"):
        depth += (letter == "(") - (letter == ")")
        if letter == mark and depth == 0:
            if part := text[begin:place].strip():
                yield part
            begin = place + 1
