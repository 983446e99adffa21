-- What somebody confirmed about their age, and letters that prove whose an e-mail address is.

ALTER TABLE users
    ADD COLUMN adult_text        text CHECK (char_length(adult_text) BETWEEN 1 AND 40),  -- version of what they confirmed
    ADD COLUMN birth_date        date,                    -- only where the operator asks for it
    ADD COLUMN email_verified_at timestamptz;             -- null: nobody knows whether letters arrive

-- Letters that were sent and not yet answered: at most one of a kind a person, so that a new one ends the one before. The
-- token is not stored, so that a stolen dump resets no password.
CREATE TABLE letters (
    user_id    uuid        NOT NULL REFERENCES users ON DELETE CASCADE,
    purpose    text        NOT NULL CHECK (purpose IN ('verify', 'reset')),
    token_hash bytea       NOT NULL UNIQUE CHECK (octet_length(token_hash) = 32),        -- SHA-256
    sent_at    timestamptz NOT NULL,
    expires_at timestamptz NOT NULL,
    PRIMARY KEY (user_id, purpose)
);
CREATE INDEX letters_by_expiry ON letters (expires_at);   -- the sweep
