-- days.sql - the partitions of messages and attempts: made ahead, dropped behind.
--
-- What comes on a day that has none, because no worker made it, goes to the
-- default partition and stays there, found like all other. No step holds a lock
-- that a publisher waits for longer than a moment.

CREATE OR REPLACE FUNCTION postern.day_key(parent text, day date)
RETURNS text
LANGUAGE plpgsql STABLE
AS $$
DECLARE
    start timestamptz := day::timestamp AT TIME ZONE 'UTC';
BEGIN
    RETURN CASE parent WHEN 'message' THEN postern.first_uuid7(start)::text
                       ELSE postern.time_text(start) END;
END
$$;
COMMENT ON FUNCTION postern.day_key IS
'The key at which a day begins, of messages or attempts.';

CREATE OR REPLACE FUNCTION postern.has_strays(parent text)
RETURNS boolean
LANGUAGE plpgsql VOLATILE
AS $$
DECLARE
    has boolean;
BEGIN
    EXECUTE format('SELECT EXISTS (SELECT FROM postern.%I)', parent || '_default') INTO has;
    RETURN has;
END
$$;
COMMENT ON FUNCTION postern.has_strays IS
'Has the default partition any row?';

CREATE OR REPLACE FUNCTION postern.has_rows(parent text, low text, high text)
RETURNS boolean
LANGUAGE plpgsql VOLATILE
AS $$
DECLARE
    key text := CASE parent WHEN 'message' THEN 'id' ELSE 'started_at' END;
    has boolean;
BEGIN
    EXECUTE format('SELECT EXISTS (SELECT FROM postern.%I WHERE %I >= %L AND %I < %L)',
        parent || '_default', key, low, key, high) INTO has;
    RETURN has;
END
$$;
COMMENT ON FUNCTION postern.has_rows IS
'Has the default partition any row with such a key?';

CREATE OR REPLACE FUNCTION postern.add_day(parent text, day date)
RETURNS void
LANGUAGE plpgsql VOLATILE
AS $$
DECLARE
    name text := parent || to_char(day, '_YYYYMMDD');
BEGIN
    IF to_regclass('postern.' || name) IS NOT NULL THEN
        RETURN;
    END IF;
    EXECUTE format('CREATE TABLE postern.%I (LIKE postern.%I INCLUDING ALL)',
        name, parent);
    EXECUTE format('COMMENT ON TABLE postern.%I IS %L', name,
        format('The part of postern.%s of %s, UTC.', parent, day));
    EXECUTE format('ALTER TABLE postern.%I ATTACH PARTITION postern.%I'
        ' FOR VALUES FROM (%L) TO (%L)', parent, name, postern.day_key(parent, day),
        postern.day_key(parent, day + 1));
END
$$;
COMMENT ON FUNCTION postern.add_day IS
'Make the partition of a day, of which the default partition has no row, unless it
exists.';

CREATE OR REPLACE FUNCTION postern.missing_days(parent text, today date)
RETURNS date[]
LANGUAGE plpgsql VOLATILE
AS $$
BEGIN
    RETURN ARRAY(
        SELECT d.day
          FROM (SELECT today + n AS day FROM generate_series(-1, 10) AS n) AS d
         WHERE to_regclass('postern.' || parent || to_char(d.day, '_YYYYMMDD')) IS NULL
           AND NOT postern.has_rows(parent, postern.day_key(parent, d.day),
               postern.day_key(parent, d.day + 1))
         ORDER BY d.day);
END
$$;
COMMENT ON FUNCTION postern.missing_days IS
'The days about today that have no partition, but for those of which the default
partition has rows: these stay there.';

CREATE OR REPLACE FUNCTION postern.drop_gap(parent text, but text DEFAULT '')
RETURNS void
LANGUAGE plpgsql VOLATILE
AS $$
DECLARE
    gap text;
BEGIN
    FOR gap IN
        SELECT c.conname FROM pg_constraint AS c
         WHERE c.conrelid = to_regclass('postern.' || parent || '_default')
           AND c.conname ~ '_default_(before|gap)' AND c.conname <> but
    LOOP
        EXECUTE format('ALTER TABLE postern.%I DROP CONSTRAINT %I', parent || '_default', gap);
    END LOOP;
END
$$;
COMMENT ON FUNCTION postern.drop_gap IS
'Drop what make_gap made, but for the constraint of this name.';

CREATE OR REPLACE FUNCTION postern.make_gap(parent text, first date, last date)
RETURNS boolean
LANGUAGE plpgsql VOLATILE
AS $$
DECLARE
    rows  text    := parent || '_default';
    key   text    := CASE parent WHEN 'message' THEN 'id' ELSE 'started_at' END;
    gap   text    := rows || to_char(first, '_"gap"_YYYYMMDD') || to_char(last, '_YYYYMMDD');
    valid boolean := (
        SELECT c.convalidated FROM pg_constraint AS c
         WHERE c.conrelid = to_regclass('postern.' || rows) AND c.conname = gap);
BEGIN
    PERFORM postern.drop_gap(parent, gap);
    IF valid IS NULL THEN
        EXECUTE format('ALTER TABLE postern.%I ADD CONSTRAINT %I CHECK (%I < %L OR %I >= %L)'
            ' NOT VALID', rows, gap, key, postern.day_key(parent, first), key,
            postern.day_key(parent, last + 1));
    ELSIF NOT valid THEN
        EXECUTE format('ALTER TABLE postern.%I VALIDATE CONSTRAINT %I', rows, gap);
    END IF;
    RETURN valid IS TRUE;
END
$$;
COMMENT ON FUNCTION postern.make_gap IS
'A step towards these days beside a default partition that has rows: to attach a
partition reads all of them, while publishers wait, unless a constraint says that
none belongs to it; which is made and, in another transaction, validated while
publishers go on. True: it is there.';

CREATE OR REPLACE FUNCTION postern.add_days(parent text, today date)
RETURNS text
LANGUAGE plpgsql VOLATILE
AS $$
DECLARE
    missing date[]  := postern.missing_days(parent, today);
    soon    date    := ((now() + interval '25 h') AT TIME ZONE 'UTC')::date;
    day     date;
BEGIN
    IF missing[1] <= soon AND NOT postern.has_strays(parent) THEN
        -- Whoever has begun to insert would find its day no longer in the default
        -- partition, and its transaction would fail.
        EXECUTE format('LOCK TABLE ONLY postern.%I IN SHARE ROW EXCLUSIVE MODE', parent);
        missing := postern.missing_days(parent, today);
    END IF;
    IF missing <> '{}' AND postern.has_strays(parent) THEN
        -- None that begins soon: rows may come before it is there. And should no
        -- worker go on, the constraint refuses what comes from that day on. Of
        -- days that follow each other: there may be rows of others between.
        missing := ARRAY(SELECT m.day FROM unnest(missing) AS m (day) WHERE m.day > soon);
        missing := ARRAY(
            SELECT m.day FROM unnest(missing) WITH ORDINALITY AS m (day, n)
             WHERE m.day = missing[1] + m.n::integer - 1);
        IF missing <> '{}' AND NOT postern.make_gap(parent, missing[1],
                missing[cardinality(missing)]) THEN
            RETURN format('the days of postern.%s are made in steps, as there are rows in its'
                ' default partition', parent);
        END IF;
    END IF;
    FOREACH day IN ARRAY missing LOOP
        PERFORM postern.add_day(parent, day);
    END LOOP;
    PERFORM postern.drop_gap(parent);
    RETURN NULL;
END
$$;
COMMENT ON FUNCTION postern.add_days IS
'Make the partitions of the next 10 days. Returns why not all are there.';

CREATE OR REPLACE FUNCTION postern.drop_days(parent text, before date)
RETURNS void
LANGUAGE plpgsql VOLATILE
AS $$
DECLARE
    old text;
BEGIN
    FOR old IN
        SELECT c.relname
          FROM pg_inherits AS i
          JOIN pg_class AS c ON c.oid = i.inhrelid
         WHERE i.inhparent = to_regclass('postern.' || parent)
           AND c.relname ~ ('^' || parent || '_[0-9]{8}$')
           AND to_date(right(c.relname, 8), 'YYYYMMDD') < before
         ORDER BY c.relname
    LOOP
        EXECUTE format('DROP TABLE postern.%I', old);
    END LOOP;
END
$$;
COMMENT ON FUNCTION postern.drop_days IS
'Drop the partitions of days before this one.';

CREATE OR REPLACE FUNCTION postern.who_uses(parent text)
RETURNS text
LANGUAGE plpgsql STABLE
AS $$
BEGIN
    RETURN (
        SELECT string_agg(DISTINCT format('%s (%s)', a.pid, a.usename), ', ')
          FROM pg_locks AS l
          JOIN pg_stat_activity AS a ON a.pid = l.pid
         WHERE l.relation IN (to_regclass('postern.' || parent),
                   to_regclass('postern.' || parent || '_default'))
           AND l.database = (SELECT d.oid FROM pg_database AS d
                              WHERE d.datname = current_database())
           AND l.pid <> pg_backend_pid());
END
$$;
COMMENT ON FUNCTION postern.who_uses IS
'The sessions whose transactions have used a partitioned table: process and role
of each.';

CREATE OR REPLACE FUNCTION postern.turn_days(
    parent text, today date, before date)
RETURNS text
LANGUAGE plpgsql VOLATILE
AS $$
DECLARE
    why text;
BEGIN
    why := postern.add_days(parent, today);
    PERFORM postern.drop_days(parent, before);
    RETURN why;
EXCEPTION
    WHEN lock_not_available THEN
        RETURN format('postern.%s is in use by a transaction of process %s: its partitions stay'
            ' as they are', parent, coalesce(postern.who_uses(parent), 'that has ended since'));
END
$$;
COMMENT ON FUNCTION postern.turn_days IS
'Make the partitions of the next 10 days, and drop those of days before this
one. Returns why not.';
