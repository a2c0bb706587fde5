-- schema-6.sql - takes migrations 7 and 9 back: a database whose messages have the
-- ids of transactions for places, whose publish() gives none, and whose claim() and
-- choose_new() have fewer arguments.
\set ON_ERROR_STOP on
SET client_min_messages = warning;
DELETE FROM postern.migration WHERE number IN (7, 9);
DROP TABLE postern.process CASCADE;
SET ROLE postern_owner;
CREATE FUNCTION postern.choose_new(
    bigint, integer, uuid, timestamptz, uuid[], postern.rooms)
RETURNS void LANGUAGE sql AS '';
CREATE FUNCTION postern.claim(
    bigint, integer, interval, integer, uuid[], integer[], integer, uuid[], integer[], integer,
    integer, integer, integer[], integer, integer[], uuid[], bigint[], timestamptz[], uuid,
    timestamptz)
RETURNS void LANGUAGE sql AS '';
RESET ROLE;
ALTER TABLE postern.message ALTER COLUMN place SET DEFAULT pg_current_xact_id();
ALTER TABLE postern.message RENAME COLUMN place TO xid;
DROP SEQUENCE postern.feed CASCADE;
SELECT regexp_replace(replace(pg_get_functiondef(
            'postern.publish(uuid, text, jsonb, text)'::regprocedure),
        'postern.feed_is_held()', 'true'),
    'body, place,(\s+traceparent\)\s+VALUES [^;]*body),\s+nextval\([^;]*xid8,', 'body,\1,')
\gexec
