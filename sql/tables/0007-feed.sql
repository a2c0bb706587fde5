-- 0007-feed.sql - messages have their place in the feed from a sequence, not from
-- their transaction's id: those of others, in any database, held it back.

CREATE SEQUENCE postern.feed AS bigint CACHE 1;
-- Higher than all ids until now, so what is stored and clients' cursors stay as
-- they are.
SELECT setval('postern.feed', pg_snapshot_xmax(pg_current_snapshot())::text::bigint) AS place
\gset
ALTER TABLE postern.message RENAME COLUMN xid TO place;
-- publish() gives one itself, with one lock for all of a transaction. Whoever is
-- inside the publish() of before, and waits for this, gives none: a lock for each
-- then, as feed_lock() says why.
ALTER TABLE postern.message ALTER COLUMN place SET DEFAULT
    CASE WHEN pg_advisory_xact_lock_shared(
                  8101694254662811648 + pg_sequence_last_value('postern.feed')) IS NOT NULL
         THEN nextval('postern.feed')::text::xid8
    END;
