-- 0009-metrics.sql - the index of a large table that the migration wants: made ahead
-- of it (:concurrently), or else by it.

CREATE INDEX :concurrently IF NOT EXISTS webhook_disabled ON postern.webhook (updated_at)
    WHERE state = 'disabled';
