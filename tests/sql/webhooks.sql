-- webhooks.sql - event types, sealing keys, webhooks off and on, upkeep.
BEGIN;
SET client_min_messages = warning;
CREATE EXTENSION IF NOT EXISTS pgtap;
SELECT no_plan();

-- Event types ----------------------------------------------------------------

SELECT lives_ok(format('SELECT postern.add_event_type(%L)', name),
    format('event type %s', left(name, 20)))
  FROM (VALUES ('a'), ('Test.A-1_b:c'), (repeat('x', 128)), ('..')) AS v (name);
SELECT throws_ok(format('SELECT postern.add_event_type(%L)', name), '22023',
    format('invalid name of an event type: "%s"', coalesce(name, 'NULL')),
    format('no event type: %L', translate(left(name, 20), E'\n', '~')))
  FROM (VALUES (''), (NULL), (repeat('x', 129)), ('a b'), ('a,b'), ('é'),
    ('a"'), (E'a\n'), ('a/b')) AS v (name);
SELECT lives_ok('SELECT postern.add_event_type(''a'', ''First.'')',
    'an event type again');
SELECT lives_ok('SELECT postern.add_event_type(''a'')',
    'and again, without a description');
SELECT results_eq(
    'SELECT description FROM postern.event_types WHERE name = ''a''',
    $$ VALUES ('First.') $$, 'it is there once, with its description');

-- Sealing keys ---------------------------------------------------------------

CREATE FUNCTION pg_temp.line(id text, key bytea) RETURNS text LANGUAGE sql
AS $$ SELECT format('postern-public-1 %s %s', id, encode(key, 'base64')) $$;

SELECT is(postern.add_sealing_key(
    pg_temp.line('00112233445566aa', sha256('k'))), '00112233445566aa', 'a key is added, and its id returned');
SELECT is(postern.add_sealing_key(
    pg_temp.line('00112233445566aa', sha256('k')) || E'\n'),
    '00112233445566aa', 'again, with a newline, is harmless');
SELECT results_eq($$ SELECT id, state, secrets, public_key
    FROM postern.sealing_keys WHERE id = '00112233445566aa' $$,
    $$ VALUES ('00112233445566aa', 'in use', 0::bigint,
        encode(sha256('k'), 'base64')) $$, 'the view shows the key');
SELECT throws_ok(format('SELECT postern.add_sealing_key(%L)',
    pg_temp.line('00112233445566aa', sha256('other'))), '23505',
    'there is another key with the id 00112233445566aa',
    'one id is not two keys');
SELECT throws_ok(format('SELECT postern.add_sealing_key(%L)', line), '22023',
    'this is not the line of a public key', format('no key: %L', line))
  FROM (VALUES (''), (NULL), ('postern-public-1'),
    (encode(sha256('k'), 'base64')),
    (pg_temp.line('00112233445566AA', sha256('k'))),
    (pg_temp.line('00112233445566a', sha256('k'))),
    (pg_temp.line('00112233445566aa', '\x00')),
    (pg_temp.line('00112233445566aa', sha256('k')) || ' '),
    (' ' || pg_temp.line('00112233445566aa', sha256('k'))),
    (replace(pg_temp.line('00112233445566aa', sha256('k')), ' ', '  ')),
    (replace(pg_temp.line('00112233445566aa', sha256('k')), '-1', '-2')),
    ('postern-public-1 00112233445566aa ' || repeat('A', 42) || 'B='))
    AS v (line);
SELECT throws_ok('SELECT postern.add_sealing_key(
    ''postern-private-1 00112233445566aa secretsecret'')', '22023',
    'this is the private half of a key',
    'the private half is refused, and not repeated');
SELECT throws_ok('SELECT postern.retire_sealing_key(''00112233445566AA'')',
    '55000', '"00112233445566aa" is the only sealing key in use',
    'the only key in use is not retired');
SELECT is(state, 'in use', 'and stays as it was')
  FROM postern.sealing_keys WHERE id = '00112233445566aa';
SELECT postern.add_sealing_key(pg_temp.line('00112233445566bb', sha256('l')));
SELECT lives_ok('SELECT postern.retire_sealing_key(''00112233445566aa'')',
    'a key is retired');
SELECT throws_ok('SELECT postern.retire_sealing_key(''00112233445566bb'')',
    '55000', NULL, 'the one that is left is not, whatever is retired');
SELECT lives_ok('SELECT postern.retire_sealing_key(''00112233445566AA'')',
    'again is harmless');
SELECT is(postern.responder_ready('\x00112233445566aa')
        ~ 'retired.*add_sealing_key', true, 'a retired key is not ready');
SELECT is(state, 'retired', 'the view shows it')
  FROM postern.sealing_keys WHERE id = '00112233445566aa';
SELECT postern.add_sealing_key(pg_temp.line('00112233445566aa', sha256('k')));
SELECT is(state, 'in use', 'added again it is in use')
  FROM postern.sealing_keys WHERE id = '00112233445566aa';
SELECT throws_ok(format('SELECT postern.retire_sealing_key(%L)', id), 'P0002',
    NULL, format('no key to retire: %L', id))
  FROM (VALUES (''), (NULL), ('ffffffffffffffff')) AS v (id);
SELECT is(postern.responder_ready('\x00112233445566aa'), NULL,
    'with a key in use a responder is ready');
SELECT is(postern.responder_ready(id) ~ 'not known.*add_sealing_key', true,
    format('not with %L', id))
  FROM (VALUES ('\xffffffffffffffff'::bytea), (''), (NULL)) AS v (id);

-- Off and on -----------------------------------------------------------------

SELECT set_config('test.account',
    postern.create_account('webhooks.sql')::text, true);
INSERT INTO postern.webhook (account_id, id, url, canonical_url, updated_at)
SELECT current_setting('test.account')::uuid, id, id, id, '2026-01-01'
  FROM (VALUES ('00000000-0000-7000-8000-000000000001'::uuid),
               ('00000000-0000-7000-8000-000000000002')) AS v (id);
PREPARE states AS
SELECT right(id::text, 1), state, reason, updated_at > '2026-01-01'
  FROM postern.webhooks
 WHERE account_id = current_setting('test.account')::uuid ORDER BY id;

SELECT lives_ok($$ SELECT postern.disable_webhook(
    '00000000-0000-7000-8000-000000000001', 'abuse') $$,
    'a webhook is disabled');
SELECT results_eq('EXECUTE states', $$ VALUES ('1', 'disabled', 'abuse', true),
    ('2', 'enabled', NULL, false) $$, 'that one only, with its reason');
SELECT lives_ok($$ SELECT postern.enable_webhook(
    '00000000-0000-7000-8000-000000000001') $$, 'a webhook is enabled');
SELECT results_eq('EXECUTE states', $$ VALUES ('1', 'enabled', NULL, true),
    ('2', 'enabled', NULL, false) $$, 'without a reason');
SELECT throws_ok(format('SELECT postern.%s_webhook(
        ''00000000-0000-7000-8000-000000000003''%s)', verb, reason), 'P0002',
    'there is no webhook 00000000-0000-7000-8000-000000000003',
    format('no webhook to %s', verb))
  FROM (VALUES ('disable', ', ''x'''), ('enable', '')) AS v (verb, reason);
SELECT throws_ok(format('SELECT postern.disable_webhook(
    ''00000000-0000-7000-8000-000000000001'', %L)', reason), '22023', NULL,
    format('no reason: %L', reason))
  FROM (VALUES (''), ('  '), (NULL)) AS v (reason);

-- Upkeep ---------------------------------------------------------------------

INSERT INTO postern.secret (account_id, webhook_id, id, key_id, ephemeral,
    nonce, box, expires_at)
SELECT current_setting('test.account')::uuid,
       '00000000-0000-7000-8000-000000000001', gen_random_uuid(),
       '\x00112233445566aa', sha256(''), substr(sha256(''), 1, 24),
       sha256('') || substr(sha256(''), 1, 16), expires_at
  FROM (VALUES (now() - interval '1 second'), (now() - interval '1 ms'),
               (now() + interval '1 second'), (NULL)) AS v (expires_at);
SELECT is(secrets, 4::bigint, 'a key guards its secrets')
  FROM postern.sealing_keys WHERE id = '00112233445566aa';
CREATE TEMP TABLE token AS
SELECT postern.issue_token(current_setting('test.account')::uuid) AS text,
       name, expires, revoked
  FROM (VALUES ('valid', 1, NULL), ('expired', -29, NULL), ('old', -31, NULL),
               ('revoked', 1, -29), ('revoked long ago', 1, -31),
               ('revoked and expired', -1, -40)) AS v (name, expires, revoked);
UPDATE postern.access_token
   SET created_at = now() - interval '60 days',
       expires_at = now() + expires * interval '1 day',
       revoked_at = now() + revoked * interval '1 day'
  FROM token WHERE hash = sha256(convert_to(text, 'UTF8'));
SELECT lives_ok('SELECT postern.maintain()', 'maintain');
SELECT is(count(*), 2::bigint, 'expired secrets go, the current one stays')
  FROM postern.secret WHERE account_id = current_setting('test.account')::uuid;
SELECT bag_eq($$ SELECT name FROM token JOIN postern.access_token
        ON hash = sha256(convert_to(text, 'UTF8')) $$,
    $$ VALUES ('valid'), ('expired'), ('revoked') $$,
    'tokens go 30 days after their end');

INSERT INTO postern.webhook (account_id, id, url, canonical_url, state, updated_at)
SELECT current_setting('test.account')::uuid, w.id, 'x', 'deleted:' || w.id,
       'deleted', now() - CASE WHEN n <= 1200 THEN interval '25 hours'
           ELSE interval '23 hours' END
  FROM (SELECT postern.uuid7() AS id, n FROM generate_series(1, 1210) AS n) AS w;
UPDATE postern.account SET deleted_count = 1210
 WHERE id = current_setting('test.account')::uuid;
CREATE TEMP TABLE step (n integer, place text, tombstones bigint, counted integer);
DO $$
DECLARE
    place text;
BEGIN
    FOR n IN 1 .. 100 LOOP
        place := postern.tidy(place);
        INSERT INTO step
        SELECT n, place, (SELECT count(*) FROM postern.webhook WHERE state = 'deleted'),
               (SELECT deleted_count FROM postern.account
                 WHERE id = current_setting('test.account')::uuid);
        EXIT WHEN place IS NULL;
    END LOOP;
END
$$;
SELECT cmp_ok(max(gone), '<=', 500::bigint, 'deleted webhooks go in steps of 500 at most')
  FROM (SELECT lag(tombstones, 1, 1210::bigint) OVER (ORDER BY n) - tombstones AS gone
          FROM step) AS s;
SELECT results_eq('SELECT place, tombstones, counted FROM step ORDER BY n DESC LIMIT 1',
    $$VALUES (NULL::text, 10::bigint, 10)$$, 'a day later, and count no longer');

SELECT * FROM finish();
ROLLBACK;
