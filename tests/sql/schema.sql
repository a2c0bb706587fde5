-- schema.sql - who may do what, and that psql explains all of it.
BEGIN;
SET client_min_messages = warning;
CREATE EXTENSION IF NOT EXISTS pgtap;
SELECT no_plan();

CREATE FUNCTION pg_temp.relations(kinds "char"[])
RETURNS TABLE (name text, relation regclass) LANGUAGE sql AS $$
    SELECT 'postern.' || c.relname, c.oid::regclass
      FROM pg_class AS c
     WHERE c.relnamespace = 'postern'::regnamespace AND c.relkind = ANY (kinds)
     ORDER BY c.relname
$$;

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

-- Migrations -----------------------------------------------------------------

SELECT results_eq(
    'SELECT number FROM postern.migration ORDER BY number',
    'SELECT DISTINCT number FROM postern.migration WHERE number > 0 ORDER BY number',
    'each migration is recorded once, in order');
SELECT is_empty(
    'SELECT name FROM postern.migration WHERE name !~ ''^[a-z-]+$''',
    'a migration is recorded by its name');

-- Explained ------------------------------------------------------------------

SELECT isnt(obj_description('postern'::regnamespace), NULL,
    'the schema has a comment');
SELECT isnt(obj_description(relation, 'pg_class'), NULL,
    name || ' has a comment')
  FROM pg_temp.relations('{r,v,p}');
SELECT isnt(obj_description(p.oid, 'pg_proc'), NULL,
    p.oid::regprocedure || ' has a comment')
  FROM pg_proc AS p
 WHERE p.pronamespace = 'postern'::regnamespace;
SELECT is_empty($$
    SELECT a.attrelid::regclass, a.attname
      FROM pg_attribute AS a, pg_temp.relations('{v}') AS v
     WHERE a.attrelid = v.relation AND a.attnum > 0
       AND col_description(a.attrelid, a.attnum) IS NULL
    $$, 'every column of a view has a comment');
SELECT is_empty($$
    SELECT conrelid::regclass, conname FROM pg_constraint
     WHERE connamespace = 'postern'::regnamespace
       AND contype IN ('p', 'u', 'f', 'c')
       AND conname !~ (SELECT '^' || relname || '_' FROM pg_class
                        WHERE oid = conrelid AND NOT relispartition)
    $$, 'every constraint is named after its table');

-- Functions ------------------------------------------------------------------

-- What somebody may call runs as its owner and looks names up in the catalog
-- alone. What it calls runs so already, and costs less without saying so.
CREATE FUNCTION pg_temp.callers(function oid)
RETURNS SETOF name LANGUAGE sql AS $$
    SELECT r.rolname FROM pg_roles AS r
     WHERE NOT r.rolsuper AND r.rolname !~ '^pg_'
       AND r.rolname <> 'postern_owner'
       AND has_function_privilege(r.oid, function, 'EXECUTE')
$$;
SELECT ok(p.prosecdef AND 'search_path=pg_catalog, pg_temp' = ANY (
        string_to_array(replace(array_to_string(p.proconfig, '|'), '"', ''), '|')),
    p.oid::regprocedure || ' runs as its owner, its search_path pinned')
  FROM pg_proc AS p
 WHERE p.pronamespace = 'postern'::regnamespace
   AND EXISTS (SELECT FROM pg_temp.callers(p.oid));
SELECT is_empty(format('SELECT pg_temp.callers(%s)', p.oid::integer),
    p.oid::regprocedure || ' runs as its caller, which is another function')
  FROM pg_proc AS p
 WHERE p.pronamespace = 'postern'::regnamespace AND NOT p.prosecdef;
SELECT cmp_ok(count(*), '>', 30::bigint, 'there are functions that others may call')
  FROM pg_proc AS p
 WHERE p.pronamespace = 'postern'::regnamespace AND p.prosecdef;
SELECT is_empty($$
    SELECT p.oid::regprocedure
      FROM pg_proc AS p,
           aclexplode(coalesce(p.proacl, acldefault('f', p.proowner))) AS acl
     WHERE p.pronamespace = 'postern'::regnamespace AND acl.grantee = 0
    $$, 'no function may be called by PUBLIC');
SELECT is_empty($$
    SELECT p.oid::regprocedure::text FROM pg_proc AS p
     WHERE p.pronamespace = 'postern'::regnamespace
       AND p.proowner <> 'postern_owner'::regrole
    UNION ALL
    SELECT r.name FROM pg_temp.relations('{r,v,p,S,i}') AS r
      JOIN pg_class AS c ON c.oid = r.relation
     WHERE c.relowner <> 'postern_owner'::regrole
    $$, 'all of it belongs to postern_owner');
SELECT ok(NOT rolcanlogin, rolname || ' cannot log in')
  FROM pg_roles WHERE rolname IN ('postern_owner', 'postern_viewer');
SELECT ok(NOT (rolsuper OR rolcreaterole OR rolcreatedb OR rolbypassrls
        OR rolreplication), rolname || ' has no power over the cluster')
  FROM pg_roles WHERE rolname LIKE 'postern\_%';
SELECT is_empty($$
    SELECT roleid::regrole, member::regrole FROM pg_auth_members
     WHERE member IN (SELECT oid FROM pg_roles WHERE rolname IN
           ('postern_responder', 'postern_publisher', 'postern_delivery',
            'postern_admin', 'postern_viewer'))
    $$, 'the roles of Postern are members of nothing');

-- Roles ----------------------------------------------------------------------

SELECT bag_eq($$
    SELECT p.proname::text FROM pg_proc AS p
     WHERE p.pronamespace = 'postern'::regnamespace
       AND has_function_privilege('postern_responder', p.oid, 'EXECUTE')
    $$, $$ VALUES ('serves'), ('register'), ('responder_ready'), ('credential_account'),
        ('api'), ('oauth_token'), ('oauth_revoke'), ('api_webhook_keys'), ('api_publish'),
        ('report'), ('scrape'), ('probe') $$,
    'the responder may call what the API needs');
SELECT bag_eq($$
    SELECT p.proname::text FROM pg_proc AS p
     WHERE p.pronamespace = 'postern'::regnamespace
       AND has_function_privilege('postern_admin', p.oid, 'EXECUTE')
    $$, $$ VALUES ('create_account'), ('set_webhook_limit'), ('issue_token'),
        ('revoke_token'), ('add_event_type'), ('set_working_hours'),
        ('import_secret'), ('rename_event_type'), ('archive_event_type'), ('remove_event_type'),
        ('close_on'), ('open_on'), ('open_always'), ('seconds_until_open'),
        ('disable_webhook'), ('enable_webhook'), ('add_sealing_key'),
        ('retire_sealing_key'), ('add_signing_key'), ('retire_signing_key'),
        ('slot'), ('maintain'), ('publish'), ('publish'),
        ('publish_to_all'), ('publish_to_all'), ('replay'), ('replay'), ('cancel'), ('cancel'),
        ('skip'), ('release'), ('set_rate'), ('set_ordered'), ('set_max_in_flight'),
        ('set_timeout'), ('set_retry_schedule'), ('set_retry_schedule'),
        ('set_retention'), ('trust_clock'),
        ('message_name'), ('uuid7_time'), ('create_client'),
        ('create_platform_client'), ('revoke_client'), ('set_share'), ('account_load'), ('metrics'),
        ('rates'), ('count_deliveries'), ('count_waiting'), ('checkup'),
        ('newest_attempts'), ('newest_deliveries'),
        ('delete_account'), ('erase_message') $$,
    'an administrator may call what administers');
SELECT bag_eq($$
    SELECT split_part(function, '(', 1), description FROM postern.manual
    $$, $$
    SELECT p.proname::text, obj_description(p.oid, 'pg_proc')
      FROM pg_proc AS p
     WHERE p.pronamespace = 'postern'::regnamespace
       AND has_function_privilege('postern_admin', p.oid, 'EXECUTE')
    $$, 'all of which the view manual explains');
SELECT is(replace(function, '"', ''), 'issue_token(account uuid, ttl interval'
        || format(' DEFAULT ''%s''::interval, scopes text[] DEFAULT', interval '90 days')
        || ' ''{webhooks:read,webhooks:write}''::text[]) -> text',
    'with names, defaults and results')
  FROM postern.manual WHERE function LIKE 'issue_token(%';

SELECT is(pg_temp.state_as(role, format('SELECT * FROM %s', name)), '42501',
    format('%s may not read %s', role, name))
  FROM pg_temp.relations('{r,v,p,S}'),
       unnest('{postern_responder,postern_publisher,postern_delivery}'::text[])
           AS role;
SELECT is(pg_temp.state_as(role, format('SELECT * FROM %s', name)),
    '42501', format('%s may not read %s', role, name))
  FROM pg_temp.relations('{r,p,S}'), unnest('{postern_admin,postern_viewer}'::text[]) AS role;
SELECT is(pg_temp.state_as(role, format('SELECT * FROM %s', name)),
    CASE WHEN name IN ('postern.owed', 'postern.feed_held', 'postern.sight')
         THEN '42501' ELSE '00000' END,
    format('%s may read the view %s, unless others are made of it', role, name))
  FROM pg_temp.relations('{v}'), unnest('{postern_admin,postern_viewer}'::text[]) AS role;
SELECT bag_eq($$
    SELECT p.proname::text FROM pg_proc AS p
     WHERE p.pronamespace = 'postern'::regnamespace
       AND has_function_privilege('postern_viewer', p.oid, 'EXECUTE')
    $$, $$ VALUES ('slot'), ('message_name'), ('uuid7_time'), ('account_load'), ('metrics'),
        ('count_waiting'), ('rates'), ('checkup'), ('newest_attempts'),
        ('newest_deliveries') $$,
    'a viewer may call what the views are made with, and what counts');
SELECT is_empty($$
    SELECT c.oid::regclass, acl.grantee::regrole, acl.privilege_type
      FROM pg_class AS c, aclexplode(c.relacl) AS acl
     WHERE c.relnamespace = 'postern'::regnamespace
       AND acl.grantee <> c.relowner
       AND (c.relkind <> 'v' OR acl.privilege_type <> 'SELECT'
            OR acl.grantee NOT IN ('postern_admin'::regrole, 'postern_viewer'::regrole))
    UNION ALL
    SELECT a.attrelid::regclass, acl.grantee::regrole, acl.privilege_type
      FROM pg_attribute AS a, aclexplode(a.attacl) AS acl
     WHERE a.attrelid IN (SELECT relation FROM pg_temp.relations('{r,v,p,S}'))
    $$, 'nothing is granted on tables, sequences and columns but those views');
SELECT ok(NOT has_schema_privilege(role, 'postern', 'CREATE'),
    role || ' may create nothing in the schema')
  FROM unnest('{postern_responder,postern_publisher,postern_delivery,
      postern_admin,postern_viewer}'::text[]) AS role;
SELECT is(pg_temp.state_as(role, 'SELECT postern.create_account(''x'')'),
    '42501', role || ' may not administer')
  FROM unnest('{postern_responder,postern_publisher,postern_delivery,postern_viewer}'::text[])
           AS role;

-- A search_path of the caller's changes nothing.
CREATE SCHEMA trap;
GRANT USAGE ON SCHEMA trap TO PUBLIC;
CREATE FUNCTION trap.sha256(bytea) RETURNS bytea LANGUAGE sql
AS $$ SELECT 'trapped'::bytea $$;
SET search_path = trap, pg_catalog, public, pg_temp;
SELECT set_config('test.token', postern.issue_token(
    postern.create_account('schema.sql')), true);
RESET search_path;
SELECT is(hash, sha256(current_setting('test.token')::bytea),
    'a function of another schema is not taken for the catalog''s')
  FROM postern.access_token ORDER BY created_at DESC, id DESC LIMIT 1;

SELECT columns_are('postern', 'webhooks', ARRAY['id', 'account_id', 'url',
    'events', 'state', 'reason', 'created_at', 'updated_at', 'description',
    'rate', 'ordered', 'max_in_flight', 'timeout', 'retry_schedule',
    'filter'],
    'the view webhooks is as documented');

SELECT * FROM finish();
ROLLBACK;
