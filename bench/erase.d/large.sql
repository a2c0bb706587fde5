-- large.sql - what the account has: a message for each ten deliveries, eight of
-- which are over and two wait for a day.
SET synchronous_commit = off;
SET jit = off;

CREATE TEMPORARY TABLE hook AS
SELECT id, row_number() OVER () - 1 AS n
FROM postern.webhook WHERE account_id = :'account';
SELECT count(*) AS webhooks FROM hook \gset

CREATE TEMPORARY TABLE sent AS
SELECT postern.uuid7() AS id, n FROM generate_series(0, :deliveries / 10 - 1) AS n;

INSERT INTO postern.message (id, account_id, event_type_id, owed, body,
    place)
SELECT s.id, :'account', t.id, 10,
       '{"type":"payment.settled","data":"data of the large ' || s.n || '"}',
       nextval('postern.feed')::text::xid8
FROM sent s, postern.event_type t WHERE t.name = 'payment.settled';

INSERT INTO postern.dedup (account_id, key, message_id)
SELECT :'account', 'key-' || n, id FROM sent WHERE n % 10 = 0;

INSERT INTO postern.attempt (delivery_id, attempt_no, account_id, webhook_id,
    message_id, started_at, verdict, outcome, status, answer)
SELECT nextval('postern.delivery_id'), 1, :'account', h.id, s.id, now(),
       'delivered', 'sent', 200, 'data of the large'
FROM sent s CROSS JOIN generate_series(0, 7) AS k
JOIN hook h ON h.n = (s.n * 10 + k) % :webhooks;

INSERT INTO postern.backlog (id, account_id, webhook_id, message_id, ordered,
    attempt_no, retry_no, due_at)
SELECT nextval('postern.delivery_id'), :'account', h.id, s.id, false, 0, 0,
       now() + '1 day'
FROM sent s CROSS JOIN generate_series(8, 9) AS k
JOIN hook h ON h.n = (s.n * 10 + k) % :webhooks;

INSERT INTO postern.lane (account_id, webhook_id, next_at)
SELECT :'account', id, now() + '1 day' FROM hook
ON CONFLICT DO NOTHING;
VACUUM ANALYZE;
