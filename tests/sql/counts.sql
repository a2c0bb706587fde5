-- counts.sql - what is counted before much is changed, what was sent a moment ago,
-- and what may be wrong.
BEGIN;
SET client_min_messages = warning;
CREATE EXTENSION IF NOT EXISTS pgtap;
SELECT no_plan();
\ir ../lib/claim.sql

CREATE TEMP TABLE hook AS
SELECT postern.create_account('counts.sql') AS account, postern.uuid7() AS id;
SELECT postern.add_event_type('counts.event');
INSERT INTO postern.webhook (account_id, id, url, canonical_url)
SELECT account, id, 'https://counts.example/', 'https://counts.example/' FROM hook;
INSERT INTO postern.subscription (account_id, webhook_id, event_type_id)
SELECT account, hook.id, t.id
  FROM hook, postern.event_type AS t WHERE t.name = 'counts.event';
CREATE FUNCTION pg_temp.count(since interval, VARIADIC states text[]) RETURNS bigint
LANGUAGE sql AS $$
    SELECT postern.count_deliveries(id, now() - since, now() + interval '1 min', states) FROM hook
$$;

-- What replay and cancel would be about --------------------------------------

SELECT is(pg_temp.count('1 h', 'fresh', 'waiting', 'sent', 'failed', 'cancelled'), 0::bigint,
    'nothing is owed to a new webhook');
SELECT postern.publish(account, 'counts.event', '{}') FROM hook, generate_series(1, 3);
SELECT is(pg_temp.count('1 h', 'fresh'), 3::bigint, 'what no worker has looked at is fresh');
SELECT is(pg_temp.count('-30 s', 'fresh'), 0::bigint, 'but not of later events');
SELECT is(pg_temp.count('1 h', 'fresh', 'waiting', 'replayed'), (SELECT postern.cancel(id, now()
    - interval '1 h', now() + interval '1 min') FROM hook), 'cancel gives up what was counted');
SELECT is(pg_temp.count('1 h', 'cancelled'), 3::bigint, 'which is cancelled then');
SELECT is(pg_temp.count('1 h', 'waiting', 'failed', 'cancelled'), (SELECT postern.replay(id,
    now() - interval '1 h', now() + interval '1 min') FROM hook), 'replay sends what was counted');
SELECT is(pg_temp.count('1 h', 'replayed'), 3::bigint, 'which is replayed then');
SELECT is(pg_temp.count('1 h', 'waiting', 'failed', 'cancelled'), 0::bigint,
    'and not for a second time');
SELECT throws_ok($$ SELECT postern.count_deliveries(postern.uuid7(), now()) $$, 'P0002', NULL,
    'of an unknown webhook nothing is counted');

-- The last ten seconds -------------------------------------------------------

CREATE FUNCTION pg_temp.attempt(many integer, ago interval, verdict text, us integer)
RETURNS void
LANGUAGE sql AS $$
    INSERT INTO postern.attempt (delivery_id, attempt_no, account_id, webhook_id, message_id,
        started_at, verdict, status, total_us)
    SELECT i, 1, account, id, postern.uuid7(), clock_timestamp() - ago, verdict, 200, us
      FROM hook, generate_series(1, many) AS i
$$;
SELECT pg_temp.attempt(20, '1 s', 'delivered', 20000),
       pg_temp.attempt(10, '2 s', 'rejected', 90000),
       pg_temp.attempt(50, '1 min', 'delivered', 50);
SELECT is((r.attempts::numeric, r.taken::numeric, r.failed::numeric, r.median),
    (3.0, 2.0, 1.0, interval '20 ms'), 'attempts of the last ten seconds count, a second')
  FROM postern.rates() AS r;
SELECT cmp_ok(r.published, '>=', 0.3::real, 'and events that were published')
  FROM postern.rates() AS r;

-- What may be wrong ----------------------------------------------------------

SELECT is_empty($$
    SELECT * FROM postern.checkup() AS c
     WHERE c.state IN ('good', 'look', 'bad') IS NOT TRUE OR c.what IS NULL OR c.found IS NULL
        OR (c.advice IS NULL) <> (c.state = 'good')
    $$, 'each finding has a state, and advice unless it is good');
CREATE FUNCTION pg_temp.state(which text) RETURNS text
LANGUAGE sql AS $$ SELECT c.state FROM postern.checkup() AS c WHERE c.what = which $$;
SELECT is(pg_temp.state('workers'), 'bad', 'without a worker nothing is sent');
SELECT is(pg_temp.state('credentials'), 'look', 'without a token nobody may call');
SELECT postern.issue_token(account) FROM hook;
SELECT is(pg_temp.state('credentials'), 'good', 'with one somebody may');
SELECT is(pg_temp.state('working hours'), 'good', 'the API is open');
SELECT postern.close_on((now() AT TIME ZONE 'UTC')::date);
SELECT is(pg_temp.state('working hours'), 'look', 'or closed');
SELECT is(pg_temp.state('clock'), 'good', 'upkeep goes by the clock');
UPDATE postern.upkeep SET trusted = trusted - interval '1 day';
SELECT is(pg_temp.state('clock'), 'look', 'unless it has jumped');
SELECT is(pg_temp.state('signing'), 'good', 'all was signed');
SELECT pg_temp.attempt(1, '1 s', 'unsigned', 1);
SELECT is(pg_temp.state('signing'), 'bad', 'what cannot be signed is bad');
SELECT is(pg_temp.state('sealing key'), 'bad', 'so is a missing sealing key');
SELECT postern.add_sealing_key('postern-public-1 '
    || '0123456789abcdef ' || encode(sha256('key'), 'base64'));
SELECT is(pg_temp.state('sealing key'), 'good', 'and one in use is good');

SELECT * FROM finish();
ROLLBACK;
