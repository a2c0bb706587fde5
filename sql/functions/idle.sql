-- idle.sql - how a worker goes to sleep, and who wakes it.

CREATE OR REPLACE FUNCTION postern.sleep_lock()
RETURNS bigint
LANGUAGE sql IMMUTABLE PARALLEL SAFE
AS $$ SELECT 8098988461437812 $$;
COMMENT ON FUNCTION postern.sleep_lock IS
'The advisory lock between publishers and a worker about to sleep. The worker
has it alone; a publisher shares it until it commits, or else notifies.';

CREATE OR REPLACE FUNCTION postern.wake()
RETURNS void
LANGUAGE plpgsql VOLATILE
AS $$
BEGIN
    -- Whoever has the lock shared will be looked for by the worker: it
    -- cannot have it to sleep before this transaction is over.
    IF NOT pg_try_advisory_xact_lock_shared(postern.sleep_lock()) THEN
        PERFORM pg_notify('postern_delivery', '');
    END IF;
END
$$;
COMMENT ON FUNCTION postern.wake IS
'Notify a worker that sleeps; one that is awake looks by itself.';

CREATE OR REPLACE FUNCTION postern.go_idle(asleep boolean)
RETURNS TABLE (sleep text, wait_ms integer)
LANGUAGE plpgsql VOLATILE SECURITY DEFINER
SET search_path = pg_catalog, pg_temp
SET enable_seqscan = off
SET enable_bitmapscan = off
AS $$
BEGIN
    IF asleep OR pg_try_advisory_lock(postern.sleep_lock()) THEN
        sleep := 'asleep';
    ELSIF pg_try_advisory_lock_shared(postern.sleep_lock()) THEN
        PERFORM pg_advisory_unlock_shared(postern.sleep_lock());
        sleep := 'watchful';
    ELSE
        sleep := 'relieved';
    END IF;
    SELECT greatest(ceil(extract(epoch FROM least(l.at,
               clock_timestamp() + interval '1 minute') - clock_timestamp())
               * 1000), 0)
      INTO wait_ms
      FROM ((SELECT l.next_at AS at
               FROM postern.lane AS l
              WHERE l.next_at > clock_timestamp()
              ORDER BY l.next_at
              LIMIT 1)
            UNION ALL
            (SELECT n.try_at
               FROM postern.lane_note AS n
              ORDER BY n.try_at
              LIMIT 1)) AS l
     ORDER BY l.at
     LIMIT 1;
    RETURN NEXT;
END
$$;
COMMENT ON FUNCTION postern.go_idle IS
'Before a worker waits. asleep: it has the sleep lock, and is notified (say so
if it has it already). watchful: a publisher has yet to commit and will not
notify: look again in a few milliseconds. relieved: another worker is asleep.
wait_ms: until a backlog''s or a note''s time comes, NULL when none will.
Claim once more after this, then wait.';

CREATE OR REPLACE FUNCTION postern.leave_idle()
RETURNS void
LANGUAGE plpgsql VOLATILE SECURITY DEFINER
SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
    PERFORM pg_advisory_unlock(postern.sleep_lock());
END
$$;
COMMENT ON FUNCTION postern.leave_idle IS
'Give the sleep lock back: from now on the worker looks by itself.';
