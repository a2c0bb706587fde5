-- shares.sql - the view that shows what each account has, and waits for.
BEGIN;
SET client_min_messages = warning;
CREATE EXTENSION IF NOT EXISTS pgtap;
SELECT no_plan();

CREATE TEMP TABLE v AS
SELECT n, postern.create_account('shares ' || n) AS a
  FROM generate_series(1, 5) AS n;
CREATE FUNCTION pg_temp.account(which integer) RETURNS uuid
LANGUAGE sql AS $$ SELECT v.a FROM v WHERE v.n = which $$;
-- Owed for so many seconds.
CREATE FUNCTION pg_temp.owe(which integer, many integer, seconds integer)
RETURNS void
LANGUAGE sql AS $$
    INSERT INTO postern.fresh (account_id, webhook_id, message_id)
    SELECT pg_temp.account(which), postern.uuid7(),
           postern.first_uuid7(now() - seconds * interval '1 second')
      FROM generate_series(1, many)
$$;
CREATE FUNCTION pg_temp.at(due text) RETURNS timestamptz
LANGUAGE sql AS $$
    SELECT CASE WHEN due = 'infinity' THEN 'infinity' ELSE now() + due::interval END
$$;
CREATE FUNCTION pg_temp.park(which integer, many integer, due text)
RETURNS void
LANGUAGE sql AS $$
    WITH lane AS (
        INSERT INTO postern.lane (account_id, webhook_id, next_at)
        VALUES (pg_temp.account(which), postern.uuid7(), pg_temp.at(due))
        RETURNING account_id, webhook_id
    )
    INSERT INTO postern.backlog (id, account_id, webhook_id, message_id,
        ordered, attempt_no, retry_no, due_at)
    SELECT nextval('postern.delivery_id'), l.account_id, l.webhook_id,
           postern.uuid7(), i % 2 = 0, 1, 1, pg_temp.at(due)
      FROM lane AS l, generate_series(1, many) AS i
$$;
CREATE FUNCTION pg_temp.fly(which integer, many integer) RETURNS void
LANGUAGE sql AS $$
    INSERT INTO postern.in_flight (id, account_id, webhook_id, message_id,
        ordered, attempt_no, retry_no, lease_until)
    SELECT nextval('postern.delivery_id'), pg_temp.account(which),
           postern.uuid7(), postern.uuid7(), false, 1, 0, now()
      FROM generate_series(1, many)
$$;
CREATE FUNCTION pg_temp.had(which integer, many integer, ago interval,
    took interval) RETURNS void
LANGUAGE sql AS $$
    INSERT INTO postern.attempt (delivery_id, attempt_no, account_id,
        webhook_id, message_id, started_at, verdict, total_us)
    SELECT nextval('postern.delivery_id'), 1, pg_temp.account(which),
           postern.uuid7(), postern.uuid7(), now() - ago, 'delivered',
           extract(epoch FROM took) * 1000000
      FROM generate_series(1, many)
$$;
CREATE FUNCTION pg_temp.seen(which integer) RETURNS text
LANGUAGE sql AS $$
    SELECT concat_ws(' ', s.in_flight, s.waiting, s.attempts_last_minute,
               s.places_last_minute,
               coalesce(to_char(s.longest_wait, 'HH24:MI:SS'), 'no wait'))
      FROM postern.shares AS s WHERE s.account_id = pg_temp.account(which)
$$;

SELECT is(pg_temp.seen(1), NULL, 'who has nothing and waits for nothing is not shown');

SELECT pg_temp.owe(1, 3, 90), pg_temp.owe(1, 2, 5);
SELECT is(pg_temp.seen(1), '0 5 0 0.0 00:01:30', 'what is fresh waits, and since when');
SELECT pg_temp.fly(1, 4), pg_temp.had(1, 6, '30 s', '5 s');
SELECT is(pg_temp.seen(1), '4 5 6 0.5 00:01:30',
    'what it holds is counted, what it had, and in how many places');

SELECT pg_temp.fly(2, 1);
SELECT is(pg_temp.seen(2), '1 0 0 0.0 no wait', 'who holds something is shown');
SELECT pg_temp.had(3, 60, '50 s', '2 s'), pg_temp.had(3, 9, '61 s', '2 s');
SELECT is(pg_temp.seen(3), '0 0 60 2.0 no wait', 'so is who had something this minute');
INSERT INTO postern.attempt (delivery_id, attempt_no, account_id, webhook_id,
    message_id, started_at, verdict, outcome)
SELECT 1, 1, pg_temp.account(3), postern.uuid7(), postern.uuid7(), now(), 'cancelled',
       'cancelled';
SELECT is(pg_temp.seen(3), '0 0 60 2.0 no wait', 'what was given up was no request');

SELECT pg_temp.park(4, 7, '1 hour');
SELECT is(pg_temp.seen(4), '0 7 0 0.0 no wait',
    'a backlog waits, but not for a place before it is due');
SELECT pg_temp.park(4, 2, '-20 s'), pg_temp.park(4, 2, '-10 s');
SELECT is(pg_temp.seen(4), '0 11 0 0.0 00:00:20', 'one that is due does, since it was due');
SELECT pg_temp.owe(4, 1, 21);
SELECT is(pg_temp.seen(4), '0 12 0 0.0 00:00:21', 'the oldest of both counts');
INSERT INTO postern.lane (account_id, webhook_id, next_at)
SELECT pg_temp.account(5), postern.uuid7(), 'infinity';
SELECT is(pg_temp.seen(5), NULL, 'a lane that remembers a failure is nothing owed');
SELECT pg_temp.park(5, 3, 'infinity');
SELECT is(pg_temp.seen(5), NULL, 'what is held does not wait');
SELECT postern.set_share(pg_temp.account(4), 2.5);
SELECT is(s.share, 2.5::real, 'the share is shown')
  FROM postern.shares AS s WHERE s.account_id = pg_temp.account(4);
SELECT results_eq('SELECT account_id FROM postern.shares',
    'SELECT v.a FROM v WHERE n < 5 ORDER BY array_position(ARRAY[3, 1, 2, 4], n)',
    'whoever had most places comes first, then who holds most');

-- However much is piled up ---------------------------------------------------

-- Of the queue's tables, as the statistics of this transaction have it.
CREATE FUNCTION pg_temp.read() RETURNS bigint
LANGUAGE sql AS $$
    SELECT sum(coalesce(seq_tup_read, 0) + coalesce(idx_tup_fetch, 0))::bigint
      FROM pg_stat_xact_user_tables
     WHERE relid IN ('postern.fresh'::regclass, 'postern.backlog'::regclass)
$$;
CREATE FUNCTION pg_temp.entries() RETURNS bigint
LANGUAGE sql AS $$
    SELECT sum(pg_stat_get_xact_tuples_returned(i.indexrelid))::bigint
      FROM pg_index AS i
     WHERE i.indrelid IN ('postern.fresh'::regclass, 'postern.backlog'::regclass)
$$;

SELECT pg_temp.owe(5, 60000, 300), pg_temp.park(4, 60000, '-1 s'),
       pg_temp.owe(2, 1, 1);
CREATE TEMP TABLE before AS SELECT pg_temp.read(), pg_temp.entries();
SELECT is(pg_temp.seen(5), '0 10000 0 0.0 00:05:00', 'a pile is counted up to 10,000');
SELECT is(pg_temp.seen(4), '0 10000 0 0.0 00:00:21', 'be it fresh or in the backlog');
SELECT is(pg_temp.seen(2), '1 1 0 0.0 00:00:01', 'and one behind it is found');
SELECT cmp_ok(pg_temp.entries() - b.entries, '<', 3 * 21000::bigint,
    'the rest of it is not read') FROM before AS b;
UPDATE before SET entries = pg_temp.entries();
SELECT is(count(*), 1::bigint, 'of a list''s first')
  FROM (SELECT * FROM postern.shares LIMIT 1) AS s;
SELECT cmp_ok(pg_temp.entries() - b.entries, '<', 10000::bigint,
    'what the others wait for is not counted') FROM before AS b;
ANALYZE postern.fresh, postern.backlog, postern.lane;
UPDATE before SET read = pg_temp.read(), entries = pg_temp.entries();
SELECT is(pg_temp.seen(2), '1 1 0 0.0 00:00:01', 'and one more behind it, when most are known to be of one account');
SELECT cmp_ok(pg_temp.entries() - b.entries, '<', 21000::bigint,
    'without passing what that one is owed') FROM before AS b;

SELECT * FROM finish();
ROLLBACK;
