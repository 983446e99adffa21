-- What keeps people safe from each other: reports with their evidence, bans, and a record of who decided what.
-- None of it refers to users: evidence, bans and decisions outlive the accounts on either side, and hold ids, never names.

-- Rooms that were live for less than five seconds leave no history; but what is shown in the first seconds is what gets
-- reported. Kept for a week, only to answer "have these two met". The ids name nobody once an account is gone.
CREATE TABLE brief_meetings (
    low        uuid        NOT NULL,
    high       uuid        NOT NULL,
    room_id    uuid        NOT NULL,
    chat_mode  text        NOT NULL CHECK (chat_mode IN ('video', 'text')),
    started_at timestamptz NOT NULL,
    ended_at   timestamptz NOT NULL,
    live_ms    bigint      NOT NULL CHECK (live_ms >= 0),
    PRIMARY KEY (low, high, room_id),
    CHECK (low < high)
);
CREATE INDEX brief_meetings_by_end ON brief_meetings (ended_at);

-- Who has reported whom, with the room as it was. One row a reporter and reported person, so that two reports at the same
-- moment count once. A legal hold: the row stays when either account is deleted, until keep_until.
CREATE TABLE reports (
    report_id    uuid        PRIMARY KEY,
    reporter_id  uuid        NOT NULL,
    reported_id  uuid        NOT NULL,
    room_id      uuid        NOT NULL,
    category     text        NOT NULL CHECK (char_length(category) BETWEEN 1 AND 40),
    details      text        NOT NULL DEFAULT '' CHECK (char_length(details) <= 2000),
    session_data jsonb       NOT NULL,              -- mode, duration, messages: taken with the report, never changed
    created_at   timestamptz NOT NULL,
    status       text        NOT NULL DEFAULT 'open' CHECK (status IN ('open', 'confirmed', 'vindicated')),
    statement    text        CHECK (char_length(statement) BETWEEN 1 AND 2000),    -- the moderator's reasons
    decided_at   timestamptz,
    decided_by   uuid,
    keep_until   timestamptz,                       -- null: held until somebody has decided
    UNIQUE (reporter_id, reported_id),
    CHECK (reporter_id <> reported_id),
    CHECK ((status = 'open') = (decided_at IS NULL)),
    CHECK ((status = 'open') = (keep_until IS NULL))
);
CREATE INDEX reports_open_by_reported ON reports (reported_id) WHERE status = 'open';     -- how many have reported them
CREATE INDEX reports_newest ON reports (status, created_at DESC, report_id DESC);         -- the queue
CREATE INDEX reports_by_reported ON reports (reported_id, created_at DESC, report_id DESC);
CREATE INDEX reports_by_end ON reports (keep_until) WHERE keep_until IS NOT NULL;         -- the sweep

-- Who may not use the service, why, and until when. Rows are never removed by a lift: they are the person's record.
CREATE TABLE ban_records (
    ban_id        uuid        PRIMARY KEY,
    user_id       uuid        NOT NULL,
    kind          text        NOT NULL CHECK (kind IN ('temporary', 'permanent')),
    statement     text        NOT NULL CHECK (char_length(statement) BETWEEN 1 AND 2000), -- reasons, as the person reads them
    imposed_at    timestamptz NOT NULL,
    imposed_by    uuid,                             -- null: the rule about distinct reporters
    until_at      timestamptz,                      -- null: until lifted; of a temporary one: until it was reviewed
    lifted_at     timestamptz,                      -- null: stands
    lifted_by     uuid,                             -- null: time, or the rule
    lifted_why    text        CHECK (char_length(lifted_why) BETWEEN 1 AND 2000),
    appeal        text        CHECK (char_length(appeal) BETWEEN 1 AND 2000),
    appealed_at   timestamptz,
    appeal_status text        CHECK (appeal_status IN ('open', 'granted', 'rejected')),
    appeal_answer text        CHECK (char_length(appeal_answer) BETWEEN 1 AND 2000),
    appeal_decided_at timestamptz,
    appeal_decided_by uuid,
    changed_at    timestamptz NOT NULL,             -- other nodes look for what has changed lately
    CHECK (kind = 'temporary' OR until_at IS NULL),
    CHECK ((appeal IS NULL) = (appeal_status IS NULL)),
    CHECK ((appeal IS NULL) = (appealed_at IS NULL))
);
CREATE UNIQUE INDEX ban_records_standing ON ban_records (user_id) WHERE lifted_at IS NULL;  -- at most one at a time
CREATE INDEX ban_records_newest ON ban_records (imposed_at DESC, ban_id DESC);
CREATE INDEX ban_records_by_user ON ban_records (user_id, imposed_at DESC);
CREATE INDEX ban_records_changed ON ban_records (changed_at);
CREATE INDEX ban_records_appealed ON ban_records (appeal_status, appealed_at) WHERE appeal IS NOT NULL;

-- Which addresses may not even knock. Small enough to be held in memory by every node.
CREATE TABLE ip_bans (
    ip_ban_id  uuid        PRIMARY KEY,
    network    cidr        NOT NULL UNIQUE,         -- a single address is a /32 or a /128
    reason     text        NOT NULL DEFAULT '' CHECK (char_length(reason) <= 2000),        -- for moderators only
    until_at   timestamptz,                         -- null: until lifted
    created_at timestamptz NOT NULL,
    created_by uuid
);

-- Every decision of a moderator, and of the rules in their place. Each row carries the SHA-256 of the row before, so that
-- a row that was changed, removed or slipped in is found by `rondo audit verify`. `details` is json, not jsonb: the hash is
-- over the text as it was written.
CREATE TABLE audit_log (
    n          bigint      PRIMARY KEY CHECK (n > 0),   -- 1, 2, 3 … without a gap
    at         timestamptz NOT NULL,
    actor_id   uuid,                                -- null: the service, or its operator at the command line
    action     text        NOT NULL CHECK (char_length(action) BETWEEN 1 AND 60),
    subject_id uuid,                                -- the person, or the thing, that it was about
    details    json        NOT NULL,
    previous   bytea       NOT NULL CHECK (octet_length(previous) = 32),
    hash       bytea       NOT NULL UNIQUE CHECK (octet_length(hash) = 32)
);
CREATE INDEX audit_log_by_subject ON audit_log (subject_id, n DESC) WHERE subject_id IS NOT NULL;

-- Append-only, for everybody whom triggers apply to.
CREATE FUNCTION audit_log_refuse() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
        RAISE EXCEPTION 'audit_log is append-only' USING ERRCODE = 'insufficient_privilege';
    END
$$;
CREATE TRIGGER audit_log_append_only BEFORE UPDATE OR DELETE ON audit_log
    FOR EACH ROW EXECUTE FUNCTION audit_log_refuse();
CREATE TRIGGER audit_log_never_emptied BEFORE TRUNCATE ON audit_log
    FOR EACH STATEMENT EXECUTE FUNCTION audit_log_refuse();

-- For operators: who is banned now, with names where there still is one.
CREATE VIEW bans_now AS
    SELECT b.ban_id, b.user_id, u.display_name AS person, b.kind, b.imposed_at, b.until_at, b.statement, b.appeal_status
    FROM ban_records b LEFT JOIN users u ON u.user_id = b.user_id
    WHERE b.lifted_at IS NULL AND (b.until_at IS NULL OR b.until_at > now());
