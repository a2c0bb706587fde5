-- publish_http.sql - many requests to publish in one call, each with its own answer.
BEGIN;
SET client_min_messages = warning;
CREATE EXTENSION IF NOT EXISTS pgtap;
SELECT no_plan();

CREATE FUNCTION pg_temp.hash(text text) RETURNS bytea
LANGUAGE sql AS $$ SELECT sha256(convert_to(text, 'UTF8')) $$;
SELECT postern.open_always(), postern.add_event_type('h.one'), postern.add_event_type('h.two'),
    postern.add_event_type('h.old'), postern.archive_event_type('h.old');
INSERT INTO postern.event_type (name) VALUES ('postern.theirs');
CREATE TEMP TABLE v AS
SELECT postern.create_account('publish_http.sql a') AS a,
       postern.create_account('publish_http.sql b') AS b;
CREATE TEMP TABLE w AS
SELECT v.*, n, postern.uuid7() AS id FROM generate_series(1, 2) AS n,
    LATERAL (SELECT CASE n WHEN 1 THEN a ELSE b END AS account FROM v) AS v;
INSERT INTO postern.webhook (account_id, id, url, canonical_url)
SELECT account, id, 'https://h.example/', 'https://h.example/' FROM w;
INSERT INTO postern.subscription (account_id, webhook_id, event_type_id)
SELECT w.account, w.id, t.id FROM w, postern.event_type AS t WHERE t.name IN ('h.one', 'h.old');
CREATE TEMP TABLE platform AS SELECT * FROM postern.create_platform_client('app');
CREATE TEMP TABLE credential (who text, token text);
INSERT INTO credential
SELECT 'a', postern.issue_token(a, '1 day', '{messages:write}') FROM v UNION ALL
SELECT 'a again', postern.issue_token(a, '1 day', '{messages:write,webhooks:read}') FROM v UNION ALL
SELECT 'b', postern.issue_token(b, '1 day', '{messages:write}') FROM v UNION ALL
SELECT 'usual', postern.issue_token(a) FROM v UNION ALL
SELECT 'none', 'pst_none' UNION ALL
SELECT 'platform', o.body::json ->> 'access_token'
  FROM platform, postern.oauth_token(client_id::text, pg_temp.hash(client_secret), NULL) AS o;

-- A request a row: who, its key, its body's letters, its messages.
CREATE FUNCTION pg_temp.publish(requests jsonb) RETURNS TABLE (n bigint, outcome text,
    ids text[], parameter text, value text, sentence text, retry_after integer)
LANGUAGE sql AS $$
    WITH r AS (
        SELECT r.n, r.item, pg_temp.hash((SELECT token FROM credential AS c
                                           WHERE c.who = r.item ->> 'who')) AS hash
          FROM jsonb_array_elements(requests) WITH ORDINALITY AS r (item, n)
    ), m AS (
        SELECT r.n, m.item, m.place
          FROM r, jsonb_array_elements(coalesce(r.item -> 'messages', '[]'))
               WITH ORDINALITY AS m (item, place)
    ), many AS (
        SELECT coalesce(array_agg(m.n::integer ORDER BY m.n, m.place), '{}') AS message_of,
               coalesce(array_agg(m.item ->> 'account' ORDER BY m.n, m.place), '{}') AS accounts,
               coalesce(array_agg(m.item ->> 'type' ORDER BY m.n, m.place), '{}') AS types,
               coalesce(array_agg(m.item ->> 'data' ORDER BY m.n, m.place), '{}') AS data,
               coalesce(array_agg(m.item ->> 'key' ORDER BY m.n, m.place), '{}') AS keys
          FROM m
    ), called AS (
        SELECT array_agg(r.hash ORDER BY r.n) AS hashes,
               array_agg(r.item ->> 'key' ORDER BY r.n) AS keys,
               array_agg(pg_temp.hash(coalesce(r.item ->> 'body', '')) ORDER BY r.n) AS bodies,
               array_agg(r.item ->> 'trace' ORDER BY r.n) AS traces
          FROM r
    )
    SELECT row_number() OVER (), p.*
      FROM called AS c, many AS m,
           postern.api_publish(c.hashes, c.keys, c.bodies, c.traces, m.message_of, m.accounts,
               m.types, m.data, m.keys) AS p
$$;
CREATE FUNCTION pg_temp.one(who text, message jsonb, request jsonb DEFAULT '{}')
RETURNS TABLE (n bigint, outcome text, ids text[], parameter text, value text, sentence text,
    retry_after integer)
LANGUAGE sql AS $$
    SELECT * FROM pg_temp.publish(jsonb_build_array(jsonb_build_object('who', who,
        'messages', jsonb_build_array('{"type": "h.one", "data": "1"}' || message)) || request))
$$;
CREATE FUNCTION pg_temp.body(id text) RETURNS text LANGUAGE sql AS $$
    SELECT substr(m.body, strpos(m.body, '"data":') + 7)
      FROM postern.message AS m WHERE postern.message_name(m.id) = body.id
$$;
CREATE FUNCTION pg_temp.trace(id text) RETURNS text LANGUAGE sql AS $$
    SELECT m.traceparent FROM postern.messages AS m WHERE m.id = trace.id
$$;
CREATE FUNCTION pg_temp.account(id text) RETURNS uuid LANGUAGE sql AS $$
    SELECT m.account_id FROM postern.message AS m WHERE postern.message_name(m.id) = account.id
$$;
CREATE FUNCTION pg_temp.count() RETURNS bigint LANGUAGE sql AS $$
    SELECT count(*) FROM postern.message
$$;

-- Whose tokens may -----------------------------------------------------------

SELECT is(p.outcome, v.outcome, format('%s: %s', v.who, v.outcome))
  FROM (VALUES ('a', 'accepted'), ('a again', 'accepted'), ('b', 'accepted'),
      ('usual', 'insufficient_scope'), ('none', 'invalid_token')) AS v (who, outcome),
       pg_temp.one(v.who, '{}') AS p;
SELECT is(p.outcome, v.outcome, format('%s, without a message: %s', v.who, v.outcome))
  FROM (VALUES ('a', 'admitted'), ('platform', 'admitted'), ('usual', 'insufficient_scope'),
      ('none', 'invalid_token')) AS v (who, outcome),
       pg_temp.publish(jsonb_build_array(jsonb_build_object('who', v.who))) AS p;
SELECT is((postern.api('list_webhooks', pg_temp.hash(token), '{}', '{}', NULL)).outcome,
    'insufficient_scope', who || ' may do nothing else')
  FROM credential WHERE who IN ('a', 'platform');
SELECT is(r.outcome, CASE who WHEN 'none' THEN 'invalid_token' ELSE 'insufficient_scope' END,
    who || ' may not register')
  FROM credential, postern.register(ARRAY[postern.uuid7()], ARRAY[pg_temp.hash(token)],
      ARRAY[NULL::text], ARRAY[NULL::text], '{}', '{}', ARRAY[NULL::bytea], ARRAY[NULL::bytea],
      ARRAY[NULL::bytea], ARRAY[NULL::bytea]) AS r
 WHERE who IN ('a', 'platform', 'none');
SELECT is(scopes, '{webhooks:read,webhooks:write}', 'no token has the scope unless it is given')
  FROM postern.access_token WHERE hash = (SELECT pg_temp.hash(token) FROM credential
      WHERE who = 'usual');

-- What is sent ---------------------------------------------------------------

CREATE TEMP TABLE sent AS
SELECT p.ids[1] AS id FROM pg_temp.one('a',
    jsonb_build_object('data', E'{"b":1, "a":1e2,"s":"\\u0000"}')) AS p;
SELECT is(pg_temp.body(id), E'{"b":1, "a":1e2,"s":"\\u0000"}}', 'data is sent as it came')
  FROM sent;
SELECT results_eq('SELECT f.webhook_id, postern.message_name(f.message_id) FROM postern.fresh AS f
    JOIN sent ON sent.id = postern.message_name(f.message_id)',
    'SELECT w.id, sent.id FROM w, sent WHERE w.n = 1', 'to the account''s webhooks');
SELECT is(pg_temp.body(p.ids[1]), d || '}', format('%s bytes are not too many', length(d)))
  FROM concat('"', repeat('x', 262142), '"') AS d, pg_temp.one('a', jsonb_build_object('data', d)) AS p;
SELECT is(pg_temp.trace(p.ids[1]), v.kept, format('traceparent %s', v.trace))
  FROM (VALUES ('00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01',
                '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01'),
      ('00-x', NULL), (NULL, NULL)) AS v (trace, kept),
       pg_temp.one('a', '{}', jsonb_build_object('trace', v.trace)) AS p;
CREATE TEMP TABLE many AS
SELECT p.* FROM pg_temp.publish('[{"who": "a", "messages": [{"type": "h.one", "data": "1"},
    {"type": "h.two", "data": "2"}, {"type": "h.one", "data": "3"}]},
    {"who": "b", "messages": [{"type": "h.one", "data": "4"}]},
    {"who": "platform"}]') AS p;
SELECT results_eq('SELECT n, outcome, cardinality(ids) FROM many ORDER BY n',
    $$VALUES (1::bigint, 'accepted', 3), (2, 'accepted', 1), (3, 'admitted', NULL)$$,
    'each request is answered in its place');
SELECT results_eq('SELECT pg_temp.body(i.id) FROM many AS m, unnest(m.ids) WITH ORDINALITY
    AS i (id, place) ORDER BY m.n, place', $$VALUES ('1}'), ('2}'), ('3}'), ('4}')$$,
    'with the ids of its messages, in their order');
SELECT results_eq('SELECT pg_temp.body(i.id) FROM many AS m, unnest(m.ids) AS i (id)
     JOIN postern.message AS p ON postern.message_name(p.id) = i.id ORDER BY p.place::text::bigint',
    $$VALUES ('1}'), ('2}'), ('3}'), ('4}')$$, 'in which they are in the feed');
CREATE FUNCTION pg_temp.woken() RETURNS bigint LANGUAGE sql AS $$
    SELECT count(*) FROM pg_locks WHERE locktype = 'advisory' AND granted
       AND pid = pg_backend_pid() AND mode = 'ShareLock'
       AND (classid::bigint << 32 | objid::bigint) = postern.sleep_lock()
$$;
SELECT is(pg_temp.woken(), 1::bigint, 'a worker that would sleep now is kept from it');

-- To whom --------------------------------------------------------------------

SELECT is(pg_temp.account(p.ids[1]), v.a, format('a token of an account, %s', m))
  FROM v, LATERAL (VALUES ('{}'::jsonb), (jsonb_build_object('account', a)),
      (jsonb_build_object('account', upper(a::text)))) AS g (m), pg_temp.one('a', g.m) AS p;
SELECT is((p.outcome, p.parameter, p.value, p.sentence)::text,
    ('invalid_parameter', 'messages[0].account', g.account,
     'account is not the account of the access token: leave it out.')::text,
    'nobody else''s, nor does it learn whether there is one')
  FROM v, LATERAL (VALUES (b::text), (postern.uuid7()::text), ('*'), ('x'), ('')) AS g (account),
       pg_temp.one('a', jsonb_build_object('account', g.account)) AS p;
SELECT is((p.outcome, pg_temp.account(p.ids[1]))::text, ('accepted', g.account)::text,
    'the platform publishes to any')
  FROM v, LATERAL (VALUES (a), (b)) AS g (account),
       pg_temp.one('platform', jsonb_build_object('account', g.account)) AS p;
CREATE TEMP TABLE to_all AS SELECT p.ids[1] AS id FROM pg_temp.one('platform', '{"account": "*"}') AS p;
SELECT bag_eq('SELECT f.webhook_id FROM postern.fresh AS f
    JOIN to_all AS t ON t.id = postern.message_name(f.message_id)', 'SELECT id FROM w', 'or to all');
SELECT is((p.outcome, p.parameter, p.value)::text,
    ('invalid_parameter', 'messages[0].account', g.account)::text, format('not to %s', g.account))
  FROM (VALUES (postern.uuid7()::text), ('x'), (''), (NULL), ('**')) AS g (account),
       pg_temp.one('platform', jsonb_build_object('account', g.account)) AS p;

-- What is wrong --------------------------------------------------------------

CREATE TEMP TABLE before AS SELECT pg_temp.count() AS n;
CREATE TEMP TABLE wrong (place bigint GENERATED ALWAYS AS IDENTITY, message jsonb, outcome text,
    parameter text, value text);
INSERT INTO wrong (message, outcome, parameter, value)
VALUES ('{"type": "h.none"}', 'unknown_event', 'type', 'h.none'),
    ('{"type": "h.old"}', 'unknown_event', 'type', 'h.old'),
    ('{"type": "h.*"}', 'unknown_event', 'type', 'h.*'),
    ('{"type": ""}', 'unknown_event', 'type', ''),
    ('{"type": null}', 'unknown_event', 'type', NULL),
    ('{"type": "postern.test"}', 'invalid_parameter', 'type', 'postern.test'),
    ('{"type": "postern.theirs"}', 'invalid_parameter', 'type', 'postern.theirs'),
    ('{"type": "postern.none"}', 'invalid_parameter', 'type', 'postern.none'),
    ('{"data": null}', 'invalid_parameter', 'data', NULL),
    ('{"data": "{"}', 'invalid_parameter', 'data', NULL),
    ('{"data": ""}', 'invalid_parameter', 'data', NULL),
    ('{"key": ""}', 'invalid_parameter', 'idempotency_key', ''),
    (jsonb_build_object('data', concat('"', repeat('x', 262143), '"')), 'invalid_parameter', 'data', NULL),
    (jsonb_build_object('data', repeat('[', 100000)), 'invalid_parameter', 'data', NULL),
    (jsonb_build_object('key', repeat('é', 129)), 'invalid_parameter', 'idempotency_key',
        repeat('é', 129));
SELECT is((p.outcome, p.parameter, p.value, p.ids)::text,
    (w.outcome, 'messages[0].' || w.parameter, w.value, NULL::text[])::text,
    format('%s: %s', left(w.message::text, 30), w.outcome))
  FROM wrong AS w, pg_temp.one('a', w.message) AS p;
SELECT is(pg_temp.count(), n, 'nothing is published of these') FROM before;
INSERT INTO wrong (message, outcome) VALUES ('{}', 'accepted');
CREATE TEMP TABLE mixed AS
SELECT r.*, p.n, p.outcome AS got, p.parameter AS what, p.value AS given, p.sentence
  FROM pg_temp.publish((
       SELECT jsonb_agg(jsonb_build_object('who', 'a', 'messages', jsonb_build_array(
                  '{"type": "h.one", "data": "1"}'::jsonb,
                  '{"type": "h.one", "data": "2"}' || w.message)) ORDER BY w.place)
         FROM wrong AS w)) AS p
  JOIN wrong AS r ON r.place = p.n;
SELECT is((got, what, given, sentence IS NULL)::text,
    (outcome, 'messages[1].' || parameter, value, outcome = 'accepted')::text,
    format('and beside others %s: %s', left(message::text, 30), outcome)) FROM mixed;
SELECT is(pg_temp.count(), b.n + 2, 'of a request all is published or nothing') FROM before AS b;
SELECT results_eq($$SELECT p.n, p.outcome, p.parameter FROM pg_temp.publish('[
        {"who": "none", "messages": [{"type": "h.none", "data": "{"}]},
        {"who": "a", "messages": [{"type": "h.none", "data": "{"}, {"type": "h.none"}]},
        {"who": "usual", "messages": [{"type": "h.none", "data": "{"}]},
        {"who": "b", "messages": [{"type": "h.two", "data": "1"}]}]') AS p$$,
    $$VALUES (1::bigint, 'invalid_token', NULL), (2, 'unknown_event', 'messages[0].type'),
        (3, 'insufficient_scope', NULL), (4, 'accepted', NULL)$$,
    'each has its own answer, by its first fault');

-- Keys of requests -----------------------------------------------------------

CREATE TEMP TABLE keyed AS
SELECT p.* FROM pg_temp.publish('[{"who": "a", "key": "k", "body": "x", "messages":
    [{"type": "h.one", "data": "1"}, {"type": "h.two", "data": "2"}]}]') AS p;
UPDATE before SET n = pg_temp.count();
CREATE TEMP TABLE again AS
SELECT p.* FROM pg_temp.publish('[
    {"who": "a", "key": "k", "body": "x", "messages":
        [{"type": "h.one", "data": "1"}, {"type": "h.two", "data": "2"}]},
    {"who": "a again", "key": "k", "body": "x", "messages":
        [{"type": "h.one", "data": "1"}, {"type": "h.two", "data": "2"}]},
    {"who": "a", "key": "k", "body": "y", "messages": [{"type": "h.one", "data": "1"}]},
    {"who": "b", "key": "k", "body": "x", "messages": [{"type": "h.one", "data": "1"}]},
    {"who": "platform", "key": "k", "body": "y", "messages":
        [{"type": "h.one", "data": "1", "account": "*"}]},
    {"who": "usual", "key": "k", "body": "x", "messages": [{"type": "h.one", "data": "1"}]},
    {"who": "a", "key": "n", "body": "x", "messages": [{"type": "h.one", "data": "1"}]},
    {"who": "a", "key": "n", "body": "x", "messages": [{"type": "h.one", "data": "1"}]},
    {"who": "a", "key": "K", "body": "x", "messages": [{"type": "h.one", "data": "1"}]}]') AS p;
SELECT results_eq('SELECT n, outcome FROM again ORDER BY n',
    $$VALUES (1::bigint, 'accepted'), (2, 'accepted'), (3, 'idempotency_mismatch'),
        (4, 'accepted'), (5, 'accepted'), (6, 'insufficient_scope'), (7, 'accepted'),
        (8, 'busy'), (9, 'accepted')$$, 'a key is of its owner, and stands for one body');
SELECT is(g.ids, k.ids, 'it is answered the same ids') FROM again AS g, keyed AS k WHERE g.n <= 2;
SELECT is(pg_temp.count(), n + 4, 'and published once') FROM before;
SELECT results_eq($$SELECT p.outcome, p.ids FROM pg_temp.publish('[
    {"who": "a", "key": "n", "body": "x", "messages": [{"type": "h.none", "data": "1"}]}]') AS p$$,
    $$SELECT 'accepted', g.ids FROM again AS g WHERE g.n = 7$$,
    'who was busy asks again, whatever has become of the type');
SELECT is(p.outcome, 'unknown_event', 'what was refused')
  FROM pg_temp.one('a', '{"type": "h.none"}', '{"key": "r", "body": "x"}') AS p;
SELECT is(p.outcome, 'accepted', 'uses no key')
  FROM pg_temp.one('a', '{}', '{"key": "r", "body": "y"}') AS p;
SELECT results_eq($$SELECT p.n, p.outcome FROM pg_temp.publish('[
    {"who": "a", "key": "s", "body": "x", "messages": [{"type": "h.none", "data": "1"}]},
    {"who": "a", "key": "s", "body": "y", "messages": [{"type": "h.none", "data": "1"}]}]') AS p$$,
    $$VALUES (1::bigint, 'unknown_event'), (2, 'unknown_event')$$, 'nor makes it another busy');

-- Keys of messages -----------------------------------------------------------

CREATE TEMP TABLE first AS
SELECT postern.publish(a, 'h.one', '{"n": 1}', 'm') AS a, postern.publish(b, 'h.one', '{}', 'm') AS b,
       postern.publish_to_all('h.one', '{}', 'm') AS all FROM v;
UPDATE before SET n = pg_temp.count();
SELECT is(p.ids[1], f.a, 'a message''s key is that of publish()')
  FROM first AS f, pg_temp.one('a', '{"key": "m"}') AS p;
SELECT is(p.ids[1], f.b, 'by account, whoever publishes') FROM first AS f, v,
       pg_temp.one('platform', jsonb_build_object('key', 'm', 'account', v.b)) AS p;
SELECT is(p.ids[1], f.all, 'or of all') FROM first AS f,
       pg_temp.one('platform', '{"key": "m", "account": "*"}') AS p;
SELECT is(pg_temp.count(), n, 'none of these is published') FROM before;
CREATE TEMP TABLE twice AS
SELECT p.* FROM pg_temp.publish('[
    {"who": "a", "messages": [{"type": "h.none", "data": "1", "key": "q"}]},
    {"who": "a", "messages": [{"type": "h.one", "data": "1", "key": "q"},
        {"type": "h.one", "data": "2"}, {"type": "h.one", "data": "3", "key": "q"},
        {"type": "h.one", "data": "4", "key": "m"}]},
    {"who": "a again", "messages": [{"type": "h.one", "data": "5", "key": "q"}]}]') AS p;
SELECT results_eq('SELECT n, outcome FROM twice ORDER BY n', $$VALUES (1::bigint, 'unknown_event'),
    (2, 'accepted'), (3, 'accepted')$$, 'of keys in one call');
SELECT is(t.ids, ARRAY[t.ids[1], t.ids[2], t.ids[1], f.a], 'the first message stands for all')
  FROM twice AS t, first AS f WHERE t.n = 2;
SELECT is(o.ids, t.ids[:1], 'in other requests as well')
  FROM twice AS t, twice AS o WHERE t.n = 2 AND o.n = 3;
SELECT is(pg_temp.count(), n + 2, 'and no other is published') FROM before;
SELECT is(postern.publish(a, 'h.one', '{}', 'q'), t.ids[1], 'nor by publish()')
  FROM v, twice AS t WHERE t.n = 2;

-- When it is closed ----------------------------------------------------------

SELECT postern.close_on((now() AT TIME ZONE 'UTC')::date + d) FROM generate_series(-1, 1) AS d;
SELECT results_eq($$SELECT p.n, p.outcome, p.retry_after > 0 FROM pg_temp.publish('[
    {"who": "a", "key": "k", "body": "x", "messages": [{"type": "h.one", "data": "1"}]},
    {"who": "platform"}, {"who": "none"}]') AS p$$,
    $$VALUES (1::bigint, 'outside_working_hours', true), (2, 'outside_working_hours', true),
        (3, 'invalid_token', NULL)$$, 'it is published in working hours');
SELECT postern.open_always();

-- How long keys are kept -----------------------------------------------------

UPDATE postern.idempotency_key SET made_at = now() - interval '25 hours' WHERE key = 'k';
UPDATE postern.idempotency_key SET made_at = now() - interval '40 days' WHERE key = 'n';
SELECT is(postern.tidy('requests'), 'webhooks', 'keys of requests');
SELECT bag_eq('SELECT key COLLATE "default", count(*) FROM postern.idempotency_key GROUP BY 1',
    $$VALUES ('K', 1::bigint), ('k', 3), ('r', 1)$$, 'are kept as long as messages');
UPDATE postern.idempotency_key SET made_at = now() - interval '40 days';
INSERT INTO postern.idempotency_key SELECT a, n::text, sha256(''), '{}', now() - interval '40 days'
  FROM v, generate_series(1, 1000) AS n;
SELECT isnt(postern.tidy('requests'), NULL, 'in steps');
SELECT cmp_ok(count(*), '>=', 500::bigint, 'of so many') FROM postern.idempotency_key;

-- The platform's clients -----------------------------------------------------

SELECT is((account_id, name, scopes, state, tokens)::text,
    (NULL::uuid, 'app', '{messages:write}'::text[], 'valid', 1)::text, 'operators see them')
  FROM postern.clients JOIN platform ON id = client_id;
SELECT is(count(*), 1::bigint, 'and their tokens') FROM postern.access_tokens AS t
  JOIN platform AS p ON p.client_id = t.client_id WHERE t.account_id IS NULL;
SELECT throws_ok(format('SELECT postern.create_platform_client(%L, %L)', name, scopes), '22023',
    NULL, format('not %L with %L', left(name, 9), scopes))
  FROM (VALUES ('x', '{}'), ('x', NULL), ('x', '{webhooks:read}'), ('', '{messages:write}'),
      ('x', '{messages:write,webhooks:write}'), ('x', '{NULL}'),
      (repeat('x', 201), '{messages:write}')) AS c (name, scopes);
SELECT is(o.outcome, v.outcome, format('it asks for %L: %s', scope, v.outcome))
  FROM platform, (VALUES ('messages:write', 'ok'), ('webhooks:read', 'invalid_scope'),
      ('', 'invalid_scope'), ('messages:write webhooks:read', 'invalid_scope')) AS v (scope, outcome),
       postern.oauth_token(client_id::text, pg_temp.hash(client_secret), scope) AS o;
SELECT is(o.outcome, 'invalid_client', 'a wrong secret is refused') FROM platform,
       postern.oauth_token(client_id::text, pg_temp.hash('x'), NULL) AS o;
SELECT is(c.*, row(client_id, 1::real), 'it is counted by its id') FROM platform,
       LATERAL (SELECT token FROM credential WHERE who = 'platform') AS t,
       unnest(ARRAY[client_secret, token]) AS u (text),
       postern.credential_account(pg_temp.hash(u.text)) AS c;
SELECT postern.set_share(client_id, 20) FROM platform;
SELECT is(c.share, 20::real, 'with its share') FROM platform,
       postern.credential_account(pg_temp.hash(client_secret)) AS c;
CREATE TEMP TABLE many_tokens AS
SELECT n, o.body::json ->> 'access_token' AS token
  FROM platform, generate_series(1, 12) AS n,
       LATERAL (SELECT CASE WHEN n > 0 THEN client_secret END AS secret) AS s,
       postern.oauth_token(client_id::text, pg_temp.hash(s.secret), NULL) AS o;
SELECT results_eq('SELECT n, postern.is_platform_token(pg_temp.hash(token)) FROM many_tokens
    ORDER BY n', 'SELECT n, n > 2 FROM generate_series(1, 12) AS n', 'it has ten at a time');
SELECT is(postern.oauth_revoke(client_id::text, pg_temp.hash(client_secret), pg_temp.hash(token)),
    'ok', 'it revokes its own') FROM platform, many_tokens WHERE n = 12;
SELECT is(postern.is_platform_token(pg_temp.hash(token)), false, 'which is none any more')
  FROM many_tokens WHERE n = 12;
SELECT is(postern.oauth_revoke(client_id::text, pg_temp.hash('x'), ''), 'invalid_client',
    'by its secret') FROM platform;
SELECT isnt(postern.revoke_token(token), NULL, 'an operator revokes one by itself')
  FROM many_tokens WHERE n = 11;
SELECT is(postern.is_platform_token(pg_temp.hash(token)), false, 'which then is none, too')
  FROM many_tokens WHERE n = 11;
SELECT is(postern.revoke_token(id::text), id, 'or by its id')
  FROM postern.access_tokens WHERE account_id IS NULL AND state = 'valid' LIMIT 1;
INSERT INTO credential SELECT 'last', o.body::json ->> 'access_token'
  FROM platform, postern.oauth_token(client_id::text, pg_temp.hash(client_secret), NULL) AS o;
SELECT is(p.outcome, 'accepted', 'a token of it')
  FROM pg_temp.one('last', '{"account": "*"}') AS p;
SELECT lives_ok(format('SELECT postern.revoke_client(%L)', client_id), 'it is revoked')
  FROM platform;
SELECT is(p.outcome, 'invalid_token', 'ends with it')
  FROM pg_temp.one('last', '{"account": "*"}') AS p;
SELECT is((postern.api('list_webhooks', pg_temp.hash(token), '{}', '{}', NULL)).outcome,
    'invalid_token', 'everywhere') FROM credential WHERE who = 'last';
SELECT is((c.state, c.tokens, o.outcome)::text, '(revoked,0,invalid_client)', 'it gets no more')
  FROM platform JOIN postern.clients AS c ON c.id = client_id,
       postern.oauth_token(client_id::text, pg_temp.hash(client_secret), NULL) AS o;

SELECT * FROM finish();
ROLLBACK;
