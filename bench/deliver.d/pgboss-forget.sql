-- pgboss-forget.sql - no job at all.
DELETE FROM pgboss.job;
VACUUM;
