-- schema-6.sql - takes migration 7 back: a database whose messages have the ids of
-- transactions for places, and whose publish() gives none.
\set ON_ERROR_STOP on
SET client_min_messages = warning;
DELETE FROM postern.migration WHERE number = 7;
ALTER TABLE postern.message ALTER COLUMN place SET DEFAULT pg_current_xact_id();
ALTER TABLE postern.message RENAME COLUMN place TO xid;
DROP SEQUENCE postern.feed CASCADE;
SELECT regexp_replace(replace(pg_get_functiondef('postern.publish'::regproc),
        'postern.feed_lock()', 'true'),
    'body, place\)(\s+VALUES [^;]*body),\s+nextval\([^;]*xid8\)', 'body)\1)')
\gexec
