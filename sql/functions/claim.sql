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

CREATE OR REPLACE FUNCTION postern.is_lane_due(since timestamptz)
RETURNS boolean
LANGUAGE plpgsql VOLATILE
AS $$
BEGIN
    RETURN EXISTS (
        SELECT FROM postern.lane AS l
         WHERE l.next_at >= since AND l.next_at <= clock_timestamp());
END
$$;
COMMENT ON FUNCTION postern.is_lane_due IS
'Has any lane become due since then?';

CREATE OR REPLACE FUNCTION postern.shares_of(taken postern.in_flight[])
RETURNS jsonb
LANGUAGE plpgsql STABLE
AS $$
BEGIN
    -- Each account once.
    RETURN (
        SELECT coalesce(jsonb_object_agg(a.id, a.share), '{}')
          FROM (SELECT DISTINCT t.account_id FROM unnest(taken) AS t) AS t
         CROSS JOIN LATERAL (
               SELECT a.id, a.share
                 FROM postern.account AS a
                WHERE a.id = t.account_id
               OFFSET 0) AS a
         WHERE a.share <> 1);
END
$$;
COMMENT ON FUNCTION postern.shares_of IS
'The shares of the accounts of these deliveries, where they are not 1.';

CREATE OR REPLACE FUNCTION postern.claim(
    low bigint, wanted integer, lease interval, each integer, busy uuid[],
    busy_room integer[], account_each integer, accounts uuid[], account_room integer[],
    suspect_room integer, failing_room integer, suspect_owed integer,
    failing_owed integer, suspect_each integer,
    suspect_rooms integer[], failing_each integer, failing_rooms integer[],
    visit uuid[], visit_low bigint[], visit_due timestamptz[], past uuid,
    lanes_low timestamptz)
RETURNS TABLE (id bigint, attempt_no integer, retry_no integer, webhook_id uuid,
    message_id uuid, url text, body text, keys bytea, max_in_flight integer,
    account_id uuid, share real, standing integer, due_at timestamptz,
    top bigint, traceparent text, timeout integer, retry_schedule integer[],
    headers bytea)
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
    rooms    postern.rooms;
    owing    uuid[] := ARRAY(
        SELECT v.id FROM unnest(visit, visit_low) AS v (id, low)
         WHERE v.low < 9223372036854775807);
    fresh    record;
    lanes    record;
    visited  record;
    moved    record;
    asked    uuid[];
    looked   integer;
    is_due   boolean;
    since    timestamptz := coalesce(lanes_low, clock_timestamp() - interval '2 s');
    taken    postern.in_flight[];
    more     uuid[];
    messages uuid[];
    in_order boolean;
    shares   jsonb;
BEGIN
    IF lease BETWEEN interval '1 s' AND interval '5 minutes' IS NOT TRUE THEN
        RAISE EXCEPTION 'a lease must be from 1 second to 5 minutes, not %',
            coalesce(lease::text, 'NULL')
            USING ERRCODE = 'invalid_parameter_value';
    END IF;
    rooms := ROW(jsonb_object(busy::text[], busy_room::text[]), each,
        jsonb_object(accounts::text[], account_room::text[]), account_each,
        jsonb_object(accounts::text[], suspect_rooms::text[]), suspect_each,
        jsonb_object(accounts::text[], failing_rooms::text[]), failing_each,
        suspect_room, failing_room);
    -- A quarter is for those that have waited; of the rest, half for visits.
    fresh := postern.choose_new(low, (wanted - greatest(wanted / 4, least(wanted - 1, 1)))
        / CASE WHEN owing = '{}' THEN 1 ELSE 2 END, past, since, owing, rooms, suspect_owed,
        failing_owed);
    moved := postern.move_fresh(fresh.places, fresh.aside, lease);
    taken := moved.taken;
    looked := moved.looked;
    is_due := postern.is_lane_due(since);
    IF visit <> '{}' OR past IS NOT NULL OR is_due THEN
        rooms := postern.rooms_of_owed(rooms, suspect_owed, failing_owed, fresh.accounts,
            fresh.webhooks, fresh.suspects, fresh.failings);
    END IF;
    wanted := wanted - coalesce(cardinality(taken), 0);
    asked := ARRAY(SELECT a.id FROM unnest(fresh.asked) AS a (id) WHERE a.id <> ALL (visit));
    lanes := postern.take_lanes(since,
        CASE WHEN owing = '{}' THEN wanted ELSE (wanted + 1) / 2 END,
        is_due, lease, visit || asked, visit_due || array_fill(since, ARRAY[cardinality(asked)]),
        rooms);
    taken := taken || lanes.taken;
    wanted := wanted - coalesce(cardinality(lanes.taken), 0);
    visited := postern.choose_visited(visit, visit_low, greatest(8,
        ceil(wanted::real / greatest(cardinality(owing), 1))::integer), wanted, lanes.rooms);
    moved := postern.move_fresh(visited.places, visited.aside, lease);
    taken := taken || moved.taken;
    looked := looked + moved.looked;
    SELECT array_agg(t.message_id ORDER BY t.message_id), bool_or(t.ordered)
      INTO messages, in_order
      FROM unnest(taken) AS t;
    -- A claim that a crash undoes is made again: it need not be durable. But
    -- then the outcome of the first may be taken for that of the second, and
    -- what comes after it in order be sent beside it.
    IF in_order IS NOT TRUE THEN
        PERFORM set_config('synchronous_commit', 'off', true);
    END IF;
    RETURN QUERY SELECT fresh.high, looked, lanes.looked,
        NULL::uuid, fresh.stopped, CASE WHEN EXISTS (
            SELECT FROM postern.lane_note AS n
             WHERE n.try_at <= clock_timestamp()) THEN 'apply_notes' END,
        NULL::text, NULL::bytea, CASE WHEN fresh.clogged THEN 1 END, NULL::uuid, NULL::real,
        NULL::integer, lanes.stopped,
        CASE WHEN fresh.clogged THEN (SELECT max(f.id) FROM postern.fresh AS f) END, NULL::text,
        NULL::integer, NULL::integer[], NULL::bytea;
    more := fresh.more || visited.more;
    IF more IS NOT NULL OR lanes.more IS NOT NULL THEN
        RETURN QUERY
        SELECT min(m.low), NULL::integer, (count(m.due) > 0)::integer, NULL::uuid,
               NULL::uuid, NULL::text, NULL::text, NULL::bytea, NULL::integer, m.id,
               NULL::real, NULL::integer, min(m.due), NULL::bigint, NULL::text,
               NULL::integer, NULL::integer[], NULL::bytea
          FROM (SELECT f.id, f.low, NULL::timestamptz AS due
                  FROM unnest(more, fresh.more_low || visited.more_low)
                       AS f (id, low)
                UNION ALL
                SELECT l.id, NULL, l.due
                  FROM unnest(lanes.more, lanes.more_due) AS l (id, due)) AS m
         GROUP BY m.id;
    END IF;
    IF messages IS NULL THEN
        RETURN;
    END IF;
    -- The range leaves out other days' partitions before any is opened. And it
    -- is in order of the key: to a plan made when a partition was empty, and
    -- known to be, message_feed seems as good, all of which would be read for
    -- each row.
    shares := postern.shares_of(taken);
    RETURN QUERY
    SELECT f.id, f.attempt_no, f.retry_no, f.webhook_id, f.message_id, w.url, m.body,
           (SELECT string_agg(uuid_send(s.id) || s.key_id || s.ephemeral
                       || s.nonce || s.box, '')
              FROM postern.secret AS s
             WHERE s.account_id = f.account_id
               AND s.webhook_id = f.webhook_id
               AND (s.expires_at IS NULL OR s.expires_at > now())),
           w.max_in_flight, f.account_id,
           coalesce((shares ->> f.account_id::text)::real, 1),
           CASE WHEN w.proven THEN 0
                WHEN f.attempt_no > 1 OR EXISTS (
                    SELECT FROM postern.lane AS l
                     WHERE l.account_id = f.account_id AND l.webhook_id = f.webhook_id
                       AND (l.failures > 0 OR l.cool_until IS NOT NULL)
                    OFFSET 0) THEN 2
                ELSE 1 END,
           NULL::timestamptz, NULL::bigint, m.traceparent, w.timeout, coalesce(w.retry_schedule,
               (SELECT s.retry_schedule FROM postern.delivery_setting AS s)),
           CASE WHEN w.headers_id IS NOT NULL THEN
               postern.sealed_headers(f.account_id, f.webhook_id) END
      FROM unnest(taken) AS f
      LEFT JOIN LATERAL (
           SELECT w.url, w.max_in_flight, w.proven, w.timeout, w.retry_schedule, w.headers_id
             FROM postern.webhook AS w
            WHERE w.account_id = f.account_id AND w.id = f.webhook_id
           OFFSET 0) AS w ON true
      LEFT JOIN LATERAL (
           SELECT CASE WHEN m.erased_at IS NULL THEN m.body END AS body, m.traceparent
             FROM postern.message AS m
            WHERE m.id >= f.message_id AND m.id <= f.message_id
              AND m.id >= messages[1]
              AND m.id <= messages[cardinality(messages)]
            ORDER BY m.id
            LIMIT 1) AS m ON true;
END
$$;
COMMENT ON FUNCTION postern.claim IS
'Lease deliveries to a worker, for 1 second to 5 minutes: at most wanted, a
quarter of them for backlogs, and no more than there is room for. Of one webhook
it is each, or busy_room if it is in busy. Of one account it is account_each, or
account_room if it is in accounts; of its webhooks that are not proven
suspect_each or suspect_rooms, and of those that fail failing_each or
failing_rooms; of all such suspect_room and failing_room, and when what has
waited for its turn is taken, suspect_owed and failing_owed. Fresh deliveries are
looked for above low, lanes due from lanes_low on (NULL: within the last 2 s).
Accounts in visit are known to have fresh deliveries above visit_low, lanes due
from visit_due on, either of which may be NULL. With past, also accounts after
it are looked for that have fresh deliveries.

First comes a summary: id is the highest fresh id looked at, attempt_no how
many fresh deliveries were moved, retry_no how many backlogs were looked at,
url apply_notes if postern.apply_notes has something to do, max_in_flight 1 if
it ended before it had looked at all that is fresh (and top is the highest id
there is), message_id the account at which it stopped to look past others,
due_at where it stopped to look at lanes; NULL: all was looked at. Then accounts
that have more than there was room for: account_id, id as for visit_low, due_at
as for visit_due, and retry_no 1 if that is not NULL. Then the deliveries, with
the time-out and the retry schedule of the webhook where they are not the
default, in seconds.';
