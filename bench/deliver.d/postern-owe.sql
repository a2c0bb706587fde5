-- postern-owe.sql - n deliveries behind a thousand webhooks that cool down.
CREATE TEMPORARY TABLE cold AS
SELECT n, (:'accounts'::uuid[])[1 + n % 4] AS account_id,
       postern.uuid7() AS webhook_id
FROM generate_series(0, 999) AS n;

INSERT INTO postern.webhook (account_id, id, url, canonical_url)
SELECT account_id, webhook_id, u, u
FROM cold, concat('https://cold.example.com/', n) AS u;

CREATE TEMPORARY TABLE event AS
SELECT postern.uuid7() AS id, t.id AS type, t.name
FROM postern.event_type AS t WHERE t.name = 'payment.settled';

INSERT INTO postern.message (id, account_id, event_type_id, owed, body)
SELECT id, NULL, type, :n, postern.write_event(name, :'event', now())
FROM event;

INSERT INTO postern.backlog (id, account_id, webhook_id, message_id, ordered,
    attempt_no, retry_no, due_at)
SELECT nextval('postern.delivery_id'), c.account_id, c.webhook_id, e.id,
       false, 1, 1, now()
FROM event AS e, generate_series(1, :n) AS i JOIN cold AS c ON c.n = i % 1000;

INSERT INTO postern.lane (account_id, webhook_id, next_at, cool_until,
    failures, failing_since, failed_at)
SELECT account_id, webhook_id, 'infinity', 'infinity', 1, now(), now()
FROM cold;
VACUUM ANALYZE;
