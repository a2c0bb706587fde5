-- 0003-max-in-flight.sql - how many requests may be in flight to a webhook at
-- one time is learned by the worker, and may have a limit of the webhook's own.

ALTER TABLE postern.webhook
    ADD COLUMN max_in_flight integer
        CONSTRAINT webhook_max_in_flight_check
            CHECK (max_in_flight BETWEEN 1 AND 10000);

-- They are told how many more of a webhook may be taken, no longer how many are
-- in hand. The order of arguments is another, so that a worker of the version
-- before cannot call it with the old meaning.
DROP FUNCTION IF EXISTS postern.claim(
    bigint, integer, integer, interval, uuid[], integer[]);
DROP FUNCTION IF EXISTS postern.take_fresh(
    bigint, integer, integer, interval, uuid[], integer[]);
DROP FUNCTION IF EXISTS postern.take_lanes(
    timestamptz, integer, integer, interval, uuid[], integer[], uuid[]);
DROP FUNCTION IF EXISTS postern.pick_fresh(
    bigint, bigint, uuid[], integer, integer, interval, uuid[], integer[]);
