-- workers.sql - which workers there are, and what becomes of what one had in
-- flight when it is gone.
--
-- A worker is there as long as its session is, which holds an advisory lock on
-- its number until then. A lease is for one that is there and does nothing.

CREATE OR REPLACE FUNCTION postern.worker_locks()
RETURNS integer
LANGUAGE sql IMMUTABLE PARALLEL SAFE
AS $$ SELECT 1886352244 $$;
COMMENT ON FUNCTION postern.worker_locks IS
'The class of the advisory locks that workers have on their numbers.';

CREATE OR REPLACE FUNCTION postern.this_worker()
RETURNS integer
LANGUAGE sql STABLE PARALLEL SAFE
AS $$ SELECT coalesce(nullif(current_setting('postern.worker', true), ''), '0')::integer $$;
COMMENT ON FUNCTION postern.this_worker IS
'The number of the worker whose session this is; 0: of none.';

CREATE OR REPLACE FUNCTION postern.sign_on(previous integer, signs text DEFAULT 'platform')
RETURNS integer
LANGUAGE plpgsql VOLATILE SECURITY DEFINER
SET search_path = pg_catalog, pg_temp
SET enable_seqscan = off
SET enable_bitmapscan = off
SET jit = off
AS $$
DECLARE
    mine integer;
BEGIN
    -- Anybody may have such a lock, even on a number that is still to come.
    LOOP
        INSERT INTO postern.worker (signs) VALUES (sign_on.signs) RETURNING number INTO mine;
        EXIT WHEN pg_try_advisory_lock(postern.worker_locks(), mine);
        DELETE FROM postern.worker AS w WHERE w.number = mine;
    END LOOP;
    IF signs IS NOT NULL THEN
        INSERT INTO postern.signing_scope AS s (scope) VALUES (signs)
        ON CONFLICT ON CONSTRAINT signing_scope_pkey DO UPDATE
           SET last_at = clock_timestamp();
    END IF;
    PERFORM set_config('postern.worker', mine::text, false);
    -- Its session before this was lost, and what it has in hand is its own.
    UPDATE postern.in_flight SET worker = mine WHERE worker = previous;
    DELETE FROM postern.worker AS w WHERE w.number = previous;
    RETURN mine;
END
$$;
COMMENT ON FUNCTION postern.sign_on IS
'Called by a worker that has just connected, once a session, with the number
that it had before, if any. Returns its number: what the session claims from now
on is its, and what it had under the number before. signs is whose keys it signs
with: account or platform; NULL: it has none.';

CREATE OR REPLACE FUNCTION postern.owe_again(ids bigint[])
RETURNS integer
LANGUAGE plpgsql VOLATILE
AS $$
DECLARE
    accounts uuid[];
    webhooks uuid[];
BEGIN
    WITH lost AS (
        DELETE FROM postern.in_flight AS f WHERE f.id = ANY (ids)
        RETURNING f.*
    ), logged AS (
        INSERT INTO postern.attempt (delivery_id, attempt_no, account_id,
            webhook_id, message_id, started_at, verdict, error)
        SELECT l.id, l.attempt_no, l.account_id, l.webhook_id, l.message_id,
               clock_timestamp(), 'lost', 'the worker was lost while it sent'
          FROM lost AS l
    ), owed AS (
        INSERT INTO postern.backlog (id, account_id, webhook_id, message_id,
            ordered, attempt_no, retry_no, due_at)
        SELECT l.id, l.account_id, l.webhook_id, l.message_id, l.ordered,
               l.attempt_no, l.retry_no, now()
          FROM lost AS l
    )
    SELECT array_agg(l.account_id ORDER BY l.webhook_id),
           array_agg(l.webhook_id ORDER BY l.webhook_id)
      INTO accounts, webhooks
      FROM lost AS l;
    IF webhooks IS NULL THEN
        RETURN 0;
    END IF;
    PERFORM postern.free_lanes(accounts, webhooks);
    RETURN cardinality(webhooks);
END
$$;
COMMENT ON FUNCTION postern.owe_again IS
'Owe again deliveries that were in flight, and note for each that its worker was
lost. Returns how many.';

CREATE OR REPLACE FUNCTION postern.is_lost(worker postern.worker)
RETURNS boolean
LANGUAGE plpgsql VOLATILE
AS $$
BEGIN
    -- Who else has the lock since the session ended is not the worker.
    IF worker.number = postern.this_worker()
            OR NOT pg_try_advisory_xact_lock_shared(postern.worker_locks(), worker.number)
               AND EXISTS (SELECT FROM pg_stat_get_activity(worker.pid)) THEN
        UPDATE postern.worker AS w SET lost_at = NULL
         WHERE w.number = worker.number AND w.lost_at IS NOT NULL;
        RETURN false;
    ELSIF worker.lost_at IS NULL THEN
        UPDATE postern.worker AS w SET lost_at = clock_timestamp()
         WHERE w.number = worker.number;
        RETURN false;
    END IF;
    RETURN clock_timestamp() - worker.lost_at NOT BETWEEN interval '0' AND interval '1 s';
END
$$;
COMMENT ON FUNCTION postern.is_lost IS
'Has this worker, whose row is locked, had no session for a second? One whose
connection was lost is back before that.';

CREATE OR REPLACE FUNCTION postern.reclaim(low timestamptz)
RETURNS integer
LANGUAGE plpgsql VOLATILE SECURITY DEFINER
SET search_path = pg_catalog, pg_temp
SET plan_cache_mode = force_generic_plan
SET enable_seqscan = off
SET enable_bitmapscan = off
SET enable_hashjoin = off
SET enable_mergejoin = off
SET jit = off
AS $$
DECLARE
    worker    postern.worker;
    until     timestamptz;
    ids       bigint[];
    reclaimed integer := 0;
    has_more  boolean;
    some_left boolean := false;
BEGIN
    -- What another reclaims at this moment is left to it.
    FOR worker IN
        SELECT w.*
          FROM (SELECT w.* FROM postern.worker AS w
                 ORDER BY w.number
                   FOR UPDATE SKIP LOCKED) AS w
        UNION ALL
        SELECT 0, 0, now(), NULL, NULL
    LOOP
        until := CASE WHEN worker.number > 0 AND postern.is_lost(worker) THEN 'infinity'
                      ELSE clock_timestamp() END;
        ids := ARRAY(
            SELECT f.id
              FROM postern.in_flight AS f
             WHERE f.worker = worker.number AND f.lease_until >= low AND f.lease_until < until
             ORDER BY f.worker, f.lease_until
             LIMIT 1000
               FOR UPDATE SKIP LOCKED);
        reclaimed := reclaimed + postern.owe_again(ids);
        -- Of what others have locked it is not known what becomes.
        has_more := EXISTS (
            SELECT FROM postern.in_flight AS f
             WHERE f.worker = worker.number AND f.lease_until >= low AND f.lease_until < until
             ORDER BY f.worker, f.lease_until
            OFFSET 0);
        some_left := some_left OR has_more;
        IF until = 'infinity' AND NOT has_more THEN
            DELETE FROM postern.worker AS w WHERE w.number = worker.number;
        END IF;
    END LOOP;
    RETURN CASE WHEN reclaimed > 0 OR NOT some_left THEN reclaimed END;
END
$$;
COMMENT ON FUNCTION postern.reclaim IS
'Owe again what workers had in flight whose sessions have ended, and deliveries
whose lease is over: up to 1,000 of each worker, of leases that end after low.
Returns how many; NULL: none, but there are some that somebody else has locked. A
session that has just ended is looked at again by a call a second later.';

CREATE OR REPLACE FUNCTION postern.release(worker integer)
RETURNS bigint
LANGUAGE plpgsql VOLATILE SECURITY DEFINER
SET search_path = pg_catalog, pg_temp
SET enable_seqscan = off
SET enable_bitmapscan = off
SET jit = off
AS $$
DECLARE
    ids      bigint[];
    released bigint := 0;
BEGIN
    IF NOT EXISTS (SELECT FROM postern.worker AS w WHERE w.number = release.worker) THEN
        RAISE EXCEPTION 'there is no worker %', coalesce(worker::text, 'NULL')
            USING ERRCODE = 'no_data_found',
                HINT = 'The workers: SELECT * FROM postern.workers';
    END IF;
    LOOP
        ids := ARRAY(
            SELECT f.id
              FROM postern.in_flight AS f
             WHERE f.worker = release.worker
             ORDER BY f.worker, f.lease_until
             LIMIT 1000
               FOR UPDATE SKIP LOCKED);
        EXIT WHEN ids = '{}';
        released := released + postern.owe_again(ids);
    END LOOP;
    RETURN released;
END
$$;
COMMENT ON FUNCTION postern.release IS
'Owe again at once what a worker has in flight that hangs: what it was sending
may be sent twice. Returns how many deliveries. End its process first, or it
takes others: process on host in the view workers, not pid. Unknown worker: no_data_found.';
