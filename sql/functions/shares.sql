-- shares.sql - what each account has of what is shared, and what it waits for.
--
-- However much is piled up, no pile is read: accounts are found from one to the
-- next, and of each no more than 10,000 deliveries are counted. Of those that a
-- list leaves out none are: count_waiting() is volatile, and so comes after the
-- order. A range where an equality would do makes the order need both columns of
-- the index, which no other index has: by fresh_pkey all that others are owed would
-- be passed. To several processes a walk through all lanes seems cheaper than those
-- of an account one by one.

CREATE OR REPLACE FUNCTION postern.attempts_lately(
    OUT account_id uuid, OUT attempts bigint, OUT places numeric)
RETURNS SETOF record
LANGUAGE sql STABLE
SET enable_bitmapscan = on
AS $$
    SELECT a.account_id, count(*), sum(a.total_us) / 60e6
      FROM postern.attempt AS a
     WHERE a.started_at > now() - interval '1 minute'
       AND a.total_us IS NOT NULL
     GROUP BY a.account_id
$$;
COMMENT ON FUNCTION postern.attempts_lately IS
'By account, the requests that began in the last minute and are over, and how
many places they were in, on average over the minute.';

CREATE OR REPLACE FUNCTION postern.count_waiting(account uuid, most bigint)
RETURNS bigint
LANGUAGE plpgsql VOLATILE SECURITY DEFINER
SET search_path = pg_catalog, pg_temp
SET plan_cache_mode = force_generic_plan
SET enable_seqscan = off
SET enable_bitmapscan = off
SET jit = off
SET max_parallel_workers_per_gather = 0
AS $$
BEGIN
    RETURN (
        SELECT count(*)
          FROM ((SELECT
                   FROM postern.fresh AS f
                  WHERE f.account_id >= account AND f.account_id <= account
                  ORDER BY f.account_id, f.id
                  LIMIT 10000)
                UNION ALL
                SELECT
                  FROM (SELECT l.webhook_id
                          FROM postern.lane AS l
                         WHERE l.next_at < 'infinity'
                           AND CASE WHEN l.next_at < 'infinity' THEN l.account_id END
                               BETWEEN account AND account
                         ORDER BY CASE WHEN l.next_at < 'infinity' THEN l.account_id END,
                               l.next_at
                         LIMIT 10000) AS l
                 CROSS JOIN LATERAL (
                       SELECT
                         FROM postern.backlog AS b
                        WHERE b.webhook_id >= l.webhook_id AND b.webhook_id <= l.webhook_id
                        ORDER BY b.webhook_id, b.message_id
                        LIMIT 10000) AS b
                LIMIT most) AS w);
END
$$;
COMMENT ON FUNCTION postern.count_waiting IS
'How many deliveries an account waits for, counted up to so many, 10,000 at most. What is held for
disabled webhooks does not count.';

CREATE OR REPLACE FUNCTION postern.account_load(
    OUT account_id uuid, OUT in_flight bigint, OUT waiting bigint,
    OUT attempts bigint, OUT places numeric, OUT since timestamptz)
RETURNS SETOF record
LANGUAGE sql STABLE SECURITY DEFINER
SET search_path = pg_catalog, pg_temp
SET enable_seqscan = off
SET enable_bitmapscan = off
SET jit = off
SET max_parallel_workers_per_gather = 0
AS $$
    WITH RECURSIVE fresh AS (
        (SELECT f.account_id
           FROM postern.fresh AS f
          ORDER BY f.account_id
          LIMIT 1)
        UNION ALL
        SELECT n.account_id
          FROM fresh AS f
         CROSS JOIN LATERAL (
               SELECT n.account_id
                 FROM postern.fresh AS n
                WHERE n.account_id > f.account_id
                ORDER BY n.account_id
                LIMIT 1) AS n
    ), lanes AS (
        (SELECT l.account_id
           FROM postern.lane AS l
          WHERE l.next_at < 'infinity'
          ORDER BY CASE WHEN l.next_at < 'infinity' THEN l.account_id END
          LIMIT 1)
        UNION ALL
        SELECT n.account_id
          FROM lanes AS l
         CROSS JOIN LATERAL (
               SELECT n.account_id
                 FROM postern.lane AS n
                WHERE n.next_at < 'infinity'
                  AND CASE WHEN n.next_at < 'infinity' THEN n.account_id END > l.account_id
                ORDER BY CASE WHEN n.next_at < 'infinity' THEN n.account_id END
                LIMIT 1) AS n
    ), held AS (
        SELECT f.account_id, count(*) AS in_flight
          FROM postern.in_flight AS f
         GROUP BY f.account_id
    ), had AS (
        SELECT h.account_id, h.attempts, h.places
          FROM postern.attempts_lately() AS h
    ), loaded AS (
        SELECT f.account_id FROM fresh AS f
        UNION
        SELECT l.account_id FROM lanes AS l
        UNION
        SELECT h.account_id FROM held AS h
        UNION
        SELECT h.account_id FROM had AS h
    )
    SELECT a.account_id, coalesce(held.in_flight, 0), postern.count_waiting(a.account_id, 1),
           coalesce(had.attempts, 0), coalesce(had.places, 0),
           least(postern.uuid7_time(first.message_id), due.next_at)
      FROM loaded AS a
      LEFT JOIN held ON held.account_id = a.account_id
      LEFT JOIN had ON had.account_id = a.account_id
      LEFT JOIN LATERAL (
           SELECT f.message_id
             FROM postern.fresh AS f
            WHERE f.account_id >= a.account_id AND f.account_id <= a.account_id
            ORDER BY f.account_id, f.id
            LIMIT 1) AS first ON true
      LEFT JOIN LATERAL (
           SELECT l.next_at
             FROM postern.lane AS l
            WHERE l.next_at <= now() AND l.next_at < 'infinity'
              AND CASE WHEN l.next_at < 'infinity' THEN l.account_id END
                  BETWEEN a.account_id AND a.account_id
            ORDER BY CASE WHEN l.next_at < 'infinity' THEN l.account_id END, l.next_at
            LIMIT 1) AS due ON true
$$;
COMMENT ON FUNCTION postern.account_load IS
'What the view shares is made of: by account what it holds and had in the last
minute, whether it waits for any (1) or none (0), and since when its oldest
delivery that could go waits. What is held for disabled webhooks does not count.';
