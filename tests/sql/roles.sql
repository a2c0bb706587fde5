-- roles.sql - what somebody who took over a program's role can do beside its job.
BEGIN;
SET client_min_messages = warning;
CREATE EXTENSION IF NOT EXISTS pgtap;
SELECT no_plan();

CREATE FUNCTION pg_temp.state_as(role text, statement text)
RETURNS text LANGUAGE plpgsql AS $$
DECLARE
    state text := '00000';
BEGIN
    PERFORM set_config('role', role, true);
    BEGIN
        EXECUTE statement;
    EXCEPTION WHEN OTHERS THEN
        state := SQLSTATE;
    END;
    PERFORM set_config('role', 'none', true);
    RETURN state;
END
$$;
CREATE TEMP TABLE role AS
SELECT unnest('{postern_responder,postern_publisher,postern_delivery,
    postern_admin}'::text[]) AS name;

SELECT open_always, add_event_type FROM postern.open_always(), postern.add_event_type('r.event');
CREATE TEMP TABLE v AS SELECT postern.create_account('roles.sql') AS a;
GRANT SELECT ON v TO PUBLIC;

-- What all may have ----------------------------------------------------------

SELECT ok(NOT has_database_privilege(name, current_database(), privilege),
    format('%s has no %s in the database', name, privilege))
  FROM role, unnest('{TEMPORARY,CREATE}'::text[]) AS privilege;
SELECT is_empty(format($$
    SELECT n.nspname FROM pg_namespace AS n
     WHERE has_schema_privilege(%L, n.oid, 'CREATE')
       AND n.oid <> pg_my_temp_schema()
    $$, name), name || ' may create in no schema')
  FROM role;
SELECT is(pg_temp.state_as(name, 'CREATE TEMP TABLE mine (n integer)'), '42501',
    name || ' makes no temporary table')
  FROM role;

-- Shadows --------------------------------------------------------------------

-- Whoever may make temporary tables, as in a database of its own, has nobody
-- take one for Postern's, nor a type or a function for the catalog's.
CREATE TEMP TABLE message (LIKE postern.message);
CREATE TEMP TABLE fresh (LIKE postern.fresh);
CREATE TEMP TABLE pg_class (LIKE pg_catalog.pg_class);
CREATE DOMAIN pg_temp.text AS pg_catalog.text CHECK (VALUE IS NULL);
CREATE DOMAIN pg_temp.jsonb AS pg_catalog.jsonb CHECK (VALUE IS NULL);
CREATE FUNCTION pg_temp.clock_timestamp() RETURNS timestamptz
LANGUAGE sql AS $$ SELECT '2001-01-01 00:00+00'::timestamptz $$;
SELECT is(pg_temp.state_as('postern_publisher', $$
    SET LOCAL search_path = pg_temp, public, pg_catalog;
    SELECT postern.publish(a, 'r.event', '{"n": 1}'::pg_catalog.jsonb) FROM v;
    SET LOCAL search_path = pg_catalog, public, pg_temp
    $$), '00000', 'a publisher publishes with pg_temp before the catalog');
SELECT is((SELECT count(*) FROM pg_temp.message) + (SELECT count(*) FROM pg_temp.fresh),
    0::bigint, 'nothing is in a table that has the name of one of Postern''s');
SELECT cmp_ok(postern.uuid7_time(m.id), '>', now() - interval '1 day',
    'the event is in Postern''s, of today')
  FROM postern.message AS m, v WHERE m.account_id = v.a;

SELECT * FROM finish();
ROLLBACK;
