-- search.sql - lists begin with what is newest, and pass by little else.
BEGIN;
SET client_min_messages = warning;
CREATE EXTENSION IF NOT EXISTS pgtap;
SELECT no_plan();

-- Two accounts: one has three webhooks, of which the second is disabled and the
-- third is owed nothing, the other has 5,000, and owes 30,000 deliveries.
CREATE TEMP TABLE hook AS
SELECT a.id AS account, postern.uuid7() AS id, w.n
  FROM (SELECT postern.create_account('search ' || i) AS id, i AS n
          FROM generate_series(1, 2) AS i) AS a
 CROSS JOIN LATERAL generate_series(
       CASE a.n WHEN 1 THEN 1 ELSE 4 END, CASE a.n WHEN 1 THEN 3 ELSE 5003 END) AS w (n)
 ORDER BY w.n;
CREATE UNIQUE INDEX ON hook (n);
INSERT INTO postern.webhook (account_id, id, url, canonical_url, state, disabled_by)
SELECT h.account, h.id, u.url, u.url, CASE h.n WHEN 2 THEN 'disabled' ELSE 'enabled' END,
       CASE h.n WHEN 2 THEN 'worker' END
  FROM hook AS h CROSS JOIN LATERAL concat('https://search.example/', h.n) AS u (url);
INSERT INTO postern.lane (account_id, webhook_id, next_at, failures, failing_since)
SELECT account, id, 'infinity', greatest(n - 4991, 0),
       CASE WHEN n > 4991 THEN now() - n * interval '1 s' END FROM hook;

-- Messages 1 to 1,000, of which the last is the newest.
CREATE FUNCTION pg_temp.message(n integer) RETURNS uuid LANGUAGE sql AS $$
    SELECT postern.first_uuid7(now() - interval '10 min' + n * interval '10 ms')
$$;
INSERT INTO postern.message (id, account_id, event_type_id, owed, body)
SELECT pg_temp.message(i), h.account, t.id, 1, '{}'
  FROM generate_series(1, 1000) AS i, hook AS h, postern.event_type AS t
 WHERE h.n = 1 AND t.name = 'postern.test';
CREATE TEMP TABLE made (what text, id bigint DEFAULT nextval('postern.delivery_id'), n integer,
    message integer);
INSERT INTO made (what, n, message)
VALUES ('sent', 1, 1), ('failed', 1, 2), ('cancelled', 1, 3), ('sent', 2, 3), ('waits', 1, 4),
       ('waits', 2, 4), ('flies', 1, 5), ('fresh', 1, 6), ('fresh', 2, 6);
INSERT INTO made (what, n, message)
SELECT w.what, 4 + i % 5000, 7 + i % 900
  FROM (VALUES ('sent'), ('waits'), ('fresh')) AS w (what), generate_series(1, 15000) AS i;
INSERT INTO postern.attempt (delivery_id, attempt_no, account_id, webhook_id, message_id,
    started_at, verdict, outcome, status)
SELECT m.id, 1, h.account, h.id, pg_temp.message(m.message),
       now() - interval '5 min' + m.id % 100000 * interval '1 ms',
       CASE m.what WHEN 'sent' THEN 'delivered' WHEN 'failed' THEN 'rejected' ELSE m.what END,
       m.what, 200
  FROM made AS m JOIN hook AS h USING (n)
 WHERE m.what IN ('sent', 'failed', 'cancelled') ORDER BY m.id;
INSERT INTO postern.backlog (id, account_id, webhook_id, message_id, ordered, attempt_no,
    retry_no, due_at)
SELECT m.id, h.account, h.id, pg_temp.message(m.message), false, 0, 0, now()
  FROM made AS m JOIN hook AS h USING (n) WHERE m.what = 'waits';
INSERT INTO postern.in_flight (id, account_id, webhook_id, message_id, ordered, attempt_no,
    retry_no, lease_until)
SELECT m.id, h.account, h.id, pg_temp.message(m.message), false, 1, 0, now()
  FROM made AS m JOIN hook AS h USING (n) WHERE m.what = 'flies';
INSERT INTO postern.fresh (id, account_id, webhook_id, message_id)
SELECT m.id, h.account, h.id, pg_temp.message(m.message)
  FROM made AS m JOIN hook AS h USING (n) WHERE m.what = 'fresh';
ANALYZE postern.webhook, postern.lane, postern.message, postern.attempt, postern.fresh,
    postern.backlog, postern.in_flight;

-- How many rows and entries of indexes a statement passes, of tables so named.
CREATE FUNCTION pg_temp.passes(statement text, tables text DEFAULT '') RETURNS bigint
LANGUAGE plpgsql AS $$
DECLARE
    counts CONSTANT text := format('SELECT sum(pg_stat_get_xact_tuples_returned(c.oid))'
        ' FROM pg_class AS c WHERE c.relnamespace = ''postern''::regnamespace'
        ' AND c.relkind IN (''r'', ''i'') AND starts_with(c.relname, %L)', tables);
    before bigint;
    after  bigint;
BEGIN
    EXECUTE counts INTO before;
    EXECUTE statement;
    EXECUTE counts INTO after;
    RETURN after - before;
END
$$;

SELECT results_eq('SELECT failures FROM postern.worst_webhooks LIMIT 3', 'VALUES (12), (11), (10)',
    'the webhooks that fail worst come first');
SELECT cmp_ok(pg_temp.passes('SELECT * FROM postern.worst_webhooks', 'lane'), '<', 100::bigint,
    'and others are not passed');
SELECT cmp_ok(pg_temp.passes('SELECT * FROM postern.check_receivers()', 'lane'), '<', 100::bigint,
    'nor by a checkup');
SELECT cmp_ok(pg_temp.passes('SELECT * FROM postern.webhooks ORDER BY id DESC LIMIT 51'), '<',
    300::bigint, 'a list of webhooks passes those alone that it shows');

-- Deliveries -----------------------------------------------------------------

-- The first so many of a list, as postern(1) has it.
CREATE FUNCTION pg_temp.list(hook integer, message integer, wanted_state text, wanted integer)
RETURNS text LANGUAGE sql AS $$
    SELECT string_agg(m.what || m.n || '/' || m.message, ' ' ORDER BY m.id)
      FROM (SELECT d.id
              FROM postern.deliveries AS d
             WHERE d.id = ANY (ARRAY(SELECT postern.newest_deliveries(
                       (SELECT h.id FROM hook AS h WHERE h.n = $1),
                       postern.message_name(pg_temp.message($2)), wanted_state, wanted)))
               AND (wanted_state IS NULL OR d.state = wanted_state)
             ORDER BY d.id DESC
             LIMIT wanted) AS d
      JOIN made AS m USING (id)
$$;
SELECT is(pg_temp.list(hook, message, state, 9), expected,
    concat_ws(' ', 'of', hook, message, state))
  FROM (VALUES
        (1, NULL, NULL, 'sent1/1 failed1/2 cancelled1/3 waits1/4 flies1/5 fresh1/6'),
        (2, NULL, NULL, 'sent2/3 waits2/4 fresh2/6'),
        (3, NULL, NULL, NULL),
        (1, NULL, 'owed', 'waits1/4 flies1/5 fresh1/6'),
        (2, NULL, 'owed', NULL),
        (2, NULL, 'held', 'waits2/4 fresh2/6'),
        (1, NULL, 'sent', 'sent1/1'),
        (1, NULL, 'failed', 'failed1/2'),
        (1, NULL, 'cancelled', 'cancelled1/3'),
        (1, 4, NULL, 'waits1/4'),
        (NULL, 3, NULL, 'cancelled1/3 sent2/3'),
        (NULL, 4, NULL, 'waits1/4 waits2/4'),
        (NULL, 4, 'owed', 'waits1/4'),
        (NULL, 6, 'held', 'fresh2/6'),
        (NULL, NULL, 'failed', 'failed1/2'),
        (NULL, NULL, 'cancelled', 'cancelled1/3'))
       AS c (hook, message, state, expected);
SELECT results_eq(
    format('SELECT d FROM postern.newest_deliveries(NULL, NULL, %L, 9) AS d'
        ' ORDER BY d DESC LIMIT 9', state),
    format('SELECT id FROM made WHERE what = ANY (%L) ORDER BY id DESC LIMIT 9', whats),
    concat_ws(' ', 'of all', state, 'the newest'))
  FROM (VALUES (NULL, '{sent,waits,fresh}'), ('owed', '{waits,fresh}'), ('sent', '{sent}'))
       AS c (state, whats);
SELECT is(pg_temp.list(NULL, NULL, 'held', 9), 'waits2/4', 'what is held is found by its webhook');
SELECT is_empty($$ SELECT postern.newest_deliveries(NULL, 'msg_x', NULL, 9) $$,
    'what is no id is no message''s');
SELECT cmp_ok(pg_temp.passes(format('SELECT postern.newest_deliveries(%L, %L, %L, 51)',
    (SELECT h.id FROM hook AS h WHERE h.n = c.hook), postern.message_name(pg_temp.message(c.message)), c.state)),
    '<', 500::bigint, concat_ws(' ', 'few others are passed of', c.hook, c.message, c.state))
  FROM (VALUES (1, NULL, NULL), (3, NULL, NULL), (1, NULL, 'owed'), (1, NULL, 'sent'),
        (1, 4, NULL), (NULL, 4, NULL)) AS c (hook, message, state);
SELECT cmp_ok(pg_temp.passes(format('SELECT postern.newest_deliveries(NULL, NULL, %L, 51)', state)),
    '<', most::bigint, concat_ws(' ', 'and of all', state))
  FROM (VALUES (NULL, 500), ('owed', 500), ('held', 45000), ('sent', 16000)) AS c (state, most);

-- Attempts -------------------------------------------------------------------

SELECT results_eq($$
    SELECT delivery_id FROM postern.newest_attempts(NULL, NULL, false, now() - interval '1 h', 9)
     ORDER BY started_at DESC LIMIT 9 $$,
    $$ SELECT delivery_id FROM postern.attempt WHERE started_at > now() - interval '1 h'
        ORDER BY started_at DESC LIMIT 9 $$, 'attempts begin with the newest');
SELECT results_eq($$
    SELECT DISTINCT delivery_id FROM postern.newest_attempts(NULL, NULL, true, '-infinity', 9) $$,
    $$ SELECT id FROM made WHERE what = 'failed' $$, 'or with those that failed');
SELECT is_empty($$
    SELECT * FROM postern.newest_attempts(NULL, NULL, false, now() + interval '1 h', 9) $$,
    'and end where it is said');
SELECT results_eq($$
    SELECT DISTINCT a.delivery_id
      FROM hook AS h, postern.newest_attempts(NULL, h.id, false, '-infinity', 9) AS a
     WHERE h.n = 1 ORDER BY 1 $$,
    $$ SELECT id FROM made WHERE what IN ('sent', 'failed') AND n = 1 ORDER BY 1 $$,
    'those of a webhook are found');
SELECT results_eq(
    format('SELECT delivery_id, number FROM postern.newest_attempts(%s, NULL, false, NULL, 9)', id),
    format('SELECT %s::bigint, 1', id), 'and those of a delivery')
  FROM made WHERE what = 'failed';

SELECT * FROM finish();
ROLLBACK;
