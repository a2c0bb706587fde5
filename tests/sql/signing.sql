-- signing.sql - the platform's signing keys: current, next, retired.
BEGIN;
SET client_min_messages = warning;
CREATE EXTENSION IF NOT EXISTS pgtap;
SELECT no_plan();

CREATE FUNCTION pg_temp.line(id text, key bytea) RETURNS text LANGUAGE sql
AS $$ SELECT format('postern-signing-public-1 %s whpk_%s', id,
    encode(key, 'base64')) $$;
CREATE FUNCTION pg_temp.told() RETURNS SETOF text LANGUAGE sql
AS $$ SELECT concat_ws(' ', right(k ->> 'id', 2), k ->> 'status')
        FROM json_array_elements(postern.api_webhook_keys()::json -> 'keys')
          AS k $$;

SELECT is(postern.api_webhook_keys(), '{"keys":[]}', 'at first there is none');
SELECT is(postern.signing_ready('{}'), NULL, 'and a worker needs none');

-- Adding ---------------------------------------------------------------------

SELECT is(postern.add_signing_key(pg_temp.line('00112233445566aa',
    sha256('a'))), '00112233445566aa', 'a key is added, and its id returned');
SELECT is(postern.add_signing_key(pg_temp.line('00112233445566aa',
    sha256('a')) || E'\n'), '00112233445566aa',
    'again, with a newline, is harmless');
SELECT is(postern.api_webhook_keys(), format('{"keys":[{"id":"%s",'
        || '"algorithm":"ed25519","key":"whpk_%s","status":"current",'
        || '"added_at":"%s"}]}', id, encode(sha256('a'), 'base64'),
        to_char(added_at AT TIME ZONE 'UTC',
            'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"')),
    'receivers find it, as current')
  FROM postern.signing_keys;
SELECT throws_ok(format('SELECT postern.add_signing_key(%L)', line), '22023',
    'this is not the line of a public key', format('no key: %L', line))
  FROM (VALUES (''), (NULL), ('postern-signing-public-1'),
    (encode(sha256('a'), 'base64')),
    ('whpk_' || encode(sha256('a'), 'base64')),
    (pg_temp.line('00112233445566AA', sha256('a'))),
    (pg_temp.line('00112233445566a', sha256('a'))),
    (pg_temp.line('00112233445566aa', '\x00')),
    (pg_temp.line('00112233445566aa', sha256('a')) || ' '),
    (' ' || pg_temp.line('00112233445566aa', sha256('a'))),
    (replace(pg_temp.line('00112233445566aa', sha256('a')), 'whpk_', '')),
    (replace(pg_temp.line('00112233445566aa', sha256('a')), '-signing', '')),
    ('postern-signing-public-1 00112233445566aa whpk_' || repeat('A', 42)
        || 'B=')) AS v (line);
SELECT throws_ok(format('SELECT postern.add_signing_key(%L)', line), '22023',
    'this is the private half of a key',
    'the private half is refused, and not repeated')
  FROM (VALUES ('postern-signing-private-1 00112233445566aa whsk_secret'),
    ('whsk_secret')) AS v (line);
SELECT throws_ok(format('SELECT postern.add_signing_key(%L)',
    pg_temp.line('00112233445566aa', sha256('other'))), '23505',
    'there is another key with the id 00112233445566aa',
    'one id is not two keys');

-- Rotating -------------------------------------------------------------------

SELECT is(postern.signing_ready('{}') ~ 'told of.*00112233445566aa', true,
    'a worker without the current key is not ready');
SELECT is(postern.signing_ready('{"\\x00112233445566aa"}'), NULL,
    'one with it is');
SELECT is(postern.signing_ready(ids) ~ 'add_signing_key', true,
    format('not with %L', ids))
  FROM (VALUES ('{"\\xffffffffffffffff"}'::bytea[]),
    ('{"\\x00112233445566aa","\\x00112233445566bb"}'), ('{""}'), ('{NULL}'))
    AS v (ids);
SELECT postern.add_signing_key(pg_temp.line('00112233445566bb', sha256('b')));
SELECT results_eq('SELECT pg_temp.told()',
    $$ VALUES ('aa current'), ('bb next') $$, 'a second key is the next');
SELECT is(postern.signing_ready(ids), NULL, format('ready with %L', ids))
  FROM (VALUES ('{"\\x00112233445566aa"}'::bytea[]),
    ('{"\\x00112233445566aa","\\x00112233445566bb"}')) AS v (ids);
SELECT is(postern.signing_ready('{"\\x00112233445566bb"}') ~ 'told of', true,
    'but not with the next key alone');
SELECT throws_ok(format('SELECT postern.add_signing_key(%L)',
    pg_temp.line('00112233445566cc', sha256('c'))), '55000',
    'there are a current and a next signing key already',
    'there is no third');
SELECT postern.retire_signing_key('00112233445566AA');
SELECT results_eq('SELECT pg_temp.told()',
    $$ VALUES ('aa current'), ('bb current') $$,
    'one that is retired is to be found for its overlap');
SELECT results_eq('SELECT right(id, 2), state FROM postern.signing_keys
    ORDER BY id', $$ VALUES ('aa', 'retired'), ('bb', 'current') $$,
    'and the next is the current key');
SELECT is(postern.signing_ready('{"\\x00112233445566bb"}'), NULL,
    'which alone a worker needs now');
SELECT is(postern.signing_ready('{"\\x00112233445566aa",
    "\\x00112233445566bb"}') ~ 'in use.*00112233445566aa', true,
    'and the retired one is to be given no longer');
SELECT postern.retire_signing_key('00112233445566aa', '7 days');
SELECT is(published_until, now() + interval '1 day',
    'the overlap gets no longer by retiring again')
  FROM postern.signing_keys WHERE id = '00112233445566aa';
SELECT postern.retire_signing_key('00112233445566aa', '0');
SELECT results_eq('SELECT pg_temp.told()', $$ VALUES ('bb current') $$,
    'without an overlap it is gone at once');
SELECT postern.add_signing_key(pg_temp.line('00112233445566aa', sha256('a')));
SELECT results_eq('SELECT pg_temp.told()',
    $$ VALUES ('bb current'), ('aa next') $$,
    'a retired key that is added again is the next');
SELECT throws_ok(format('SELECT postern.retire_signing_key(%L)', id), 'P0002',
    NULL, format('no key to retire: %L', id))
  FROM (VALUES (''), (NULL), ('ffffffffffffffff')) AS v (id);
SELECT throws_ok(format('SELECT postern.retire_signing_key(
    ''00112233445566aa'', %L)', overlap), '22023', NULL,
    format('no overlap: %L', overlap))
  FROM (VALUES (NULL), ('-1 s'), ('7 days 1 s')) AS v (overlap);
SELECT postern.retire_signing_key(id, '0')
  FROM postern.signing_keys WHERE state <> 'retired';
SELECT is(postern.api_webhook_keys(), '{"keys":[]}',
    'all may be retired, and nothing is to be verified by a key');

-- Whose keys sign --------------------------------------------------------------

CREATE FUNCTION pg_temp.listed() RETURNS SETOF text LANGUAGE sql
AS $$ SELECT concat_ws(' ', right(k ->> 'id', 2), k ->> 'scope', k ->> 'status')
        FROM json_array_elements((postern.api_get_webhook_keys(
             '00000000-0000-7000-8000-00000000000a')).body::json -> 'keys') AS k $$;
SELECT is((postern.api_get_webhook_keys(id)).body, format('{"account":"%s","keys":[]}', id),
    'without a key an account is told of none')
  FROM postern.uuid7() AS id;
DELETE FROM postern.worker;
DELETE FROM postern.signing_scope;
DELETE FROM postern.signing_key;
SELECT postern.add_signing_key(pg_temp.line('00112233445566aa', sha256('a')));
SELECT postern.add_signing_key(pg_temp.line('00112233445566bb', sha256('b')));
SELECT results_eq('SELECT pg_temp.listed()',
    $$ VALUES ('aa account current'), ('bb account next') $$,
    'before any worker has said, it is the account''s keys');
SELECT postern.sign_on(NULL, NULL);
SELECT results_eq('SELECT pg_temp.listed()',
    $$ VALUES ('aa account current'), ('bb account next') $$,
    'a worker without a key changes nothing');
CREATE TEMP TABLE old AS SELECT postern.sign_on(NULL) AS number;
SELECT results_eq('SELECT pg_temp.listed()',
    $$ VALUES ('aa account next'), ('bb account next'),
        ('aa platform current'), ('bb platform next') $$,
    'while the platform''s sign, the account''s are the next');
CREATE TEMP TABLE new AS SELECT postern.sign_on(NULL, 'account') AS number;
SELECT results_eq('SELECT pg_temp.listed()',
    $$ VALUES ('aa account current'), ('bb account next'),
        ('aa platform current'), ('bb platform next') $$,
    'while workers of both kinds are there, receivers are told of both');
SELECT results_eq('SELECT signs FROM postern.workers ORDER BY number',
    $$ VALUES (NULL), ('platform'), ('account') $$, 'and operators, of each worker');
SELECT postern.retire_signing_key('00112233445566aa');
DELETE FROM postern.worker AS w USING old WHERE w.number = old.number;
SELECT results_eq('SELECT pg_temp.listed()',
    $$ VALUES ('aa account current'), ('bb account current') $$,
    'then of the account''s, a retired one within its overlap too');
DELETE FROM postern.worker;
SELECT results_eq('SELECT pg_temp.listed()',
    $$ VALUES ('aa account current'), ('bb account current') $$,
    'and when no worker is there, as the last one said');
SELECT postern.sign_on(NULL, 'platform');
DELETE FROM postern.worker;
SELECT results_eq('SELECT pg_temp.listed()',
    $$ VALUES ('aa account next'), ('bb account next'),
        ('aa platform current'), ('bb platform current') $$,
    'whichever that was');
SELECT throws_ok($$ SELECT postern.sign_on(NULL, 'all') $$, '23514', NULL,
    'there is no other scope');
SELECT isnt((postern.api_get_webhook_keys('00000000-0000-7000-8000-00000000000a')).etag,
    (postern.api_get_webhook_keys('00000000-0000-7000-8000-00000000000b')).etag,
    'accounts'' answers have different entity tags');

SELECT * FROM finish();
ROLLBACK;
