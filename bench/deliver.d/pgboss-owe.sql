-- pgboss-owe.sql - n jobs that are not due.
INSERT INTO pgboss.job (name, data, start_after)
SELECT 'deliver', jsonb_build_object(
    'webhook', i % :webhooks, 'event', jsonb :'event'),
    now() + interval '1 day'
FROM generate_series(1, :n) AS i;
VACUUM ANALYZE;
