-- What remains of a conversation once it is over.

-- One row a person and room, so that neither overwrites the other's. A deleted account takes its own rows along and leaves
-- the partner's, which then name nobody.
CREATE TABLE chat_history (
    user_id       uuid        NOT NULL REFERENCES users ON DELETE CASCADE,
    room_id       uuid        NOT NULL,
    peer_id       uuid        REFERENCES users ON DELETE SET NULL,
    chat_mode     text        NOT NULL CHECK (chat_mode IN ('video', 'text')),   -- as it was at the end
    started_at    timestamptz NOT NULL,
    ended_at      timestamptz NOT NULL,
    live_ms       bigint      NOT NULL CHECK (live_ms >= 0),                     -- setting up is not talking
    end_reason    text        NOT NULL,        -- as this person was told it: nobody learns here that they were blocked
    message_count integer     NOT NULL CHECK (message_count >= 0),
    PRIMARY KEY (user_id, room_id)
);
CREATE INDEX chat_history_newest ON chat_history (user_id, started_at DESC, room_id DESC);
CREATE INDEX chat_history_by_peer ON chat_history (peer_id, user_id);            -- "have they met", and the SET NULL

-- Conversations of half a minute or longer, once a person and room: what access to the service is earned with.
CREATE TABLE session_completions (
    user_id      uuid        NOT NULL REFERENCES users ON DELETE CASCADE,
    room_id      uuid        NOT NULL,
    completed_at timestamptz NOT NULL,
    live_ms      bigint      NOT NULL CHECK (live_ms >= 0),
    PRIMARY KEY (user_id, room_id)
);

-- For operators: the latest conversations, with names.
CREATE VIEW history_named AS
    SELECT h.ended_at, u.display_name AS person, p.display_name AS peer, h.chat_mode, h.live_ms / 1000 AS live_s,
           h.end_reason, h.message_count, h.room_id, h.user_id, h.peer_id
    FROM chat_history h JOIN users u ON u.user_id = h.user_id LEFT JOIN users p ON p.user_id = h.peer_id;
