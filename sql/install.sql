-- install.sql - installs Postern's schema, or brings it up to date.
--
--     psql -d DATABASE -f install.sql
--
-- Run roles.sql first, once per cluster. Run this as a superuser, or as a
-- member of postern_owner who may create a schema in the database. All of it
-- is one transaction: it is done whole or not at all, but for indexes of large
-- tables, which are made before it, while others go on. Again is harmless, and
-- so are two at once.
--
-- Nobody who publishes waits for it longer than half a second at a time, before
-- it has begun: what it changes it locks first, and lets go of it again unless
-- it soon has all. It tries for a minute, or as many seconds as psql is told by
-- -v patience=SECONDS, and then says whose transaction is in the way.
--
-- Tables change by numbered files, each once. Functions, views, comments and
-- privileges are made anew at every install, each from the one place where it
-- stands. CREATE OR REPLACE cannot change the arguments or the result of a
-- function, nor columns of a view: what changes so is dropped by a numbered
-- file. What left the source is dropped by retire.sql.
\set ON_ERROR_STOP on
\set ON_ERROR_ROLLBACK off
\set AUTOCOMMIT on
\set SINGLELINE off
\set QUIET on
\if :{?patience}
\else
    \set patience 60
\endif

\ir ahead.sql

BEGIN ISOLATION LEVEL READ COMMITTED READ WRITE;
SET LOCAL client_min_messages = warning;
SET LOCAL search_path = pg_catalog, pg_temp;
SET LOCAL standard_conforming_strings = on;
SET LOCAL statement_timeout = 0;
SET LOCAL idle_in_transaction_session_timeout = 0;

DO $$
BEGIN
    IF pg_catalog.current_setting('server_version_num')::integer < 150000 THEN
        RAISE EXCEPTION 'Postern needs PostgreSQL 15 or later'
            USING HINT = 'This server is '
                || pg_catalog.current_setting('server_version') || '.';
    ELSIF pg_catalog.current_setting('server_encoding') <> 'UTF8' THEN
        RAISE EXCEPTION 'Postern needs a database in UTF8'
            USING HINT = 'Make it with createdb -E UTF8 -T template0.';
    ELSIF pg_catalog.to_regrole('postern_owner') IS NULL THEN
        RAISE EXCEPTION 'there is no role postern_owner'
            USING HINT = 'Run roles.sql first: psql -f roles.sql';
    END IF;
END
$$;

-- One at a time; the second finds all of it done.
SELECT set_config('lock_timeout', :'patience' || 's', true) AS waits
\gset
DO $$
BEGIN
    PERFORM pg_advisory_xact_lock(hashtextextended('postern install', 0));
EXCEPTION WHEN lock_not_available THEN
    RAISE lock_not_available USING
        MESSAGE = 'another session has had the lock of install.sql for '
            || current_setting('lock_timeout'),
        DETAIL = (
            SELECT string_agg(format('pid %s, user %s', a.pid, a.usename), '; ')
              FROM pg_stat_activity AS a
             WHERE a.pid = ANY (ARRAY(
                   SELECT l.pid FROM pg_locks AS l
                    WHERE l.locktype = 'advisory' AND l.granted AND l.objsubid = 1
                      AND (l.classid::bigint << 32 | l.objid::bigint)
                          = hashtextextended('postern install', 0)))),
        HINT = 'Nothing was changed. If it is no install.sql that goes on, end it'
            ' with pg_terminate_backend(pid), and run install.sql again.';
END
$$;
SET LOCAL lock_timeout = 0;
CREATE SCHEMA IF NOT EXISTS postern AUTHORIZATION postern_owner;
SET LOCAL ROLE postern_owner;
\ir own.sql

CREATE TABLE IF NOT EXISTS postern.migration (
    number     integer     CONSTRAINT migration_pkey PRIMARY KEY,
    name       text        NOT NULL,
    applied_at timestamptz NOT NULL DEFAULT now()
);

-- Before 0.1.0 migration 1 was called tables, and 26 was the last.
DO $$
DECLARE
    development integer := (
        SELECT max(number) FROM postern.migration
         WHERE EXISTS (SELECT FROM postern.migration
                        WHERE number = 1 AND name = 'tables'));
BEGIN
    IF development <> 26 THEN
        RAISE EXCEPTION 'this database has schema % of Postern''s development,'
            ' which was never released and cannot be upgraded', development
            USING HINT = 'Install Postern in a new database. Of the schemas'
                ' before 0.1.0 only 26 can be upgraded.';
    END IF;
END
$$;
SELECT EXISTS (
    SELECT FROM postern.migration WHERE number = 1 AND name = 'tables'
) AS development
\gset
\if :development
    \set wanted tables
    \ir lock.sql
    \ir tables/0000-development-26.sql
\endif

\set migration 0001-baseline
\ir migrate.sql
\set migration 0002-one-api-call
\ir migrate.sql
\set migration 0003-max-in-flight
\ir migrate.sql
\set migration 0004-shares
\ir migrate.sql
\set migration 0005-workers
\ir migrate.sql
\set migration 0006-upkeep
\ir migrate.sql
\set migration 0007-feed
\ir migrate.sql
\set migration 0008-upkeep-indexes
\ir migrate.sql
\set migration 0009-metrics
\ir migrate.sql
\set migration 0010-traceparent
\ir migrate.sql
\set migration 0011-failing
\ir migrate.sql
\set migration 0012-erasure
\ir migrate.sql
\set migration 0013-archived-types
\ir migrate.sql
\set migration 0014-longer-secrets
\ir migrate.sql
\set migration 0015-publish-over-http
\ir migrate.sql
\set migration 0016-headers
\ir migrate.sql
\set migration 0017-timeouts
\ir migrate.sql
\set migration 0018-notices
\ir migrate.sql
\set migration 0020-filters
\ir migrate.sql
\set migration 0021-signing-scope
\ir migrate.sql
\set migration 0022-health
\ir migrate.sql
\set migration 0023-answer-headers
\ir migrate.sql

SELECT set_config('postern.version', left(:'migration', 4), true) AS version
\gset
DO $$
DECLARE
    ours  integer := current_setting('postern.version');
    found integer := (SELECT max(number) FROM postern.migration);
BEGIN
    IF found > ours THEN
        RAISE EXCEPTION 'this database has schema % of Postern, newer than'
            ' schema % of these files', found, ours
            USING HINT = 'Run install.sql of the version that is in use.';
    END IF;
END
$$;

\set wanted views
\ir lock.sql
\ir comments.sql
\ir functions/ids.sql
\ir functions/serves.sql
\ir functions/accounts.sql
\ir functions/clients.sql
\ir functions/platform_clients.sql
\ir functions/hours.sql
\ir functions/event_types.sql
\ir functions/keys.sql
\ir functions/webhooks.sql
\ir functions/headers.sql
\ir functions/health.sql
\ir functions/register.sql
\ir functions/feed.sql
\ir functions/filters.sql
\ir functions/publish.sql
\ir functions/documents.sql
\ir functions/request_keys.sql
\ir functions/publish_http.sql
\ir functions/notices.sql
\ir functions/idle.sql
\ir functions/notes.sql
\ir functions/lanes.sql
\ir functions/rooms.sql
\ir functions/candidates.sql
\ir functions/fresh.sql
\ir functions/backlog.sql
\ir functions/claim.sql
\ir functions/record.sql
\ir functions/workers.sql
\ir functions/tasks.sql
\ir functions/owed.sql
\ir functions/clock.sql
\ir functions/days.sql
\ir functions/retention.sql
\ir functions/retry_schedules.sql
\ir functions/erase.sql
\ir functions/erase_account.sql
\ir functions/shares.sql
\ir functions/rates.sql
\ir functions/search.sql
\ir functions/processes.sql
\ir functions/probe.sql
\ir functions/metrics.sql
\ir functions/checkup.sql
\ir functions/api.sql
\ir functions/api_webhooks.sql
\ir functions/api_change_webhook.sql
\ir functions/api_create_webhook.sql
\ir functions/api_deliveries.sql
\ir functions/api_events.sql
\ir functions/oauth.sql
\ir sight.sql
\ir access.sql
\ir views.sql
\ir settings.sql
\ir watch.sql
\ir retire.sql
\ir privileges.sql

SELECT max(number) AS version, current_database() AS database,
       quote_ident(current_database()) AS quoted,
       has_database_privilege('postern_publisher', current_database(), 'TEMPORARY')
           AS temporary,
       to_regrole('postern_viewer') IS NULL AS viewless
  FROM postern.migration
\gset
COMMIT;

-- The partitions of the next days, as workers make them: where a transaction has
-- begun what only another can go on with, so many as that takes.
SELECT set_config('postern.patience', :'patience', false) AS patience
\gset
SET statement_timeout = 0;
DO $$
DECLARE
    has_gap boolean := true;
BEGIN
    FOR n IN 1 .. 6 LOOP
        ROLLBACK;
        SET TRANSACTION ISOLATION LEVEL READ COMMITTED READ WRITE;
        PERFORM set_config('client_min_messages', 'warning', true),
            set_config('lock_timeout', current_setting('postern.patience') || 's', true),
            pg_advisory_xact_lock(hashtextextended('postern install', 0));
        SET LOCAL ROLE postern_owner;
        PERFORM postern.maintain();
        has_gap := (postern.day_gap('message')).name IS NOT NULL
            OR (postern.day_gap('attempt')).name IS NOT NULL;
        COMMIT;
        EXIT WHEN NOT has_gap;
    END LOOP;
END
$$;
RESET statement_timeout;

\echo Postern is installed in database :database, schema version :version
\if :viewless
    \echo 'There is no role postern_viewer, for those who only look. If you want it:'
    \echo 'psql -f roles.sql, then install.sql once more.'
\endif
\if :temporary
    \echo 'Everybody can make temporary tables in it, postern_publisher too. If no'
    \echo 'role of yours needs them:' REVOKE TEMPORARY ON DATABASE :quoted FROM PUBLIC
\endif
