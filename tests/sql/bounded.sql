-- bounded.sql - one call does little, however much there is.
BEGIN;
SET client_min_messages = warning;
CREATE EXTENSION IF NOT EXISTS pgtap;
SELECT no_plan();

SELECT postern.open_always(), postern.add_event_type('b.event');
CREATE TEMP TABLE v AS
SELECT n, postern.create_account('bounded.sql ' || n) AS id
  FROM generate_series(1, 2) AS n;
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

-- Webhooks that answer 410, among many ----------------------------------------

SELECT pg_temp.add_webhooks(1, 20000), pg_temp.add_webhooks(2, 300);
INSERT INTO postern.in_flight (id, account_id, webhook_id, message_id, ordered,
    attempt_no, retry_no, lease_until)
SELECT row_number() OVER (ORDER BY w.id), w.account_id, w.id, postern.uuid7(),
       false, 1, 0, 'infinity'
  FROM postern.webhook AS w WHERE w.account_id = pg_temp.account(2);
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
SELECT cmp_ok(pg_temp.pages($$SELECT pg_temp.record(ARRAY(
        SELECT generate_series(1, 300)), 'failed', 'gone')$$),
    '<', 300 * 100::bigint, 'what a webhook that is gone costs depends on no other');
SELECT is(count(*), 300::bigint, 'and all of them are disabled at once')
  FROM postern.webhooks WHERE account_id = pg_temp.account(2) AND state = 'disabled';

-- The API, of an account that has much of everything ---------------------------

SELECT postern.add_sealing_key('postern-public-1 00112233445566aa '
    || encode(sha256('k'), 'base64'));
SELECT postern.set_webhook_limit(id, 1000000) FROM v;
SELECT pg_temp.add_webhooks(2, 20000);
-- The statistics are of before.
ANALYZE postern.webhook;
UPDATE postern.webhook SET state = 'deleted' WHERE account_id = pg_temp.account(2);
CREATE TEMP TABLE hook AS
WITH new AS (
    INSERT INTO postern.webhook (account_id, id, url, canonical_url)
    SELECT pg_temp.account(2), postern.uuid7(), u.url, u.url
      FROM (VALUES ('https://b.example/last'), ('https://b.example/none')) AS u (url)
    RETURNING id, url
)
SELECT id FROM new WHERE url LIKE '%last';
INSERT INTO postern.backlog (id, account_id, webhook_id, message_id, ordered,
    attempt_no, retry_no, due_at)
SELECT nextval('postern.delivery_id'), pg_temp.account(2), hook.id,
       postern.uuid7(), false, 0, 0, 'infinity'
  FROM hook, generate_series(1, 20000);
INSERT INTO postern.fresh (account_id, webhook_id, message_id, ordered)
SELECT pg_temp.account(2), CASE WHEN n > 39990 THEN hook.id ELSE pg_temp.account(2) END,
       postern.uuid7(), false
  FROM hook, generate_series(1, 40000) AS n;
ANALYZE postern.fresh;
INSERT INTO postern.attempt (delivery_id, attempt_no, account_id, webhook_id,
    message_id, started_at, verdict, outcome)
SELECT nextval('postern.delivery_id'), 1, pg_temp.account(2), hook.id,
       postern.uuid7(), clock_timestamp(), 'rejected',
       CASE WHEN n % 20 > 0 THEN 'sent' ELSE 'failed' END
  FROM hook, generate_series(1, 40000) AS n;
CREATE FUNCTION pg_temp.api(operation text, input jsonb DEFAULT '{}',
    of uuid DEFAULT NULL, who integer DEFAULT 2) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
    digest bytea  := (SELECT token FROM v WHERE n = who);
    wanted text[] := ARRAY[coalesce(of, (SELECT id FROM hook))::text,
        (SELECT max(b.id)::text FROM postern.backlog AS b)];
    answer postern.api_answer;
BEGIN
    PERFORM set_config('role', 'postern_responder', true);
    answer := postern.api(operation, digest, wanted, input, NULL);
    PERFORM set_config('role', 'none', true);
    RETURN answer.outcome;
END
$$;
CREATE FUNCTION pg_temp.api_pages(operation text, input jsonb) RETURNS bigint
LANGUAGE plpgsql AS $$
BEGIN
    -- What the session reads once does not count.
    PERFORM pg_temp.api(operation, '{"since": "x", "limit": "x", "url": 1}',
        (SELECT id FROM postern.webhook WHERE url LIKE '%none'));
    RETURN pg_temp.pages(format('SELECT pg_temp.api(%L, %L)', operation, input));
END
$$;
SELECT cmp_ok(pg_temp.api_pages(operation, input), '<', most::bigint,
    format('%s %s: %s pages at most', operation, input, most))
  FROM (VALUES (1, 'list_webhooks', '{}'::jsonb, 2500),
      (2, 'list_webhooks', '{"limit": "100"}', 2000),
      (3, 'get_webhook', '{}', 100),
      (4, 'list_deliveries', '{}', 3000),
      (5, 'list_deliveries', '{"state": "owed", "limit": "100"}', 3500),
      (6, 'list_deliveries', '{"state": "failed"}', 600),
      (7, 'list_deliveries', '{"state": "held"}', 100),
      (8, 'list_deliveries', '{"since": "2020-01-01T00:00:00Z", "until": "2020-01-02T00:00:00Z"}', 1500),
      (9, 'list_events', '{}', 400),
      (10, 'list_event_types', '{}', 100),
      (11, 'test_webhook', '{}', 200),
      (12, 'change_webhook', '{"ordered": true}', 400),
      (13, 'change_webhook', '{"ordered": false, "enabled": false}', 400),
      (14, 'change_webhook', '{"enabled": true, "rate": 5}', 400),
      (15, 'redeliver', '{}', 200),
      (16, 'replay', '{"since": "2020-01-01T00:00:00Z"}', 16000),
      (17, 'delete_webhook', '{}', 3000)) AS o (n, operation, input, most)
 ORDER BY n;
SELECT cmp_ok(pg_temp.pages(format($$SELECT pg_temp.api('list_deliveries', '{}', %L, 1)$$,
        (SELECT id FROM postern.webhook WHERE account_id = pg_temp.account(1) LIMIT 1))),
    '<', 600::bigint, 'nor does an account''s list pass what another is owed');

SELECT * FROM finish();
ROLLBACK;
