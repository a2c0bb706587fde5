-- headers.sql - headers of a webhook, and webhooks made with all there is.
BEGIN;
SET client_min_messages = warning;
CREATE EXTENSION IF NOT EXISTS pgtap;
SELECT no_plan();
\ir ../lib/claim.sql

SELECT postern.open_always();
SELECT postern.add_event_type(name) FROM unnest('{h.a,h.b}'::text[]) AS name;
SELECT postern.add_sealing_key(format('postern-public-1 %s %s', id, encode(sha256(id::bytea),
    'base64')))
  FROM unnest('{00112233445566aa,00112233445566bb}'::text[]) AS id;
CREATE TEMP TABLE a AS
SELECT n, postern.create_account('headers.sql ' || n) AS id FROM generate_series(1, 2) AS n;
ALTER TABLE a ADD token text;
UPDATE a SET token = postern.issue_token(id);

-- What the responder makes of a secret, or of headers.
CREATE FUNCTION pg_temp.sealed(seed text, size integer, key text DEFAULT '00112233445566aa')
RETURNS jsonb LANGUAGE sql AS $$
    SELECT jsonb_build_object('key_id', key, 'ephemeral', encode(sha256(seed::bytea), 'hex'),
        'nonce', substr(encode(sha256(seed::bytea), 'hex'), 1, 48),
        'box', repeat('5a', size))
$$;
CREATE FUNCTION pg_temp.headers(seed text, names jsonb DEFAULT '["Authorization", "X-Key"]',
    size integer DEFAULT 80, key text DEFAULT '00112233445566aa')
RETURNS jsonb LANGUAGE sql AS $$
    SELECT jsonb_build_object('headers', '{}'::jsonb, 'header_names', names,
        'sealed_headers', pg_temp.sealed(seed, size, key))
$$;
CREATE FUNCTION pg_temp.call(operation text, ids text[] DEFAULT '{}',
    input jsonb DEFAULT '{}', who integer DEFAULT 1)
RETURNS postern.api_answer LANGUAGE plpgsql AS $$
DECLARE
    hash   bytea := (SELECT sha256(convert_to(a.token, 'UTF8')) FROM a WHERE a.n = who);
    answer postern.api_answer;
BEGIN
    PERFORM set_config('role', 'postern_responder', true);
    answer := postern.api(operation, hash, ids, input, NULL);
    PERFORM set_config('role', 'none', true);
    RETURN answer;
END
$$;
CREATE FUNCTION pg_temp.url(path text) RETURNS jsonb LANGUAGE sql AS $$
    SELECT jsonb_build_object('url', path, 'canonical_url', path)
$$;
CREATE FUNCTION pg_temp.wanted(path text) RETURNS jsonb LANGUAGE sql AS $$
    SELECT pg_temp.url('https://h.example/' || path) || '{"events": ["h.a"]}'
        || jsonb_build_object('sealed', pg_temp.sealed(path, 48))
$$;
CREATE TEMP TABLE made (id uuid);
CREATE FUNCTION pg_temp.ids() RETURNS text[] LANGUAGE sql AS $$
    SELECT ARRAY[id::text] FROM made $$;
CREATE FUNCTION pg_temp.names() RETURNS jsonb LANGUAGE sql AS $$
    SELECT (pg_temp.call('get_webhook', pg_temp.ids())).body::jsonb -> 'header_names'
$$;
CREATE FUNCTION pg_temp.change(input jsonb) RETURNS jsonb LANGUAGE sql AS $$
    SELECT (pg_temp.call('change_webhook', pg_temp.ids(), input)).body::jsonb -> 'header_names'
$$;

-- Made with all there is ------------------------------------------------------

SELECT is((answer.outcome, answer.parameter, answer.text)::text, wanted, wanted)
  FROM (VALUES
    (pg_temp.wanted('1') - 'url', '(invalid_parameter,url,"url is missing.")'),
    (pg_temp.wanted('1') - 'events', '(invalid_parameter,events,"events is missing.")'),
    (pg_temp.wanted('1') || '{"events": ["h.c"]}', '(unknown_event,events,)'),
    (pg_temp.wanted('1') || '{"events": ["postern.test"]}', '(unknown_event,events,)'),
    (pg_temp.wanted('1') || '{"rate": 0}',
     '(invalid_parameter,rate,"rate must be a number from 0.001 to 10000, or null.")'))
        AS v (input, wanted),
       pg_temp.call('create_webhook', '{}', v.input) AS answer;
SELECT is_empty('SELECT FROM postern.webhook AS w, a WHERE w.account_id = a.id',
    'what is refused is not made');
CREATE TEMP TABLE answer AS
SELECT a.* FROM pg_temp.call('create_webhook', '{}', pg_temp.wanted('1') || '{"description": "d",
    "rate": 2, "ordered": true, "max_in_flight": 4}' || pg_temp.headers('one')) AS a;
INSERT INTO made SELECT next::uuid FROM answer;
SELECT is(body::jsonb - '{id,created_at,updated_at,timeout,filter,health}'::text[],
    '{"url": "https://h.example/1", "description": "d", "events": ["h.a"], "enabled": true,
      "reason": null, "rate": 2, "ordered": true, "max_in_flight": 4,
      "header_names": ["Authorization", "X-Key"]}', 'it has all that was said')
  FROM answer;
SELECT results_eq('SELECT outcome, body FROM answer',
    $$SELECT 'created', (pg_temp.call('get_webhook', pg_temp.ids())).body$$,
    'and is as a look shows it');
SELECT results_eq('SELECT webhook_count FROM postern.account JOIN a USING (id) ORDER BY a.n',
    'VALUES (1), (0)', 'it counts');
SELECT results_eq('SELECT key_id, ephemeral, octet_length(box), expires_at FROM postern.secret
    WHERE webhook_id = (pg_temp.ids())[1]::uuid',
    $$VALUES ('\x00112233445566aa'::bytea, sha256('1'), 48, NULL::timestamptz)$$,
    'it has the secret that came');
SELECT is((pg_temp.call('create_webhook', '{}', pg_temp.wanted('1'))).outcome, 'conflict',
    'a URL that the account has is not made again');
SELECT is((pg_temp.call('create_webhook', '{}', pg_temp.wanted('1'), 2)).outcome, 'created',
    'another account''s is');
SELECT postern.set_webhook_limit(id, 1) FROM a WHERE n = 1;
SELECT is((pg_temp.call('create_webhook', '{}', pg_temp.wanted('2'))).outcome,
    'webhook_limit_reached', 'nor more than it may have');
SELECT postern.set_webhook_limit(id, 10) FROM a WHERE n = 1;
SELECT postern.retire_sealing_key('00112233445566bb');
SELECT throws_ok($$SELECT pg_temp.call('create_webhook', '{}', pg_temp.wanted('3')
    || jsonb_build_object('sealed', pg_temp.sealed('3', 48, '00112233445566bb')))$$,
    'PS001', NULL, 'nor with a secret sealed for a retired key');
RESET ROLE;

-- Headers ---------------------------------------------------------------------

CREATE FUNCTION pg_temp.box() RETURNS bytea LANGUAGE sql AS $$
    SELECT h.ephemeral FROM postern.webhook_headers AS h WHERE h.webhook_id = (pg_temp.ids())[1]::uuid
$$;
CREATE TEMP TABLE first AS SELECT headers_id FROM postern.webhook, made WHERE webhook.id = made.id;
SELECT is(pg_temp.box(), sha256('one'), 'the headers are kept as they came');
SELECT is(pg_temp.change('{"rate": 5}'), '["Authorization", "X-Key"]',
    'another change leaves them');
SELECT is(pg_temp.box(), sha256('one'), 'as they are');
SELECT is(pg_temp.change(pg_temp.headers('two', '["X-Other"]', 8208)), '["X-Other"]',
    'others take their place');
SELECT isnt(w.headers_id, first.headers_id, 'under another id')
  FROM postern.webhook AS w, made, first WHERE w.id = made.id;
SELECT throws_ok($$SELECT pg_temp.change(pg_temp.headers('x', '["X"]', 80, '00112233445566bb'))$$,
    'PS001', NULL, 'but none that are sealed for a retired key');
RESET ROLE;
SELECT throws_ok(format($$SELECT pg_temp.change(pg_temp.headers('x', '["X"]', %s))$$, size),
    '23514', NULL, format('nor a box of %s bytes', size))
  FROM unnest('{16,48,79,8272}'::integer[]) AS size;
RESET ROLE;
SELECT is(pg_temp.names(), '["X-Other"]', 'then they stay');
SELECT is((SELECT array_agg((outcome, webhook_id)::text) FROM postern.register(
        ARRAY[postern.uuid7()], ARRAY[sha256(convert_to(token, 'UTF8'))],
        '{https://h.example/1}', '{https://h.example/1}', '{1}', '{h.b}',
        '{"\\x00112233445566aa"}', ARRAY[sha256('r')], ARRAY[substr(sha256('r'), 1, 24)],
        ARRAY[sha256('r') || substr(sha256('r'), 1, 16)])),
    ARRAY[('registered', made.id)::text], 'it is registered again')
  FROM a, made WHERE a.n = 1;
SELECT is(pg_temp.names(), '["X-Other"]', 'with the headers that it has');

SELECT is(pg_temp.change(pg_temp.url(url)), '["X-Other"]', 'they follow to ' || url)
  FROM unnest('{https://h.example/2,https://h.example/?x=https://i.example}'::text[]) AS url;
SELECT is(pg_temp.change(pg_temp.headers('u') || pg_temp.url(url)), '["Authorization", "X-Key"]',
    'others that come with a URL go to ' || url)
  FROM unnest('{https://i.example/,https://h.example/}'::text[]) AS url;
CREATE FUNCTION pg_temp.moved(url text) RETURNS jsonb LANGUAGE plpgsql AS $$
BEGIN
    PERFORM pg_temp.change(pg_temp.headers('u') || pg_temp.url('https://h.example/'));
    RETURN pg_temp.change(pg_temp.url(url));
END
$$;
SELECT is(pg_temp.moved(url), '[]', 'but these are not for ' || url)
  FROM unnest('{http://h.example/,https://h.example:8443/,https://i.example/,'
      'https://h.example.i.example/,https://[2001:db8::1]/}'::text[]) AS url;
SELECT is_empty('SELECT FROM postern.webhook_headers', 'nor kept');
SELECT is(pg_temp.change(pg_temp.headers('n')), '["Authorization", "X-Key"]', 'given anew');
SELECT is(pg_temp.change(jsonb_build_object('headers', nothing)), '[]',
    format('%s takes them away', nothing))
  FROM unnest('{null,"{}"}'::jsonb[]) AS nothing;
SELECT is_empty('SELECT FROM postern.webhook_headers', 'with what was sealed');

-- Keys and claims -------------------------------------------------------------

SELECT is(pg_temp.change(pg_temp.headers('k')), '["Authorization", "X-Key"]', 'once more');
SELECT is(secrets, 4::bigint, 'the view of keys counts headers too')
  FROM postern.sealing_keys WHERE id = '00112233445566aa';
DELETE FROM postern.secret WHERE key_id = '\x00112233445566aa';
SELECT is(secrets, 1::bigint, 'alone as well')
  FROM postern.sealing_keys WHERE id = '00112233445566aa';
SELECT matches(postern.delivery_ready('{}'), '00112233445566aa',
    'a worker without the key is told');
SELECT is(postern.delivery_ready('{"\\x00112233445566aa"}'), NULL, 'one that has it is not');
SELECT postern.add_sealing_key('postern-public-1 00112233445566bb '
    || encode(sha256('00112233445566bb'), 'base64')),
    postern.retire_sealing_key('00112233445566aa');
SELECT matches(postern.delivery_ready('{}'), '00112233445566aa',
    'nor is it forgotten when the key is retired');
SELECT postern.publish(id, 'h.a', '{}') FROM a WHERE n = 2;
CREATE TEMP TABLE scans AS
SELECT pg_stat_get_xact_numscans('postern.webhook_headers_pkey'::regclass) AS n;
SELECT is(count(webhook_id), 1::bigint, 'what a webhook without headers is owed is claimed')
  FROM pg_temp.claim_all(wanted => 1);
SELECT is(pg_stat_get_xact_numscans('postern.webhook_headers_pkey'::regclass), n,
    'and nobody looks for any') FROM scans;
SELECT postern.publish(id, 'h.b', '{}') FROM a WHERE n = 1;
SELECT postern.publish(id, 'h.a', '{}') FROM a WHERE n = 2;
SELECT results_eq('SELECT a.n, c.headers FROM pg_temp.claim_all() AS c
        JOIN a ON a.id = c.account_id WHERE c.webhook_id IS NOT NULL ORDER BY a.n',
    $$SELECT 1, uuid_send(h.id) || h.key_id || h.ephemeral || h.nonce || h.box
        FROM postern.webhook_headers AS h
      UNION ALL SELECT 2, NULL$$, 'a claim has the headers of what is claimed');

SELECT * FROM finish();
ROLLBACK;
