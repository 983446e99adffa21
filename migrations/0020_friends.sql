-- Friend requests, friendships, friend notes, the profile fields that friends see, and the list of connected users.

-- Open requests, one row per direction. Two requests that cross become a friendship in the transaction that writes the second.
-- A declined request stays until until_at, so that the sender cannot tell it from an open one and cannot ask again.
CREATE TABLE friend_requests (
    from_id      uuid        NOT NULL REFERENCES users ON DELETE CASCADE,
    to_id        uuid        NOT NULL REFERENCES users ON DELETE CASCADE,
    is_quiet     boolean     NOT NULL DEFAULT false,     -- a like: not shown to to_id
    note         text        NOT NULL DEFAULT '' CHECK (char_length(note) <= 150),
    asked_at     timestamptz NOT NULL,
    until_at     timestamptz NOT NULL,                   -- asked_at + RONDO_FRIEND_REQUEST_S
    declined_at  timestamptz,                            -- never shown to from_id
    withdrawn_at timestamptz,                            -- set only on a declined row; other withdrawn rows are deleted
    PRIMARY KEY (from_id, to_id),
    CHECK (from_id <> to_id),
    CHECK (NOT is_quiet OR note = ''),
    CHECK (until_at > asked_at),
    CHECK (withdrawn_at IS NULL OR declined_at IS NOT NULL)
);
CREATE INDEX friend_requests_received ON friend_requests (to_id, asked_at DESC, from_id)
    WHERE declined_at IS NULL AND NOT is_quiet;                                -- list of requests to answer
CREATE INDEX friend_requests_cascade ON friend_requests (to_id);               -- deletion of a user
CREATE INDEX friend_requests_by_end ON friend_requests (until_at);             -- retention sweep

-- Friendships, one row per unordered pair.
CREATE TABLE friendships (
    low      uuid        NOT NULL REFERENCES users ON DELETE CASCADE,
    high     uuid        NOT NULL REFERENCES users ON DELETE CASCADE,
    since_at timestamptz NOT NULL,
    PRIMARY KEY (low, high),
    CHECK (low < high)
);
CREATE INDEX friendships_by_high ON friendships (high, low);

-- Private nickname and note of user_id about a friend. Never shown to the friend.
CREATE TABLE friend_notes (
    user_id   uuid NOT NULL REFERENCES users ON DELETE CASCADE,
    friend_id uuid NOT NULL REFERENCES users ON DELETE CASCADE,
    nickname  text NOT NULL DEFAULT '' CHECK (char_length(nickname) <= 40),
    note      text NOT NULL DEFAULT '' CHECK (char_length(note) <= 500),
    PRIMARY KEY (user_id, friend_id),
    CHECK (user_id <> friend_id)
);
CREATE INDEX friend_notes_by_friend ON friend_notes (friend_id);               -- deletion of a user

-- Profile fields that only friends see, and privacy settings. Named constraint: later releases add values.
ALTER TABLE users
    ADD COLUMN shows_presence   boolean     NOT NULL DEFAULT true,             -- off hides both ways
    ADD COLUMN sends_receipts   boolean     NOT NULL DEFAULT true,             -- off hides both ways
    ADD COLUMN accepts_requests text        NOT NULL DEFAULT 'met'
                                CONSTRAINT users_accepts_requests CHECK (accepts_requests IN ('met', 'none')),
    ADD COLUMN bio              text        NOT NULL DEFAULT '' CHECK (char_length(bio) <= 190),
    ADD COLUMN status_text      text        NOT NULL DEFAULT '' CHECK (char_length(status_text) <= 60),
    ADD COLUMN status_until     timestamptz;                                   -- null: until it is changed

-- Kind of a room. A call between friends writes no cooldown and earns no completion.
ALTER TABLE active_rooms
    ADD COLUMN kind text NOT NULL DEFAULT 'match' CONSTRAINT active_rooms_kind CHECK (kind IN ('match', 'friend'));
ALTER TABLE chat_history
    ADD COLUMN kind text NOT NULL DEFAULT 'match' CONSTRAINT chat_history_kind CHECK (kind IN ('match', 'friend'));

-- Users that are connected now, for operators and for the e-mail check; no rule reads it. Each node writes its changes once a second
-- and all of its rows once a minute. Unlogged: after a crash of PostgreSQL the nodes fill it again.
CREATE UNLOGGED TABLE connected_users (
    user_id      uuid        PRIMARY KEY,                                      -- one live connection per user
    session_id   uuid        NOT NULL,
    node_id      text        NOT NULL,
    connected_at timestamptz NOT NULL
);
CREATE INDEX connected_users_by_node ON connected_users (node_id);             -- a node removes the rows of a dead node

-- For operators: users with valid sessions, whether they are connected, and in which room.
CREATE VIEW active_users AS
    SELECT u.user_id, u.display_name, u.email IS NOT NULL AS permanent, u.access, u.role, s.sessions,
           s.last_seen_at, s.last_login_at, n.node_id IS NOT NULL AS online, c.node_id, c.connected_at,
           (SELECT r.room_id FROM room_seats r WHERE r.user_id = u.user_id) AS room_id,
           EXISTS (SELECT FROM ban_records b WHERE b.user_id = u.user_id AND b.lifted_at IS NULL
                      AND (b.until_at IS NULL OR b.until_at > now())) AS banned,
           u.created_at
    FROM users u
    JOIN LATERAL (SELECT count(*) AS sessions, max(x.last_seen_at) AS last_seen_at, max(x.created_at) AS last_login_at
                  FROM sessions x WHERE x.user_id = u.user_id AND x.expires_at > now()) s ON s.sessions > 0
    LEFT JOIN connected_users c ON c.user_id = u.user_id
    LEFT JOIN nodes n ON n.node_id = c.node_id AND n.left_at IS NULL AND n.seen_at > now() - interval '5 seconds'
    WHERE NOT u.is_mirror;

-- For operators: open rooms with message counts.
CREATE VIEW room_stats AS
    SELECT r.room_id, r.kind, r.mode, r.status, r.started_at, r.live_at,
           (r.offerer_away_until IS NULL)::int + (r.answerer_away_until IS NULL)::int AS connected,
           m.messages, m.last_message_at
    FROM active_rooms r
    LEFT JOIN LATERAL (SELECT count(*) AS messages, max(x.sent_at) AS last_message_at
                       FROM room_messages x WHERE x.room_id = r.room_id) m ON true;

-- For operators: friendships with names.
CREATE VIEW friendships_named AS
    SELECT f.since_at, l.display_name AS low_name, h.display_name AS high_name, f.low, f.high
    FROM friendships f JOIN users l ON l.user_id = f.low JOIN users h ON h.user_id = f.high;
