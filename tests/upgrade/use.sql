-- use.sql - what fill.sql left is used, as a worker, the API and operators do;
-- a line for each thing that is wrong.
\set ON_ERROR_STOP on
SET client_min_messages = warning;
\ir ../lib/claim.sql
CREATE FUNCTION pg_temp.kept(name text) RETURNS text LANGUAGE sql AS $$
    SELECT k.value FROM public.kept AS k WHERE k.name = kept.name
$$;
CREATE FUNCTION pg_temp.hash(name text) RETURNS bytea LANGUAGE sql AS $$
    SELECT sha256(convert_to(pg_temp.kept(name), 'UTF8'))
$$;

-- The API.
SELECT 'webhooks are listed: ' || to_jsonb(a)::text
  FROM postern.api('list_webhooks', pg_temp.hash('token 1'), '{}', '{}', NULL) AS a
 WHERE a.outcome <> 'ok' OR jsonb_array_length(a.body::jsonb -> 'data') <> 5;
SELECT 'one is read with a client''s token: ' || to_jsonb(a)::text
  FROM postern.api('get_webhook', pg_temp.hash('client token'),
       ARRAY[pg_temp.kept('webhook 2')], '{}', NULL) AS a
 WHERE a.outcome <> 'ok' OR a.body::jsonb -> 'ordered' <> 'true';
SELECT 'its deliveries are listed: ' || to_jsonb(a)::text
  FROM postern.api('list_deliveries', pg_temp.hash('token 1'),
       ARRAY[pg_temp.kept('webhook 1')], '{}', NULL) AS a
 WHERE a.outcome <> 'ok' OR a.body::jsonb #>> '{data,-1,attempts,0,number}' <> '1';
SELECT 'events are listed: ' || to_jsonb(a)::text
  FROM postern.api('list_events', pg_temp.hash('token 1'), '{}', '{}', NULL) AS a
 WHERE a.outcome <> 'ok' OR jsonb_array_length(a.body::jsonb -> 'data') <> 7;
SELECT 'one is disabled: ' || to_jsonb(a)::text
  FROM postern.api('change_webhook', pg_temp.hash('token 1'),
       ARRAY[pg_temp.kept('webhook 1')], '{"enabled": false}', '{*}') AS a
 WHERE a.outcome <> 'ok';
SELECT 'one is registered again: ' || to_jsonb(r)::text
  FROM postern.register(ARRAY[postern.uuid7()], ARRAY[pg_temp.hash('token 1')],
       '{https://h.example/1}', '{https://h.example/1}', '{1}', '{payment.*}',
       ARRAY['\x00000000000000aa'::bytea], ARRAY[sha256('another')],
       ARRAY[substr(sha256('nonce'), 1, 24)],
       ARRAY[sha256('box') || substr(sha256('mac'), 1, 16)]) AS r
 WHERE r.outcome <> 'registered' OR r.webhook_id::text <> pg_temp.kept('webhook 1');
SELECT 'a client gets a token: ' || to_jsonb(t)::text
  FROM postern.oauth_token(pg_temp.kept('client'), pg_temp.hash('client secret'),
       NULL) AS t
 WHERE t.outcome <> 'ok';

-- Publishers.
SELECT 'a deduplication key is remembered: ' || p
  FROM postern.publish(pg_temp.kept('account 1')::uuid, 'payment.settled', '{}', 'once')
       AS p
 WHERE p <> pg_temp.kept('message');

-- Operators.
DO $$
BEGIN
    PERFORM postern.enable_webhook(w.id) FROM postern.webhooks AS w
      WHERE w.state = 'disabled';
END
$$;

-- A worker: all that is owed arrives.
UPDATE postern.in_flight SET lease_until = now() - interval '1 s';
SELECT 'what was in flight is owed again: ' || n
  FROM postern.reclaim('-infinity') AS n WHERE n <> 2;
UPDATE postern.lane_note SET try_at = now();
SELECT 'no webhook changes by a note: ' || to_jsonb(n)::text FROM postern.apply_notes() AS n;
UPDATE postern.backlog SET due_at = now();
CREATE PROCEDURE pg_temp.work() LANGUAGE plpgsql AS $$
DECLARE
    c record;
BEGIN
    FOR round IN 1 .. 100 LOOP
        UPDATE postern.lane SET cool_until = NULL, rate_next_at = NULL,
               probing = false, next_at = '-infinity';
        FOR c IN SELECT * FROM pg_temp.claim_all()
                  WHERE webhook_id IS NOT NULL LOOP
            PERFORM FROM postern.record(ARRAY[c.id], ARRAY[c.attempt_no], '{sent}',
                '{delivered}', '{5}', '{0}', '{0}', '{0}', '{200}', '{1}', '{2}',
                '{3}', '{4}', '{5}', '{192.0.2.1:443}', '{TLSv1.3}', '{ok}',
                ARRAY[NULL::text]);
        END LOOP;
        EXIT WHEN NOT EXISTS (
            SELECT FROM postern.deliveries AS d WHERE d.state IN ('owed', 'held'));
    END LOOP;
END
$$;
CALL pg_temp.work();
SELECT 'not ' || d.state || ': ' || to_jsonb(d)::text FROM postern.deliveries AS d
 WHERE d.state <> 'sent' AND (d.state, d.webhook_id::text) NOT IN (
       ('cancelled', pg_temp.kept('webhook 4')), ('cancelled', pg_temp.kept('webhook 5')));
SELECT 'all deliveries are there: ' || n
  FROM (SELECT count(*) FROM postern.deliveries) AS d (n) WHERE n <> 41;
SELECT 'a worker goes idle: ' || i.sleep FROM postern.go_idle(false) AS i
 WHERE i.sleep <> 'listening';

-- A client that has read some of its events reads on.
SELECT postern.publish(pg_temp.kept('account 1')::uuid, 'payment.settled', '{"n": 8}')
    AS message \gset
SELECT 'behind a cursor is what was left, then what is new: ' || to_jsonb(a)::text
  FROM postern.api('list_events', pg_temp.hash('token 1'), '{}',
       jsonb_build_object('cursor', pg_temp.kept('cursor')), NULL) AS a
 WHERE a.outcome <> 'ok' OR jsonb_array_length(a.body::jsonb -> 'data') <> 6
    OR a.body::jsonb #>> '{data,-2,type}' <> 'postern.webhook.recovered'
    OR a.body::jsonb #>> '{data,-1,id}' <> :'message';
