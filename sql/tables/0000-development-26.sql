-- 0000-development-26.sql - from the last schema before 0.1.0, that of its
-- 26th migration, to the baseline. Little but names differs.

ALTER TABLE postern.flight RENAME TO in_flight;
ALTER INDEX postern.flight_pkey RENAME TO in_flight_pkey;
ALTER INDEX postern.flight_lease RENAME TO in_flight_lease;
ALTER INDEX postern.flight_webhook RENAME TO in_flight_webhook;
ALTER INDEX postern.flight_ordered RENAME TO in_flight_ordered;
ALTER TABLE postern.in_flight RENAME number TO attempt_no;
ALTER TABLE postern.in_flight RENAME step TO retry_no;
ALTER TABLE postern.backlog RENAME number TO attempt_no;
ALTER TABLE postern.backlog RENAME step TO retry_no;
ALTER TABLE postern.attempt RENAME number TO attempt_no;
ALTER TABLE postern.lane RENAME slot_at TO rate_next_at;
ALTER TABLE postern.lane RENAME awaiting TO probing;

-- In an order that pg_dump and a restore do not change.
ALTER TABLE postern.webhook
    DROP CONSTRAINT webhook_values_check,
    ADD CONSTRAINT webhook_values_check
        CHECK (state IN ('enabled', 'disabled', 'deleted')
           AND octet_length(url) BETWEEN 1 AND 2048
           AND octet_length(canonical_url) BETWEEN 1 AND 2048);

-- CREATE OR REPLACE keeps the names of arguments and results.
DROP FUNCTION postern.claim;
DROP FUNCTION postern.record;

DELETE FROM postern.migration;
INSERT INTO postern.migration (number, name) VALUES (1, 'baseline');
