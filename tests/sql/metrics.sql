-- metrics.sql - what /metrics learns from the database, and what the processes
-- tell it.
BEGIN;
SET client_min_messages = warning;
CREATE EXTENSION IF NOT EXISTS pgtap;
SELECT no_plan();

CREATE FUNCTION pg_temp.metric(what text, which text DEFAULT '')
RETURNS double precision LANGUAGE sql AS $$
    SELECT m.value FROM postern.metrics() AS m WHERE m.name = what AND m.labels = which
$$;
CREATE TEMP TABLE hook AS
SELECT postern.create_account('metrics.sql') AS account, postern.uuid7() AS id;
SELECT postern.add_event_type('metrics.event');
INSERT INTO postern.webhook (account_id, id, url, canonical_url)
SELECT account, id, 'https://metrics.example/?key=hidden', 'https://metrics.example/?key=hidden'
  FROM hook;
INSERT INTO postern.subscription (account_id, webhook_id, event_type_id)
SELECT account, hook.id, t.id FROM hook, postern.event_type AS t WHERE t.name = 'metrics.event';
CREATE TEMP TABLE before AS SELECT * FROM postern.metrics();

SELECT is_empty($$ SELECT name, labels FROM before GROUP BY name, labels HAVING count(*) > 1 $$,
    'no sample comes twice');
SELECT is_empty($$ SELECT * FROM before WHERE name !~ '^postern_[a-z_]+$' OR value IS NULL $$,
    'each has a name and a value');
SELECT is_empty($$
    SELECT * FROM before
     WHERE labels !~ '^([a-z_]+="([^"\\]|\\.)*"(,[a-z_]+="([^"\\]|\\.)*")*)?$'
    $$, 'labels are written as Prometheus has them');
SELECT is(postern.metric_label('x', E'a"b\\c\nd'), E'x="a\\"b\\\\c\\nd"',
    'what would end a label is escaped');

-- The queue ------------------------------------------------------------------

DELETE FROM postern.fresh;
DELETE FROM postern.lane;
SELECT is(pg_temp.metric('postern_owed_oldest_seconds', 'queue="fresh"'), 0::double precision,
    'nothing waits');
SELECT postern.publish(account, 'metrics.event', '{}') FROM hook;
UPDATE postern.fresh SET message_id = postern.first_uuid7(now() - interval '90 s');
SELECT ok(pg_temp.metric('postern_owed_oldest_seconds', 'queue="fresh"') BETWEEN 90 AND 150,
    'what is fresh has waited since it was published');
SELECT is(o.fresh_since, NULL, 'from a bound on, what is before it is not looked at')
  FROM hook, postern.oldest_waiting(9223372036854775807, '-infinity') AS o;
SELECT is(o.low, f.id, 'the bound is the first that there is')
  FROM postern.fresh AS f, postern.oldest_waiting(0, '-infinity') AS o;
INSERT INTO postern.lane (account_id, webhook_id, next_at)
SELECT account, id, now() - interval '40 s' FROM hook;
SELECT ok(pg_temp.metric('postern_owed_oldest_seconds', 'queue="backlog"') BETWEEN 40 AND 100,
    'a backlog has waited since it was due');
UPDATE postern.lane SET next_at = 'infinity';
SELECT is(pg_temp.metric('postern_owed_oldest_seconds', 'queue="backlog"'), 0::double precision,
    'one that is held does not wait');
SELECT is(pg_temp.metric('postern_messages_published_total'), b.value + 1,
    'messages are counted as they are published')
  FROM before AS b WHERE b.name = 'postern_messages_published_total';
SELECT is(pg_temp.metric('postern_partitions_ahead', 'table="message"'),
    10::double precision, 'partitions are there for ten days');
DO $$ BEGIN
    EXECUTE to_char((now() AT TIME ZONE 'UTC')::date + 3,
        '"DROP TABLE postern.message_"YYYYMMDD');
END $$;
SELECT is(pg_temp.metric('postern_partitions_ahead', 'table="message"'),
    2::double precision, 'up to the first day that has none');

-- Webhooks -------------------------------------------------------------------

UPDATE postern.webhook SET state = 'disabled', disabled_by = 'worker', updated_at = now();
SELECT is(pg_temp.metric('postern_webhooks', 'state="disabled"'), 1::double precision,
    'webhooks that are disabled are counted');
SELECT is(pg_temp.metric('postern_webhooks_disabled_last_hour', 'by="worker"'),
    1::double precision, 'and of the last hour, by whom they were');
UPDATE postern.webhook SET updated_at = now() - interval '2 h';
SELECT is(pg_temp.metric('postern_webhooks_disabled_last_hour', 'by="worker"'),
    0::double precision, 'not those of before');
UPDATE postern.lane SET failures = 3, failing_since = now();
SELECT results_eq('SELECT webhook_id, failures FROM postern.worst_webhooks',
    'SELECT id, 3 FROM hook', 'a webhook that fails is among the worst');
SELECT results_eq('SELECT account_id, webhooks FROM postern.worst_accounts',
    'SELECT account, 1::bigint FROM hook', 'and its account');

-- Processes ------------------------------------------------------------------

CREATE TEMP TABLE me AS SELECT postern.uuid7() AS id, postern.sign_on(NULL) AS number;
CREATE FUNCTION pg_temp.tell(host text, counters text) RETURNS void LANGUAGE sql AS $$
    SELECT postern.report(me.id, 'postern-delivery', host, 77, '1.2', me.number, 64, 5, '3 s',
               counters) FROM me
$$;
SELECT pg_temp.tell('here', 'a 1');
SELECT results_eq($$ SELECT host, process, version, places, sending, connected
                       FROM postern.workers JOIN me USING (number) $$,
    $$ VALUES ('here', 77, '1.2', 64, 5, true) $$, 'a worker says what it is');
SELECT ok(seen_at - last_turn BETWEEN interval '2 s' AND interval '4 s',
    'and how long ago its main loop turned')
  FROM postern.workers JOIN me USING (number);
SELECT pg_temp.tell('here', 'a 2');
SELECT is(s.of_processes, E'here:77\na 2', 'what it counts is told to others, as it is by now')
  FROM postern.scrape(postern.uuid7(), 0, '-infinity') AS s;
SELECT is(s.of_processes, NULL, 'and not to itself')
  FROM me, postern.scrape(me.id, 0, '-infinity') AS s;
SELECT is(count(*), (SELECT count(*) FROM postern.metrics()), 'the rest is as metrics() has it')
  FROM postern.scrape(postern.uuid7(), 0, '-infinity') AS s,
       string_to_table(s.of_database, E'\n');
UPDATE postern.process SET seen_at = now() - interval '31 s';
SELECT is(s.of_processes, NULL, 'one that has not called for long is not counted')
  FROM postern.scrape(postern.uuid7(), 0, '-infinity') AS s;
SELECT is(pg_temp.metric('postern_processes', 'program="postern-delivery"'),
    0::double precision, 'as it does not run');
UPDATE postern.process SET seen_at = now() - interval '2 h', session = -1;
SELECT postern.report(postern.uuid7(), 'postern-responder', 'there', 78, '1.2', NULL, 9, 2, '0',
    'b 1');
SELECT is(count(*), 1::bigint, 'and in the end it is forgotten') FROM postern.process;
SELECT results_eq('SELECT host, threads, busy FROM postern.responders',
    $$ VALUES ('there', 9, 2) $$, 'a responder is one of these');
SELECT throws_ok($$ SELECT postern.report(postern.uuid7(), 'other', 'h', 1, '', NULL, 1, 1,
    '0', '') $$, '42501', NULL, 'there are no other programs');

-- What a program that was taken over may say of itself ------------------------

SELECT pg_temp.tell('here', 'a 3');
SELECT postern.report(id, 'postern-responder', 'false', 79, '1.2', number, 1, 1, '0', 'c 1')
  FROM me;
SELECT results_eq('SELECT host, counters FROM postern.process JOIN me USING (id)',
    $$ VALUES ('here', 'a 3') $$, 'nobody takes the place of the other program');
SELECT postern.report(postern.uuid7(), 'postern-responder', 'false', 79, '1.2', number, 1, 1,
    '1 h', 'c 1') FROM me;
SELECT is_empty('SELECT * FROM postern.workers JOIN me USING (number) WHERE host IS NOT NULL',
    'nor has a responder a worker''s number');
SELECT is(count(*), 1::bigint, 'a session is one process') FROM postern.process;
INSERT INTO postern.process (id, program, host, pid, version, session, seen_at, places,
    in_flight, last_turn, counters)
SELECT postern.uuid7(), program, 'many', n, '', -n, now() - n * interval '1 s', 1, 1, now(), ''
  FROM unnest('{postern-responder,postern-delivery}'::text[]) AS program,
       generate_series(1, 1200) AS n;
SELECT pg_temp.tell('here', 'a 4');
SELECT results_eq('SELECT program, count(*) FROM postern.process GROUP BY 1 ORDER BY 1',
    $$ VALUES ('postern-delivery', 1000::bigint), ('postern-responder', 1200) $$,
    'of many that come and go the last thousand of a program stay');
SELECT is(min(seen_at), now() - interval '999 s', 'those seen last')
  FROM postern.process WHERE program = 'postern-delivery';
CREATE FUNCTION pg_temp.may_report(program text) RETURNS boolean LANGUAGE plpgsql AS $$
BEGIN
    PERFORM postern.report('00000000-0000-7000-8000-000000000000', program, 'h', 1, '', NULL, 1,
        1, '0', '');
    RETURN true;
EXCEPTION WHEN insufficient_privilege THEN
    RETURN false;
END
$$;
CREATE TEMP TABLE may (role text, program text, reports boolean);
GRANT INSERT ON may TO postern_responder, postern_delivery;
SET SESSION AUTHORIZATION postern_responder;
INSERT INTO may
SELECT 'postern_responder', p, pg_temp.may_report(p)
  FROM unnest('{postern-responder,postern-delivery}'::text[]) AS p;
SET SESSION AUTHORIZATION postern_delivery;
INSERT INTO may
SELECT 'postern_delivery', p, pg_temp.may_report(p)
  FROM unnest('{postern-responder,postern-delivery}'::text[]) AS p;
RESET SESSION AUTHORIZATION;
SELECT results_eq('SELECT role, program FROM may WHERE reports ORDER BY 1',
    $$ VALUES ('postern_delivery', 'postern-delivery'),
           ('postern_responder', 'postern-responder') $$,
    'each role reports as its own program alone');
SELECT is(count(*), 4::bigint, 'whatever it says') FROM may;

SELECT * FROM finish();
ROLLBACK;
