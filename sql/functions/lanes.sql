-- lanes.sql - the lane of a webhook: when its backlog is looked at next.

CREATE OR REPLACE FUNCTION postern.open_lane(account uuid, webhook uuid)
RETURNS void
LANGUAGE plpgsql VOLATILE
AS $$
BEGIN
    PERFORM postern.await_webhook(account, webhook);
    INSERT INTO postern.lane AS l (account_id, webhook_id, next_at)
    VALUES (account, webhook, now())
    ON CONFLICT ON CONSTRAINT lane_pkey DO UPDATE
       SET next_at = greatest(now(), l.rate_next_at), cool_until = NULL,
           probing = false;
    PERFORM postern.wake();
END
$$;
COMMENT ON FUNCTION postern.open_lane IS
'Let a webhook''s backlog be looked at now, even if the webhook cools down.
Unknown account: no_data_found.';

CREATE OR REPLACE FUNCTION postern.open_lanes(
    accounts uuid[], webhooks uuid[], open boolean[])
RETURNS void
LANGUAGE plpgsql VOLATILE
AS $$
DECLARE
    held uuid[] := postern.note_held(accounts, webhooks, 'open');
BEGIN
    INSERT INTO postern.lane AS l (account_id, webhook_id, next_at)
    SELECT w.account_id, w.webhook_id,
           CASE WHEN bool_or(w.open) THEN now() ELSE 'infinity' END
      FROM unnest(accounts, webhooks, open) AS w (account_id, webhook_id, open)
     WHERE w.webhook_id <> ALL (held)
     GROUP BY w.account_id, w.webhook_id
     ORDER BY w.webhook_id
    ON CONFLICT ON CONSTRAINT lane_pkey DO UPDATE
       SET next_at = greatest(excluded.next_at, l.rate_next_at, l.cool_until)
     WHERE NOT l.probing
       AND l.next_at > greatest(excluded.next_at, l.rate_next_at, l.cool_until);
END
$$;
COMMENT ON FUNCTION postern.open_lanes IS
'Let the backlogs of these webhooks be looked at, if open says so. Locks their
lanes, so that none is removed as empty before this commits. Leaves a note for
each webhook that another transaction holds, or whose lane it does.';

CREATE OR REPLACE FUNCTION postern.free_lanes(accounts uuid[], webhooks uuid[])
RETURNS void
LANGUAGE plpgsql VOLATILE
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
       SET next_at = greatest(now(), l.rate_next_at, l.cool_until),
           probing = false;
END
$$;
COMMENT ON FUNCTION postern.free_lanes IS
'Let the backlogs of these webhooks be looked at as soon as rate and cool-down
allow. Leaves a note for each webhook that another transaction holds.';

CREATE OR REPLACE FUNCTION postern.open_lost_lanes(low uuid, wanted integer)
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
    accounts uuid[];
    webhooks uuid[];
    open     boolean[];
    last     uuid;
BEGIN
    -- From one webhook to the next, however much each is owed.
    WITH RECURSIVE waiting AS (
        (SELECT b.account_id, b.webhook_id, 1 AS n
           FROM postern.backlog AS b
          WHERE b.webhook_id > low
          ORDER BY b.webhook_id
          LIMIT 1)
        UNION ALL
        SELECT n.account_id, n.webhook_id, w.n + 1
          FROM waiting AS w
         CROSS JOIN LATERAL (
               SELECT b.account_id, b.webhook_id
                 FROM postern.backlog AS b
                WHERE b.webhook_id > w.webhook_id
                ORDER BY b.webhook_id
                LIMIT 1) AS n
         WHERE w.n < wanted
    ), lost AS (
        SELECT w.account_id, w.webhook_id
          FROM waiting AS w
          LEFT JOIN postern.lane AS l
            ON l.account_id = w.account_id AND l.webhook_id = w.webhook_id
          LEFT JOIN postern.webhook AS h
            ON h.account_id = w.account_id AND h.id = w.webhook_id
         WHERE l.webhook_id IS NULL
            OR l.next_at = 'infinity' AND h.state IS DISTINCT FROM 'disabled'
    )
    SELECT (SELECT w.webhook_id FROM waiting AS w WHERE w.n = wanted),
           array_agg(l.account_id), array_agg(l.webhook_id), array_agg(true)
      INTO last, accounts, webhooks, open
      FROM lost AS l;
    IF webhooks IS NOT NULL THEN
        PERFORM postern.open_lanes(accounts, webhooks, open);
        PERFORM postern.wake();
    END IF;
    RETURN last;
END
$$;
COMMENT ON FUNCTION postern.open_lost_lanes IS
'Look at so many webhooks with a backlog, behind low, and let every backlog
that may be sent be looked at. Each already is, unless there is a bug; this
repairs it. Returns the last of these webhooks; NULL: that was all.';

-- Deliveries come into a backlog as they were, or as their webhook was just
-- before: what is in flight, or in the hands of a claim, when a webhook's
-- order changes keeps the old one. Whoever puts one there then sees that the
-- lane is looked at; and whoever looks at it lines up all before it takes any.
CREATE OR REPLACE FUNCTION postern.reorder(
    account uuid, webhook uuid, to_ordered boolean)
RETURNS timestamptz
LANGUAGE plpgsql VOLATILE
AS $$
DECLARE
    few bigint[];
BEGIN
    IF NOT postern.out_of_order(account, webhook, to_ordered) THEN
        RETURN NULL;
    ELSIF to_ordered THEN
        few := ARRAY(
            SELECT b.id
              FROM postern.backlog AS b
             WHERE b.account_id = account AND b.webhook_id = webhook
               AND NOT b.ordered
             LIMIT 100
               FOR UPDATE SKIP LOCKED);
    ELSE
        few := ARRAY(
            SELECT b.id
              FROM postern.backlog AS b
             WHERE b.account_id = account AND b.webhook_id = webhook
               AND b.ordered
             LIMIT 100
               FOR UPDATE SKIP LOCKED);
    END IF;
    UPDATE postern.backlog AS b SET ordered = to_ordered
     WHERE b.id = ANY (few);
    IF NOT postern.out_of_order(account, webhook, to_ordered) THEN
        RETURN NULL;
    ELSIF cardinality(few) < 100 THEN
        RETURN clock_timestamp() + interval '100 ms';
    END IF;
    PERFORM postern.leave_task(account, webhook, 'reorder');
    RETURN 'infinity';
END
$$;
COMMENT ON FUNCTION postern.reorder IS
'Make a webhook''s backlog ordered, or not, as the webhook is now. NULL: all of
it is. Otherwise when to look again: soon, where another transaction has some
locked; infinity where they are more than 100, and a task goes on and then
opens the lane.';

CREATE OR REPLACE FUNCTION postern.move_lane(
    lane postern.lane, rate real, alone boolean, taken integer,
    look_at timestamptz, lease interval)
RETURNS void
LANGUAGE plpgsql VOLATILE
AS $$
DECLARE
    now_at timestamptz := clock_timestamp();
    rate_next   timestamptz := lane.rate_next_at;
    next   timestamptz;
BEGIN
    IF rate IS NOT NULL AND taken > 0 THEN
        rate_next := greatest(rate_next, now_at) + make_interval(
            secs => least(taken / rate, 86400));
    END IF;
    IF alone AND taken > 0 THEN
        next := now_at + lease;
    ELSE
        next := greatest(coalesce(look_at, CASE
            WHEN rate_next > now_at THEN rate_next
            WHEN lane.failures > 0 THEN 'infinity' END), rate_next);
    END IF;
    IF next IS NULL OR look_at IS NULL AND rate_next <= now_at
            AND lane.failures = 0 AND NOT (alone AND taken > 0) THEN
        DELETE FROM postern.lane AS l
         WHERE l.account_id = lane.account_id
           AND l.webhook_id = lane.webhook_id;
    ELSIF next > now_at OR rate_next IS DISTINCT FROM lane.rate_next_at
            OR lane.next_at < now_at - interval '20 ms' THEN
        UPDATE postern.lane AS l
           SET next_at = greatest(next, now_at), rate_next_at = rate_next,
               probing = alone AND taken > 0
         WHERE l.account_id = lane.account_id
           AND l.webhook_id = lane.webhook_id;
    END IF;
END
$$;
COMMENT ON FUNCTION postern.move_lane IS
'After a look at a backlog: when is the next look? A lane with nothing to
remember is removed. One with more deliveries due goes behind others.';

CREATE OR REPLACE FUNCTION postern.cool_down(failures integer, hard boolean)
RETURNS interval
LANGUAGE sql IMMUTABLE PARALLEL SAFE
AS $$
    SELECT CASE
        WHEN hard THEN least(5 * 2 ^ least(failures - 1, 10), 300)
        WHEN failures >= 5 THEN least(5 * 2 ^ least(failures - 5, 10), 300)
        END * interval '1 second'
$$;
COMMENT ON FUNCTION postern.cool_down IS
'How long a webhook is left alone after so many failed volleys in a row: 5 s,
doubled each time, up to 5 minutes. If it gives HTTP answers (not hard), from
the fifth failure on. NULL: not at all.';

CREATE OR REPLACE FUNCTION postern.move_failing_lane(
    account uuid, webhook uuid, sent integer, failed integer, began timestamptz,
    hard boolean, hold interval, due timestamptz, gone boolean, why text,
    delivery bigint, OUT change text, OUT reason text)
LANGUAGE plpgsql VOLATILE
AS $$
DECLARE
    now_at timestamptz := clock_timestamp();
    lane   postern.lane;
    had    postern.lane;
    cool   interval;
    was    timestamptz;
    failing interval;
BEGIN
    IF NOT postern.hold_webhook(account, webhook) THEN
        INSERT INTO postern.lane_note (account_id, webhook_id, news, sent,
            failed, began, hard, hold, due, gone, why, delivery)
        VALUES (account, webhook, 'outcomes', sent, failed, began, hard, hold,
            due, gone, why, delivery);
        RETURN;
    END IF;
    INSERT INTO postern.lane AS l (account_id, webhook_id, next_at)
    VALUES (account, webhook, 'infinity')
    ON CONFLICT ON CONSTRAINT lane_pkey DO UPDATE SET probing = false
    RETURNING l.* INTO lane;
    had := lane;
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
           next_at = greatest(lane.rate_next_at, lane.cool_until,
               CASE WHEN sent > 0 OR was IS NOT NULL THEN now_at
                    ELSE least(due, lane.next_at) END)
     WHERE l.account_id = account AND l.webhook_id = webhook;
    failing := now_at - lane.failing_since;
    IF gone THEN
        change := 'disabled';
        reason := 'it answered 410 Gone';
    ELSIF sent = 0 AND failing >= interval '5 days'
            AND failing >= postern.patience(account, webhook) THEN
        change := 'disabled';
        reason := format('it has only failed for %s days; last: %s', CASE
            WHEN failing < interval '6 days' THEN 'five'
            ELSE floor(extract(epoch FROM failing) / 86400)::text END, why);
    ELSIF was IS NULL AND lane.cool_until IS NOT NULL THEN
        change := 'cools';
        reason := why;
    ELSIF was IS NOT NULL AND lane.cool_until IS NULL THEN
        change := 'recovered';
    END IF;
    IF change = 'disabled' THEN
        RETURN;
    ELSIF sent > 0 AND had.told THEN
        PERFORM postern.tell_of_lane(had, delivery);
    ELSIF sent = 0 AND failed > 0 AND lane.failures >= 3 AND NOT lane.told THEN
        PERFORM postern.tell_of_lane(lane, delivery);
    END IF;
END
$$;
COMMENT ON FUNCTION postern.move_failing_lane IS
'Put the outcomes of a webhook''s attempts into its lane: when it is looked at
next, and whether it cools down. change is cools, recovered or disabled (the
caller is to disable it), with the reason. delivery is one that has failed. Its account
is told after the third volley that failed, and when one is taken again.
Leaves a note of it all if another transaction holds the webhook.';
