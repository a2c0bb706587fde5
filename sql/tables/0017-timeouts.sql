-- 0017-timeouts.sql - a webhook may have a time-out of its own, and operators
-- set the retry schedule.

ALTER TABLE postern.webhook
    ADD COLUMN timeout integer
        CONSTRAINT webhook_timeout_check CHECK (timeout BETWEEN 1 AND 60),
    ADD COLUMN retry_schedule integer[]
        CONSTRAINT webhook_retry_schedule_check
            CHECK (cardinality(retry_schedule) <= 19 AND 1 <= ALL (retry_schedule)
               AND array_position(retry_schedule, NULL) IS NULL);
ALTER TABLE postern.delivery_setting
    ADD COLUMN retry_schedule integer[]
        CONSTRAINT delivery_setting_retry_schedule_check
            CHECK (cardinality(retry_schedule) <= 19 AND 1 <= ALL (retry_schedule)
               AND array_position(retry_schedule, NULL) IS NULL);

-- The result of the one and an argument of the other are different.
DROP FUNCTION IF EXISTS postern.claim(
    bigint, integer, interval, integer, uuid[], integer[], integer, uuid[], integer[],
    integer, integer, integer, integer, integer, integer[], integer, integer[],
    uuid[], bigint[], timestamptz[], uuid, timestamptz);
DROP FUNCTION IF EXISTS postern.record(
    bigint[], integer[], text[], text[], integer[], integer[], integer[], integer[],
    integer[], integer[], integer[], integer[], integer[], integer[], text[], text[],
    bytea[], text[], integer[]);
