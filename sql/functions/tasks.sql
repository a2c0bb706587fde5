-- tasks.sql - what takes long, done by a worker in short steps.
--
-- A step finds its deliveries by their messages' ids, from where the step
-- before ended, and so passes nothing twice, not even what a held transaction
-- keeps from being removed. Accounts take turns, and so do the tasks of one.

CREATE OR REPLACE FUNCTION postern.new_task(account uuid, webhook uuid, kind text)
RETURNS postern.task
LANGUAGE plpgsql VOLATILE
AS $$
DECLARE
    task postern.task;
BEGIN
    task.account_id := account;
    task.webhook_id := webhook;
    task.id := postern.uuid7();
    task.kind := kind;
    task.low := '00000000-0000-0000-0000-000000000000';
    task.high := 'ffffffff-ffff-ffff-ffff-ffffffffffff';
    task.sent_too := false;
    task.deliveries := 0;
    task.part := CASE kind WHEN 'erase' THEN 'stop' WHEN 'forget' THEN 'answers'
        WHEN 'scrub' THEN 'details' END;
    task.behind := task.low;
    task.last_round := false;
    task.created_at := clock_timestamp();
    task.worked_at := task.created_at;
    RETURN task;
END
$$;
COMMENT ON FUNCTION postern.new_task IS
'A task of this kind for all that a webhook is owed; it is not stored yet.';

CREATE OR REPLACE FUNCTION postern.leave_task(account uuid, webhook uuid, kind text)
RETURNS void
LANGUAGE plpgsql VOLATILE
AS $$
BEGIN
    IF NOT EXISTS (
            SELECT FROM postern.task AS t
             WHERE t.account_id = account AND t.webhook_id = webhook
               AND t.kind = leave_task.kind AND t.ended_at IS NULL) THEN
        INSERT INTO postern.task
        SELECT n.* FROM postern.new_task(account, webhook, kind) AS n;
    END IF;
END
$$;
COMMENT ON FUNCTION postern.leave_task IS
'Have a worker reorder or drop all that a webhook is owed, or scrub its attempts,
unless it already does. Waits for nobody.';

CREATE OR REPLACE FUNCTION postern.next_message(task postern.task, wanted integer)
RETURNS uuid
LANGUAGE plpgsql VOLATILE
SET plan_cache_mode = force_generic_plan
SET enable_seqscan = off
SET enable_bitmapscan = off
SET enable_hashjoin = off
SET enable_mergejoin = off
SET jit = off
AS $$
DECLARE
    -- No attempt is older than its message. A day, should the clock have been
    -- set back.
    oldest timestamptz := postern.uuid7_time(task.low) - interval '1 day';
BEGIN
    IF task.kind <> 'replay' THEN
        RETURN (
            SELECT b.message_id
              FROM postern.backlog AS b
             WHERE b.account_id = task.account_id
               AND b.webhook_id = task.webhook_id
               AND b.message_id >= task.low AND b.message_id < task.high
             ORDER BY b.message_id
            OFFSET wanted
             LIMIT 1);
    END IF;
    RETURN (
        SELECT p.message_id
          FROM ((SELECT b.message_id
                   FROM postern.backlog AS b
                  WHERE b.account_id = task.account_id
                    AND b.webhook_id = task.webhook_id
                    AND b.message_id >= task.low AND b.message_id < task.high
                  ORDER BY b.message_id
                  LIMIT wanted + 1)
                UNION ALL
                (SELECT a.message_id
                   FROM postern.attempt AS a
                  WHERE a.account_id = task.account_id
                    AND a.webhook_id = task.webhook_id
                    AND a.outcome = 'failed' AND a.started_at >= oldest
                    AND a.message_id >= task.low AND a.message_id < task.high
                  ORDER BY a.message_id
                  LIMIT wanted + 1)
                UNION ALL
                (SELECT a.message_id
                   FROM postern.attempt AS a
                  WHERE a.account_id = task.account_id
                    AND a.webhook_id = task.webhook_id
                    AND a.outcome = 'cancelled' AND a.started_at >= oldest
                    AND a.message_id >= task.low AND a.message_id < task.high
                  ORDER BY a.message_id
                  LIMIT wanted + 1)
                UNION ALL
                (SELECT a.message_id
                   FROM postern.attempt AS a
                  WHERE task.sent_too AND a.account_id = task.account_id
                    AND a.webhook_id = task.webhook_id
                    AND a.outcome = 'sent' AND a.started_at >= oldest
                    AND a.message_id >= task.low AND a.message_id < task.high
                  ORDER BY a.message_id
                  LIMIT wanted + 1)) AS p
         ORDER BY p.message_id
        OFFSET wanted
         LIMIT 1);
END
$$;
COMMENT ON FUNCTION postern.next_message IS
'The message at which the step after one of so many deliveries begins; NULL:
this one is the last.';

CREATE OR REPLACE FUNCTION postern.replay_some(task postern.task, upto uuid)
RETURNS bigint
LANGUAGE plpgsql VOLATILE
SET plan_cache_mode = force_generic_plan
SET enable_seqscan = off
SET enable_bitmapscan = off
SET enable_hashjoin = off
SET enable_mergejoin = off
SET jit = off
AS $$
DECLARE
    states text[] := CASE WHEN task.sent_too THEN '{failed,cancelled,sent}'
        ELSE '{failed,cancelled}' END;
    again  bigint;
    held   bigint;
BEGIN
    WITH over AS (
        UPDATE postern.attempt AS a SET outcome = NULL
         WHERE a.account_id = task.account_id
           AND a.webhook_id = task.webhook_id AND a.outcome = ANY (states)
           AND a.message_id >= task.low AND a.message_id < upto
           AND a.started_at >= postern.uuid7_time(task.low) - interval '1 day'
        RETURNING a.*
    )
    INSERT INTO postern.backlog (id, account_id, webhook_id, message_id,
        ordered, attempt_no, retry_no, due_at)
    SELECT o.delivery_id, o.account_id, o.webhook_id, o.message_id, w.ordered,
           o.attempt_no, 0, '-infinity'
      FROM over AS o
     CROSS JOIN LATERAL (
           SELECT w.ordered
             FROM postern.webhook AS w
            WHERE w.account_id = o.account_id AND w.id = o.webhook_id
           OFFSET 0) AS w
     ORDER BY o.delivery_id;
    GET DIAGNOSTICS again = ROW_COUNT;
    UPDATE postern.backlog AS b SET due_at = '-infinity'
     WHERE b.account_id = task.account_id AND b.webhook_id = task.webhook_id
       AND b.message_id >= task.low AND b.message_id < upto
       AND b.due_at > '-infinity';
    GET DIAGNOSTICS held = ROW_COUNT;
    RETURN again + held;
END
$$;
COMMENT ON FUNCTION postern.replay_some IS
'Owe again, at once, what a task is to replay of the messages from its low up
to, not including, upto. Returns how many deliveries.';

CREATE OR REPLACE FUNCTION postern.cancel_some(task postern.task, upto uuid)
RETURNS bigint
LANGUAGE plpgsql VOLATILE
SET plan_cache_mode = force_generic_plan
SET enable_seqscan = off
SET enable_bitmapscan = off
SET jit = off
AS $$
DECLARE
    cancelled bigint;
BEGIN
    WITH waiting AS (
        DELETE FROM postern.backlog AS b
         WHERE b.account_id = task.account_id
           AND b.webhook_id = task.webhook_id
           AND b.message_id >= task.low AND b.message_id < upto
        RETURNING b.id, b.account_id, b.webhook_id, b.message_id, b.attempt_no
    )
    INSERT INTO postern.attempt (delivery_id, account_id, webhook_id,
        message_id, attempt_no, started_at, verdict, outcome)
    SELECT w.*, clock_timestamp(), 'cancelled', 'cancelled' FROM waiting AS w;
    GET DIAGNOSTICS cancelled = ROW_COUNT;
    RETURN cancelled;
END
$$;
COMMENT ON FUNCTION postern.cancel_some IS
'Cancel what waits for a task''s webhook of the messages from the task''s low
up to, not including, upto. Returns how many deliveries.';

CREATE OR REPLACE FUNCTION postern.cancel_fresh(
    task postern.task, wanted integer, OUT low_fresh bigint, OUT cancelled bigint)
LANGUAGE plpgsql VOLATILE
SET plan_cache_mode = force_generic_plan
SET enable_seqscan = off
SET enable_bitmapscan = off
SET jit = off
AS $$
DECLARE
    last   bigint;
    looked integer;
    unseen bigint[];
BEGIN
    -- In an order that only the index by account has, however few accounts
    -- the statistics know.
    SELECT max(f.id), count(*),
           array_agg(f.id) FILTER (WHERE f.webhook_id = task.webhook_id
               AND f.message_id >= task.low AND f.message_id < task.high)
      INTO last, looked, unseen
      FROM (SELECT n.id, n.webhook_id, n.message_id
              FROM postern.fresh AS n
             WHERE (n.account_id, n.id) > (task.account_id, task.low_fresh)
               AND n.account_id <= task.account_id
             ORDER BY n.account_id, n.id
             LIMIT wanted) AS f;
    WITH deleted AS (
        DELETE FROM postern.fresh AS f WHERE f.id = ANY (unseen)
        RETURNING f.id, f.account_id, f.webhook_id, f.message_id
    )
    INSERT INTO postern.attempt (delivery_id, account_id, webhook_id,
        message_id, attempt_no, started_at, verdict, outcome)
    SELECT d.*, 0, clock_timestamp(), 'cancelled', 'cancelled'
      FROM deleted AS d;
    GET DIAGNOSTICS cancelled = ROW_COUNT;
    IF looked = wanted THEN
        low_fresh := last;
    END IF;
END
$$;
COMMENT ON FUNCTION postern.cancel_fresh IS
'Look at so many fresh deliveries of an account behind the task''s low_fresh,
and cancel those that the task is to cancel. low_fresh is the last looked at;
NULL: that was all.';

CREATE OR REPLACE FUNCTION postern.reorder_some(
    task postern.task, to_ordered boolean, upto uuid)
RETURNS void
LANGUAGE plpgsql VOLATILE
SET plan_cache_mode = force_generic_plan
SET enable_seqscan = off
SET enable_bitmapscan = off
SET jit = off
AS $$
BEGIN
    UPDATE postern.backlog AS b SET ordered = to_ordered
     WHERE b.account_id = task.account_id AND b.webhook_id = task.webhook_id
       AND b.message_id >= task.low AND b.message_id < upto
       AND b.ordered <> to_ordered;
END
$$;
COMMENT ON FUNCTION postern.reorder_some IS
'Make ordered, or not, what waits for a task''s webhook of the messages from
the task''s low up to, not including, upto.';

CREATE OR REPLACE FUNCTION postern.step(INOUT task postern.task, wanted integer)
LANGUAGE plpgsql VOLATILE
AS $$
DECLARE
    fresh   record;
    ordered boolean;
    next    uuid;
    upto    uuid;
BEGIN
    SELECT w.ordered INTO ordered
      FROM postern.webhook AS w
     WHERE w.account_id = task.account_id AND w.id = task.webhook_id
       AND w.state <> 'deleted';
    IF ordered IS NULL AND task.kind <> 'drop' THEN
        task.ended_at := clock_timestamp();
        RETURN;
    END IF;
    IF task.low_fresh IS NOT NULL THEN
        fresh := postern.cancel_fresh(task, wanted);
        task.low_fresh := fresh.low_fresh;
        task.deliveries := task.deliveries + fresh.cancelled;
        IF task.low_fresh IS NOT NULL THEN
            RETURN;
        END IF;
    END IF;
    next := postern.next_message(task, wanted);
    upto := coalesce(next, task.high);
    CASE task.kind
    WHEN 'replay' THEN
        task.deliveries := task.deliveries + postern.replay_some(task, upto);
    WHEN 'reorder' THEN
        PERFORM postern.reorder_some(task, ordered, upto);
    ELSE
        task.deliveries := task.deliveries + postern.cancel_some(task, upto);
    END CASE;
    task.low := upto;
    IF next IS NULL THEN
        task.ended_at := clock_timestamp();
    END IF;
END
$$;
COMMENT ON FUNCTION postern.step IS
'Do a step of a task: so many deliveries. ended_at is not NULL when it was the
last. A task ends, too, when its webhook is deleted, unless it is to drop what
that was owed.';

CREATE OR REPLACE FUNCTION postern.begin_task(
    account uuid, webhook uuid, kind text, since timestamptz, until timestamptz,
    sent_too boolean)
RETURNS postern.task
LANGUAGE plpgsql VOLATILE
AS $$
DECLARE
    task postern.task := postern.new_task(account, webhook, kind);
BEGIN
    task.low := postern.first_uuid7(since);
    task.high := postern.first_uuid7(until);
    task.sent_too := sent_too;
    IF kind = 'cancel' THEN
        task.low_fresh := 0;
    END IF;
    task := postern.step(task, 1000);
    IF task.ended_at IS NULL THEN
        INSERT INTO postern.task SELECT task.*;
    END IF;
    RETURN task;
END
$$;
COMMENT ON FUNCTION postern.begin_task IS
'Replay or cancel a webhook''s deliveries of the events published from since
up to, not including, until: 1,000 at once, the others by a worker. ended_at is
NULL when there are others.';

CREATE OR REPLACE FUNCTION postern.out_of_order(
    account uuid, webhook uuid, to_ordered boolean)
RETURNS boolean
LANGUAGE plpgsql VOLATILE STRICT
AS $$
BEGIN
    -- Each of the two has an index of its own, where none of them is found. The
    -- order is that of no other, which while the table is empty seems as good.
    IF to_ordered THEN
        RETURN EXISTS (
            SELECT FROM postern.backlog AS b
             WHERE b.webhook_id >= webhook AND b.webhook_id <= webhook
               AND b.account_id = account AND NOT b.ordered
             ORDER BY b.webhook_id, b.due_at, b.id
            OFFSET 0);
    END IF;
    RETURN EXISTS (
        SELECT FROM postern.backlog AS b
         WHERE b.webhook_id >= webhook AND b.webhook_id <= webhook
           AND b.account_id = account AND b.ordered
         ORDER BY b.webhook_id, b.id
        OFFSET 0);
END
$$;
COMMENT ON FUNCTION postern.out_of_order IS
'Is anything of a webhook''s backlog not ordered that is to be, or the reverse?';

CREATE OR REPLACE FUNCTION postern.end_task(task postern.task)
RETURNS void
LANGUAGE plpgsql VOLATILE
AS $$
BEGIN
    IF task.kind = 'reorder' AND postern.out_of_order(task.account_id,
            task.webhook_id, (
                SELECT w.ordered FROM postern.webhook AS w
                 WHERE w.account_id = task.account_id
                   AND w.id = task.webhook_id AND w.state <> 'deleted')) THEN
        -- The order has been changed once more.
        UPDATE postern.task AS t
           SET low = '00000000-0000-0000-0000-000000000000',
               worked_at = clock_timestamp()
         WHERE t.account_id = task.account_id
           AND t.webhook_id = task.webhook_id AND t.id = task.id;
        RETURN;
    ELSIF task.kind IN ('reorder', 'drop', 'scrub', 'forget', 'erase') THEN
        DELETE FROM postern.task AS t
         WHERE t.account_id = task.account_id
           AND t.webhook_id = task.webhook_id AND t.id = task.id;
    ELSE
        UPDATE postern.task AS t
           SET low = task.low, deliveries = task.deliveries,
               low_fresh = NULL, ended_at = task.ended_at
         WHERE t.account_id = task.account_id
           AND t.webhook_id = task.webhook_id AND t.id = task.id;
    END IF;
    IF task.kind IN ('scrub', 'forget', 'erase') THEN
        RETURN;
    END IF;
    -- Somebody has waited for it; a lane with nothing to send is removed.
    PERFORM postern.open_lanes(ARRAY[task.account_id], ARRAY[task.webhook_id],
        '{true}');
END
$$;
COMMENT ON FUNCTION postern.end_task IS
'A task has come to its end: those that somebody asked for stay for a day, to
be looked at. One that reorders begins again if the order was changed
meanwhile.';

CREATE OR REPLACE FUNCTION postern.work(past uuid)
RETURNS uuid
LANGUAGE plpgsql VOLATILE SECURITY DEFINER
SET search_path = pg_catalog, pg_temp
SET plan_cache_mode = force_generic_plan
SET enable_seqscan = off
SET enable_bitmapscan = off
SET jit = off
AS $$
DECLARE
    lowest CONSTANT uuid := '00000000-0000-0000-0000-000000000000';
    task   postern.task;
BEGIN
    FOREACH past IN ARRAY ARRAY[coalesce(past, lowest), lowest] LOOP
        SELECT t.* INTO task
          FROM postern.task AS t
         WHERE t.ended_at IS NULL
           AND CASE WHEN t.ended_at IS NULL THEN t.account_id END > past
           AND t.worked_at - clock_timestamp() NOT BETWEEN interval '0' AND interval '1 s'
         ORDER BY CASE WHEN t.ended_at IS NULL THEN t.account_id END,
               t.worked_at
         LIMIT 1
           FOR UPDATE SKIP LOCKED;
        EXIT WHEN FOUND;
    END LOOP;
    IF task.id IS NULL THEN
        RETURN NULL;
    END IF;
    -- A step that a crash undoes is made again: it need not be durable.
    PERFORM set_config('synchronous_commit', 'off', true);
    task.worked_at := clock_timestamp();
    task := CASE WHEN task.kind IN ('scrub', 'forget', 'erase') THEN postern.erase_step(task)
        ELSE postern.step(task, 250) END;
    IF task.ended_at IS NOT NULL THEN
        PERFORM postern.end_task(task);
    ELSE
        UPDATE postern.task AS t
           SET low = task.low, low_fresh = task.low_fresh,
               deliveries = task.deliveries, worked_at = task.worked_at,
               part = task.part, behind = task.behind, horizon = task.horizon,
               last_round = task.last_round
         WHERE t.account_id = task.account_id
           AND t.webhook_id = task.webhook_id AND t.id = task.id;
        IF task.kind = 'replay' THEN
            PERFORM postern.open_lanes(ARRAY[task.account_id],
                ARRAY[task.webhook_id], '{true}');
        END IF;
    END IF;
    PERFORM postern.wake();
    RETURN task.account_id;
END
$$;
COMMENT ON FUNCTION postern.work IS
'Do a short step, of 250 deliveries or some 10 ms, of one task of the next account
behind past, and return this account; NULL: there is no task, or each waits.';
