-- viewer.sql - what those see who only look: never data, answers or queries of URLs.
BEGIN;
SET client_min_messages = warning;
CREATE EXTENSION IF NOT EXISTS pgtap;
SELECT no_plan();
\ir ../lib/claim.sql
CREATE TEMP TABLE hook AS
SELECT postern.create_account('viewer.sql') AS account, postern.uuid7() AS id;
SELECT postern.add_event_type('viewer.event');
INSERT INTO postern.webhook (account_id, id, url, canonical_url)
SELECT account, id, url, url
  FROM hook, (VALUES ('https://viewer.example/in?key=hush-url&a=?b')) AS u (url);
INSERT INTO postern.subscription (account_id, webhook_id, event_type_id)
SELECT account, hook.id, t.id
  FROM hook, postern.event_type AS t WHERE t.name = 'viewer.event';
CREATE TEMP TABLE token AS SELECT postern.issue_token(account) AS token FROM hook;
CREATE TEMP TABLE client AS SELECT c.* FROM hook, postern.create_client(account, 'c') AS c;
SELECT postern.publish(account, 'viewer.event', '{"n": "hush-data"}') FROM hook;
INSERT INTO postern.attempt (delivery_id, attempt_no, account_id, webhook_id, message_id,
    started_at, total_us, status, verdict, error, answer, answer_headers)
SELECT f.id, 1, f.account_id, f.webhook_id, f.message_id, now(), 7, 500, 'retried', NULL,
       'hush-answer', 'X: hush-header'
  FROM postern.fresh AS f, hook WHERE f.account_id = hook.account;

-- All that a role sees in the views and by what counts, as text.
CREATE FUNCTION pg_temp.seen_by(role text) RETURNS text
LANGUAGE plpgsql AS $$
DECLARE
    relation regclass;
    seen     text := '';
    part     text;
BEGIN
    PERFORM set_config('role', role, true);
    FOR relation IN
        SELECT c.oid FROM pg_class AS c
         WHERE c.relnamespace = 'postern'::regnamespace AND c.relkind = 'v'
           AND has_table_privilege(c.oid, 'SELECT')
    LOOP
        EXECUTE format('SELECT string_agg(v::text, E''\n'') FROM %s AS v', relation) INTO part;
        seen := seen || coalesce(relation || E'\n' || part || E'\n', '');
    END LOOP;
    SELECT string_agg(x, E'\n') INTO part
      FROM (SELECT m::text FROM postern.metrics() AS m
            UNION ALL SELECT r::text FROM postern.rates() AS r
            UNION ALL SELECT c::text FROM postern.checkup() AS c) AS u (x);
    PERFORM set_config('role', 'none', true);
    RETURN seen || coalesce(part, '');
END
$$;
CREATE ROLE looks IN ROLE postern_viewer;
CREATE ROLE looks_and_does IN ROLE postern_viewer, postern_admin;
CREATE TEMP TABLE seen AS
SELECT role, pg_temp.seen_by(role) AS seen
  FROM unnest('{postern_viewer,looks,postern_admin,looks_and_does}'::text[]) AS role;

SELECT matches(seen, what, format('%s sees "%s"', role, what))
  FROM seen, unnest('{hush-url,hush-data,hush-answer,hush-header}'::text[]) AS what
 WHERE role IN ('postern_admin', 'looks_and_does');
SELECT doesnt_match(seen, what, format('%s does not see "%s"', role, what))
  FROM seen, unnest('{hush-url,hush-data,hush-answer,hush-header}'::text[]) AS what
 WHERE role IN ('postern_viewer', 'looks');
SELECT ok(strpos(seen, token) = 0 AND strpos(seen, client_secret) = 0,
    role || ' sees no token and no client''s secret')
  FROM seen, token, client;
SELECT ok(strpos(seen, h) = 0 AND strpos(seen, encode(hash, 'base64')) = 0,
    role || ' sees no hash of one')
  FROM seen, (SELECT hash, encode(hash, 'hex') AS h FROM postern.access_token) AS t;
SELECT matches(seen, 'https://viewer\.example/in', role || ' sees where a webhook goes')
  FROM seen;
SELECT matches(seen, 'viewer\.event.*it answered 500',
    role || ' sees what was published and how it went')
  FROM seen;

SET ROLE looks;
SELECT is((SELECT m.data::text FROM postern.messages AS m WHERE m.type = 'viewer.event'), NULL,
    'data are NULL, not refused');
SELECT throws_ok('SELECT postern.sight.whole FROM postern.sight', '42501', NULL,
    'what decides it cannot be read');
RESET ROLE;
SELECT * FROM finish();
ROLLBACK;
