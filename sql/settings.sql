-- settings.sql - views of what holds for all accounts.

-- Working hours --------------------------------------------------------------

CREATE OR REPLACE VIEW postern.working_hours AS
SELECT s.time_zone,
       (ARRAY['mon','tue','wed','thu','fri','sat','sun'])[o.weekday] AS weekday,
       o.opens, o.closes
  FROM postern.schedule AS s, postern.opening AS o
 ORDER BY o.weekday, o.opens, o.closes;
COMMENT ON VIEW postern.working_hours IS
'When the API is open, up to and not including closes; no rows: always, except on holidays.';
COMMENT ON COLUMN postern.working_hours.time_zone IS 'the time zone of opens and closes';
COMMENT ON COLUMN postern.working_hours.weekday IS 'mon to sun';
COMMENT ON COLUMN postern.working_hours.opens IS 'the first instant that is open';
COMMENT ON COLUMN postern.working_hours.closes IS 'the first instant that is not open';

CREATE OR REPLACE VIEW postern.holidays AS
SELECT h.day, h.reason
  FROM postern.holiday AS h
 ORDER BY h.day;
COMMENT ON VIEW postern.holidays IS
'Days on which the API is closed.';
COMMENT ON COLUMN postern.holidays.day IS 'in the time zone of the working hours';
COMMENT ON COLUMN postern.holidays.reason IS 'as given to close_on';

-- Sending --------------------------------------------------------------------

CREATE OR REPLACE VIEW postern.delivery_settings AS
SELECT s.retention,
       CASE WHEN s.retry_schedule IS NOT NULL THEN ARRAY(
           SELECT d.seconds * interval '1 s'
             FROM unnest(s.retry_schedule) WITH ORDINALITY AS d (seconds, n)
            ORDER BY d.n) END AS retry_schedule
  FROM postern.delivery_setting AS s;
COMMENT ON VIEW postern.delivery_settings IS
'What holds for all deliveries. One row.';
COMMENT ON COLUMN postern.delivery_settings.retention IS
'how long messages and attempts are kept: set_retention';
COMMENT ON COLUMN postern.delivery_settings.retry_schedule IS
'the delays between attempts, for webhooks that have none of their own: set_retry_schedule; NULL:
the default';
