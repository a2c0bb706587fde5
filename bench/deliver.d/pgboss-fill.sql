-- pgboss-fill.sql - n jobs that are due.
INSERT INTO pgboss.job (name, data)
SELECT 'deliver', jsonb_build_object(
    'webhook', i % :webhooks, 'event', jsonb :'event')
FROM generate_series(1, :n) AS i;
VACUUM ANALYZE;
