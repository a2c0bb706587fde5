-- register.sql - postern.register, branch by branch.
BEGIN;
SET client_min_messages = warning;
CREATE EXTENSION IF NOT EXISTS pgtap;
SELECT no_plan();

SELECT postern.open_always();
SELECT postern.add_event_type('test.' || name)
  FROM unnest('{a,b,c}'::text[]) AS name;
SELECT postern.add_sealing_key('postern-public-1 00112233445566aa '
    || encode(sha256('k'), 'base64'));

-- A request in few words; what is not said is as it should be. ---------------

CREATE TEMP TABLE account AS
SELECT name, postern.create_account('register.sql ' || name) AS id
  FROM unnest('{one,two,small}'::text[]) AS name;
ALTER TABLE account ADD token text;
UPDATE account SET token = postern.issue_token(id);
GRANT SELECT ON account TO postern_responder;

CREATE FUNCTION pg_temp.id(n integer) RETURNS uuid LANGUAGE sql AS $$
    SELECT format('018f0000-0000-7000-8000-%s', lpad(n::text, 12, '0'))::uuid
$$;

CREATE TYPE pg_temp.request AS (
    id uuid, token text, url text, events text[], key_id bytea, nonce bytea);
CREATE FUNCTION pg_temp.request(id integer, owner text, url text,
    events text[] DEFAULT '{test.a}', key_id bytea DEFAULT '\x00112233445566aa')
RETURNS pg_temp.request LANGUAGE sql AS $$
    SELECT pg_temp.id(id), coalesce((SELECT a.token FROM account AS a
                                      WHERE a.name = $2), $2),
           url, events, key_id, substr(sha256(id::text::bytea), 1, 24)
$$;
-- Canonical is lower case here. Runs as the responder.
CREATE FUNCTION pg_temp.register(VARIADIC requests pg_temp.request[])
RETURNS TABLE (outcome text, unknown_event text, retry_after integer,
    webhook_id uuid)
LANGUAGE plpgsql AS $$
DECLARE
    arrays record;
BEGIN
    SELECT array_agg(r.id ORDER BY n) AS ids,
           array_agg(sha256(convert_to(r.token, 'UTF8')) ORDER BY n) AS hashes,
           array_agg(r.url ORDER BY n) AS urls,
           array_agg(lower(r.url) ORDER BY n) AS canonicals,
           array_agg(r.key_id ORDER BY n) AS key_ids,
           array_agg(sha256('e') ORDER BY n) AS ephemerals,
           array_agg(r.nonce ORDER BY n) AS nonces,
           array_agg(sha256('b') || substr(sha256('b'), 1, 16) ORDER BY n)
               AS boxes,
           (SELECT coalesce(array_agg(e.n::integer ORDER BY e.n, e.m), '{}')
              FROM (SELECT q.n, m FROM unnest(requests) WITH ORDINALITY
                        AS q (i, t, u, events, k, o, n),
                        unnest(q.events) WITH ORDINALITY AS x (name, m)) AS e)
               AS event_of,
           (SELECT coalesce(array_agg(e.name ORDER BY e.n, e.m), '{}')
              FROM (SELECT q.n, m, name FROM unnest(requests) WITH ORDINALITY
                        AS q (i, t, u, events, k, o, n),
                        unnest(q.events) WITH ORDINALITY AS x (name, m)) AS e)
               AS events
      INTO arrays
      FROM unnest(requests) WITH ORDINALITY
           AS r (id, token, url, events, key_id, nonce, n);
    PERFORM set_config('role', 'postern_responder', true);
    RETURN QUERY SELECT * FROM postern.register(arrays.ids, arrays.hashes,
        arrays.urls, arrays.canonicals, arrays.event_of, arrays.events,
        arrays.key_ids, arrays.ephemerals, arrays.nonces, arrays.boxes);
    PERFORM set_config('role', 'none', true);
END
$$;
CREATE FUNCTION pg_temp.outcomes(VARIADIC requests pg_temp.request[])
RETURNS text LANGUAGE sql AS $$
    SELECT string_agg(outcome || coalesce(' ' || unknown_event, '')
        || coalesce(' ' || retry_after, ''), ', ')
      FROM pg_temp.register(VARIADIC requests)
$$;
-- Webhooks of an account, and their secrets: "n" current, "n-" ending.
CREATE FUNCTION pg_temp.stored(owner text) RETURNS text LANGUAGE sql AS $$
    SELECT string_agg(format('%s %s %s', right(w.id::text, 2)::integer, w.url,
               array_to_string(w.events, '+')) || ' [' || coalesce((
                   SELECT string_agg(right(s.id::text, 2)::integer || CASE
                       WHEN s.expires_at IS NOT NULL THEN '-' ELSE '' END,
                       ' ' ORDER BY s.created_at, s.id)
                     FROM postern.secret AS s
                    WHERE s.account_id = w.account_id AND s.webhook_id = w.id),
                   '') || ']', ', ' ORDER BY w.id)
      FROM postern.webhooks AS w JOIN account AS a ON a.id = w.account_id
     WHERE a.name = owner
$$;
CREATE FUNCTION pg_temp.total() RETURNS bigint LANGUAGE sql AS $$
    SELECT (SELECT count(*) FROM postern.webhook)
         + (SELECT count(*) FROM postern.subscription)
         + (SELECT count(*) FROM postern.secret)
$$;

-- New ------------------------------------------------------------------------

SELECT is(pg_temp.outcomes(pg_temp.request(1, 'one', 'https://A.example/1',
    '{test.b,test.a}')), 'registered', 'a new webhook');
SELECT is(pg_temp.stored('one'), '1 https://A.example/1 test.a+test.b [1]',
    'it is stored, with its events and one secret');
SELECT results_eq($$ SELECT canonical_url COLLATE "default", state, reason
    FROM postern.webhook WHERE id = pg_temp.id(1) $$,
    $$ VALUES ('https://a.example/1', 'enabled', NULL) $$,
    'enabled, and by its canonical URL');
SELECT results_eq($$ SELECT account_id, webhook_id, key_id, ephemeral, nonce,
        box, expires_at FROM postern.secret WHERE id = pg_temp.id(1) $$,
    $$ SELECT id, pg_temp.id(1), '\x00112233445566aa'::bytea, sha256('e'),
        substr(sha256('1'), 1, 24), sha256('b') || substr(sha256('b'), 1, 16),
        NULL::timestamptz FROM account WHERE name = 'one' $$,
    'the secret is stored as it came');
SELECT is(webhooks, 1, 'the account counts one')
  FROM postern.accounts WHERE name = 'register.sql one';

SELECT is(pg_temp.outcomes(
    pg_temp.request(2, 'one', 'https://a.example/2'),
    pg_temp.request(3, 'pst_nobody', 'https://a.example/3'),
    pg_temp.request(4, 'two', 'https://a.example/1', '{test.c}'),
    pg_temp.request(5, 'one', NULL),
    pg_temp.request(6, 'one', 'https://a.example/6', '{test.a,no,never}'),
    pg_temp.request(7, 'one', 'HTTPS://a.example/1', '{test.c}'),
    pg_temp.request(8, 'pst_nobody', NULL),
    pg_temp.request(9, 'one', 'https://a.example/9', '{}')),
    'registered, invalid_token, registered, admitted, unknown_event no,'
    || ' registered, invalid_token, registered',
    'each of a mixed batch gets its own answer, in order');
SELECT is(pg_temp.stored('one'), '1 HTTPS://a.example/1 test.c [1- 7],'
    || ' 2 https://a.example/2 test.a [2], 9 https://a.example/9  [9]',
    'and what was promised is stored');
SELECT is(pg_temp.stored('two'), '4 https://a.example/1 test.c [4]',
    'one URL of two accounts is two webhooks');
SELECT is(webhooks, 3, 'the account counts what is new')
  FROM postern.accounts WHERE name = 'register.sql one';
SELECT is((SELECT count(*) FROM postern.register('{}', '{}', '{}', '{}', '{}',
    '{}', '{}', '{}', '{}', '{}')), 0::bigint, 'an empty batch is no request');

-- Again ----------------------------------------------------------------------

SELECT is(pg_temp.outcomes(pg_temp.request(10, 'one', 'https://a.EXAMPLE/1',
    '{test.a,test.c}')), 'registered', 'a webhook again');
SELECT is(pg_temp.stored('two'), '4 https://a.example/1 test.c [4]',
    'nothing of another account''s changes');
SELECT is(split_part(pg_temp.stored('one'), ',', 1),
    '1 https://a.EXAMPLE/1 test.a+test.c [1- 7- 10]',
    'gets URL, events and secret, and keeps its id');
SELECT is(expires_at - s.created_at >= interval '24 hours'
        AND expires_at <= clock_timestamp() + interval '24 hours', true,
    'the secret before signs for 24 hours more')
  FROM postern.secret AS s WHERE id = pg_temp.id(7);
SELECT is(webhooks, 3, 'and counts once')
  FROM postern.accounts WHERE name = 'register.sql one';
SELECT is(updated_at > created_at, true, 'when it changed is kept')
  FROM postern.webhook WHERE id = pg_temp.id(1);

SELECT postern.disable_webhook(pg_temp.id(1), 'abuse');
SELECT is(pg_temp.outcomes(pg_temp.request(11, 'one', 'https://a.example/1')),
    'registered', 'a disabled webhook may be registered again');
SELECT results_eq($$ SELECT state, reason FROM postern.webhook
    WHERE id = pg_temp.id(1) $$, $$ VALUES ('disabled', 'abuse') $$,
    'and stays disabled');

SELECT pg_temp.outcomes(pg_temp.request(n, 'one', 'https://a.example/1'))
  FROM generate_series(12, 20) AS n;
SELECT is(split_part(pg_temp.stored('one'), ',', 1),
    '1 https://a.example/1 test.a [16- 17- 18- 19- 20]',
    'of many secrets the last five are kept');
UPDATE postern.secret SET expires_at = now()
 WHERE id IN (pg_temp.id(18), pg_temp.id(19));
SELECT pg_temp.outcomes(pg_temp.request(21, 'one', 'https://a.example/1'));
SELECT is(split_part(pg_temp.stored('one'), ',', 1),
    '1 https://a.example/1 test.a [17- 20- 21]',
    'and those that have expired are not');
SELECT is_empty($$ SELECT webhook_id FROM postern.secret
    WHERE expires_at IS NULL GROUP BY account_id, webhook_id
    HAVING count(*) <> 1 $$, 'a webhook has one current secret');

-- The same request twice -----------------------------------------------------

CREATE TEMP TABLE before AS
SELECT pg_temp.stored('one') AS one, w.updated_at FROM postern.webhook AS w
 WHERE w.id = pg_temp.id(1);
SELECT is(pg_temp.outcomes(
    pg_temp.request(21, 'one', 'https://a.example/1', '{test.b}'),
    pg_temp.request(2, 'one', 'https://A.example/2', '{test.b}'),
    pg_temp.request(4, 'two', 'https://a.example/1', '{test.b}')),
    'registered, registered, registered', 'sent again, with the same ids');
SELECT is(pg_temp.stored('one'), one, 'nothing changes') FROM before;
SELECT is(w.updated_at, before.updated_at, 'not even the time')
  FROM before, postern.webhook AS w WHERE w.id = pg_temp.id(1);
SELECT is(pg_temp.outcomes(
    pg_temp.request(20, 'one', 'https://a.example/1'),
    pg_temp.request(22, 'one', 'https://a.example/2')),
    'superseded, registered', 'sent again after another has taken its place');
SELECT is(pg_temp.outcomes(pg_temp.request(2, 'one', 'https://a.example/2')),
    'superseded', 'and so for the first of all');
SELECT is(pg_temp.stored('one'), '1 https://a.example/1 test.a [17- 20- 21],'
    || ' 2 https://a.example/2 test.a [2- 22], 9 https://a.example/9  [9]',
    'which changes nothing either');

-- The cap --------------------------------------------------------------------

SELECT postern.set_webhook_limit(id, 2) FROM account WHERE name = 'small';
SELECT is(pg_temp.outcomes(
    pg_temp.request(30, 'small', 'https://s.example/0', '{no}'),
    pg_temp.request(31, 'small', 'https://s.example/1'),
    pg_temp.request(32, 'one', 'https://s.example/1'),
    pg_temp.request(33, 'small', 'https://s.example/2'),
    pg_temp.request(34, 'small', 'https://s.example/3'),
    pg_temp.request(35, 'small', 'https://s.example/4', '{no}'),
    pg_temp.request(36, 'small', 'https://s.example/5')),
    'unknown_event no, registered, registered, registered,'
    || ' webhook_limit_reached, unknown_event no, webhook_limit_reached',
    'the cap counts what is new in the batch');
SELECT is(pg_temp.outcomes(
    pg_temp.request(37, 'small', 'https://s.example/6'),
    pg_temp.request(38, 'small', 'https://s.example/1')),
    'webhook_limit_reached, registered', 'and lets what is there change');
SELECT postern.set_webhook_limit(id, 0) FROM account WHERE name = 'small';
SELECT is(pg_temp.outcomes(
    pg_temp.request(39, 'small', 'https://s.example/2'),
    pg_temp.request(40, 'small', 'https://s.example/7')),
    'registered, webhook_limit_reached', 'even when the cap is lowered');
SELECT is(webhooks, 2, 'the account has no more than it had')
  FROM postern.accounts WHERE name = 'register.sql small';
SELECT is(count(*), webhook_count::bigint, 'counts are right')
  FROM postern.webhook AS w JOIN postern.account AS a ON a.id = w.account_id
 GROUP BY a.id;

-- Tokens ---------------------------------------------------------------------

CREATE TEMP TABLE total AS SELECT pg_temp.total() AS n;
UPDATE postern.access_token SET created_at = now() - interval '1 hour',
       expires_at = now()
 WHERE account_id = (SELECT id FROM account WHERE name = 'two');
SELECT is(pg_temp.outcomes(pg_temp.request(41, 'two', 'https://t.example/')),
    'invalid_token', 'a token is refused from the instant it expires');
UPDATE postern.access_token SET expires_at = now() + interval '1 second'
 WHERE account_id = (SELECT id FROM account WHERE name = 'two');
SELECT is(pg_temp.outcomes(pg_temp.request(41, 'two', NULL)),
    'admitted', 'and not before');
SELECT postern.revoke_token(token) FROM account WHERE name = 'two';
SELECT is(pg_temp.outcomes(pg_temp.request(41, 'two', 'https://t.example/'),
    pg_temp.request(42, 'two', NULL),
    pg_temp.request(43, 'two', 'https://t.example/', '{no}')),
    'invalid_token, invalid_token, invalid_token',
    'a revoked token is refused');

-- Hours ----------------------------------------------------------------------

SELECT postern.set_working_hours('UTC', VARIADIC '{}');
SELECT postern.close_on((clock_timestamp() AT TIME ZONE 'UTC')::date + n)
  FROM generate_series(0, 1) AS n;
SELECT is(pg_temp.outcomes(
    pg_temp.request(44, 'two', 'https://t.example/'),
    pg_temp.request(45, 'one', NULL),
    pg_temp.request(46, 'one', 'https://t.example/', '{no}'),
    pg_temp.request(47, 'one', 'https://a.example/1'),
    pg_temp.request(21, 'one', 'https://a.example/1'))
    ~ '^invalid_token(, outside_working_hours [0-9]+){4}$', true,
    'closed: a valid token learns when it opens, another nothing');
SELECT is(abs(retry_after - extract(epoch FROM
        (clock_timestamp() AT TIME ZONE 'UTC')::date + 2
        - clock_timestamp() AT TIME ZONE 'UTC')) <= 1, true,
    'to the second')
  FROM pg_temp.register(pg_temp.request(45, 'one', NULL));
SELECT postern.open_always();

-- Keys and preconditions -----------------------------------------------------

SELECT throws_ok($$ SELECT pg_temp.outcomes(
        pg_temp.request(50, 'one', 'https://k.example/'),
        pg_temp.request(51, 'one', 'https://k.example/1', '{test.a}',
            '\xffffffffffffffff')) $$, 'PS001',
    'no secret may be sealed for key ffffffffffffffff',
    'a key that is unknown fails the call');
SELECT throws_ok($$ SELECT pg_temp.outcomes(
        pg_temp.request(50, 'one', 'https://k.example/'),
        pg_temp.request(51, 'one', 'https://k.example/1', '{test.a}', NULL)) $$,
    '23502', NULL, 'and so does none');
SELECT is(pg_temp.outcomes(
    pg_temp.request(52, 'nobody', 'https://k.example/', '{test.a}', '\xff'),
    pg_temp.request(53, 'one', 'https://k.example/', '{no}', '\xff')),
    'invalid_token, unknown_event no', 'but not where nothing is stored');
SELECT postern.add_sealing_key('postern-public-1 00112233445566bb '
    || encode(sha256('l'), 'base64'));
SELECT postern.retire_sealing_key('00112233445566aa');
SELECT throws_ok($$ SELECT pg_temp.outcomes(
        pg_temp.request(54, 'one', 'https://k.example/')) $$, 'PS001', NULL,
    'nor may a retired key seal for a new webhook');
SELECT throws_ok($$ SELECT pg_temp.outcomes(
        pg_temp.request(54, 'one', 'https://a.example/1')) $$, 'PS001', NULL,
    'or for one that is there');
SELECT is(pg_temp.outcomes(pg_temp.request(21, 'one', 'https://a.example/1')),
    'registered', 'what was stored before is confirmed');
SELECT postern.add_sealing_key('postern-public-1 00112233445566aa '
    || encode(sha256('k'), 'base64'));

SELECT is(pg_temp.outcomes(pg_temp.request(1, 'one', 'https://p.example/0')),
    'superseded', 'an id is not used for two webhooks');
SELECT throws_ok(format($$ SELECT pg_temp.outcomes(
        pg_temp.request(58, 'one', %L)) $$, url), '23514', NULL,
    'an URL of impossible length fails the call')
  FROM (VALUES (''), ('https://' || repeat('x', 2041))) AS v (url);
SELECT is(pg_temp.total(), n, 'and of a call that fails nothing is stored')
  FROM total;
SELECT lives_ok($$ SELECT pg_temp.outcomes(pg_temp.request(59, 'one',
    'https://' || repeat('x', 2040))) $$, '2048 bytes may be stored');

-- Two of one webhook --------------------------------------------------------

SELECT is(pg_temp.outcomes(
        pg_temp.request(61, 'one', 'https://two.example/0'),
        pg_temp.request(62, 'one', 'https://two.example/1'),
        pg_temp.request(63, 'one', 'https://Two.example/1')),
    'registered, registered, busy',
    'of two new with one URL in an account the second is to ask again');
SELECT is(pg_temp.outcomes(
        pg_temp.request(65, 'one', 'https://two.example/1'),
        pg_temp.request(66, 'one', 'https://TWO.example/1')),
    'registered, busy', 'of two again likewise');
SELECT is(pg_temp.outcomes(pg_temp.request(66, 'one', 'https://TWO.example/1')),
    'registered', 'asked again, it is served');

-- A full batch ---------------------------------------------------------------

SELECT postern.add_event_type('test.' || n) FROM generate_series(1, 64) AS n;
CREATE TEMP TABLE full_batch AS
SELECT array_agg(pg_temp.request(1000 + n, 'one',
           'https://full.example/' || n,
           ARRAY(SELECT 'test.' || e FROM generate_series(1, 64) AS e)))
       AS requests
  FROM generate_series(1, 128) AS n;
SELECT results_eq('SELECT outcome, count(*) FROM full_batch,
    pg_temp.register(VARIADIC requests) GROUP BY 1',
    $$ VALUES ('registered', 128::bigint) $$, '128 requests of 64 events each');
UPDATE full_batch SET requests = ARRAY(
    SELECT pg_temp.request(2000 + n, 'one', 'https://full.example/' || n,
               ARRAY(SELECT 'test.' || e FROM generate_series(n % 64, 64) AS e
                      WHERE e > 0))
      FROM generate_series(1, 128) AS n);
SELECT results_eq('SELECT outcome, count(*) FROM full_batch,
    pg_temp.register(VARIADIC requests) GROUP BY 1',
    $$ VALUES ('registered', 128::bigint) $$, 'again, with fewer');
SELECT is_empty($$
    SELECT url FROM postern.webhooks WHERE url LIKE 'https://full.example/%'
       AND cardinality(events)
           <> 65 - greatest(1, split_part(url, '/', 4)::integer % 64)
    $$, 'each has the events of its own request');

SELECT * FROM finish();
ROLLBACK;
