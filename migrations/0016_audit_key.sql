-- The audit log is chained with the key of the installation: without it the chain could be written anew as a whole.

ALTER TABLE audit_log
    ADD COLUMN key_id bytea CHECK (octet_length(key_id) = 8);   -- which key `hash` is an HMAC with; null: a plain SHA-256,
                                                                -- of an entry by a release before this migration
