-- 0006-upkeep.sql - what the last upkeep saw of the clock, so that a clock that
-- jumps drops nothing.

CREATE TABLE postern.upkeep (
    only_row boolean     CONSTRAINT upkeep_pkey PRIMARY KEY DEFAULT true
        CONSTRAINT upkeep_only_row_check CHECK (only_row),
    seen     timestamptz NOT NULL DEFAULT clock_timestamp(),
    trusted  timestamptz NOT NULL DEFAULT clock_timestamp()
) WITH (fillfactor = 10);
INSERT INTO postern.upkeep DEFAULT VALUES;

-- It returns why not all was done.
DROP FUNCTION IF EXISTS postern.maintain();
DROP FUNCTION IF EXISTS postern.turn_days(text, date, date);
DROP FUNCTION IF EXISTS postern.add_day(text, date);
