-- An e-mail address counts once it is verified. With SMTP, address and password wait here until the letter is answered.
ALTER TABLE users
    ADD COLUMN pending_email         text,
    ADD COLUMN pending_password_hash text;             -- argon2id; becomes password_hash with the address

-- An account whose log-in name was verified by another account keeps its password and, in log_in_names, its log-in
-- name; the address is the other's.
ALTER TABLE users
    DROP CONSTRAINT users_check,
    ADD CONSTRAINT users_check CHECK (email IS NULL OR password_hash IS NOT NULL) NOT VALID;

-- What permanent accounts sign in with, in the form in which addresses are compared (server/email_address.py), so that no
-- comparison depends on the locale of the database. An address is verified for one account at most, and it is the
-- unproved log-in name of one at most. users.email is the address as it was written.
CREATE TABLE log_in_names (
    user_id     uuid    PRIMARY KEY REFERENCES users ON DELETE CASCADE,
    email_key   text    NOT NULL,
    is_verified boolean NOT NULL,
    UNIQUE (email_key, is_verified)
);

-- What people who come back with a verified address are bound by again, and neither side is shown.
ALTER TABLE cooldowns ADD COLUMN unlisted_until timestamptz;           -- listed once until_at is later than this
ALTER TABLE blocks ADD COLUMN unlisted boolean NOT NULL DEFAULT false;
