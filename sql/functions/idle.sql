-- idle.sql - how a worker goes to sleep, and who wakes it.

CREATE OR REPLACE FUNCTION postern.sleep_lock()
RETURNS bigint
LANGUAGE sql IMMUTABLE PARALLEL SAFE
AS $$ SELECT 8098988461437812 $$;
COMMENT ON FUNCTION postern.sleep_lock IS
'The advisory lock between publishers and a worker about to sleep. The sleeping
worker holds it exclusively. A publisher takes it shared until it commits; if
it cannot, it notifies.';

CREATE OR REPLACE FUNCTION postern.asleep()
RETURNS boolean
LANGUAGE sql VOLATILE
AS $$
    -- Whoever has the lock shared will be looked for by the worker: it cannot have
    -- it to sleep before this transaction is over.
    SELECT NOT pg_try_advisory_xact_lock_shared(postern.sleep_lock())
$$;
COMMENT ON FUNCTION postern.asleep IS
'Whether a worker sleeps. If none does, none will before the end of this
transaction. One expression, which its callers take in: that saves a call.';

CREATE OR REPLACE FUNCTION postern.wake()
RETURNS void
LANGUAGE plpgsql VOLATILE
AS $$
BEGIN
    IF postern.asleep() THEN
        PERFORM pg_notify('postern_delivery', '');
    END IF;
END
$$;
COMMENT ON FUNCTION postern.wake IS
'Notify a worker that sleeps. A worker that is awake finds new deliveries by
itself.';

CREATE OR REPLACE FUNCTION postern.go_idle(asleep boolean)
RETURNS TABLE (sleep text, wait_ms integer)
LANGUAGE plpgsql VOLATILE SECURITY DEFINER
SET search_path = pg_catalog, pg_temp
SET enable_seqscan = off
SET enable_bitmapscan = off
SET jit = off
AS $$
BEGIN
    IF asleep OR pg_try_advisory_lock(postern.sleep_lock()) THEN
        sleep := 'listening';
    ELSIF pg_try_advisory_lock_shared(postern.sleep_lock()) THEN
        PERFORM pg_advisory_unlock_shared(postern.sleep_lock());
        sleep := 'polling';
    ELSE
        sleep := 'standby';
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
'Called before a worker waits; asleep says whether it holds the sleep lock
already. Returns in sleep: listening, it holds the sleep lock and will be
notified; polling, a publisher that will not notify has yet to commit, so
claim again in a few milliseconds; standby, another worker listens. wait_ms
is the time until a backlog or a note is due; NULL: none is. Claim once more
after this, then wait.';

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
'Release the sleep lock: from now on the worker looks for deliveries by itself.';
