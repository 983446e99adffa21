-- How people bring each other in: introductions to somebody one has met, invite codes, and what was paid.

-- Links that say "meet this person". One a pair, so that asking twice gives the same link and the table is bounded by who
-- has met whom. A link goes with either account; what became of it (below) stays.
CREATE TABLE referral_mappings (
    code          text        PRIMARY KEY CHECK (code ~ '^[0-9A-HJKMNP-TV-Z]{10}$'),
    target_id     uuid        NOT NULL REFERENCES users ON DELETE CASCADE,       -- who is to be met
    introducer_id uuid        NOT NULL REFERENCES users ON DELETE CASCADE,       -- who made the link
    created_at    timestamptz NOT NULL,
    expires_at    timestamptz NOT NULL,
    UNIQUE (introducer_id, target_id),
    CHECK (target_id <> introducer_id),
    CHECK (expires_at > created_at)
);
CREATE INDEX referral_mappings_by_target ON referral_mappings (target_id);      -- the cascade
CREATE INDEX referral_mappings_by_expiry ON referral_mappings (expires_at);     -- the sweep

-- Who has followed a link, and so goes first with its target, both ways, until then. The code is no reference: the
-- introduction outlives the link, and the introducer's account.
CREATE TABLE referral_follows (
    follower_id   uuid        NOT NULL REFERENCES users ON DELETE CASCADE,
    code          text        NOT NULL,
    target_id     uuid        NOT NULL REFERENCES users ON DELETE CASCADE,
    introducer_id uuid        REFERENCES users ON DELETE SET NULL,
    followed_at   timestamptz NOT NULL,
    until_at      timestamptz NOT NULL,
    PRIMARY KEY (follower_id, code),                                             -- following twice is following once
    CHECK (follower_id <> target_id),
    CHECK (follower_id <> introducer_id)
);
CREATE INDEX referral_follows_by_target ON referral_follows (target_id, follower_id);
CREATE INDEX referral_follows_by_introducer ON referral_follows (introducer_id);
CREATE INDEX referral_follows_by_end ON referral_follows (until_at);

-- What somebody was told, or is to be told when they come back. Names are read when it is shown, never kept here: about
-- somebody who deletes their account nothing stays.
CREATE TABLE referral_notifications (
    notification_id uuid        PRIMARY KEY,                                     -- in the order of time
    user_id         uuid        NOT NULL REFERENCES users ON DELETE CASCADE,     -- who is told
    kind            text        NOT NULL CHECK (char_length(kind) BETWEEN 1 AND 40),
    about_id        uuid        REFERENCES users ON DELETE CASCADE,              -- whom it is about, if anybody
    introducer_id   uuid        REFERENCES users ON DELETE SET NULL,
    payload         jsonb       NOT NULL DEFAULT '{}' CHECK (jsonb_typeof(payload) = 'object'),
    created_at      timestamptz NOT NULL,
    read_at         timestamptz
);
CREATE INDEX referral_notifications_newest ON referral_notifications (user_id, notification_id DESC);
CREATE INDEX referral_notifications_by_about ON referral_notifications (about_id) WHERE about_id IS NOT NULL;
CREATE INDEX referral_notifications_by_introducer ON referral_notifications (introducer_id)
    WHERE introducer_id IS NOT NULL;
CREATE INDEX referral_notifications_by_age ON referral_notifications (created_at);

-- What opens the door while the service is invite-only. A person has at most one code of their own; those without an owner
-- were made by an administrator. Uses are counted down under the row's lock, and the constraint has the last word.
CREATE TABLE invite_codes (
    code       text        PRIMARY KEY CHECK (code ~ '^[0-9A-HJKMNP-TV-Z]{16}$'),
    owner_id   uuid        UNIQUE REFERENCES users ON DELETE CASCADE,
    made_by    uuid,                                     -- the administrator; null: a person's own, or the command line
    uses       integer     NOT NULL CHECK (uses > 0),
    uses_left  integer     NOT NULL CHECK (uses_left >= 0 AND uses_left <= uses),
    created_at timestamptz NOT NULL,
    CHECK (owner_id IS NULL OR made_by IS NULL)
);
CREATE INDEX invite_codes_newest ON invite_codes (created_at DESC, code DESC);

-- Who came in by which code. One row a person: nobody can burn two uses.
CREATE TABLE invite_redemptions (
    user_id     uuid        PRIMARY KEY REFERENCES users ON DELETE CASCADE,
    code        text        NOT NULL,                    -- no reference: the code may go with its owner
    redeemed_at timestamptz NOT NULL
);
CREATE INDEX invite_redemptions_by_code ON invite_redemptions (code);

-- What a payment provider told us, once a payment, however often it is told. The row stays, without the person, when an
-- account is deleted: books are kept, and a repetition must still be known as one.
CREATE TABLE payments (
    provider    text        NOT NULL CHECK (provider IN ('generic', 'stripe')),
    payment_id  text        NOT NULL CHECK (char_length(payment_id) BETWEEN 1 AND 255),
    user_id     uuid        REFERENCES users ON DELETE SET NULL,
    received_at timestamptz NOT NULL,
    PRIMARY KEY (provider, payment_id)
);
CREATE INDEX payments_by_user ON payments (user_id) WHERE user_id IS NOT NULL;
