-- health.sql - how webhooks fared in the last 24 hours, kept as it goes.

CREATE OR REPLACE FUNCTION postern.add_hour(hours integer[], passed integer, n integer)
RETURNS integer[]
LANGUAGE plpgsql IMMUTABLE
AS $$
BEGIN
    -- A clock that was set back adds to the hour that is newest.
    IF passed <= 0 THEN
        hours[1] := hours[1] + n;
        RETURN hours;
    END IF;
    passed := least(passed, 24);
    RETURN n || array_fill(0, ARRAY[passed - 1]) || hours[:24 - passed];
END
$$;
COMMENT ON FUNCTION postern.add_hour IS
'The sums of 24 hours, the newest first, when so many hours have passed since the newest
and n more is to be counted now.';

CREATE OR REPLACE FUNCTION postern.note_health(
    accounts uuid[], webhooks uuid[], attempts integer[], taken integer[],
    statuses integer[], ages_ms bigint[])
RETURNS void
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
    now_at    CONSTANT timestamptz := clock_timestamp();
    this_hour CONSTANT integer     := extract(epoch FROM now_at)::bigint / 3600;
    none      CONSTANT integer[]   := array_fill(0, ARRAY[24]);
BEGIN
    -- What a crash undoes is not worth a sync.
    PERFORM set_config('synchronous_commit', 'off', true);
    INSERT INTO postern.health AS h
        (account_id, webhook_id, hour, attempts, taken, last_status, last_at)
    SELECT n.account_id, n.webhook_id, this_hour,
           postern.add_hour(none, 0, n.attempts), postern.add_hour(none, 0, n.taken),
           n.status, CASE WHEN n.status IS NOT NULL
               THEN now_at - n.age_ms * interval '1 ms' END
      FROM unnest(accounts, webhooks, note_health.attempts, note_health.taken, statuses,
               ages_ms)
           AS n (account_id, webhook_id, attempts, taken, status, age_ms)
     CROSS JOIN LATERAL (
           SELECT FROM postern.webhook AS w
            WHERE w.account_id = n.account_id AND w.id = n.webhook_id
              AND w.state <> 'deleted'
           OFFSET 0) AS w
     ORDER BY n.account_id, n.webhook_id
    ON CONFLICT ON CONSTRAINT health_pkey DO UPDATE
       SET hour = greatest(h.hour, excluded.hour),
           attempts = postern.add_hour(h.attempts, excluded.hour - h.hour,
               excluded.attempts[1]),
           taken = postern.add_hour(h.taken, excluded.hour - h.hour, excluded.taken[1]),
           last_status = CASE WHEN excluded.last_at >= coalesce(h.last_at, '-infinity')
               THEN excluded.last_status ELSE h.last_status END,
           last_at = greatest(h.last_at, excluded.last_at);
END
$$;
COMMENT ON FUNCTION postern.note_health IS
'Add what a worker has counted since it last called: attempts by webhook, how many of them
were taken, and the status of the last answer, NULL if there was none, so many
milliseconds ago. In the order of the webhooks'' ids, so that workers do not block each other.';

CREATE OR REPLACE FUNCTION postern.health_json(account uuid, webhook uuid)
RETURNS text
LANGUAGE plpgsql STABLE
AS $$
DECLARE
    this_hour CONSTANT integer := extract(epoch FROM clock_timestamp())::bigint / 3600;
BEGIN
    RETURN (
        SELECT row_to_json(j)
          FROM (SELECT coalesce(sum(n.attempts), 0) AS attempts,
                       coalesce(sum(n.taken), 0) AS taken,
                       min(h.last_status) AS last_status,
                       postern.api_time(min(h.last_at)) AS last_at
                  FROM (SELECT) AS one
                  LEFT JOIN postern.health AS h
                    ON h.account_id = account AND h.webhook_id = webhook
                  LEFT JOIN LATERAL unnest(
                           h.attempts[:24 - (this_hour - h.hour)],
                           h.taken[:24 - (this_hour - h.hour)])
                       AS n (attempts, taken) ON true) AS j);
END
$$;
COMMENT ON FUNCTION postern.health_json IS
'How a webhook fared: attempts of this hour and the 23 before it, how many of them were
taken, and when it last answered what.';
