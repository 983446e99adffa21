-- Calls between friends that have ended and whose message is not in the DM yet. Written with the end of the room; the row goes in the
-- transaction that appends the message, which locks the channel and must not hold up rooms. No reference: accounts may go meanwhile.
CREATE TABLE friend_calls (
    call_id   uuid        PRIMARY KEY,                 -- the room
    caller_id uuid        NOT NULL,
    callee_id uuid        NOT NULL,
    mode      text        NOT NULL CONSTRAINT friend_calls_mode CHECK (mode IN ('video', 'text')),
    live_ms   bigint      CHECK (live_ms > 0),         -- null: it was never live
    ended_at  timestamptz NOT NULL,
    CHECK (caller_id <> callee_id)
);
