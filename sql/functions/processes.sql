-- processes.sql - what each process tells of itself every few seconds.

CREATE OR REPLACE FUNCTION postern.report(process uuid, program text, host text, pid integer,
    version text, worker integer, places integer, in_flight integer, turned interval,
    counters text)
RETURNS void
LANGUAGE plpgsql VOLATILE SECURITY DEFINER
SET search_path = pg_catalog, pg_temp
SET plan_cache_mode = force_generic_plan
SET enable_seqscan = off
SET enable_bitmapscan = off
SET jit = off
AS $$
DECLARE
    role   CONSTANT name := CASE program WHEN 'postern-responder' THEN 'postern_responder'
        WHEN 'postern-delivery' THEN 'postern_delivery' END;
    oldest timestamptz;
BEGIN
    IF NOT coalesce(pg_has_role(session_user, role, 'MEMBER'), false) THEN
        RAISE EXCEPTION '% is not %', session_user, program
            USING ERRCODE = 'insufficient_privilege',
                HINT = 'Only members of postern_responder and postern_delivery report, each for'
                    ' its own program.';
    END IF;
    -- What a crash undoes is soon written again.
    PERFORM set_config('synchronous_commit', 'off', true);
    INSERT INTO postern.process AS p (id, program, host, pid, version, session, seen_at, worker,
        places, in_flight, last_turn, counters)
    VALUES (process, report.program, report.host, report.pid, report.version, pg_backend_pid(),
        clock_timestamp(), CASE report.program WHEN 'postern-delivery' THEN report.worker END,
        report.places, report.in_flight, clock_timestamp() - turned, report.counters)
    ON CONFLICT ON CONSTRAINT process_pkey DO UPDATE
       SET session = excluded.session, seen_at = excluded.seen_at, worker = excluded.worker,
           places = excluded.places, in_flight = excluded.in_flight,
           last_turn = excluded.last_turn, counters = excluded.counters
     WHERE p.program = excluded.program;
    SELECT o.seen_at INTO oldest
      FROM postern.process AS o
     WHERE o.program = report.program
     ORDER BY o.seen_at DESC
    OFFSET 1000
     LIMIT 1;
    DELETE FROM postern.process AS p
     WHERE p.id = ANY (ARRAY(
           SELECT o.id FROM postern.process AS o
            WHERE o.id <> process
              AND (o.session = pg_backend_pid()
                OR o.seen_at < clock_timestamp() - interval '1 hour'
                OR o.program = report.program AND o.seen_at <= oldest)
              FOR UPDATE SKIP LOCKED));
END
$$;
COMMENT ON FUNCTION postern.report IS
'Called by each process every few seconds: what it is, what it has in hand, how long ago its
main loop last turned, and what it has counted, as lines of Prometheus'' text format. Forgets
what else this session has been, processes that have not called for an hour, and of each program
all but the last 1,000, so that nobody fills the table. insufficient_privilege: whoever is logged in
is no such program.';

CREATE OR REPLACE FUNCTION postern.is_running(process postern.process)
RETURNS boolean
LANGUAGE plpgsql VOLATILE
AS $$
BEGIN
    RETURN process.seen_at > clock_timestamp() - interval '30 s'
       AND EXISTS (SELECT FROM pg_stat_get_activity(process.session));
END
$$;
COMMENT ON FUNCTION postern.is_running IS
'Has this process a session, and has it called within 30 seconds?';
