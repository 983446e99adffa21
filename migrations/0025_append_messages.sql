-- Appending messages in one call: the transaction takes one round trip instead of four. A function, because the channel
-- rows must be locked before anything is checked, and each statement in here sees what others have committed meanwhile.

-- Store the messages of *items* at *instant*; their ord is 1, 2, 3 …, no two are of one sender, channel and client_id.
-- Return for each, in order: its verdict ('new', 'known' if an earlier call stored it, else why it is refused), its
-- number, the channel's rev, whether the channel had no message after *quiet_since*, and for a new one the members and, in
-- a group, the users who have blocked the sender.
-- *channel_ids* and *file_ids*: all channels and files of the items. *mentions*: whether an item mentions a user.
-- *mail_at*: when an unread message is announced to members who want e-mail; null: no e-mail.
CREATE FUNCTION append_messages(
    channel_ids uuid[], file_ids uuid[], items json, mentions boolean, instant timestamptz, quiet_since timestamptz,
    mail_at timestamptz
) RETURNS json LANGUAGE plpgsql AS $$
#variable_conflict use_column
DECLARE
    answer json;
    ns bigint[];                                       -- the numbers of new messages, null for the other items
BEGIN
    PERFORM FROM channels WHERE channel_id = ANY (channel_ids) ORDER BY channel_id FOR NO KEY UPDATE;
    IF cardinality(file_ids) > 0 THEN
        PERFORM FROM attachments WHERE attachment_id = ANY (file_ids) ORDER BY attachment_id FOR NO KEY UPDATE;
    END IF;

    -- Scalar subqueries and OFFSET 0: joins would read the whole of a table that was empty when this was planned.
    WITH item AS MATERIALIZED (
        SELECT * FROM json_to_recordset(items) AS t (
            ord int, channel_id uuid, sender_id uuid, client_id text, body text, reply_to bigint, files uuid[])
    ), found AS MATERIALIZED (
        SELECT i.*, c.kind, c.last_n, c.rev, c.last_at, c.closed_at, c.low, c.high, m.user_id AS member_id, m.left_at,
            m.joined_n, (SELECT k.n FROM channel_messages k WHERE k.channel_id = i.channel_id
                AND k.sender_id = i.sender_id AND k.client_id = i.client_id) AS known_n
        FROM item i
        LEFT JOIN LATERAL (SELECT * FROM channels c WHERE c.channel_id = i.channel_id OFFSET 0) AS c ON true
        LEFT JOIN LATERAL (SELECT * FROM channel_members m WHERE m.channel_id = i.channel_id
            AND m.user_id = i.sender_id OFFSET 0) AS m ON true
    ), judged AS MATERIALIZED (
        SELECT f.*, CASE
            WHEN f.member_id IS NULL THEN 'not_found'
            WHEN f.known_n IS NOT NULL THEN 'known'
            -- A user who has blocked the other user of a DM does not see it; for the other it is closed.
            WHEN f.closed_at IS NOT NULL AND f.kind = 'dm' AND (
                SELECT true FROM blocks b WHERE b.user_id = f.sender_id
                   AND b.target_id = CASE WHEN f.low = f.sender_id THEN f.high ELSE f.low END) THEN 'not_found'
            WHEN f.left_at IS NOT NULL OR f.closed_at IS NOT NULL THEN 'closed'
            WHEN f.reply_to IS NOT NULL AND (
                SELECT true FROM channel_messages r WHERE r.channel_id = f.channel_id AND r.n = f.reply_to
                   AND r.n > f.joined_n) IS NULL THEN 'reply_to'
            WHEN f.files IS NOT NULL AND cardinality(f.files) > (
                SELECT count(*) FROM attachments a WHERE a.attachment_id = ANY (f.files) AND a.owner_id = f.sender_id
                   AND a.purpose = 'message' AND a.status = 'ready' AND a.n IS NULL AND a.channel_id IS NULL
                   AND a.until_at > instant) THEN 'attachment_ids'
            ELSE 'new' END AS verdict
        FROM found f
    ), numbered AS MATERIALIZED (
        SELECT *, verdict = 'new' AS is_new,
            last_n + count(*) FILTER (WHERE verdict = 'new') OVER (PARTITION BY channel_id ORDER BY ord) AS n
        FROM judged
    ), stored AS (
        INSERT INTO channel_messages (channel_id, n, sender_id, client_id, body, reply_to, sent_at)
        SELECT channel_id, n, sender_id, client_id, COALESCE(body, ''), reply_to, instant FROM numbered WHERE is_new
    ), moved AS (
        UPDATE channels c SET last_n = c.last_n + x.added, last_at = instant
        FROM (SELECT channel_id, count(*) AS added FROM numbered WHERE is_new GROUP BY channel_id) AS x
        WHERE c.channel_id = x.channel_id
    )
    SELECT array_agg(CASE WHEN x.is_new THEN x.n END ORDER BY x.ord), json_agg(json_build_array(
        x.verdict, CASE WHEN x.is_new THEN x.n ELSE x.known_n END, x.rev, x.last_at <= quiet_since,
        CASE WHEN x.is_new THEN ARRAY(
            SELECT m.user_id FROM channel_members m WHERE m.channel_id = x.channel_id AND m.left_at IS NULL) END,
        CASE WHEN x.is_new AND x.kind = 'group' THEN ARRAY(
            SELECT b.user_id FROM blocks b WHERE b.target_id = x.sender_id) END) ORDER BY x.ord)
    INTO ns, answer FROM numbered x;

    IF mentions THEN
        INSERT INTO mentions (user_id, channel_id, n)
        SELECT m.user_id, i.channel_id, ns[i.ord]
        FROM json_to_recordset(items) AS i (ord int, channel_id uuid, mentioned uuid[])
        CROSS JOIN LATERAL (SELECT m.user_id FROM channel_members m WHERE m.channel_id = i.channel_id
            AND m.user_id = ANY (i.mentioned) AND m.left_at IS NULL OFFSET 0) AS m
        WHERE ns[i.ord] IS NOT NULL;
    END IF;
    IF cardinality(file_ids) > 0 THEN
        UPDATE attachments a SET channel_id = i.channel_id, n = ns[i.ord], until_at = NULL
        FROM json_to_recordset(items) AS i (ord int, channel_id uuid, files uuid[])
        WHERE a.attachment_id = ANY (i.files) AND ns[i.ord] IS NOT NULL;
    END IF;
    -- For members who want e-mail about it: one open e-mail per channel and kind, until it is read.
    IF mail_at IS NOT NULL THEN
        INSERT INTO email_outbox (email_id, user_id, kind, subject_id, due_at, created_at)
        SELECT gen_random_uuid(), w.user_id, w.kind, w.channel_id::text, mail_at, instant
        FROM (
            SELECT DISTINCT ON (m.user_id, i.channel_id) m.user_id, i.channel_id, s.kind
            FROM json_to_recordset(items) AS i (ord int, channel_id uuid, sender_id uuid, mentioned uuid[])
            CROSS JOIN LATERAL (SELECT m.user_id, m.notify FROM channel_members m WHERE m.channel_id = i.channel_id
                AND m.left_at IS NULL AND m.user_id <> i.sender_id AND m.notify <> 'none' OFFSET 0) AS m
            CROSS JOIN LATERAL (SELECT s.kind FROM notification_settings s WHERE s.user_id = m.user_id AND s.email
                AND ((s.kind = 'message' AND m.notify = 'all')
                    OR (s.kind = 'mention' AND m.user_id = ANY (i.mentioned))) OFFSET 0) AS s
            WHERE ns[i.ord] IS NOT NULL ORDER BY m.user_id, i.channel_id, s.kind
        ) AS w
        ON CONFLICT (user_id, kind, subject_id) WHERE done_at IS NULL DO NOTHING;
    END IF;
    RETURN answer;
END
$$;
