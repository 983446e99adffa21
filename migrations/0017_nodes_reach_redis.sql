-- Whether a node reached Redis at its latest heartbeat: a node that does not is taken out of service only if another one does.
ALTER TABLE nodes
    ADD COLUMN reaches_redis boolean NOT NULL DEFAULT true;   -- without REDIS_URL nobody asks
