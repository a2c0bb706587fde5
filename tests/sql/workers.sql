-- workers.sql - a worker is there as long as its session is, and what it had in
-- flight is owed again when that has ended.
--
-- It is of several sessions, and committed. Times are moved, never waited for.
SET client_min_messages = warning;
CREATE EXTENSION IF NOT EXISTS pgtap;
CREATE EXTENSION IF NOT EXISTS dblink;
\ir ../lib/claim.sql
SELECT postern.add_event_type('workers.event');
CREATE TEMP TABLE hook AS
SELECT postern.create_account('workers.sql') AS account, postern.uuid7() AS id;
INSERT INTO postern.webhook (account_id, id, url, canonical_url)
SELECT account, id, 'https://workers.example/', 'https://workers.example/' FROM hook;
INSERT INTO postern.subscription (account_id, webhook_id, event_type_id)
SELECT account, hook.id, t.id
  FROM hook, postern.event_type AS t WHERE t.name = 'workers.event';
CREATE TEMP TABLE seen (name text, number integer);
CREATE FUNCTION pg_temp.open(name text) RETURNS text
LANGUAGE sql AS $$
    SELECT dblink_connect(name, format('host=%s port=%s dbname=%s user=%s',
               split_part(current_setting('unix_socket_directories'), ',', 1),
               current_setting('port'), current_database(), current_user))
$$;
CREATE FUNCTION pg_temp.ask(name text, what text) RETURNS text
LANGUAGE sql AS $$ SELECT x FROM dblink(name, what) AS t (x text) $$;
CREATE FUNCTION pg_temp.sign_on(name text, previous text DEFAULT 'NULL') RETURNS integer
LANGUAGE sql AS $$
    SELECT pg_temp.ask(name, format('SELECT postern.sign_on(%s)::text', previous))::integer
$$;
-- So many events, claimed by that worker.
CREATE FUNCTION pg_temp.claim(name text, many integer) RETURNS text
LANGUAGE plpgsql AS $$
BEGIN
    PERFORM pg_temp.ask(name, format(
        'SELECT count(postern.publish(%L, ''workers.event'', ''{}''))::text'
        ' FROM generate_series(1, %s)', (SELECT account FROM hook), many));
    RETURN pg_temp.ask(name, 'SELECT count(webhook_id)::text FROM postern.claim('
        '0, 100, ''60 s'', 100, ''{}'', ''{}'', 100, ''{}'', ''{}'', 100, 100, 100,'
        ' 100, 100, ''{}'', 100, ''{}'', ''{}'', ''{}'', ''{}'', NULL, ''-infinity'')');
END
$$;
-- Its session ends, and the server has seen it.
CREATE FUNCTION pg_temp.lose(name text) RETURNS boolean
LANGUAGE plpgsql AS $$
DECLARE
    its integer := pg_temp.ask(name, 'SELECT pg_backend_pid()::text');
BEGIN
    PERFORM dblink_disconnect(name);
    WHILE EXISTS (SELECT FROM pg_stat_activity AS a WHERE a.pid = its) LOOP
        PERFORM pg_stat_clear_snapshot();
    END LOOP;
    RETURN true;
END
$$;
CREATE FUNCTION pg_temp.later() RETURNS void
LANGUAGE sql AS $$
    UPDATE postern.worker SET lost_at = lost_at - interval '2 s';
$$;
CREATE FUNCTION pg_temp.has(name text) RETURNS bigint
LANGUAGE sql AS $$
    SELECT in_flight FROM postern.workers
     WHERE number = (SELECT number FROM seen WHERE seen.name = has.name)
$$;
SELECT no_plan();
SELECT pg_temp.open(n) FROM unnest('{one,two}'::text[]) AS n;
INSERT INTO seen SELECT n, pg_temp.sign_on(n) FROM unnest('{one,two}'::text[]) AS n;
SELECT is(count(DISTINCT number), 2::bigint, 'each worker has a number') FROM seen;
SELECT is(pg_temp.claim('one', 3), '3', 'one claims');
SELECT is(pg_temp.claim('two', 2), '2', 'and the other');
SELECT is(ARRAY[pg_temp.has('one'), pg_temp.has('two')], '{3,2}', 'each has its own');
SELECT is(postern.reclaim('-infinity'), 0, 'they are there');
SELECT is(postern.reclaim('-infinity'), 0, 'and again');

-- One is gone -----------------------------------------------------------------

SELECT ok(pg_temp.lose('one'), 'the session of one has ended');
SELECT is(postern.reclaim('-infinity'), 0, 'which is noted first');
SELECT is(postern.reclaim('-infinity'), 0, 'and left for a moment');
SELECT set_eq('SELECT name, connected FROM postern.workers JOIN seen USING (number)',
    $$VALUES ('one', false), ('two', true)$$, 'an operator sees it');
SELECT pg_temp.later();
SELECT is(postern.reclaim('-infinity'), 3, 'then what it had is owed again');
SELECT is(count(*), 3::bigint, 'each as lost')
  FROM postern.attempts WHERE verdict = 'lost'
   AND webhook_id = (SELECT id FROM hook);
SELECT is(pg_temp.has('one'), NULL, 'and it is forgotten');
SELECT is(pg_temp.has('two'), 2::bigint, 'the other has what it had');

-- One was away ----------------------------------------------------------------

SELECT ok(pg_temp.lose('two'), 'the session of the other has ended');
SELECT is(postern.reclaim('-infinity'), 0, 'which is noted');
SELECT pg_temp.open('two');
UPDATE seen SET number = pg_temp.sign_on('two', number::text) WHERE name = 'two';
SELECT pg_temp.later();
SELECT is(postern.reclaim('-infinity'), 0, 'but it is back');
SELECT is(pg_temp.has('two'), 2::bigint, 'and what it had is its own');
SELECT is(count(*), 1::bigint, 'under one number') FROM postern.workers;

-- One hangs -------------------------------------------------------------------

SELECT is(postern.release((SELECT number FROM seen WHERE name = 'two')), 2::bigint,
    'an operator releases what it has');
SELECT is(pg_temp.has('two'), 0::bigint, 'it has nothing more');
SELECT throws_ok('SELECT postern.release(0)', 'P0002', 'there is no worker 0',
    'of nobody nothing is released');
SELECT is(pg_temp.claim('two', 0), '5', 'all go again');
UPDATE postern.in_flight SET lease_until = now() - interval '1 s';
SELECT is(postern.reclaim('-infinity'), 5, 'so they do when a lease is over');

-- What is taken back -----------------------------------------------------------

SELECT pg_temp.open('operator');
SELECT is(pg_temp.claim('two', 1), '6', 'a worker has deliveries');
SELECT pg_temp.ask('operator', 'BEGIN'), pg_temp.ask('operator', format(
    'SELECT postern.release(%s)::text', number)) FROM seen WHERE name = 'two';
SELECT ok(pg_temp.lose('two'), 'an operator releases them, and it goes as well');
SELECT is(postern.reclaim('-infinity'), 0, 'which is noted');
SELECT pg_temp.later();
SELECT is(postern.reclaim('-infinity'), NULL, 'what the operator has locked is left');
SELECT pg_temp.ask('operator', 'ROLLBACK');
SELECT is(postern.reclaim('-infinity'), 6, 'and is owed again if that is rolled back');
SELECT is(pg_temp.has('two'), NULL, 'then the worker is forgotten');
SELECT pg_temp.open('two');
UPDATE seen SET number = pg_temp.sign_on('two') WHERE name = 'two';
SELECT is(pg_temp.claim('two', 0), '6', 'another has them');
UPDATE postern.in_flight SET lease_until = now() - interval '1 s';
SELECT pg_temp.ask('operator', 'BEGIN'), pg_temp.ask('operator', format(
    'SELECT postern.release(%s)::text', number)) FROM seen WHERE name = 'two';
SELECT is(postern.reclaim('-infinity'), NULL, 'nor is one with a lease that is over');
SELECT pg_temp.ask('operator', 'ROLLBACK');
SELECT is(postern.reclaim('-infinity'), 6, 'but then');

-- Somebody takes their locks --------------------------------------------------

-- As any role may: on a worker's number as soon as that is gone, and on those to
-- come.
CREATE FUNCTION pg_temp.lock(what text, low integer, high integer) RETURNS text
LANGUAGE sql AS $$
    SELECT format('SELECT count(%s(1886352244, n))::text FROM generate_series(%s, %s) AS n',
        what, low, high)
$$;
SELECT pg_temp.open('thief');
SELECT is(pg_temp.claim('two', 1), '7', 'a worker has deliveries');
SELECT dblink_send_query('thief', pg_temp.lock('pg_advisory_lock', number, number))
  FROM seen WHERE name = 'two';
SELECT ok(pg_temp.lose('two'), 'it is gone');
SELECT is((SELECT x FROM dblink_get_result('thief') AS t (x text)), '1',
    'and somebody else has its lock');
SELECT count(*) FROM dblink_get_result('thief') AS t (x text);
SELECT is(postern.reclaim('-infinity'), 0, 'which is noted');
SELECT pg_temp.later();
SELECT is(postern.reclaim('-infinity'), 7, 'what it had is owed again all the same');
SELECT pg_temp.ask('thief', pg_temp.lock('pg_advisory_lock', number + 1, number + 100))
  FROM seen WHERE name = 'two';
SELECT pg_temp.open('two'), pg_temp.ask('two', 'SET statement_timeout = 3000');
UPDATE seen SET number = pg_temp.sign_on('two') WHERE name = 'two';
SELECT is(count(*), 1::bigint, 'a worker signs on past them')
  FROM postern.workers JOIN seen USING (number);

-- What a lease may be ---------------------------------------------------------

SELECT throws_ok(format('SELECT postern.claim(0, 1, %L, 1, ''{}'', ''{}'', 1, ''{}'', ''{}'','
    ' 1, 1, 1, 1, 1, ''{}'', 1, ''{}'', ''{}'', ''{}'', ''{}'', NULL, NULL)', lease), '22023',
    'a lease must be from 1 second to 5 minutes, not ' || coalesce(lease::interval::text, 'NULL'), sentence)
  FROM (VALUES
    ('100 years', 'nobody has a lease of a century'),
    ('00:05:00.000001', 'nor of more than five minutes'),
    ('-00:00:01', 'nor of less than nothing'),
    (NULL, 'nor without end')) AS c (lease, sentence);
SELECT ok(pg_temp.lose('two'), 'this worker goes as well');
SELECT * FROM finish();
DELETE FROM postern.backlog;
DELETE FROM postern.worker;
DELETE FROM postern.attempt;
DELETE FROM postern.lane;
DELETE FROM postern.subscription WHERE webhook_id IN (SELECT id FROM hook);
DELETE FROM postern.webhook WHERE id IN (SELECT id FROM hook);
