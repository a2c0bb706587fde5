-- hours.sql - working hours, holidays, and when the API opens next.
BEGIN;
SET client_min_messages = warning;
CREATE EXTENSION IF NOT EXISTS pgtap;
SELECT no_plan();

SELECT postern.open_always();
UPDATE postern.schedule SET time_zone = 'UTC';

-- Windows --------------------------------------------------------------------

CREATE FUNCTION pg_temp.windows() RETURNS text LANGUAGE sql AS $$
    SELECT string_agg(format('%s %s-%s', weekday, left(opens::text, 5),
        left(closes::text, 5)), ', ') FROM postern.working_hours
$$;
CREATE FUNCTION pg_temp.set(VARIADIC windows text[]) RETURNS text
LANGUAGE sql AS $$
    SELECT postern.set_working_hours('UTC', VARIADIC windows);
    SELECT pg_temp.windows();
$$;
SELECT is(pg_temp.set(VARIADIC given), wanted, array_to_string(given, ' and '))
  FROM (VALUES
    (ARRAY['mon 08:00-18:00'], 'mon 08:00-18:00'),
    (ARRAY['  Mon   08:00-18:00 '], 'mon 08:00-18:00'),
    (ARRAY['mon-wed 08:00-18:00'],
     'mon 08:00-18:00, tue 08:00-18:00, wed 08:00-18:00'),
    (ARRAY['sat-mon 10:00-14:00'],
     'mon 10:00-14:00, sat 10:00-14:00, sun 10:00-14:00'),
    (ARRAY['tue 13:00-18:00', 'tue 08:00-12:00'],
     'tue 08:00-12:00, tue 13:00-18:00'),
    (ARRAY['fri 22:00-02:00'], 'fri 22:00-24:00, sat 00:00-02:00'),
    (ARRAY['sun 22:00-02:00'], 'mon 00:00-02:00, sun 22:00-24:00'),
    (ARRAY['sun 22:00-00:00'], 'sun 22:00-24:00'),
    (ARRAY['sun 22:00-24:00'], 'sun 22:00-24:00'),
    (ARRAY['thu 00:00-24:00'], 'thu 00:00-24:00'),
    (ARRAY['thu 01:00-02:00', 'thu 01:00-02:00'], 'thu 01:00-02:00'),
    ('{}', NULL)) AS v (given, wanted);
SELECT throws_ok(format('SELECT postern.set_working_hours(''UTC'', %L)', text),
    '22023', format('invalid window of working hours: "%s"',
        coalesce(text, 'NULL')), format('no window: %L', text))
  FROM (VALUES (''), (NULL), ('mon'), ('mon 08:00'), ('mon 8:00-18:00'),
    ('mon 08:00-25:00'), ('mon 08:60-18:00'), ('mon 24:00-02:00'),
    ('mon 08:00-08:00'), ('mon 08:00 18:00'), ('moo 08:00-18:00'),
    ('mon- 08:00-18:00'), ('mon-fri-sat 08:00-18:00'), ('08:00-18:00'),
    ('monday 08:00-18:00'), ('mon 08:00-24:01')) AS v (text);

SELECT throws_ok(format(
    'SELECT postern.set_working_hours(%L, ''mon 08:00-09:00'')', zone), '22023', format('there is no time zone "%s"',
    coalesce(zone, 'NULL')), format('no time zone: %L', zone))
  FROM (VALUES ('Europe/Nowhere'), (''), (NULL), ('UTC+3'), ('+02'))
       AS v (zone);
SELECT lives_ok('SELECT postern.set_working_hours(''europe/berlin'',
    ''mon-fri 08:00-18:00'')', 'a time zone in lower case');
SELECT is(time_zone, 'Europe/Berlin', 'is written as it should be')
  FROM postern.working_hours LIMIT 1;
SELECT throws_ok('SELECT postern.set_working_hours(''UTC'', ''mon 08:00-09:00'',
    ''x'')', '22023', NULL, 'of several windows one is wrong');
SELECT is(count(*), 5::bigint, 'nothing is changed by an error')
  FROM postern.working_hours WHERE time_zone = 'Europe/Berlin';

-- Open and closed: to the second ---------------------------------------------

SELECT postern.set_working_hours('Europe/Berlin', 'mon-fri 08:00-18:00',
    'fri 22:00-02:00');
SELECT is(postern.seconds_until_open(at::timestamptz), wanted, name)
  FROM (VALUES
    ('2026-11-24 08:00:00+01', NULL, 'the first second is open'),
    ('2026-11-24 07:59:59+01', 1, 'the second before is not'),
    ('2026-11-24 07:59:59.9+01', 1, 'parts of a second count up'),
    ('2026-11-24 07:00:00.001+01', 3600, 'parts of a second count up'),
    ('2026-11-24 17:59:59.999+01', NULL, 'the last second is open'),
    ('2026-11-24 18:00:00+01', 14 * 3600, 'the closing time is closed'),
    ('2026-11-27 18:00:00+01', 4 * 3600, 'the second window of a day'),
    ('2026-11-27 23:59:59.999+01', NULL, 'before midnight in a window'),
    ('2026-11-28 00:00:00+01', NULL, 'midnight in a window'),
    ('2026-11-28 01:59:59+01', NULL, 'the last second after midnight'),
    ('2026-11-28 02:00:00+01', 54 * 3600, 'a weekend'))
    AS v (at, wanted, name);

SELECT postern.close_on('2026-11-30', 'a Monday');
SELECT is(postern.seconds_until_open('2026-11-28 02:00:00+01'), 78 * 3600,
    'a holiday after a weekend');
SELECT is(postern.seconds_until_open('2026-11-30 12:00:00+01'), 20 * 3600,
    'a holiday at noon');
SELECT postern.close_on('2026-11-28');
SELECT is(postern.seconds_until_open('2026-11-27 23:59:59+01'), NULL,
    'the evening before a holiday');
SELECT is(postern.seconds_until_open('2026-11-28 00:00:00+01'), 80 * 3600,
    'a holiday cuts a window at midnight');
SELECT results_eq('SELECT day, reason FROM postern.holidays',
    $$ VALUES (date '2026-11-28', NULL), ('2026-11-30', 'a Monday') $$,
    'the view lists holidays');
SELECT postern.close_on('2026-11-28', 'a Saturday');
SELECT postern.close_on('2026-11-30');
SELECT results_eq('SELECT day, reason FROM postern.holidays',
    $$ VALUES (date '2026-11-28', 'a Saturday'), ('2026-11-30', 'a Monday') $$,
    'a reason may be given later, and stays');
SELECT postern.open_on('2026-11-30');
SELECT is(postern.seconds_until_open('2026-11-30 12:00:00+01'), NULL,
    'a holiday is undone');
SELECT throws_ok('SELECT postern.open_on(''2026-11-30'')', 'P0002',
    date '2026-11-30' || ' is not a holiday', 'what is no holiday cannot be undone');
SELECT throws_ok(format('SELECT postern.close_on(%L)', day), '22023', NULL,
    format('no day: %L', day))
  FROM (VALUES ('infinity'), (NULL)) AS v (day);

-- No windows -----------------------------------------------------------------

SELECT postern.open_always();
SELECT is(postern.seconds_until_open(now()), NULL, 'without hours it is open');
SELECT is_empty('SELECT 1 FROM postern.working_hours UNION ALL
    SELECT 1 FROM postern.holidays', 'open_always leaves no rule');
SELECT postern.close_on('2026-12-25'), postern.close_on('2026-12-26');
SELECT is(postern.seconds_until_open(at::timestamptz), wanted, name)
  FROM (VALUES
    ('2026-12-24 23:59:59+01', NULL, 'before the holidays'),
    ('2026-12-25 00:00:00+01', 48 * 3600, 'from their midnight'),
    ('2026-12-26 23:59:59+01', 1, 'to their last second'),
    ('2026-12-27 00:00:00+01', NULL, 'after the holidays'))
    AS v (at, wanted, name);
SELECT postern.close_on(date '2026-12-25' + n) FROM generate_series(0, 99) AS n;
SELECT is(postern.seconds_until_open('2026-12-25 00:00:00+01'),
    99 * 86400 + 82800, 'a hundred holidays over a change of the clock');
SELECT postern.close_on(date '2026-12-25' + n)
  FROM generate_series(0, 500) AS n;
SELECT is(postern.seconds_until_open('2026-12-25 00:00:00+01'), 86400,
    'never open within 400 days: ask again in a day');
SELECT is(postern.seconds_until_open(NULL), NULL, 'NULL in, NULL out');

-- Both changes of the clock, against a scan by minutes -----------------------

SELECT postern.open_always();
CREATE TEMP TABLE span (weekday integer, opens time, closes time);
INSERT INTO span VALUES
    (1, '09:00', '17:00'), (3, '09:00', '17:00'), (5, '08:00', '12:00'),
    (6, '22:00', '23:15'), (6, '23:45', '24:00'), (7, '00:00', '00:30'),
    (7, '00:50', '01:20'), (7, '01:40', '01:50'), (7, '02:10', '02:20'),
    (7, '02:40', '02:50'), (7, '03:05', '03:06'), (7, '20:00', '24:00');
CREATE FUNCTION pg_temp.disagreements(
    zone text, first timestamptz, days integer)
RETURNS bigint LANGUAGE sql AS $$
    SELECT postern.set_working_hours(zone, VARIADIC ARRAY(
        SELECT format('%s %s-%s',
                   ('{mon,tue,wed,thu,fri,sat,sun}'::text[])[weekday],
                   left(opens::text, 5), left(closes::text, 5)) FROM span));
    WITH minute AS (
        SELECT at, EXISTS (
                   SELECT FROM span
                    WHERE weekday = extract(isodow FROM at AT TIME ZONE zone)
                      AND (at AT TIME ZONE zone)::time >= opens
                      AND (at AT TIME ZONE zone)::time < closes) AS open
          FROM generate_series(first, first + days * interval '1 day',
               interval '1 minute') AS at
    ), scanned AS (
        SELECT at, open, min(at) FILTER (WHERE open)
                   OVER (ORDER BY at DESC) AS opens
          FROM minute
    )
    SELECT count(*) FILTER (WHERE postern.seconds_until_open(at)
               IS DISTINCT FROM CASE WHEN NOT open THEN
                   extract(epoch FROM opens - at)::integer END)
           + CASE WHEN count(*) FILTER (WHERE open) = 0 THEN 1 ELSE 0 END
      FROM scanned
     WHERE opens IS NOT NULL AND extract(epoch FROM at)::bigint / 60 % 13 = 0
$$;
SELECT is(pg_temp.disagreements(zone, first::timestamptz, 2), 0::bigint,
    format('two days by minutes from %s in %s', first, zone))
  FROM (VALUES ('Europe/Berlin', '2026-03-28 12:00Z'),
    ('Europe/Berlin', '2026-10-24 12:00Z'),
    ('America/New_York', '2026-03-07 18:00Z'),
    ('America/New_York', '2026-10-31 18:00Z'),
    ('Australia/Lord_Howe', '2026-04-04 03:00Z'),
    ('Australia/Lord_Howe', '2026-10-03 03:00Z'),
    ('America/Santiago', '2026-04-04 18:00Z'),
    ('America/Santiago', '2026-09-05 18:00Z'),
    ('Pacific/Apia', '2011-12-29 12:00Z'),
    ('Asia/Kathmandu', '2026-07-04 12:00Z')) AS v (zone, first);

-- The same, in words.
SELECT postern.set_working_hours('Europe/Berlin', 'sun 02:30-04:00');
SELECT is(postern.seconds_until_open(at::timestamptz), wanted, name)
  FROM (VALUES
    ('2026-03-29 00:59:59Z', 1, 'an opening that does not exist: at the leap'),
    ('2026-03-29 01:00:00Z', NULL, 'from 03:00 summer time'),
    ('2026-10-25 00:29:59Z', 1, 'an opening that comes twice: the first'),
    ('2026-10-25 00:59:59Z', NULL, 'is open until the clock goes back'),
    ('2026-10-25 01:00:00Z', 1800, 'is closed again for half an hour'),
    ('2026-10-25 01:30:00Z', NULL, 'and opens a second time'))
    AS v (at, wanted, name);

SELECT * FROM finish();
ROLLBACK;
