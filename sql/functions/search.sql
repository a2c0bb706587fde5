-- search.sql - finds the deliveries and attempts that a list begins with.
--
-- No queue is read to its end. Of attempts no index has the order in which they
-- came, which would make each dearer: those recorded last are at the end of their
-- day's table, which is read backwards until there are enough.

CREATE OR REPLACE FUNCTION postern.last_attempts(
    since timestamptz, pages bigint, webhook uuid, failed boolean, ended text, wanted integer)
RETURNS TABLE (delivery_id bigint, number integer, started_at timestamptz)
LANGUAGE plpgsql VOLATILE
AS $$
DECLARE
    day    regclass;
    size   bigint;
    high   bigint;
    low    bigint;
    newest timestamptz;
    places tid[];
BEGIN
    FOR day IN
        SELECT c.oid
          FROM pg_inherits AS i
          JOIN pg_class AS c ON c.oid = i.inhrelid
         WHERE i.inhparent = 'postern.attempt'::regclass
           AND (c.relname = 'attempt_default'
                OR c.relname >= to_char(greatest(since, 'epoch') AT TIME ZONE 'UTC',
                    '"attempt_"YYYYMMDD'))
         ORDER BY c.relname = 'attempt_default', c.relname DESC
    LOOP
        size := 64;
        high := pg_relation_size(day) / current_setting('block_size')::bigint;
        newest := 'infinity';
        -- What began earlier is recorded earlier, but for a minute at most.
        WHILE high > 0 AND wanted > 0 AND pages > 0
                AND newest IS DISTINCT FROM least(newest, since - interval '1 min') LOOP
            size := least(2 * size, 4096);
            low := greatest(high - least(size, pages), 0);
            EXECUTE format('SELECT max(a.started_at), (array_agg(a.ctid'
                    ' ORDER BY a.started_at DESC) FILTER (WHERE a.started_at > $3'
                    ' AND ($4 IS NULL OR a.webhook_id = $4)'
                    ' AND ($5 IS NOT TRUE OR a.verdict <> ''delivered'')'
                    ' AND CASE WHEN $6 IS NOT NULL THEN a.outcome = $6'
                    '     ELSE a.verdict NOT IN (''cancelled'', ''expired'') END))[:$7]'
                    ' FROM %s AS a WHERE a.ctid >= $1 AND a.ctid < $2', day)
               INTO newest, places
              USING format('(%s,0)', low)::tid, format('(%s,0)', high)::tid, since, webhook,
                    failed, ended, wanted;
            RETURN QUERY EXECUTE format('SELECT a.delivery_id, a.attempt_no, a.started_at'
                ' FROM %s AS a WHERE a.ctid = ANY ($1)', day) USING places;
            wanted := wanted - coalesce(cardinality(places), 0);
            pages := pages - (high - low);
            high := low;
        END LOOP;
    END LOOP;
END
$$;
COMMENT ON FUNCTION postern.last_attempts IS
'So many of the attempts recorded last, of those that began after since: of all or of one webhook,
all or those that failed, or those alone that ended their delivery: sent, failed or cancelled. No
more than so many pages are read.';

CREATE OR REPLACE FUNCTION postern.newest_attempts(
    delivery bigint, webhook uuid, failed boolean, since timestamptz, wanted integer)
RETURNS TABLE (delivery_id bigint, number integer, started_at timestamptz)
LANGUAGE plpgsql VOLATILE SECURITY DEFINER ROWS 50
SET search_path = pg_catalog, pg_temp
SET enable_seqscan = off
SET enable_bitmapscan = off
SET jit = off
SET max_parallel_workers_per_gather = 0
AS $$
DECLARE
    few   CONSTANT integer := 2000;
    found bigint;
BEGIN
    IF delivery IS NOT NULL THEN
        RETURN QUERY
        SELECT a.delivery_id, a.attempt_no, a.started_at
          FROM postern.attempt AS a
         WHERE a.delivery_id = delivery
         ORDER BY a.started_at DESC
         LIMIT wanted;
        RETURN;
    END IF;
    -- Of a webhook that has few in these days all are looked at; one that has many
    -- has some among the last.
    found := (SELECT count(*)
                FROM (SELECT FROM postern.attempt AS a
                       WHERE a.webhook_id = webhook AND a.started_at >= date_trunc('day', since)
                       LIMIT few) AS a);
    IF webhook IS NULL OR found = few THEN
        RETURN QUERY
        SELECT l.*
          FROM postern.last_attempts(since, CASE WHEN webhook IS NULL
                   THEN 9223372036854775807 ELSE few END, webhook, failed, NULL, wanted) AS l;
        GET DIAGNOSTICS found = ROW_COUNT;
    END IF;
    IF webhook IS NOT NULL AND (found < few OR found < wanted) THEN
        RETURN QUERY
        SELECT a.delivery_id, a.attempt_no, a.started_at
          FROM postern.attempt AS a
         WHERE a.webhook_id = webhook AND a.started_at > since
           AND (failed IS NOT TRUE OR a.verdict <> 'delivered')
           AND a.verdict NOT IN ('cancelled', 'expired')
         ORDER BY a.started_at DESC
         LIMIT wanted;
    END IF;
END
$$;
COMMENT ON FUNCTION postern.newest_attempts IS
'Which attempts a list begins with: so many that began after since, by and large the newest; of all
or of one webhook, all or those that failed. Or those of a delivery. Some may come twice.';

CREATE OR REPLACE FUNCTION postern.deliveries_to(
    webhooks uuid[], low uuid, high uuid, state text, wanted integer)
RETURNS SETOF bigint
LANGUAGE plpgsql VOLATILE
SET enable_hashjoin = off
SET enable_mergejoin = off
AS $$
DECLARE
    -- No attempt is older than its message. A day, should the clock have been
    -- set back.
    oldest timestamptz := postern.uuid7_time(low) - interval '1 day';
    owed   boolean     := state IS NULL OR state IN ('owed', 'held');
BEGIN
    RETURN QUERY
    SELECT d.id
      FROM unnest(webhooks) AS w (id)
     CROSS JOIN LATERAL (
           (SELECT b.id
              FROM postern.backlog AS b
             WHERE owed AND b.webhook_id = w.id AND b.message_id BETWEEN low AND high
             ORDER BY b.message_id DESC
             LIMIT wanted)
           UNION ALL
           (SELECT f.id
              FROM postern.in_flight AS f
             WHERE owed AND f.webhook_id = w.id AND f.message_id BETWEEN low AND high
             ORDER BY f.message_id DESC
             LIMIT wanted)
           UNION ALL
           SELECT e.delivery_id
             FROM (VALUES ('sent'), ('failed'), ('cancelled')) AS o (outcome)
            CROSS JOIN LATERAL (
                  SELECT a.delivery_id
                    FROM postern.attempt AS a
                   WHERE a.webhook_id = w.id AND a.outcome = o.outcome
                     AND a.message_id BETWEEN low AND high AND a.started_at >= oldest
                   ORDER BY a.message_id DESC
                   LIMIT wanted) AS e
            WHERE state IS NULL OR state = o.outcome) AS d (id)
     LIMIT 5 * wanted;
END
$$;
COMMENT ON FUNCTION postern.deliveries_to IS
'The deliveries to these webhooks of messages with ids from low to high, but for those that are
fresh, in this state or in any: of each webhook, and in each state, so many, the newest.';

CREATE OR REPLACE FUNCTION postern.waits_as(account uuid, webhook uuid, state text)
RETURNS boolean
LANGUAGE plpgsql VOLATILE
AS $$
BEGIN
    RETURN state IS NULL OR (state = 'owed') = EXISTS (
        SELECT FROM postern.webhook AS w
         WHERE w.account_id = account AND w.id = webhook AND w.state = 'enabled');
END
$$;
COMMENT ON FUNCTION postern.waits_as IS
'Is what a webhook has not yet been sent owed, or held, as state says? NULL: either.';

CREATE OR REPLACE FUNCTION postern.newest_fresh(
    webhook uuid, account uuid, message uuid, state text, wanted integer)
RETURNS SETOF bigint
LANGUAGE plpgsql VOLATILE
AS $$
BEGIN
    -- By index, as page_deliveries() does: of one account, or of all.
    RETURN QUERY
    SELECT f.id
      FROM ((SELECT n.id, n.account_id, n.webhook_id, n.message_id
               FROM postern.fresh AS n
              WHERE n.account_id <= account AND n.account_id >= account
              ORDER BY n.account_id DESC, n.id DESC
              LIMIT 10000)
            UNION ALL
            (SELECT n.id, n.account_id, n.webhook_id, n.message_id
               FROM postern.fresh AS n
              WHERE account IS NULL
              ORDER BY n.id DESC
              LIMIT 10000)) AS f
     WHERE (webhook IS NULL OR f.webhook_id = webhook)
       AND (message IS NULL OR f.message_id = message)
       AND postern.waits_as(f.account_id, f.webhook_id, state)
     LIMIT wanted;
END
$$;
COMMENT ON FUNCTION postern.newest_fresh IS
'So many of the last 10,000 fresh deliveries of an account, or of all: to any webhook or one, of any
message or one, owed, held or either.';

CREATE OR REPLACE FUNCTION postern.newest_of_all(state text, wanted integer)
RETURNS SETOF bigint
LANGUAGE plpgsql VOLATILE
AS $$
BEGIN
    RETURN QUERY
    SELECT b.id
      FROM (SELECT b.id, b.account_id, b.webhook_id
              FROM postern.backlog AS b
             ORDER BY b.id DESC
             LIMIT 10000) AS b
     WHERE postern.waits_as(b.account_id, b.webhook_id, state)
     LIMIT wanted;
    RETURN QUERY
    SELECT f.id
      FROM (SELECT f.id, f.account_id, f.webhook_id
              FROM postern.in_flight AS f
             ORDER BY f.id DESC
             LIMIT 10000) AS f
     WHERE postern.waits_as(f.account_id, f.webhook_id, state)
     LIMIT wanted;
    IF state IS NULL THEN
        RETURN QUERY
        SELECT e.delivery_id
          FROM (SELECT a.delivery_id, a.outcome
                  FROM postern.attempt AS a
                 ORDER BY a.delivery_id DESC
                 LIMIT 10000) AS e
         WHERE e.outcome IS NOT NULL
         LIMIT wanted;
    ELSIF state = 'held' THEN
        RETURN QUERY
        SELECT postern.deliveries_to(ARRAY(
            SELECT w.id
              FROM postern.webhook AS w
             WHERE w.state = 'disabled'
             ORDER BY w.updated_at DESC
             LIMIT 1000), '00000000-0000-0000-0000-000000000000',
            'ffffffff-ffff-ffff-ffff-ffffffffffff', state, wanted);
    END IF;
END
$$;
COMMENT ON FUNCTION postern.newest_of_all IS
'So many deliveries, but for those that are fresh: the newest; or of those that are owed or held,
among the last 10,000, with what is held for the webhooks disabled last.';

CREATE OR REPLACE FUNCTION postern.newest_deliveries(
    webhook uuid, message text, state text, wanted integer)
RETURNS SETOF bigint
LANGUAGE plpgsql VOLATILE SECURITY DEFINER ROWS 50
SET search_path = pg_catalog, pg_temp
SET enable_seqscan = off
SET enable_bitmapscan = off
SET jit = off
SET max_parallel_workers_per_gather = 0
AS $$
DECLARE
    one     uuid    := CASE WHEN message ~ '^msg_[0-9a-f]{32}$' THEN substr(message, 5)::uuid END;
    over    boolean := state IN ('sent', 'failed', 'cancelled');
    account uuid;
BEGIN
    IF message IS NOT NULL AND one IS NULL THEN
        RETURN;
    ELSIF webhook IS NOT NULL THEN
        SELECT w.account_id INTO account FROM postern.webhook AS w WHERE w.id = webhook;
    ELSIF message IS NOT NULL THEN
        SELECT m.account_id INTO account FROM postern.message AS m WHERE m.id = one;
    END IF;
    IF over IS NOT TRUE AND (account IS NOT NULL OR webhook IS NULL) THEN
        RETURN QUERY SELECT postern.newest_fresh(webhook, account, one, state, wanted);
    END IF;
    IF webhook IS NOT NULL OR message IS NOT NULL THEN
        RETURN QUERY
        SELECT postern.deliveries_to(CASE WHEN webhook IS NOT NULL THEN ARRAY[webhook]
            ELSE ARRAY(SELECT w.id FROM postern.webhook AS w WHERE w.account_id = account
                       UNION ALL
                       SELECT w.id FROM postern.webhook AS w WHERE account IS NULL) END,
            coalesce(one, '00000000-0000-0000-0000-000000000000'),
            coalesce(one, 'ffffffff-ffff-ffff-ffff-ffffffffffff'), state, wanted);
    ELSIF over THEN
        RETURN QUERY
        SELECT l.delivery_id
          FROM postern.last_attempts('-infinity', 9223372036854775807, NULL, NULL, state,
               wanted) AS l;
    ELSE
        RETURN QUERY SELECT postern.newest_of_all(state, wanted);
    END IF;
END
$$;
COMMENT ON FUNCTION postern.newest_deliveries IS
'The ids with which a list of deliveries begins: so many, by and large the newest; to any webhook or
one, of any message or one, in any state or one. Of what is fresh the last 10,000 of the account
are searched; for any webhook and message, the last 10,000 that are fresh, that wait and that are in
flight. Some may come twice, and some may be in another state.';
