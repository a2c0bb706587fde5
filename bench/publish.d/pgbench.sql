-- pgbench.sql - so many messages of one account in one transaction.
\set a random(1, :accounts)
SELECT count(postern.publish(
    ('01900000-0000-7000-8000-' || lpad(to_hex(:a::int), 12, '0'))::uuid,
    'payment.settled',
    jsonb_build_object('reference', 'invoice ' || n, 'amount', '12.50',
        'currency', 'EUR')))
FROM generate_series(1, :messages) AS n;
