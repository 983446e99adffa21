-- Who people are, and what lets them in.

-- Everyone who ever signed up, guests included. A guest who adds an e-mail address and a password stays the same row, so that
-- history, cooldowns and blocks stay theirs.
CREATE TABLE users (
    user_id       uuid        PRIMARY KEY,
    display_name  text        NOT NULL CHECK (char_length(display_name) BETWEEN 1 AND 40),
    gender        text        NOT NULL DEFAULT 'unspecified'
                              CHECK (gender IN ('female', 'male', 'nonbinary', 'unspecified')),
    interests     text[]      NOT NULL DEFAULT '{}' CHECK (cardinality(interests) <= 10),
    email         text,                              -- as it was written; compared without regard to case
    password_hash text,                              -- argon2id, with its parameters; never the password
    adult_at      timestamptz NOT NULL,              -- when they confirmed to be an adult: nobody is here who has not
    access        text        NOT NULL DEFAULT 'unpaid'
                              CHECK (access IN ('unpaid', 'grace', 'verified', 'paid')),   -- not asked when access is open
    role          text        CHECK (role IN ('moderator', 'admin')),                      -- null: nobody in particular
    calls         integer     NOT NULL DEFAULT 0 CHECK (calls >= 0),        -- rooms that left a trace in the history
    completions   integer     NOT NULL DEFAULT 0 CHECK (completions >= 0),  -- rooms that were live for 30 s
    talk_ms       bigint      NOT NULL DEFAULT 0 CHECK (talk_ms >= 0),
    is_mirror     boolean     NOT NULL DEFAULT false,                       -- the machine that sends one's own picture back
    created_at    timestamptz NOT NULL DEFAULT now(),
    CHECK ((email IS NULL) = (password_hash IS NULL))                       -- half an account lets nobody in
);

-- One account an address, however it is capitalised; also the way in at login.
CREATE UNIQUE INDEX users_by_email ON users (lower(email)) WHERE email IS NOT NULL;

-- What lets a person in: one row a device. The token itself is never stored, so that a stolen dump opens nothing.
CREATE TABLE sessions (
    session_id   uuid        PRIMARY KEY,
    user_id      uuid        NOT NULL REFERENCES users ON DELETE CASCADE,
    token_hash   bytea       NOT NULL UNIQUE CHECK (octet_length(token_hash) = 32),   -- SHA-256
    permanent    boolean     NOT NULL DEFAULT false,                                  -- 30 days instead of 7
    device       text        NOT NULL DEFAULT '' CHECK (char_length(device) <= 200),  -- the User-Agent, cut
    address      text        NOT NULL DEFAULT '',
    created_at   timestamptz NOT NULL DEFAULT now(),
    last_seen_at timestamptz NOT NULL DEFAULT now(),
    expires_at   timestamptz NOT NULL                        -- slides with use, written at most once an hour
);

CREATE INDEX sessions_by_user ON sessions (user_id);         -- "my devices", and the cascade
CREATE INDEX sessions_by_expiry ON sessions (expires_at);    -- the sweep of what has expired
