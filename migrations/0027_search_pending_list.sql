-- The search job adds the words of 100 messages at once. With a pending list, which the job merges before it commits, each
-- word is looked up once for all of them: half of PostgreSQL's work for the index. The limit is for releases that do not
-- merge: each lookup reads the list.
ALTER INDEX message_search_terms SET (fastupdate = on, gin_pending_list_limit = 256);
