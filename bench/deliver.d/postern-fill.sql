-- postern-fill.sql - events enough that n deliveries are owed.
SELECT count(postern.publish(
    (:'accounts'::uuid[])[1 + i % cardinality(:'accounts'::uuid[])],
    'payment.settled', :'event'))
FROM generate_series(1, :n / :fan_out) AS i;
VACUUM ANALYZE postern.fresh, postern.message;
