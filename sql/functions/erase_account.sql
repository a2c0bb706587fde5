-- erase_account.sql - the parts of which an account's erasure is made, in the
-- order in which a round has them.
--
-- Whoever changes something of an account locks its row first, and there is none
-- any more. What is left are workers and those who publish: see erase.sql. No
-- step waits for them, and a webhook's row is there, so that what belongs to it
-- is found, until nothing can be added.

CREATE OR REPLACE FUNCTION postern.delete_account(account uuid)
RETURNS void
LANGUAGE plpgsql VOLATILE SECURITY DEFINER
SET search_path = pg_catalog, pg_temp
SET enable_seqscan = off
SET enable_bitmapscan = off
SET jit = off
AS $$
DECLARE
    had postern.erasure;
BEGIN
    PERFORM postern.lock_account(account);
    -- Who has a client's lock is making a token of it.
    PERFORM FROM postern.client AS c
      WHERE c.account_id = account
      ORDER BY c.id
        FOR UPDATE;
    DELETE FROM postern.access_token AS t WHERE t.account_id = account;
    GET DIAGNOSTICS had.tokens = ROW_COUNT;
    DELETE FROM postern.client AS c WHERE c.account_id = account;
    GET DIAGNOSTICS had.clients = ROW_COUNT;
    DELETE FROM postern.subscription AS s WHERE s.account_id = account;
    DELETE FROM postern.account AS a WHERE a.id = account;
    INSERT INTO postern.erasure (id, tokens, clients)
    VALUES (account, had.tokens, had.clients);
    INSERT INTO postern.task
    SELECT n.* FROM postern.new_task(account, account, 'erase') AS n;
    RAISE NOTICE 'a worker erases what it had'
        USING HINT = 'How far it is: SELECT * FROM postern.erasures';
END
$$;
COMMENT ON FUNCTION postern.delete_account IS
'Erase an account. From now on its tokens and clients are refused, nothing can be
published to it, and its webhooks get nothing more but what is in flight. A
worker erases, in steps, its webhooks and their secrets, what they are owed, its
messages, attempts and deduplication keys. Messages to every account stay. What
is left is a row of postern.erasures, with its id. It cannot be undone. Unknown
account: no_data_found.';

CREATE OR REPLACE FUNCTION postern.erase_webhooks(INOUT task postern.task, wanted integer)
LANGUAGE plpgsql VOLATILE
AS $$
DECLARE
    hooks uuid[];
BEGIN
    hooks := ARRAY(
        SELECT w.id
          FROM postern.webhook AS w
         WHERE CASE WHEN w.state <> 'deleted' THEN w.account_id END = task.account_id
           AND w.state <> 'deleted'
         ORDER BY CASE WHEN w.state <> 'deleted' THEN w.id END
         LIMIT wanted
           FOR NO KEY UPDATE SKIP LOCKED);
    PERFORM postern.empty_webhooks(task.account_id, hooks);
    IF cardinality(hooks) = wanted THEN
        RETURN;
    ELSIF task.last_round AND EXISTS (
            SELECT FROM postern.webhook AS w
             WHERE CASE WHEN w.state <> 'deleted' THEN w.account_id END = task.account_id
               AND w.state <> 'deleted') THEN
        task.worked_at := clock_timestamp() + interval '1 s';
        RETURN;
    END IF;
    task.part := 'fresh';
    task.low_fresh := 0;
END
$$;
COMMENT ON FUNCTION postern.erase_webhooks IS
'Stop so many webhooks of an account that is erased, and delete their secrets.';

CREATE OR REPLACE FUNCTION postern.erase_fresh(INOUT task postern.task, wanted integer)
LANGUAGE plpgsql VOLATILE
AS $$
DECLARE
    ids bigint[] := ARRAY(
        SELECT f.id
          FROM postern.fresh AS f
         WHERE (f.account_id, f.id) > (task.account_id, task.low_fresh)
           AND f.account_id <= task.account_id
         ORDER BY f.account_id, f.id
         LIMIT wanted
           FOR UPDATE SKIP LOCKED);
BEGIN
    DELETE FROM postern.fresh AS f WHERE f.id = ANY (ids);
    UPDATE postern.erasure AS e SET deliveries = e.deliveries + cardinality(ids)
     WHERE e.id = task.account_id AND ids <> '{}';
    IF cardinality(ids) = wanted THEN
        task.low_fresh := ids[wanted];
        RETURN;
    ELSIF task.last_round AND EXISTS (
            SELECT FROM postern.fresh AS f
             WHERE (f.account_id, f.id) > (task.account_id, 0)
               AND f.account_id <= task.account_id
             ORDER BY f.account_id, f.id
            OFFSET 0) THEN
        task.low_fresh := 0;
        task.worked_at := clock_timestamp() + interval '1 s';
        RETURN;
    END IF;
    task.part := 'owed';
    task.behind := '00000000-0000-0000-0000-000000000000';
    task.low := '00000000-0000-0000-0000-000000000000';
END
$$;
COMMENT ON FUNCTION postern.erase_fresh IS
'Delete so many fresh deliveries of an account that is erased.';

CREATE OR REPLACE FUNCTION postern.erase_in_flight(hook uuid)
RETURNS bigint
LANGUAGE plpgsql VOLATILE
AS $$
DECLARE
    deleted bigint;
BEGIN
    DELETE FROM postern.in_flight AS f
     WHERE f.id = ANY (ARRAY(
           SELECT o.id FROM postern.in_flight AS o
            WHERE o.webhook_id = hook
              FOR UPDATE SKIP LOCKED));
    GET DIAGNOSTICS deleted = ROW_COUNT;
    RETURN deleted;
END
$$;
COMMENT ON FUNCTION postern.erase_in_flight IS
'Delete what is in flight to a webhook: what becomes of it is then ignored.
Returns how many.';

CREATE OR REPLACE FUNCTION postern.erase_owed(INOUT task postern.task, wanted integer)
LANGUAGE plpgsql VOLATILE
AS $$
DECLARE
    hook    uuid := (postern.next_webhooks(task.account_id, task.behind, 1))[1];
    next    uuid;
    deleted bigint;
BEGIN
    IF hook IS NULL THEN
        task.part := 'attempts';
        task.behind := '00000000-0000-0000-0000-000000000000';
        RETURN;
    END IF;
    next := (
        SELECT b.message_id
          FROM postern.backlog AS b
         WHERE b.webhook_id = hook AND b.message_id >= task.low
         ORDER BY b.message_id
        OFFSET wanted
         LIMIT 1);
    DELETE FROM postern.backlog AS b
     WHERE b.id = ANY (ARRAY(
           SELECT o.id
             FROM postern.backlog AS o
            WHERE o.webhook_id = hook AND o.message_id >= task.low
              AND o.message_id < coalesce(next, task.high)
              FOR UPDATE SKIP LOCKED));
    GET DIAGNOSTICS deleted = ROW_COUNT;
    IF next IS NULL THEN
        deleted := deleted + postern.erase_in_flight(hook);
    END IF;
    UPDATE postern.erasure AS e SET deliveries = e.deliveries + deleted
     WHERE e.id = task.account_id AND deleted > 0;
    task.low := coalesce(next, '00000000-0000-0000-0000-000000000000');
    IF next IS NOT NULL THEN
        RETURN;
    ELSIF task.last_round AND EXISTS (
            SELECT FROM postern.backlog AS b WHERE b.webhook_id = hook
            UNION ALL
            SELECT FROM postern.in_flight AS f WHERE f.webhook_id = hook) THEN
        task.worked_at := clock_timestamp() + interval '1 s';
        RETURN;
    END IF;
    task.behind := hook;
END
$$;
COMMENT ON FUNCTION postern.erase_owed IS
'Delete so many deliveries that wait for the next webhook of an account that is
erased, and what is in flight to it.';

CREATE OR REPLACE FUNCTION postern.erase_attempts(INOUT task postern.task, wanted integer)
LANGUAGE plpgsql VOLATILE
SET plan_cache_mode = force_generic_plan
SET enable_seqscan = off
SET enable_bitmapscan = off
SET jit = off
AS $$
DECLARE
    hook    uuid        := (postern.next_webhooks(task.account_id, task.behind, 1))[1];
    oldest  timestamptz := postern.uuid7_time(task.low) - interval '1 day';
    upto    uuid;
    over    bigint;
    others  bigint;
BEGIN
    IF hook IS NULL THEN
        task.part := 'messages';
        task.low_fresh := 0;
        RETURN;
    END IF;
    upto := postern.attempts_upto(hook, task.low, task.high, wanted);
    DELETE FROM postern.attempt AS a
     WHERE a.webhook_id = hook AND a.outcome = ANY ('{sent,failed,cancelled}')
       AND a.started_at >= oldest AND a.message_id >= task.low AND a.message_id < upto;
    GET DIAGNOSTICS over = ROW_COUNT;
    DELETE FROM postern.attempt AS a
     WHERE a.webhook_id = hook AND a.outcome IS NULL
       AND a.started_at >= oldest AND a.message_id >= task.low AND a.message_id < upto;
    GET DIAGNOSTICS others = ROW_COUNT;
    UPDATE postern.erasure AS e
       SET deliveries = e.deliveries + over, attempts = e.attempts + over + others
     WHERE e.id = task.account_id AND over + others > 0;
    task.low := upto;
    IF upto = task.high THEN
        task.low := '00000000-0000-0000-0000-000000000000';
        task.behind := hook;
    END IF;
END
$$;
COMMENT ON FUNCTION postern.erase_attempts IS
'Delete so many attempts of the next webhook of an account that is erased.';

CREATE OR REPLACE FUNCTION postern.erase_messages(INOUT task postern.task, wanted integer)
LANGUAGE plpgsql VOLATILE
SET plan_cache_mode = force_generic_plan
SET enable_seqscan = off
SET enable_bitmapscan = off
SET jit = off
AS $$
DECLARE
    ids     uuid[];
    places  bigint[];
    first   uuid;
    last    uuid;
    deleted bigint;
BEGIN
    SELECT array_agg(m.id ORDER BY m.place, m.id),
           array_agg(m.place::text::bigint ORDER BY m.place, m.id)
      INTO ids, places
      FROM (SELECT m.id, m.place
              FROM postern.message AS m
             WHERE m.account_id = task.account_id
               AND (m.place, m.id) > (task.low_fresh::text::xid8, task.low)
             ORDER BY m.place, m.id
             LIMIT wanted) AS m;
    IF ids IS NULL THEN
        task.part := 'rest';
        task.low := '00000000-0000-0000-0000-000000000000';
        RETURN;
    END IF;
    DELETE FROM postern.dedup AS d
     WHERE d.message_id = ANY (ids) AND d.account_id = task.account_id;
    GET DIAGNOSTICS deleted = ROW_COUNT;
    -- The range leaves out other days' partitions.
    SELECT min(i.id::text)::uuid, max(i.id::text)::uuid INTO first, last
      FROM unnest(ids) AS i (id);
    DELETE FROM postern.message AS m
     WHERE m.id = ANY (ids) AND m.id >= first AND m.id <= last;
    UPDATE postern.erasure AS e
       SET messages = e.messages + cardinality(ids), keys = e.keys + deleted
     WHERE e.id = task.account_id;
    task.low_fresh := places[cardinality(places)];
    task.low := ids[cardinality(ids)];
END
$$;
COMMENT ON FUNCTION postern.erase_messages IS
'Delete so many messages of an account that is erased, with their deduplication
keys.';

CREATE OR REPLACE FUNCTION postern.erase_lanes(account uuid, itself uuid)
RETURNS boolean
LANGUAGE plpgsql VOLATILE
AS $$
BEGIN
    DELETE FROM postern.task AS t
     WHERE t.account_id = account AND t.id = ANY (ARRAY(
           SELECT o.id FROM postern.task AS o
            WHERE o.account_id = account AND o.id <> itself
              FOR UPDATE SKIP LOCKED));
    DELETE FROM postern.lane_note AS n
     WHERE n.id = ANY (ARRAY(
           SELECT o.id FROM postern.lane_note AS o
            WHERE o.account_id = account
              FOR UPDATE SKIP LOCKED));
    DELETE FROM postern.lane AS l
     WHERE (l.account_id, l.webhook_id) IN (
           SELECT o.account_id, o.webhook_id FROM postern.lane AS o
            WHERE o.account_id = account
              FOR UPDATE SKIP LOCKED);
    RETURN NOT EXISTS (
        SELECT FROM postern.task AS t WHERE t.account_id = account AND t.id <> itself
        UNION ALL
        SELECT FROM postern.lane_note AS n WHERE n.account_id = account
        UNION ALL
        SELECT FROM postern.lane AS l WHERE l.account_id = account);
END
$$;
COMMENT ON FUNCTION postern.erase_lanes IS
'Delete the lanes of an account that is erased, their notes and the other tasks.
False: somebody has some of them locked.';

CREATE OR REPLACE FUNCTION postern.erase_keys(account uuid, wanted integer)
RETURNS boolean
LANGUAGE plpgsql VOLATILE
AS $$
DECLARE
    of_messages bigint;
    of_requests bigint;
BEGIN
    DELETE FROM postern.dedup AS d
     WHERE d.account_id = account AND d.key = ANY (ARRAY(
           SELECT o.key FROM postern.dedup AS o
            WHERE o.account_id = account
            ORDER BY o.key
            LIMIT wanted));
    GET DIAGNOSTICS of_messages = ROW_COUNT;
    DELETE FROM postern.idempotency_key AS k
     WHERE k.owner_id = account AND k.key = ANY (ARRAY(
           SELECT o.key FROM postern.idempotency_key AS o
            WHERE o.owner_id = account
            ORDER BY o.key
            LIMIT wanted));
    GET DIAGNOSTICS of_requests = ROW_COUNT;
    UPDATE postern.erasure AS e SET keys = e.keys + of_messages + of_requests
     WHERE e.id = account AND of_messages + of_requests > 0;
    RETURN of_messages < wanted AND of_requests < wanted;
END
$$;
COMMENT ON FUNCTION postern.erase_keys IS
'Delete so many deduplication keys of an account that is erased, and as many keys of
requests. True: there are no more.';

CREATE OR REPLACE FUNCTION postern.erase_rest(INOUT task postern.task, wanted integer)
LANGUAGE plpgsql VOLATILE
AS $$
DECLARE
    ids     uuid[];
    deleted bigint;
BEGIN
    IF NOT postern.erase_keys(task.account_id, wanted) THEN
        RETURN;
    ELSIF NOT task.last_round THEN
        task := postern.end_round(task, 'stop');
        RETURN;
    ELSIF NOT postern.erase_lanes(task.account_id, task.id) THEN
        task.worked_at := clock_timestamp() + interval '1 s';
        RETURN;
    END IF;
    ids := postern.next_webhooks(task.account_id, '00000000-0000-0000-0000-000000000000', wanted);
    DELETE FROM postern.removed_webhook AS r WHERE r.id = ANY (ids);
    GET DIAGNOSTICS deleted = ROW_COUNT;
    -- What a worker noted while its webhook was deleted.
    DELETE FROM postern.health AS h
     WHERE h.account_id = task.account_id AND h.webhook_id = ANY (ids);
    DELETE FROM postern.webhook AS w
     WHERE w.account_id = task.account_id AND w.id = ANY (ids);
    UPDATE postern.erasure AS e SET webhooks = e.webhooks + cardinality(ids) - deleted
     WHERE e.id = task.account_id;
    IF cardinality(ids) < wanted THEN
        UPDATE postern.erasure AS e SET ended_at = clock_timestamp()
         WHERE e.id = task.account_id;
        task := postern.end_round(task, 'stop');
    END IF;
END
$$;
COMMENT ON FUNCTION postern.erase_rest IS
'The end of a round: deduplication keys whose messages are gone; and of the last,
lanes and, so many at a time, the webhooks themselves.';
