-- lanes.sql - claims, outcomes and recovery while another session holds the
-- webhook.
--
-- It is of two sessions, and committed. What would wait fails instead.
SET client_min_messages = warning;
CREATE EXTENSION IF NOT EXISTS pgtap;
CREATE EXTENSION IF NOT EXISTS dblink;
\ir ../lib/claim.sql
SET lock_timeout = '100ms';
SELECT postern.add_event_type('lanes.event');
SELECT dblink_connect('operator', format('host=%s port=%s dbname=%s user=%s',
           split_part(current_setting('unix_socket_directories'), ',', 1),
           current_setting('port'), current_database(), current_user));
CREATE TEMP TABLE hook AS
SELECT n, postern.create_account('lanes.sql ' || n) AS account, postern.uuid7() AS id
  FROM generate_series(1, 5) AS n;
INSERT INTO postern.webhook (account_id, id, url, canonical_url)
SELECT account, id, 'https://lanes.example/' || n, 'https://lanes.example/' || n
  FROM hook;
INSERT INTO postern.subscription (account_id, webhook_id, event_type_id)
SELECT account, hook.id, t.id
  FROM hook, postern.event_type AS t WHERE t.name = 'lanes.event';
CREATE FUNCTION pg_temp.hook(n integer) RETURNS uuid
LANGUAGE sql AS $$ SELECT id FROM hook WHERE hook.n = $1 $$;
CREATE FUNCTION pg_temp.publish(n integer) RETURNS void
LANGUAGE sql AS $$
    SELECT postern.publish(account, 'lanes.event', '{}')
      FROM hook WHERE hook.n = $1
$$;
-- The numbers of the webhooks.
CREATE FUNCTION pg_temp.claim() RETURNS SETOF integer
LANGUAGE sql AS $$
    SELECT hook.n
      FROM pg_temp.claim_all(100, 8) AS c
      JOIN hook ON hook.id = c.webhook_id
     ORDER BY 1
$$;
CREATE FUNCTION pg_temp.record(n integer, outcome text, verdict text)
RETURNS TABLE (change text, reason text)
LANGUAGE sql AS $$
    SELECT r.change, r.reason FROM postern.in_flight AS f, hook,
        postern.record(ARRAY[f.id], ARRAY[f.attempt_no], ARRAY[outcome],
            ARRAY[verdict], '{0}', '{5000}', '{0}', '{1}', '{500}', '{1}',
            '{2}', '{3}', '{4}', '{5}', ARRAY[NULL::text], ARRAY[NULL::text],
            ARRAY[NULL::bytea], ARRAY[NULL::text]) AS r
     WHERE f.webhook_id = hook.id AND hook.n = $1
$$;
CREATE FUNCTION pg_temp.operator(what text) RETURNS void
LANGUAGE plpgsql AS $$
BEGIN
    IF what LIKE 'SELECT%' THEN
        PERFORM * FROM dblink('operator', what) AS t (x text);
    ELSE
        PERFORM dblink_exec('operator', what);
    END IF;
END
$$;
CREATE FUNCTION pg_temp.hold(n integer) RETURNS void
LANGUAGE sql AS $$
    SELECT pg_temp.operator('BEGIN');
    SELECT pg_temp.operator(format('SELECT postern.enable_webhook(%L)',
        pg_temp.hook(n)))
$$;
-- The notes' time comes.
CREATE FUNCTION pg_temp.later() RETURNS void
LANGUAGE sql AS $$ UPDATE postern.lane_note SET try_at = now() $$;
CREATE FUNCTION pg_temp.apply_notes() RETURNS TABLE (change text, reason text)
LANGUAGE sql AS $$
    SELECT s.change, s.reason FROM postern.apply_notes() AS s
$$;
CREATE FUNCTION pg_temp.notes() RETURNS bigint
LANGUAGE sql AS $$ SELECT count(*) FROM postern.lane_note $$;

SELECT no_plan();

-- Claimed ---------------------------------------------------------------------

SELECT postern.set_rate(pg_temp.hook(1), 10000);
SELECT pg_temp.claim();
SELECT is((SELECT count(*) FROM postern.lane), 0::bigint, 'there is no lane');
SELECT pg_temp.hold(1), pg_temp.publish(1), pg_temp.publish(2);
SELECT results_eq('SELECT pg_temp.claim()', 'SELECT 2',
    'a claim passes by a webhook that is held, though its lane is not yet there');
SELECT is(pg_temp.notes(), 1::bigint, 'a note is left');
SELECT ok(wait_ms <= 5, 'a worker waits no longer than to its time')
  FROM postern.go_idle(false);
SELECT pg_temp.later();
SELECT is(url, 'apply_notes', 'which claims tell of')
  FROM pg_temp.claim_all(100, 8);
SELECT is_empty('SELECT * FROM pg_temp.apply_notes()', 'to settle it does not wait');
SELECT is(pg_temp.notes(), 1::bigint, 'and leaves it while the webhook is held');
SELECT is(url, NULL, 'for another second')
  FROM pg_temp.claim_all(100, 8);
SELECT pg_temp.operator('COMMIT');
SELECT pg_temp.claim();
SELECT is((SELECT count(*) FROM postern.in_flight WHERE webhook_id = pg_temp.hook(1)),
    1::bigint, 'the operator''s own change has it looked at');
SELECT pg_temp.later();
SELECT is_empty('SELECT * FROM pg_temp.apply_notes()', 'what is settled');
SELECT is(pg_temp.notes(), 0::bigint, 'is not noted any more');

SELECT pg_temp.record(1, 'sent', 'delivered'), pg_temp.record(2, 'sent', 'delivered');
SELECT pg_temp.claim();
SELECT pg_temp.hold(1), pg_temp.publish(1);
SELECT is_empty('SELECT pg_temp.claim()', 'once more');
SELECT pg_temp.operator('ROLLBACK'), pg_temp.later();
SELECT is_empty('SELECT * FROM pg_temp.apply_notes()', 'when the operator''s change is undone');
SELECT results_eq('SELECT pg_temp.claim()', 'SELECT 1', 'the note does it');
SELECT pg_temp.record(1, 'sent', 'delivered');

-- Recorded --------------------------------------------------------------------

SELECT pg_temp.publish(2), pg_temp.publish(3), pg_temp.publish(4);
SELECT results_eq('SELECT pg_temp.claim()', 'SELECT generate_series(2, 4)',
    'three are in flight');
SELECT pg_temp.hold(3), pg_temp.operator(format('SELECT postern.enable_webhook(%L)',
    pg_temp.hook(4)));
SELECT results_eq($$SELECT change FROM pg_temp.record(2, NULL, 'network')$$,
    $$VALUES ('cools')$$, 'a failure is told to the lane');
SELECT is_empty($$SELECT pg_temp.record(3, NULL, 'network')$$,
    'not so that of a webhook that is held');
SELECT is_empty($$SELECT pg_temp.record(4, 'failed', 'gone')$$,
    'nor is one disabled that is gone');
SELECT is((SELECT count(*) FROM postern.in_flight), 0::bigint,
    'but both are recorded');
SELECT pg_temp.later();
SELECT is_empty('SELECT * FROM pg_temp.apply_notes()', 'they stay so while they are held');
SELECT pg_temp.operator('ROLLBACK'), pg_temp.later();
SELECT bag_eq('SELECT * FROM pg_temp.apply_notes()', $$VALUES ('cools', 'it answered 500'),
    ('disabled', 'it answered 410 Gone')$$, 'when they are free, it is made up for');
SELECT is((SELECT failures FROM postern.lane WHERE webhook_id = pg_temp.hook(3)), 1,
    'the lane knows the failure');
SELECT is((SELECT state FROM postern.webhook WHERE id = pg_temp.hook(4)), 'disabled',
    'and one is disabled');
SELECT is(pg_temp.notes(), 0::bigint, 'no note is left');

-- An account ------------------------------------------------------------------

SELECT postern.enable_webhook(pg_temp.hook(4)), pg_temp.publish(4);
SELECT results_eq('SELECT pg_temp.claim()', 'SELECT 4', 'enabled once more');
SELECT pg_temp.operator('BEGIN'), pg_temp.operator(format(
    'SELECT postern.set_webhook_limit(%L, 9)', account)) FROM hook WHERE n = 4;
SELECT is_empty($$SELECT pg_temp.record(4, 'failed', 'gone')$$,
    'gone again, while its account is held');
SELECT pg_temp.later();
SELECT is_empty('SELECT * FROM pg_temp.apply_notes()', 'it cannot be disabled');
SELECT pg_temp.operator('COMMIT'), pg_temp.later();
SELECT results_eq('SELECT change FROM pg_temp.apply_notes()', $$VALUES ('disabled')$$,
    'until the account is free');
SELECT results_eq($$ SELECT m.body::jsonb #>> '{data,cause}',
        m.body::jsonb #>> '{data,attempt,status}'
     FROM postern.message AS m JOIN postern.event_type AS t ON t.id = m.event_type_id
    WHERE t.name = 'postern.webhook.disabled' AND m.account_id = (
          SELECT account FROM hook WHERE n = 4) $$,
    $$ SELECT 'gone', '500' FROM generate_series(1, 2) $$, 'its account is told, once each time');

-- Recovered -------------------------------------------------------------------

SELECT pg_temp.publish(1), pg_temp.publish(5);
SELECT pg_temp.claim();
SELECT is((SELECT count(*) FROM postern.in_flight), 2::bigint, 'two are in flight');
UPDATE postern.in_flight SET lease_until = now() - interval '1 s';
SELECT pg_temp.hold(5);
SELECT is(postern.reclaim('-infinity'), 2, 'their leases are over, one is held');
SELECT results_eq('SELECT pg_temp.claim()', 'SELECT 1', 'the other goes again');
SELECT pg_temp.operator('ROLLBACK'), pg_temp.later();
SELECT is_empty('SELECT * FROM pg_temp.apply_notes()', 'when that one is free');
SELECT results_eq('SELECT pg_temp.claim()', 'SELECT 5', 'it does so too');
SELECT pg_temp.record(1, 'sent', 'delivered'), pg_temp.record(5, 'sent', 'delivered');

-- What waits ------------------------------------------------------------------

SELECT postern.set_ordered(pg_temp.hook(5), true);
SELECT pg_temp.publish(5), pg_temp.publish(1);
SELECT pg_temp.claim();
SELECT pg_temp.record(1, 'returned', 'returned'), pg_temp.record(5, 'returned', 'returned');
UPDATE postern.backlog SET due_at = now()
 WHERE webhook_id IN (pg_temp.hook(1), pg_temp.hook(5));
SELECT pg_temp.operator('BEGIN');
SELECT pg_temp.operator(format('SELECT postern.cancel(%L::uuid, now() - interval ''1 h'''
    || ', now() + interval ''1 h'')', id)) FROM hook WHERE n IN (1, 5);
UPDATE postern.lane SET next_at = now(), rate_next_at = NULL
 WHERE webhook_id IN (pg_temp.hook(1), pg_temp.hook(5));
SELECT is_empty('SELECT pg_temp.claim()', 'what another session cancels is left');
SELECT is((SELECT count(*) FROM postern.lane WHERE next_at > clock_timestamp()
    AND webhook_id IN (pg_temp.hook(1), pg_temp.hook(5))), 2::bigint,
    'and looked at again a little later');
SELECT pg_temp.operator('ROLLBACK');
UPDATE postern.lane SET next_at = now();
SELECT results_eq('SELECT pg_temp.claim()', 'VALUES (1), (5)',
    'if it is not cancelled after all, it goes');
SELECT pg_temp.record(1, 'sent', 'delivered'), pg_temp.record(5, 'sent', 'delivered');

-- Two claims at once ----------------------------------------------------------

DELETE FROM postern.lane;
SELECT pg_temp.publish(2) FROM generate_series(1, 4);
SELECT pg_temp.operator('BEGIN');
SELECT pg_temp.operator($$SELECT count(*)::text FROM postern.claim(0, 4, '60 s', 8,
    '{}', '{}', 8, '{}', '{}', 8, 8, 8, 8, 8, '{}', 8, '{}', '{}', '{}', '{}',
    NULL, '-infinity')$$);
SELECT results_eq('SELECT pg_temp.claim()', 'SELECT 2',
    'what one claim has taken does not keep another from what is behind it');
SELECT pg_temp.operator('ROLLBACK');
SELECT results_eq('SELECT pg_temp.claim()', 'SELECT 2 FROM generate_series(1, 3)',
    'what it lets go of is found');
DELETE FROM postern.in_flight;

INSERT INTO postern.lane (account_id, webhook_id, next_at)
SELECT account, id, 'infinity' FROM hook WHERE n = 5;
SELECT pg_temp.publish(5), pg_temp.publish(2);
SELECT pg_temp.operator('BEGIN');
SELECT pg_temp.operator(format('SELECT next_at::text FROM postern.lane WHERE webhook_id = %L'
    ' FOR UPDATE', pg_temp.hook(5)));
SELECT results_eq('SELECT pg_temp.claim()', 'SELECT 2',
    'for a lane that another claim has, a claim does not wait');
SELECT is(pg_temp.notes(), 1::bigint, 'but leaves a note');
SELECT pg_temp.operator('ROLLBACK'), pg_temp.later();
SELECT is_empty('SELECT * FROM pg_temp.apply_notes()', 'which is settled when it is free');
SELECT results_eq('SELECT pg_temp.claim()', 'SELECT 5', 'and then it is looked at');
DELETE FROM postern.in_flight;
DELETE FROM postern.lane;

SELECT pg_temp.publish(5), pg_temp.publish(5);
SELECT pg_temp.operator('BEGIN');
SELECT pg_temp.operator(format('DELETE FROM postern.fresh WHERE id = %s', min(id)))
  FROM postern.fresh;
SELECT is_empty('SELECT pg_temp.claim()',
    'the second in order waits for the first, which a claim has not let go of');
SELECT pg_temp.operator('ROLLBACK');
UPDATE postern.lane SET next_at = now();
SELECT results_eq('SELECT pg_temp.claim()', 'SELECT 5', 'then one goes');
SELECT results_eq('SELECT f.id < b.id FROM postern.in_flight AS f
    JOIN postern.backlog AS b ON b.webhook_id = f.webhook_id', 'VALUES (true)',
    'which is the first');
DELETE FROM postern.backlog;
DELETE FROM postern.in_flight;

SELECT * FROM finish();
SELECT dblink_disconnect('operator');
DELETE FROM postern.backlog;
DELETE FROM postern.in_flight;
DELETE FROM postern.attempt;
DELETE FROM postern.lane;
DELETE FROM postern.subscription WHERE webhook_id IN (SELECT id FROM hook);
DELETE FROM postern.webhook WHERE id IN (SELECT id FROM hook);
