-- owed.sql - what is done to deliveries that are owed, or are over: sent again, or
-- given up.

CREATE OR REPLACE FUNCTION postern.replay(delivery bigint)
RETURNS boolean
LANGUAGE plpgsql VOLATILE SECURITY DEFINER
SET search_path = pg_catalog, pg_temp
SET enable_seqscan = off
SET enable_bitmapscan = off
SET jit = off
AS $$
DECLARE
    account uuid;
    webhook uuid;
BEGIN
    UPDATE postern.backlog AS b SET due_at = '-infinity'
     WHERE b.id = delivery
       AND EXISTS (
           SELECT FROM postern.webhook AS w
            WHERE w.account_id = b.account_id AND w.id = b.webhook_id
              AND w.state <> 'deleted')
    RETURNING b.account_id, b.webhook_id INTO account, webhook;
    IF webhook IS NULL THEN
        WITH over AS (
            UPDATE postern.attempt AS a SET outcome = NULL
             WHERE a.delivery_id = delivery AND a.outcome IS NOT NULL
               AND NOT EXISTS (
                   SELECT FROM postern.message AS m
                    WHERE m.id = a.message_id AND m.erased_at IS NOT NULL)
               AND EXISTS (
                   SELECT FROM postern.webhook AS w
                    WHERE w.account_id = a.account_id AND w.id = a.webhook_id
                      AND w.state <> 'deleted')
            RETURNING a.*
        )
        INSERT INTO postern.backlog (id, account_id, webhook_id, message_id,
            ordered, attempt_no, retry_no, due_at)
        SELECT o.delivery_id, o.account_id, o.webhook_id, o.message_id,
               w.ordered, o.attempt_no, 0, '-infinity'
          FROM over AS o
         CROSS JOIN LATERAL (
               SELECT w.ordered
                 FROM postern.webhook AS w
                WHERE w.account_id = o.account_id AND w.id = o.webhook_id
               OFFSET 0) AS w
        RETURNING account_id, webhook_id INTO account, webhook;
    END IF;
    IF webhook IS NULL THEN
        RETURN false;
    END IF;
    PERFORM postern.open_lane(account, webhook);
    RETURN true;
END
$$;
COMMENT ON FUNCTION postern.replay(bigint) IS
'Send a delivery now, whatever its state: owed, sent, failed, cancelled, or
held for a disabled webhook. If it was over, the retry schedule starts anew.
False: there is no delivery with this id, it is in flight, its webhook is
deleted, or its message is erased.';

CREATE OR REPLACE FUNCTION postern.replay(webhook uuid, since timestamptz,
    until timestamptz DEFAULT now(), sent_too boolean DEFAULT false)
RETURNS bigint
LANGUAGE plpgsql VOLATILE SECURITY DEFINER
SET search_path = pg_catalog, pg_temp
SET enable_seqscan = off
SET enable_bitmapscan = off
SET jit = off
AS $$
DECLARE
    account uuid := postern.account_of(webhook);
    task    postern.task;
BEGIN
    task := postern.begin_task(account, webhook, 'replay', since, until,
        sent_too);
    PERFORM postern.open_lane(account, webhook);
    PERFORM postern.say_rest(task);
    RETURN task.deliveries;
END
$$;
COMMENT ON FUNCTION postern.replay(uuid, timestamptz, timestamptz, boolean) IS
'Send now what a webhook has not taken of the events published from since up
to, not including, until: what failed or was cancelled, and what waits or is
held; with sent_too also what was sent. Returns how many deliveries: of more
than 1,000 a worker replays the rest, and a notice says so. Receivers recognise
a repeat by its webhook-id. Unknown webhook: no_data_found.';

CREATE OR REPLACE FUNCTION postern.cancel(delivery bigint)
RETURNS boolean
LANGUAGE plpgsql VOLATILE SECURITY DEFINER
SET search_path = pg_catalog, pg_temp
SET enable_seqscan = off
SET enable_bitmapscan = off
SET jit = off
AS $$
DECLARE
    account uuid;
    webhook uuid;
BEGIN
    WITH cancelled AS (
        DELETE FROM postern.backlog AS b WHERE b.id = delivery
        RETURNING b.id, b.account_id, b.webhook_id, b.message_id, b.attempt_no
    ), unseen AS (
        DELETE FROM postern.fresh AS f WHERE f.id = delivery
        RETURNING f.id, f.account_id, f.webhook_id, f.message_id, 0
    )
    INSERT INTO postern.attempt AS a (delivery_id, account_id, webhook_id,
        message_id, attempt_no, started_at, verdict, outcome)
    SELECT c.*, clock_timestamp(), 'cancelled', 'cancelled'
      FROM (SELECT * FROM cancelled UNION ALL SELECT * FROM unseen)
           AS c (id, account_id, webhook_id, message_id, attempt_no)
    RETURNING a.account_id, a.webhook_id INTO account, webhook;
    IF webhook IS NULL THEN
        RETURN false;
    END IF;
    PERFORM postern.open_lane(account, webhook);
    RETURN true;
END
$$;
COMMENT ON FUNCTION postern.cancel(bigint) IS
'Cancel a delivery that is owed. False: it is not owed, or it is in flight.
postern.replay undoes it.';

CREATE OR REPLACE FUNCTION postern.cancel(webhook uuid, since timestamptz,
    until timestamptz DEFAULT now())
RETURNS bigint
LANGUAGE plpgsql VOLATILE SECURITY DEFINER
SET search_path = pg_catalog, pg_temp
SET enable_seqscan = off
SET enable_bitmapscan = off
SET jit = off
AS $$
DECLARE
    task postern.task;
BEGIN
    task := postern.begin_task(postern.account_of(webhook), webhook, 'cancel',
        since, until, false);
    PERFORM postern.say_rest(task);
    RETURN task.deliveries;
END
$$;
COMMENT ON FUNCTION postern.cancel(uuid, timestamptz, timestamptz) IS
'Cancel what is owed to a webhook of the events published from since up to, not
including, until. Returns how many deliveries: of more than 1,000 a worker
cancels the rest, and a notice says so. Unknown webhook: no_data_found.';

CREATE OR REPLACE FUNCTION postern.count_deliveries(webhook uuid, since timestamptz,
    until timestamptz DEFAULT now(), states text[] DEFAULT '{waiting,failed,cancelled}')
RETURNS bigint
LANGUAGE plpgsql STABLE SECURITY DEFINER
SET search_path = pg_catalog, pg_temp
SET enable_seqscan = off
SET enable_bitmapscan = off
SET jit = off
AS $$
DECLARE
    account uuid := postern.account_of(webhook);
    low     uuid := postern.first_uuid7(since);
    high    uuid := postern.first_uuid7(until);
BEGIN
    RETURN (
        SELECT count(*)
          FROM (SELECT
                  FROM postern.fresh AS f
                 WHERE 'fresh' = ANY (states) AND f.account_id = account
                   AND f.webhook_id = count_deliveries.webhook
                   AND f.message_id >= low AND f.message_id < high
                UNION ALL
                SELECT
                  FROM postern.backlog AS b
                 WHERE b.webhook_id = count_deliveries.webhook
                   AND b.message_id >= low AND b.message_id < high
                   AND CASE WHEN b.due_at > '-infinity' THEN 'waiting' ELSE 'replayed' END
                       = ANY (states)
                UNION ALL
                SELECT
                  FROM postern.attempt AS a
                 WHERE a.webhook_id = count_deliveries.webhook AND a.outcome = ANY (states)
                   AND a.message_id >= low AND a.message_id < high) AS d);
END
$$;
COMMENT ON FUNCTION postern.count_deliveries IS
'How many deliveries to a webhook of the events published from since up to, not including,
until are in one of these states: fresh: no worker has looked at it; waiting, or replayed, of
those that one has; sent, failed, cancelled. What replay would send is waiting, failed or
cancelled, what cancel would give up fresh, waiting or replayed. Unknown webhook: no_data_found.';

CREATE OR REPLACE FUNCTION postern.say_rest(task postern.task)
RETURNS void
LANGUAGE plpgsql VOLATILE
AS $$
BEGIN
    IF task.ended_at IS NULL THEN
        PERFORM postern.wake();
        RAISE NOTICE 'a worker goes on with the rest, as task %', task.id
            USING HINT = 'How far it is: SELECT * FROM postern.tasks';
    END IF;
END
$$;
COMMENT ON FUNCTION postern.say_rest IS
'Tell an operator, by a notice, that a worker does the rest of a task.';

CREATE OR REPLACE FUNCTION postern.skip(webhook uuid)
RETURNS bigint
LANGUAGE plpgsql VOLATILE SECURITY DEFINER
SET search_path = pg_catalog, pg_temp
SET enable_seqscan = off
SET enable_bitmapscan = off
SET jit = off
AS $$
DECLARE
    account uuid := postern.account_of(webhook);
    head    bigint;
BEGIN
    SELECT min(b.id) INTO head
      FROM postern.backlog AS b
     WHERE b.account_id = account AND b.webhook_id = webhook AND b.ordered;
    RETURN CASE WHEN postern.cancel(head) THEN head END;
END
$$;
COMMENT ON FUNCTION postern.skip IS
'Cancel the first delivery owed to an ordered webhook, so that the next can go,
and return its id; NULL: none waits. Unknown webhook: no_data_found.';

CREATE OR REPLACE FUNCTION postern.redeliver(
    account uuid, webhook uuid, delivery bigint)
RETURNS text
LANGUAGE plpgsql VOLATILE
AS $$
DECLARE
    message uuid;
BEGIN
    SELECT d.message_id INTO message
      FROM (SELECT o.account_id, o.webhook_id, o.message_id
              FROM postern.owed AS o WHERE o.id = delivery
            UNION ALL
            SELECT a.account_id, a.webhook_id, a.message_id
              FROM postern.attempt AS a WHERE a.delivery_id = delivery) AS d
     WHERE d.account_id = account AND d.webhook_id = webhook
     LIMIT 1;
    IF message IS NULL OR message < postern.kept_from() OR EXISTS (
            SELECT FROM postern.message AS m
             WHERE m.id = message AND m.erased_at IS NOT NULL) THEN
        RETURN 'no_such';
    ELSIF postern.replay(delivery) THEN
        RETURN 'accepted';
    END IF;
    RETURN 'conflict';
END
$$;
COMMENT ON FUNCTION postern.redeliver IS
'Replay a delivery if it is this webhook''s and its message is kept. Returns
accepted, no_such, or conflict: it is in flight.';

CREATE OR REPLACE FUNCTION postern.drop_owed(account uuid, webhook uuid)
RETURNS void
LANGUAGE plpgsql VOLATILE
AS $$
DECLARE
    dropped integer;
    again   timestamptz := clock_timestamp() + interval '1 s';
BEGIN
    WITH waiting AS (
        DELETE FROM postern.backlog AS b
         WHERE b.id = ANY (ARRAY(
               SELECT w.id
                 FROM postern.backlog AS w
                WHERE w.account_id = account AND w.webhook_id = webhook
                ORDER BY w.message_id
                LIMIT 100
                  FOR UPDATE SKIP LOCKED))
        RETURNING b.id, b.account_id, b.webhook_id, b.message_id, b.attempt_no
    )
    INSERT INTO postern.attempt (delivery_id, account_id, webhook_id,
        message_id, attempt_no, started_at, verdict, outcome)
    SELECT w.*, clock_timestamp(), 'cancelled', 'cancelled' FROM waiting AS w;
    GET DIAGNOSTICS dropped = ROW_COUNT;
    IF dropped = 100 THEN
        PERFORM postern.leave_task(account, webhook, 'drop');
        again := 'infinity';
    END IF;
    -- Or somebody has the rest locked.
    UPDATE postern.lane AS l SET next_at = again
     WHERE l.account_id = account AND l.webhook_id = webhook
       AND EXISTS (SELECT FROM postern.backlog AS b
                    WHERE b.account_id = account AND b.webhook_id = webhook);
    IF NOT FOUND THEN
        DELETE FROM postern.lane AS l
         WHERE l.account_id = account AND l.webhook_id = webhook;
    END IF;
END
$$;
COMMENT ON FUNCTION postern.drop_owed IS
'Cancel the backlog of a deleted webhook, whose lane the caller has locked. If
it has more than 100 deliveries, a task cancels the others, and then opens the
lane.';
