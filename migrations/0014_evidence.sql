-- Evidence knows the names that were worn, and invites and introductions can be reported.

-- What people went by in a conversation: {"display_name": …, "interests": […]}, each in their own row, so that it goes with
-- their account. Null: from before this migration.
ALTER TABLE chat_history ADD COLUMN shown jsonb;
ALTER TABLE brief_meetings
    ADD COLUMN low_shown  jsonb,                 -- set to null when that account is deleted
    ADD COLUMN high_shown jsonb;

ALTER TABLE reports
    ADD COLUMN met_by        text    NOT NULL DEFAULT 'room' CHECK (met_by IN ('room', 'invite', 'introduction')),
    ADD COLUMN invite_id     uuid,               -- of a report about an invite; room_id is then all zeros, as below
    ADD COLUMN referral_code text,               -- of a report about an introduction
    ADD COLUMN counts        boolean NOT NULL DEFAULT false;   -- towards a suspension: an established account that was in
                                                               -- a live room with the person for five seconds

-- Direct invites that ended without a room, for a day: to answer "have these two met" for reports. `inviter` and `invitee`
-- are what they went by, as above.
CREATE TABLE direct_invites (
    invite_id  uuid        PRIMARY KEY,
    inviter_id uuid        NOT NULL REFERENCES users ON DELETE CASCADE,
    invitee_id uuid        NOT NULL REFERENCES users ON DELETE CASCADE,
    mode       text        NOT NULL CHECK (mode IN ('video', 'text')),
    created_at timestamptz NOT NULL,
    ended_at   timestamptz NOT NULL,
    inviter    jsonb       NOT NULL,
    invitee    jsonb       NOT NULL
);
CREATE INDEX direct_invites_by_invitee ON direct_invites (invitee_id, inviter_id);
CREATE INDEX direct_invites_by_inviter ON direct_invites (inviter_id);          -- the cascade
CREATE INDEX direct_invites_by_end ON direct_invites (ended_at);                -- the sweep
