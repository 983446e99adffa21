-- Who talks with whom now, what they say, and who must not meet again. Instants are exact to the millisecond.

-- Programs speak Unix milliseconds, tables speak time.
CREATE FUNCTION at_ms(ms bigint) RETURNS timestamptz LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE
    RETURN to_timestamp(ms::float8 / 1000);
CREATE FUNCTION unix_ms(at timestamptz) RETURNS bigint LANGUAGE sql STABLE STRICT PARALLEL SAFE
    RETURN (date_part('epoch', at) * 1000)::bigint;

-- Who must not meet whom, and until when. Written when a room opens, so that a crash cannot re-pair two people.
CREATE TABLE cooldowns (
    low      uuid        NOT NULL REFERENCES users ON DELETE CASCADE,
    high     uuid        NOT NULL REFERENCES users ON DELETE CASCADE,
    until_at timestamptz NOT NULL,             -- only ever moved by GREATEST: a later cooldown never shortens an earlier one
    PRIMARY KEY (low, high),
    CHECK (low < high)                         -- one row a pair, whoever began
) WITH (fillfactor = 80);
CREATE INDEX cooldowns_by_high ON cooldowns (high, low);

-- Who has made somebody invisible to them, and themselves to that somebody, until they take it back.
CREATE TABLE blocks (
    user_id   uuid        NOT NULL REFERENCES users ON DELETE CASCADE,
    target_id uuid        NOT NULL REFERENCES users ON DELETE CASCADE,
    since_at  timestamptz NOT NULL,
    PRIMARY KEY (user_id, target_id),
    CHECK (user_id <> target_id)
);
CREATE INDEX blocks_by_target ON blocks (target_id, user_id);   -- a block works in both directions

-- The rooms that are open: what a new process needs to take every conversation over. An ended room has no row.
-- The people are not references: an account that is deleted ends its room first, and the seat below refers to it.
CREATE TABLE active_rooms (
    room_id             uuid        PRIMARY KEY,
    version             integer     NOT NULL CHECK (version > 0),   -- compared and raised by every change
    mode                text        NOT NULL CHECK (mode IN ('video', 'text')),
    status              text        NOT NULL GENERATED ALWAYS AS (CASE
                                        WHEN offerer_away_until IS NOT NULL OR answerer_away_until IS NOT NULL THEN 'grace'
                                        WHEN live_at IS NULL THEN 'connecting'
                                        ELSE 'live' END) STORED,
    offerer_id          uuid        NOT NULL,
    answerer_id         uuid        NOT NULL,
    offerer             jsonb       NOT NULL,                   -- profile and wish, as they were when the two met
    answerer            jsonb       NOT NULL,
    offerer_ready       boolean     NOT NULL DEFAULT false,     -- media flows on their side
    answerer_ready      boolean     NOT NULL DEFAULT false,
    offerer_away_until  timestamptz,                            -- null: connected; else their grace ends then, and the room
    answerer_away_until timestamptz,
    started_at          timestamptz NOT NULL,
    duration_s          integer     CHECK (duration_s > 0),     -- null: text has no clock
    connect_by          timestamptz,                            -- until when media must flow
    live_at             timestamptz,
    ends_at             timestamptz,                            -- when the call clock runs out
    talked_ms           bigint      NOT NULL DEFAULT 0 CHECK (talked_ms >= 0),   -- live before the change of mode
    paused_at           timestamptz,                            -- since when somebody is away
    asked_by            uuid,                                   -- who asked for video and waits for an answer
    asked_at            timestamptz,
    cooldown_until      timestamptz,                            -- what was written at the opening, for taking it back
    CHECK (offerer_id <> answerer_id)
) WITH (fillfactor = 60);

-- One open room a person, whichever side: the primary key says so, and no bug can break it. The mirror has no seat.
CREATE TABLE room_seats (
    user_id uuid PRIMARY KEY REFERENCES users ON DELETE CASCADE,
    room_id uuid NOT NULL REFERENCES active_rooms ON DELETE CASCADE
);
CREATE INDEX room_seats_by_room ON room_seats (room_id);        -- the cascade

-- The torch of a text room: who spoke when, who let it burn low, when it goes out. A video room has no row.
CREATE TABLE text_room_activity (
    room_id          uuid        PRIMARY KEY REFERENCES active_rooms ON DELETE CASCADE,
    offerer_said_at  timestamptz NOT NULL,     -- last message, or when the room went live; moved on by every pause
    answerer_said_at timestamptz NOT NULL,
    offerer_idle     boolean     NOT NULL DEFAULT false,
    answerer_idle    boolean     NOT NULL DEFAULT false,
    warned_until     timestamptz               -- null: no warning is running
) WITH (fillfactor = 60);

-- What was said, in the order of n within a room. Kept after the room: it is part of both people's history. Neither room
-- nor sender is a reference: the room is gone when it ends, and the id of a deleted account names nobody, but keeps the
-- other's record readable.
CREATE TABLE room_messages (
    n            bigint      GENERATED ALWAYS AS IDENTITY,
    message_id   uuid        PRIMARY KEY,
    room_id      uuid        NOT NULL,
    sender_id    uuid        NOT NULL,
    client_id    text        NOT NULL CHECK (char_length(client_id) <= 64),
    body         text        NOT NULL CHECK (char_length(body) <= 500),
    sent_at      timestamptz NOT NULL,
    delivered_at timestamptz,
    read_at      timestamptz,
    UNIQUE (room_id, sender_id, client_id),    -- a message sent again is the same message
    UNIQUE (room_id, n)                        -- paging, oldest or newest first
) WITH (fillfactor = 80);                      -- room for the marks of delivery and reading

-- Which processes served, and when each was last alive: after a crash this tells when it happened.
CREATE TABLE nodes (
    node_id    text        PRIMARY KEY,
    started_at timestamptz NOT NULL,
    seen_at    timestamptz NOT NULL,           -- written twice a second
    left_at    timestamptz                     -- null: still serving, or it crashed
) WITH (fillfactor = 10);

-- For operators: the open rooms, with names.
CREATE VIEW rooms_now AS
    SELECT r.room_id, r.mode, r.status,
           r.offerer_id, o.display_name AS offerer, r.offerer_away_until IS NULL AS offerer_connected,
           r.answerer_id, a.display_name AS answerer, r.answerer_away_until IS NULL AS answerer_connected,
           r.started_at, r.live_at, r.ends_at, LEAST(r.offerer_away_until, r.answerer_away_until) AS grace_until,
           t.offerer_idle, t.answerer_idle, t.warned_until, r.version
    FROM active_rooms r
    LEFT JOIN users o ON o.user_id = r.offerer_id
    LEFT JOIN users a ON a.user_id = r.answerer_id
    LEFT JOIN text_room_activity t USING (room_id);

-- For operators: what was said, with names.
CREATE VIEW messages_named AS
    SELECT m.room_id, m.n, m.sent_at, u.display_name AS sender, m.body, m.delivered_at, m.read_at, m.sender_id, m.message_id
    FROM room_messages m LEFT JOIN users u ON u.user_id = m.sender_id;

-- For operators: who is being kept apart, with names.
CREATE VIEW cooldowns_now AS
    SELECT l.display_name AS one, h.display_name AS other, c.until_at, c.until_at - now() AS remaining, c.low, c.high
    FROM cooldowns c JOIN users l ON l.user_id = c.low JOIN users h ON h.user_id = c.high
    WHERE c.until_at > now();
