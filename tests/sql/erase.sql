-- erase.sql - an account is erased, a message, and what told of a deleted webhook.
BEGIN;
SET client_min_messages = warning;
CREATE EXTENSION IF NOT EXISTS pgtap;
SELECT no_plan();
\ir ../lib/claim.sql

SELECT postern.open_always(), postern.add_event_type('e.event');
INSERT INTO postern.sealing_key VALUES ('\x0123456789abcdef', sha256('key'))
ON CONFLICT DO NOTHING;
CREATE TEMP TABLE v AS
SELECT n, postern.create_account('erase.sql ' || n) AS id
  FROM generate_series(1, 2) AS n;
ALTER TABLE v ADD token text;
UPDATE v SET token = postern.issue_token(id);
CREATE FUNCTION pg_temp.account(n integer DEFAULT 1) RETURNS uuid
LANGUAGE sql AS $$ SELECT id FROM v WHERE v.n = account.n $$;
CREATE TEMP TABLE w AS
SELECT v.n, v.id AS account, postern.uuid7() AS id, i
  FROM v, generate_series(1, 3) AS i;
INSERT INTO postern.webhook (account_id, id, url, canonical_url, state, updated_at)
SELECT account, id, 'https://e.example/' || i, 'https://e.example/' || i,
       CASE i WHEN 3 THEN 'deleted' ELSE 'enabled' END, now() - interval '2 days' FROM w;
INSERT INTO postern.subscription (account_id, webhook_id, event_type_id)
SELECT w.account, w.id, t.id FROM w, postern.event_type AS t
 WHERE w.i < 3 AND t.name = 'e.event';
INSERT INTO postern.secret (account_id, webhook_id, id, key_id, ephemeral, nonce, box)
SELECT w.account, w.id, w.id, '\x0123456789abcdef', sha256(''), substr(sha256(''), 1, 24),
       sha256('') || substr(sha256(''), 1, 16) FROM w WHERE w.i < 3;
INSERT INTO postern.webhook_headers
    (account_id, webhook_id, id, names, key_id, ephemeral, nonce, box)
SELECT w.account, w.id, w.id, '{Authorization}', '\x0123456789abcdef', sha256(''),
       substr(sha256(''), 1, 24), sha256('') || sha256('') || substr(sha256(''), 1, 16)
  FROM w WHERE w.i < 3;
UPDATE postern.webhook AS h SET headers_id = h.id FROM w WHERE w.id = h.id AND w.i < 3;
INSERT INTO postern.health (account_id, webhook_id, hour, attempts, taken)
SELECT account, id, 0, array_fill(1, ARRAY[24]), array_fill(1, ARRAY[24]) FROM w;
CREATE FUNCTION pg_temp.hook(n integer, i integer) RETURNS uuid
LANGUAGE sql AS $$ SELECT id FROM w WHERE w.n = hook.n AND w.i = hook.i $$;
CREATE FUNCTION pg_temp.work() RETURNS integer LANGUAGE plpgsql AS $$
DECLARE
    past uuid;
BEGIN
    FOR n IN 0 .. 2000 LOOP
        past := postern.work(past);
        IF past IS NULL THEN
            RETURN n;
        END IF;
    END LOOP;
END
$$;
-- How many rows of each table have an account's id anywhere.
CREATE FUNCTION pg_temp.left_of(account uuid) RETURNS TABLE (name text, many bigint)
LANGUAGE plpgsql AS $$
BEGIN
    FOR name IN
        SELECT c.relname FROM pg_class AS c
         WHERE c.relnamespace = 'postern'::regnamespace AND c.relkind IN ('r', 'p')
           AND NOT c.relispartition
         ORDER BY c.relname
    LOOP
        EXECUTE format('SELECT count(*) FROM postern.%I AS t WHERE t::text ~ $1', name)
           INTO many USING account::text;
        IF many > 0 THEN
            RETURN NEXT;
        END IF;
    END LOOP;
END
$$;
-- So many deliveries to a webhook that are over, with errors and answers.
CREATE FUNCTION pg_temp.over(who integer, which integer, many integer) RETURNS void
LANGUAGE sql AS $$
    INSERT INTO postern.attempt (delivery_id, attempt_no, account_id, webhook_id,
        message_id, started_at, verdict, outcome, status, peer, answer, error,
        answer_headers)
    SELECT nextval('postern.delivery_id'), a, w.account, w.id,
           postern.uuid7(), clock_timestamp(), 'rejected',
           (ARRAY[NULL, 'sent', 'failed', 'cancelled'])[1 + a % 4], 500, '192.0.2.1:443',
           'Cannot POST /1', 'its certificate is for "e.example"',
           'Location: https://e.example/1'
      FROM w, generate_series(1, many) AS a WHERE w.n = who AND w.i = which
$$;

-- What told of a webhook ------------------------------------------------------

SELECT pg_temp.over(1, 1, 20), pg_temp.over(1, 2, 20);
SELECT is((postern.api('delete_webhook', sha256(convert_to(token, 'UTF8')),
    ARRAY[pg_temp.hook(1, 1)::text], '{}', NULL)).outcome, 'no_content',
    'a webhook is deleted') FROM v WHERE n = 1;
SELECT is_empty('SELECT FROM postern.webhook_headers WHERE webhook_id = pg_temp.hook(1, 1)
    UNION ALL SELECT FROM postern.webhook WHERE id = pg_temp.hook(1, 1) AND headers_id IS NOT NULL',
    'and its headers with it');
SELECT results_eq('SELECT url, canonical_url COLLATE "default" FROM postern.webhook
    WHERE id = pg_temp.hook(1, 1)',
    $$SELECT 'deleted:' || u, 'deleted:' || u FROM pg_temp.hook(1, 1) AS u$$,
    'its URL is gone');
SELECT pg_temp.work();
SELECT results_eq('SELECT webhook_id, count(*), count(verdict), count(status),
        count(error) + count(answer) + count(answer_headers) + count(peer)
    FROM postern.attempt GROUP BY 1 ORDER BY 1',
    $$VALUES (pg_temp.hook(1, 1), 20::bigint, 20::bigint, 20::bigint, 0::bigint),
        (pg_temp.hook(1, 2), 20, 20, 20, 80)$$,
    'of its attempts all that may repeat it, and no other webhook''s');
SELECT is_empty('SELECT FROM postern.task', 'no task is left');
INSERT INTO postern.in_flight (id, account_id, webhook_id, message_id, ordered, attempt_no,
    retry_no, lease_until)
SELECT nextval('postern.delivery_id'), pg_temp.account(), pg_temp.hook(1, 1),
       postern.uuid7(), false, 1, 0, now();
SELECT postern.leave_task(pg_temp.account(), pg_temp.hook(1, 1), 'scrub');
SELECT pg_temp.work();
SELECT results_eq('SELECT worked_at > clock_timestamp(), last_round FROM postern.task',
    'VALUES (true, true)', 'what is in flight is waited for');
DELETE FROM postern.in_flight;
SELECT pg_temp.over(1, 1, 1);
UPDATE postern.task SET worked_at = now();
SELECT pg_temp.work();
SELECT is_empty('SELECT FROM postern.attempt WHERE webhook_id = pg_temp.hook(1, 1)
    AND num_nonnulls(error, answer, answer_headers, peer) > 0', 'and what it told is gone as well');

-- A message -------------------------------------------------------------------

DELETE FROM postern.attempt;
CREATE TEMP TABLE m AS
SELECT n, postern.publish(pg_temp.account(n), 'e.event', '{"who": "Ann"}', 'k') AS id
  FROM generate_series(1, 2) AS n;
INSERT INTO m SELECT 3, postern.publish_to_all('e.event', '{"who": "Bob"}');
CREATE FUNCTION pg_temp.message(n integer) RETURNS uuid
LANGUAGE sql AS $$ SELECT substr(id, 5)::uuid FROM m WHERE m.n = message.n $$;
SELECT throws_ok(format('SELECT postern.erase_message(%L)', id), 'P0002', NULL,
    format('there is no message %L', id))
  FROM (VALUES ('msg_'), (NULL), ('x'), ('msg_' || repeat('0', 32))) AS u (id);
-- Answered, and to be sent again.
INSERT INTO postern.attempt (delivery_id, attempt_no, account_id, webhook_id, message_id,
    started_at, verdict, status, answer, answer_headers)
SELECT f.id, 1, f.account_id, f.webhook_id, f.message_id, now(), 'rejected', 400,
       convert_to('no such person: Ann', 'UTF8'), 'X-Person: Ann' FROM postern.fresh AS f;
WITH moved AS (
    DELETE FROM postern.fresh RETURNING *
)
INSERT INTO postern.backlog (id, account_id, webhook_id, message_id, ordered, attempt_no,
    retry_no, due_at)
SELECT id, account_id, webhook_id, message_id, false, 1, 1, now() FROM moved;
SELECT postern.erase_message(id) FROM m WHERE n IN (1, 3);
SELECT results_eq($$SELECT m.n, b.data ->> 'who', b.erased_at IS NOT NULL
    FROM m JOIN postern.messages AS b ON b.id = m.id ORDER BY m.n$$,
    $$VALUES (1, NULL, true), (2, 'Ann', false), (3, NULL, true)$$,
    'the data of a message is erased, and operators see that');
SELECT results_eq($$SELECT b.body::jsonb - 'timestamp' FROM postern.message AS b
    WHERE b.id = pg_temp.message(1)$$,
    $$VALUES ('{"type": "e.event", "data": null, "erased": true}'::jsonb)$$,
    'so do readers of the feed');
SELECT is(count(body), 0::bigint, 'it is not sent') FROM pg_temp.claim_all()
 WHERE message_id IN (pg_temp.message(1), pg_temp.message(3));
UPDATE postern.in_flight SET webhook_id = account_id;
SELECT pg_temp.work();
SELECT results_eq('SELECT account_id, count(*) FILTER (WHERE answer = ''[erased]''), count(answer)
    FROM postern.attempt GROUP BY 1, message_id ORDER BY 1, message_id',
    $$VALUES (pg_temp.account(), 1::bigint, 1::bigint), (pg_temp.account(), 1, 1),
        (pg_temp.account(2), 0, 2), (pg_temp.account(2), 2, 2)$$,
    'nor kept in what was answered');
SELECT is_empty('SELECT FROM postern.attempt WHERE concat(encode(answer, ''escape''), encode(answer_headers, ''escape'')) ~ ''Ann''
    AND message_id <> pg_temp.message(2)', 'anywhere');
SELECT lives_ok(format('SELECT postern.erase_message(%L)', id), 'it may be erased again')
  FROM m WHERE n = 1;
SELECT pg_temp.work();
UPDATE postern.attempt SET outcome = 'failed' WHERE outcome IS NULL;
SELECT is(bool_or(postern.replay(delivery_id)), false, 'it is not replayed')
  FROM postern.attempt WHERE message_id = pg_temp.message(1);
SELECT is(postern.redeliver(account_id, webhook_id, delivery_id), 'no_such',
    'nor by its account') FROM postern.attempt WHERE message_id = pg_temp.message(1) LIMIT 1;
SELECT is(postern.publish(pg_temp.account(), 'e.event', '{"who": "Ann"}', 'k'), id,
    'its deduplication key stands for it') FROM m WHERE n = 1;
DELETE FROM postern.in_flight;
DELETE FROM postern.backlog;
DELETE FROM postern.attempt;

-- Before it is backlogged a worker cancels what waits.
INSERT INTO postern.backlog (id, account_id, webhook_id, message_id, ordered, attempt_no,
    retry_no, due_at)
SELECT nextval('postern.delivery_id'), account, id, pg_temp.message(1), false, 1, 1, now()
  FROM w WHERE n = 1 AND i = 2;
SELECT postern.erase_message(id) FROM m WHERE n = 1;
SELECT pg_temp.work();
SELECT results_eq('SELECT verdict, outcome FROM postern.attempt',
    $$VALUES ('cancelled', 'cancelled')$$, 'what is owed of it is cancelled');

-- An account ------------------------------------------------------------------

SELECT postern.tidy('webhooks');
SELECT results_eq('SELECT account_id, id FROM postern.removed_webhook ORDER BY id',
    'SELECT account, id FROM w WHERE i = 3 ORDER BY id', 'what has been removed is remembered');
SELECT pg_temp.over(n, i, 600) FROM w;
SELECT postern.publish(pg_temp.account(n), 'e.event', '{}', 'k' || i)
  FROM v, generate_series(1, 300) AS i;
CREATE TEMP TABLE c AS SELECT v.n, c.* FROM v, postern.create_client(v.id, 'x') AS c;
SELECT postern.oauth_token(client_id::text, sha256(convert_to(client_secret, 'UTF8')), NULL)
  FROM c;
SELECT pg_temp.claim_all(50);
INSERT INTO postern.lane_note (account_id, webhook_id, news)
SELECT account, id, 'open' FROM w WHERE i = 2;
SELECT postern.replay(pg_temp.hook(n, 2), '-infinity', 'infinity') FROM v;
INSERT INTO postern.idempotency_key (owner_id, key, fingerprint, message_ids)
SELECT v.id, i, sha256(''), ARRAY[postern.uuid7()] FROM v, generate_series(1, 250) AS i;
CREATE TEMP TABLE before AS SELECT * FROM pg_temp.left_of(pg_temp.account(2));
SELECT cmp_ok(count(*), '>=', 14::bigint, 'an account has something in each table') FROM before;

SELECT throws_ok(format('SELECT postern.delete_account(%L)', id), 'P0002', NULL,
    format('there is no account %L', id))
  FROM (VALUES (NULL), (postern.uuid7())) AS u (id);
SELECT postern.delete_account(pg_temp.account());
SELECT is((postern.api('list_webhooks', sha256(convert_to(token, 'UTF8')), '{}', '{}', NULL))
    .outcome, 'invalid_token', 'the token of an account that is deleted is none') FROM v
 WHERE n = 1;
SELECT is((postern.oauth_token(client_id::text, sha256(convert_to(client_secret, 'UTF8')),
    NULL)).outcome, 'invalid_client', 'nor is its client one') FROM c WHERE n = 1;
SELECT throws_ok(format('SELECT postern.publish(%L, ''e.event'', ''{}'')', pg_temp.account()),
    'P0002', NULL, 'nothing is published to it');
SELECT throws_ok(format('SELECT postern.delete_account(%L)', pg_temp.account()), 'P0002', NULL,
    'nor is it deleted again');
SELECT postern.work(NULL);
SELECT is(count(*), 0::bigint, 'soon its webhooks are sent nothing') FROM postern.webhook
 WHERE account_id = pg_temp.account() AND state <> 'deleted';
-- As a publisher does whose transaction was open.
SELECT pg_temp.work();
SELECT results_eq('SELECT * FROM pg_temp.left_of(pg_temp.account())',
    $$VALUES ('erasure', 1::bigint)$$, 'nothing is left but a row that says so');
SELECT is_empty($$SELECT FROM postern.webhook WHERE account_id = pg_temp.account()
    UNION ALL SELECT FROM postern.secret WHERE account_id = pg_temp.account()
    UNION ALL SELECT FROM postern.webhook_headers WHERE account_id = pg_temp.account()$$,
    'no webhook, no secret, no headers');
SELECT results_eq('SELECT ended_at >= began_at, webhooks, messages, keys, tokens, clients
    FROM postern.erasures', 'VALUES (true, 2::bigint, 301::bigint, 551::bigint, 2::bigint, 1::bigint)',
    'with how much there was');
SELECT cmp_ok(deliveries, '>=', 1650::bigint, 'of deliveries') FROM postern.erasures;
SELECT results_eq('SELECT * FROM pg_temp.left_of(pg_temp.account(2))', 'SELECT * FROM before',
    'others have all that they had');
SELECT is(count(*), 1::bigint, 'and a message to all stays') FROM postern.message
 WHERE id = pg_temp.message(3);
SELECT is_empty('SELECT FROM postern.task WHERE ended_at IS NULL', 'nothing is left to do');
SELECT isnt(postern.create_account('erase.sql 1'), NULL, 'its name is free');

-- What is late ----------------------------------------------------------------

SELECT postern.delete_account(pg_temp.account(2));
SELECT postern.work(NULL);
-- A publisher's transaction that is open keeps the first round from being the
-- last: here, as if its delivery had come when that was over.
UPDATE postern.task SET part = 'wait', worked_at = now() WHERE kind = 'erase';
INSERT INTO postern.fresh (account_id, webhook_id, message_id)
SELECT account, id, postern.uuid7() FROM w WHERE n = 2;
INSERT INTO postern.message (id, account_id, event_type_id, owed, body)
SELECT f.message_id, f.account_id, 1, 1, '{}' FROM postern.fresh AS f
 WHERE f.account_id = pg_temp.account(2) ORDER BY f.id DESC LIMIT 1;
SELECT pg_temp.work();
SELECT results_eq('SELECT * FROM pg_temp.left_of(pg_temp.account(2))',
    $$VALUES ('erasure', 1::bigint)$$, 'what comes late is found by the last round');

SELECT * FROM finish();
ROLLBACK;
