-- retry_schedules.sql - when a delivery that failed is tried again.
--
-- A schedule is the seconds between one attempt and the next; NULL is the
-- default, which the worker knows. Retention and schedules are compared under
-- the lock of delivery_setting's row, so that each sees the other.

CREATE OR REPLACE FUNCTION postern.schedule_length(seconds integer[])
RETURNS interval
LANGUAGE sql IMMUTABLE
AS $$ SELECT justify_hours(sum(s.s) * interval '1 s') FROM unnest(seconds) AS s (s) $$;
COMMENT ON FUNCTION postern.schedule_length IS
'From the first attempt of a retry schedule to the last; NULL: it is the default, or
has no second attempt.';

CREATE OR REPLACE FUNCTION postern.schedule_seconds(delays interval[])
RETURNS integer[]
LANGUAGE plpgsql VOLATILE
AS $$
DECLARE
    most CONSTANT interval := '30 days';
    seconds       integer[] := '{}';
    delay         interval;
    kept          interval;
    bad           text;
BEGIN
    SELECT s.retention INTO kept FROM postern.delivery_setting AS s FOR SHARE;
    IF delays IS NULL THEN
        RETURN NULL;
    ELSIF cardinality(delays) > 19 THEN
        bad := format('at most 20 attempts, and so 19 delays, not %s', cardinality(delays));
    ELSE
        FOREACH delay IN ARRAY delays LOOP
            IF delay BETWEEN interval '1 s' AND most IS NOT TRUE
                    OR extract(epoch FROM delay) % 1 <> 0 THEN
                bad := format('delays of 1 second to 30 days, in whole seconds, and delay'
                    || ' %s is %s', cardinality(seconds) + 1, coalesce(delay::text, 'NULL'));
                EXIT;
            END IF;
            seconds := seconds || extract(epoch FROM delay)::integer;
        END LOOP;
    END IF;
    IF bad IS NULL AND postern.schedule_length(seconds) > most THEN
        bad := format('at most 30 days in all, not %s', postern.schedule_length(seconds));
    END IF;
    IF bad IS NOT NULL THEN
        RAISE EXCEPTION 'a retry schedule has %', bad
            USING ERRCODE = 'invalid_parameter_value',
                HINT = 'NULL brings the default back.';
    ELSIF postern.schedule_length(seconds) > kept THEN
        RAISE EXCEPTION 'a retry schedule of % is longer than messages are kept, %',
            postern.schedule_length(seconds), kept
            USING ERRCODE = 'invalid_parameter_value',
                HINT = 'Keep them for longer: SELECT postern.set_retention(...)';
    END IF;
    RETURN seconds;
END
$$;
COMMENT ON FUNCTION postern.schedule_seconds IS
'The delays between attempts, checked, in seconds; NULL for NULL. Until the
transaction ends the retention cannot be changed. Invalid:
invalid_parameter_value.';

CREATE OR REPLACE FUNCTION postern.set_retry_schedule(delays interval[])
RETURNS void
LANGUAGE plpgsql VOLATILE SECURITY DEFINER
SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    seconds integer[];
BEGIN
    PERFORM FROM postern.delivery_setting FOR UPDATE;
    seconds := postern.schedule_seconds(delays);
    UPDATE postern.delivery_setting SET retry_schedule = seconds;
END
$$;
COMMENT ON FUNCTION postern.set_retry_schedule(interval[]) IS
'Try deliveries that fail again after these delays, each from one attempt to the
next, give or take a tenth: at most 19, each from 1 second, 30 days in all, and
not longer than messages are kept. Then the delivery has failed. NULL: the
default. It holds for all webhooks but those that have one of their own, and
from the next attempt on also for what waits. Invalid: invalid_parameter_value.';

CREATE OR REPLACE FUNCTION postern.set_retry_schedule(webhook uuid, delays interval[])
RETURNS void
LANGUAGE plpgsql VOLATILE SECURITY DEFINER
SET search_path = pg_catalog, pg_temp
SET enable_seqscan = off
SET enable_bitmapscan = off
SET jit = off
AS $$
DECLARE
    account uuid      := postern.account_of(webhook);
    seconds integer[] := postern.schedule_seconds(delays);
BEGIN
    PERFORM postern.await_webhook(account, webhook);
    UPDATE postern.webhook AS w SET retry_schedule = seconds
     WHERE w.account_id = account AND w.id = webhook;
END
$$;
COMMENT ON FUNCTION postern.set_retry_schedule(uuid, interval[]) IS
'Give a webhook a retry schedule of its own, as set_retry_schedule(delays) gives
to all; NULL: the one that all have. Unknown webhook: no_data_found; an invalid
schedule: invalid_parameter_value.';

CREATE OR REPLACE FUNCTION postern.longest_schedule()
RETURNS interval
LANGUAGE plpgsql STABLE
AS $$
BEGIN
    RETURN max(postern.schedule_length(s.seconds))
      FROM (SELECT d.retry_schedule AS seconds
              FROM postern.delivery_setting AS d
            UNION ALL
            SELECT w.retry_schedule
              FROM postern.webhook AS w
             WHERE w.retry_schedule IS NOT NULL AND w.state <> 'deleted') AS s;
END
$$;
COMMENT ON FUNCTION postern.longest_schedule IS
'How long the longest retry schedule is that has been set; NULL: none has.';

CREATE OR REPLACE FUNCTION postern.patience(account uuid, webhook uuid)
RETURNS interval
LANGUAGE plpgsql STABLE
AS $$
BEGIN
    RETURN greatest(interval '5 days', 1.1 * postern.schedule_length(coalesce(
        (SELECT w.retry_schedule
           FROM postern.webhook AS w
          WHERE w.account_id = account AND w.id = webhook),
        (SELECT d.retry_schedule FROM postern.delivery_setting AS d))));
END
$$;
COMMENT ON FUNCTION postern.patience IS
'For how long a webhook may only fail: five days, or for as long as its deliveries
are tried, with the most jitter.';
