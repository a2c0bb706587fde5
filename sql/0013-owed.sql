-- 0013-owed.sql - what operators do to what is owed.

CREATE OR REPLACE FUNCTION postern.account_of(webhook uuid)
RETURNS uuid
LANGUAGE plpgsql STABLE SECURITY DEFINER
SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    account uuid;
BEGIN
    SELECT w.account_id INTO account
      FROM postern.account AS a
      JOIN postern.webhook AS w ON w.account_id = a.id
     WHERE w.id = webhook AND w.state <> 'deleted';
    IF account IS NULL THEN
        RAISE EXCEPTION 'there is no webhook %', coalesce(webhook::text, 'NULL')
            USING ERRCODE = 'no_data_found',
                HINT = 'The webhooks: SELECT id, account_id, url'
                    || ' FROM postern.webhooks';
    END IF;
    RETURN account;
END
$$;
REVOKE ALL ON FUNCTION postern.account_of(uuid) FROM PUBLIC;
COMMENT ON FUNCTION postern.account_of(uuid) IS
'The account that has a webhook. Unknown: no_data_found.';

CREATE OR REPLACE FUNCTION postern.open_lane(webhook uuid)
RETURNS void
LANGUAGE plpgsql VOLATILE SECURITY DEFINER
SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    account uuid := postern.account_of(webhook);
BEGIN
    PERFORM postern.await_webhook(account, webhook);
    INSERT INTO postern.lane AS l (account_id, webhook_id, next_at)
    VALUES (account, webhook, now())
    ON CONFLICT ON CONSTRAINT lane_pkey DO UPDATE
       SET next_at = greatest(now(), l.slot_at), cool_until = NULL,
           awaiting = false;
    PERFORM postern.wake();
END
$$;
REVOKE ALL ON FUNCTION postern.open_lane(uuid) FROM PUBLIC;
COMMENT ON FUNCTION postern.open_lane(uuid) IS
'See that a webhook''s backlog is looked at now, even if it was to cool. Unknown: no_data_found.';

CREATE OR REPLACE FUNCTION postern.enable_webhook(webhook uuid)
RETURNS void
LANGUAGE plpgsql VOLATILE SECURITY DEFINER
SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
    PERFORM postern.open_lane(webhook);
    UPDATE postern.lane AS l SET failures = 0, failing_since = NULL
     WHERE l.account_id = postern.account_of(webhook)
       AND l.webhook_id = webhook;
    PERFORM postern.set_webhook_state(webhook, 'enabled', NULL, NULL);
END
$$;
COMMENT ON FUNCTION postern.enable_webhook(uuid) IS
'Undo disable_webhook, and send what was held meanwhile. Unknown webhook: no_data_found.';

CREATE OR REPLACE FUNCTION postern.set_rate(webhook uuid, per_second real)
RETURNS void
LANGUAGE plpgsql VOLATILE SECURITY DEFINER
SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
    PERFORM postern.open_lane(webhook);
    UPDATE postern.webhook AS w SET rate = per_second
     WHERE w.account_id = postern.account_of(webhook) AND w.id = webhook;
EXCEPTION
    WHEN check_violation THEN
        RAISE EXCEPTION 'a rate is from 0.001 to 10000 a second, not %',
            per_second
            USING ERRCODE = 'invalid_parameter_value',
                HINT = 'NULL takes the rate away.';
END
$$;
REVOKE ALL ON FUNCTION postern.set_rate(uuid, real) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION postern.set_rate(uuid, real) TO postern_admin;
COMMENT ON FUNCTION postern.set_rate(uuid, real) IS
'Send a webhook at most so many requests a second, 0.001 to 10000; NULL: as fast as it answers. Unknown webhook: no_data_found; a rate it cannot have: invalid_parameter_value.';

CREATE OR REPLACE FUNCTION postern.set_ordered(webhook uuid, ordered boolean)
RETURNS void
LANGUAGE plpgsql VOLATILE SECURITY DEFINER
SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    account uuid := postern.account_of(webhook);
BEGIN
    PERFORM postern.open_lane(webhook);
    UPDATE postern.webhook AS w SET ordered = set_ordered.ordered
     WHERE w.account_id = account AND w.id = webhook;
    -- What is locked is in the hands of a claim, which may wait for the lane.
    UPDATE postern.fresh AS f SET ordered = set_ordered.ordered
     WHERE f.id = ANY (ARRAY(
           SELECT n.id
             FROM postern.fresh AS n
            WHERE n.webhook_id = webhook AND n.ordered <> set_ordered.ordered
              FOR UPDATE SKIP LOCKED));
    PERFORM postern.reorder(webhook, set_ordered.ordered, NULL);
END
$$;
REVOKE ALL ON FUNCTION postern.set_ordered(uuid, boolean) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION postern.set_ordered(uuid, boolean) TO postern_admin;
COMMENT ON FUNCTION postern.set_ordered(uuid, boolean) IS
'From now on, send a webhook one delivery at a time in publish order, or no longer so. One that fails holds back those behind it; skip gives it up. Events of transactions that overlap, or overlap this one, have no order among them. Unknown webhook: no_data_found.';

CREATE OR REPLACE FUNCTION postern.replay(delivery bigint)
RETURNS boolean
LANGUAGE plpgsql VOLATILE SECURITY DEFINER
SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    webhook uuid;
BEGIN
    UPDATE postern.backlog AS b SET due_at = '-infinity'
     WHERE b.id = delivery
    RETURNING b.webhook_id INTO webhook;
    IF webhook IS NULL THEN
        WITH over AS (
            UPDATE postern.attempt AS a SET outcome = NULL
             WHERE a.delivery_id = delivery AND a.outcome IS NOT NULL
               AND EXISTS (
                   SELECT FROM postern.webhook AS w
                    WHERE w.account_id = a.account_id AND w.id = a.webhook_id
                      AND w.state <> 'deleted')
            RETURNING a.*
        )
        INSERT INTO postern.backlog (id, account_id, webhook_id, message_id,
            ordered, number, step, due_at)
        SELECT o.delivery_id, o.account_id, o.webhook_id, o.message_id,
               w.ordered, o.number, 0, '-infinity'
          FROM over AS o
          JOIN postern.webhook AS w
            ON w.account_id = o.account_id AND w.id = o.webhook_id
        RETURNING webhook_id INTO webhook;
    END IF;
    IF webhook IS NULL THEN
        RETURN false;
    END IF;
    PERFORM postern.open_lane(webhook);
    RETURN true;
END
$$;
REVOKE ALL ON FUNCTION postern.replay(bigint) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION postern.replay(bigint) TO postern_admin;
COMMENT ON FUNCTION postern.replay(bigint) IS
'Send a delivery now, whatever became of it: owed, sent, failed, cancelled, or held for a disabled webhook. The schedule of attempts begins anew if it was over. False: there is none with this id, or it is on its way at this moment.';

CREATE OR REPLACE FUNCTION postern.replay(webhook uuid, since timestamptz,
    until timestamptz DEFAULT now(), sent_too boolean DEFAULT false)
RETURNS bigint
LANGUAGE plpgsql VOLATILE SECURITY DEFINER
SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    low   uuid := postern.first_uuid7(since);
    high  uuid := postern.first_uuid7(until);
    again bigint;
    held  bigint;
BEGIN
    PERFORM postern.account_of(webhook);
    WITH over AS (
        UPDATE postern.attempt AS a SET outcome = NULL
         WHERE a.webhook_id = webhook AND a.started_at >= since
           AND a.message_id >= low AND a.message_id < high
           AND (a.outcome IN ('failed', 'cancelled')
               OR sent_too AND a.outcome = 'sent')
        RETURNING a.*
    )
    INSERT INTO postern.backlog (id, account_id, webhook_id, message_id,
        ordered, number, step, due_at)
    SELECT o.delivery_id, o.account_id, o.webhook_id, o.message_id, w.ordered,
           o.number, 0, '-infinity'
      FROM over AS o
      JOIN postern.webhook AS w
        ON w.account_id = o.account_id AND w.id = o.webhook_id
     ORDER BY o.delivery_id;
    GET DIAGNOSTICS again = ROW_COUNT;
    UPDATE postern.backlog AS b SET due_at = '-infinity'
     WHERE b.webhook_id = webhook AND b.due_at > '-infinity'
       AND b.message_id >= low AND b.message_id < high;
    GET DIAGNOSTICS held = ROW_COUNT;
    PERFORM postern.open_lane(webhook);
    RETURN again + held;
END
$$;
REVOKE ALL ON FUNCTION postern.replay(
    uuid, timestamptz, timestamptz, boolean) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION postern.replay(
    uuid, timestamptz, timestamptz, boolean) TO postern_admin;
COMMENT ON FUNCTION postern.replay(
    uuid, timestamptz, timestamptz, boolean) IS
'Send now what a webhook has not taken of the events published from since up to, not including, until: what failed or was cancelled, and what waits or is held; with sent_too also what it took. Returns how many. Receivers know a repeat by its webhook-id. Unknown webhook: no_data_found.';

CREATE OR REPLACE FUNCTION postern.cancel(delivery bigint)
RETURNS boolean
LANGUAGE plpgsql VOLATILE SECURITY DEFINER
SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    webhook uuid;
BEGIN
    WITH cancelled AS (
        DELETE FROM postern.backlog AS b WHERE b.id = delivery
        RETURNING b.id, b.account_id, b.webhook_id, b.message_id, b.number
    ), unseen AS (
        DELETE FROM postern.fresh AS f WHERE f.id = delivery
        RETURNING f.id, f.account_id, f.webhook_id, f.message_id, 0
    )
    INSERT INTO postern.attempt AS a (delivery_id, account_id, webhook_id,
        message_id, number, started_at, verdict, outcome)
    SELECT c.*, clock_timestamp(), 'cancelled', 'cancelled'
      FROM (SELECT * FROM cancelled UNION ALL SELECT * FROM unseen)
           AS c (id, account_id, webhook_id, message_id, number)
    RETURNING a.webhook_id INTO webhook;
    IF webhook IS NULL THEN
        RETURN false;
    END IF;
    PERFORM postern.open_lane(webhook);
    RETURN true;
END
$$;
REVOKE ALL ON FUNCTION postern.cancel(bigint) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION postern.cancel(bigint) TO postern_admin;
COMMENT ON FUNCTION postern.cancel(bigint) IS
'Give up a delivery that is owed. False: it is not owed, or is on its way at this moment. postern.replay undoes it.';

CREATE OR REPLACE FUNCTION postern.cancel(webhook uuid, since timestamptz,
    until timestamptz DEFAULT now())
RETURNS bigint
LANGUAGE plpgsql VOLATILE SECURITY DEFINER
SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    low       uuid := postern.first_uuid7(since);
    high      uuid := postern.first_uuid7(until);
    cancelled bigint;
BEGIN
    PERFORM postern.account_of(webhook);
    WITH waiting AS (
        DELETE FROM postern.backlog AS b
         WHERE b.webhook_id = webhook
           AND b.message_id >= low AND b.message_id < high
        RETURNING b.id, b.account_id, b.webhook_id, b.message_id, b.number
    ), unseen AS (
        DELETE FROM postern.fresh AS f
         WHERE f.webhook_id = webhook
           AND f.message_id >= low AND f.message_id < high
        RETURNING f.id, f.account_id, f.webhook_id, f.message_id, 0
    )
    INSERT INTO postern.attempt (delivery_id, account_id, webhook_id,
        message_id, number, started_at, verdict, outcome)
    SELECT c.*, clock_timestamp(), 'cancelled', 'cancelled'
      FROM (SELECT * FROM waiting UNION ALL SELECT * FROM unseen)
           AS c (id, account_id, webhook_id, message_id, number);
    GET DIAGNOSTICS cancelled = ROW_COUNT;
    RETURN cancelled;
END
$$;
REVOKE ALL ON FUNCTION postern.cancel(uuid, timestamptz, timestamptz)
    FROM PUBLIC;
GRANT EXECUTE ON FUNCTION postern.cancel(uuid, timestamptz, timestamptz)
    TO postern_admin;
COMMENT ON FUNCTION postern.cancel(uuid, timestamptz, timestamptz) IS
'Give up what is owed to a webhook of the events published from since up to, not including, until. Returns how many deliveries. Unknown webhook: no_data_found.';

CREATE OR REPLACE FUNCTION postern.skip(webhook uuid)
RETURNS bigint
LANGUAGE plpgsql VOLATILE SECURITY DEFINER
SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    head bigint;
BEGIN
    PERFORM postern.account_of(webhook);
    SELECT min(b.id) INTO head
      FROM postern.backlog AS b
     WHERE b.webhook_id = webhook AND b.ordered;
    RETURN CASE WHEN postern.cancel(head) THEN head END;
END
$$;
REVOKE ALL ON FUNCTION postern.skip(uuid) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION postern.skip(uuid) TO postern_admin;
COMMENT ON FUNCTION postern.skip(uuid) IS
'Give up the first delivery owed to an ordered webhook, so that the next can go, and return its id; NULL: none waits. Unknown webhook: no_data_found.';

CREATE OR REPLACE FUNCTION postern.set_retention(period interval)
RETURNS void
LANGUAGE plpgsql VOLATILE SECURITY DEFINER
SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
    UPDATE postern.delivery_setting SET retention = period;
EXCEPTION
    WHEN check_violation OR not_null_violation THEN
        RAISE EXCEPTION 'retention is from 7 days to 10 years, not %',
            coalesce(period::text, 'NULL')
            USING ERRCODE = 'invalid_parameter_value';
END
$$;
REVOKE ALL ON FUNCTION postern.set_retention(interval) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION postern.set_retention(interval) TO postern_admin;
COMMENT ON FUNCTION postern.set_retention(interval) IS
'Keep messages and attempts so long (30 days unless set). What is still owed then is given up: its delivery fails as expired.';
