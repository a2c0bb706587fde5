-- install.sql - installs Postern's schema, or brings it up to date.
--
--     psql -d DATABASE -f install.sql
--
-- Run roles.sql first, once per cluster. Run this as a superuser, or as a
-- member of postern_owner who may create a schema in the database. All of it
-- is one transaction: it is done whole or not at all. Again is harmless, and
-- so are two at once.
\set ON_ERROR_STOP on
\set QUIET on

BEGIN ISOLATION LEVEL READ COMMITTED READ WRITE;
SET LOCAL client_min_messages = warning;
SET LOCAL search_path = pg_catalog, pg_temp;

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
SELECT pg_advisory_xact_lock(hashtextextended('postern install', 0)) AS locked
\gset
CREATE SCHEMA IF NOT EXISTS postern AUTHORIZATION postern_owner;
SET LOCAL ROLE postern_owner;

CREATE TABLE IF NOT EXISTS postern.migration (
    number     integer     CONSTRAINT migration_pkey PRIMARY KEY,
    name       text        NOT NULL,
    applied_at timestamptz NOT NULL DEFAULT now()
);
COMMENT ON SCHEMA postern IS
'Webhooks: who may receive which events, where, and with which secret.';
COMMENT ON TABLE postern.migration IS
'The migrations that this database has had, each once.';

\set migration 0001-tables
\ir migrate.sql
\set migration 0002-ids
\ir migrate.sql
\set migration 0003-accounts
\ir migrate.sql
\set migration 0004-hours
\ir migrate.sql
\set migration 0005-webhooks
\ir migrate.sql
\set migration 0006-register
\ir migrate.sql
\set migration 0007-views
\ir migrate.sql
\set migration 0008-upkeep
\ir migrate.sql
\set migration 0009-queue
\ir migrate.sql
\set migration 0010-publish
\ir migrate.sql
\set migration 0011-claim
\ir migrate.sql
\set migration 0012-record
\ir migrate.sql
\set migration 0013-owed
\ir migrate.sql
\set migration 0014-partitions
\ir migrate.sql
\set migration 0015-delivery-views
\ir migrate.sql
\set migration 0016-manual
\ir migrate.sql
\set migration 0017-api-tables
\ir migrate.sql
\set migration 0018-api
\ir migrate.sql
\set migration 0019-api-deliveries
\ir migrate.sql
\set migration 0020-api-events
\ir migrate.sql
\set migration 0021-clients
\ir migrate.sql
\set migration 0022-signing-keys
\ir migrate.sql
\set migration 0023-lane-notes
\ir migrate.sql
\set migration 0024-expire
\ir migrate.sql
\set migration 0025-order
\ir migrate.sql
\set migration 0026-plans
\ir migrate.sql

SELECT max(number) AS version, current_database() AS database
  FROM postern.migration
\gset
COMMIT;

\echo Postern is installed in database :database, schema version :version
