-- deliveries.sql - what an account sees of its deliveries, and sends again.
BEGIN;
SET client_min_messages = warning;
CREATE EXTENSION IF NOT EXISTS pgtap;
SELECT no_plan();
\ir ../lib/claim.sql

SELECT postern.open_always(), postern.add_event_type('d.event');
CREATE TEMP TABLE v AS SELECT postern.create_account('deliveries.sql') AS a;
ALTER TABLE v ADD hash bytea;
UPDATE v SET hash = sha256(convert_to(postern.issue_token(a), 'UTF8'));
CREATE TEMP TABLE w (n integer, id uuid);
CREATE FUNCTION pg_temp.add_webhook(n integer) RETURNS void LANGUAGE sql AS $$
    WITH new AS (
        INSERT INTO postern.webhook (account_id, id, url, canonical_url)
        SELECT a, postern.uuid7(), 'https://d.example/' || n,
               'https://d.example/' || n FROM v
        RETURNING account_id, id
    ), s AS (
        INSERT INTO postern.subscription (account_id, webhook_id, event_type_id)
        SELECT new.account_id, new.id, t.id
          FROM new, postern.event_type AS t WHERE t.name = 'd.event'
    )
    INSERT INTO w SELECT add_webhook.n, id FROM new
$$;
SELECT pg_temp.add_webhook(1);
CREATE FUNCTION pg_temp.hook(n integer DEFAULT 1) RETURNS uuid
LANGUAGE sql AS $$ SELECT id FROM w WHERE w.n = hook.n $$;
CREATE FUNCTION pg_temp.call(route text, input jsonb DEFAULT '{}',
    delivery text DEFAULT NULL) RETURNS postern.api_answer
LANGUAGE plpgsql AS $$
DECLARE
    wanted text[] := ARRAY[pg_temp.hook()::text, delivery];
    digest bytea  := (SELECT hash FROM v);
    answer postern.api_answer;
BEGIN
    PERFORM set_config('role', 'postern_responder', true);
    answer := postern.api(route, digest, wanted, input, NULL);
    PERFORM set_config('role', 'none', true);
    RETURN answer;
END
$$;
CREATE FUNCTION pg_temp.listed(input jsonb DEFAULT '{}')
RETURNS TABLE (id text, state text, attempts integer, item jsonb)
LANGUAGE plpgsql AS $$
DECLARE
    answer postern.api_answer;
BEGIN
    FOR page IN 1 .. 50 LOOP
        answer := pg_temp.call('list_deliveries', input);
        RETURN QUERY SELECT e ->> 'id', e ->> 'state',
               jsonb_array_length(e -> 'attempts'), e
           FROM jsonb_array_elements(answer.body::jsonb -> 'data') AS e;
        EXIT WHEN answer.next IS NULL;
        input := input || jsonb_build_object('cursor', answer.next);
    END LOOP;
END
$$;
CREATE FUNCTION pg_temp.publish(many integer DEFAULT 1) RETURNS void
LANGUAGE sql AS $$
    SELECT count(postern.publish(a, 'd.event', '{}'))
      FROM v, generate_series(1, many)
$$;
CREATE FUNCTION pg_temp.claim() RETURNS SETOF bigint LANGUAGE sql AS $$
    SELECT c.id FROM pg_temp.claim_all(100, 100) AS c
     WHERE c.webhook_id IS NOT NULL ORDER BY c.id
$$;
CREATE FUNCTION pg_temp.record(id bigint, outcome text, verdict text,
    status integer, answer bytea DEFAULT 'ok', error text DEFAULT NULL)
RETURNS void LANGUAGE sql AS $$
    SELECT FROM postern.record(ARRAY[id],
        ARRAY[(SELECT attempt_no FROM postern.in_flight AS f WHERE f.id = record.id)],
        ARRAY[outcome], ARRAY[verdict], '{0}', '{5000}', '{0}', '{0}',
        ARRAY[status], '{1500}', '{2000}', ARRAY[NULL::integer], '{4}', '{9000}',
        '{127.0.0.1:443}', '{TLSv1.3}', ARRAY[answer], ARRAY[error],
        ARRAY[CASE WHEN status IS NOT NULL THEN convert_to(E'A: é\n', 'UTF8') END])
$$;

-- From publishing to the end -------------------------------------------------

SELECT is((pg_temp.call('list_deliveries')).body,
    '{"data":[],"next_cursor":null}', 'nothing as yet');
SELECT pg_temp.publish();
CREATE TEMP TABLE d AS SELECT id FROM postern.fresh;
SELECT is(item - '{id,message_id,created_at}'::text[], '{"type": "d.event",
    "state": "owed", "next_attempt_at": null, "finished_at": null,
    "attempts": []}', 'what is published is owed') FROM pg_temp.listed();
SELECT results_eq('SELECT id FROM pg_temp.listed()', 'SELECT id::text FROM d',
    'its id is the one that operators see');
SELECT results_eq($$ SELECT item ->> 'message_id' FROM pg_temp.listed() $$,
    $$ SELECT message_id FROM postern.deliveries, d WHERE deliveries.id = d.id $$,
    'and that of its message the one that receivers see');
SELECT pg_temp.claim();
SELECT results_eq('SELECT state, attempts FROM pg_temp.listed()',
    $$ VALUES ('owed', 0) $$, 'what is in flight is owed');
SELECT is(pg_temp.call('redeliver', '{}', id::text)::text,
    '(conflict,,,,,,,"The delivery is on its way at this moment.")',
    'and cannot be sent meanwhile') FROM d;
SELECT pg_temp.record(id, NULL, 'rejected', 500, convert_to('é\', 'UTF8')) FROM d;
SELECT is((item -> 'attempts' -> 0) - 'started_at', '{"number": 1, "status": 500,
    "duration_ms": 9.000, "error": "it answered 500", "answer":
    "\\303\\251\\\\", "answer_headers": "A: \\303\\251\n", "phases": {"name_ms": 1.500, "connect_ms": 2.000,
    "tls_ms": null, "first_byte_ms": 0.004}}', 'an attempt is told of')
  FROM pg_temp.listed();
SELECT ok((item ->> 'next_attempt_at')::timestamptz - clock_timestamp()
    BETWEEN '3 s' AND '5 s', 'and when the next is made') FROM pg_temp.listed();
SELECT is(pg_temp.call('redeliver', '{}', id::text)::text,
    format('(accepted,"{""delivery_id"":""%s""}",,,,,,)', id),
    'what waits can be sent at once') FROM d;
SELECT is(item -> 'next_attempt_at', 'null', 'as it says') FROM pg_temp.listed();
SELECT results_eq('SELECT pg_temp.claim()', 'SELECT id FROM d', 'and is');
SELECT pg_temp.record(id, 'failed', 'unreachable', NULL, NULL, 'no route') FROM d;
SELECT is(item -> 'attempts' #- '{0,started_at}' #- '{1,started_at}' -> 1,
    '{"number": 2, "status": null, "duration_ms": 9.000, "error": "no route",
      "answer": null, "answer_headers": null, "phases": {"name_ms": 1.500, "connect_ms": 2.000,
      "tls_ms": null, "first_byte_ms": 0.004}}', 'attempts are in order')
  FROM pg_temp.listed();
SELECT is(state || (item ->> 'finished_at' > item ->> 'created_at'),
    'failedtrue', 'what has failed is over') FROM pg_temp.listed();
SELECT is((pg_temp.call('redeliver', '{}', id::text)).outcome, 'accepted',
    'and can be sent again') FROM d;
SELECT results_eq('SELECT state, attempts FROM pg_temp.listed()',
    $$ VALUES ('owed', 2) $$, 'it is owed then');
SELECT pg_temp.claim();
SELECT pg_temp.record(id, 'sent', 'delivered', 200) FROM d;
SELECT results_eq('SELECT state, attempts FROM pg_temp.listed()',
    $$ VALUES ('sent', 3) $$, 'and sent in the end');
SELECT is((pg_temp.call('redeliver', '{}', id::text)).outcome, 'accepted',
    'what was sent too') FROM d;
SELECT ok(postern.cancel(id), 'an operator cancels it') FROM d;
SELECT results_eq('SELECT state, attempts FROM pg_temp.listed()',
    $$ VALUES ('cancelled', 3) $$, 'which is no attempt');
DO $$ BEGIN
    FOR n IN 1 .. 22 LOOP
        PERFORM pg_temp.call('redeliver', '{}', id::text) FROM d;
        PERFORM pg_temp.claim();
        PERFORM pg_temp.record(id, 'sent', 'delivered', 200) FROM d;
    END LOOP;
END $$;
SELECT is(item #>> '{attempts,0,number}' || '-' || (item #>> '{attempts,-1,number}'),
    '6-25', 'of many attempts the last 20 are shown') FROM pg_temp.listed();

SELECT is((pg_temp.call('redeliver', '{}', delivery)).outcome, 'no_such',
    format('no delivery %s', delivery))
  FROM (VALUES ('0'), ('x'), ('1.0'), ('01'), ('9223372036854775807'),
      ('9223372036854775808'), ('99999999999999999999'), (''), (NULL))
      AS v (delivery);
SELECT pg_temp.add_webhook(2), pg_temp.publish();
SELECT is((pg_temp.call('redeliver', '{}', id::text)).outcome, 'no_such',
    'nor one of another webhook')
  FROM postern.fresh WHERE webhook_id = pg_temp.hook(2);
DELETE FROM postern.subscription WHERE webhook_id = pg_temp.hook(2);
DELETE FROM postern.fresh;

-- Pages, states, times -------------------------------------------------------

CREATE TEMP TABLE times AS SELECT clock_timestamp() AS before;
SELECT pg_sleep(0.002);
SELECT pg_temp.publish(12);
SELECT pg_sleep(0.002);
ALTER TABLE times ADD after timestamptz;
UPDATE times SET after = clock_timestamp();
CREATE TEMP TABLE many AS
SELECT id, row_number() OVER (ORDER BY id) AS n FROM postern.fresh;
SELECT pg_temp.claim();
SELECT pg_temp.record(id, CASE n % 3 WHEN 0 THEN 'sent' WHEN 1 THEN 'failed' END,
    'x', 500) FROM many WHERE n <= 9;
SELECT postern.cancel(id) FROM many WHERE n IN (2, 5);
SELECT pg_temp.publish(2);
INSERT INTO many SELECT id, 12 + row_number() OVER (ORDER BY id) FROM postern.fresh;
INSERT INTO many SELECT id, 0 FROM d;
SELECT results_eq('SELECT id, state FROM pg_temp.listed()',
    $$ SELECT id::text, CASE WHEN n IN (2, 5) THEN 'cancelled'
              WHEN n % 3 = 0 AND n <= 9 THEN 'sent'
              WHEN n % 3 = 1 AND n <= 9 THEN 'failed' ELSE 'owed' END
         FROM many ORDER BY n DESC $$,
    'the newest first, wherever they are');
SELECT results_eq(format('SELECT id, state FROM pg_temp.listed(''{"limit": "%s"}'')',
        size), 'SELECT id, state FROM pg_temp.listed()',
    format('%s on a page', size)) FROM generate_series(1, 15) AS size;
SELECT results_eq(format('SELECT id FROM pg_temp.listed(%L)',
        jsonb_build_object('state', wanted, 'limit', '2')),
    format('SELECT id FROM pg_temp.listed() WHERE state = %L', wanted),
    'those that are ' || wanted)
  FROM unnest('{owed,held,sent,failed,cancelled}'::text[]) AS wanted;
SELECT results_eq(format('SELECT id FROM pg_temp.listed(%L)', input),
    'SELECT id::text FROM many WHERE ' || wanted || ' ORDER BY n DESC',
    input::text)
  FROM times, LATERAL (VALUES
      (jsonb_build_object('since', before), 'n > 0'),
      (jsonb_build_object('until', after), 'n < 13'),
      (jsonb_build_object('since', before, 'until', after, 'limit', '5'),
       'n BETWEEN 1 AND 12'),
      (jsonb_build_object('since', before, 'until', after, 'state', 'sent'),
       'n IN (3, 6, 9)'),
      (jsonb_build_object('since', after, 'until', before), 'false'))
      AS v (input, wanted);
SELECT postern.disable_webhook(pg_temp.hook(), 'x');
SELECT set_eq('SELECT n FROM pg_temp.listed(''{"state": "held"}'') AS l
    JOIN many ON many.id::text = l.id', 'VALUES (14::bigint), (13), (8)',
    'what waits for a disabled webhook is held');
SELECT is(string_agg(n::text, ' ' ORDER BY n), '10 11 12',
    'what is in flight is owed')
  FROM pg_temp.listed('{"state": "owed"}') AS l JOIN many ON many.id::text = l.id;
SELECT postern.enable_webhook(pg_temp.hook());
SELECT is((pg_temp.call('list_deliveries', jsonb_build_object(name, value)))::text,
    concat('(invalid_parameter,,,,', name, ',"""', value, '""",,"', sentence, '")'),
    format('%s cannot be %s', name, value))
  FROM (VALUES ('state', ''), ('state', 'Sent'), ('state', 'owed,held'))
      AS v (name, value), (VALUES ('state is owed, held, sent, failed or'
      ' cancelled.')) AS s (sentence)
UNION ALL
SELECT is((pg_temp.call('list_deliveries', jsonb_build_object(name, value)))
        .parameter, name, format('%s cannot be %s', name, value))
  FROM unnest('{since,until}'::text[]) AS name,
       unnest(ARRAY['', 'now', 'infinity', '2026-11-24', '2026-11-24 08:00:00Z',
           '2026-11-24T08:00Z', '2026-11-24T08:00:00', '2026-02-30T00:00:00Z',
           '2026-11-24T24:00:00Z', '2026-11-24T08:00:00+1', '0000-01-01T00:00:00Z',
           '2026-11-24T08:00:00 01:00', '20261-11-24T08:00:00Z']) AS value;
SELECT is(postern.api_time(given), wanted::timestamptz, given)
  FROM (VALUES ('2026-11-24T08:00:00Z', '2026-11-24 08:00+00'),
      ('2026-11-24t08:00:00.5z', '2026-11-24 08:00:00.5+00'),
      ('2026-11-24T08:00:00+05:30', '2026-11-24 02:30+00'),
      ('2026-11-24T08:00:00-23:59', '2026-11-25 07:59+00'),
      ('2016-12-31T23:59:60Z', '2017-01-01 00:00+00'),
      ('0001-01-01T00:00:00+23:00', '0001-12-31 01:00+00 BC'))
      AS v (given, wanted);

-- Much of the webhook's, and not of it ----------------------------------------

SELECT pg_temp.add_webhook(3);
SELECT is_empty($$ SELECT FROM pg_temp.listed() AS l, postern.deliveries AS d
    WHERE d.id::text = l.id AND d.webhook_id <> pg_temp.hook() $$,
    'nothing of another webhook');
UPDATE postern.attempt SET answer = decode(repeat('ff', 1024), 'hex');
SELECT cmp_ok(octet_length((pg_temp.call('list_deliveries',
    '{"limit": "100"}')).body), '<', 1048576, 'a page is under a megabyte');

-- A test, and replay ---------------------------------------------------------

DELETE FROM postern.fresh;
CREATE TEMP TABLE test AS
SELECT (t.answer).outcome, (t.answer).body::jsonb AS body
  FROM (SELECT pg_temp.call('test_webhook') AS answer) AS t;
SELECT is(outcome, 'accepted', 'a test is accepted') FROM test;
SELECT results_eq('SELECT id::text, postern.message_name(message_id), webhook_id
    FROM postern.fresh', $$ SELECT body ->> 'delivery_id',
    body ->> 'message_id', pg_temp.hook() FROM test $$,
    'and owed to this webhook alone');
SELECT is(item ->> 'type', 'postern.test', 'as the list says')
  FROM pg_temp.listed('{"limit": "1"}') LIMIT 1;
SELECT matches(c.body,
    '^\{"type":"postern\.test","timestamp":"[-0-9T:.]*Z","data":\{\}\}$',
    'the worker sends it like any other')
  FROM test, pg_temp.claim_all(100, 100) AS c
 WHERE c.id::text = test.body ->> 'delivery_id' AND c.webhook_id IS NOT NULL;
CREATE TEMP TABLE traced AS
SELECT v.given, (pg_temp.call('test_webhook', jsonb_build_object('traceparent', v.given))).body
  FROM (VALUES ('00-' || repeat('1', 32) || '-00f067aa0ba902b7-01'), (NULL), ('x')) AS v (given);
SELECT is(m.traceparent, nullif(given, 'x'), 'asked for in the trace ' || coalesce(given, 'NULL'))
  FROM traced LEFT JOIN postern.messages AS m ON m.id = body::jsonb ->> 'message_id';
SELECT throws_ok('SELECT postern.publish(a, ''postern.test'', ''{}'') FROM v',
    'P0002', NULL, 'nobody else publishes it');
SELECT throws_ok('SELECT postern.add_event_type(''postern.test'')', '22023', NULL,
    'or changes it');

SELECT is((pg_temp.call('replay', input)).body::jsonb, wanted,
    format('replay %s', input))
  FROM times, LATERAL (VALUES
      (1, jsonb_build_object('since', before, 'until', before),
       '{"deliveries": 0}'::jsonb),
      (2, jsonb_build_object('since', before, 'until', after),
       '{"deliveries": 6}'),
      (3, jsonb_build_object('since', before, 'until', after),
       '{"deliveries": 0}'),
      (4, jsonb_build_object('since', before, 'until', after, 'sent_too', true),
       '{"deliveries": 3}'),
      (5, jsonb_build_object('since', '1970-01-01T00:00:00Z', 'sent_too', true),
       '{"deliveries": 1}')) AS v (n, input, wanted)
 ORDER BY n;
SELECT is((pg_temp.call('replay', input)).parameter, wanted,
    format('not replay %s', input))
  FROM (VALUES ('{}'::jsonb, 'since'), ('{"since": 5}', 'since'),
      ('{"since": null}', 'since'), ('{"since": "x"}', 'since'),
      ('{"since": "2026-11-24T08:00:00Z", "until": null}', 'until'),
      ('{"since": "2026-11-24T08:00:00Z", "until": 5}', 'until'),
      ('{"since": "2026-11-24T08:00:00Z", "sent_too": null}', 'sent_too'),
      ('{"since": "2026-11-24T08:00:00Z", "sent_too": "true"}', 'sent_too'))
      AS v (input, wanted);

-- What is older than the retention -------------------------------------------

INSERT INTO postern.attempt (delivery_id, attempt_no, account_id, webhook_id,
    message_id, started_at, verdict, outcome)
SELECT 4611686018427387904, 1, a, pg_temp.hook(), postern.first_uuid7(now() - interval '32 days'),
       now() - interval '29 days', 'rejected', 'failed' FROM v;
SELECT is_empty($$ SELECT FROM pg_temp.listed() WHERE id = '4611686018427387904' $$,
    'a delivery whose message is not kept is not shown');
SELECT is((pg_temp.call('redeliver', '{}', '4611686018427387904')).outcome, 'no_such',
    'and cannot be sent again');

SELECT * FROM finish();
ROLLBACK;
