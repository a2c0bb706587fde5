-- claim.sql - what a worker takes in hand.
--
-- Plans are cached while tables are empty and must stay good when they are
-- full. So what is looked up by its key is looked up by a subquery that
-- OFFSET 0 keeps from being joined in any other way; and bitmap scans are off,
-- as to them a short index (of all webhooks of an account) seems as good.
-- claim() has these settings for all functions that it calls, and must be alone
-- in calling them, or its plans could be made by somebody else without them.
--
-- Locks are taken in the order account, webhook, lane, and lanes by webhook.
-- Whoever changes a lane has locked its webhook before. Administration waits
-- for that; claims and outcomes never do, and leave a note instead: so they
-- wait for no transaction but other workers', which are short.

CREATE OR REPLACE FUNCTION postern.pick_fresh(
    low bigint, last bigint, shun uuid[], wanted integer, lease interval, each integer,
    busy uuid[], busy_room integer[],
    OUT high bigint, OUT looked integer, OUT taken bigint[],
    OUT webhooks uuid[], OUT parked_webhooks uuid[])
LANGUAGE plpgsql VOLATILE
AS $$
DECLARE
    parked_accounts uuid[];
    parked_open     boolean[];
    changed         uuid[];
BEGIN
    -- By the place where each was locked: what set_ordered moves meanwhile is
    -- not found there, and left for a later look.
    WITH picked AS (
        DELETE FROM postern.fresh AS f
         WHERE f.ctid = ANY (ARRAY(
               SELECT n.ctid
                 FROM postern.fresh AS n
                WHERE n.id > low AND n.id <= last
                  AND n.webhook_id <> ALL (shun)
                ORDER BY n.id
                LIMIT wanted
                  FOR UPDATE SKIP LOCKED))
        RETURNING f.id, f.account_id, f.webhook_id, f.message_id, f.ordered
    ), judged AS (
        SELECT p.*, w.state IS DISTINCT FROM 'disabled' AS open, w.ordered AS in_order,
               coalesce(w.state = 'enabled' AND w.rate IS NULL
                   AND NOT w.ordered AND NOT p.ordered
                   AND NOT EXISTS (
                       SELECT FROM postern.lane AS l
                        WHERE l.account_id = p.account_id
                          AND l.webhook_id = p.webhook_id
                          AND l.cool_until IS NOT NULL
                       OFFSET 0)
                   AND row_number() OVER (PARTITION BY p.webhook_id
                       ORDER BY p.id)
                   <= coalesce(busy_room[array_position(busy, p.webhook_id)],
                       each), false) AS flies
          FROM picked AS p
          LEFT JOIN LATERAL (
               SELECT w.state, w.rate, w.ordered
                 FROM postern.webhook AS w
                WHERE w.account_id = p.account_id AND w.id = p.webhook_id
               OFFSET 0) AS w ON true
    ), parked AS (
        INSERT INTO postern.backlog (id, account_id, webhook_id, message_id,
            ordered, attempt_no, retry_no, due_at)
        SELECT j.id, j.account_id, j.webhook_id, j.message_id,
               coalesce(j.in_order, j.ordered), 0, 0, now()
          FROM judged AS j
         WHERE NOT j.flies
    ), flown AS (
        INSERT INTO postern.in_flight (id, account_id, webhook_id, message_id,
            ordered, attempt_no, retry_no, lease_until)
        SELECT j.id, j.account_id, j.webhook_id, j.message_id, false, 1, 0,
               clock_timestamp() + lease
          FROM judged AS j
         WHERE j.flies
    )
    SELECT max(j.id), count(*), array_agg(j.id) FILTER (WHERE j.flies),
           array_agg(j.webhook_id) FILTER (WHERE j.flies),
           array_agg(j.account_id) FILTER (WHERE NOT j.flies),
           array_agg(j.webhook_id) FILTER (WHERE NOT j.flies),
           array_agg(j.open) FILTER (WHERE NOT j.flies)
      INTO high, looked, taken, webhooks, parked_accounts, parked_webhooks,
           parked_open
      FROM judged AS j;
    IF parked_webhooks IS NOT NULL THEN
        PERFORM postern.open_lanes(parked_accounts, parked_webhooks,
            parked_open);
    END IF;
    IF false = ANY (parked_open) THEN
        -- Enabled since, and looked at perhaps before this was there.
        SELECT array_agg(p.account_id), array_agg(p.webhook_id),
               array_agg(true)
          INTO parked_accounts, changed, parked_open
          FROM unnest(parked_accounts, parked_webhooks, parked_open)
               AS p (account_id, webhook_id, open)
          JOIN LATERAL (
               SELECT w.state
                 FROM postern.webhook AS w
                WHERE w.account_id = p.account_id AND w.id = p.webhook_id
               OFFSET 0) AS w ON w.state <> 'disabled'
         WHERE NOT p.open;
        PERFORM postern.open_lanes(parked_accounts, changed, parked_open);
    END IF;
END
$$;
COMMENT ON FUNCTION postern.pick_fresh IS
'Take at most wanted fresh deliveries with ids above low, up to last, of
webhooks that are not in shun. Each goes in flight; or into the backlog, if
its webhook has enough in flight, cools down, is ordered, has a rate, or is
disabled. high is the highest id looked at, looked how many were looked at.
taken and webhooks are those now in flight, parked_webhooks the webhooks of
the others.';

CREATE OR REPLACE FUNCTION postern.park_fresh(low bigint, last bigint, webhooks uuid[])
RETURNS void
LANGUAGE sql VOLATILE
AS $$
    -- Their lanes are open, or a note says that they are to be, from the
    -- moment at which this transaction commits.
    WITH picked AS (
        DELETE FROM postern.fresh AS f
         WHERE f.id = ANY (ARRAY(
               SELECT n.id
                 FROM postern.fresh AS n
                WHERE n.id > low AND n.id <= last
                  AND n.webhook_id = ANY (webhooks)
                  FOR UPDATE SKIP LOCKED))
        RETURNING f.id, f.account_id, f.webhook_id, f.message_id, f.ordered
    )
    INSERT INTO postern.backlog (id, account_id, webhook_id, message_id,
        ordered, attempt_no, retry_no, due_at)
    SELECT p.id, p.account_id, p.webhook_id, p.message_id, p.ordered, 0, 0,
           now()
      FROM picked AS p
$$;
COMMENT ON FUNCTION postern.park_fresh IS
'Move the fresh deliveries of these webhooks, with ids above low, up to last,
to the backlog.';

CREATE OR REPLACE FUNCTION postern.take_fresh(
    low bigint, wanted integer, lease interval, each integer,
    busy uuid[], busy_room integer[],
    OUT high bigint, OUT looked integer, OUT taken bigint[],
    OUT webhooks uuid[])
LANGUAGE plpgsql VOLATILE
AS $$
DECLARE
    one  record;
    two  record;
    room integer;
    shun uuid[];
BEGIN
    one := postern.pick_fresh(low, 9223372036854775807, '{}', wanted, lease,
        each, busy, busy_room);
    high := one.high;
    looked := one.looked;
    taken := one.taken;
    webhooks := one.webhooks;
    room := wanted - coalesce(cardinality(taken), 0);
    IF looked < wanted OR room <= wanted / 2 THEN
        RETURN;
    END IF;
    -- Much is of webhooks that may not be sent to, and there is more: go
    -- past it for the sake of the others, and clear some of it away.
    shun := ARRAY(
        SELECT w.id
          FROM unnest(one.parked_webhooks) AS w (id)
         GROUP BY w.id
         ORDER BY count(*) DESC
         LIMIT 8);
    PERFORM postern.park_fresh(high, high + 500, shun);
    two := postern.pick_fresh(high, high + 200000, shun, room, lease, each,
        busy, busy_room);
    looked := looked + two.looked;
    taken := taken || two.taken;
    webhooks := webhooks || two.webhooks;
END
$$;
COMMENT ON FUNCTION postern.take_fresh IS
'Take at most wanted fresh deliveries with ids above low. Many deliveries for a
webhook that may not be sent to do not delay those behind them. high is the
highest id below which nothing is left, looked how many were looked at; taken
and webhooks are those now in flight.';

CREATE OR REPLACE FUNCTION postern.take_ordered(
    lane postern.lane, disabled boolean, lease interval,
    OUT taken bigint, OUT next_at timestamptz)
LANGUAGE plpgsql VOLATILE
AS $$
DECLARE
    head postern.backlog;
BEGIN
    SELECT b.* INTO head
      FROM postern.backlog AS b
     WHERE b.webhook_id = lane.webhook_id AND b.ordered
     ORDER BY b.id
     LIMIT 1;
    IF head.id IS NULL THEN
        RETURN;
    ELSIF disabled AND head.due_at > '-infinity' THEN
        next_at := 'infinity';
        RETURN;
    ELSIF head.due_at > clock_timestamp() THEN
        next_at := head.due_at;
        RETURN;
    ELSIF EXISTS (
            SELECT FROM postern.in_flight AS f
             WHERE f.webhook_id = lane.webhook_id) THEN
        -- When it is over, the lane is told, unless it began unordered.
        next_at := clock_timestamp() + CASE WHEN EXISTS (
            SELECT FROM postern.in_flight AS f
             WHERE f.webhook_id = lane.webhook_id AND f.ordered)
            THEN lease ELSE interval '100 ms' END;
        RETURN;
    ELSIF EXISTS (
            SELECT FROM postern.fresh AS f
             WHERE f.webhook_id = lane.webhook_id AND f.ordered
               AND f.id < head.id) THEN
        -- An earlier one is fresh, or in a worker's uncommitted hands.
        next_at := clock_timestamp() + interval '5 ms';
        RETURN;
    END IF;
    DELETE FROM postern.backlog AS b
     WHERE b.id = (SELECT h.id
                     FROM postern.backlog AS h
                    WHERE h.id = head.id
                      FOR UPDATE SKIP LOCKED);
    IF NOT FOUND THEN
        next_at := clock_timestamp() + interval '1 second';
        RETURN;
    END IF;
    INSERT INTO postern.in_flight (id, account_id, webhook_id, message_id,
        ordered, attempt_no, retry_no, lease_until)
    VALUES (head.id, head.account_id, head.webhook_id, head.message_id, true,
        head.attempt_no + 1, head.retry_no, clock_timestamp() + lease);
    taken := head.id;
END
$$;
COMMENT ON FUNCTION postern.take_ordered IS
'Take the first delivery of an ordered webhook, if it is due and none is in
flight. Otherwise next_at says when to look again; NULL: none is left.';

CREATE OR REPLACE FUNCTION postern.take_due(
    lane postern.lane, disabled boolean, room integer, lease interval,
    OUT taken bigint[], OUT next_at timestamptz)
LANGUAGE plpgsql VOLATILE
AS $$
DECLARE
    until timestamptz :=
        CASE WHEN disabled THEN '-infinity' ELSE clock_timestamp() END;
BEGIN
    WITH picked AS (
        DELETE FROM postern.backlog AS b
         WHERE b.id = ANY (ARRAY(
               SELECT d.id
                 FROM postern.backlog AS d
                WHERE d.webhook_id = lane.webhook_id AND NOT d.ordered
                  AND d.due_at <= until
                ORDER BY d.due_at, d.id
                LIMIT room
                  FOR UPDATE SKIP LOCKED))
        RETURNING b.*
    ), flown AS (
        INSERT INTO postern.in_flight (id, account_id, webhook_id, message_id,
            ordered, attempt_no, retry_no, lease_until)
        SELECT p.id, p.account_id, p.webhook_id, p.message_id, false,
               p.attempt_no + 1, p.retry_no, clock_timestamp() + lease
          FROM picked AS p
    )
    SELECT array_agg(p.id) INTO taken FROM picked AS p;
    IF coalesce(cardinality(taken), 0) = room THEN
        next_at := until;
        RETURN;
    END IF;
    SELECT d.due_at INTO next_at
      FROM postern.backlog AS d
     WHERE d.webhook_id = lane.webhook_id AND NOT d.ordered
       AND d.id <> ALL (coalesce(taken, '{}'))
     ORDER BY d.due_at
     LIMIT 1;
    IF disabled AND next_at IS NOT NULL THEN
        next_at := 'infinity';
    ELSIF next_at <= until AND taken IS NULL THEN
        -- Somebody has them locked.
        next_at := until + interval '1 second';
    END IF;
END
$$;
COMMENT ON FUNCTION postern.take_due IS
'Take at most room due deliveries of a webhook. next_at says when to look
again; NULL: none is left.';

CREATE OR REPLACE FUNCTION postern.take_lanes(
    low timestamptz, wanted integer, lease interval, each integer,
    busy uuid[], busy_room integer[], busy_more uuid[],
    OUT looked integer, OUT taken bigint[])
LANGUAGE plpgsql VOLATILE
AS $$
DECLARE
    lane     postern.lane;
    hook     record;
    found_in record;
    room     integer;
    got      bigint[];
    again    timestamptz;
BEGIN
    looked := 0;
    FOR lane IN
        SELECT l.*
          FROM postern.lane AS l
         WHERE l.next_at <= clock_timestamp() AND l.next_at >= low
           AND coalesce(busy_room[array_position(busy, l.webhook_id)], each)
               > 0
         ORDER BY l.next_at
         LIMIT least(wanted, 16)
           FOR UPDATE SKIP LOCKED
    LOOP
        EXIT WHEN wanted <= 0;
        room := coalesce(
                busy_room[array_position(busy, lane.webhook_id)], each)
            - coalesce(cardinality(array_positions(busy_more,
                lane.webhook_id)), 0);
        CONTINUE WHEN room <= 0;
        looked := looked + 1;
        SELECT w.state = 'disabled' AS disabled, w.rate, w.ordered INTO hook
          FROM postern.webhook AS w
         WHERE w.account_id = lane.account_id AND w.id = lane.webhook_id
           AND w.state <> 'deleted';
        IF NOT FOUND THEN
            PERFORM postern.drop_owed(lane.account_id, lane.webhook_id);
            CONTINUE;
        END IF;
        again := postern.reorder(lane.account_id, lane.webhook_id, hook.ordered);
        IF again IS NOT NULL THEN
            -- Any of the others may be the first in order.
            UPDATE postern.lane AS l SET next_at = again
             WHERE l.account_id = lane.account_id
               AND l.webhook_id = lane.webhook_id;
            CONTINUE;
        END IF;
        IF hook.ordered THEN
            found_in := postern.take_ordered(lane, hook.disabled, lease);
            got := CASE WHEN found_in.taken IS NOT NULL
                THEN ARRAY[found_in.taken] END;
        ELSE
            room := least(room, wanted,
                CASE WHEN lane.cool_until IS NOT NULL THEN 1 END,
                ceil(hook.rate / 20)::integer);
            found_in := postern.take_due(lane, hook.disabled, room, lease);
            got := found_in.taken;
        END IF;
        PERFORM postern.move_lane(lane, hook.rate,
            hook.ordered OR lane.cool_until IS NOT NULL,
            coalesce(cardinality(got), 0), found_in.next_at, lease);
        taken := taken || got;
        wanted := wanted - coalesce(cardinality(got), 0);
    END LOOP;
END
$$;
COMMENT ON FUNCTION postern.take_lanes IS
'Take at most wanted deliveries from the backlogs whose time has come, the
earliest first. looked is how many backlogs were looked at. busy_more has a
webhook once for each further delivery in flight.';

CREATE OR REPLACE FUNCTION postern.claim(
    low bigint, wanted integer, lease interval, each integer, busy uuid[],
    busy_room integer[])
RETURNS TABLE (id bigint, attempt_no integer, retry_no integer, webhook_id uuid,
    message_id uuid, url text, body text, keys bytea, max_in_flight integer)
LANGUAGE plpgsql VOLATILE SECURITY DEFINER
SET search_path = pg_catalog, pg_temp
SET plan_cache_mode = force_generic_plan
SET enable_seqscan = off
SET enable_bitmapscan = off
SET enable_hashjoin = off
SET enable_mergejoin = off
AS $$
DECLARE
    fresh    record;
    lanes    record;
    messages uuid[];
    in_order boolean;
BEGIN
    -- A quarter is for those that have waited.
    fresh := postern.take_fresh(low, wanted - wanted / 4, lease, each, busy,
        busy_room);
    lanes := postern.take_lanes(CASE WHEN low = 0 THEN '-infinity'
            ELSE clock_timestamp() - interval '2 seconds' END,
        wanted - coalesce(cardinality(fresh.taken), 0), lease, each, busy,
        busy_room, fresh.webhooks);
    SELECT array_agg(f.message_id ORDER BY f.message_id), bool_or(f.ordered)
      INTO messages, in_order
      FROM postern.in_flight AS f
     WHERE f.id = ANY (fresh.taken || lanes.taken);
    -- A claim that a crash undoes is made again: it need not be durable. But
    -- then the outcome of the first may be taken for that of the second, and
    -- what comes after it in order be sent beside it.
    IF in_order IS NOT TRUE THEN
        PERFORM set_config('synchronous_commit', 'off', true);
    END IF;
    RETURN QUERY SELECT fresh.high, fresh.looked, lanes.looked,
        NULL::uuid, NULL::uuid, CASE WHEN EXISTS (
            SELECT FROM postern.lane_note AS n
             WHERE n.try_at <= clock_timestamp()) THEN 'apply_notes' END,
        NULL::text, NULL::bytea, NULL::integer;
    IF messages IS NULL THEN
        RETURN;
    END IF;
    -- The range leaves out other days' partitions before any is opened. And it
    -- is in order of the key: to a plan made when a partition was empty, and
    -- known to be, message_feed seems as good, all of which would be read for
    -- each row.
    RETURN QUERY
    SELECT f.id, f.attempt_no, f.retry_no, f.webhook_id, f.message_id, w.url, m.body,
           (SELECT string_agg(uuid_send(s.id) || s.key_id || s.ephemeral
                       || s.nonce || s.box, '')
              FROM postern.secret AS s
             WHERE s.account_id = f.account_id
               AND s.webhook_id = f.webhook_id
               AND (s.expires_at IS NULL OR s.expires_at > now())),
           w.max_in_flight
      FROM postern.in_flight AS f
      LEFT JOIN LATERAL (
           SELECT w.url, w.max_in_flight
             FROM postern.webhook AS w
            WHERE w.account_id = f.account_id AND w.id = f.webhook_id
           OFFSET 0) AS w ON true
      LEFT JOIN LATERAL (
           SELECT m.body
             FROM postern.message AS m
            WHERE m.id >= f.message_id AND m.id <= f.message_id
              AND m.id >= messages[1]
              AND m.id <= messages[cardinality(messages)]
            ORDER BY m.id
            LIMIT 1) AS m ON true
     WHERE f.id = ANY (fresh.taken || lanes.taken);
END
$$;
COMMENT ON FUNCTION postern.claim IS
'Lease deliveries to a worker: at most wanted, and at most each for one
webhook, or, of those in busy, at most busy_room for each. Fresh deliveries are
looked for above low. With low 0 all due backlogs are found; otherwise only
those due within the last 2 s. The first row is a summary: id is the highest
fresh id looked at, attempt_no how many fresh deliveries were looked at,
retry_no how many backlogs (at most 16, so that fresh deliveries need not
wait), and url is apply_notes if postern.apply_notes has something to do.';
