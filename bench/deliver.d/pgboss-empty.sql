-- pgboss-empty.sql - no job that is due, no attempt.
DELETE FROM pgboss.job WHERE start_after < now() + interval '30 minutes';
TRUNCATE bench.attempt;
VACUUM ANALYZE;
CHECKPOINT;
