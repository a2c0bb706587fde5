-- publish.sql - events into the queue, and who may put them there.
BEGIN;
SET client_min_messages = warning;
CREATE EXTENSION IF NOT EXISTS pgtap;
SELECT no_plan();

CREATE TEMP TABLE v AS
SELECT postern.create_account('publisher') AS a,
       postern.create_account('another') AS b;
SELECT postern.add_event_type('t.one'), postern.add_event_type('t.two');
CREATE FUNCTION pg_temp.webhook(account uuid, events text[]) RETURNS uuid
LANGUAGE sql AS $$
    WITH w AS (
        INSERT INTO postern.webhook (account_id, id, url, canonical_url)
        SELECT account, id, 'https://h.example/' || id,
               'https://h.example/' || id
          FROM (SELECT postern.uuid7() AS id) AS new
        RETURNING id
    ), s AS (
        INSERT INTO postern.subscription (account_id, webhook_id, event_type_id)
        SELECT account, w.id, t.id FROM w, postern.event_type AS t
         WHERE t.name = ANY (events)
    )
    SELECT id FROM w
$$;
CREATE TEMP TABLE w AS
SELECT pg_temp.webhook(a, '{t.one}') AS one,
       pg_temp.webhook(a, '{t.one,t.two}') AS second,
       pg_temp.webhook(b, '{t.one}') AS other
  FROM v;

-- Fan-out ---------------------------------------------------------------------

CREATE TEMP TABLE m AS
SELECT postern.publish(a, 't.one', '{"n":1}') AS one,
       postern.publish(a, 't.two', '[2]') AS two,
       postern.publish_to_all('t.one', '{"n":3}') AS everyone
  FROM v;
SELECT matches(one, '^msg_[0-9a-f]{32}$', 'publish returns an id') FROM m;
SELECT results_eq(
    $$SELECT webhook_id, state, attempts FROM postern.deliveries
       WHERE message_id = (SELECT one FROM m) ORDER BY webhook_id$$,
    $$SELECT id, 'owed', 0
        FROM w, unnest(ARRAY[one, second]) AS id ORDER BY id$$,
    'an event is owed to the webhooks of its account that subscribe to it');
SELECT results_eq(
    $$SELECT webhook_id FROM postern.deliveries
       WHERE message_id = (SELECT two FROM m)$$,
    'SELECT second FROM w', 'and to no other');
SELECT set_eq(
    $$SELECT webhook_id FROM postern.deliveries
       WHERE message_id = (SELECT everyone FROM m)$$,
    'SELECT unnest(ARRAY[one, second, other]) FROM w',
    'publish_to_all reaches every account');
SELECT results_eq(
    $$SELECT owed, account_id, data::text FROM postern.messages
       WHERE id = (SELECT everyone FROM m)$$,
    $$VALUES (3::bigint, NULL::uuid, '{"n": 3}')$$,
    'the message says to how many it is owed');
SELECT pg_temp.webhook(a, '{t.one}') FROM v;
SELECT is((SELECT count(*) FROM postern.deliveries
            WHERE message_id = (SELECT one FROM m)), 2::bigint,
    'a webhook that comes later does not get it');
SELECT is(owed, 0::bigint, 'an event that nobody wants is owed to nobody')
  FROM postern.messages
 WHERE id = (SELECT postern.publish(b, 't.two', '{}') FROM v);

-- The body --------------------------------------------------------------------

SELECT matches(postern.write_event('t.one', '{"a": 1, "b": "\u00e9"}',
        '2026-11-23 09:00:00.1234+01'),
    '^\{"type":"t\.one", *"timestamp":"2026-11-23T08:00:00\.123Z","data":\{.*\}\}$',
    'the body has type, timestamp and data');
SELECT is(postern.write_event('t.one', 'null', '2026-11-23 08:00+00')::json
    ->> 'timestamp', '2026-11-23T08:00:00.000Z', 'JSON null is data');
SELECT throws_ok('SELECT postern.publish(a, ''t.one'', NULL) FROM v', '22004',
    NULL, 'no data at all is refused');
SELECT lives_ok($$SELECT postern.publish(a, 't.one',
    to_jsonb(repeat('x', 262142))) FROM v$$, 'data of 256 KiB is taken');
SELECT throws_ok($$SELECT postern.publish(a, 't.one',
    to_jsonb(repeat('x', 262143))) FROM v$$, '54000',
    'the data of the event has 262145 bytes, more than 262144',
    'a byte more is refused');
SELECT throws_ok('SELECT postern.publish(a, ''t.none'', ''{}'') FROM v',
    'P0002', 'there is no event type "t.none"', 'an unknown type is named');
SELECT throws_ok('SELECT postern.publish_to_all(NULL, ''{}'')', 'P0002', NULL,
    'a type of NULL is refused');
SELECT throws_ok($$SELECT postern.publish(
    '018f0000-0000-7000-8000-000000000000', 't.one', '{}')$$, 'P0002',
    'there is no account 018f0000-0000-7000-8000-000000000000',
    'an unknown account is named');

-- Deduplication ---------------------------------------------------------------

CREATE TEMP TABLE d AS
SELECT postern.publish(a, 't.one', '{"n":4}', 'order-4') AS first FROM v;
SELECT is(postern.publish(a, 't.one', '{"n":5}', 'order-4'), first,
    'the same key gives the first id') FROM v, d;
SELECT is((SELECT count(*) FROM postern.deliveries, d
            WHERE message_id = first), 3::bigint, 'and sends nothing more');
SELECT isnt(postern.publish(b, 't.one', '{}', 'order-4'), first,
    'another account''s key is another') FROM v, d;
SELECT is(postern.publish_to_all('t.one', '{}', 'k'),
    postern.publish_to_all('t.one', '{}', 'k'), 'publish_to_all too');
SELECT throws_ok($$SELECT postern.publish(a, 't.one', '{}', '') FROM v$$,
    '22023', NULL, 'an empty key is refused');
SELECT throws_ok($$SELECT postern.publish(a, 't.one', '{}', repeat('k', 257))
    FROM v$$, '22023', NULL, 'so is one of 257 bytes');

-- Roles -----------------------------------------------------------------------

SELECT set_eq(
    $$SELECT p.oid::regprocedure FROM pg_proc AS p
       WHERE p.pronamespace = 'postern'::regnamespace
         AND has_function_privilege('postern_publisher', p.oid, 'EXECUTE')$$,
    $$VALUES ('postern.publish(uuid,text,jsonb,text)'::regprocedure),
             ('postern.publish(uuid,character,json,text)'),
             ('postern.publish_to_all(text,jsonb,text)'),
             ('postern.publish_to_all(character,json,text)')$$,
    'the publisher may publish, and nothing else');
SELECT set_eq(
    $$SELECT p.proname::text FROM pg_proc AS p
       WHERE p.pronamespace = 'postern'::regnamespace
         AND has_function_privilege('postern_delivery', p.oid, 'EXECUTE')$$,
    $$VALUES ('claim'), ('record'), ('reclaim'), ('sign_on'), ('go_idle'),
             ('leave_idle'), ('apply_notes'), ('turn_days'), ('tidy'), ('work'),
             ('delivery_ready'), ('delivery_starts'), ('signing_ready'), ('serves'),
             ('report'), ('note_health')$$,
    'the worker may do its work, and nothing else');
SELECT is_empty(
    $$SELECT c.relname FROM pg_class AS c, unnest(ARRAY['postern_publisher',
             'postern_delivery']) AS r
       WHERE c.relnamespace = 'postern'::regnamespace
         AND c.relkind IN ('r', 'p', 'v', 'S')
         AND CASE c.relkind WHEN 'S'
             THEN has_sequence_privilege(r, c.oid, 'USAGE, SELECT, UPDATE')
             ELSE has_table_privilege(r, c.oid, 'SELECT, INSERT, UPDATE,
                 DELETE, TRUNCATE, REFERENCES, TRIGGER') END$$,
    'neither may touch a table');
GRANT SELECT ON v TO postern_publisher;
SET ROLE postern_publisher;
SELECT matches(postern.publish(a, 't.one', '{}'), '^msg_',
    'the publisher can publish') FROM v;
RESET ROLE;

SELECT * FROM finish();
ROLLBACK;
