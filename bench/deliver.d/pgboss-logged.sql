-- pgboss-logged.sql - deliveries that have an attempt which was taken.
SELECT count(DISTINCT message_id) FROM bench.attempt WHERE status = 204;
