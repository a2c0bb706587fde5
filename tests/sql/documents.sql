-- documents.sql - events whose data is sent byte for byte, and which publish() is meant.
BEGIN ISOLATION LEVEL READ COMMITTED;
SET client_min_messages = warning;
CREATE EXTENSION IF NOT EXISTS pgtap;
SELECT no_plan();

CREATE TEMP TABLE v AS
SELECT postern.create_account('documents a') AS a, postern.create_account('documents b') AS b;
SELECT postern.add_event_type('doc.one'), postern.add_event_type('doc.two');

CREATE FUNCTION pg_temp.webhook(account uuid, events text[]) RETURNS uuid
LANGUAGE sql AS $$
    WITH w AS (
        INSERT INTO postern.webhook (account_id, id, url, canonical_url)
        SELECT account, id, 'https://h.example/' || id, 'https://h.example/' || id
          FROM (SELECT postern.uuid7() AS id) AS new
        RETURNING id
    ), s AS (
        INSERT INTO postern.subscription (account_id, webhook_id, event_type_id)
        SELECT account, w.id, t.id FROM w, postern.event_type AS t WHERE t.name = ANY (events)
    )
    SELECT id FROM w
$$;
CREATE TEMP TABLE w AS
SELECT pg_temp.webhook(a, '{doc.one}') AS one,
       pg_temp.webhook(a, '{doc.one,doc.*,*}') AS thrice,
       pg_temp.webhook(a, '{doc.two}') AS two,
       pg_temp.webhook(b, '{doc.*,doc.one}') AS other
  FROM v;

-- The data that a receiver gets.
CREATE FUNCTION pg_temp.sent(message text) RETURNS text
LANGUAGE sql AS $$
    SELECT substring(m.body FROM '"data":(.*)}$') FROM postern.message AS m
     WHERE postern.message_name(m.id) = message
$$;
CREATE FUNCTION pg_temp.reached(message text) RETURNS SETOF uuid
LANGUAGE sql AS $$ SELECT webhook_id FROM postern.deliveries WHERE message_id = message $$;

-- Byte for byte ---------------------------------------------------------------

SELECT is(pg_temp.sent(postern.publish(a, 'doc.one', d.document::json)), d.document,
    format('%s is sent as it was given', translate(d.document, E'\n\t', '__')))
  FROM v, (VALUES (E'{"b":1, "a":1e2,"s":"\\u0000"}'), (E' {\n\t"a" : 1.0 } '),
      ('{"a":1,"a":2}'), ('12345678901234567890.10'), ('null'), (E'"\\ud800"'),
      (E'["\\/", "\u00e9", "\U0001f600"]')) AS d (document);
SELECT is(pg_temp.sent(postern.publish(v.a, 'doc.one', row_to_json(x))),
    '{"z":1,"a":"é"}', 'row_to_json can be published') FROM v, (SELECT 1 AS z, 'é' AS a) AS x;
SELECT is(pg_temp.sent(postern.publish(v.a, 'doc.one', to_jsonb(x))),
    '{"a": 2, "z": 1}', 'and to_jsonb') FROM v, (SELECT 1 AS z, 2 AS a) AS x;
SELECT is(pg_temp.sent(postern.publish_to_all('doc.one', '{"b": 1,"a" :1e2}'::json)),
    '{"b": 1,"a" :1e2}', 'so it is of publish_to_all');
SELECT throws_ok(format($$SELECT postern.publish(a, 'doc.one', %L::json) FROM v$$, document),
    '22P02', NULL, format('%s is no json', document))
  FROM unnest('{"","{",NaN,"{} {}","''a''","[1,]"}'::text[]) AS document;
SELECT lives_ok($$SELECT postern.publish(a, 'doc.one', to_json(repeat('x', 262142))) FROM v$$,
    '262,144 bytes are not too many');
SELECT throws_ok($$SELECT postern.publish(a, 'doc.one', to_json(repeat('x', 262143))) FROM v$$,
    '54000', NULL, 'one more is');
SELECT throws_ok($$SELECT postern.publish(a, 'doc.one', NULL::json) FROM v$$, '22004', NULL,
    'data must be given');
CREATE TEMP TABLE zero AS
SELECT postern.publish(a, 'doc.two', E'{"b":1, "s":"\\u0000","data":2}'::json) AS id FROM v;
SELECT is(m.data::text, E'{"b":1, "s":"\\u0000","data":2}', 'the view shows it as it is')
  FROM zero AS z JOIN postern.messages AS m ON m.id = z.id;
SELECT matches(i.item, E'"data":{"b":1, "s":"\\\\\\\\u0000","data":2}}$', 'so does the feed')
  FROM (SELECT unnest((postern.page_events(a, '0', '00000000-0000-0000-0000-000000000000',
            '00000000-0000-0000-0000-000000000000', 1000)).items) AS item FROM v) AS i, zero AS z
 WHERE i.item LIKE '{"id":"' || z.id || '"%';

-- Which is meant ---------------------------------------------------------------

-- A jsonb puts a blank behind the colon.
SELECT is(pg_temp.sent(id), '{"n": 1}', sentence || ' is a jsonb')
  FROM v CROSS JOIN LATERAL (VALUES
      (postern.publish(a, 'doc.one', '{"n":1}'), 'an untyped literal'),
      (postern.publish(a, 'doc.one', '{"n":1}', NULL), 'with a key'),
      (postern.publish(a, 'doc.one'::text, '{"n":1}'), 'with a type that is a text'),
      (postern.publish(a, 'doc.one'::varchar, '{"n":1}'), 'with one that is a varchar'),
      (postern.publish(a, 'doc.one', '{"n":1}'::jsonb), 'a jsonb'),
      (postern.publish(account => a, type => 'doc.one', data => '{"n":1}'), 'by name'),
      (postern.publish(data => '{"n":1}', type => 'doc.one', account => a, dedup_key => 'd'),
          'by name, in another order'),
      (postern.publish_to_all('doc.one', '{"n":1}'), 'of publish_to_all'),
      (postern.publish_to_all('doc.one', '{"n":1}', 'key'), 'and with a key'))
      AS p (id, sentence);
SELECT lives_ok(format($$SELECT postern.publish('%s', 'doc.one', '{}')$$, a),
    'all three may be untyped') FROM v;
PREPARE untyped AS SELECT postern.publish($1, $2, $3);
SELECT is((SELECT parameter_types FROM pg_prepared_statements WHERE name = 'untyped'),
    '{uuid,text,jsonb}'::regtype[], 'parameters without a type are those of a jsonb');
PREPARE untyped_all AS SELECT postern.publish_to_all($1, $2, $3);
SELECT is((SELECT parameter_types FROM pg_prepared_statements WHERE name = 'untyped_all'),
    '{text,jsonb,text}'::regtype[], 'of publish_to_all too');
SELECT is(pg_temp.sent(postern.publish(a, 'doc.one'::text, '{"n":1}'::json)), '{"n":1}',
    'a json is a json, whatever the type is') FROM v;

-- To whom ---------------------------------------------------------------------

SELECT bag_eq($$SELECT pg_temp.reached(postern.publish(a, 'doc.one', '{}'::json)) FROM v$$,
    'SELECT unnest(ARRAY[one, thrice]) FROM w', 'it is owed to each that subscribes, once');
SELECT bag_eq($$SELECT pg_temp.reached(postern.publish(a, 'doc.two', '{}'::json)) FROM v$$,
    'SELECT unnest(ARRAY[thrice, two]) FROM w', 'by name or pattern');
SELECT bag_eq($$SELECT pg_temp.reached(postern.publish_to_all('doc.one', '{}'::json))$$,
    'SELECT unnest(ARRAY[one, thrice, other]) FROM w', 'publish_to_all reaches every account');
SELECT is(m.owed, 3::bigint, 'and says how many')
  FROM postern.messages AS m WHERE m.account_id IS NULL ORDER BY m.id DESC LIMIT 1;
SELECT throws_ok(format($$SELECT postern.publish(%s, '%s', '{}'::json) FROM v$$, account, type),
    'P0002', NULL, format('%s %s: no_data_found', account, type))
  FROM (VALUES ('a', 'doc.none'), ('a', 'doc.*'), ('a', 'postern.test'), ('NULL', 'doc.one'),
      ('postern.uuid7()', 'doc.one')) AS t (account, type);
SELECT is(postern.publish(a, 'doc.one', '{"n":2}'::json, 'k'),
    postern.publish(a, 'doc.one', '{"n":1}', 'k'), 'a key is one for both') FROM v;
SELECT is(postern.publish_to_all('doc.one', '{}'::json, 'k'),
    postern.publish_to_all('doc.one', '{}', 'k'), 'of publish_to_all too');
SET LOCAL postern.traceparent = '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01';
SELECT is(m.traceparent, current_setting('postern.traceparent'), 'it is part of the trace')
  FROM v, postern.publish(a, 'doc.one', '{}'::json) AS p JOIN postern.messages AS m ON m.id = p;
RESET postern.traceparent;

-- Many, in their order ---------------------------------------------------------

CREATE TEMP TABLE many AS SELECT n, postern.uuid7() AS id FROM generate_series(1, 200) AS n;
SELECT postern.enqueue(array_agg(m.id ORDER BY n), array_agg(CASE WHEN n % 5 > 0 THEN a END ORDER BY n),
        array_agg(t.id ORDER BY n), array_agg(to_json(n) ORDER BY n),
        array_agg(NULL::text ORDER BY n))
  FROM v, many AS m JOIN postern.event_type AS t
    ON t.name = CASE WHEN m.n % 2 = 0 THEN 'doc.two' ELSE 'doc.one' END;
SELECT is_empty($$SELECT m.n FROM many AS m JOIN postern.message AS p ON p.id = m.id
     WHERE p.body NOT LIKE '%"data":' || m.n || '}'$$, 'each of many has its own data');
SELECT results_eq($$SELECT m.n FROM many AS m JOIN postern.message AS p ON p.id = m.id
     ORDER BY p.place::text::bigint$$, 'SELECT generate_series(1, 200)',
    'they are in the feed in their order');
SELECT results_eq($$SELECT m.n FROM many AS m JOIN postern.fresh AS f ON f.message_id = m.id
      JOIN w ON f.webhook_id = w.thrice ORDER BY f.id$$, 'SELECT generate_series(1, 200)',
    'and in a webhook''s queue');
SELECT is_empty($$SELECT m.n, p.owed, count(f.id) FROM many AS m
      JOIN postern.message AS p ON p.id = m.id
      LEFT JOIN postern.fresh AS f ON f.message_id = m.id
     GROUP BY m.n, p.owed
    HAVING p.owed <> count(f.id)
        OR p.owed <> CASE WHEN m.n % 5 > 0 THEN 2 WHEN m.n % 2 = 0 THEN 3 ELSE 3 END$$,
    'each says to how many it is owed');

SELECT * FROM finish();
ROLLBACK;
