-- tasks.sql - what takes long is done by a worker, step by step.
BEGIN;
SET client_min_messages = warning;
CREATE EXTENSION IF NOT EXISTS pgtap;
SELECT no_plan();
\ir ../lib/claim.sql

SELECT postern.open_always(), postern.add_event_type('t.event');
CREATE TEMP TABLE v AS
SELECT n, postern.create_account('tasks.sql ' || n) AS id
  FROM generate_series(1, 2) AS n;
ALTER TABLE v ADD token bytea;
UPDATE v SET token = sha256(convert_to(postern.issue_token(id), 'UTF8'));
CREATE TEMP TABLE w AS
SELECT v.n, v.id AS account, postern.uuid7() AS id FROM v;
INSERT INTO postern.webhook (account_id, id, url, canonical_url)
SELECT account, id, 'https://t.example/', 'https://t.example/' FROM w;
CREATE FUNCTION pg_temp.hook(n integer) RETURNS uuid
LANGUAGE sql AS $$ SELECT id FROM w WHERE w.n = hook.n $$;

CREATE FUNCTION pg_temp.call(operation text, input jsonb DEFAULT '{}',
    id text DEFAULT NULL, who integer DEFAULT 1) RETURNS postern.api_answer
LANGUAGE plpgsql AS $$
DECLARE
    digest bytea  := (SELECT token FROM v WHERE n = who);
    wanted text[] := ARRAY[pg_temp.hook(who)::text, id];
    answer postern.api_answer;
BEGIN
    PERFORM set_config('role', 'postern_responder', true);
    answer := postern.api(operation, digest, wanted, input, NULL);
    PERFORM set_config('role', 'none', true);
    RETURN answer;
END
$$;
-- So many deliveries that have failed, or that wait.
CREATE FUNCTION pg_temp.fail(who integer, many integer) RETURNS void
LANGUAGE sql AS $$
    INSERT INTO postern.attempt (delivery_id, attempt_no, account_id,
        webhook_id, message_id, started_at, verdict, outcome)
    SELECT nextval('postern.delivery_id'), 1, w.account, w.id,
           postern.uuid7(), clock_timestamp(), 'rejected', 'failed'
      FROM w, generate_series(1, many) WHERE w.n = who
$$;
CREATE FUNCTION pg_temp.owe(who integer, many integer) RETURNS void
LANGUAGE sql AS $$
    INSERT INTO postern.backlog (id, account_id, webhook_id, message_id,
        ordered, attempt_no, retry_no, due_at)
    SELECT nextval('postern.delivery_id'), w.account, w.id, postern.uuid7(),
           false, 0, 0, now()
      FROM w, generate_series(1, many) WHERE w.n = who
$$;
CREATE FUNCTION pg_temp.waiting(who integer) RETURNS bigint
LANGUAGE sql AS $$
    SELECT count(*) FROM postern.backlog WHERE webhook_id = pg_temp.hook(who)
$$;
CREATE FUNCTION pg_temp.work() RETURNS integer LANGUAGE plpgsql AS $$
DECLARE
    past uuid;
BEGIN
    FOR n IN 0 .. 200 LOOP
        past := postern.work(past);
        IF past IS NULL THEN
            RETURN n;
        END IF;
    END LOOP;
END
$$;
SELECT is(postern.work(NULL), NULL, 'a worker finds nothing to do');

-- A replay -------------------------------------------------------------------

SELECT pg_temp.fail(1, 1000);
CREATE TEMP TABLE said AS
SELECT (c).outcome, (c).body::jsonb AS body
  FROM (SELECT pg_temp.call('replay', '{"since": "1970-01-01T00:00:00Z"}') AS c) AS c;
SELECT results_eq('SELECT outcome, body FROM said',
    $$VALUES ('ok', '{"deliveries": 1000}'::jsonb)$$, 'of a thousand all go at once');
SELECT is_empty('SELECT FROM postern.task', 'and no task is left');
DELETE FROM postern.backlog;

SELECT pg_temp.fail(1, 1750), pg_temp.owe(1, 250);
TRUNCATE said;
INSERT INTO said
SELECT (c).outcome, (c).body::jsonb
  FROM (SELECT pg_temp.call('replay', '{"since": "1970-01-01T00:00:00Z"}') AS c) AS c;
SELECT results_eq($$SELECT outcome, body - '{id,created_at,url}'::text[] FROM said$$,
    $$VALUES ('accepted', '{"deliveries": 1000, "finished_at": null}'::jsonb)$$,
    'of two thousand one half');
SELECT is(body ->> 'url', format('/v1/webhooks/%s/replays/%s', pg_temp.hook(1),
    body ->> 'id'), 'and the answer says where to look') FROM said;
SELECT is(pg_temp.waiting(1), 1250::bigint, 'which is owed at once');
SELECT is((pg_temp.call('get_replay', '{}', body ->> 'id')).body::jsonb, body,
    'there it says how far it is') FROM said;
SELECT is((pg_temp.call('get_replay', '{}', id)).outcome, 'no_such',
    format('there is no replay %L', id))
  FROM (VALUES ('x'), (NULL), (''), (pg_temp.hook(1)::text)) AS u (id);
SELECT is((pg_temp.call('get_replay', '{}', body ->> 'id', 2)).outcome, 'no_such',
    'nor is it another webhook''s') FROM said;
SELECT is((c).outcome || ': ' || (c).text, 'conflict: A replay is under way: '
    || (body ->> 'url'), 'another has to wait')
  FROM said, (SELECT pg_temp.call('replay',
      '{"since": "1970-01-01T00:00:00Z"}') AS c) AS c;
SELECT is((pg_temp.call('replay', '{"since": "1970-01-01T00:00:00Z"}',
    who => 2)).outcome, 'ok', 'but not that of another webhook');
SELECT is(postern.work(NULL), account, 'a worker goes on') FROM w WHERE n = 1;
SELECT is((pg_temp.call('get_replay', '{}', body ->> 'id')).body::jsonb
    ->> 'deliveries', '1250', 'with 250 at a time') FROM said;
SELECT pg_temp.work();
SELECT is(d ->> 'deliveries' || (d ->> 'finished_at' >= d ->> 'created_at'),
    '2000true', 'to the end')
  FROM said, LATERAL (SELECT (pg_temp.call('get_replay', '{}', body ->> 'id'))
      .body::jsonb AS d) AS d;
SELECT is(count(*) || ' ' || count(DISTINCT id) || ' ' || count(*) FILTER (
    WHERE due_at = '-infinity'), '2000 2000 2000', 'each of them once')
  FROM postern.backlog WHERE webhook_id = pg_temp.hook(1);
SELECT ok(next_at <= clock_timestamp(), 'and their lane is open')
  FROM postern.lane WHERE webhook_id = pg_temp.hook(1);
UPDATE postern.task SET ended_at = now() - interval '25 hours';
SELECT postern.tidy('tasks');
SELECT is_empty('SELECT FROM postern.task', 'a day later it is forgotten');
DELETE FROM postern.backlog;

-- What fails again meanwhile is not replayed twice.
SELECT pg_temp.fail(1, 1500);
SELECT is((pg_temp.call('replay', '{"since": "1970-01-01T00:00:00Z"}')).outcome,
    'accepted', 'while it goes on');
WITH again AS (
    DELETE FROM postern.backlog RETURNING *
)
INSERT INTO postern.attempt (delivery_id, attempt_no, account_id, webhook_id,
    message_id, started_at, verdict, outcome)
SELECT id, 2, account_id, webhook_id, message_id, now(), 'rejected', 'failed'
  FROM again;
SELECT pg_temp.work();
SELECT is(pg_temp.waiting(1), 500::bigint,
    'what has failed once more is not replayed by the same');
DELETE FROM postern.backlog;
DELETE FROM postern.attempt;

-- By operators ---------------------------------------------------------------

SELECT pg_temp.fail(1, 1200);
SELECT is(postern.replay(pg_temp.hook(1), '-infinity', 'infinity'), 1000::bigint,
    'an operator replays a thousand at once');
SELECT results_eq('SELECT kind, deliveries, ended_at FROM postern.tasks
    WHERE ended_at IS NULL', $$VALUES ('replay', 1000::bigint, NULL::timestamptz)$$,
    'and sees the rest in a view');
SELECT pg_temp.work();
SELECT is(pg_temp.waiting(1), 1200::bigint, 'which is done');
INSERT INTO postern.fresh (account_id, webhook_id, message_id)
SELECT account, CASE WHEN i % 2 = 0 THEN id ELSE account END, postern.uuid7()
  FROM w, generate_series(1, 1400) AS i WHERE w.n = 1;
SELECT is(postern.cancel(pg_temp.hook(1), '-infinity', 'infinity'), 500::bigint,
    'of a thousand that are looked at, those of the webhook are cancelled');
SELECT pg_temp.work();
SELECT results_eq($$SELECT deliveries FROM postern.tasks WHERE kind = 'cancel'$$,
    'VALUES (1900::bigint)', 'and then all others');
SELECT is(pg_temp.waiting(1), 0::bigint, 'nothing waits');
SELECT results_eq('SELECT count(*) FILTER (WHERE webhook_id = pg_temp.hook(1)), count(*)
    FROM postern.fresh', 'VALUES (0::bigint, 700::bigint)',
    'nor is fresh, but what is of others');
SELECT is(count(*), 1900::bigint, 'all are on record') FROM postern.attempt
 WHERE outcome = 'cancelled';
DELETE FROM postern.fresh;

-- The order of much that waits -----------------------------------------------

CREATE FUNCTION pg_temp.claim() RETURNS SETOF bigint LANGUAGE sql AS $$
    SELECT c.id FROM pg_temp.claim_all(10, 10) AS c
     WHERE c.webhook_id = pg_temp.hook(1)
$$;
CREATE FUNCTION pg_temp.kinds() RETURNS text LANGUAGE sql AS $$
    SELECT string_agg(k.ordered || ' ' || k.count, ', ' ORDER BY k.ordered)
      FROM (SELECT ordered, count(*) FROM postern.backlog
             WHERE webhook_id = pg_temp.hook(1) GROUP BY ordered) AS k
$$;
SELECT pg_temp.owe(1, 1000);
SELECT is((pg_temp.call('change_webhook', '{"ordered": true}')).outcome, 'ok',
    'a webhook that is owed much is ordered from now on');
SELECT is(pg_temp.kinds(), 'false 1000', 'its backlog is left as it is');
SELECT is_empty('SELECT pg_temp.claim()', 'nothing is sent out of order');
SELECT is(pg_temp.kinds(), 'false 900, true 100', 'a claim puts a few in order');
SELECT is_empty('SELECT pg_temp.claim()', 'and leaves the others');
SELECT is(pg_temp.kinds(), 'false 900, true 100', 'to a task');
SELECT is(postern.work(NULL), account, 'of a worker') FROM w WHERE n = 1;
SELECT is((pg_temp.call('change_webhook', '{"ordered": false}')).outcome, 'ok',
    'meanwhile its order is changed');
SELECT is((pg_temp.call('change_webhook', '{"ordered": true}')).outcome, 'ok',
    'and changed back');
SELECT pg_temp.claim();
SELECT cmp_ok(count(*), '=', 1::bigint, 'there is one task, however often')
  FROM postern.task WHERE kind = 'reorder';
SELECT pg_temp.work();
SELECT is(pg_temp.kinds(), 'true 1000', 'in the end all are in order');
SELECT results_eq('SELECT pg_temp.claim()',
    'SELECT min(id) FROM postern.backlog', 'and the first is sent');
DELETE FROM postern.in_flight;
SELECT pg_temp.call('change_webhook', '{"ordered": false}');
DELETE FROM postern.backlog;
DELETE FROM postern.lane;

-- In turn --------------------------------------------------------------------

SELECT pg_temp.fail(n, 2000) FROM v;
SELECT pg_temp.fail(1, 2000);
SELECT is((pg_temp.call('replay', '{"since": "1970-01-01T00:00:00Z"}', who => n))
    .outcome, 'accepted', format('account %s replays much', n)) FROM v;
CREATE TEMP TABLE turn AS
WITH RECURSIVE t AS (
    SELECT 1 AS n, postern.work(NULL) AS account
    UNION ALL
    SELECT t.n + 1, postern.work(t.account) FROM t WHERE t.n < 8
)
SELECT * FROM t;
SELECT results_eq('SELECT account, count(*) FROM turn GROUP BY account ORDER BY 1',
    'SELECT id, 4::bigint FROM v ORDER BY id', 'accounts take turns');
SELECT is_empty('SELECT FROM turn AS a JOIN turn AS b ON b.n = a.n + 1
    WHERE b.account = a.account', 'one after the other');
UPDATE postern.webhook SET state = 'deleted' WHERE id = pg_temp.hook(1);
SELECT pg_temp.work();
SELECT cmp_ok(deliveries, '<', 4000::bigint, 'what has been deleted is left alone')
  FROM postern.tasks WHERE webhook_id = pg_temp.hook(1) AND kind = 'replay'
   AND account_id = (SELECT id FROM v WHERE n = 1)
 ORDER BY created_at DESC LIMIT 1;
SELECT is_empty('SELECT FROM postern.task WHERE ended_at IS NULL',
    'and nothing is left to do');

SELECT * FROM finish();
ROLLBACK;
