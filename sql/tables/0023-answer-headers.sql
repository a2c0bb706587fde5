-- 0023-answer-headers.sql - what a receiver said in the headers of its answer.

ALTER TABLE postern.attempt ADD COLUMN answer_headers bytea;

-- It takes one parameter more.
DROP FUNCTION IF EXISTS postern.record(
    bigint[], integer[], text[], text[], integer[], bigint[], integer[], integer[],
    integer[], integer[], integer[], integer[], integer[], integer[], text[], text[],
    bytea[], text[], integer[]);
