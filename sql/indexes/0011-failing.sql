-- 0011-failing.sql - the index of a large table that the migration wants: made ahead
-- of it (:concurrently), or else by it.

CREATE INDEX :concurrently IF NOT EXISTS lane_failing
    ON postern.lane (failures DESC, failing_since) WHERE failures > 0;
