-- Networks and devices from which an account was used, as keyed digests (server/seals.py), for 30 days. Rules read them:
-- completions with one's own network, blocks that outlive a new account, bans that need different networks, and limits on
-- passwords. One row per account, not per session: signing out must not erase it.
CREATE TABLE login_origins (
    user_id       uuid        NOT NULL REFERENCES users ON DELETE CASCADE,
    kind          text        NOT NULL CHECK (kind IN ('network', 'device')),  -- a /24 or /56; a device cookie
    digest        bytea       NOT NULL CHECK (octet_length(digest) = 16),
    first_seen_at timestamptz NOT NULL,
    last_seen_at  timestamptz NOT NULL,            -- exact to an hour
    PRIMARY KEY (user_id, kind, digest)
);
CREATE INDEX login_origins_by_digest ON login_origins (digest, kind);
CREATE INDEX login_origins_by_age ON login_origins (last_seen_at);             -- the sweep
