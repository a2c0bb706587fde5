-- queue.sql - claims, outcomes, and what waits for what.
BEGIN;
SET client_min_messages = warning;
CREATE EXTENSION IF NOT EXISTS pgtap;
SELECT no_plan();
\ir ../lib/claim.sql

CREATE TEMP TABLE v AS
SELECT postern.create_account('queue') AS a;
SELECT postern.add_event_type('q.event');
CREATE TEMP TABLE w (n integer, id uuid);
CREATE FUNCTION pg_temp.add_webhook(n integer) RETURNS void
LANGUAGE sql AS $$
    WITH new AS (
        INSERT INTO postern.webhook (account_id, id, url, canonical_url)
        SELECT a, postern.uuid7(), 'https://h.example/' || n,
               'https://h.example/' || n FROM v
        RETURNING account_id, id
    ), s AS (
        INSERT INTO postern.subscription (account_id, webhook_id, event_type_id)
        SELECT new.account_id, new.id, t.id
          FROM new, postern.event_type AS t WHERE t.name = 'q.event'
    ), k AS (
        INSERT INTO postern.secret (account_id, webhook_id, id, key_id,
            ephemeral, nonce, box)
        SELECT account_id, id, id, repeat('k', 8)::bytea,
               repeat('e', 32)::bytea, repeat('n', 24)::bytea,
               repeat('b', 48)::bytea
          FROM new
    )
    INSERT INTO w SELECT add_webhook.n, id FROM new
$$;
SELECT pg_temp.add_webhook(1);
CREATE FUNCTION pg_temp.hook(n integer) RETURNS uuid
LANGUAGE sql AS $$ SELECT id FROM w WHERE w.n = hook.n $$;
CREATE FUNCTION pg_temp.publish(many integer) RETURNS void
LANGUAGE sql AS $$
    SELECT count(postern.publish(a, 'q.event', '{}'))
      FROM v, generate_series(1, many)
$$;
CREATE FUNCTION pg_temp.claim(wanted integer DEFAULT 100,
    each integer DEFAULT 8, busy uuid[] DEFAULT '{}',
    room integer[] DEFAULT '{}')
RETURNS TABLE (id bigint, number integer, webhook uuid)
LANGUAGE sql AS $$
    SELECT c.id, c.attempt_no, c.webhook_id
      FROM pg_temp.claim_all(wanted, each, busy, room) AS c
     WHERE c.webhook_id IS NOT NULL
     ORDER BY c.id
$$;
CREATE FUNCTION pg_temp.record(id bigint, number integer, outcome text,
    verdict text DEFAULT 'rejected', retry_ms integer DEFAULT 5000,
    hold_ms integer DEFAULT 0, hard integer DEFAULT 0,
    status integer DEFAULT 500)
RETURNS TABLE (change text, reason text)
LANGUAGE sql AS $$
    SELECT r.change, r.reason FROM postern.record(ARRAY[id], ARRAY[number],
        ARRAY[outcome], ARRAY[verdict], '{0}', ARRAY[retry_ms],
        ARRAY[hold_ms], ARRAY[hard], ARRAY[status], '{1}', '{2}', '{3}',
        '{4}', '{5}', '{127.0.0.1:443}', '{TLSv1.3}', '{\\x6f0d0a6b}',
        ARRAY[NULL::text]) AS r
$$;
-- Times are moved, never waited for.
CREATE FUNCTION pg_temp.later(what interval) RETURNS void
LANGUAGE sql AS $$
    UPDATE postern.backlog SET due_at = due_at - what WHERE isfinite(due_at);
    UPDATE postern.lane SET cool_until = cool_until - what,
           rate_next_at = rate_next_at - what, failed_at = failed_at - what,
           failing_since = failing_since - what,
           next_at = CASE WHEN isfinite(next_at) THEN next_at - what
                          ELSE next_at END;
    UPDATE postern.in_flight SET lease_until = lease_until - what
$$;
CREATE FUNCTION pg_temp.state() RETURNS TABLE (state text, attempts integer)
LANGUAGE sql AS $$
    SELECT state, attempts FROM postern.deliveries ORDER BY id
$$;
CREATE FUNCTION pg_temp.forget() RETURNS void
LANGUAGE sql AS $$
    DELETE FROM postern.fresh;
    DELETE FROM postern.backlog;
    DELETE FROM postern.in_flight;
    DELETE FROM postern.lane;
    DELETE FROM postern.attempt;
    UPDATE postern.webhook SET state = 'enabled', reason = NULL,
           ordered = false, rate = NULL
$$;

-- Delivered -------------------------------------------------------------------

SELECT pg_temp.publish(1);
SELECT results_eq($$SELECT attempt_no, retry_no, url, octet_length(keys),
        (body::json ->> 'type') FROM pg_temp.claim_all(10, 8) OFFSET 1$$,
    $$VALUES (1, 0, 'https://h.example/1', 128, 'q.event')$$,
    'a claim has all that a request needs');
SELECT is_empty('SELECT * FROM pg_temp.claim()', 'and is had once');
SELECT results_eq('SELECT * FROM pg_temp.state()', $$VALUES ('owed', 0)$$,
    'what is in flight is owed');
SELECT is_empty($$SELECT r.* FROM postern.in_flight AS f,
    pg_temp.record(f.id, 2, 'sent', 'delivered') AS r$$,
    'an outcome with another number');
SELECT is((SELECT count(*) FROM postern.in_flight), 1::bigint, 'is ignored');
SELECT is_empty($$SELECT r.* FROM postern.in_flight AS f,
    pg_temp.record(f.id, 1, 'sent', 'delivered', NULL, 0, 0, 200) AS r$$,
    'the right one changes no webhook');
SELECT results_eq('SELECT * FROM pg_temp.state()', $$VALUES ('sent', 1)$$,
    'it is sent');
SELECT results_eq('SELECT number, status, verdict, peer, tls, answer FROM
    postern.attempts', $$VALUES (1, 200, 'delivered', '127.0.0.1:443',
    'TLSv1.3', E'o\nk')$$, 'the attempt tells of it, its answer in lines');
SELECT is((SELECT count(*) FROM postern.lane), 0::bigint,
    'a webhook that flows has no lane');

-- Failed, and made again ------------------------------------------------------

SELECT pg_temp.forget(), pg_temp.publish(1);
SELECT r.* FROM pg_temp.claim() AS c, pg_temp.record(c.id, c.number, NULL)
    AS r;
SELECT is_empty('SELECT * FROM pg_temp.claim()', 'a failed one is not due');
SELECT pg_temp.later('4 s');
SELECT is_empty('SELECT * FROM pg_temp.claim()', 'nor a second early');
SELECT pg_temp.later('1 s');
SELECT results_eq('SELECT number FROM pg_temp.claim()', 'VALUES (2)',
    'then it is made again with the next number');
SELECT results_eq('SELECT retry_no FROM postern.in_flight', 'VALUES (1)',
    'a step further in the schedule');
SELECT r.* FROM postern.in_flight AS f,
    pg_temp.record(f.id, 2, 'failed', 'rejected', NULL) AS r;
SELECT results_eq('SELECT * FROM pg_temp.state()', $$VALUES ('failed', 2)$$,
    'the last attempt ends it');
SELECT is(postern.replay(pg_temp.hook(1), now() - interval '1 hour',
    now() + interval '1 hour'), 1::bigint, 'replay owes it again');
SELECT is(postern.replay(pg_temp.hook(1), now() - interval '1 hour',
    now() + interval '1 hour'), 0::bigint, 'once');
SELECT results_eq('SELECT number FROM pg_temp.claim()', 'VALUES (3)',
    'replayed at once, with its numbers going on');
SELECT results_eq('SELECT retry_no FROM postern.in_flight', 'VALUES (0)',
    'and its schedule from the start');

-- A lease that ran out --------------------------------------------------------

SELECT is(postern.reclaim('-infinity'), 0, 'a lease lasts');
SELECT pg_temp.later('61 s');
SELECT is(postern.reclaim('-infinity'), 1, 'and ends');
SELECT is_empty($$SELECT * FROM pg_temp.record(
    (SELECT max(id) FROM postern.backlog), 3, 'sent')$$,
    'the lost worker''s outcome comes too late');
SELECT results_eq('SELECT number FROM pg_temp.claim()', 'VALUES (4)',
    'its successor has it');
SELECT is((SELECT count(*) FROM postern.attempts WHERE verdict = 'lost'),
    1::bigint, 'the lost attempt is on record');

-- Its fill --------------------------------------------------------------------

SELECT pg_temp.forget(), pg_temp.publish(20);
SELECT is((SELECT count(*) FROM pg_temp.claim(100, 8)), 8::bigint,
    'a webhook has at most its fill in hand');
SELECT is((SELECT count(*) FROM postern.fresh), 0::bigint,
    'the rest does not stand in the way');
SELECT is_empty($$SELECT * FROM pg_temp.claim(100, 8, ARRAY[pg_temp.hook(1)],
    '{0}')$$, 'while it is full, nothing');
SELECT is((SELECT count(*) FROM pg_temp.claim(100, 8, ARRAY[pg_temp.hook(1)],
    '{3}')), 3::bigint, 'when it has room, so much');
SELECT is((SELECT count(*) FROM pg_temp.claim(100, 2, ARRAY[pg_temp.hook(1)],
    '{5}')), 5::bigint, 'also when that is more than others may have');
SELECT is((SELECT count(*) FROM pg_temp.claim(100, 100)), 4::bigint,
    'and the rest');
SELECT is_empty('SELECT * FROM pg_temp.claim()', 'and no more');
SELECT is((SELECT count(*) FROM postern.lane), 0::bigint,
    'its lane is gone with its backlog');

SELECT pg_temp.forget(), pg_temp.publish(20);
SELECT is((SELECT count(*) FROM pg_temp.claim(100, 2, ARRAY[pg_temp.hook(1)],
    '{12}')), 12::bigint, 'and when all are fresh');

SELECT pg_temp.forget(), pg_temp.publish(950), pg_temp.add_webhook(3);
SELECT pg_temp.publish(1);
SELECT ok(pg_temp.hook(3) IN (SELECT webhook FROM pg_temp.claim()),
    'a heap for one webhook does not hold up what lies behind it');
SELECT cmp_ok((SELECT count(*) FROM postern.fresh), '<', 900::bigint,
    'and is cleared away meanwhile');
DELETE FROM postern.subscription WHERE webhook_id = pg_temp.hook(3);
SELECT is(count(*), 951::bigint, 'without a loss')
  FROM postern.deliveries WHERE webhook_id = pg_temp.hook(1);

-- Cooling ---------------------------------------------------------------------

SELECT pg_temp.forget(), pg_temp.add_webhook(2), pg_temp.publish(3);
CREATE TEMP TABLE c AS SELECT * FROM pg_temp.claim();
SELECT results_eq($$SELECT r.* FROM (SELECT * FROM c
        WHERE webhook = pg_temp.hook(1) ORDER BY id LIMIT 1) AS c,
        pg_temp.record(c.id, 1, NULL, 'busy', 5000, 60000, 1, 503) AS r$$,
    $$VALUES ('cools', 'it answered 503')$$,
    'a webhook that asks for it cools');
SELECT pg_temp.publish(1);
SELECT results_eq('SELECT webhook FROM pg_temp.claim()',
    'SELECT pg_temp.hook(2)', 'as a whole, and no other with it');
SELECT pg_temp.later('59 s');
SELECT is_empty('SELECT * FROM pg_temp.claim()', 'for as long as it asked');
SELECT pg_temp.later('1 s');
SELECT is((SELECT count(*) FROM pg_temp.claim()), 1::bigint,
    'then one goes ahead');
SELECT is_empty('SELECT * FROM pg_temp.claim()', 'alone');
SELECT results_eq($$SELECT r.change FROM (SELECT * FROM postern.in_flight
        WHERE webhook_id = pg_temp.hook(1) ORDER BY lease_until DESC LIMIT 1)
        AS f, pg_temp.record(f.id, f.attempt_no, 'sent', 'delivered', NULL, 0, 0,
        200) AS r$$, $$VALUES ('recovered')$$, 'when it is taken');
SELECT is((SELECT count(*) FROM pg_temp.claim()), 1::bigint,
    'the others follow');

SELECT pg_temp.forget(), pg_temp.publish(1);
SELECT is(array_agg(extract(epoch FROM postern.cool_down(n, true))),
    '{5,10,20,40,80,160,300,300}', 'no answer: ever longer')
  FROM generate_series(1, 8) AS n;
SELECT is(array_agg(extract(epoch FROM postern.cool_down(n, false))),
    ARRAY[NULL, NULL, NULL, NULL, 5, 10, 20]::numeric[], 'a bad one: from the fifth on')
  FROM generate_series(1, 7) AS n;

-- Disabled, held, enabled -----------------------------------------------------

SELECT pg_temp.forget();
SELECT pg_temp.publish(2);
CREATE TEMP TABLE g AS SELECT * FROM pg_temp.claim(1);
SELECT results_eq($$SELECT r.* FROM g, pg_temp.record(g.id, 1, 'failed',
    'gone', NULL, 0, 0, 410) AS r$$,
    $$VALUES ('disabled', 'it answered 410 Gone')$$, '410 disables at once');
SELECT results_eq($$SELECT w.state, w.reason FROM postern.webhooks AS w, g
    WHERE w.id = g.webhook$$, $$VALUES ('disabled', 'it answered 410 Gone')$$,
    'with its reason');
SELECT is((SELECT count(*) FROM pg_temp.claim() AS c, g
    WHERE c.webhook = g.webhook), 0::bigint, 'nothing is sent to it');
SELECT results_eq($$SELECT state FROM postern.deliveries AS d, g
    WHERE d.webhook_id = g.webhook ORDER BY d.id$$,
    $$VALUES ('failed'), ('held')$$, 'what is owed to it is held');
SELECT ok(postern.replay(d.id), 'replay sends a held one all the same')
  FROM postern.deliveries AS d, g
 WHERE d.webhook_id = g.webhook AND d.state = 'held';
SELECT is((SELECT count(*) FROM pg_temp.claim() AS c, g
    WHERE c.webhook = g.webhook), 1::bigint, 'once');
SELECT pg_temp.publish(1);
SELECT is((SELECT count(*) FROM pg_temp.claim() AS c, g
    WHERE c.webhook = g.webhook), 0::bigint, 'and not what comes then');
SELECT postern.enable_webhook(webhook) FROM g;
SELECT is((SELECT count(*) FROM pg_temp.claim() AS c, g
    WHERE c.webhook = g.webhook), 1::bigint, 'enable_webhook sends it');

SELECT pg_temp.forget(), pg_temp.publish(1);
CREATE TEMP TABLE f AS SELECT * FROM pg_temp.claim(1);
SELECT r.* FROM f, pg_temp.record(f.id, 1, NULL) AS r;
SELECT pg_temp.later('4 days 23 hours');
SELECT is_empty($$SELECT r.* FROM f,
    LATERAL (SELECT FROM pg_temp.claim()) AS c,
    LATERAL pg_temp.record(f.id, 2, NULL) AS r WHERE r.change = 'disabled'$$,
    'less than five days of failures do not disable');
SELECT pg_temp.later('1 hour 1 minute');
SELECT results_eq($$SELECT r.change FROM f,
    LATERAL (SELECT max(id) FROM pg_temp.claim()) AS c,
    LATERAL pg_temp.record(f.id, 3, NULL) AS r$$, $$VALUES ('disabled')$$,
    'five days do');
SELECT matches(reason, '^it has only failed for five days; last: ',
    'and say so')
  FROM postern.webhooks AS w, f WHERE w.id = f.webhook;

-- Ordered ---------------------------------------------------------------------

SELECT pg_temp.forget();
SELECT pg_temp.publish(1);
SELECT postern.set_ordered(pg_temp.hook(1), true);
DELETE FROM postern.fresh WHERE webhook_id = pg_temp.hook(2);
DELETE FROM postern.subscription WHERE webhook_id = pg_temp.hook(2);
SELECT pg_temp.publish(2);
CREATE TEMP TABLE o AS SELECT id, row_number() OVER (ORDER BY id) AS n
  FROM postern.fresh;
SELECT results_eq('SELECT id FROM pg_temp.claim()',
    'SELECT id FROM o WHERE n = 1', 'the first goes first');
SELECT is_empty('SELECT * FROM pg_temp.claim()', 'and alone');
SELECT r.* FROM o, pg_temp.record(o.id, 1, NULL) AS r WHERE n = 1;
SELECT is_empty('SELECT * FROM pg_temp.claim()',
    'when it fails, it holds back the others');
SELECT pg_temp.later('5 s');
SELECT results_eq('SELECT id, number FROM pg_temp.claim()',
    'SELECT id, 2 FROM o WHERE n = 1', 'until it is due again');
SELECT r.* FROM o, pg_temp.record(o.id, 2, NULL) AS r WHERE n = 1;
SELECT is(postern.skip(pg_temp.hook(1)), (SELECT id FROM o WHERE n = 1),
    'skip gives it up');
SELECT results_eq('SELECT id FROM pg_temp.claim()',
    'SELECT id FROM o WHERE n = 2', 'and the next goes');
SELECT r.* FROM o, pg_temp.record(o.id, 1, 'sent', 'delivered', NULL) AS r
 WHERE n = 2;
SELECT results_eq('SELECT id FROM pg_temp.claim()',
    'SELECT id FROM o WHERE n = 3', 'and after it the last');
SELECT results_eq('SELECT state FROM postern.deliveries ORDER BY id',
    $$VALUES ('cancelled'), ('sent'), ('owed')$$, 'as the view says');

-- The order changes while one is in flight ------------------------------------

SELECT pg_temp.forget();
SELECT postern.set_ordered(pg_temp.hook(1), true);
SELECT pg_temp.publish(4);
TRUNCATE o;
INSERT INTO o SELECT id, row_number() OVER (ORDER BY id) FROM postern.fresh;
SELECT results_eq('SELECT id FROM pg_temp.claim()',
    'SELECT id FROM o WHERE n = 1', 'the first of four is in flight');
SELECT postern.set_ordered(pg_temp.hook(1), false);
SELECT results_eq('SELECT id FROM pg_temp.claim()',
    'SELECT id FROM o WHERE n > 1 ORDER BY id',
    'no longer ordered, the others need not wait for it');
SELECT r.* FROM o, pg_temp.record(o.id, 1, 'sent', 'delivered') AS r
 WHERE n > 1;
SELECT r.* FROM o, pg_temp.record(o.id, 1, 'returned', 'x', 0) AS r
 WHERE n = 1;
SELECT pg_temp.publish(1);
SELECT results_eq('SELECT count(*) FROM pg_temp.claim()', 'VALUES (2::bigint)',
    'given back, it goes with the next');
SELECT pg_temp.later('2 minutes');
SELECT postern.reclaim('-infinity');
SELECT results_eq('SELECT count(*) FROM pg_temp.claim()', 'VALUES (2::bigint)',
    'and again when their worker is lost');

SELECT pg_temp.forget();
SELECT pg_temp.publish(1);
CREATE TEMP TABLE h AS SELECT * FROM pg_temp.claim();
SELECT postern.set_ordered(pg_temp.hook(1), true);
SELECT pg_temp.publish(3);
SELECT is_empty('SELECT * FROM pg_temp.claim()',
    'now ordered, it waits for the one in flight');
SELECT r.* FROM h, pg_temp.record(h.id, 1, NULL) AS r;
SELECT pg_temp.later('4 s');
SELECT is_empty('SELECT * FROM pg_temp.claim()',
    'which fails, and holds back the others');
SELECT pg_temp.later('1 s');
SELECT results_eq('SELECT id, number FROM pg_temp.claim()',
    'SELECT id, 2 FROM h', 'until it is sent again, as the first');
SELECT r.* FROM h, pg_temp.record(h.id, 2, 'sent', 'delivered') AS r;
SELECT results_eq('SELECT count(*) FROM pg_temp.claim()', 'VALUES (1::bigint)',
    'and the next follows');

-- As by an event that was published, and claimed, just before the change.
SELECT pg_temp.forget();
SELECT postern.disable_webhook(pg_temp.hook(1), 'a test');
SELECT pg_temp.publish(3);
SELECT is_empty('SELECT * FROM pg_temp.claim()', 'three wait');
UPDATE postern.backlog SET ordered = true WHERE id > (
    SELECT min(id) FROM postern.backlog);
SELECT postern.enable_webhook(pg_temp.hook(1));
SELECT results_eq('SELECT count(*) FROM pg_temp.claim()', 'VALUES (3::bigint)',
    'however they came, all of them are sent');
SELECT pg_temp.forget();
SELECT postern.disable_webhook(pg_temp.hook(1), 'a test');
SELECT pg_temp.publish(3);
SELECT is_empty('SELECT * FROM pg_temp.claim()', 'three wait again');
SELECT postern.set_ordered(pg_temp.hook(1), true);
SELECT postern.enable_webhook(pg_temp.hook(1));
UPDATE postern.backlog SET ordered = false WHERE id = (
    SELECT min(id) FROM postern.backlog);
CREATE TEMP TABLE first AS SELECT min(id) AS id FROM postern.backlog;
SELECT results_eq('SELECT id FROM pg_temp.claim()', 'SELECT id FROM first',
    'and those of an ordered webhook in order');

-- Nothing is to bring this about; if something does, it heals.
SELECT pg_temp.forget();
SELECT postern.disable_webhook(pg_temp.hook(1), 'a test');
SELECT pg_temp.publish(2);
SELECT is_empty('SELECT * FROM pg_temp.claim()', 'two wait');
SELECT postern.enable_webhook(pg_temp.hook(1));
DELETE FROM postern.lane;
SELECT is_empty('SELECT * FROM pg_temp.claim()',
    'a backlog without a lane is not looked at');
SELECT postern.maintain();
SELECT isnt_empty('SELECT * FROM pg_temp.claim()', 'before maintain');

-- A rate ----------------------------------------------------------------------

SELECT pg_temp.forget();
SELECT postern.set_rate(pg_temp.hook(1), 2);
SELECT pg_temp.publish(3);
SELECT is((SELECT count(*) FROM pg_temp.claim()), 1::bigint,
    'with a rate of 2 a second, one goes');
SELECT is_empty('SELECT * FROM pg_temp.claim()', 'the next not at once');
SELECT pg_temp.later('500 ms');
SELECT is((SELECT count(*) FROM pg_temp.claim()), 1::bigint,
    'but after half a second');
SELECT throws_ok(format('SELECT postern.set_rate(pg_temp.hook(1), %L)', rate),
    '22023', format('a rate must be from 0.001 to 10000 requests a second, not %s',
        rate::real),
    'a rate of ' || rate || ' is refused')
  FROM (VALUES ('0'), ('-1'), ('1e-30'), ('0.0009'), ('10001'), ('NaN'))
      AS v (rate);
SELECT pg_temp.forget();
SELECT postern.set_rate(pg_temp.hook(1), 0.001), pg_temp.publish(2);
SELECT is((SELECT count(*) FROM pg_temp.claim()), 1::bigint,
    'at the lowest rate there is, one goes');
SELECT pg_temp.later('990 s');
SELECT is_empty('SELECT * FROM pg_temp.claim()', 'the next not for long');
SELECT pg_temp.later('20 s');
SELECT is((SELECT count(*) FROM pg_temp.claim()), 1::bigint, 'but it does');
-- Requests at one time ---------------------------------------------------------

SELECT throws_ok(format('SELECT postern.set_max_in_flight(pg_temp.hook(1), %s)', n),
    '22023', format('max_in_flight must be from 1 to 10000 requests, not %s', n),
    n || ' requests at one time are refused')
  FROM (VALUES (0), (-1), (10001)) AS v (n);
SELECT pg_temp.forget();
SELECT postern.set_rate(pg_temp.hook(1), NULL),
    postern.set_max_in_flight(pg_temp.hook(1), 3), pg_temp.publish(1);
SELECT bag_eq('SELECT c.max_in_flight FROM pg_temp.claim_all(10, 8) AS c',
    'VALUES (NULL::integer), (3)', 'a claim says how many a webhook has at one time');
SELECT pg_temp.forget();
SELECT postern.set_max_in_flight(pg_temp.hook(1), NULL), pg_temp.publish(1);
SELECT bag_eq('SELECT c.max_in_flight FROM pg_temp.claim_all(10, 8) AS c',
    'VALUES (NULL::integer), (NULL)', 'or that it does not ask for any number');

-- A database may have had any rate before.
SELECT pg_temp.forget();
ALTER TABLE postern.webhook DROP CONSTRAINT webhook_rate_check;
UPDATE postern.webhook SET rate = 1e-45 WHERE id = pg_temp.hook(1);
SELECT pg_temp.publish(1);
SELECT lives_ok('SELECT pg_temp.claim()', 'no rate stops a claim');
UPDATE postern.webhook SET rate = NULL WHERE id = pg_temp.hook(1);

-- Cancelled -------------------------------------------------------------------

SELECT pg_temp.forget();
SELECT pg_temp.publish(3);
SELECT ok(postern.cancel(min(id)), 'an owed one can be cancelled')
  FROM postern.fresh;
SELECT is(postern.cancel(pg_temp.hook(1), now() - interval '1 hour',
    now() + interval '1 hour'), 2::bigint, 'and all of a time');
SELECT ok(NOT postern.cancel(0::bigint), 'what is not owed cannot');
SELECT is_empty('SELECT * FROM pg_temp.claim()', 'none is sent');
SELECT is((SELECT count(*) FROM postern.deliveries
    WHERE state = 'cancelled'), 3::bigint, 'and all are on record');
SELECT is((SELECT count(*) FROM postern.attempts), 0::bigint,
    'though no request was made');

-- Upkeep ----------------------------------------------------------------------

SELECT pg_temp.forget();
SELECT postern.maintain();
SELECT is(count(*), 24::bigint, 'the days from yesterday to the tenth are ready')
  FROM pg_class AS c
 WHERE c.relnamespace = 'postern'::regnamespace AND c.relkind = 'r'
   AND c.relname ~ '^(message|attempt)_[0-9]{8}$';
SELECT is((SELECT count(*) FROM postern.message_default), 0::bigint,
    'no message is in the default partition');
SELECT pg_temp.publish(1);
SELECT postern.add_day('message', '2020-02-29');
INSERT INTO postern.message (id, event_type_id, owed, body)
SELECT postern.first_uuid7('2020-02-29 12:00+00'), 1, 1, '{}';
SELECT isnt_empty('SELECT FROM postern.message_20200229',
    'a message lies with its day');
INSERT INTO postern.message (id, event_type_id, owed, body)
SELECT postern.first_uuid7('2020-03-01 00:00+00'), 1, 1, '{}';
SELECT is(postern.missing_days('message', '2020-03-01'),
    ARRAY(SELECT date '2020-03-01' + n FROM generate_series(1, 10) AS n),
    'a day of which there are rows already is not made');
INSERT INTO postern.backlog
SELECT 1, a, pg_temp.hook(1), postern.first_uuid7('2020-02-29 12:00+00'),
       false, 1, 1, 'infinity' FROM v;
SELECT postern.maintain();
SELECT ok(to_regclass('postern.message_20200229') IS NULL,
    'what is older than the retention is dropped');
SELECT is((SELECT count(*) FROM postern.message_default), 0::bigint,
    'also of days that had no partition');
SELECT results_eq('SELECT state, attempts FROM postern.deliveries WHERE id = 1',
    $$VALUES ('failed', 1)$$, 'and what was owed of it has failed');
SELECT is((SELECT count(*) FROM pg_temp.claim()), 1::bigint,
    'what is younger is sent');
SELECT throws_ok($$SELECT postern.set_retention('1 day')$$, '22023', NULL,
    'a retention below a week is refused');

-- In steps --------------------------------------------------------------------

SELECT pg_temp.forget();
CREATE FUNCTION pg_temp.aged(n integer) RETURNS uuid LANGUAGE sql AS $$
    SELECT (left(postern.first_uuid7('2020-02-29 12:00+00')::text, 24)
        || lpad(to_hex(n), 12, '0'))::uuid
$$;
INSERT INTO postern.fresh
SELECT n, a, pg_temp.hook(1), pg_temp.aged(n)
  FROM v, generate_series(1, 3) AS n;
INSERT INTO postern.backlog
SELECT n, a, pg_temp.hook(1), pg_temp.aged(n), false, 0, 0, 'infinity'
  FROM v, generate_series(4, 2500) AS n;
INSERT INTO postern.backlog
SELECT n, a, pg_temp.hook(1), postern.uuid7(), false, 0, 0, 'infinity'
  FROM v, generate_series(2501, 6000) AS n;
INSERT INTO postern.dedup
SELECT a, n::text, pg_temp.aged(n) FROM v, generate_series(1, 4500) AS n;
INSERT INTO postern.dedup SELECT a, 'young', postern.uuid7() FROM v;
CREATE TEMP TABLE step (n integer, place text, expired bigint, keys bigint);
CREATE FUNCTION pg_temp.tidy() RETURNS text[] LANGUAGE plpgsql AS $$
DECLARE
    place text := 'owed';
    seen  text[];
BEGIN
    WHILE place IS NOT NULL LOOP
        seen := seen || place;
        place := postern.tidy(place);
    END LOOP;
    RETURN seen;
END
$$;
DO $$
DECLARE
    place text;
BEGIN
    FOR n IN 1 .. 100 LOOP
        place := postern.tidy(place);
        INSERT INTO step
        SELECT n, place, (SELECT count(*) FROM postern.attempt),
               (SELECT count(*) FROM postern.dedup);
        EXIT WHEN place IS NULL;
    END LOOP;
END
$$;
-- Of fewer, where these take 30 ms.
SELECT results_eq($$SELECT max(d.expired) BETWEEN 100 AND 500, max(d.keys) BETWEEN 100 AND 500
    FROM (SELECT expired - lag(expired, 1, 0) OVER o AS expired,
                 lag(keys, 1, 4501) OVER o - keys AS keys
            FROM step WINDOW o AS (ORDER BY n)) AS d$$,
    'VALUES (true, true)', 'what is too old goes in steps of 500');
SELECT is(min(n) FILTER (WHERE expired = 2500) < min(n) FILTER (WHERE keys < 4501),
    true, 'and its keys after it') FROM step;
SELECT results_eq('SELECT place, expired, keys FROM step ORDER BY n DESC LIMIT 1',
    'VALUES (NULL::text, 2500::bigint, 1::bigint)', 'all of it');
SELECT results_eq('SELECT count(*), min(id) FROM postern.backlog',
    'VALUES (3500::bigint, 2501::bigint)', 'and nothing else');
SELECT is_empty('SELECT FROM postern.fresh', 'nor what none has looked at');
SELECT results_eq($$SELECT DISTINCT verdict, outcome FROM postern.attempt$$,
    $$VALUES ('expired', 'failed')$$, 'it is on record');
SELECT is(pg_temp.tidy(), postern.tidy_parts(), 'then each part is looked at once');

-- Sleeping --------------------------------------------------------------------

SELECT pg_temp.forget();
SELECT is(sleep, 'listening', 'a worker may sleep') FROM postern.go_idle(false);
SELECT postern.leave_idle();
SELECT is((SELECT count(*) FROM pg_locks WHERE locktype = 'advisory'
    AND pid = pg_backend_pid() AND mode = 'ExclusiveLock'
    AND (classid::bigint << 32 | objid::bigint) = postern.sleep_lock()),
    0::bigint, 'and rise');

SELECT * FROM finish();
ROLLBACK;
