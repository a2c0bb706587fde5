-- accounts.sql - accounts to register for; prints a token of each.
-- Each has a second one that pgbench can hash: its hash is the account's number.
SELECT postern.create_account('bench-' || n) AS id, n
INTO TEMPORARY bench_account
FROM generate_series(1, :accounts) AS n;

SELECT postern.set_webhook_limit(id, 100000000) FROM bench_account \g /dev/null

INSERT INTO postern.access_token (account_id, id, hash, expires_at)
SELECT id, gen_random_uuid(), decode(lpad(to_hex(n), 64, '0'), 'hex'),
       now() + '1 year'
FROM bench_account;

SELECT postern.issue_token(id, '1 year') FROM bench_account;
VACUUM ANALYZE;
