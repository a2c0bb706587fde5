-- fill.sql - some of everything, by the functions of development schema 26.
\set ON_ERROR_STOP on
SET client_min_messages = warning;
SELECT postern.maintain();

SELECT postern.add_event_type('payment.settled', 'a payment has arrived',
    '{"type": "object"}', '{"amount": 1}');
SELECT postern.add_event_type('payment.failed');
SELECT postern.set_working_hours('Europe/Berlin', 'mon-sun 00:00-24:00');
SELECT postern.close_on('2020-01-01', 'long ago');
SELECT postern.add_sealing_key('postern-public-1 00000000000000aa '
    || encode(sha256('sealing'), 'base64'));
SELECT postern.add_signing_key('postern-signing-public-1 00000000000000bb whpk_'
    || encode(sha256('signing'), 'base64'));
SELECT postern.set_retention('20 days');

CREATE TABLE public.kept (name text PRIMARY KEY, value text);
INSERT INTO public.kept
SELECT 'account ' || n, postern.create_account('account ' || n)
  FROM generate_series(1, 2) AS n;
INSERT INTO public.kept
SELECT 'token ' || right(k.name, 1), postern.issue_token(k.value::uuid)
  FROM public.kept AS k WHERE k.name LIKE 'account %';
SELECT postern.set_webhook_limit(value::uuid, 50) FROM public.kept
 WHERE name = 'account 2';
INSERT INTO public.kept
SELECT u.*
  FROM public.kept AS k, postern.create_client(k.value::uuid, 'a program') AS c,
       LATERAL (VALUES ('client', c.client_id::text),
           ('client secret', c.client_secret)) AS u
 WHERE k.name = 'account 1';
INSERT INTO public.kept
SELECT 'client token', t.body::json ->> 'access_token'
  FROM public.kept AS c, public.kept AS s, postern.oauth_token(c.value,
       sha256(s.value::bytea), NULL) AS t
 WHERE c.name = 'client' AND s.name = 'client secret';

-- Webhooks: 1 flows, 2 is ordered, 3 has a rate, 4 is disabled, 5 is deleted,
-- 6 fails; 7 is of the other account. 1 was registered again.
CREATE FUNCTION pg_temp.register(account integer, n integer) RETURNS uuid
LANGUAGE sql AS $$
    SELECT r.webhook_id
      FROM public.kept AS t, postern.register(ARRAY[postern.uuid7()],
           ARRAY[sha256(t.value::bytea)], ARRAY['https://H.example/' || n],
           ARRAY['https://h.example/' || n], '{1,1}',
           '{payment.settled,payment.failed}', ARRAY['\x00000000000000aa'::bytea],
           ARRAY[sha256('ephemeral')], ARRAY[substr(sha256('nonce'), 1, 24)],
           ARRAY[sha256('box') || substr(sha256('mac'), 1, 16)]) AS r
     WHERE t.name = 'token ' || account
$$;
INSERT INTO public.kept SELECT 'webhook ' || n, pg_temp.register(1, n)
  FROM generate_series(1, 6) AS n;
INSERT INTO public.kept VALUES ('webhook 7', pg_temp.register(2, 7));
SELECT pg_temp.register(1, 1);
CREATE FUNCTION pg_temp.hook(n integer) RETURNS uuid
LANGUAGE sql AS $$
    SELECT value::uuid FROM public.kept WHERE name = 'webhook ' || n
$$;
SELECT postern.set_ordered(pg_temp.hook(2), true);
SELECT postern.set_rate(pg_temp.hook(3), 5);
SELECT postern.disable_webhook(pg_temp.hook(4), 'for the time being');

-- Deliveries: first what is sent, what fails and what is retried.
CREATE FUNCTION pg_temp.publish(key text DEFAULT NULL) RETURNS text
LANGUAGE sql AS $$
    SELECT postern.publish(value::uuid, 'payment.settled', '{"amount": 1}', key)
      FROM public.kept WHERE name = 'account 1'
$$;
INSERT INTO public.kept VALUES ('message', pg_temp.publish('once'));
SELECT pg_temp.publish() FROM generate_series(1, 3);
SELECT postern.publish_to_all('payment.failed', '{}', 'for all');
CREATE TEMP TABLE claimed AS
SELECT c.* FROM postern.claim(0, 100, 8, '60 s', '{}', '{}') AS c
 WHERE c.webhook_id IS NOT NULL;
SELECT (SELECT count(*) FROM postern.record(ARRAY[c.id], ARRAY[c.number],
           ARRAY[CASE WHEN NOT failed THEN 'sent' END],
           ARRAY[CASE WHEN failed THEN 'server_error' ELSE 'delivered' END], '{5}',
           '{5000}', '{0}', ARRAY[failed::integer],
           ARRAY[CASE WHEN failed THEN 500 ELSE 200 END], '{1}', '{2}', '{3}', '{4}',
           '{5}', '{192.0.2.1:443}', '{TLSv1.3}', '{ok}', ARRAY[NULL::text]))
  FROM claimed AS c, LATERAL (SELECT c.webhook_id = pg_temp.hook(6)) AS f (failed)
 WHERE c.webhook_id <> pg_temp.hook(2);
SELECT postern.cancel(b.id) FROM postern.backlog AS b
 WHERE b.webhook_id = pg_temp.hook(4) ORDER BY b.id LIMIT 1;
SELECT a.outcome FROM public.kept AS t, postern.api_delete_webhook(
    sha256(t.value::bytea), ARRAY[pg_temp.hook(5)::text], '{}', '{*}') AS a
 WHERE t.name = 'token 1';
INSERT INTO postern.lane_note (account_id, webhook_id, news)
SELECT l.account_id, l.webhook_id, 'open' FROM postern.lane AS l
 WHERE l.webhook_id = pg_temp.hook(6);
-- Then what is in flight, by a lease that is over, and what is fresh.
SELECT pg_temp.publish();
SELECT count(*) FROM postern.claim(0, 100, 8, '1 us', '{}', '{}');
SELECT pg_temp.publish();

-- A client has read some of its events.
INSERT INTO public.kept
SELECT 'cursor', a.body::json ->> 'next_cursor'
  FROM public.kept AS t, postern.api_list_events(
       sha256(t.value::bytea), '{}', '{"limit": "3"}', NULL) AS a
 WHERE t.name = 'token 1';
