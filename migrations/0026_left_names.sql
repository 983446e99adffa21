-- What a group was called when a member left it: former members do not see what it is called later. Null: present members, and those who
-- left before this migration.
ALTER TABLE channel_members ADD COLUMN left_name text;
