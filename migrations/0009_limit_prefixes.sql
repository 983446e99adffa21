-- Attempts count at several prefixes of an address at once (/32 and /24; /64, /56 and /48). A function, because all rows
-- must be locked before one of them may be written, and each statement in here sees what others have committed meanwhile.

-- Count one attempt at *instant* for each of *digests*, of which each may have as many within *span* as *limits* says at
-- the same place; or, when one is over its limit, count none, and return its place and when there will be room.
CREATE FUNCTION spend_attempt(
    digests bytea[], limits integer[], instant timestamptz, span interval, OUT refused integer, OUT free_at timestamptz
) LANGUAGE plpgsql AS $$
BEGIN
    -- Sorted, so that no two calls wait for each other. The update writes nothing and locks.
    INSERT INTO rate_limits AS r (digest, spent_at, until_at)
    SELECT d, '{}', instant + span FROM unnest(digests) AS d ORDER BY d
    ON CONFLICT (digest) DO UPDATE SET until_at = r.until_at WHERE false;

    SELECT a.place, r.spent_at[cardinality(r.spent_at) - a.many + 1] + span INTO refused, free_at
    FROM unnest(digests, limits) WITH ORDINALITY AS a (digest, many, place) JOIN rate_limits r USING (digest)
    WHERE r.spent_at[cardinality(r.spent_at) - a.many + 1] > instant - span
    ORDER BY 2 DESC, 1 LIMIT 1;
    IF refused IS NOT NULL THEN
        RETURN;
    END IF;

    UPDATE rate_limits r SET
        spent_at = (r.spent_at || instant)[GREATEST(1, cardinality(r.spent_at) + 2 - a.many):],
        until_at = instant + span
    FROM unnest(digests, limits) AS a (digest, many) WHERE r.digest = a.digest;
END
$$;
