-- graphile-empty.sql - no job that is due, no attempt.
DELETE FROM graphile_worker._private_jobs WHERE run_at < now() + '30 minutes';
TRUNCATE bench.attempt;
VACUUM ANALYZE graphile_worker._private_jobs;
CHECKPOINT;
