-- plans.sql - plans made while the tables are small do when they are not.
BEGIN;
SET client_min_messages = warning;
CREATE EXTENSION IF NOT EXISTS pgtap;
SELECT no_plan();
\ir ../lib/claim.sql

CREATE TEMP TABLE v AS
SELECT postern.create_account('plans ' || n) AS a, n
  FROM generate_series(1, 4) AS n;
SELECT postern.add_event_type('p.event');
CREATE FUNCTION pg_temp.add_webhooks(account integer, first integer,
    last integer) RETURNS void
LANGUAGE sql AS $$
    WITH new AS (
        INSERT INTO postern.webhook (account_id, id, url, canonical_url)
        SELECT a, postern.uuid7(), 'https://h.example/' || i,
               'https://h.example/' || i
          FROM v, generate_series(first, last) AS i
         WHERE v.n = account
        RETURNING account_id, id
    )
    INSERT INTO postern.subscription (account_id, webhook_id, event_type_id)
    SELECT new.account_id, new.id, t.id
      FROM new, postern.event_type AS t WHERE t.name = 'p.event'
$$;
CREATE FUNCTION pg_temp.read() RETURNS bigint
LANGUAGE sql AS $$
    SELECT coalesce(seq_tup_read, 0) + coalesce(idx_tup_fetch, 0)
      FROM pg_stat_xact_user_tables WHERE relid = 'postern.webhook'::regclass
$$;
CREATE FUNCTION pg_temp.publish() RETURNS bigint
LANGUAGE sql AS $$
    SELECT count(postern.publish(a, 'p.event', '{}')) FROM v WHERE v.n = 1
$$;
CREATE FUNCTION pg_temp.claim() RETURNS bigint
LANGUAGE sql AS $$
    SELECT count(c.webhook_id)
      FROM pg_temp.claim_all(100, 8) AS c
$$;

CREATE FUNCTION pg_temp.scans(suffix text) RETURNS bigint
LANGUAGE sql AS $$
    SELECT pg_stat_get_xact_numscans(
        to_regclass('postern.message_' || to_char((now() AT TIME ZONE 'UTC')::date + 1,
            'YYYYMMDD') || suffix))
$$;

-- 8 registrations in one call: how many of its webhooks' ids it passes.
CREATE FUNCTION pg_temp.register() RETURNS bigint
LANGUAGE plpgsql AS $$
DECLARE
    passed bigint := pg_stat_get_xact_tuples_returned('postern.webhook_id_key'::regclass);
BEGIN
    PERFORM postern.register(array_agg(postern.uuid7()), array_agg(t.hash),
        array_agg(u.url), array_agg(u.url), array_agg(n), array_agg('p.event'::text),
        array_agg('\x00112233445566aa'::bytea), array_agg(sha256('e')),
        array_agg(substr(sha256(n::text::bytea), 1, 24)),
        array_agg(sha256('b') || substr(sha256('b'), 1, 16)))
       FROM generate_series(1, 8) AS n
      CROSS JOIN LATERAL concat('https://r.example/', gen_random_uuid(), n) AS u (url)
      CROSS JOIN token AS t;
    RETURN pg_stat_get_xact_tuples_returned('postern.webhook_id_key'::regclass) - passed;
END
$$;
CREATE TEMP TABLE token AS
SELECT sha256(convert_to(postern.issue_token(a), 'UTF8')) AS hash FROM v WHERE n = 3;
SELECT postern.open_always();
SELECT postern.add_sealing_key('postern-public-1 00112233445566aa '
    || encode(sha256('k'), 'base64'));

SELECT postern.add_day('message', (now() AT TIME ZONE 'UTC')::date + 1);
ANALYZE postern.message;
SELECT pg_temp.register() FROM generate_series(1, 8);
SELECT pg_temp.add_webhooks(n, 1, 16) FROM v;
ANALYZE postern.webhook, postern.subscription;
SELECT pg_temp.publish() FROM generate_series(1, 8);
SELECT is(pg_temp.claim(), 75::bigint, 'few webhooks'' deliveries are claimed');

SELECT pg_temp.add_webhooks(1, 17, 1000);
CREATE TEMP TABLE before AS SELECT pg_temp.read() AS read;
SELECT pg_temp.publish();
SELECT cmp_ok(pg_temp.read() - b.read, '<', 3000::bigint,
    'publishing to 1,000 reads each a few times') FROM before AS b;
UPDATE before SET read = pg_temp.read();
SELECT pg_temp.claim();
SELECT cmp_ok(pg_temp.read() - b.read, '<', 1000::bigint,
    'and claiming 75 reads no more than theirs') FROM before AS b;

SELECT cmp_ok(pg_temp.register(), '<', 500::bigint,
    'and registering passes no webhooks but its own');

-- So are the plans of a worker that has run since yesterday, when somebody
-- analysed all tables.
WITH tomorrow AS (
    INSERT INTO postern.message (id, account_id, event_type_id, owed, body)
    SELECT postern.first_uuid7(now() + interval '1 day'), v.a, t.id, 1, '{}'
      FROM v, postern.event_type AS t
     WHERE v.n = 1 AND t.name = 'p.event'
    RETURNING id
)
INSERT INTO postern.fresh (account_id, webhook_id, message_id)
SELECT w.account_id, w.id, tomorrow.id
  FROM tomorrow, v CROSS JOIN LATERAL (
       SELECT w.account_id, w.id FROM postern.webhook AS w
        WHERE w.account_id = v.a LIMIT 1) AS w
 WHERE v.n = 2;
SELECT pg_temp.claim() FROM generate_series(1, 20);
SELECT ok(pg_temp.scans('_pkey') > 0 AND pg_temp.scans('_account_id_xid_id_idx') = 0,
    'messages of a day that was empty are found by their key');

SELECT is_empty($$
    SELECT p.oid::regprocedure FROM pg_proc AS p
     WHERE p.pronamespace = 'postern'::regnamespace
       AND 'enable_seqscan=off' = ANY (p.proconfig)
       AND 'enable_bitmapscan=off' <> ALL (p.proconfig)
    $$, 'what uses indexes alone uses no bitmaps either');

-- What is read in part of a table of millions, seems dear enough to compile.
SELECT is_empty($$
    SELECT p.oid::regprocedure FROM pg_proc AS p
     WHERE p.pronamespace = 'postern'::regnamespace
       AND p.proname IN ('claim', 'publish', 'register')
       AND 'jit=off' <> ALL (p.proconfig)
    $$, 'what is called all the time is not compiled');

SELECT * FROM finish();
ROLLBACK;
