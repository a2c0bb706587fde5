-- graphile-forget.sql - no job at all.
TRUNCATE graphile_worker._private_jobs;
