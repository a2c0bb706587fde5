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

CREATE OR REPLACE FUNCTION postern.stray_key(parent text)
RETURNS text
LANGUAGE sql IMMUTABLE PARALLEL SAFE
AS $$
    SELECT CASE parent WHEN 'message' THEN 'id'
                       ELSE 'greatest(started_at, ''-infinity''::timestamptz)' END
$$;
COMMENT ON FUNCTION postern.stray_key IS
'The key of the default partition, as it has an index.';

CREATE OR REPLACE FUNCTION postern.has_rows(parent text, low text, high text)
RETURNS boolean
LANGUAGE plpgsql VOLATILE
SET enable_seqscan = off
SET enable_bitmapscan = off
SET jit = off
AS $$
DECLARE
    key text := postern.stray_key(parent);
    has boolean;
BEGIN
    EXECUTE format('SELECT EXISTS (SELECT FROM postern.%I WHERE %s >= %L AND %s < %L)',
        parent || '_default', key, low, key, high) INTO has;
    RETURN has;
END
$$;
COMMENT ON FUNCTION postern.has_rows IS
'Has the default partition any row with such a key?';

CREATE OR REPLACE FUNCTION postern.has_strays(parent text)
RETURNS boolean
LANGUAGE plpgsql VOLATILE
AS $$
BEGIN
    RETURN postern.has_rows(parent, postern.day_key(parent, '1970-01-01'),
        postern.day_key(parent, '9999-12-31'));
END
$$;
COMMENT ON FUNCTION postern.has_strays IS
'Has the default partition any row?';

CREATE OR REPLACE FUNCTION postern.calm(name text)
RETURNS void
LANGUAGE plpgsql VOLATILE
-- Twice deadlock_timeout: who makes an index concurrently and waits for this session
-- finds no deadlock before it is over here.
SET lock_timeout = '2s'
AS $$
BEGIN
    EXECUTE format('LOCK TABLE ONLY postern.%I IN SHARE UPDATE EXCLUSIVE MODE', name);
END
$$;
COMMENT ON FUNCTION postern.calm IS
'Have autovacuum let go of a table that is to be locked: it does so for who waits a
second, and who waits for this lock has nobody but a vacuum wait behind it.';

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
    EXECUTE format('ALTER TABLE postern.%I OWNER TO postern_owner', name);
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

CREATE OR REPLACE FUNCTION postern.day_gap(
    parent text, OUT name text, OUT first date, OUT last date, OUT valid boolean)
LANGUAGE plpgsql STABLE
AS $$
BEGIN
    SELECT c.conname, to_date(split_part(c.conname, '_', 4), 'YYYYMMDD'),
           to_date(split_part(c.conname, '_', 5), 'YYYYMMDD'), c.convalidated
      INTO name, first, last, valid
      FROM pg_constraint AS c
     WHERE c.conrelid = to_regclass('postern.' || parent || '_default')
       AND c.conname ~ '_default_gap_[0-9]{8}_[0-9]{8}$'
     ORDER BY c.conname
     LIMIT 1;
END
$$;
COMMENT ON FUNCTION postern.day_gap IS
'The constraint by which the default partition has no rows of these days; NULLs:
there is none.';

CREATE OR REPLACE FUNCTION postern.soon()
RETURNS date
LANGUAGE plpgsql STABLE
AS $$
BEGIN
    RETURN ((now() + interval '25 h') AT TIME ZONE 'UTC')::date;
END
$$;
COMMENT ON FUNCTION postern.soon IS
'The last of the days whose rows may come while something is done about it.';

CREATE OR REPLACE FUNCTION postern.make_gap(parent text, missing date[])
RETURNS text
LANGUAGE plpgsql VOLATILE
AS $$
DECLARE
    rows text   := parent || '_default';
    key  text   := CASE parent WHEN 'message' THEN 'id' ELSE 'started_at' END;
    days date[] := ARRAY(
        SELECT m.day FROM unnest(missing) AS m (day)
         WHERE m.day > postern.soon() ORDER BY m.day);
    last date   := (
        SELECT max(d.day) FROM unnest(days) WITH ORDINALITY AS d (day, n)
         WHERE d.day = days[1] + d.n::integer - 1);
BEGIN
    -- Should no worker go on, the constraint refuses what comes on its days. So
    -- they are not soon, nor by a clock that has gone back.
    IF days = '{}' OR EXISTS (
            SELECT FROM postern.upkeep AS u WHERE u.trusted > now() + interval '1 h') THEN
        RETURN NULL;
    END IF;
    EXECUTE format('ALTER TABLE postern.%I ADD CONSTRAINT %I CHECK (%I < %L OR %I >= %L)'
        ' NOT VALID', rows,
        rows || to_char(days[1], '_"gap"_YYYYMMDD') || to_char(last, '_YYYYMMDD'),
        key, postern.day_key(parent, days[1]), key, postern.day_key(parent, last + 1));
    RETURN 'gap';
END
$$;
COMMENT ON FUNCTION postern.make_gap IS
'Let the default partition have no rows of the first of these days that follow each
other. Returns what was done; NULL: nothing.';

CREATE OR REPLACE FUNCTION postern.use_gap(parent text, missing date[])
RETURNS text
LANGUAGE plpgsql VOLATILE
AS $$
DECLARE
    rows text   := parent || '_default';
    gap  record := postern.day_gap(parent);
    next date   := (
        SELECT min(m.day) FROM unnest(missing) AS m (day)
         WHERE m.day BETWEEN gap.first AND gap.last);
BEGIN
    IF next IS NULL OR gap.first < postern.soon() THEN
        EXECUTE format('ALTER TABLE postern.%I DROP CONSTRAINT %I', rows, gap.name);
        RETURN 'free';
    ELSIF NOT gap.valid THEN
        EXECUTE format('ALTER TABLE postern.%I VALIDATE CONSTRAINT %I', rows, gap.name);
        RETURN 'check';
    END IF;
    PERFORM postern.add_day(parent, next);
    RETURN 'add';
END
$$;
COMMENT ON FUNCTION postern.use_gap IS
'A step towards days beside a default partition that has rows: to attach a
partition reads all of them, while publishers wait, unless a constraint says that
none belongs to it. Which is made (gap), read for, while publishers go on (check),
used (add), and dropped (free), each in a transaction of its own.';

CREATE OR REPLACE FUNCTION postern.make_day(parent text, today date, OUT did text)
LANGUAGE plpgsql VOLATILE
AS $$
DECLARE
    missing date[]  := postern.missing_days(parent, today);
    gap     boolean := (postern.day_gap(parent)).name IS NOT NULL;
BEGIN
    IF missing = '{}' AND NOT gap THEN
        RETURN;
    END IF;
    PERFORM postern.calm(parent || '_default');
    IF gap THEN
        did := postern.use_gap(parent, missing);
        RETURN;
    END IF;
    IF missing[1] <= postern.soon() AND NOT postern.has_strays(parent) THEN
        -- Whoever has begun to insert would find its day no longer in the default
        -- partition, and its transaction would fail.
        EXECUTE format('LOCK TABLE ONLY postern.%I IN SHARE ROW EXCLUSIVE MODE', parent);
        missing := postern.missing_days(parent, today);
        did := 'lock';
    END IF;
    IF postern.has_strays(parent) THEN
        did := coalesce(postern.make_gap(parent, missing), did);
    ELSIF missing <> '{}' THEN
        did := 'add';
        PERFORM postern.add_day(parent, missing[1]);
    END IF;
END
$$;
COMMENT ON FUNCTION postern.make_day IS
'Make one partition, or do something towards it, if one of the next 10 days has
none. did is what was done, or locked; NULL: nothing is to do.';

CREATE OR REPLACE FUNCTION postern.drop_day(parent text, before date)
RETURNS boolean
LANGUAGE plpgsql VOLATILE
AS $$
DECLARE
    old text := (
        SELECT min(c.relname)
          FROM pg_inherits AS i
          JOIN pg_class AS c ON c.oid = i.inhrelid
         WHERE i.inhparent = to_regclass('postern.' || parent)
           AND c.relname ~ ('^' || parent || '_[0-9]{8}$')
           AND to_date(right(c.relname, 8), 'YYYYMMDD') < before);
BEGIN
    IF old IS NOT NULL THEN
        PERFORM postern.calm(old);
        EXECUTE format('DROP TABLE postern.%I', old);
    END IF;
    RETURN old IS NOT NULL;
END
$$;
COMMENT ON FUNCTION postern.drop_day IS
'Drop the oldest partition of a day before this one; false: there is none.';

CREATE OR REPLACE FUNCTION postern.turn_day(
    parent text, today date, before date, OUT did text)
LANGUAGE plpgsql VOLATILE
AS $$
BEGIN
    did := postern.make_day(parent, today);
    IF did IS NULL AND postern.drop_day(parent, before) THEN
        did := 'drop';
    END IF;
END
$$;
COMMENT ON FUNCTION postern.turn_day IS
'Make or drop one partition, if one of the next 10 days is missing or one of a day
before this one is there. did is what was done; NULL: nothing is to do. What others
wait for is done last. It raises lock_not_available.';

CREATE OR REPLACE FUNCTION postern.who_uses(parent text)
RETURNS text
LANGUAGE plpgsql STABLE
AS $$
BEGIN
    RETURN (
        SELECT string_agg(DISTINCT format('%s (%s)', a.pid,
                   coalesce(a.usename, a.backend_type)), ', ')
          FROM pg_locks AS l
          JOIN pg_stat_activity AS a ON a.pid = l.pid
         WHERE (l.relation = to_regclass('postern.' || parent)
                OR l.relation IN (
                   SELECT i.inhrelid FROM pg_inherits AS i
                    WHERE i.inhparent = to_regclass('postern.' || parent)))
           AND l.database = (SELECT d.oid FROM pg_database AS d
                              WHERE d.datname = current_database())
           AND l.pid <> pg_backend_pid());
END
$$;
COMMENT ON FUNCTION postern.who_uses IS
'The sessions whose transactions have used a partitioned table: process and role
of each.';

CREATE OR REPLACE FUNCTION postern.try_day(parent text, OUT did text, OUT why text)
LANGUAGE plpgsql VOLATILE
SET lock_timeout = '40ms'
AS $$
BEGIN
    did := postern.turn_day(parent, (clock_timestamp() AT TIME ZONE 'UTC')::date,
        (postern.uuid7_time(postern.kept_from()) AT TIME ZONE 'UTC')::date);
EXCEPTION
    WHEN lock_not_available OR deadlock_detected THEN
        why := format('postern.%s is in use by a transaction of process %s: its partitions stay'
            ' as they are', parent, coalesce(postern.who_uses(parent), 'that has ended since'));
END
$$;
COMMENT ON FUNCTION postern.try_day IS
'As turn_day, but wait for no lock that others wait for longer than 40 ms: why not.';

CREATE OR REPLACE FUNCTION postern.turn_days(OUT more boolean, OUT why text)
LANGUAGE plpgsql VOLATILE SECURITY DEFINER
SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    doubt  text;
    whys   text[] := '{}';
    parent text;
    step   record;
BEGIN
    PERFORM FROM postern.delivery_setting FOR UPDATE SKIP LOCKED;
    IF NOT FOUND THEN
        more := false;
        RETURN;
    END IF;
    doubt := postern.watch_clock();
    -- Others wait for what is locked until this commits: it makes one change.
    FOREACH parent IN ARRAY '{message,attempt}'::text[] LOOP
        step := postern.try_day(parent);
        EXIT WHEN step.did IS NOT NULL;
        whys := whys || step.why;
    END LOOP;
    whys := array_remove(whys, NULL);
    more := step.did IS NOT NULL AND whys = '{}';
    why := nullif(array_to_string(doubt || whys, '; '), '');
END
$$;
COMMENT ON FUNCTION postern.turn_days IS
'A step of upkeep, called by workers: see how much time has passed, and make or drop
one partition. more: there may be another. why says what could not be done.';
