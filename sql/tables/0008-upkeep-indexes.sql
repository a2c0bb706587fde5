-- 0008-upkeep-indexes.sql - what upkeep and operators look for is found by an
-- index, however much there is.

\ir ../indexes/0008-upkeep-indexes.sql

-- It has the day in its name now.
ALTER TABLE postern.message_default DROP CONSTRAINT IF EXISTS message_default_before;
ALTER TABLE postern.attempt_default DROP CONSTRAINT IF EXISTS attempt_default_before;

-- It is called by workers now, and has other arguments.
DROP FUNCTION IF EXISTS postern.turn_days(text, date, date);
