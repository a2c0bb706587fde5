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
           supported AND NOT names @> '{shares,upkeep-indexes,metrics}' AS ahead
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
    -- Whoever waits for another install must not be what that waits for: it has
    -- no transaction open.
    DO $$
    BEGIN
        WHILE NOT pg_try_advisory_lock(hashtextextended('postern install ahead', 0)) LOOP
            COMMIT;
            PERFORM pg_sleep(0.1);
        END LOOP;
    END
    $$;
    SELECT set_config('lock_timeout', :'patience' || 's', false) AS waits
    \gset
    SET ROLE postern_owner;
    \set ON_ERROR_STOP off
    SELECT format('DROP INDEX CONCURRENTLY %s', i.indexrelid::regclass)
      FROM pg_index AS i
      JOIN pg_class AS c ON c.oid = i.indexrelid
     WHERE c.relnamespace = 'postern'::regnamespace AND c.relkind = 'i' AND NOT i.indisvalid
    \gexec
    \set concurrently CONCURRENTLY
    \if :shares
        \ir indexes/0004-shares.sql
        -- That of the partitioned table is made of these.
        SELECT format('CREATE INDEX CONCURRENTLY IF NOT EXISTS %I ON %s'
                   ' USING brin (started_at) WITH (autosummarize = on)',
                   c.relname || '_started_at_idx', c.oid::regclass)
          FROM pg_inherits AS i
          JOIN pg_class AS c ON c.oid = i.inhrelid
         WHERE i.inhparent = 'postern.attempt'::regclass
        \gexec
    \endif
    \if :upkeep
        \ir indexes/0008-upkeep-indexes.sql
    \endif
    \if :metrics
        \ir indexes/0009-metrics.sql
    \endif
    \set ON_ERROR_STOP on
    RESET ROLE;
    RESET lock_timeout;
    DO $$
    BEGIN
        IF EXISTS (
                SELECT FROM pg_index AS i
                  JOIN pg_class AS c ON c.oid = i.indexrelid
                 WHERE c.relnamespace = 'postern'::regnamespace AND c.relkind = 'i'
                   AND NOT i.indisvalid) THEN
            RAISE lock_not_available USING
                MESSAGE = 'an index could not be made beside transactions that stay open',
                DETAIL = coalesce((
                    SELECT string_agg(format('pid %s, user %s, %s since %s', a.pid,
                               a.usename, a.state, a.xact_start), '; ' ORDER BY a.xact_start)
                      FROM pg_stat_activity AS a
                     WHERE a.datname = current_database() AND a.pid <> pg_backend_pid()
                       AND a.xact_start < now() - interval '1 s'),
                    'At this moment there is none.'),
                HINT = 'Nothing else was changed. Have them committed, or end them with'
                    ' pg_terminate_backend(pid), and run install.sql again; with psql -v'
                    ' patience=SECONDS it waits longer.';
        END IF;
    END
    $$;
    SELECT pg_advisory_unlock(hashtextextended('postern install ahead', 0)) AS unlocked
    \gset
    RESET statement_timeout;
    RESET client_min_messages;
    RESET default_transaction_read_only;
\endif
\set concurrently ''
