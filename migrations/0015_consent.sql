-- Introductions with consent: who first follows a link is a question to its target, and until the answer nobody goes first.

ALTER TABLE referral_mappings
    ADD COLUMN asked_until timestamptz,   -- null: nobody has followed it yet. Unanswered until then means no
    ADD COLUMN opened_at   timestamptz,   -- the target said yes
    ADD COLUMN refused_at  timestamptz,   -- the target said no. Kept past the end of the link: this introducer is done
    ADD COLUMN followed_at timestamptz[]; -- the latest new followers, for the limit a day

-- Who has followed a link whose target has not answered yet. Yes moves them to referral_follows; no removes them.
CREATE TABLE referral_requests (
    follower_id   uuid        NOT NULL REFERENCES users ON DELETE CASCADE,
    code          text        NOT NULL,              -- no reference: a link that is renewed has another code
    requested_at  timestamptz NOT NULL,
    until_at      timestamptz NOT NULL,
    PRIMARY KEY (follower_id, code)
);
CREATE INDEX referral_requests_by_code ON referral_requests (code);              -- the answer, and blocks
CREATE INDEX referral_requests_by_end ON referral_requests (until_at);           -- the sweep

ALTER TABLE referral_notifications
    ADD COLUMN code        text,          -- of a question: the link that the answer opens or ends. Not a reference: see there
    ADD COLUMN until_at    timestamptz,   -- of a question: until when it can be answered
    ADD COLUMN accepted    boolean,       -- null: not answered
    ADD COLUMN answered_at timestamptz;
