-- bounded.sql - one call does little, however much there is.
BEGIN ISOLATION LEVEL READ COMMITTED;
SET client_min_messages = warning;
CREATE EXTENSION IF NOT EXISTS pgtap;
SELECT no_plan();

SELECT postern.open_always(), postern.add_event_type('b.event');
CREATE TEMP TABLE v AS
SELECT n, postern.create_account('bounded.sql ' || n) AS id
  FROM generate_series(1, 3) AS n;
ALTER TABLE v ADD token bytea;
UPDATE v SET token = sha256(convert_to(postern.issue_token(id), 'UTF8'));

CREATE FUNCTION pg_temp.account(n integer) RETURNS uuid
LANGUAGE sql AS $$ SELECT id FROM v WHERE v.n = account.n $$;
CREATE FUNCTION pg_temp.add_webhooks(account integer, many integer,
    OUT added bigint) LANGUAGE sql AS $$
    WITH new AS (
        INSERT INTO postern.webhook (account_id, id, url, canonical_url)
        SELECT pg_temp.account($1), i.id, 'https://b.example/' || i.id,
               'https://b.example/' || i.id
          FROM (SELECT postern.uuid7() AS id FROM generate_series(1, $2)) AS i
        RETURNING id
    )
    SELECT count(*) FROM new
$$;
-- How many pages a statement touches, in whatever it calls.
CREATE FUNCTION pg_temp.pages(statement text) RETURNS bigint
LANGUAGE plpgsql AS $$
DECLARE
    plan json;
BEGIN
    EXECUTE 'EXPLAIN (ANALYZE, BUFFERS, TIMING OFF, FORMAT JSON) ' || statement
       INTO plan;
    plan := plan -> 0 -> 'Plan';
    RETURN (plan ->> 'Shared Hit Blocks')::bigint
        + (plan ->> 'Shared Read Blocks')::bigint;
END
$$;

CREATE FUNCTION pg_temp.add_webhook(account integer, name text) RETURNS uuid
LANGUAGE sql AS $$
    INSERT INTO postern.webhook (account_id, id, url, canonical_url)
    SELECT pg_temp.account($1), postern.uuid7(), u.url, u.url
      FROM concat('https://b.example/', $2) AS u (url)
    RETURNING id
$$;
CREATE FUNCTION pg_temp.fly(account integer) RETURNS void LANGUAGE sql AS $$
    INSERT INTO postern.in_flight (id, account_id, webhook_id, message_id,
        ordered, attempt_no, retry_no, lease_until)
    SELECT nextval('postern.delivery_id'), w.account_id, w.id,
           postern.uuid7(), false, 1, 0, 'infinity'
      FROM postern.webhook AS w WHERE w.account_id = pg_temp.account($1)
$$;
CREATE FUNCTION pg_temp.record(id bigint[], outcome text, verdict text)
RETURNS SETOF text LANGUAGE sql AS $$
    SELECT r.change
      FROM (SELECT array_fill(outcome, ARRAY[n]) AS outcomes,
                   array_fill(verdict, ARRAY[n]) AS verdicts,
                   array_fill(1, ARRAY[n]) AS ones, array_fill(0, ARRAY[n]) AS zeros,
                   array_fill(410, ARRAY[n]) AS statuses,
                   array_fill(NULL::integer, ARRAY[n]) AS times,
                   array_fill(NULL::text, ARRAY[n]) AS texts,
                   array_fill(NULL::bytea, ARRAY[n]) AS answers
              FROM cardinality(id) AS n) AS a,
           postern.record(id, a.ones, a.outcomes, a.verdicts, a.zeros, a.zeros,
               a.zeros, a.zeros, a.statuses, a.times, a.times, a.times,
               a.times, a.times, a.texts, a.texts, a.answers, a.texts) AS r
$$;
CREATE FUNCTION pg_temp.api(operation text, input jsonb, hook uuid,
    who integer DEFAULT 2) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
    digest bytea  := (SELECT token FROM v WHERE n = who);
    wanted text[] := ARRAY[hook::text,
        (SELECT max(b.id)::text FROM postern.backlog AS b)];
    answer postern.api_answer;
BEGIN
    PERFORM set_config('role', 'postern_responder', true);
    answer := postern.api(operation, digest, wanted, input, NULL);
    PERFORM set_config('role', 'none', true);
    RETURN answer.outcome;
END
$$;
CREATE FUNCTION pg_temp.api_pages(operation text, input jsonb, hook uuid,
    who integer DEFAULT 2) RETURNS bigint LANGUAGE sql AS $$
    SELECT pg_temp.pages(format('SELECT pg_temp.api(%L, %L, %L, %s)', operation,
        input, hook, who))
$$;
CREATE TEMP TABLE call (n integer, operation text, input jsonb, most bigint);
INSERT INTO call
VALUES (1, 'list_webhooks', '{}', 2500),
    (2, 'list_webhooks', '{"limit": "100"}', 2000),
    (3, 'get_webhook', '{}', 100),
    (4, 'list_deliveries', '{}', 3000),
    (5, 'list_deliveries', '{"state": "owed", "limit": "100"}', 3500),
    (6, 'list_deliveries', '{"state": "failed"}', 600),
    (7, 'list_deliveries', '{"state": "held"}', 300),
    (8, 'list_deliveries', '{"since": "2020-01-01T00:00:00Z", "until": "2020-01-02T00:00:00Z"}', 1500),
    (9, 'list_events', '{}', 400),
    (10, 'list_event_types', '{}', 100),
    (11, 'test_webhook', '{}', 200),
    (12, 'change_webhook', '{"ordered": true}', 400),
    (13, 'change_webhook', '{"ordered": false, "enabled": false}', 400),
    (14, 'change_webhook', '{"enabled": true, "rate": 5}', 400),
    (15, 'redeliver', '{}', 1000),
    (16, 'replay', '{"since": "2020-01-01T00:00:00Z"}', 16000),
    (17, 'list_events', '{"since": "2999-01-01T00:00:00Z"}', 400),
    (18, 'delete_webhook', '{}', 3000);

-- Plans made while there was nothing are right when there is much ------------

CREATE TEMP TABLE hook AS
SELECT pg_temp.add_webhook(2, 'warm') AS warm;
INSERT INTO postern.backlog (id, account_id, webhook_id, message_id, ordered,
    attempt_no, retry_no, due_at)
SELECT nextval('postern.delivery_id'), pg_temp.account(2), hook.warm,
       postern.uuid7(), false, 0, 0, 'infinity' FROM hook;
SELECT pg_temp.fly(2);
SELECT pg_temp.record(ARRAY(SELECT id FROM postern.in_flight), NULL, 'gone');
SELECT bag_eq('SELECT pg_temp.api(operation, input, warm) FROM hook,
        (SELECT * FROM call ORDER BY n OFFSET 0) AS call
        WHERE operation NOT LIKE ''%_webhook''',
    $$SELECT CASE WHEN operation = 'redeliver' THEN 'accepted' ELSE 'ok' END FROM call
       WHERE operation NOT LIKE '%_webhook'$$, 'all is done while there is little');
SELECT pg_temp.api(operation, input, warm) FROM hook,
    (SELECT * FROM call ORDER BY n OFFSET 0) AS call WHERE operation LIKE '%_webhook';
DELETE FROM postern.in_flight;

-- Webhooks that answer 410, among many ---------------------------------------

SELECT pg_temp.add_webhooks(1, 20000), pg_temp.add_webhooks(2, 300);
SELECT pg_temp.fly(2);
SELECT cmp_ok(pg_temp.pages($$SELECT pg_temp.record(ARRAY(
        SELECT id FROM postern.in_flight), 'failed', 'gone')$$),
    '<', 300 * 200::bigint, 'what a webhook that is gone costs depends on no other');
SELECT is(count(*), 300::bigint, 'and all of them are disabled at once')
  FROM postern.webhooks WHERE account_id = pg_temp.account(2) AND state = 'disabled';

-- The API, of an account that has much of everything -------------------------

SELECT pg_temp.add_webhooks(2, 20000);
UPDATE postern.webhook SET state = 'deleted' WHERE account_id = pg_temp.account(2);
ALTER TABLE hook ADD last uuid;
UPDATE hook SET last = pg_temp.add_webhook(2, 'last');
INSERT INTO postern.backlog (id, account_id, webhook_id, message_id, ordered,
    attempt_no, retry_no, due_at)
SELECT nextval('postern.delivery_id'), pg_temp.account(2), hook.last,
       postern.uuid7(), false, 0, 0, 'infinity'
  FROM hook, generate_series(1, 20000);
INSERT INTO postern.fresh (account_id, webhook_id, message_id)
SELECT pg_temp.account(2), CASE WHEN n > 39990 THEN hook.last ELSE pg_temp.account(2) END,
       postern.uuid7()
  FROM hook, generate_series(1, 40000) AS n;
INSERT INTO postern.attempt (delivery_id, attempt_no, account_id, webhook_id,
    message_id, started_at, verdict, outcome)
SELECT nextval('postern.delivery_id'), 1, pg_temp.account(2), hook.last,
       postern.uuid7(), clock_timestamp(), 'rejected',
       CASE WHEN n % 20 > 0 THEN 'sent' ELSE 'failed' END
  FROM hook, generate_series(1, 40000) AS n;
CREATE FUNCTION pg_temp.quiet() RETURNS uuid LANGUAGE sql AS $$
    SELECT id FROM postern.webhook WHERE account_id = pg_temp.account(1) LIMIT 1
$$;
SELECT cmp_ok(pg_temp.api_pages(operation, input, last), '<', most,
    format('%s %s: %s pages at most', operation, input, most))
  FROM hook, (SELECT * FROM call ORDER BY n OFFSET 0) AS call
 WHERE operation <> 'delete_webhook';
SELECT cmp_ok(pg_temp.api_pages('list_deliveries', '{}', pg_temp.quiet(), 1),
    '<', 1500::bigint, 'nor does an account''s list pass what another is owed');

-- And by statistics that know of one account, and of nothing deleted ---------

ANALYZE postern.webhook, postern.fresh, postern.backlog, postern.attempt;
SELECT pg_temp.add_webhooks(3, 20000);
ANALYZE postern.webhook;
UPDATE postern.webhook SET state = 'deleted' WHERE account_id = pg_temp.account(3);
SELECT pg_temp.api('list_webhooks', '{"limit": "x"}', NULL, 3);
SELECT cmp_ok(pg_temp.api_pages('list_webhooks', '{}', NULL, 3), '<', 1000::bigint,
    'a list passes no deleted webhooks');
SELECT cmp_ok(pg_temp.api_pages('list_deliveries', '{}', pg_temp.quiet(), 1),
    '<', 1500::bigint, 'nor what another account is owed');
SELECT cmp_ok(pg_temp.api_pages(operation, input, last), '<', most,
    format('%s %s: %s pages at most', operation, input, most))
  FROM hook, (SELECT * FROM call ORDER BY n OFFSET 0) AS call WHERE n >= 12;

SELECT * FROM finish();
ROLLBACK;
