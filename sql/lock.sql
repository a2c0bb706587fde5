-- lock.sql - a step of install.sql: locks what it is about to change, all of the
-- :wanted ('tables' or 'views') or nothing. Not to be run by itself.
--
-- Whoever waits for such a lock has all others wait behind it. So a try lasts
-- half a second at most, less than deadlock_timeout: no other is cancelled for
-- its sake. Before it, a lock that only vacuum conflicts with makes autovacuum
-- give way, and others do not notice it.
SELECT set_config('postern.wanted', :'wanted', true) AS wanted,
       set_config('postern.patience', :'patience', true) AS patience
\gset
DO $$
DECLARE
    pause    interval := '500 ms';
    gives_up CONSTANT timestamptz := clock_timestamp()
        + make_interval(secs => current_setting('postern.patience')::integer);
    kinds    CONSTANT "char"[] := CASE current_setting('postern.wanted')
        WHEN 'views' THEN '{v}' ELSE '{r,p}' END;
    relation record;
    calm     boolean := false;
    tries    integer := 0;
    ends     timestamptz;
    others   text;
BEGIN
    LOOP
        BEGIN
            SET LOCAL lock_timeout = '3 s';
            FOR relation IN
                SELECT c.oid::regclass AS name FROM pg_class AS c
                 WHERE c.relnamespace = 'postern'::regnamespace
                   AND c.relkind = ANY (kinds) AND c.relkind <> 'v'
                   AND NOT calm
                 ORDER BY c.oid
            LOOP
                EXECUTE format('LOCK TABLE ONLY %s IN SHARE UPDATE EXCLUSIVE'
                    ' MODE', relation.name);
            END LOOP;
            calm := true;
            BEGIN
                ends := clock_timestamp() + interval '500 ms';
                FOR relation IN
                    SELECT c.oid::regclass AS name, c.relkind AS kind
                      FROM pg_class AS c
                     WHERE c.relnamespace = 'postern'::regnamespace
                       AND c.relkind = ANY (kinds)
                     ORDER BY c.oid
                LOOP
                    PERFORM set_config('lock_timeout', greatest(1, ceil(1000
                        * extract(epoch FROM ends - clock_timestamp())))::text,
                        true);
                    -- LOCK TABLE locks what is below a view; this does not,
                    -- and changes nothing.
                    EXECUTE format(CASE relation.kind WHEN 'v'
                        THEN 'ALTER VIEW %s OWNER TO postern_owner'
                        ELSE 'LOCK TABLE ONLY %s' END, relation.name);
                END LOOP;
                SET LOCAL lock_timeout = '500 ms';
                RETURN;
            EXCEPTION WHEN lock_not_available OR deadlock_detected THEN
                NULL;
            END;
        EXCEPTION WHEN lock_not_available OR deadlock_detected THEN
            NULL;
        END;
        tries := tries + 1;

        -- Only who started psql may see what others do.
        SET LOCAL ROLE NONE;
        SELECT string_agg(format('pid %s, user %s, %s since %s', a.pid,
                   a.usename, coalesce(a.state, a.backend_type),
                   coalesce(a.xact_start, a.backend_start)), '; '
                   ORDER BY a.xact_start)
          INTO others FROM pg_stat_activity AS a
         WHERE a.pid <> pg_backend_pid()
           AND a.pid IN (
               SELECT l.pid FROM pg_locks AS l
                 JOIN pg_class AS c ON c.oid = l.relation
                WHERE l.granted AND l.locktype = 'relation'
                  AND l.database = (SELECT d.oid FROM pg_database AS d
                                     WHERE d.datname = current_database())
                  AND c.relnamespace = 'postern'::regnamespace
                  AND c.relkind = ANY (kinds));
        IF clock_timestamp() + pause > gives_up THEN
            RAISE lock_not_available USING
                MESSAGE = format('Postern''s %s are in use by transactions'
                    ' that stay open', current_setting('postern.wanted')),
                DETAIL = coalesce(others, 'At this moment by nobody.'),
                HINT = 'Nothing was changed. Have them committed, or end them'
                    ' with pg_terminate_backend(pid), and run install.sql'
                    ' again; with psql -v patience=SECONDS it tries longer.';
        ELSIF tries = 1 THEN
            RAISE WARNING 'Postern''s % are in use by others: trying again',
                current_setting('postern.wanted')
                USING DETAIL = coalesce(others, 'At this moment by nobody.');
        END IF;
        SET LOCAL ROLE postern_owner;
        PERFORM pg_sleep(extract(epoch FROM pause));
        pause := least(pause * 2, interval '5 s');
    END LOOP;
END
$$;
