-- clock.sql - a clock that jumps drops nothing.
--
-- No test can move the server's clock: what upkeep has seen of it is moved.
BEGIN;
SET client_min_messages = warning;
CREATE EXTENSION IF NOT EXISTS pgtap;
SELECT no_plan();
SELECT postern.follow_messages(now());
SELECT cmp_ok(count(*), '<=', 2::bigint, 'a look for messages touches only the days of its hour')
  FROM pg_locks AS l JOIN pg_class AS c ON c.oid = l.relation
 WHERE l.pid = pg_backend_pid() AND c.relname ~ '^message_[0-9]{8}$';
SELECT postern.add_event_type('clock.event');
CREATE TEMP TABLE v AS SELECT postern.create_account('clock.sql') AS a;
-- A message so long ago, with its day's partition if it has none.
CREATE FUNCTION pg_temp.message(age interval) RETURNS void
LANGUAGE sql AS $$
    INSERT INTO postern.message (id, account_id, event_type_id, owed, body)
    SELECT postern.first_uuid7(now() - age), a, t.id, 0, '{}'
      FROM v, postern.event_type AS t WHERE t.name = 'clock.event'
$$;
-- The clock has jumped ahead by so much since the last upkeep.
CREATE FUNCTION pg_temp.jump(ahead interval) RETURNS void
LANGUAGE sql AS $$
    UPDATE postern.upkeep SET seen = seen - ahead, trusted = trusted - ahead
$$;
CREATE FUNCTION pg_temp.days() RETURNS SETOF text
LANGUAGE sql AS $$
    SELECT c.relname::text FROM pg_class AS c
     WHERE c.relname IN ('message_20200229', 'attempt_20200229') ORDER BY 1
$$;
SELECT is(postern.maintain(), NULL, 'nothing is left to do');

-- Ahead -----------------------------------------------------------------------

SELECT postern.add_day(p, '2020-02-29') FROM unnest('{message,attempt}'::text[]) AS p;
SELECT pg_temp.message('31 days 12 h');
INSERT INTO postern.fresh (account_id, webhook_id, message_id)
SELECT a, postern.uuid7(), postern.first_uuid7(now() - interval '31 days 12 h') FROM v;
INSERT INTO postern.dedup
SELECT a, 'key', postern.first_uuid7(now() - interval '31 days 12 h') FROM v;
-- As old as the clock makes all that is there now.
SELECT pg_temp.jump('40 days');
UPDATE postern.upkeep SET trusted = '2020-03-05';
SELECT matches(postern.maintain(), '^the clock says .* later than the last upkeep',
    'a clock that has jumped ahead is not trusted');
SELECT results_eq('SELECT pg_temp.days()',
    $$VALUES ('attempt_20200229'), ('message_20200229')$$, 'no day is dropped');
SELECT is((SELECT count(*) FROM postern.fresh), 1::bigint, 'nothing is given up');
SELECT is((SELECT count(*) FROM postern.dedup), 1::bigint, 'no key is forgotten');
SELECT matches(postern.maintain(), '^the clock says', 'it says so each time');
SELECT cmp_ok(postern.trust_clock(), '>=', now(), 'an operator knows better');
SELECT is(postern.maintain(), NULL, 'then it is trusted');
SELECT is_empty('SELECT pg_temp.days()', 'and what is old is dropped');
SELECT is((SELECT count(*) FROM postern.fresh), 0::bigint, 'or given up');
SELECT is((SELECT count(*) FROM postern.dedup), 0::bigint, 'or forgotten');

-- Ahead for a moment ----------------------------------------------------------

UPDATE postern.upkeep SET seen = now() + interval '40 days';
SELECT is(postern.maintain(), NULL, 'one that is right again is trusted');

-- Behind ----------------------------------------------------------------------

SELECT pg_temp.jump('-40 days');
SELECT matches(postern.maintain(), '^the clock says .* earlier than the last upkeep',
    'nor is one trusted that has gone back');
SELECT postern.trust_clock();

-- A while without a worker ----------------------------------------------------

SELECT pg_temp.jump('59 min');
SELECT is(postern.maintain(), NULL, 'of less than an hour');
SELECT pg_temp.jump('5 h');
SELECT pg_temp.message(n * interval '50 min') FROM generate_series(1, 6) AS n;
SELECT is(postern.maintain(), NULL, 'or in which events were published');
SELECT pg_temp.jump('9 h');
SELECT pg_temp.message('8 h 10 min');
SELECT matches(postern.maintain(), ' 0?8:10:0[0-9] later ',
    'not where there were none for more than an hour');
-- Days begin at midnight UTC, wherever who made their partitions is.
SET LOCAL TimeZone = 'UTC';
SET LOCAL DateStyle = 'ISO';
SELECT is_empty($$
    SELECT c.relname, pg_get_expr(c.relpartbound, c.oid) FROM pg_class AS c
     WHERE c.relname ~ '^attempt_[0-9]{8}$'
       AND pg_get_expr(c.relpartbound, c.oid) NOT LIKE format(
           'FOR VALUES FROM (''%s 00:00:00+00'') TO (''%s 00:00:00+00'')',
           right(c.relname, 8)::date, right(c.relname, 8)::date + 1)
    $$, 'each day of attempts has its partition');

-- What came by a clock that was ahead stays where it is, and no other day is
-- kept from being made for it.
CREATE FUNCTION pg_temp.ahead(n integer) RETURNS text
LANGUAGE sql AS $$ SELECT to_char(now() AT TIME ZONE 'UTC' + n * interval '1 day',
    '"message_"YYYYMMDD') $$;
SELECT format('DROP TABLE postern.%I', pg_temp.ahead(n)) FROM generate_series(3, 10) AS n
\gexec
SELECT pg_temp.message('-6 days'), pg_temp.message('-40 days');
SELECT count(postern.maintain()) FROM generate_series(1, 8);
SELECT results_eq($$
    SELECT n FROM generate_series(3, 10) AS n
     WHERE to_regclass('postern.' || pg_temp.ahead(n)) IS NOT NULL ORDER BY n
    $$, '{3,4,5,7,8,9,10}'::integer[], 'the days about those of strays are made');
SELECT is(count(*), 2::bigint, 'these are found') FROM postern.message_default AS d, v
 WHERE d.account_id = v.a;
SELECT is_empty($$SELECT FROM pg_constraint
    WHERE conrelid = 'postern.message_default'::regclass AND contype = 'c'$$,
    'and others like them may come');

SELECT * FROM finish();
ROLLBACK;
