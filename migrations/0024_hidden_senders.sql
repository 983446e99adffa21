-- Deleted users whose messages in a group stay hidden from a member who had blocked them. The block is deleted with the account; the
-- messages stay. Written by the deletion; the row goes with the channel or the member.
CREATE TABLE hidden_senders (
    user_id    uuid NOT NULL,                          -- the member, present or former
    channel_id uuid NOT NULL,
    sender_id  uuid NOT NULL,                          -- no reference: the account is gone
    PRIMARY KEY (user_id, channel_id, sender_id),
    FOREIGN KEY (channel_id, user_id) REFERENCES channel_members ON DELETE CASCADE
);
