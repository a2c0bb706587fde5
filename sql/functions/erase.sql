-- erase.sql - what is to be gone: an account, a message, what the attempts of a
-- deleted webhook tell of it.
--
-- Each is a task, done in rounds. A transaction that was open when the first
-- began may still add what that has passed by: a publisher that saw the account,
-- a worker that has a claim to commit. So another round, the last, begins when
-- all such transactions are over; and it waits for what it finds in flight, or
-- locked.

CREATE OR REPLACE FUNCTION postern.is_past(horizon xid8)
RETURNS boolean
LANGUAGE plpgsql VOLATILE
AS $$
BEGIN
    -- Who has no user is an autovacuum worker.
    RETURN NOT EXISTS (
        SELECT FROM pg_stat_activity AS a
         WHERE a.datname = current_database() AND a.pid <> pg_backend_pid()
           AND a.usesysid IS NOT NULL
           AND greatest(age(a.backend_xid), age(a.backend_xmin)) > age(horizon::xid))
       AND NOT EXISTS (
        SELECT FROM pg_prepared_xacts AS p
         WHERE p.database = current_database()
           AND age(p.transaction) > age(horizon::xid));
END
$$;
COMMENT ON FUNCTION postern.is_past IS
'Is every transaction of this database over that had an id, or a snapshot, before
this id was given?';

CREATE OR REPLACE FUNCTION postern.next_webhooks(account uuid, past uuid, wanted integer)
RETURNS uuid[]
LANGUAGE plpgsql VOLATILE
AS $$
BEGIN
    IF account = 'ffffffff-ffff-ffff-ffff-ffffffffffff' THEN
        RETURN ARRAY(
            SELECT n.id
              FROM ((SELECT w.id FROM postern.webhook AS w
                      WHERE w.id > past
                      ORDER BY w.id
                      LIMIT wanted)
                    UNION ALL
                    (SELECT r.id FROM postern.removed_webhook AS r
                      WHERE r.id > past
                      ORDER BY r.id
                      LIMIT wanted)) AS n
             ORDER BY n.id
             LIMIT wanted);
    END IF;
    RETURN ARRAY(
        SELECT n.id
          FROM ((SELECT w.id FROM postern.webhook AS w
                  WHERE (w.account_id, w.id) > (account, past)
                    AND w.account_id <= account
                  ORDER BY w.account_id, w.id
                  LIMIT wanted)
                UNION ALL
                (SELECT r.id FROM postern.removed_webhook AS r
                  WHERE (r.account_id, r.id) > (account, past)
                    AND r.account_id <= account
                  ORDER BY r.account_id, r.id
                  LIMIT wanted)) AS n
         ORDER BY n.id
         LIMIT wanted);
END
$$;
COMMENT ON FUNCTION postern.next_webhooks IS
'The next webhooks of an account behind past, with those that were deleted and
those of which the row is gone; of all accounts, if all bits of the id are set.';

CREATE OR REPLACE FUNCTION postern.attempts_upto(hook uuid, low uuid, high uuid, wanted integer)
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
    oldest timestamptz := postern.uuid7_time(low) - interval '1 day';
    next   uuid;
BEGIN
    LOOP
        next := (
            SELECT p.message_id
              FROM (SELECT e.message_id
                      FROM (VALUES ('sent'), ('failed'), ('cancelled')) AS o (outcome)
                     CROSS JOIN LATERAL (
                           SELECT a.message_id
                             FROM postern.attempt AS a
                            WHERE a.webhook_id = hook AND a.outcome = o.outcome
                              AND a.started_at >= oldest AND a.message_id >= low
                            ORDER BY a.message_id
                            LIMIT wanted + 1) AS e
                    UNION ALL
                    (SELECT a.message_id
                       FROM postern.attempt AS a
                      WHERE a.webhook_id = hook AND a.outcome IS NULL
                        AND a.started_at >= oldest AND a.message_id >= low
                      ORDER BY a.message_id
                      LIMIT wanted + 1)) AS p
             ORDER BY p.message_id
            OFFSET wanted
             LIMIT 1);
        -- One message may have had more attempts than are wanted.
        EXIT WHEN next > low IS NOT FALSE;
        wanted := wanted * 4;
    END LOOP;
    RETURN coalesce(next, high);
END
$$;
COMMENT ON FUNCTION postern.attempts_upto IS
'The message up to which a webhook has so many attempts, from that of low on;
high: it has no more.';

CREATE OR REPLACE FUNCTION postern.end_round(INOUT task postern.task, first_part text)
LANGUAGE plpgsql VOLATILE
AS $$
BEGIN
    task.part := 'wait';
    IF task.last_round THEN
        task.ended_at := clock_timestamp();
    ELSIF postern.is_past(task.horizon) THEN
        task.last_round := true;
        task.part := first_part;
        task.behind := '00000000-0000-0000-0000-000000000000';
    ELSE
        task.worked_at := clock_timestamp() + interval '1 s';
    END IF;
END
$$;
COMMENT ON FUNCTION postern.end_round IS
'What a task that erases does when a round is over: it waits for those who may
have added something, and begins another; after the last it ends.';

CREATE OR REPLACE FUNCTION postern.scrub_some(INOUT task postern.task, wanted integer)
LANGUAGE plpgsql VOLATILE
SET plan_cache_mode = force_generic_plan
SET enable_seqscan = off
SET enable_bitmapscan = off
SET jit = off
AS $$
DECLARE
    upto   uuid;
    oldest timestamptz := postern.uuid7_time(task.low) - interval '1 day';
BEGIN
    IF task.last_round AND EXISTS (
            SELECT FROM postern.in_flight AS f WHERE f.webhook_id = task.webhook_id) THEN
        task.worked_at := clock_timestamp() + interval '1 s';
        RETURN;
    END IF;
    upto := postern.attempts_upto(task.webhook_id, task.low, task.high, wanted);
    UPDATE postern.attempt AS a SET error = NULL, answer = NULL,
           answer_headers = NULL, peer = NULL
     WHERE a.webhook_id = task.webhook_id AND a.account_id = task.account_id
       AND a.outcome = ANY ('{sent,failed,cancelled}') AND a.started_at >= oldest
       AND a.message_id >= task.low AND a.message_id < upto
       AND num_nonnulls(a.error, a.answer, a.answer_headers, a.peer) > 0;
    UPDATE postern.attempt AS a SET error = NULL, answer = NULL,
           answer_headers = NULL, peer = NULL
     WHERE a.webhook_id = task.webhook_id AND a.account_id = task.account_id
       AND a.outcome IS NULL AND a.started_at >= oldest
       AND a.message_id >= task.low AND a.message_id < upto
       AND num_nonnulls(a.error, a.answer, a.answer_headers, a.peer) > 0;
    task.low := upto;
    IF upto = task.high THEN
        task.low := '00000000-0000-0000-0000-000000000000';
        task := postern.end_round(task, 'details');
    END IF;
END
$$;
COMMENT ON FUNCTION postern.scrub_some IS
'Take out of so many attempts of a deleted webhook what may tell of it: the
error, the answer and its headers, the peer. Verdict, status and times stay.';

CREATE OR REPLACE FUNCTION postern.forget_some(INOUT task postern.task, wanted integer)
LANGUAGE plpgsql VOLATILE
SET plan_cache_mode = force_generic_plan
SET enable_seqscan = off
SET enable_bitmapscan = off
SET jit = off
AS $$
DECLARE
    hooks    uuid[] := postern.next_webhooks(task.account_id, task.behind, wanted);
    accounts uuid[];
    told     uuid[];
    oldest   timestamptz := postern.uuid7_time(task.low) - interval '1 day';
BEGIN
    IF hooks = '{}' THEN
        task := postern.end_round(task, 'answers');
        RETURN;
    END IF;
    WITH waiting AS (
        DELETE FROM postern.backlog AS b
         WHERE b.id = ANY (ARRAY(
               SELECT o.id
                 FROM postern.backlog AS o
                WHERE o.webhook_id = ANY (hooks) AND o.message_id = task.low
                  FOR UPDATE SKIP LOCKED))
        RETURNING b.id, b.account_id, b.webhook_id, b.message_id, b.attempt_no
    ), cancelled AS (
        INSERT INTO postern.attempt (delivery_id, account_id, webhook_id,
            message_id, attempt_no, started_at, verdict, outcome)
        SELECT w.*, clock_timestamp(), 'cancelled', 'cancelled' FROM waiting AS w
    )
    SELECT array_agg(w.account_id), array_agg(w.webhook_id) INTO accounts, told
      FROM waiting AS w;
    IF told IS NOT NULL THEN
        task.deliveries := task.deliveries + cardinality(told);
        PERFORM postern.open_lanes(accounts, told,
            array_fill(true, ARRAY[cardinality(told)]));
    END IF;
    IF task.last_round AND EXISTS (
            SELECT FROM postern.in_flight AS f
             WHERE f.webhook_id = ANY (hooks) AND f.message_id = task.low) THEN
        task.worked_at := clock_timestamp() + interval '1 s';
        RETURN;
    END IF;
    UPDATE postern.attempt AS a
       SET answer = CASE WHEN a.answer IS NOT NULL THEN '[erased]'::bytea END,
           answer_headers = NULL
     WHERE a.webhook_id = ANY (hooks) AND a.outcome = ANY ('{sent,failed,cancelled}')
       AND a.message_id = task.low AND a.started_at >= oldest
       AND (a.answer <> '[erased]' OR a.answer_headers IS NOT NULL);
    UPDATE postern.attempt AS a
       SET answer = CASE WHEN a.answer IS NOT NULL THEN '[erased]'::bytea END,
           answer_headers = NULL
     WHERE a.webhook_id = ANY (hooks) AND a.outcome IS NULL
       AND a.message_id = task.low AND a.started_at >= oldest
       AND (a.answer <> '[erased]' OR a.answer_headers IS NOT NULL);
    task.behind := hooks[cardinality(hooks)];
END
$$;
COMMENT ON FUNCTION postern.forget_some IS
'Cancel what waits of an erased message for the next so many webhooks, and put
[erased] for what they answered, which may repeat it.';

CREATE OR REPLACE FUNCTION postern.erase_step(INOUT task postern.task)
LANGUAGE plpgsql VOLATILE
AS $$
DECLARE
    until CONSTANT timestamptz := clock_timestamp() + interval '10 ms';
BEGIN
    task.horizon := coalesce(task.horizon, pg_snapshot_xmax(pg_current_snapshot()));
    LOOP
        CASE task.kind || ' ' || task.part
        WHEN 'erase wait' THEN
            task := postern.end_round(task, 'stop');
        WHEN 'erase stop' THEN
            task := postern.erase_webhooks(task, 100);
        WHEN 'erase fresh' THEN
            task := postern.erase_fresh(task, 250);
        WHEN 'erase owed' THEN
            task := postern.erase_owed(task, 250);
        WHEN 'erase attempts' THEN
            task := postern.erase_attempts(task, 250);
        WHEN 'erase messages' THEN
            task := postern.erase_messages(task, 250);
        WHEN 'erase rest' THEN
            task := postern.erase_rest(task, 100);
        WHEN 'scrub wait' THEN
            task := postern.end_round(task, 'details');
        WHEN 'scrub details' THEN
            task := postern.scrub_some(task, 250);
        WHEN 'forget wait' THEN
            task := postern.end_round(task, 'answers');
        WHEN 'forget answers' THEN
            task := postern.forget_some(task, 50);
        END CASE;
        EXIT WHEN task.ended_at IS NOT NULL OR task.worked_at > clock_timestamp()
            OR clock_timestamp() > until;
    END LOOP;
END
$$;
COMMENT ON FUNCTION postern.erase_step IS
'Do a step of a task that erases, of 10 ms or a little more. ended_at is not NULL
when it was the last; worked_at is to come when there is something to wait for.';

CREATE OR REPLACE FUNCTION postern.erase_message(message text)
RETURNS void
LANGUAGE plpgsql VOLATILE SECURITY DEFINER
SET search_path = pg_catalog, pg_temp
SET enable_seqscan = off
SET enable_bitmapscan = off
SET jit = off
AS $$
DECLARE
    message_id uuid := CASE WHEN message ~ '^msg_[0-9a-f]{32}$' THEN substr(message, 5) END;
    account    uuid;
    task       postern.task;
BEGIN
    -- What comes before the data stays: type and time.
    UPDATE postern.message AS m
       SET erased_at = coalesce(m.erased_at, clock_timestamp()),
           body = left(m.body, strpos(m.body, '"data":') - 1)
               || '"data":null,"erased":true}'
     WHERE m.id = message_id
    RETURNING coalesce(m.account_id, 'ffffffff-ffff-ffff-ffff-ffffffffffff') INTO account;
    IF account IS NULL THEN
        RAISE EXCEPTION 'there is no message %', coalesce(message, 'NULL')
            USING ERRCODE = 'no_data_found',
                HINT = 'The messages: SELECT id, type FROM postern.messages';
    END IF;
    task := postern.new_task(account, message_id, 'forget');
    task.low := message_id;
    INSERT INTO postern.task SELECT task.*;
    RAISE NOTICE 'a worker goes on with what was answered, as task %', task.id
        USING HINT = 'How far it is: SELECT * FROM postern.tasks';
END
$$;
COMMENT ON FUNCTION postern.erase_message IS
'Erase the data of a message: nothing of it is sent any more, and readers of
/v1/events and of the views are told that it is erased. A worker cancels what is
owed of it, and erases what receivers have answered to it, which may repeat it.
What is in flight at this moment goes out. Calling it again is harmless. Unknown
message: no_data_found.';
