-- job.sql - how many messages are jobs of graphile-worker.
SELECT count(*) FROM graphile_worker._private_jobs;
