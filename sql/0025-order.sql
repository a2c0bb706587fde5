-- 0025-order.sql - nothing is lost when a webhook's order changes.
--
-- The files that come again have changed since a database may have had them.
-- The last of them finds what was lost until now.

DROP FUNCTION IF EXISTS postern.reorder(uuid, boolean);
\ir 0011-claim.sql
\ir 0013-owed.sql
\ir 0014-partitions.sql
