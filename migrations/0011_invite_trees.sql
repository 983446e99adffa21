-- Who came in through whom: completions with people of one's own invite tree do not count on the access ladder.

ALTER TABLE users
    ADD COLUMN invite_tree uuid;   -- account at the root; null: nobody's own code let them in. Not a reference: a tree
                                   -- outlives the account at its root, which nobody can split by deleting an account

-- People who came in by another person's own code before this migration. An administrator's code roots no tree.
WITH RECURSIVE tree AS (
    SELECT r.user_id, c.owner_id AS root
    FROM invite_redemptions r JOIN invite_codes c ON c.code = r.code AND c.owner_id IS NOT NULL
    WHERE NOT EXISTS (SELECT FROM invite_redemptions o JOIN invite_codes d ON d.code = o.code AND d.owner_id IS NOT NULL
                         WHERE o.user_id = c.owner_id)
    UNION
    SELECT r.user_id, t.root
    FROM tree t JOIN invite_codes c ON c.owner_id = t.user_id JOIN invite_redemptions r ON r.code = c.code
)
UPDATE users u SET invite_tree = t.root FROM tree t WHERE u.user_id = t.user_id;
