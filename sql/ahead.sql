-- ahead.sql - a step of install.sql: makes the indexes of large tables that
-- migrations want, while others go on reading and writing. Not to be run by
-- itself.
--
-- It comes before the transaction that does all else, and what it has made stays
-- if that fails: the next install finds it. What it could not finish, because a
-- transaction stays open for longer than :patience seconds, the next one drops.
SELECT to_regclass('postern.migration') IS NOT NULL AS installed
\gset
\if :installed
    SELECT supported AND NOT 'shares' = ANY (names) AS shares,
           supported AND NOT 'upkeep-indexes' = ANY (names) AS upkeep,
           supported AND NOT 'metrics' = ANY (names) AS metrics,
           supported AND NOT 'failing' = ANY (names) AS failing,
           supported AND NOT names @> '{shares,upkeep-indexes,metrics,failing}' AS ahead
      FROM (SELECT array_agg(m.name) AS names,
                   bool_or(m.name = 'baseline') OR max(m.number) = 26 AS supported
              FROM postern.migration AS m) AS m
    \gset
\else
    \set ahead false
\endif
\if :ahead
    SET default_transaction_read_only = off;
    SET client_min_messages = warning;
    SET statement_timeout = 0;
    SELECT set_config('postern.patience', :'patience', false) AS patience
    \gset
    -- Whoever waits for another install must not be what that waits for: it has
    -- no transaction open.
    DO $$
    DECLARE
        ours     CONSTANT bigint   := hashtextextended('postern install ahead', 0);
        patience CONSTANT interval := make_interval(
            secs => current_setting('postern.patience')::integer);
        gives_up timestamptz := clock_timestamp() + patience;
        holders  integer[];
    BEGIN
        WHILE NOT pg_try_advisory_lock(ours) LOOP
            holders := ARRAY(
                SELECT l.pid FROM pg_locks AS l
                 WHERE l.locktype = 'advisory' AND l.granted AND l.objsubid = 1
                   AND (l.classid::bigint << 32 | l.objid::bigint) = ours
                   AND l.database = (SELECT d.oid FROM pg_database AS d
                                      WHERE d.datname = current_database()));
            -- One that makes an index is waited for, however long it takes.
            IF EXISTS (SELECT FROM pg_stat_progress_create_index AS p
                        WHERE p.pid = ANY (holders)) THEN
                gives_up := clock_timestamp() + patience;
            ELSIF clock_timestamp() > gives_up THEN
                RAISE lock_not_available USING
                    MESSAGE = format('another session has the lock of install.sql for indexes,'
                        ' and has made none for %s s', current_setting('postern.patience')),
                    DETAIL = (
                        SELECT string_agg(format('pid %s, user %s', a.pid, a.usename), '; ')
                          FROM pg_stat_activity AS a WHERE a.pid = ANY (holders)),
                    HINT = 'Nothing was changed. If it is no install.sql that goes on, end it'
                        ' with pg_terminate_backend(pid), and run install.sql again.';
            END IF;
            COMMIT;
            PERFORM pg_sleep(0.1);
        END LOOP;
    END
    $$;
    SELECT set_config('lock_timeout', :'patience' || 's', false) AS waits
    \gset
    -- The indexes that are to be made, and their tables.
    SELECT set_config('postern.ahead', coalesce(jsonb_object_agg(w.index, w.name), '{}')::text,
               false) AS wanted
      FROM (SELECT u.index, u.name
              FROM (VALUES
                ('webhook_id_key', 'webhook'), ('webhook_live', 'webhook'),
                ('webhook_deleted', 'webhook'), ('secret_expires', 'secret'),
                ('access_token_end', 'access_token')) AS u (index, name)
             WHERE :'shares'
            UNION ALL
            SELECT c.relname || '_started_at_idx', c.relname
              FROM pg_inherits AS i
              JOIN pg_class AS c ON c.oid = i.inhrelid
             WHERE i.inhparent = 'postern.attempt'::regclass AND :'shares'
            UNION ALL
            SELECT u.index, u.name
              FROM (VALUES
                ('secret_key', 'secret'), ('access_token_id', 'access_token'),
                ('client_id', 'client'),
                ('attempt_default_started', 'attempt_default')) AS u (index, name)
             WHERE :'upkeep'
            UNION ALL
            SELECT 'webhook_disabled', 'webhook' WHERE :'metrics'
            UNION ALL
            SELECT 'lane_failing', 'lane' WHERE :'failing') AS w
    \gset
    SET ROLE postern_owner;
    \set ON_ERROR_STOP off
    SELECT format('DROP INDEX CONCURRENTLY %s', i.indexrelid::regclass)
      FROM jsonb_each_text(:'wanted') AS w (index, name)
      JOIN pg_index AS i ON i.indexrelid = to_regclass('postern.' || quote_ident(w.index))
     WHERE NOT i.indisvalid
    \gexec
    \set concurrently CONCURRENTLY
    \if :shares
        \ir indexes/0004-shares.sql
        -- That of the partitioned table is made of these.
        SELECT format('CREATE INDEX CONCURRENTLY IF NOT EXISTS %I ON postern.%I'
                   ' USING brin (started_at) WITH (autosummarize = on)', w.index, w.name)
          FROM jsonb_each_text(:'wanted') AS w (index, name)
         WHERE right(w.index, 15) = '_started_at_idx'
        \gexec
    \endif
    \if :upkeep
        \ir indexes/0008-upkeep-indexes.sql
    \endif
    \if :metrics
        \ir indexes/0009-metrics.sql
    \endif
    \if :failing
        \ir indexes/0011-failing.sql
    \endif
    \set ON_ERROR_STOP on
    RESET ROLE;
    RESET lock_timeout;
    SELECT pg_advisory_unlock(hashtextextended('postern install ahead', 0)) AS unlocked
    \gset
    DO $$
    DECLARE
        missing CONSTANT text := (
            SELECT string_agg(w.index, ', ' ORDER BY w.index)
              FROM jsonb_each_text(current_setting('postern.ahead')::jsonb) AS w (index, name)
              LEFT JOIN pg_index AS i
                ON i.indexrelid = to_regclass('postern.' || quote_ident(w.index))
             -- A day may have gone meanwhile.
             WHERE i.indisvalid IS NOT TRUE
               AND to_regclass('postern.' || quote_ident(w.name)) IS NOT NULL);
    BEGIN
        IF missing IS NOT NULL THEN
            RAISE lock_not_available USING
                MESSAGE = 'these indexes could not be made beside others: ' || missing,
                DETAIL = coalesce((
                    SELECT string_agg(format('pid %s, user %s, %s since %s', a.pid,
                               a.usename, a.state, a.xact_start), '; ' ORDER BY a.xact_start)
                      FROM pg_stat_activity AS a
                     WHERE a.datname = current_database() AND a.pid <> pg_backend_pid()
                       AND a.xact_start < now() - interval '1 s'),
                    'At this moment no transaction is open for long.'),
                HINT = 'Nothing else was changed. Have those transactions committed, or end'
                    ' them with pg_terminate_backend(pid), and run install.sql again; with'
                    ' psql -v patience=SECONDS it waits longer.';
        END IF;
    END
    $$;
    RESET statement_timeout;
    RESET client_min_messages;
    RESET default_transaction_read_only;
\endif
\set concurrently ''
