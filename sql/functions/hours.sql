-- hours.sql - working hours and holidays: when the API is open.
--
-- An hour of the wall clock can come twice, or not at all, when the zone's
-- offset changes. So nothing here maps local time to instants by itself: it
-- proposes instants, maps them to local time, which is exact, and asks there.

CREATE OR REPLACE FUNCTION postern.parse_time(text text)
RETURNS time
LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE
AS $$
    SELECT CASE WHEN text ~ '^(([01][0-9]|2[0-3]):[0-5][0-9]|24:00)$'
                THEN text::time END
$$;
COMMENT ON FUNCTION postern.parse_time IS
'00:00 to 24:00 as a time; NULL: the text is not a time.';

CREATE OR REPLACE FUNCTION postern.parse_window(window_text text)
RETURNS SETOF postern.opening
LANGUAGE plpgsql IMMUTABLE
AS $$
DECLARE
    days   CONSTANT text[] := '{mon,tue,wed,thu,fri,sat,sun}';
    part   text[] := regexp_match(lower(btrim(window_text)),
        '^([a-z]{3})(?:-([a-z]{3}))?[[:space:]]+([0-9:]{5})-([0-9:]{5})$');
    first  integer := array_position(days, part[1]);
    last   integer := array_position(days, coalesce(part[2], part[1]));
    starts time    := postern.parse_time(part[3]);
    ends   time    := postern.parse_time(part[4]);
BEGIN
    IF first IS NULL OR last IS NULL OR starts IS NULL OR ends IS NULL
        OR starts = ends OR starts = '24:00' THEN
        RAISE EXCEPTION 'invalid window of working hours: "%"',
            coalesce(window_text, 'NULL')
            USING ERRCODE = 'invalid_parameter_value',
                HINT = 'Write a day or a range of days (mon tue wed thu fri'
                    || ' sat sun) and two times from 00:00 to 24:00, such as'
                    || ' ''mon-fri 08:00-18:00'' or ''sat 22:00-02:00''.';
    END IF;
    IF last < first THEN
        last := last + 7;                       -- over the end of the week
    END IF;
    FOR day IN first .. last LOOP
        IF starts < ends THEN
            RETURN NEXT ((day - 1) % 7 + 1, starts, ends);
        ELSE                                    -- over midnight
            RETURN NEXT ((day - 1) % 7 + 1, starts, time '24:00');
            IF ends > '00:00' THEN
                RETURN NEXT (day % 7 + 1, time '00:00', ends);
            END IF;
        END IF;
    END LOOP;
END
$$;
COMMENT ON FUNCTION postern.parse_window IS
'A window such as "mon-fri 08:00-18:00" as one row for each day, split at
midnight. Malformed: invalid_parameter_value.';

CREATE OR REPLACE FUNCTION postern.set_working_hours(
    time_zone text, VARIADIC windows text[])
RETURNS void
LANGUAGE plpgsql VOLATILE SECURITY DEFINER
SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    zone text;
BEGIN
    SELECT z.name INTO zone
      FROM pg_timezone_names AS z
     WHERE lower(z.name) = lower(time_zone)
     LIMIT 1;
    IF zone IS NULL THEN
        RAISE EXCEPTION 'there is no time zone "%"',
            coalesce(time_zone, 'NULL')
            USING ERRCODE = 'invalid_parameter_value',
                HINT = 'For example Europe/Berlin or UTC. All of them:'
                    || ' SELECT name FROM pg_timezone_names';
    END IF;
    UPDATE postern.schedule AS s SET time_zone = zone;
    DELETE FROM postern.opening;
    INSERT INTO postern.opening
    SELECT DISTINCT o.*
      FROM unnest(windows) AS w (text), postern.parse_window(w.text) AS o;
END
$$;
COMMENT ON FUNCTION postern.set_working_hours IS
'Open the API only in these windows, in local time of this time zone:
set_working_hours(''Europe/Berlin'', ''mon-fri 08:00-18:00'', ''sat
22:00-02:00''). Replaces the windows set before; holidays stay. A window is a
day or a range of days, and two times; it may go over midnight. The API is
closed from the second time on. Unknown zone or malformed window:
invalid_parameter_value.';

CREATE OR REPLACE FUNCTION postern.open_always()
RETURNS void
LANGUAGE sql VOLATILE SECURITY DEFINER
SET search_path = pg_catalog, pg_temp
AS $$
    DELETE FROM postern.opening;
    DELETE FROM postern.holiday;
$$;
COMMENT ON FUNCTION postern.open_always IS
'Open the API day and night: removes all working hours and all holidays.';

CREATE OR REPLACE FUNCTION postern.close_on(day date, reason text DEFAULT NULL)
RETURNS void
LANGUAGE plpgsql VOLATILE SECURITY DEFINER
SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
    IF day IS NULL OR NOT isfinite(day) THEN
        RAISE EXCEPTION 'a holiday must be a day, not %', coalesce(day::text, 'NULL')
            USING ERRCODE = 'invalid_parameter_value';
    END IF;
    INSERT INTO postern.holiday AS h (day, reason) VALUES (day, reason)
    ON CONFLICT ON CONSTRAINT holiday_pkey
    DO UPDATE SET reason = coalesce(excluded.reason, h.reason);
END
$$;
COMMENT ON FUNCTION postern.close_on IS
'Make a day a holiday: the API is closed from its midnight to the next, in the
time zone of the working hours.';

CREATE OR REPLACE FUNCTION postern.open_on(day date)
RETURNS void
LANGUAGE plpgsql VOLATILE SECURITY DEFINER
SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
    DELETE FROM postern.holiday AS h WHERE h.day = open_on.day;
    IF NOT FOUND THEN
        RAISE EXCEPTION '% is not a holiday', coalesce(day::text, 'NULL')
            USING ERRCODE = 'no_data_found',
                HINT = 'The holidays: SELECT day, reason FROM postern.holidays';
    END IF;
END
$$;
COMMENT ON FUNCTION postern.open_on IS
'Undo close_on: the day has its usual hours. Not a holiday: no_data_found.';

CREATE OR REPLACE FUNCTION postern.is_open(at timestamptz, zone text)
RETURNS boolean
LANGUAGE plpgsql STABLE STRICT
AS $$
DECLARE
    wall timestamp := at AT TIME ZONE zone;
BEGIN
    RETURN NOT EXISTS (SELECT FROM postern.holiday AS h
                        WHERE h.day = wall::date)
       AND (NOT EXISTS (SELECT FROM postern.opening)
            OR EXISTS (SELECT FROM postern.opening AS o
                        WHERE o.weekday = extract(isodow FROM wall)
                          AND o.opens <= wall::time
                          AND o.closes > wall::time));
END
$$;
COMMENT ON FUNCTION postern.is_open IS
'Is the API open at an instant, in local time of a time zone?';

CREATE OR REPLACE FUNCTION postern.next_opening(at timestamptz, zone text, days integer)
RETURNS timestamptz
LANGUAGE sql STABLE STRICT
AS $$
    WITH opening AS (
        SELECT o.weekday, o.opens FROM postern.opening AS o
        UNION ALL
        SELECT day, time '00:00' FROM generate_series(1, 7) AS day
         WHERE NOT EXISTS (SELECT FROM postern.opening)
    ), open_day AS (
        -- The days to come, with the zone's offset before and after each.
        SELECT d.day, b.begins, b.ends,
               b.begins AT TIME ZONE zone - b.begins AT TIME ZONE 'UTC'
                   AS offset_before,
               b.ends AT TIME ZONE zone - b.ends AT TIME ZONE 'UTC'
                   AS offset_after
          FROM (SELECT (at AT TIME ZONE zone)::date + n
                  FROM generate_series(-1, days) AS n) AS d (day),
               LATERAL (SELECT
                   d.day::timestamp AT TIME ZONE zone - interval '3 hours',
                   (d.day + 1)::timestamp AT TIME ZONE zone + interval '3 hours'
               ) AS b (begins, ends)
         WHERE NOT EXISTS (SELECT FROM postern.holiday AS h
                            WHERE h.day = d.day)
    ), proposed (instant) AS (
        SELECT (d.day + o.opens - d.offset_before) AT TIME ZONE 'UTC'
          FROM open_day AS d
          JOIN opening AS o ON o.weekday = extract(isodow FROM d.day)
        UNION
        SELECT (d.day + o.opens - d.offset_after) AT TIME ZONE 'UTC'
          FROM open_day AS d
          JOIN opening AS o ON o.weekday = extract(isodow FROM d.day)
         WHERE d.offset_before <> d.offset_after
        UNION
        -- The change itself may leap into a window: it is on a quarter.
        SELECT quarter
          FROM open_day AS d,
               generate_series(d.begins, d.ends, interval '15 minutes')
                   AS quarter
         WHERE d.offset_before <> d.offset_after
    )
    SELECT p.instant
      FROM (SELECT q.instant FROM proposed AS q
             WHERE q.instant > at ORDER BY q.instant OFFSET 0) AS p
     WHERE postern.is_open(p.instant, zone)
     LIMIT 1
$$;
COMMENT ON FUNCTION postern.next_opening IS
'The first instant after at, when the API is closed, at which it is open; NULL:
none within so many days.';

CREATE OR REPLACE FUNCTION postern.seconds_until_open(at timestamptz)
RETURNS integer
LANGUAGE plpgsql STABLE STRICT SECURITY DEFINER
SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    zone text;
    next timestamptz;
BEGIN
    SELECT s.time_zone INTO STRICT zone FROM postern.schedule AS s;
    IF postern.is_open(at, zone) THEN
        RETURN NULL;
    END IF;
    next := coalesce(postern.next_opening(at, zone, 8),
        postern.next_opening(at, zone, 400), at + interval '1 day');
    RETURN ceil(extract(epoch FROM next - at));
END
$$;
COMMENT ON FUNCTION postern.seconds_until_open IS
'The seconds, rounded up, until the API opens next; NULL: it is open at that
instant. 86400 if it does not open within 400 days.';

CREATE OR REPLACE FUNCTION postern.closed_for(at timestamptz)
RETURNS integer
LANGUAGE plpgsql STABLE
AS $$
BEGIN
    IF EXISTS (SELECT FROM postern.opening)
            OR EXISTS (SELECT FROM postern.holiday) THEN
        RETURN postern.seconds_until_open(at);
    END IF;
    RETURN NULL;
END
$$;
COMMENT ON FUNCTION postern.closed_for IS
'The same as seconds_until_open, but quick where there are no hours and no
holidays: for each request.';
