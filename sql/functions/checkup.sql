-- checkup.sql - what may be wrong, as far as the database knows.
--
-- state is good; look: it may be meant so; or bad. No queue is counted.

CREATE OR REPLACE FUNCTION postern.check_setup()
RETURNS TABLE (what text, state text, found text, advice text)
LANGUAGE plpgsql VOLATILE
AS $$
DECLARE
    closed integer := postern.closed_for(now());
BEGIN
    RETURN QUERY
    SELECT c.what, CASE WHEN c.well THEN 'good' ELSE c.otherwise END,
           CASE WHEN c.well THEN c.good ELSE c.wrong END,
           CASE WHEN NOT c.well THEN c.advice END
      FROM (VALUES
        ('sealing key', 'bad',
         EXISTS (SELECT FROM postern.sealing_key AS k WHERE k.retired_at IS NULL),
         'one is in use', 'none is in use: no webhook can be registered',
         'postern keys rotate sealing FILE'),
        ('event types', 'look',
         EXISTS (SELECT FROM postern.event_type AS t WHERE t.kind = 'type'),
         'there are some', 'there is none: nothing can be published',
         'postern types add TYPE'),
        ('accounts', 'look',
         EXISTS (SELECT FROM postern.account AS a),
         'there are some', 'there is none',
         'postern accounts create NAME'),
        ('credentials', 'look',
         EXISTS (SELECT FROM postern.access_token AS t
                  WHERE t.expires_at > now() AND t.revoked_at IS NULL)
         OR EXISTS (SELECT FROM postern.client AS c WHERE c.revoked_at IS NULL),
         'there are some', 'nobody has a valid token, and there is no client: 401 for everybody',
         'postern tokens issue ACCOUNT'),
        ('working hours', 'look', closed IS NULL,
         'the API is open',
         format('the API is closed, and opens in %s s: it answers 503 outside_working_hours',
             closed),
         'postern hours'),
        ('temporary tables', 'look',
         NOT has_database_privilege('postern_publisher', current_database(), 'TEMPORARY'),
         'publishers cannot make any',
         'everybody can make some, and so fill the disk',
         'postern setup takes that away; install.sql says how to by hand'))
        AS c (what, otherwise, well, good, wrong, advice);
END
$$;
COMMENT ON FUNCTION postern.check_setup IS
'Is there all that Postern needs to begin?';

CREATE OR REPLACE FUNCTION postern.check_server()
RETURNS TABLE (what text, state text, found text, advice text)
LANGUAGE plpgsql VOLATILE
AS $$
DECLARE
    used  bigint  := (SELECT count(*) FROM pg_stat_get_activity(NULL) AS s
                       WHERE s.backend_type = 'client backend');
    most  integer := current_setting('max_connections')::integer;
    xmins bigint  := (SELECT max(m.value) FROM postern.server_metrics() AS m
                       WHERE m.name = 'postern_xmin_age_transactions');
BEGIN
    RETURN QUERY
    SELECT c.what, CASE WHEN c.well THEN 'good' ELSE c.otherwise END,
           c.found, CASE WHEN NOT c.well THEN c.advice END
      FROM (VALUES
        ('durability', 'bad',
         current_setting('fsync') = 'on' AND current_setting('full_page_writes') = 'on',
         format('fsync is %s, full_page_writes is %s', current_setting('fsync'),
             current_setting('full_page_writes')),
         'a crash may lose or damage everything: set both to on in postgresql.conf'),
        ('commits', 'look',
         current_setting('synchronous_commit') <> 'off',
         format('synchronous_commit is %s', current_setting('synchronous_commit')),
         'a crash may lose what has been confirmed: set it to on'),
        ('autovacuum', 'bad',
         current_setting('autovacuum') = 'on' AND current_setting('track_counts') = 'on',
         format('autovacuum is %s, track_counts is %s', current_setting('autovacuum'),
             current_setting('track_counts')),
         'the queue becomes slower all the time: set both to on in postgresql.conf'),
        ('connections', 'look', used < 0.8 * most,
         format('%s of %s', used, most),
         'raise max_connections, or let applications publish through a pooler'),
        ('vacuum', 'look', xmins < 1000000,
         format('what is dead for %s transactions is kept', xmins),
         'end what is open for long: "postern status" shows it; see pg_stat_activity,'
         ' pg_prepared_xacts and pg_replication_slots'))
        AS c (what, otherwise, well, found, advice);
END
$$;
COMMENT ON FUNCTION postern.check_server IS
'Is PostgreSQL set as Postern needs it, and does anybody keep it from its work?';

CREATE OR REPLACE FUNCTION postern.check_sending()
RETURNS TABLE (what text, state text, found text, advice text)
LANGUAGE plpgsql VOLATILE
AS $$
DECLARE
    alive   bigint;
    stuck   bigint;
    waiting record   := postern.oldest_waiting(0, '-infinity');
    oldest  interval;
    ahead   integer  := (SELECT min(m.value)
                           FROM postern.queue_metrics(NULL, NULL) AS m
                          WHERE m.name = 'postern_partitions_ahead');
    drift   interval := (SELECT clock_timestamp() - u.trusted FROM postern.upkeep AS u);
BEGIN
    oldest := date_trunc('seconds', greatest(clock_timestamp()
        - least(waiting.fresh_since, nullif(waiting.backlog_since, '-infinity')), '0'));
    SELECT count(*), count(*) FILTER (WHERE p.last_turn < clock_timestamp() - interval '1 min')
      INTO alive, stuck
      FROM postern.worker AS w
      LEFT JOIN postern.process AS p ON p.worker = w.number
     WHERE EXISTS (SELECT FROM pg_stat_get_activity(w.pid));
    RETURN QUERY
    SELECT c.what, CASE WHEN c.well THEN 'good' ELSE c.otherwise END,
           c.found, CASE WHEN NOT c.well THEN c.advice END
      FROM (VALUES
        ('workers', 'bad', alive > 0,
         CASE alive WHEN 0 THEN 'none is connected: nothing is sent'
                    ELSE format('%s connected', alive) END,
         'start postern-delivery; its log says why it cannot send'),
        ('workers'' turns', 'bad', stuck = 0,
         format('%s of them hang', stuck),
         'end the process and run "postern release WORKER": "postern workers" has them'),
        ('oldest delivery', 'look', oldest IS NULL OR oldest < '1 min',
         coalesce(format('what could go has waited for %s', oldest), 'nothing waits'),
         '"postern shares" shows for whom, "postern status" what is in the way'),
        ('partitions', CASE WHEN ahead < 3 THEN 'bad' ELSE 'look' END, ahead >= 8,
         format('made for %s days ahead', ahead),
         '"postern maintain" makes them, or says who is in the way'),
        ('clock', 'look', abs(extract(epoch FROM drift)) < 3600,
         CASE WHEN abs(extract(epoch FROM drift)) < 3600 THEN 'upkeep goes by it'
              ELSE format('it has jumped by %s: nothing is dropped', drift) END,
         'if it is right: postern trust-clock'))
        AS c (what, otherwise, well, found, advice);
END
$$;
COMMENT ON FUNCTION postern.check_sending IS
'Is what is published sent, and does upkeep do its work?';

CREATE OR REPLACE FUNCTION postern.check_receivers()
RETURNS TABLE (what text, state text, found text, advice text)
LANGUAGE plpgsql VOLATILE
SET enable_bitmapscan = on
AS $$
BEGIN
    RETURN QUERY
    WITH lately AS MATERIALIZED (
        SELECT a.verdict
          FROM postern.attempt AS a
         WHERE a.started_at > now() - interval '1 min'
         LIMIT 100000
    )
    SELECT c.what, CASE WHEN c.n = 0 THEN 'good' ELSE c.otherwise END,
           format(c.found, c.n), CASE WHEN c.n > 0 THEN c.advice END
      FROM (VALUES
        ('disabled webhooks', 'look',
         (SELECT count(*)
            FROM (SELECT w.disabled_by FROM postern.webhook AS w
                   WHERE w.state = 'disabled'
                   ORDER BY w.updated_at DESC
                   LIMIT 1000) AS w
           WHERE w.disabled_by = 'worker'),
         'the worker has disabled %s: what they are owed is held',
         '"postern webhooks --state disabled" says why; postern enable WEBHOOK'),
        ('failing webhooks', 'look',
         (SELECT count(*)
            FROM (SELECT FROM postern.lane AS l WHERE l.failures > 0 LIMIT 1000) AS l),
         '%s have taken nothing since their last failure',
         '"postern status" and "postern failures" say why'),
        ('signing', 'bad',
         (SELECT count(*) FROM lately AS l WHERE l.verdict = 'unsigned'),
         '%s attempts of the last minute could not be signed',
         'a worker lacks the private half of a sealing key: postern-delivery --check'),
        ('addresses', 'look',
         (SELECT count(*) FROM lately AS l WHERE l.verdict = 'refused'),
         '%s attempts of the last minute led to an address that is refused',
         '--allow makes exceptions, of both programs: postern attempts --failed'),
        ('certificates', 'look',
         (SELECT count(*) FROM lately AS l WHERE l.verdict = 'tls'),
         '%s attempts of the last minute failed with TLS',
         '"postern failures" says why; --ca-file for a CA of your own'))
        AS c (what, otherwise, n, found, advice);
END
$$;
COMMENT ON FUNCTION postern.check_receivers IS
'Do the receivers take what they are sent?';

CREATE OR REPLACE FUNCTION postern.checkup()
RETURNS TABLE (what text, state text, found text, advice text)
LANGUAGE plpgsql VOLATILE SECURITY DEFINER
SET search_path = pg_catalog, pg_temp
SET enable_seqscan = off
SET enable_bitmapscan = off
SET jit = off
AS $$
BEGIN
    RETURN QUERY SELECT c.* FROM postern.check_setup() AS c;
    RETURN QUERY SELECT c.* FROM postern.check_server() AS c;
    RETURN QUERY SELECT c.* FROM postern.check_sending() AS c;
    RETURN QUERY SELECT c.* FROM postern.check_receivers() AS c;
END
$$;
COMMENT ON FUNCTION postern.checkup IS
'What may be wrong, as far as the database knows: of each thing that is looked at whether it is
good, worth a look, or bad, what was found, and what to do. It may be called at any time: no queue
is counted.';
