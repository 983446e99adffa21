-- A block also keeps the blocker apart, for a while, from accounts that are made after it from the blocked person's networks
-- or devices: a new guest account is made in seconds.

-- Networks and devices of the blocked account at the time of the block. Not looked up later: deleting the account must not
-- erase them. Rows go with the block and after until_at.
CREATE TABLE block_origins (
    user_id   uuid        NOT NULL REFERENCES users ON DELETE CASCADE,           -- who blocked
    target_id uuid        NOT NULL,                                              -- who was blocked; may be deleted
    kind      text        NOT NULL CHECK (kind IN ('network', 'device')),
    digest    bytea       NOT NULL CHECK (octet_length(digest) = 16),
    since_at  timestamptz NOT NULL,
    until_at  timestamptz NOT NULL,
    PRIMARY KEY (user_id, target_id, kind, digest)
);
CREATE INDEX block_origins_by_digest ON block_origins (digest, kind);
CREATE INDEX block_origins_by_end ON block_origins (until_at);                   -- the sweep

-- Newer accounts of those origins, which the blocker does not meet before until_at. Read like blocks, listed nowhere.
CREATE TABLE block_newcomers (
    user_id   uuid        NOT NULL REFERENCES users ON DELETE CASCADE,           -- who blocked
    other_id  uuid        NOT NULL REFERENCES users ON DELETE CASCADE,           -- the newer account
    target_id uuid        NOT NULL,                                              -- because of which block
    until_at  timestamptz NOT NULL,
    PRIMARY KEY (user_id, other_id, target_id),
    CHECK (user_id <> other_id)
);
CREATE INDEX block_newcomers_by_other ON block_newcomers (other_id, user_id);
CREATE INDEX block_newcomers_by_end ON block_newcomers (until_at);               -- the sweep
