-- strangers.sql - whoever has a webhook's id has nothing of another account's.
BEGIN;
SET client_min_messages = warning;
CREATE EXTENSION IF NOT EXISTS pgtap;
SELECT no_plan();

SELECT postern.open_always(), postern.add_event_type('s.event');
SELECT postern.add_sealing_key('postern-public-1 00112233445566aa '
    || encode(sha256('k'), 'base64'));
CREATE TEMP TABLE v AS
SELECT name, postern.create_account('strangers.sql ' || name) AS id
  FROM unnest('{owner,stranger}'::text[]) AS name;
ALTER TABLE v ADD token bytea;
UPDATE v SET token = sha256(convert_to(postern.issue_token(id), 'UTF8'));
CREATE TEMP TABLE hook AS SELECT postern.uuid7() AS id;
CREATE FUNCTION pg_temp.hook() RETURNS uuid
LANGUAGE sql AS $$ SELECT id FROM hook $$;

-- As the responder could, if somebody had taken it over.
CREATE FUNCTION pg_temp.register(who text) RETURNS text
LANGUAGE plpgsql AS $$
DECLARE
    digest  bytea := (SELECT token FROM v WHERE v.name = who);
    wanted  uuid  := pg_temp.hook();
    outcome text;
BEGIN
    PERFORM set_config('role', 'postern_responder', true);
    SELECT r.outcome INTO outcome
      FROM postern.register(ARRAY[wanted], ARRAY[digest],
           ARRAY['https://s.example/' || who],
           ARRAY['https://s.example/' || who], '{1}', '{s.event}',
           '{\\x00112233445566aa}', ARRAY[sha256('e')],
           ARRAY[substr(sha256('n'), 1, 24)],
           ARRAY[sha256('b') || substr(sha256('b'), 1, 16)]) AS r;
    PERFORM set_config('role', 'none', true);
    RETURN outcome;
END
$$;
CREATE FUNCTION pg_temp.call(operation text, input jsonb DEFAULT '{}',
    delivery text DEFAULT NULL) RETURNS postern.api_answer
LANGUAGE plpgsql AS $$
DECLARE
    digest bytea  := (SELECT token FROM v WHERE name = 'stranger');
    wanted text[] := ARRAY[pg_temp.hook()::text, delivery];
    answer postern.api_answer;
BEGIN
    PERFORM set_config('role', 'postern_responder', true);
    answer := postern.api(operation, digest, wanted, input, NULL);
    PERFORM set_config('role', 'none', true);
    RETURN answer;
END
$$;
-- All that the owner has, wherever it is.
CREATE FUNCTION pg_temp.state() RETURNS TABLE (place text, held jsonb)
LANGUAGE sql AS $$
    SELECT 'fresh', to_jsonb(t) FROM postern.fresh AS t, v
     WHERE t.account_id = v.id AND v.name = 'owner'
    UNION ALL
    SELECT 'backlog', to_jsonb(t) FROM postern.backlog AS t, v
     WHERE t.account_id = v.id AND v.name = 'owner'
    UNION ALL
    SELECT 'in_flight', to_jsonb(t) FROM postern.in_flight AS t, v
     WHERE t.account_id = v.id AND v.name = 'owner'
    UNION ALL
    SELECT 'attempt', to_jsonb(t) FROM postern.attempt AS t, v
     WHERE t.account_id = v.id AND v.name = 'owner'
    UNION ALL
    SELECT 'lane', to_jsonb(t) FROM postern.lane AS t, v
     WHERE t.account_id = v.id AND v.name = 'owner'
$$;

-- The owner's webhook has something everywhere -----------------------------------

SELECT is(pg_temp.register('owner'), 'registered', 'a webhook of an account');
CREATE TEMP TABLE d AS
SELECT n, nextval('postern.delivery_id') AS id, v.id AS account,
       postern.uuid7() AS message
  FROM v, generate_series(1, 6) AS n
 WHERE v.name = 'owner';
INSERT INTO postern.message (id, account_id, event_type_id, owed, body)
SELECT d.message, d.account, t.id, 1, '{"whose":"the owner''s"}'
  FROM d, postern.event_type AS t
 WHERE t.name = 's.event';
INSERT INTO postern.fresh (id, account_id, webhook_id, message_id)
SELECT id, account, pg_temp.hook(), message FROM d WHERE n = 1;
INSERT INTO postern.backlog (id, account_id, webhook_id, message_id, ordered,
    attempt_no, retry_no, due_at)
SELECT id, account, pg_temp.hook(), message, n = 2, 1, 1, 'infinity'
  FROM d WHERE n IN (2, 3);
INSERT INTO postern.in_flight (id, account_id, webhook_id, message_id, ordered,
    attempt_no, retry_no, lease_until)
SELECT id, account, pg_temp.hook(), message, false, 1, 0, 'infinity'
  FROM d WHERE n = 4;
INSERT INTO postern.attempt (delivery_id, attempt_no, account_id, webhook_id,
    message_id, started_at, verdict, outcome)
SELECT id, 1, account, pg_temp.hook(), message, now(), 'rejected',
       CASE n WHEN 5 THEN 'failed' ELSE 'sent' END
  FROM d WHERE n IN (5, 6);
INSERT INTO postern.lane (account_id, webhook_id, next_at)
SELECT id, pg_temp.hook(), 'infinity' FROM v WHERE name = 'owner';
CREATE TEMP TABLE before AS SELECT * FROM pg_temp.state();
SELECT is(count(*), 7::bigint, 'it has something everywhere') FROM before;

-- Another registers its id -------------------------------------------------------

SELECT is(pg_temp.register('stranger'), 'superseded',
    'another account cannot register the id of a webhook');
SELECT is(count(*), 1::bigint, 'which stays one account''s')
  FROM postern.webhook WHERE id = pg_temp.hook();
SELECT is(webhook_count, 0, 'and counts for no other')
  FROM postern.account JOIN v USING (id) WHERE v.name = 'stranger';
SELECT throws_ok($$INSERT INTO postern.webhook (account_id, id, url, canonical_url)
    SELECT id, pg_temp.hook(), 'x', 'x' FROM v WHERE name = 'stranger'$$,
    '23505', NULL, 'whatever the functions do');
SELECT is((pg_temp.call(operation, '{}', '1')).outcome, 'no_such',
    operation || ': it is nothing to others')
  FROM unnest('{get_webhook,list_deliveries,test_webhook,delete_webhook}'::text[])
       AS operation;

-- And when it is free again, with much still owed and on record ------------------

DELETE FROM postern.secret WHERE webhook_id = pg_temp.hook();
DELETE FROM postern.subscription WHERE webhook_id = pg_temp.hook();
DELETE FROM postern.webhook WHERE id = pg_temp.hook();
SELECT is(pg_temp.register('stranger'), 'registered',
    'the id of a webhook that is no more is free');
SELECT is((pg_temp.call('list_deliveries', input)).body,
    '{"data":[],"next_cursor":null}', format('nothing is listed: %s', input))
  FROM (VALUES ('{}'::jsonb), ('{"state": "owed"}'), ('{"state": "sent"}'),
      ('{"state": "failed"}')) AS v (input);
SELECT is((pg_temp.call('redeliver', '{}', id::text)).outcome, 'no_such',
    format('delivery %s is not sent again', n)) FROM d;
SELECT is((pg_temp.call('replay', jsonb_build_object('since',
        '1970-01-01T00:00:00Z', 'sent_too', true))).body, '{"deliveries":0}',
    'there is nothing to replay');
SELECT is((pg_temp.call('change_webhook', '{"ordered": true}')).outcome, 'ok',
    'a change of order is done');
SELECT is(postern.replay(pg_temp.hook(), '-infinity', 'infinity', true), 0::bigint,
    'for operators too there is nothing to replay');
SELECT is(postern.cancel(pg_temp.hook(), '-infinity', 'infinity'), 0::bigint,
    'nor to cancel');
SELECT is(postern.skip(pg_temp.hook()), NULL, 'nor to skip');
SELECT is((pg_temp.call('delete_webhook')).outcome, 'no_content',
    'what the stranger has is deleted');
SELECT bag_eq('SELECT * FROM pg_temp.state()', 'SELECT * FROM before',
    'and the owner still has all');

SELECT * FROM finish();
ROLLBACK;
