-- metrics.sql - what /metrics says of the database.
--
-- No queue is counted and none is read to its end: however much is owed, all of
-- this takes a few milliseconds. What is estimated says so in doc/metrics.md.

CREATE OR REPLACE FUNCTION postern.metric_label(label text, value text)
RETURNS text
LANGUAGE sql IMMUTABLE PARALLEL SAFE
AS $$
    SELECT label || '="' || replace(replace(replace(coalesce(value, ''),
               E'\\', E'\\\\'), '"', E'\\"'), E'\n', E'\\n') || '"'
$$;
COMMENT ON FUNCTION postern.metric_label IS
'A label of Prometheus'' text format.';

CREATE OR REPLACE FUNCTION postern.oldest_waiting(
    INOUT low bigint, INOUT lanes_low timestamptz,
    OUT fresh_since timestamptz, OUT backlog_since timestamptz)
LANGUAGE plpgsql VOLATILE
AS $$
DECLARE
    -- An index is not read up to what could change meanwhile.
    until   timestamptz := clock_timestamp();
    last    bigint      := pg_sequence_last_value('postern.delivery_id');
    message uuid;
    below   bigint      := low;
BEGIN
    SELECT f.id, f.message_id INTO low, message
      FROM postern.fresh AS f
     WHERE f.id >= below
     ORDER BY f.id
     LIMIT 1;
    fresh_since := postern.uuid7_time(message);
    low := coalesce(low, last, 0);
    SELECT l.next_at INTO backlog_since
      FROM postern.lane AS l
     WHERE l.next_at >= lanes_low AND l.next_at <= until
     ORDER BY l.next_at
     LIMIT 1;
    lanes_low := coalesce(backlog_since, until - interval '2 s');
END
$$;
COMMENT ON FUNCTION postern.oldest_waiting IS
'Since when the oldest delivery that could go out now has waited for it: the first that is
fresh, and the first whose webhook''s backlog is due; NULL: there is none. From low and
lanes_low on, so that dead rows, which a held xmin keeps, are not passed each time; it returns
those to begin at the next time. What commits late is before them: now and then begin at 0 and
-infinity.';

CREATE OR REPLACE FUNCTION postern.estimate(tables regclass[])
RETURNS TABLE (name text, rows bigint, dead bigint)
LANGUAGE plpgsql VOLATILE
AS $$
BEGIN
    -- Right after a crash the server has counted nothing.
    RETURN QUERY
    SELECT c.relname::text,
           CASE WHEN pg_stat_get_tuples_inserted(c.oid) + pg_stat_get_tuples_deleted(c.oid)
                     + pg_stat_get_live_tuples(c.oid) = 0
                THEN greatest(c.reltuples, 0)::bigint
                ELSE pg_stat_get_live_tuples(c.oid) END,
           pg_stat_get_dead_tuples(c.oid)
      FROM pg_class AS c
     WHERE c.oid = ANY (tables);
END
$$;
COMMENT ON FUNCTION postern.estimate IS
'About how many rows these tables have, and how many dead ones, as the server has counted what
transactions that are over have told it.';

CREATE OR REPLACE FUNCTION postern.queue_metrics(fresh_since timestamptz,
    backlog_since timestamptz)
RETURNS TABLE (name text, labels text, value double precision)
LANGUAGE plpgsql VOLATILE
AS $$
BEGIN
    RETURN QUERY
    SELECT 'postern_owed_oldest_seconds', postern.metric_label('queue', o.queue),
           greatest(extract(epoch FROM clock_timestamp() - o.since), 0)::double precision
      FROM (VALUES ('fresh', fresh_since),
                   ('backlog', nullif(backlog_since, '-infinity'))) AS o (queue, since)
    UNION ALL
    SELECT CASE WHEN e.name = 'lane_note' THEN 'postern_notes_estimate'
                ELSE 'postern_owed_estimate' END,
           CASE WHEN e.name = 'lane_note' THEN '' ELSE postern.metric_label('queue', e.name) END,
           e.rows
      FROM postern.estimate('{postern.fresh,postern.backlog,postern.in_flight,'
           'postern.lane_note}') AS e
    UNION ALL
    SELECT 'postern_dead_rows_estimate', postern.metric_label('table', e.name), e.dead
      FROM postern.estimate('{postern.fresh,postern.backlog,postern.in_flight,postern.lane,'
           'postern.lane_note}') AS e
    UNION ALL
    SELECT 'postern_messages_published_total', '', pg_sequence_last_value('postern.feed')
    UNION ALL
    SELECT 'postern_deliveries_published_total', '',
           coalesce(pg_sequence_last_value('postern.delivery_id'), 0)
    UNION ALL
    SELECT 'postern_partitions_ahead', postern.metric_label('table', t.parent),
           coalesce(min(d.n) FILTER (WHERE to_regclass('postern.' || t.parent || to_char(
               (clock_timestamp() AT TIME ZONE 'UTC')::date + d.n, '_YYYYMMDD')) IS NULL), 11) - 1
      FROM (VALUES ('message'), ('attempt')) AS t (parent)
     CROSS JOIN generate_series(0, 10) AS d (n)
     GROUP BY t.parent
    UNION ALL
    SELECT 'postern_upkeep_age_seconds', '',
           extract(epoch FROM clock_timestamp() - u.seen)
      FROM postern.upkeep AS u
    UNION ALL
    SELECT 'postern_tasks', '', count(*)
      FROM (SELECT FROM postern.task AS t WHERE t.ended_at IS NULL LIMIT 10000) AS t
    UNION ALL
    SELECT 'postern_processes', postern.metric_label('program', n.program),
           count(*) FILTER (WHERE postern.is_running(p))
      FROM (VALUES ('postern-responder'), ('postern-delivery')) AS n (program)
      LEFT JOIN postern.process AS p ON p.program = n.program
     GROUP BY n.program;
END
$$;
COMMENT ON FUNCTION postern.queue_metrics IS
'What /metrics says of the queue and of who works on it.';

CREATE OR REPLACE FUNCTION postern.webhook_metrics()
RETURNS TABLE (name text, labels text, value double precision)
LANGUAGE plpgsql VOLATILE
AS $$
DECLARE
    hour timestamptz := clock_timestamp() - interval '1 hour';
BEGIN
    RETURN QUERY
    -- Of most only the index is read.
    WITH lately AS MATERIALIZED (
        SELECT w.disabled_by
          FROM postern.webhook AS w
         WHERE w.state = 'disabled' AND w.updated_at > hour
         ORDER BY w.updated_at DESC
         LIMIT 1000
    ), few AS (
        SELECT (SELECT count(*)
                  FROM (SELECT FROM postern.webhook AS w
                         WHERE w.state = 'disabled'
                         ORDER BY w.updated_at DESC
                         LIMIT 10000) AS w) AS disabled,
               (SELECT count(*)
                  FROM (SELECT FROM postern.webhook AS w
                         WHERE w.state = 'deleted'
                         ORDER BY w.updated_at DESC
                         LIMIT 10000) AS w) AS deleted
    )
    SELECT 'postern_webhooks', postern.metric_label('state', s.state), s.webhooks::double precision
      FROM few AS f
     CROSS JOIN postern.estimate('{postern.webhook}') AS e
     CROSS JOIN LATERAL (VALUES
           ('enabled', greatest(e.rows - f.disabled - f.deleted, 0)),
           ('disabled', f.disabled), ('deleted', f.deleted)) AS s (state, webhooks)
    UNION ALL
    SELECT 'postern_webhooks_disabled_last_hour', postern.metric_label('by', b.name),
           (SELECT count(*) FROM lately AS l WHERE l.disabled_by = b.name)
      FROM (VALUES ('account'), ('worker'), ('operator')) AS b (name)
    UNION ALL
    SELECT 'postern_filter_failures_total', '',
           (SELECT s.last_value - CASE WHEN s.is_called THEN 0 ELSE 1 END
              FROM postern.filter_failure AS s)
    UNION ALL
    SELECT 'postern_keys', postern.metric_label('kind', 'sealing') || ','
               || postern.metric_label('state', s.state),
           (SELECT count(*) FROM postern.sealing_key AS k
             WHERE (k.retired_at IS NULL) = (s.state = 'in use'))
      FROM (VALUES ('in use'), ('retired')) AS s (state)
    UNION ALL
    SELECT 'postern_keys', postern.metric_label('kind', 'signing') || ','
               || postern.metric_label('state', s.state),
           (SELECT count(*) FROM postern.signing_key AS k
             WHERE (k.retired_at IS NULL) = (s.state = 'in use'))
      FROM (VALUES ('in use'), ('retired')) AS s (state)
    UNION ALL
    SELECT 'postern_key_age_seconds', postern.metric_label('kind', k.kind),
           extract(epoch FROM clock_timestamp() - k.added_at)
      FROM (SELECT 'sealing', max(s.added_at) FROM postern.sealing_key AS s
             WHERE s.retired_at IS NULL
            UNION ALL
            SELECT 'signing', min(s.added_at) FROM postern.signing_key AS s
             WHERE s.retired_at IS NULL) AS k (kind, added_at)
     WHERE k.added_at IS NOT NULL;
END
$$;
COMMENT ON FUNCTION postern.webhook_metrics IS
'What /metrics says of webhooks and keys. Of those disabled or deleted no more than 10,000 are
counted, of those disabled in the last hour 1,000.';

CREATE OR REPLACE FUNCTION postern.server_metrics()
RETURNS TABLE (name text, labels text, value double precision)
LANGUAGE plpgsql VOLATILE
AS $$
BEGIN
    RETURN QUERY
    WITH sessions AS MATERIALIZED (
        SELECT s.pid, s.usesysid, s.application_name, s.backend_type, s.xact_start,
               s.backend_xmin
          FROM pg_stat_get_activity(NULL) AS s
         WHERE s.pid <> pg_backend_pid()
    ), held AS (
        SELECT CASE s.backend_type WHEN 'walsender' THEN 'standby' ELSE 'session' END AS holder,
               s.backend_xmin AS xmin
          FROM sessions AS s
        UNION ALL
        SELECT 'prepared', p.transaction FROM pg_prepared_xact() AS p
        UNION ALL
        SELECT 'slot', s.xmin FROM pg_get_replication_slots() AS s
        UNION ALL
        SELECT 'slot', s.catalog_xmin FROM pg_get_replication_slots() AS s
    )
    SELECT 'postern_xmin_age_transactions', postern.metric_label('holder', h.holder),
           coalesce(max(age(held.xmin)), 0)::double precision
      FROM (VALUES ('session'), ('prepared'), ('slot'), ('standby')) AS h (holder)
      LEFT JOIN held ON held.holder = h.holder
     GROUP BY h.holder
    UNION ALL
    (SELECT 'postern_oldest_transaction_seconds',
            postern.metric_label('user', t.username) || ','
                || postern.metric_label('application', t.application),
            greatest(extract(epoch FROM clock_timestamp() - t.since), 0)
       FROM (SELECT pg_get_userbyid(s.usesysid)::text, s.application_name, s.xact_start
               FROM sessions AS s
              WHERE s.backend_type = 'client backend' AND s.xact_start IS NOT NULL
             UNION ALL
             SELECT pg_get_userbyid(p.ownerid)::text, 'a prepared transaction', p.prepared
               FROM pg_prepared_xact() AS p) AS t (username, application, since)
      ORDER BY t.since
      LIMIT 1)
    UNION ALL
    SELECT 'postern_replication_lag_bytes', postern.metric_label('standby', r.name),
           pg_wal_lsn_diff(pg_current_wal_lsn(), r.replay_lsn)
      FROM (SELECT s.application_name AS name, min(w.replay_lsn) AS replay_lsn
              FROM pg_stat_get_wal_senders() AS w
              JOIN sessions AS s ON s.pid = w.pid
             WHERE w.replay_lsn IS NOT NULL
             GROUP BY s.application_name) AS r
    UNION ALL
    SELECT 'postern_replication_lag_seconds', postern.metric_label('standby', s.application_name),
           max(extract(epoch FROM w.replay_lag))
      FROM pg_stat_get_wal_senders() AS w
      JOIN sessions AS s ON s.pid = w.pid
     WHERE w.replay_lag IS NOT NULL
     GROUP BY s.application_name
    UNION ALL
    SELECT 'postern_schema_version', '', max(m.number) FROM postern.migration AS m;
END
$$;
COMMENT ON FUNCTION postern.server_metrics IS
'What /metrics says of the server: who holds back vacuum, and how far its standbys are behind.
Sessions of others, and standbys, are seen by members of pg_read_all_stats alone.';

CREATE OR REPLACE FUNCTION postern.metrics()
RETURNS TABLE (name text, labels text, value double precision)
LANGUAGE plpgsql VOLATILE SECURITY DEFINER
SET search_path = pg_catalog, pg_temp
SET enable_seqscan = off
SET enable_bitmapscan = off
SET jit = off
AS $$
DECLARE
    since record := postern.oldest_waiting(0, '-infinity');
BEGIN
    RETURN QUERY
    SELECT m.name, m.labels, m.value
      FROM postern.queue_metrics(since.fresh_since, since.backlog_since) AS m;
    RETURN QUERY SELECT m.name, m.labels, m.value FROM postern.webhook_metrics() AS m;
    RETURN QUERY SELECT m.name, m.labels, m.value FROM postern.server_metrics() AS m;
END
$$;
COMMENT ON FUNCTION postern.metrics IS
'What the database knows of how Postern fares, as /metrics has it: doc/metrics.md says what each
is. It may be called at any time: no queue is counted.';

CREATE OR REPLACE FUNCTION postern.scrape(asked_by uuid, INOUT low bigint,
    INOUT lanes_low timestamptz, OUT of_database text, OUT of_processes text)
LANGUAGE plpgsql VOLATILE SECURITY DEFINER
SET search_path = pg_catalog, pg_temp
SET plan_cache_mode = force_generic_plan
SET enable_seqscan = off
SET enable_bitmapscan = off
SET jit = off
AS $$
DECLARE
    since record := postern.oldest_waiting(low, lanes_low);
BEGIN
    low := since.low;
    lanes_low := since.lanes_low;
    SELECT string_agg(format(CASE m.labels WHEN '' THEN '%1$s %3$s' ELSE '%1$s{%2$s} %3$s' END,
               m.name, m.labels, m.value), E'\n' ORDER BY m.name)
      INTO of_database
      FROM (SELECT q.* FROM postern.queue_metrics(since.fresh_since, since.backlog_since) AS q
            UNION ALL
            SELECT w.* FROM postern.webhook_metrics() AS w
            UNION ALL
            SELECT s.* FROM postern.server_metrics() AS s) AS m
     WHERE m.value IS NOT NULL;
    SELECT string_agg(p.host || ':' || p.pid || E'\n' || p.counters, E'\f'
               ORDER BY p.host, p.pid)
      INTO of_processes
      FROM postern.process AS p
     WHERE p.id <> asked_by AND postern.is_running(p);
END
$$;
COMMENT ON FUNCTION postern.scrape IS
'For /metrics: what postern.metrics() knows, a line for each, and what the processes that run,
but for the one that asks, have counted: of each its host and pid in a line, then its lines,
with a form feed before the next. low and lanes_low are as for oldest_waiting.';
