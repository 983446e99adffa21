-- When each of the two last asked for video: a request limits only who made it. asked_at stays for the release before.
ALTER TABLE active_rooms
    ADD COLUMN offerer_asked_at  timestamptz,
    ADD COLUMN answerer_asked_at timestamptz;
