-- Which node owns each open room. Whoever takes one over raises its version, so that late writes of the old owner fail.
ALTER TABLE active_rooms ADD COLUMN owner text;   -- null: opened by a release before this one; any node may take it over

-- How many rooms were taken over from a node: it finds out with its next heartbeat, and looks which it still has.
ALTER TABLE nodes ADD COLUMN lost bigint NOT NULL DEFAULT 0;
