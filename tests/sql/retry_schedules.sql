-- retry_schedules.sql - time-outs and retry schedules that are set.
BEGIN;
SET client_min_messages = warning;
-- For what is written here: arrays with NULL, and the delays in sentences.
SET array_nulls = on;
SET IntervalStyle = postgres;
CREATE EXTENSION IF NOT EXISTS pgtap;
SELECT no_plan();
\ir ../lib/claim.sql

CREATE TEMP TABLE v AS
SELECT postern.create_account('schedules') AS a;
SELECT postern.add_event_type('s.event');
CREATE TEMP TABLE hook (n integer, id uuid);
WITH new AS (
    INSERT INTO postern.webhook (account_id, id, url, canonical_url)
    SELECT a, postern.uuid7(), 'https://h.example/' || n, 'https://h.example/' || n
      FROM v, generate_series(1, 2) AS n
    RETURNING account_id, id, right(url, 1)::integer AS n
), subscribed AS (
    INSERT INTO postern.subscription (account_id, webhook_id, event_type_id)
    SELECT new.account_id, new.id, t.id
      FROM new, postern.event_type AS t WHERE t.name = 's.event'
)
INSERT INTO hook SELECT n, id FROM new;
CREATE FUNCTION pg_temp.hook(n integer) RETURNS uuid
LANGUAGE sql AS $$ SELECT id FROM hook WHERE hook.n = $1 $$;
-- What a claim says of the two webhooks.
CREATE FUNCTION pg_temp.told() RETURNS TABLE (n integer, timeout integer, schedule integer[])
LANGUAGE sql AS $$
    DELETE FROM postern.in_flight;
    DELETE FROM postern.lane;
    SELECT postern.publish(a, 's.event', '{}') FROM v;
    SELECT h.n, c.timeout, c.retry_schedule
      FROM hook AS h
      LEFT JOIN (SELECT * FROM pg_temp.claim_all() AS c) AS c ON c.webhook_id = h.id
     ORDER BY h.n
$$;

SELECT results_eq('SELECT * FROM pg_temp.told()',
    'VALUES (1, NULL::integer, NULL::integer[]), (2, NULL, NULL)',
    'a worker is told nothing of what is as usual');

-- The time-out ----------------------------------------------------------------

SELECT throws_ok(format('SELECT postern.set_timeout(pg_temp.hook(1), %s)', n), '22023',
    format('a timeout must be from 1 to 60 seconds, not %s', n), n || ' seconds are refused')
  FROM (VALUES (0), (-1), (61)) AS v (n);
SELECT throws_ok('SELECT postern.set_timeout(postern.uuid7(), 5)', 'P0002', NULL,
    'nor is an unknown webhook given one');
SELECT postern.set_timeout(pg_temp.hook(1), 60);
SELECT results_eq('SELECT n, timeout FROM pg_temp.told()', 'VALUES (1, 60), (2, NULL)',
    'a worker is told a time-out');
SELECT is(timeout, interval '1 minute', 'the view shows it')
  FROM postern.webhooks WHERE id = pg_temp.hook(1);
SELECT postern.set_timeout(pg_temp.hook(1), NULL);
SELECT results_eq('SELECT n, timeout FROM pg_temp.told()',
    'VALUES (1, NULL::integer), (2, NULL)', 'NULL takes it away');

-- The schedule ----------------------------------------------------------------

SELECT throws_ok(format('SELECT postern.set_retry_schedule(%s%L::interval[])', whose, delays),
    '22023', sentence, format('%s: %s', delays, sentence))
  FROM (VALUES
    (array_fill('1 s'::interval, '{20}'),
     'a retry schedule has at most 20 attempts, and so 19 delays, not 20'),
    ('{1 s,0 s}', 'a retry schedule has delays of 1 second to 30 days, in whole seconds,'
        || ' and delay 2 is 00:00:00'),
    ('{999 ms}', 'a retry schedule has delays of 1 second to 30 days, in whole seconds,'
        || ' and delay 1 is 00:00:00.999'),
    ('{1.5 s}', 'a retry schedule has delays of 1 second to 30 days, in whole seconds,'
        || ' and delay 1 is 00:00:01.5'),
    ('{1 s,1 s,NULL}', 'a retry schedule has delays of 1 second to 30 days, in whole seconds,'
        || ' and delay 3 is NULL'),
    ('{-1 days}', 'a retry schedule has delays of 1 second to 30 days, in whole seconds,'
        || ' and delay 1 is -1 days'),
    ('{31 days}', 'a retry schedule has delays of 1 second to 30 days, in whole seconds,'
        || ' and delay 1 is 31 days'),
    ('{15 days,15 days 1 s}', 'a retry schedule has at most 30 days in all, not 30 days 00:00:01'))
    AS v (delays, sentence),
       unnest(ARRAY['', 'pg_temp.hook(1), ']) AS whose;
SELECT throws_ok('SELECT postern.set_retry_schedule(postern.uuid7(), NULL)', 'P0002', NULL,
    'an unknown webhook is given no schedule');
SELECT lives_ok(format('SELECT postern.set_retry_schedule(%L::interval[])', delays),
    format('%s is a schedule', delays))
  FROM (VALUES ('{}'::interval[]), (array_fill('1 s'::interval, '{19}')),
      ('{30 days}'), ('{1 mon}'), (NULL)) AS v (delays);

SELECT postern.set_retry_schedule('{1 s,1 min}');
SELECT results_eq('SELECT n, schedule FROM pg_temp.told()',
    $$VALUES (1, '{1,60}'::integer[]), (2, '{1,60}')$$, 'one that is set for all is told to all');
SELECT postern.set_retry_schedule(pg_temp.hook(2), '{}');
SELECT results_eq('SELECT n, schedule FROM pg_temp.told()',
    $$VALUES (1, '{1,60}'::integer[]), (2, '{}')$$, 'but for one that has its own');
SELECT results_eq('SELECT retention, retry_schedule FROM postern.delivery_settings',
    $$VALUES (interval '30 days', '{1 s,1 min}'::interval[])$$, 'a view shows the one');
SELECT results_eq('SELECT w.retry_schedule FROM hook JOIN postern.webhooks AS w USING (id)
    ORDER BY hook.n', $$VALUES (NULL::interval[]), ('{}')$$, 'and another the other');
SELECT postern.set_retry_schedule(NULL);
SELECT results_eq('SELECT n, schedule FROM pg_temp.told()',
    $$VALUES (1, NULL::integer[]), (2, '{}')$$, 'NULL brings the default back');
SELECT postern.set_retry_schedule(pg_temp.hook(2), NULL);
SELECT results_eq('SELECT n, schedule FROM pg_temp.told()',
    $$VALUES (1, NULL::integer[]), (2, NULL)$$, 'also for one webhook');

-- What depends on it ----------------------------------------------------------

SELECT postern.set_retention('10 days');
SELECT throws_ok(format('SELECT postern.set_retry_schedule(%s''{10 days,1 s}'')', whose), '22023',
    'a retry schedule of 10 days 00:00:01 is longer than messages are kept, 10 days',
    'a schedule that is longer than the retention is refused' || whose)
  FROM unnest(ARRAY['', 'pg_temp.hook(1), ']) AS whose;
SELECT postern.set_retry_schedule(pg_temp.hook(1), '{10 days}');
SELECT throws_ok($$SELECT postern.set_retention('9 days')$$, '22023',
    'retention must be at least as long as the longest retry schedule, 10 days, not 9 days',
    'so is a retention that is shorter than that of a webhook');
SELECT postern.set_retry_schedule(pg_temp.hook(1), NULL), postern.set_retry_schedule('{10 days}');
SELECT throws_ok($$SELECT postern.set_retention('9 days')$$, '22023', NULL, 'or than that of all');
SELECT is(postern.patience(a, pg_temp.hook(1)), interval '11 days',
    'a webhook may fail for as long as its deliveries are tried') FROM v;
SELECT postern.set_retry_schedule(pg_temp.hook(1), '{4 days}');
SELECT is(postern.patience(a, pg_temp.hook(1)), interval '5 days', 'and for five days') FROM v;

CREATE FUNCTION pg_temp.fail(days interval, OUT change text, OUT reason text)
LANGUAGE sql AS $$
    DELETE FROM postern.lane;
    INSERT INTO postern.lane (account_id, webhook_id, next_at, failing_since, failures)
    SELECT a, pg_temp.hook(2), now(), now() - days, 1 FROM v;
    SELECT m.change, m.reason
      FROM v, postern.move_failing_lane(a, pg_temp.hook(2), 0, 1, now(), true, NULL,
          now(), false, 'silent', NULL) AS m
$$;
SELECT isnt(change, 'disabled', 'less than that does not disable') FROM pg_temp.fail('10 days');
SELECT results_eq($$SELECT * FROM pg_temp.fail('11 days 1 hour')$$,
    $$VALUES ('disabled', 'it has only failed for 11 days; last: silent')$$, 'that does');

SELECT * FROM finish();
ROLLBACK;
