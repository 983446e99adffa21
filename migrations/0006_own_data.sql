-- What is kept so that limits, cooldowns, blocks and bans hold, without keeping who somebody is. Every digest is an
-- HMAC-SHA256 with the key of the installation (server/seals.py), cut to 16 bytes: without the key nobody can try names.

-- The key of an installation that has no RONDO_SECRET and no data directory of its own: made once, by whichever process
-- needs it first. One row.
CREATE TABLE installation_keys (
    only_one boolean PRIMARY KEY DEFAULT true CHECK (only_one),
    key      bytea   NOT NULL CHECK (octet_length(key) >= 32)
);

-- Attempts that are limited: sign-ups, passwords, codes, letters. Kept here so that a restart opens no door anew. One row
-- for each kind of attempt and address or account; it holds the last few instants, no more than the limit allows.
CREATE TABLE rate_limits (
    digest   bytea         PRIMARY KEY CHECK (octet_length(digest) = 16),
    spent_at timestamptz[] NOT NULL,              -- oldest first
    until_at timestamptz   NOT NULL               -- from then on the row means nothing
) WITH (fillfactor = 50);
CREATE INDEX rate_limits_by_end ON rate_limits (until_at);

-- E-mail addresses, as digests, of people who deleted their account while something bound them: whoever comes back with
-- the same address is bound again. `user_id` is the account that was: under it reports and bans are kept.
CREATE TABLE departed_people (
    digest      bytea       NOT NULL CHECK (octet_length(digest) = 16),
    user_id     uuid        NOT NULL,
    departed_at timestamptz NOT NULL,
    PRIMARY KEY (digest, user_id)
);
CREATE INDEX departed_people_by_user ON departed_people (user_id);

-- With whom such a person had a cooldown, or a block either way.
CREATE TABLE departed_ties (
    user_id   uuid        NOT NULL,               -- of the account that was, as above
    other_id  uuid        NOT NULL REFERENCES users ON DELETE CASCADE,
    kind      text        NOT NULL CHECK (kind IN ('cooldown', 'blocked', 'blocked_by')),
    until_at  timestamptz,                        -- of a cooldown; a block stands until it is taken back
    since_at  timestamptz,                        -- of a block
    PRIMARY KEY (user_id, other_id, kind),
    CHECK ((kind = 'cooldown') = (until_at IS NOT NULL)),
    CHECK ((kind = 'cooldown') = (since_at IS NULL))
);
CREATE INDEX departed_ties_by_other ON departed_ties (other_id);

-- What somebody has said, and whom they met briefly, for the export of their data.
CREATE INDEX brief_meetings_by_high ON brief_meetings (high, low);
