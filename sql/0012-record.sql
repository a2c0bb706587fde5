-- 0012-record.sql - what became of the attempts that a worker made.

CREATE OR REPLACE FUNCTION postern.cool_down(failures integer, hard boolean)
RETURNS interval
LANGUAGE sql IMMUTABLE PARALLEL SAFE SECURITY DEFINER
SET search_path = pg_catalog, pg_temp
AS $$
    SELECT CASE
        WHEN hard THEN least(5 * 2 ^ least(failures - 1, 10), 300)
        WHEN failures >= 5 THEN least(5 * 2 ^ least(failures - 5, 10), 300)
        END * interval '1 second'
$$;
REVOKE ALL ON FUNCTION postern.cool_down(integer, boolean) FROM PUBLIC;
COMMENT ON FUNCTION postern.cool_down(integer, boolean) IS
'How long a webhook is left alone after so many failed volleys in a row: 5 s, doubled each time, to 5 minutes. When it answers at all (not hard), from the fifth on. NULL: not at all.';

CREATE OR REPLACE FUNCTION postern.move_failing_lane(
    account uuid, webhook uuid, sent integer, failed integer, began timestamptz,
    hard boolean, hold interval, due timestamptz, gone boolean, why text,
    OUT change text, OUT reason text)
LANGUAGE plpgsql VOLATILE SECURITY DEFINER
SET search_path = pg_catalog, pg_temp
SET plan_cache_mode = force_generic_plan
SET enable_seqscan = off
SET enable_bitmapscan = off
AS $$
DECLARE
    now_at timestamptz := clock_timestamp();
    lane   postern.lane;
    cool   interval;
    was    timestamptz;
BEGIN
    IF NOT postern.hold_webhook(account, webhook) THEN
        INSERT INTO postern.lane_note (account_id, webhook_id, news, sent,
            failed, began, hard, hold, due, gone, why)
        VALUES (account, webhook, 'outcomes', sent, failed, began, hard, hold,
            due, gone, why);
        RETURN;
    END IF;
    INSERT INTO postern.lane AS l (account_id, webhook_id, next_at)
    VALUES (account, webhook, 'infinity')
    ON CONFLICT ON CONSTRAINT lane_pkey DO UPDATE SET awaiting = false
    RETURNING l.* INTO lane;
    was := lane.cool_until;
    IF sent > 0 THEN
        lane.failures := 0;
        lane.failing_since := NULL;
        lane.cool_until := NULL;
    END IF;
    IF failed > 0 THEN
        IF sent = 0 AND began >= coalesce(lane.failed_at, began) THEN
            lane.failures := lane.failures + 1;
        END IF;
        lane.failed_at := now_at;
        IF sent = 0 THEN
            lane.failing_since := coalesce(lane.failing_since, began);
            cool := postern.cool_down(lane.failures, hard);
        END IF;
        lane.cool_until :=
            greatest(lane.cool_until, now_at + greatest(cool, hold));
    END IF;
    UPDATE postern.lane AS l
       SET failures = lane.failures, failing_since = lane.failing_since,
           failed_at = lane.failed_at, cool_until = lane.cool_until,
           next_at = greatest(lane.slot_at, lane.cool_until,
               CASE WHEN sent > 0 OR was IS NOT NULL THEN now_at
                    ELSE least(due, lane.next_at) END)
     WHERE l.account_id = account AND l.webhook_id = webhook;
    IF gone THEN
        change := 'disabled';
        reason := 'it answered 410 Gone';
    ELSIF sent = 0 AND lane.failing_since <= now_at - interval '5 days' THEN
        change := 'disabled';
        reason := concat('it has only failed for five days; last: ', why);
    ELSIF was IS NULL AND lane.cool_until IS NOT NULL THEN
        change := 'cools';
        reason := why;
    ELSIF was IS NOT NULL AND lane.cool_until IS NULL THEN
        change := 'recovered';
    END IF;
END
$$;
REVOKE ALL ON FUNCTION postern.move_failing_lane(uuid, uuid, integer, integer,
    timestamptz, boolean, interval, timestamptz, boolean, text) FROM PUBLIC;
COMMENT ON FUNCTION postern.move_failing_lane(uuid, uuid, integer, integer,
    timestamptz, boolean, interval, timestamptz, boolean, text) IS
'Put what happened to a webhook into its lane: when it is looked at next, whether it cools. Says what changed: cools, recovered, or that it is to be disabled, and why. Leaves a note of it all if somebody holds the webhook.';

CREATE OR REPLACE FUNCTION postern.record(
    ids bigint[], numbers integer[], outcomes text[], verdicts text[],
    ages_ms integer[], retries_ms integer[], holds_ms integer[],
    hards integer[], statuses integer[], names_us integer[],
    connects_us integer[], tls_us integer[], firsts_us integer[],
    totals_us integer[], peers text[], tls text[], answers bytea[],
    errors text[])
RETURNS TABLE (webhook_id uuid, change text, reason text)
LANGUAGE plpgsql VOLATILE SECURITY DEFINER
SET search_path = pg_catalog, pg_temp
SET plan_cache_mode = force_generic_plan
SET enable_seqscan = off
SET enable_bitmapscan = off
SET enable_nestloop = off
SET enable_mergejoin = off
AS $$
DECLARE
    now_at   timestamptz := clock_timestamp();
    accounts uuid[];
    disabled uuid[];
    reasons  text[];
    touched  record;
    moved    record;
BEGIN
    FOR touched IN
        WITH landed AS (
            DELETE FROM postern.flight AS f
             USING unnest(ids, numbers, outcomes, verdicts, ages_ms,
                   retries_ms, holds_ms, hards, statuses, names_us,
                   connects_us, tls_us, firsts_us, totals_us, peers, tls,
                   answers, errors)
                   AS t (id, number, outcome, verdict, age_ms, retry_ms,
                       hold_ms, hard, status, name_us, connect_us, tls_us,
                       first_us, total_us, peer, tls, answer, error)
             WHERE f.id = ANY (ids) AND f.id = t.id AND f.number = t.number
            RETURNING f.account_id, f.webhook_id, f.message_id, f.ordered,
                   f.step, t.*,
                   now_at - t.age_ms * interval '1 ms' AS started_at
        ), logged AS (
            INSERT INTO postern.attempt
            SELECT l.id, l.number, l.account_id, l.webhook_id, l.message_id,
                   l.started_at, l.verdict, l.outcome, l.status, l.name_us,
                   l.connect_us, l.tls_us, l.first_us, l.total_us, l.peer,
                   l.tls, l.answer, l.error
              FROM landed AS l
             WHERE l.outcome IS DISTINCT FROM 'returned'
        ), owed AS (
            INSERT INTO postern.backlog (id, account_id, webhook_id,
                message_id, ordered, number, step, due_at)
            SELECT l.id, l.account_id, l.webhook_id, l.message_id, l.ordered,
                   l.number - (l.outcome IS NOT NULL)::integer,
                   l.step + (l.outcome IS NULL)::integer,
                   now_at + l.retry_ms * interval '1 ms'
              FROM landed AS l
             WHERE l.outcome IS NULL OR l.outcome = 'returned'
        )
        SELECT l.account_id, l.webhook_id,
               count(*) FILTER (WHERE l.outcome = 'sent') AS sent,
               count(*) FILTER (WHERE coalesce(l.outcome, 'failed') = 'failed')
                   AS failed,
               max(l.started_at) AS began, max(l.hard) > 0 AS hard,
               max(nullif(l.hold_ms, 0)) * interval '1 ms' AS hold,
               CASE WHEN bool_or(l.ordered) THEN now_at
                    ELSE now_at + min(l.retry_ms) * interval '1 ms' END AS due,
               bool_or(l.verdict = 'gone') AS gone,
               max(coalesce(l.error, 'it answered ' || l.status)) AS why
          FROM landed AS l
         GROUP BY l.account_id, l.webhook_id
        HAVING bool_or(l.outcome IS DISTINCT FROM 'sent' OR l.ordered)
            OR EXISTS (SELECT FROM postern.lane AS n
                        WHERE n.account_id = l.account_id
                          AND n.webhook_id = l.webhook_id
                          AND (n.awaiting OR n.failures > 0
                              OR n.cool_until IS NOT NULL)
                       OFFSET 0)
         ORDER BY l.webhook_id
    LOOP
        moved := postern.move_failing_lane(touched.account_id,
            touched.webhook_id, touched.sent::integer,
            touched.failed::integer, touched.began, touched.hard,
            touched.hold, touched.due, touched.gone, touched.why);
        IF moved.change = 'disabled' THEN
            accounts := accounts || touched.account_id;
            disabled := disabled || touched.webhook_id;
            reasons := reasons || moved.reason;
        ELSIF moved.change IS NOT NULL THEN
            webhook_id := touched.webhook_id;
            change := moved.change;
            reason := moved.reason;
            RETURN NEXT;
        END IF;
    END LOOP;
    FOR i IN 1 .. coalesce(cardinality(disabled), 0) LOOP
        webhook_id := disabled[i];
        change := 'disabled';
        reason := reasons[i];
        IF postern.disable_failing(accounts[i], webhook_id, reason) THEN
            RETURN NEXT;
        END IF;
    END LOOP;
END
$$;
REVOKE ALL ON FUNCTION postern.record(bigint[], integer[], text[], text[],
    integer[], integer[], integer[], integer[], integer[], integer[],
    integer[], integer[], integer[], integer[], text[], text[], bytea[],
    text[]) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION postern.record(bigint[], integer[], text[], text[],
    integer[], integer[], integer[], integer[], integer[], integer[],
    integer[], integer[], integer[], integer[], text[], text[], bytea[],
    text[]) TO postern_delivery;
COMMENT ON FUNCTION postern.record(bigint[], integer[], text[], text[],
    integer[], integer[], integer[], integer[], integer[], integer[],
    integer[], integer[], integer[], integer[], text[], text[], bytea[],
    text[]) IS
'Record the outcomes of attempts: sent, failed (for good), returned (not made), or NULL: to be made again in retries_ms. An outcome whose number is not the one in flight comes too late and is ignored. ages_ms is how long ago the attempt began, holds_ms how long the answer asks to be left alone, hards is 1 when the webhook gave no answer worth the name. Returns the webhooks whose state changed.';

CREATE OR REPLACE FUNCTION postern.recover(low timestamptz)
RETURNS integer
LANGUAGE plpgsql VOLATILE SECURITY DEFINER
SET search_path = pg_catalog, pg_temp
SET plan_cache_mode = force_generic_plan
SET enable_seqscan = off
SET enable_bitmapscan = off
SET enable_hashjoin = off
SET enable_mergejoin = off
AS $$
DECLARE
    accounts uuid[];
    webhooks uuid[];
BEGIN
    WITH lost AS (
        DELETE FROM postern.flight AS f
         WHERE f.id = ANY (ARRAY(
               SELECT e.id
                 FROM postern.flight AS e
                WHERE e.lease_until >= low
                  AND e.lease_until < clock_timestamp()
                ORDER BY e.lease_until
                LIMIT 1000
                  FOR UPDATE SKIP LOCKED))
        RETURNING f.*
    ), logged AS (
        INSERT INTO postern.attempt (delivery_id, number, account_id,
            webhook_id, message_id, started_at, verdict, error)
        SELECT l.id, l.number, l.account_id, l.webhook_id, l.message_id,
               clock_timestamp(), 'lost', 'the worker was lost while it sent'
          FROM lost AS l
    ), owed AS (
        INSERT INTO postern.backlog (id, account_id, webhook_id, message_id,
            ordered, number, step, due_at)
        SELECT l.id, l.account_id, l.webhook_id, l.message_id, l.ordered,
               l.number, l.step, now()
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
REVOKE ALL ON FUNCTION postern.recover(timestamptz) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION postern.recover(timestamptz) TO postern_delivery;
COMMENT ON FUNCTION postern.recover(timestamptz) IS
'Owe again what lost workers had in hand: up to 1,000 deliveries whose lease ended after low and before now. Returns how many.';

CREATE OR REPLACE FUNCTION postern.free_lanes(accounts uuid[], webhooks uuid[])
RETURNS void
LANGUAGE plpgsql VOLATILE SECURITY DEFINER
SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    held uuid[] := postern.note_held(accounts, webhooks, 'free');
BEGIN
    INSERT INTO postern.lane AS l (account_id, webhook_id, next_at)
    SELECT DISTINCT w.account_id, w.webhook_id, now()
      FROM unnest(accounts, webhooks) AS w (account_id, webhook_id)
     WHERE w.webhook_id <> ALL (held)
     ORDER BY w.webhook_id
    ON CONFLICT ON CONSTRAINT lane_pkey DO UPDATE
       SET next_at = greatest(now(), l.slot_at, l.cool_until),
           awaiting = false;
END
$$;
REVOKE ALL ON FUNCTION postern.free_lanes(uuid[], uuid[]) FROM PUBLIC;
COMMENT ON FUNCTION postern.free_lanes(uuid[], uuid[]) IS
'See that these webhooks'' backlogs are looked at as soon as they may be. A note is left for those that somebody holds.';

CREATE OR REPLACE FUNCTION postern.rest(asleep boolean)
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
REVOKE ALL ON FUNCTION postern.rest(boolean) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION postern.rest(boolean) TO postern_delivery;
COMMENT ON FUNCTION postern.rest(boolean) IS
'Before a worker waits. asleep: it has the sleep lock, and is notified (say so if it has it already). watchful: a publisher has yet to commit and will not notify: look again in a few milliseconds. relieved: another worker is asleep. wait_ms: until a backlog''s or a note''s time comes, NULL when none will. Claim once more after this, then wait.';

CREATE OR REPLACE FUNCTION postern.rise()
RETURNS void
LANGUAGE plpgsql VOLATILE SECURITY DEFINER
SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
    PERFORM pg_advisory_unlock(postern.sleep_lock());
END
$$;
REVOKE ALL ON FUNCTION postern.rise() FROM PUBLIC;
GRANT EXECUTE ON FUNCTION postern.rise() TO postern_delivery;
COMMENT ON FUNCTION postern.rise() IS
'Give the sleep lock back: from now on the worker looks by itself.';

CREATE OR REPLACE FUNCTION postern.delivery_ready(known bytea[])
RETURNS text
LANGUAGE plpgsql STABLE SECURITY DEFINER
SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    missing text;
BEGIN
    SELECT string_agg(encode(s.key_id, 'hex'), ', ') INTO missing
      FROM (SELECT DISTINCT s.key_id FROM postern.secret AS s
             WHERE s.expires_at IS NULL OR s.expires_at > now()) AS s
     WHERE s.key_id <> ALL (known);
    IF missing IS NOT NULL THEN
        RETURN concat('secrets are sealed for another key (', missing,
            '): give its private half as well, with --key FILE');
    END IF;
    RETURN NULL;
END
$$;
REVOKE ALL ON FUNCTION postern.delivery_ready(bytea[]) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION postern.delivery_ready(bytea[]) TO postern_delivery;
COMMENT ON FUNCTION postern.delivery_ready(bytea[]) IS
'NULL when a worker that has the keys with these ids can sign for every webhook; else what is missing.';
