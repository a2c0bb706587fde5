-- empty.sql - no messages, as before the first run.
SELECT to_regclass('graphile_worker._private_jobs') IS NOT NULL AS has_queue \gset
BEGIN;
TRUNCATE postern.message, postern.fresh, postern.dedup;
\if :has_queue
    TRUNCATE graphile_worker._private_jobs;
\endif
COMMIT;
CHECKPOINT;
