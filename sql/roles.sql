-- roles.sql - the six roles of Postern, once per cluster; again is harmless.
--
--     psql -d postgres -f roles.sql
--
-- Run it as a superuser, or on a managed server as the master user that has
-- CREATEROLE. No password is set: give each role that logs in the way that
-- pg_hba.conf asks for (peer, certificate, or \password).
\set ON_ERROR_STOP on
\set QUIET on

BEGIN;

DO $$
DECLARE
    wanted record;
BEGIN
    FOR wanted IN
        SELECT *
          FROM (VALUES
            ('postern_owner', 'NOLOGIN',
             'owns the schema postern; nobody logs in as it'),
            ('postern_responder', 'LOGIN',
             'postern-responder: registers webhooks, reads no table'),
            ('postern_publisher', 'LOGIN',
             'applications: publish events, nothing else'),
            ('postern_delivery', 'LOGIN',
             'postern-delivery: sends what is published'),
            ('postern_admin', 'LOGIN',
             'operators: the functions and views of postern'),
            ('postern_viewer', 'NOLOGIN',
             'for monitoring and people who only look: the views, without data of events')
          ) AS role (name, login, duty)
    LOOP
        IF pg_catalog.to_regrole(wanted.name) IS NULL THEN
            BEGIN
                EXECUTE pg_catalog.format('CREATE ROLE %I %s', wanted.name,
                    wanted.login);
                EXECUTE pg_catalog.format('COMMENT ON ROLE %I IS %L',
                    wanted.name, wanted.duty);
            EXCEPTION WHEN duplicate_object OR unique_violation THEN
                NULL;               -- another session made it just now
            END;
        END IF;
    END LOOP;

    -- Who holds back vacuum is seen by its members alone; without it /metrics does
    -- not say.
    IF NOT pg_catalog.pg_has_role('postern_owner', 'pg_read_all_stats', 'USAGE') THEN
        BEGIN
            GRANT pg_read_all_stats TO postern_owner;
        EXCEPTION WHEN insufficient_privilege THEN
            RAISE NOTICE 'postern_owner is not made a member of pg_read_all_stats, as %'
                ' may not grant that', current_user;
        END;
    END IF;

    -- install.sql acts as the owner; a superuser may do so anyway.
    IF NOT pg_catalog.pg_has_role('postern_owner', 'USAGE') THEN
        GRANT postern_owner TO CURRENT_USER;
    END IF;
END
$$;

COMMIT;

\echo 'The roles of Postern are there: postern_owner, postern_responder,'
\echo 'postern_publisher, postern_delivery, postern_admin, postern_viewer.'
