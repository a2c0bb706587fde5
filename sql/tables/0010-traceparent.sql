-- 0010-traceparent.sql - of which trace a message is part, if its publisher says.

ALTER TABLE postern.message ADD COLUMN traceparent text;

-- It returns one column more.
DROP FUNCTION IF EXISTS postern.claim(
    bigint, integer, interval, integer, uuid[], integer[], integer, uuid[], integer[],
    integer, integer, integer, integer, integer, integer[], integer, integer[], uuid[],
    bigint[], timestamptz[], uuid, timestamptz);
