-- preload.sql - :rows webhooks straight into the tables, over all accounts.
SET session_replication_role = replica;
SET synchronous_commit = off;

CREATE TEMPORARY TABLE made AS
SELECT a.id AS account_id,
       ('01900000' || lpad(to_hex(n), 8, '0') || '7000a00000000000')::uuid
           AS id,
       'https://hooks.example.com/stored/' || n AS url,
       n
FROM generate_series(1, :rows) AS n
JOIN (SELECT id, row_number() OVER () - 1 AS place, count(*) OVER () AS many
      FROM postern.account WHERE name LIKE 'bench-%') AS a
  ON a.place = n % a.many;

INSERT INTO postern.webhook (account_id, id, url, canonical_url)
SELECT account_id, id, url, url FROM made ORDER BY account_id, n;

INSERT INTO postern.subscription (account_id, webhook_id, event_type_id)
SELECT account_id, made.id, e.id
FROM made, postern.event_type e
WHERE e.name = 'payment.settled' ORDER BY account_id, n;

INSERT INTO postern.secret
    (account_id, webhook_id, id, key_id, ephemeral, nonce, box)
SELECT account_id, made.id, made.id, k.id, decode(repeat('11', 32), 'hex'),
       decode(repeat('22', 24), 'hex'), decode(repeat('33', 48), 'hex')
FROM made, postern.sealing_key k ORDER BY account_id, n;

UPDATE postern.account a
SET webhook_count = m.many
FROM (SELECT account_id, count(*) AS many FROM made GROUP BY account_id) AS m
WHERE a.id = m.account_id;

VACUUM ANALYZE;
