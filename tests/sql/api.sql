-- api.sql - what the responder is answered about an account's webhooks.
BEGIN;
SET client_min_messages = warning;
CREATE EXTENSION IF NOT EXISTS pgtap;
SELECT no_plan();
\ir ../lib/claim.sql

SELECT postern.open_always();
SELECT postern.add_event_type(name) FROM unnest('{api.a,api.b.c}'::text[]) AS name;
SELECT postern.add_sealing_key('postern-public-1 00112233445566aa '
    || encode(sha256('k'), 'base64'));
SELECT postern.add_sealing_key('postern-public-1 00112233445566bb '
    || encode(sha256('l'), 'base64'));
SELECT postern.retire_sealing_key('00112233445566bb');

CREATE TEMP TABLE account AS
SELECT name, postern.create_account('api.sql ' || name) AS id
  FROM unnest('{one,two}'::text[]) AS name;
CREATE TEMP TABLE token AS
SELECT a.name || ' ' || t.name AS name, a.id AS account,
       postern.issue_token(a.id, '1 day', t.scopes) AS text
  FROM account AS a, (VALUES ('both', '{webhooks:read,webhooks:write}'::text[]),
      ('read', '{webhooks:read}'), ('write', '{webhooks:write}'))
      AS t (name, scopes);
INSERT INTO token VALUES ('nobody', NULL, 'pst_nobody');
CREATE TEMP TABLE hook (n integer PRIMARY KEY, id uuid);

CREATE FUNCTION pg_temp.hash(who text) RETURNS bytea LANGUAGE sql AS $$
    SELECT sha256(convert_to(t.text, 'UTF8')) FROM token AS t WHERE t.name = who
$$;
-- As the responder does: 3 members suffice, the rest is as it should be.
CREATE FUNCTION pg_temp.call(route text, ids text[] DEFAULT '{}',
    input jsonb DEFAULT '{}', who text DEFAULT 'one both',
    if_match text[] DEFAULT NULL)
RETURNS postern.api_answer LANGUAGE plpgsql AS $$
DECLARE
    hash   bytea := pg_temp.hash(who);
    answer postern.api_answer;
BEGIN
    PERFORM set_config('role', 'postern_responder', true);
    answer := postern.api(route, hash, ids, input, if_match);
    PERFORM set_config('role', 'none', true);
    RETURN answer;
END
$$;
-- The answer in few words.
CREATE FUNCTION pg_temp.said(answer postern.api_answer) RETURNS text
LANGUAGE sql AS $$
    SELECT concat_ws(' ', answer.outcome, answer.parameter, answer.value)
$$;
CREATE FUNCTION pg_temp.register(n integer, who text DEFAULT 'one both',
    events text[] DEFAULT '{api.a}', url text DEFAULT NULL) RETURNS text
LANGUAGE plpgsql AS $$
DECLARE
    new   uuid := postern.uuid7();
    given text := coalesce(url, 'https://h.example/' || n);
    reply record;
BEGIN
    SELECT * INTO reply FROM postern.register(ARRAY[new],
        ARRAY[pg_temp.hash(who)], ARRAY[given], ARRAY[given],
        array_fill(1, ARRAY[cardinality(events)]), events,
        '{\\x00112233445566aa}', ARRAY[sha256('e')],
        ARRAY[substr(sha256(new::text::bytea), 1, 24)],
        ARRAY[sha256('b') || substr(sha256('b'), 1, 16)]);
    INSERT INTO hook VALUES (n, reply.webhook_id)
        ON CONFLICT ON CONSTRAINT hook_pkey DO UPDATE SET id = excluded.id;
    RETURN concat_ws(' ', reply.outcome, reply.unknown_event);
END
$$;
CREATE FUNCTION pg_temp.hook(n integer) RETURNS text[] LANGUAGE sql AS $$
    SELECT ARRAY[id::text] FROM hook WHERE hook.n = $1
$$;
CREATE FUNCTION pg_temp.json(answer postern.api_answer) RETURNS jsonb
LANGUAGE sql AS $$ SELECT answer.body::jsonb $$;
CREATE FUNCTION pg_temp.now(n integer) RETURNS jsonb LANGUAGE sql AS $$
    SELECT pg_temp.json(pg_temp.call('get_webhook', pg_temp.hook(n)))
$$;

CREATE TEMP TABLE route (name text PRIMARY KEY, scope text, path integer);
INSERT INTO route VALUES ('list_webhooks', 'read', 0), ('get_webhook', 'read', 1),
    ('create_webhook', 'write', 0),
    ('change_webhook', 'write', 1), ('delete_webhook', 'write', 1),
    ('rotate_secret', 'write', 1), ('test_webhook', 'write', 1),
    ('list_deliveries', 'read', 1), ('redeliver', 'write', 2),
    ('replay', 'write', 1), ('get_replay', 'read', 2), ('list_event_types', 'read', 0),
    ('list_events', 'read', 0), ('get_webhook_keys', 'read', 0);
SELECT set_eq($$ SELECT (regexp_matches(prosrc, 'WHEN ''(\w+)'' THEN', 'g'))[1]
      FROM pg_proc WHERE oid = 'postern.api'::regproc $$,
    $$ SELECT name FROM route $$, 'these are all routes');

SELECT is(pg_temp.register(n), 'registered', 'webhook ' || n)
  FROM generate_series(1, 5) AS n;
SELECT is(pg_temp.register(6, 'two both'), 'registered', 'of another account');

-- Who may come in ------------------------------------------------------------

SELECT is(pg_temp.said(pg_temp.call(name, pg_temp.hook(1), input, 'nobody')),
    'invalid_token', name || ': a token that nobody has')
  FROM route, (VALUES ('{}'::jsonb), (NULL)) AS v (input);
SELECT is(pg_temp.said(pg_temp.call(name, pg_temp.hook(1), input,
        CASE scope WHEN 'read' THEN 'one write' ELSE 'one read' END)),
    'insufficient_scope', name || ': a token for something else')
  FROM route, (VALUES ('{}'::jsonb), (NULL)) AS v (input);
SELECT is(pg_temp.said(pg_temp.call(name, pg_temp.hook(1), NULL,
        'one ' || scope)), 'admitted', name || ': a request at fault')
  FROM route;
SELECT is(pg_temp.said(pg_temp.call(name, ids || '{1}', '{"since": "x"}')),
    'no_such', format('%s: no webhook %s', name, ids))
  FROM route, (SELECT pg_temp.hook(6) UNION ALL
      VALUES ('{018f0000-0000-7000-8000-000000000000}'::text[]), ('{}'), ('{x}'),
             ('{00000000-0000-0000-0000-00000000000}'), ('{""}')) AS v (ids)
 WHERE path > 0;
SELECT is((pg_temp.call(name, ids, '{"since": "2026-01-01T00:00:00Z"}')).outcome,
    'no_such', format('%s: no webhook in %s', name, coalesce(ids::text, 'NULL')))
  FROM route, (VALUES ('{}'::text[]), (NULL), ('{NULL,1}')) AS v (ids)
 WHERE path > 0;
SELECT is(pg_temp.call(name, pg_temp.hook(6) || '{1}'),
    pg_temp.call(name, '{018f0000-0000-7000-8000-000000000000,1}'),
    name || ': another account''s is as one that is not there')
  FROM route WHERE path > 0;
SELECT is(pg_temp.register(1, 'one read'), 'insufficient_scope',
    'registering takes a token for writing');
SELECT is(pg_temp.register(1, 'one write'), 'registered',
    'which needs not be for reading');

SELECT postern.close_on((clock_timestamp() AT TIME ZONE 'UTC')::date);
SELECT is(pg_temp.said(pg_temp.call(name, pg_temp.hook(1), input)),
    'outside_working_hours', name || ': closed')
  FROM route, (VALUES ('{}'::jsonb), (NULL)) AS v (input);
SELECT is(pg_temp.said(pg_temp.call(name, pg_temp.hook(1), '{}', 'nobody')),
    'invalid_token', name || ': a wrong token does not learn of it') FROM route;
SELECT ok((pg_temp.call('list_webhooks')).retry_after BETWEEN 1 AND 86400,
    'when it opens is said');
SELECT postern.open_on((clock_timestamp() AT TIME ZONE 'UTC')::date);

UPDATE postern.access_token SET revoked_at = now()
 WHERE hash = pg_temp.hash('two write');
SELECT is(pg_temp.said(pg_temp.call('test_webhook', pg_temp.hook(6), '{}',
    'two write')), 'invalid_token', 'a revoked token is none');
SELECT throws_ok(format('SELECT postern.issue_token(%L, ''1 day'', %L)', id,
    scopes), '22023', NULL, format('no token has the scopes %s', scopes))
  FROM account, (VALUES ('{}'), ('{webhooks}'), ('{webhooks:read,NULL}'), (NULL))
      AS v (scopes) WHERE name = 'one';

-- Listing --------------------------------------------------------------------

SELECT results_eq($$ SELECT e ->> 'id' FROM jsonb_array_elements(
        pg_temp.json(pg_temp.call('list_webhooks')) -> 'data') AS e $$,
    $$ SELECT id::text FROM hook WHERE n < 6 ORDER BY n $$,
    'the account''s webhooks, the oldest first');
SELECT is((pg_temp.call('list_webhooks')).next, NULL, 'all on one page');
SELECT is((pg_temp.call('list_webhooks')).body ~ '\n', false, 'in one line');
CREATE FUNCTION pg_temp.pages(route text, ids text[], size integer,
    input jsonb DEFAULT '{}')
RETURNS TABLE (page integer, item jsonb) LANGUAGE plpgsql AS $$
DECLARE
    answer postern.api_answer;
BEGIN
    FOR n IN 1 .. 50 LOOP
        answer := pg_temp.call(route, ids, input
            || jsonb_build_object('limit', size::text));
        RETURN QUERY SELECT n, e
           FROM jsonb_array_elements(answer.body::jsonb -> 'data') AS e;
        EXIT WHEN answer.next IS NULL;
        input := input || jsonb_build_object('cursor', answer.next);
    END LOOP;
END
$$;
SELECT results_eq($$ SELECT page, item ->> 'id'
      FROM pg_temp.pages('list_webhooks', '{}', 2) $$,
    $$ SELECT (n + 1) / 2, id::text FROM hook WHERE n < 6 ORDER BY n $$,
    'page by page');
SELECT is(pg_temp.said(pg_temp.call(name, pg_temp.hook(1),
    jsonb_build_object(parameter, value))),
    format('invalid_parameter %s "%s"', parameter, value),
    format('%s: no %s %s', name, parameter, value))
  FROM route, (VALUES ('limit', ''), ('limit', '0'), ('limit', '101'),
      ('limit', '-1'), ('limit', '1.0'), ('limit', '007'), ('limit', 'x'),
      ('cursor', ''), ('cursor', 'x'), ('cursor', '00'), ('cursor', 'zz'),
      ('cursor', repeat('f', 48)), ('cursor', repeat('0', 257)))
      AS v (parameter, value)
 WHERE name LIKE 'list\_%';

SELECT is(pg_temp.now(1) - '{id,created_at,updated_at}'::text[],
    '{"url": "https://h.example/1", "description": null, "events": ["api.a"],
      "enabled": true, "reason": null, "rate": null, "ordered": false,
      "max_in_flight": null, "timeout": null, "header_names": [], "filter": null,
      "health": {"attempts": 0, "taken": 0, "last_status": null, "last_at": null}}',
    'a webhook has these members, and an id and times');
SELECT matches(pg_temp.now(1) ->> 'created_at',
    '^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$', 'times are RFC 3339''s');
SELECT ok((pg_temp.call('get_webhook', pg_temp.hook(1))).etag
    ~ '^[0-9a-f]{40}$', 'it has an entity tag');
SELECT is((pg_temp.call('get_webhook', pg_temp.hook(1))).etag,
    (pg_temp.call('get_webhook', pg_temp.hook(1))).etag, 'which stays');

-- Changing -------------------------------------------------------------------

CREATE TEMP TABLE tag AS
SELECT (pg_temp.call('get_webhook', pg_temp.hook(1))).etag AS first;
SELECT is(pg_temp.said(pg_temp.call('change_webhook', pg_temp.hook(1),
        input)), wanted, format('changed by %s: %s', input, wanted))
  FROM (VALUES
    ('{"url": 5}'::jsonb, 'invalid_parameter url 5'),
    ('{"url": null}', 'invalid_parameter url null'),
    ('{"events": "api.a"}', 'invalid_parameter events "api.a"'),
    ('{"events": null}', 'invalid_parameter events null'),
    ('{"events": []}', 'invalid_parameter events []'),
    ('{"events": ["api.a", 1]}', 'invalid_parameter events 1'),
    ('{"events": [""]}', 'invalid_parameter events ""'),
    ('{"events": ["api.a", "api.a"]}', 'invalid_parameter events "api.a"'),
    ('{"events": ["api.a", "no", "nor"]}', 'unknown_event events "no"'),
    ('{"events": ["no.*"]}', 'unknown_event events "no.*"'),
    ('{"events": ["postern.test"]}', 'unknown_event events "postern.test"'),
    ('{"enabled": 1}', 'invalid_parameter enabled 1'),
    ('{"enabled": null}', 'invalid_parameter enabled null'),
    ('{"description": 1}', 'invalid_parameter description 1'),
    ('{"description": {}}', 'invalid_parameter description {}'),
    ('{"rate": "1"}', 'invalid_parameter rate "1"'),
    ('{"rate": []}', 'invalid_parameter rate []'),
    ('{"rate": 0}', 'invalid_parameter rate 0'),
    ('{"rate": 0.0009}', 'invalid_parameter rate 0.0009'),
    ('{"rate": 1e-300}', 'invalid_parameter rate 0.' || repeat('0', 299) || '1'),
    ('{"rate": 10000.1}', 'invalid_parameter rate 10000.1'),
    ('{"ordered": "no"}', 'invalid_parameter ordered "no"'),
    ('{"headers": []}', 'invalid_parameter headers []'),
    ('{"max_in_flight": "1"}', 'invalid_parameter max_in_flight "1"'),
    ('{"max_in_flight": 0}', 'invalid_parameter max_in_flight 0'),
    ('{"max_in_flight": 1.5}', 'invalid_parameter max_in_flight 1.5'),
    ('{"max_in_flight": 10001}', 'invalid_parameter max_in_flight 10001'),
    ('{"max_in_flight": 1e300}', 'invalid_parameter max_in_flight 1' || repeat('0', 300)),
    ('{"timeout": "1"}', 'invalid_parameter timeout "1"'),
    ('{"timeout": 0}', 'invalid_parameter timeout 0'),
    ('{"timeout": 1.5}', 'invalid_parameter timeout 1.5'),
    ('{"timeout": 61}', 'invalid_parameter timeout 61'),
    ('{"filter": 1}', 'invalid_parameter filter 1'),
    ('{"filter": ""}', 'invalid_parameter filter ""'),
    ('{"filter": "$.a"}', 'invalid_parameter filter "$.a"'))
    AS v (input, wanted);
SELECT is((pg_temp.call('change_webhook', pg_temp.hook(1), jsonb_build_object(
    'description', repeat('x', n), 'rate', 0))).parameter, wanted,
    format('a description of %s characters', n))
  FROM (VALUES (500, 'rate'), (501, 'description')) AS v (n, wanted);
SELECT is((pg_temp.call('change_webhook', pg_temp.hook(1), jsonb_build_object(
        'events', (SELECT jsonb_agg('e' || n) FROM generate_series(1, n) AS n))))
        .outcome, wanted, format('%s events', n))
  FROM (VALUES (64, 'unknown_event'), (65, 'invalid_parameter')) AS v (n, wanted);
SELECT is((pg_temp.call('get_webhook', pg_temp.hook(1))).etag, first,
    'none of it changed anything') FROM tag;
SELECT is(pg_temp.said(pg_temp.call('change_webhook', pg_temp.hook(1))), 'ok',
    'no members at all');
SELECT is((pg_temp.call('get_webhook', pg_temp.hook(1))).etag, first,
    'change nothing') FROM tag;

SELECT is(pg_temp.json(pg_temp.call('change_webhook', pg_temp.hook(1), '{"url":
    "https://New.example", "canonical_url": "https://new.example/", "events":
    ["*", "api.b.*", "api.b.c"], "description": "é\"", "rate": 0.5,
    "ordered": true, "max_in_flight": 4.0, "timeout": 60.0, "filter": "$.a == 1"}')), pg_temp.now(1), 'a change answers what a look does');
SELECT is(pg_temp.now(1) - '{id,created_at,updated_at,health}'::text[],
    '{"url": "https://New.example", "description": "é\"", "events": ["*",
      "api.b.*", "api.b.c"], "enabled": true, "reason": null, "rate": 0.5,
      "ordered": true, "max_in_flight": 4, "timeout": 60, "header_names": [],
      "filter": "$.a == 1"}',
    'and all is changed');
SELECT isnt((pg_temp.call('get_webhook', pg_temp.hook(1))).etag, first,
    'with another entity tag') FROM tag;
SELECT is(pg_temp.now(1) - '{id,created_at,updated_at}'::text[],
    pg_temp.json(pg_temp.call('change_webhook', pg_temp.hook(1),
        '{"description": null, "rate": null, "max_in_flight": null, "timeout": null, "filter": null}'))
        - '{id,created_at,updated_at,description,rate,max_in_flight,timeout,filter}'::text[]
        || '{"description": "é\"", "rate": 0.5, "max_in_flight": 4, "timeout": 60,
            "filter": "$.a == 1"}', 'null takes away')
  FROM (SELECT pg_temp.now(1)) AS v;
SELECT is(canonical_url::text, 'https://new.example/',
    'the canonical URL is stored') FROM postern.webhook, hook
 WHERE webhook.id = hook.id AND n = 1;
SELECT is((pg_temp.call('change_webhook', pg_temp.hook(1), '{"url":
    "https://h.example/2", "canonical_url": "https://h.example/2"}')).outcome,
    'conflict', 'not the URL of another webhook');
SELECT is((pg_temp.call('change_webhook', pg_temp.hook(1), '{"url":
    "https://NEW.example", "canonical_url": "https://new.example/"}')).outcome,
    'ok', 'but its own, written otherwise');
SELECT is((pg_temp.call('change_webhook', pg_temp.hook(6), '{"url":
    "https://h.example/2", "canonical_url": "https://h.example/2"}',
    'two both')).outcome, 'ok', 'and that of another account''s');

SELECT is((pg_temp.call(name, pg_temp.hook(2), '{}', 'one both', if_match))
    .outcome, wanted, format('%s: If-Match %s', name, if_match))
  FROM (VALUES ('change_webhook', '{}'::text[], 'precondition_failed'),
      ('change_webhook', '{00000000000000000000000000000000}',
       'precondition_failed'), ('change_webhook', '{*}', 'ok'),
      ('delete_webhook', '{}', 'precondition_failed'),
      ('delete_webhook', '{00000000000000000000000000000000}',
       'precondition_failed')) AS v (name, if_match, wanted);
SELECT is((pg_temp.call('change_webhook', pg_temp.hook(2), '{"rate": 7}',
    'one both', ARRAY['x', (pg_temp.call('get_webhook', pg_temp.hook(2))).etag]))
    .outcome, 'ok', 'its entity tag lets a change through');
SELECT is((pg_temp.call('change_webhook', '{x}', '{}', 'one both', '{*}'))
    .outcome, 'no_such', 'any is not none');

-- Off and on -----------------------------------------------------------------

SELECT is(pg_temp.json(pg_temp.call('change_webhook', pg_temp.hook(3),
    '{"enabled": false}')) -> 'reason', '"disabled by its account"',
    'an account disables its webhook');
SELECT is(pg_temp.json(pg_temp.call('change_webhook', pg_temp.hook(3),
    '{"enabled": true}')) - '{url,events,id,created_at,updated_at,ordered,rate,description,max_in_flight,timeout,header_names,filter,health}'::text[],
    '{"enabled": true, "reason": null}', 'and enables it again');
SELECT postern.set_webhook_state(account.id, hook.id, 'disabled', 'it answered 410 Gone',
    'worker')
  FROM hook, account WHERE n = 3 AND account.name = 'one';
SELECT is(pg_temp.json(pg_temp.call('change_webhook', pg_temp.hook(3),
    '{"enabled": false}')) -> 'reason', '"it answered 410 Gone"',
    'what is disabled keeps its reason');
SELECT is((pg_temp.call('change_webhook', pg_temp.hook(3), '{"enabled": true}'))
    .outcome, 'ok', 'it enables what a worker disabled');
SELECT postern.disable_webhook(id, 'abuse') FROM hook WHERE n = 3;
SELECT matches((pg_temp.call('change_webhook', pg_temp.hook(3),
    '{"enabled": true}'))::text, '^\(conflict,.*by the operator',
    'but not what an operator disabled');
SELECT is((pg_temp.call('change_webhook', pg_temp.hook(3), '{"enabled": false,
    "rate": 3}')).outcome, 'ok', 'which it may change in other ways');
SELECT is(pg_temp.now(3) -> 'reason', '"abuse"', 'and which stays disabled');
SELECT postern.enable_webhook(id) FROM hook WHERE n = 3;
SELECT is(pg_temp.now(3) -> 'enabled', 'true', 'until the operator enables it');

-- Secrets --------------------------------------------------------------------

CREATE FUNCTION pg_temp.rotate(overlap jsonb DEFAULT NULL,
    key text DEFAULT '00112233445566aa') RETURNS text LANGUAGE sql AS $$
    SELECT pg_temp.said(pg_temp.call('rotate_secret', pg_temp.hook(4),
        jsonb_strip_nulls(jsonb_build_object('overlap_seconds', overlap))
        || jsonb_build_object('sealed', jsonb_build_object(
            'key_id', key, 'ephemeral', encode(sha256('n'), 'hex'),
            'nonce', encode(substr(sha256('n'), 1, 24), 'hex'),
            'box', encode(sha256('n') || substr(sha256('n'), 1, 16), 'hex')))))
$$;
CREATE FUNCTION pg_temp.secrets() RETURNS SETOF interval LANGUAGE sql AS $$
    SELECT date_trunc('minute', s.expires_at - clock_timestamp()
               + interval '1 second')
      FROM postern.secret AS s, hook
     WHERE s.webhook_id = hook.id AND hook.n = 4 ORDER BY s.created_at, s.id
$$;
SELECT is(pg_temp.rotate(to_jsonb(n)), 'ok', format('an overlap of %s', n))
  FROM (VALUES (604800), (3600)) AS v (n);
SELECT results_eq('SELECT pg_temp.secrets()',
    $$ VALUES ('1 hour'::interval), ('1 hour'), (NULL) $$,
    'none of the old ones signs longer than was said last');
SELECT is(pg_temp.rotate(), 'ok', 'an overlap of a day');
SELECT results_eq('SELECT pg_temp.secrets()',
    $$ VALUES ('1 hour'::interval), ('1 hour'), ('24 hours'), (NULL) $$,
    'or than was said before');
SELECT is(pg_temp.rotate('0'), 'ok', 'an overlap of nothing');
SELECT results_eq('SELECT pg_temp.secrets()', $$ VALUES (NULL::interval) $$,
    'leaves the new one alone');
SELECT results_eq($$ SELECT key_id, ephemeral, nonce, box FROM postern.secret AS s,
        hook WHERE s.webhook_id = hook.id AND n = 4 $$,
    $$ VALUES ('\x00112233445566aa'::bytea, sha256('n'),
        substr(sha256('n'), 1, 24), sha256('n') || substr(sha256('n'), 1, 16)) $$,
    'which is the one that came');
SELECT pg_temp.rotate('604800') FROM generate_series(1, 9);
SELECT is((SELECT count(*) FROM pg_temp.secrets()), 5::bigint,
    'of many the last five are kept');
SELECT is(pg_temp.rotate(overlap), 'invalid_parameter overlap_seconds ' || overlap::text,
    format('no overlap: %s', overlap))
  FROM (VALUES ('-1'::jsonb), ('604801'), ('1.5'), ('"1"'), ('true'), ('[]'))
      AS v (overlap);
SELECT is(pg_temp.said(pg_temp.call('rotate_secret', pg_temp.hook(4),
    '{"overlap_seconds": null}')), 'invalid_parameter overlap_seconds null',
    'null is none either');
SELECT is(pg_temp.rotate('3600.0'), 'ok', 'a whole number is one however written');
SELECT throws_ok(format('SELECT pg_temp.rotate(key => %L)', key), 'PS001', NULL,
    'no secret is sealed for the key ' || key)
  FROM (VALUES ('00112233445566bb'), ('ffffffffffffffff')) AS v (key);
RESET ROLE;
CREATE FUNCTION pg_temp.import(bytes integer, key text DEFAULT '00112233445566aa',
    id uuid DEFAULT (pg_temp.hook(4))[1]::uuid) RETURNS void LANGUAGE sql AS $$
    SELECT postern.import_secret(id, decode(key, 'hex'), sha256('i'),
        substr(sha256('i'), 1, 24), decode(repeat('00', bytes), 'hex'))
$$;
SELECT lives_ok(format('SELECT pg_temp.import(%s)', bytes),
    format('an operator imports what is sealed to %s bytes', bytes))
  FROM (VALUES (48), (80), (48)) AS v (bytes);
SELECT results_eq($$ SELECT octet_length(box), substr(s.id::text, 15, 1),
        s.expires_at < now() + interval '25 hours'
    FROM postern.secret AS s, hook
    WHERE s.webhook_id = hook.id AND n = 4 AND ephemeral = sha256('i')
    ORDER BY created_at $$,
    $$ VALUES (48, '7', true), (80, '8', true), (48, '7', NULL) $$,
    'it is the current one, and those before it sign for a day');
SELECT throws_ok(format('SELECT pg_temp.import(%L)', bytes), '22023',
    'this is no sealed secret', format('not %s bytes', coalesce(bytes::text, 'no')))
  FROM (VALUES (0), (47), (64), (81), (NULL)) AS v (bytes);
SELECT throws_ok($$ SELECT pg_temp.import(48, '00112233445566bb') $$, 'PS001', NULL,
    'nor for a key that is retired');
SELECT throws_ok($$ SELECT pg_temp.import(48, id => '00112233-4455-7677-8899-aabbccddeeff')
    $$, 'P0002', NULL, 'nor for no webhook');

-- Deleting -------------------------------------------------------------------

SELECT postern.set_ordered(id, false), postern.set_rate(id, NULL) FROM hook;
DELETE FROM postern.lane;
CREATE FUNCTION pg_temp.claim() RETURNS TABLE (id bigint, webhook uuid)
LANGUAGE sql AS $$
    SELECT c.id, c.webhook_id
      FROM pg_temp.claim_all(100, 8) AS c
     WHERE c.webhook_id IS NOT NULL ORDER BY c.id
$$;
CREATE FUNCTION pg_temp.record(id bigint, outcome text, verdict text, status integer)
RETURNS SETOF text LANGUAGE sql AS $$
    SELECT r.change FROM postern.record(ARRAY[id], '{1}', ARRAY[outcome],
        ARRAY[verdict], '{0}', '{5000}', '{0}', '{0}', ARRAY[status], '{1}',
        '{2}', '{3}', '{4}', '{5}', '{127.0.0.1:443}', '{TLSv1.3}',
        '{\\x6f6b}', ARRAY[NULL::text]) AS r
$$;
SELECT pg_temp.register(n, events => '{api.b.c}') FROM generate_series(7, 8) AS n;
CREATE TEMP TABLE sent AS
SELECT n, postern.publish(account.id, 'api.b.c', '{}') AS message
  FROM account, generate_series(1, 3) AS n WHERE name = 'one';
DELETE FROM postern.fresh WHERE webhook_id = (SELECT id FROM hook WHERE n = 1);
CREATE TEMP TABLE flying AS SELECT * FROM pg_temp.claim();
SELECT postern.publish(account.id, 'api.b.c', '{}') FROM account, generate_series(1, 2)
 WHERE name = 'one';
UPDATE postern.fresh SET message_id = postern.uuid7()
 WHERE webhook_id = (SELECT id FROM hook WHERE n = 8);
INSERT INTO postern.backlog SELECT nextval('postern.delivery_id'), w.account_id,
       w.id, postern.uuid7(), false, 1, 1, now() + interval '1 hour'
  FROM postern.webhook AS w, hook, generate_series(1, 1500)
 WHERE w.id = hook.id AND hook.n = 8;
CREATE TEMP TABLE had AS
SELECT a.webhooks FROM postern.accounts AS a, account
 WHERE a.id = account.id AND account.name = 'one';

SELECT is((pg_temp.call('delete_webhook', pg_temp.hook(8), '{}', 'one both',
    ARRAY[(pg_temp.call('get_webhook', pg_temp.hook(8))).etag]))::text,
    '(no_content,,,,,,,)', 'a webhook is deleted');
SELECT is((pg_temp.call(name, pg_temp.hook(8) || '{1}')).outcome, 'no_such',
    name || ': it is not there any more') FROM route WHERE path > 0;
SELECT is_empty($$ SELECT FROM jsonb_array_elements(pg_temp.json(
        pg_temp.call('list_webhooks')) -> 'data') AS e, hook
     WHERE e ->> 'id' = hook.id::text AND n = 8 $$, 'nor in the list');
SELECT is_empty($$ SELECT FROM postern.webhooks, hook
     WHERE webhooks.id = hook.id AND n = 8 $$, 'nor for operators');
SELECT is(a.webhooks, had.webhooks - 1, 'and the account counts one less')
  FROM postern.accounts AS a, account, had
 WHERE a.id = account.id AND account.name = 'one';
SELECT is_empty($$ SELECT FROM hook WHERE n = 8 AND (
        EXISTS (SELECT FROM postern.secret WHERE webhook_id = hook.id)
        OR EXISTS (SELECT FROM postern.subscription WHERE webhook_id = hook.id))
    $$, 'its secrets and subscriptions are gone');
SELECT throws_ok(format('SELECT postern.%s', call), 'P0002', NULL,
    'operators cannot ' || split_part(call, '(', 1))
  FROM hook, LATERAL (VALUES (format('enable_webhook(%L)', id)),
      (format('disable_webhook(%L, ''x'')', id)), (format('set_rate(%L, 1)', id)),
      (format('set_max_in_flight(%L, 1)', id)), (format('set_timeout(%L, 1)', id)),
      (format('set_retry_schedule(%L, NULL)', id)),
      (format('replay(%L, now())', id))) AS v (call) WHERE n = 8;

SELECT is((SELECT count(*) FROM pg_temp.claim(), hook
    WHERE webhook = hook.id AND n = 8), 0::bigint, 'nothing is sent to it');
CREATE FUNCTION pg_temp.work() RETURNS integer LANGUAGE plpgsql AS $$
BEGIN
    FOR n IN 0 .. 100 LOOP
        IF postern.work(NULL) IS NULL THEN
            RETURN n;
        END IF;
    END LOOP;
END
$$;
SELECT cmp_ok(pg_temp.work(), '>=', 6, 'a worker cancels what it was owed in steps');
SELECT pg_temp.claim();
SELECT is_empty($$ SELECT FROM hook, postern.deliveries AS d WHERE n = 8
    AND d.webhook_id = hook.id AND d.state <> 'cancelled'
    AND d.id NOT IN (SELECT id FROM flying) $$,
    'what it was owed is cancelled, whether fresh or waiting');
SELECT is_empty('SELECT FROM hook, postern.lane WHERE n = 8 AND webhook_id = id',
    'and its lane is gone');
SELECT results_eq($$ SELECT r FROM flying, hook,
    pg_temp.record(flying.id, 'failed', 'gone', 410) AS r
    WHERE n = 8 AND webhook = hook.id $$, $$ SELECT NULL::text LIMIT 0 $$,
    'that its last answer was 410 changes nothing');
SELECT is(w.state, 'deleted', 'and it stays deleted')
  FROM postern.webhook AS w, hook WHERE w.id = hook.id AND n = 8;

SELECT pg_temp.register(9, events => '{api.b.c}');
SELECT postern.publish(id, 'api.b.c', '{}') FROM account WHERE name = 'one';
CREATE TEMP TABLE late AS SELECT c.* FROM pg_temp.claim() AS c, hook
    WHERE c.webhook = hook.id AND n = 9;
SELECT is((SELECT count(*) FROM late), 1::bigint, 'one is in flight');
SELECT pg_temp.call('delete_webhook', pg_temp.hook(9));
SELECT pg_temp.record(id, NULL, 'rejected', 500) FROM late;
UPDATE postern.backlog SET due_at = now() WHERE id IN (SELECT id FROM late);
UPDATE postern.lane SET next_at = now();
SELECT is_empty('SELECT FROM pg_temp.claim() AS c, late WHERE c.id = late.id',
    'it failed, and is not sent again');
SELECT is(d.state, 'cancelled', 'but cancelled') FROM postern.deliveries AS d, late
 WHERE d.id = late.id;
SELECT is(postern.replay(id), false, 'and cannot be replayed') FROM late;

-- The worst a publish under way can leave behind.
INSERT INTO postern.fresh (account_id, webhook_id, message_id)
SELECT w.account_id, w.id, postern.uuid7() FROM postern.webhook AS w, hook
 WHERE w.id = hook.id AND hook.n = 9;
SELECT is_empty($$ SELECT FROM pg_temp.claim() AS c, hook
    WHERE c.webhook = hook.id AND n = 9 $$, 'what comes later is not sent');
SELECT pg_temp.claim();
SELECT is_empty($$ SELECT FROM postern.deliveries AS d, hook WHERE n = 9
    AND d.webhook_id = hook.id AND d.state <> 'cancelled' $$,
    'but cancelled as well');
SELECT postern.set_webhook_limit(a.id, a.webhook_count + a.deleted_count)
  FROM postern.account AS a JOIN account ON account.id = a.id
 WHERE account.name = 'one';
SELECT is(a.deleted_count, 2, 'what has been deleted is counted')
  FROM postern.account AS a JOIN account ON account.id = a.id
 WHERE account.name = 'one';
SELECT is(pg_temp.register(10), 'webhook_limit_reached',
    'and leaves no room for others');
SELECT postern.maintain();
SELECT is(pg_temp.register(10), 'webhook_limit_reached', 'for a day');
UPDATE postern.webhook SET updated_at = now() - interval '2 days'
 WHERE state = 'deleted';
SELECT postern.maintain();
SELECT is_empty('SELECT FROM postern.webhook WHERE state = ''deleted''',
    'after a day nothing is left of it');
SELECT is(a.deleted_count, 0, 'nor is it counted')
  FROM postern.account AS a JOIN account ON account.id = a.id
 WHERE account.name = 'one';
SELECT is(pg_temp.register(10), 'registered', 'another has its place');
INSERT INTO postern.fresh (account_id, webhook_id, message_id)
SELECT account.id, hook.id, postern.uuid7() FROM account, hook
 WHERE account.name = 'one' AND hook.n = 9;
SELECT pg_temp.claim(), pg_temp.claim();
SELECT is_empty($$ SELECT FROM postern.deliveries AS d, hook WHERE n = 9
    AND d.webhook_id = hook.id AND d.state <> 'cancelled' $$,
    'and what comes even then is cancelled');

CREATE TEMP TABLE old AS SELECT id FROM hook WHERE n = 8;
SELECT is(pg_temp.register(8, events => '{api.b.c}'), 'registered',
    'its URL can be registered again');
SELECT isnt(hook.id, old.id, 'as a new webhook') FROM hook, old WHERE n = 8;

SELECT * FROM finish();
ROLLBACK;
