-- notices.sql - what accounts are told of their webhooks and deliveries.
BEGIN;
SET client_min_messages = warning;
CREATE EXTENSION IF NOT EXISTS pgtap;
\ir ../lib/claim.sql
SELECT no_plan();

SELECT postern.open_always();
SELECT postern.add_event_type('told.event');
CREATE TEMP TABLE v AS SELECT postern.create_account('notices.sql') AS a,
                              postern.create_account('notices.sql 2') AS b;
CREATE TEMP TABLE hook AS
SELECT h.name, CASE WHEN h.name = 'stranger' THEN b ELSE a END AS account, postern.uuid7() AS id,
       h.events::text[] AS events
  FROM v, (VALUES ('one', '{told.event,postern.*}'), ('two', '{postern.webhook.*}'),
      ('exact', '{postern.webhook.disabled}'), ('all', '{*}'), ('plain', '{told.event}'),
      ('stranger', '{postern.*}')) AS h (name, events);
INSERT INTO postern.webhook (account_id, id, url, canonical_url)
SELECT account, id, 'https://told.example/' || name, 'https://told.example/' || name FROM hook;
INSERT INTO postern.subscription (account_id, webhook_id, event_type_id)
SELECT h.account, h.id, t.id
  FROM hook AS h JOIN postern.event_type AS t ON t.name = ANY (h.events);
SELECT is((SELECT count(*) FROM postern.subscription AS s JOIN hook AS h ON h.id = s.webhook_id),
    7::bigint, 'patterns of notices are there to subscribe to, as they are');
CREATE FUNCTION pg_temp.hook(name text) RETURNS uuid
LANGUAGE sql AS $$ SELECT id FROM hook WHERE hook.name = $1 $$;

-- A round: what is owed to a webhook is attempted, and ends so.
CREATE FUNCTION pg_temp.record(hook uuid, outcome text, verdict text, status integer)
RETURNS bigint LANGUAGE sql AS $$
    SELECT count(r) FROM (
        SELECT array_agg(f.id) AS ids, array_agg(f.attempt_no) AS numbers,
               array_fill(NULL::text, ARRAY[count(*)::integer]) AS texts,
               array_fill(0, ARRAY[count(*)::integer]) AS zeros, count(*)::integer AS n
          FROM postern.in_flight AS f WHERE f.webhook_id = hook HAVING count(*) > 0) AS f,
        postern.record(f.ids, f.numbers, array_fill(outcome, ARRAY[n]),
            array_fill(verdict, ARRAY[n]), zeros, zeros, zeros, zeros,
            array_fill(status, ARRAY[n]), zeros, zeros, zeros, zeros, zeros, texts, texts,
            array_fill(NULL::bytea, ARRAY[n]), texts) AS r
$$;
CREATE FUNCTION pg_temp.fly(hook uuid, count integer DEFAULT 1000) RETURNS void
LANGUAGE sql AS $$
    WITH fresh AS (
        DELETE FROM postern.fresh AS f WHERE f.id = ANY (ARRAY(
            SELECT o.id FROM postern.fresh AS o WHERE o.webhook_id = hook
             ORDER BY o.id LIMIT count))
        RETURNING f.id, f.account_id, f.webhook_id, f.message_id, 1 AS attempt_no
    ), waiting AS (
        DELETE FROM postern.backlog AS b WHERE b.webhook_id = hook
        RETURNING b.id, b.account_id, b.webhook_id, b.message_id, b.attempt_no + 1
    )
    INSERT INTO postern.in_flight (id, account_id, webhook_id, message_id, attempt_no,
        ordered, retry_no, lease_until)
    SELECT f.*, false, 0, now() + interval '1 h'
      FROM (SELECT * FROM fresh UNION ALL SELECT * FROM waiting) AS f
$$;
CREATE FUNCTION pg_temp.round(name text, outcome text, verdict text, status integer)
RETURNS void LANGUAGE sql AS $$
    SELECT pg_temp.fly(pg_temp.hook(name));
    SELECT pg_temp.record(pg_temp.hook(name), outcome, verdict, status);
$$;
CREATE FUNCTION pg_temp.fails(name text) RETURNS void
LANGUAGE sql AS $$ SELECT pg_temp.round(name, NULL, 'server', 503) $$;
CREATE FUNCTION pg_temp.publish(n integer DEFAULT 1) RETURNS void
LANGUAGE sql AS $$
    SELECT postern.publish(a, 'told.event', '{}') FROM v, generate_series(1, n)
$$;
-- The notices since they were last asked for, and the webhooks that are sent each.
CREATE TEMP TABLE seen (place xid8);
INSERT INTO seen VALUES ('0');
CREATE FUNCTION pg_temp.notices(OUT type text, OUT about text, OUT data jsonb, OUT sent text[])
RETURNS SETOF record LANGUAGE sql AS $$
    WITH mark AS (
        UPDATE seen SET place = pg_sequence_last_value('postern.feed')::text::xid8
    )
    SELECT t.name, h.name, m.body::jsonb -> 'data', ARRAY(
               SELECT o.name FROM postern.fresh AS f JOIN hook AS o ON o.id = f.webhook_id
                WHERE f.message_id = m.id ORDER BY o.name)
      FROM postern.message AS m
      JOIN postern.event_type AS t ON t.id = m.event_type_id AND t.kind = 'notice'
      LEFT JOIN hook AS h ON h.id::text = m.body::jsonb #>> '{data,webhook_id}'
                         AND h.account = m.account_id
     WHERE m.place > (SELECT place FROM seen) AND m.account_id = (SELECT a FROM v)
     ORDER BY m.place
$$;

-- Failing, and recovered ------------------------------------------------------

SELECT pg_temp.publish();
SELECT pg_temp.fails('one') FROM generate_series(1, 2);
SELECT is_empty('SELECT * FROM pg_temp.notices()', 'two failed rounds are not told');
SELECT pg_temp.fails('one');
SELECT t.*
  FROM pg_temp.notices(), LATERAL (VALUES
    (is(type || ' ' || about, 'postern.webhook.failing one', 'the third is')),
    (is(sent, '{two}', 'to whom subscribes, not to itself, nor to whom subscribes to *')),
    (is(data - 'since' - 'attempt' - 'webhook_id', '{"failures": 3}', 'how often')),
    (matches(data ->> 'since', '^2.*Z$', 'since when')),
    (is((data -> 'attempt') - 'delivery_id' - 'message_id', '{"number": 3, "status": 503}',
        'and the last attempt')),
    (is(data #>> '{attempt,message_id}', (SELECT postern.message_name(m.id)
          FROM postern.message AS m JOIN postern.event_type AS e ON e.id = m.event_type_id
         WHERE e.name = 'told.event'), 'with its message'))) AS t;
SELECT pg_temp.fails('one') FROM generate_series(1, 3);
SELECT is_empty('SELECT * FROM pg_temp.notices()', 'once');
SELECT pg_temp.round('one', 'sent', 'delivered', 200);
SELECT results_eq($$ SELECT type, about, data ->> 'cause', sent FROM pg_temp.notices() $$,
    $$ VALUES ('postern.webhook.recovered', 'one', 'delivered', '{two}'::text[]) $$,
    'that it takes one again is told');
SELECT pg_temp.publish(), pg_temp.round('one', 'sent', 'delivered', 200);
SELECT is_empty('SELECT * FROM pg_temp.notices()', 'once');
SELECT pg_temp.publish(), pg_temp.fails('one') FROM generate_series(1, 3);
SELECT pg_temp.round('plain', NULL, 'server', 500);
SELECT results_eq($$ SELECT type, about FROM pg_temp.notices() $$,
    $$ VALUES ('postern.webhook.failing', 'one') $$, 'if it fails again, it is told again');
SELECT pg_temp.round('one', 'sent', 'delivered', 200), pg_temp.notices();
SELECT pg_temp.fails('plain') FROM generate_series(1, 2);
SELECT results_eq($$ SELECT type, about, sent FROM pg_temp.notices() $$,
    $$ VALUES ('postern.webhook.failing', 'plain', '{one,two}'::text[]) $$,
    'all who subscribe are told of another');

-- Disabled ---------------------------------------------------------------------

SELECT pg_temp.round('plain', 'failed', 'gone', 410);
SELECT results_eq($$ SELECT type, about, sent FROM pg_temp.notices() $$,
    $$ VALUES ('postern.delivery.failed', 'plain', '{one}'::text[]),
        ('postern.webhook.disabled', 'plain', '{exact,one,two}') $$,
    '410 gives a delivery up, and disables');
SELECT is((SELECT w.disabled_by FROM postern.webhook AS w WHERE w.id = pg_temp.hook('plain')),
    'worker', 'as it is');
SELECT postern.disable_webhook(pg_temp.hook('plain'), 'Pay; last: first.') FROM generate_series(1, 2);
SELECT is(type || ' ' || (data - 'since' - 'webhook_id'), 'postern.webhook.disabled'
    ' {"cause": "operator", "reason": "Pay; last: first.", "attempt": null}',
    'that an operator disables it is told, once')
  FROM pg_temp.notices();
SELECT postern.enable_webhook(pg_temp.hook('plain')) FROM generate_series(1, 2);
SELECT results_eq($$ SELECT type, data ->> 'cause' FROM pg_temp.notices() $$,
    $$ VALUES ('postern.webhook.recovered', 'enabled') $$, 'that it is enabled, too');
SELECT postern.set_webhook_state(h.account, h.id, 'disabled', 'by its account', 'account'),
       postern.set_webhook_state(h.account, h.id, 'enabled', NULL, NULL)
  FROM hook AS h WHERE h.name = 'plain';
SELECT is_empty('SELECT * FROM pg_temp.notices()', 'what its account does is not told');
SELECT postern.disable_webhook(pg_temp.hook('plain'), repeat('x', 300000));
SELECT is(length(data ->> 'reason'), 1000, 'a reason that is too long is cut')
  FROM pg_temp.notices();
SELECT postern.enable_webhook(pg_temp.hook('plain')), pg_temp.notices();

SELECT pg_temp.publish(), pg_temp.fails('plain');
UPDATE postern.lane SET failing_since = now() - interval '6 days'
 WHERE webhook_id = pg_temp.hook('plain');
SELECT pg_temp.fails('plain');
SELECT t.*
  FROM pg_temp.notices(), LATERAL (VALUES
    (is(type || ' ' || (data ->> 'cause'), 'postern.webhook.disabled failing',
        'five days of failures')),
    (matches(data ->> 'reason', '^it has only failed for [a-z0-9]+ days$', 'without the error')),
    (is((data -> 'attempt') - 'delivery_id' - 'message_id', '{"number": 2, "status": 503}',
        'but with the attempt'))) AS t;

SELECT postern.set_webhook_state(h.account, h.id, 'disabled', 'by its account', 'account')
  FROM hook AS h WHERE h.name = 'plain';
SELECT pg_temp.fails('plain') FROM generate_series(1, 3);
SELECT is_empty('SELECT * FROM pg_temp.notices()', 'of one that is disabled no failure is told');
SELECT postern.enable_webhook(pg_temp.hook('plain'));
SELECT pg_temp.fails('plain') FROM generate_series(1, 3);
SELECT postern.set_webhook_state(h.account, h.id, 'disabled', 'by its account', 'account'),
       postern.set_webhook_state(h.account, h.id, 'enabled', NULL, NULL)
  FROM hook AS h WHERE h.name = 'plain';
SELECT results_eq('SELECT type FROM pg_temp.notices()',
    $$ VALUES ('postern.webhook.failing'), ('postern.webhook.recovered') $$,
    'of one that was told to fail it is told that it is enabled');

-- Given up ----------------------------------------------------------------------

SELECT pg_temp.round(name, 'sent', 'delivered', 200), pg_temp.notices()
  FROM hook WHERE name <> 'stranger';
SELECT pg_temp.publish(250);
SELECT pg_temp.round('one', 'failed', 'server', 500);
SELECT results_eq($$ SELECT type, about, jsonb_array_length(data -> 'deliveries'), sent
        FROM pg_temp.notices() $$,
    $$ SELECT 'postern.delivery.failed', 'one', n, '{}'::text[]
         FROM unnest('{100,100,50}'::integer[]) AS n $$,
    'deliveries are named once each, 100 in an event at most');
SELECT pg_temp.round('plain', 'failed', 'server', 500);
SELECT is((SELECT count(DISTINCT d ->> 'id') FROM pg_temp.notices() AS n,
        jsonb_array_elements(n.data -> 'deliveries') AS d
     WHERE d ->> 'type' = 'told.event' AND d ->> 'attempts' = '1' AND d ->> 'status' = '500'
       AND d ->> 'message_id' ~ '^msg_[0-9a-f]{32}$'), 250::bigint,
    'with their messages, types, attempts and the last status');
SELECT is((SELECT count(*) FROM postern.fresh WHERE webhook_id = pg_temp.hook('one')), 3::bigint,
    'three are sent');
SELECT pg_temp.round('one', 'failed', 'server', 500);
SELECT is_empty('SELECT * FROM pg_temp.notices()', 'that these fail is not told');

WITH m AS (
    INSERT INTO postern.message (id, account_id, event_type_id, owed, body)
    SELECT postern.first_uuid7(now() - interval '40 days'), v.a, t.id, 1, '{}'
      FROM v, postern.event_type AS t WHERE t.name = 'told.event'
    RETURNING id
)
INSERT INTO postern.backlog (id, account_id, webhook_id, message_id, ordered, attempt_no,
    retry_no, due_at)
SELECT nextval('postern.delivery_id'), h.account, h.id, m.id, false, 4, 3, now()
  FROM m, hook AS h WHERE h.name = 'plain';
SELECT pg_temp.notices(), postern.expire_owed(0, 1000000);
SELECT results_eq($$ SELECT type, about, data #>> '{deliveries,0,attempts}', sent
        FROM pg_temp.notices() $$,
    $$ VALUES ('postern.delivery.failed', 'plain', '4', '{one}'::text[]) $$,
    'what was owed for too long is told, too');

-- Deleted -----------------------------------------------------------------------

SELECT pg_temp.publish(), pg_temp.fly(pg_temp.hook('plain'));
SELECT postern.empty_webhooks(account, ARRAY[id]) FROM hook WHERE name = 'plain';
SELECT pg_temp.record(pg_temp.hook('plain'), 'failed', 'gone', 410);
SELECT is_empty('SELECT * FROM pg_temp.notices()', 'of a deleted webhook nothing is told');

-- No end ------------------------------------------------------------------------

-- Two that fail, and get all notices of each other, whatever they take.
UPDATE postern.subscription AS s SET event_type_id = t.id
  FROM postern.event_type AS t
 WHERE t.name = 'postern.*' AND s.webhook_id = pg_temp.hook('two');
SELECT pg_temp.round(name, 'sent', 'delivered', 200) FROM hook WHERE name <> 'stranger';
SELECT postern.enable_webhook(id) FROM hook WHERE name IN ('one', 'two');
SELECT pg_temp.notices();
CREATE FUNCTION pg_temp.rounds() RETURNS void LANGUAGE plpgsql AS $$
DECLARE
    name text;
BEGIN
    FOR n IN 1 .. 40 LOOP
        FOREACH name IN ARRAY '{one,two}'::text[] LOOP
            -- Each takes what three rounds have failed with.
            IF EXISTS (SELECT FROM postern.lane AS l
                        WHERE l.webhook_id = pg_temp.hook(name) AND l.failures >= 3) THEN
                PERFORM pg_temp.round(name, 'sent', 'delivered', 200);
            ELSE
                PERFORM pg_temp.fails(name);
            END IF;
        END LOOP;
    END LOOP;
END
$$;
SELECT pg_temp.publish(), pg_temp.rounds();
SELECT results_eq('SELECT type, about FROM pg_temp.notices()',
    $$ VALUES ('postern.webhook.failing', 'one'), ('postern.webhook.recovered', 'one') $$,
    'two that fail with the notices of each other make no more of them');
SELECT pg_temp.publish();
SELECT pg_temp.round(name, 'failed', 'gone', 410) FROM generate_series(1, 5),
       unnest('{one,two}'::text[]) AS name;
SELECT bag_eq('SELECT type, about FROM pg_temp.notices()',
    $$ VALUES ('postern.delivery.failed', 'one'), ('postern.webhook.disabled', 'one'),
        ('postern.webhook.disabled', 'two') $$,
    'each is disabled once');
SELECT is((SELECT count(*) FROM postern.message WHERE account_id = v.b), 0::bigint,
    'another account is told nothing')
  FROM v;

-- Types -------------------------------------------------------------------------

SELECT throws_ok(format('SELECT postern.%s FROM v', call), state,
    format('the event type "%s" is reserved', type), call)
  FROM (VALUES ('22023', 'postern.mine', 'add_event_type(''postern.mine'')'),
      ('22023', 'postern.webhook.failing', 'add_event_type(''postern.webhook.failing'', ''x'')'),
      ('22023', 'postern.mine', 'rename_event_type(''told.event'', ''postern.mine'')'),
      ('P0002', 'postern.delivery.failed', 'rename_event_type(''postern.delivery.failed'', ''x'')'),
      ('P0002', 'postern.delivery.failed', 'archive_event_type(''postern.delivery.failed'')'),
      ('P0002', 'postern.delivery.failed', 'remove_event_type(''postern.delivery.failed'')'),
      ('P0002', 'postern.delivery.failed', 'publish(a, ''postern.delivery.failed'', ''{}'')'),
      ('P0002', 'postern.delivery.failed',
          'publish(a, ''postern.delivery.failed'', ''{}''::json)'),
      ('P0002', 'postern.delivery.failed', 'publish_to_all(''postern.delivery.failed'', ''{}'')'),
      ('P0002', 'postern.delivery.failed',
          'publish_to_all(''postern.delivery.failed'', ''{}''::json)')) AS t (state, type, call);
SELECT is((postern.api('change_webhook', sha256(convert_to(postern.issue_token(h.account),
        'UTF8')), ARRAY[h.id::text], jsonb_build_object('events', ARRAY[event]), NULL)).outcome,
    outcome, 'subscribed to by PATCH: ' || event)
  FROM hook AS h, (VALUES ('postern.webhook.disabled', 'ok'), ('postern.delivery.*', 'ok'),
      ('postern.test', 'unknown_event')) AS e (event, outcome)
 WHERE h.name = 'exact';
SELECT is((SELECT array_agg(t.name ORDER BY t.name) FROM postern.event_types AS t
            WHERE t.name LIKE 'postern.%'),
    '{postern.delivery.failed,postern.webhook.disabled,postern.webhook.failing'
    ',postern.webhook.recovered}', 'clients and operators see which there are');
CREATE FUNCTION pg_temp.keys(o jsonb) RETURNS text LANGUAGE sql AS $$
    SELECT string_agg(k, ' ' ORDER BY k) FROM jsonb_object_keys(o) AS k
$$;
SELECT is(pg_temp.keys(t.example), pg_temp.keys(t.json_schema -> 'properties'),
    t.name || ' has an example of its schema')
  FROM postern.event_types AS t WHERE t.name LIKE 'postern.%';
SELECT bag_eq($$
    SELECT DISTINCT t.name, pg_temp.keys(m.body::jsonb -> 'data')
      FROM postern.message AS m JOIN postern.event_type AS t ON t.id = m.event_type_id
     WHERE t.kind = 'notice' $$, $$
    SELECT t.name, string_agg(r, ' ' ORDER BY r)
      FROM postern.event_type AS t, jsonb_array_elements_text(t.json_schema -> 'required') AS r
     WHERE t.kind = 'notice' GROUP BY t.name $$,
    'all that it requires is in those above, and no more');

SELECT * FROM finish();
ROLLBACK;
