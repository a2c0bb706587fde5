-- accounts.sql - accounts whose ids pgbench can make from a number, each with a
-- webhook that subscribes; prints a token of each that may publish.
INSERT INTO postern.account (id, name)
SELECT ('01900000-0000-7000-8000-' || lpad(to_hex(n), 12, '0'))::uuid, 'bench-' || n
FROM generate_series(1, :accounts) AS n;

INSERT INTO postern.webhook (account_id, id, url, canonical_url)
SELECT id, id, url, url
FROM postern.account, concat('https://hooks.example.com/', name) AS url;

INSERT INTO postern.subscription (account_id, webhook_id, event_type_id)
SELECT a.id, a.id, e.id
FROM postern.account a, postern.event_type e
WHERE e.name = 'payment.settled';

UPDATE postern.account SET webhook_count = 1;

SELECT postern.issue_token(id, '1 year', '{messages:write}') FROM postern.account;
VACUUM ANALYZE;
