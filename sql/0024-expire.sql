-- 0024-expire.sql - what is kept too long goes in steps.
--
-- A day's worth of it at once would hold up the worker. The file that comes
-- again at the end has changed since a database may have had it.

CREATE INDEX dedup_message ON postern.dedup (message_id);
COMMENT ON INDEX postern.dedup_message IS
'The oldest deduplication keys.';

DROP FUNCTION IF EXISTS postern.expire_owed(uuid);
DROP FUNCTION IF EXISTS postern.drop_days(date);
\ir 0014-partitions.sql
