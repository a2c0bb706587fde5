-- probe.sql - does the database take commits, and is there a worker?

CREATE OR REPLACE FUNCTION postern.probe()
RETURNS boolean
LANGUAGE plpgsql VOLATILE SECURITY DEFINER
SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
    -- Into the log of changes alone, so that there is something to commit,
    -- which a synchronous standby has to confirm as well.
    PERFORM pg_logical_emit_message(true, 'postern', '');
    RETURN EXISTS (
        SELECT FROM postern.worker AS w
          JOIN pg_locks AS k
            ON k.pid = w.pid AND k.classid::bigint = postern.worker_locks()
           AND k.objid::bigint = w.number
         WHERE k.locktype = 'advisory' AND k.objsubid = 2 AND k.granted
           -- One that hangs is connected, too, but has told nothing for long.
           AND NOT EXISTS (
               SELECT FROM postern.process AS p
                WHERE p.worker = w.number
                  AND p.last_turn < clock_timestamp() - interval '1 minute')
           AND k.database = (SELECT d.oid FROM pg_database AS d
                              WHERE d.datname = current_database()));
END
$$;
COMMENT ON FUNCTION postern.probe IS
'Called by a responder that is asked for /readyz, at most once a second. Is a
worker connected that does not hang? Its transaction writes, so that its end shows whether commits
are confirmed.';
