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
    state text DEFAULT 'enabled') RETURNS bigint LANGUAGE sql AS $$
    WITH new AS (
        INSERT INTO postern.webhook (account_id, id, url, canonical_url, state)
        SELECT pg_temp.account($1), i.id, 'https://b.example/' || i.id,
               CASE $3 WHEN 'deleted' THEN 'deleted:' || i.id
                   ELSE 'https://b.example/' || i.id END, $3
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

SELECT * FROM finish();
ROLLBACK;
