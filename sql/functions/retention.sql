-- retention.sql - days made ready ahead, and dropped behind.

CREATE OR REPLACE FUNCTION postern.set_retention(period interval)
RETURNS void
LANGUAGE plpgsql VOLATILE SECURITY DEFINER
SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
    UPDATE postern.delivery_setting SET retention = period;
EXCEPTION
    WHEN check_violation OR not_null_violation THEN
        RAISE EXCEPTION 'retention must be from 7 days to 10 years, not %',
            coalesce(period::text, 'NULL')
            USING ERRCODE = 'invalid_parameter_value';
END
$$;
COMMENT ON FUNCTION postern.set_retention IS
'Keep messages and attempts for this long (30 days by default). What is still
owed then is given up: its delivery fails with the verdict expired.';

CREATE OR REPLACE FUNCTION postern.kept_from()
RETURNS uuid
LANGUAGE plpgsql STABLE
SET jit = off
AS $$
BEGIN
    RETURN postern.first_uuid7(((now() AT TIME ZONE 'UTC')::date
            - ceil(extract(epoch FROM s.retention) / 86400)::integer)
            ::timestamp AT TIME ZONE 'UTC')
      FROM postern.delivery_setting AS s;
END
$$;
COMMENT ON FUNCTION postern.kept_from IS
'No message with a lower id is kept, even if maintain() has yet to drop it.';

CREATE OR REPLACE FUNCTION postern.expire_owed(low bigint, wanted integer)
RETURNS bigint
LANGUAGE plpgsql VOLATILE
SET plan_cache_mode = force_generic_plan
SET enable_seqscan = off
SET enable_bitmapscan = off
SET enable_hashjoin = off
SET enable_mergejoin = off
SET jit = off
AS $$
DECLARE
    kept   uuid := postern.kept_from();
    last   bigint;
    looked integer;
    old    boolean;
BEGIN
    -- Ids ascend with the time of publishing, as those of messages do: where
    -- none of so many is old, none behind them is.
    SELECT max(o.id), count(*), bool_or(o.message_id < kept)
      INTO last, looked, old
      FROM (SELECT q.id, q.message_id
              FROM ((SELECT b.id, b.message_id
                       FROM postern.backlog AS b
                      WHERE b.id > low
                      ORDER BY b.id
                      LIMIT wanted)
                    UNION ALL
                    (SELECT f.id, f.message_id
                       FROM postern.fresh AS f
                      WHERE f.id > low
                      ORDER BY f.id
                      LIMIT wanted)) AS q
             ORDER BY q.id
             LIMIT wanted) AS o;
    IF old IS NOT TRUE THEN
        RETURN NULL;
    END IF;
    WITH waiting AS (
        DELETE FROM postern.backlog AS b
         WHERE b.id = ANY (ARRAY(
               SELECT o.id
                 FROM postern.backlog AS o
                WHERE o.id > low AND o.id <= last AND o.message_id < kept
                  FOR UPDATE SKIP LOCKED))
        RETURNING b.id, b.account_id, b.webhook_id, b.message_id, b.attempt_no
    ), unseen AS (
        DELETE FROM postern.fresh AS f
         WHERE f.id = ANY (ARRAY(
               SELECT o.id
                 FROM postern.fresh AS o
                WHERE o.id > low AND o.id <= last AND o.message_id < kept
                  FOR UPDATE SKIP LOCKED))
        RETURNING f.id, f.account_id, f.webhook_id, f.message_id, 0
    )
    INSERT INTO postern.attempt (delivery_id, account_id, webhook_id,
        message_id, attempt_no, started_at, verdict, outcome, error)
    SELECT e.*, clock_timestamp(), 'expired', 'failed',
           'it was owed longer than messages are kept'
      FROM (SELECT * FROM waiting UNION ALL SELECT * FROM unseen)
           AS e (id, account_id, webhook_id, message_id, attempt_no);
    RETURN CASE WHEN looked = wanted THEN last END;
END
$$;
COMMENT ON FUNCTION postern.expire_owed IS
'Look at so many deliveries with ids above low, and fail, visibly, those that
are owed longer than messages are kept. Returns the last id looked at; NULL:
that was all.';

CREATE OR REPLACE FUNCTION postern.expire_keys(low uuid, wanted integer)
RETURNS uuid
LANGUAGE plpgsql VOLATILE
SET plan_cache_mode = force_generic_plan
SET enable_seqscan = off
SET enable_bitmapscan = off
SET enable_hashjoin = off
SET enable_mergejoin = off
SET jit = off
AS $$
DECLARE
    kept uuid := postern.kept_from();
    old  tid[];
    last uuid;
BEGIN
    SELECT array_agg(o.ctid), max(o.message_id::text)::uuid INTO old, last
      FROM (SELECT d.ctid, d.message_id
              FROM postern.dedup AS d
             WHERE d.message_id >= low AND d.message_id < kept
             ORDER BY d.message_id
             LIMIT wanted
               FOR UPDATE SKIP LOCKED) AS o;
    DELETE FROM postern.dedup AS d WHERE d.ctid = ANY (old);
    RETURN CASE WHEN cardinality(old) = wanted THEN last END;
END
$$;
COMMENT ON FUNCTION postern.expire_keys IS
'Delete so many deduplication keys of messages that are no longer kept, with
ids from low. Returns the last of these ids; NULL: that was all.';

CREATE OR REPLACE FUNCTION postern.expire(INOUT low bigint, INOUT low_key uuid)
LANGUAGE plpgsql VOLATILE SECURITY DEFINER
SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    next_low bigint;
    next_key uuid;
BEGIN
    -- A step that a crash undoes is made again: it need not be durable.
    PERFORM set_config('synchronous_commit', 'off', true);
    low := coalesce(low, 0);
    low_key := coalesce(low_key, '00000000-0000-0000-0000-000000000000');
    next_low := postern.expire_owed(low, 2000);
    IF next_low IS NULL THEN
        next_key := postern.expire_keys(low_key, 2000);
    END IF;
    IF next_low IS NULL AND next_key IS NULL THEN
        low := NULL;
        low_key := NULL;
    ELSE
        low := coalesce(next_low, low);
        low_key := coalesce(next_key, low_key);
    END IF;
END
$$;
COMMENT ON FUNCTION postern.expire IS
'A short step of failing what is owed longer than messages are kept, then of
deleting old deduplication keys. Begins at NULLs, and goes on where the step
before ended; NULLs: nothing is left.';

CREATE OR REPLACE FUNCTION postern.add_day(parent text, day date)
RETURNS void
LANGUAGE plpgsql VOLATILE
AS $$
DECLARE
    name text := parent || to_char(day, '_YYYYMMDD');
    key  text := CASE parent WHEN 'message' THEN 'id' ELSE 'started_at' END;
    low  text := day::timestamp AT TIME ZONE 'UTC';
    high text := (day + 1)::timestamp AT TIME ZONE 'UTC';
BEGIN
    IF to_regclass('postern.' || name) IS NOT NULL THEN
        RETURN;
    END IF;
    IF parent = 'message' THEN
        low := postern.first_uuid7(low::timestamptz);
        high := postern.first_uuid7(high::timestamptz);
    END IF;
    EXECUTE format('CREATE TABLE postern.%I (LIKE postern.%I INCLUDING ALL)',
        name, parent);
    EXECUTE format('COMMENT ON TABLE postern.%I IS %L', name,
        format('The part of postern.%s of %s, UTC.', parent, day));
    EXECUTE format('LOCK TABLE postern.%I IN ACCESS EXCLUSIVE MODE',
        parent || '_default');
    EXECUTE format('WITH moved AS (DELETE FROM postern.%I WHERE %I >= %L AND'
        ' %I < %L RETURNING *) INSERT INTO postern.%I SELECT * FROM moved',
        parent || '_default', key, low, key, high, name);
    EXECUTE format('ALTER TABLE postern.%I ATTACH PARTITION postern.%I'
        ' FOR VALUES FROM (%L) TO (%L)', parent, name, low, high);
END
$$;
COMMENT ON FUNCTION postern.add_day IS
'Make the partition of a day, unless it exists; rows of that day in the default
partition move to it.';

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

CREATE OR REPLACE FUNCTION postern.turn_days(
    parent text, today date, before date)
RETURNS void
LANGUAGE plpgsql VOLATILE
AS $$
BEGIN
    FOR ahead IN -1 .. 7 LOOP
        PERFORM postern.add_day(parent, today + ahead);
    END LOOP;
    PERFORM postern.drop_days(parent, before);
EXCEPTION
    WHEN lock_not_available THEN
        RAISE WARNING 'postern.% is in use: its partitions stay as they are',
            parent
            USING HINT = 'Look in pg_stat_activity for a transaction that'
                || ' has been open for long. maintain() tries again.';
END
$$;
COMMENT ON FUNCTION postern.turn_days IS
'Make the partitions of the next 7 days, and drop those of days before this
one. Does neither, with a warning, while another transaction uses them.';

CREATE OR REPLACE FUNCTION postern.maintain()
RETURNS void
LANGUAGE plpgsql VOLATILE SECURITY DEFINER
SET search_path = pg_catalog, pg_temp
SET lock_timeout = '50ms'
AS $$
DECLARE
    today date := (clock_timestamp() AT TIME ZONE 'UTC')::date;
    kept  uuid := postern.kept_from();
BEGIN
    PERFORM FROM postern.delivery_setting FOR UPDATE SKIP LOCKED;
    IF NOT FOUND THEN
        RAISE NOTICE 'another session is running maintain()';
        RETURN;
    END IF;
    -- It waits for no registration, and so is part of no deadlock.
    DELETE FROM postern.secret AS s
     USING (SELECT e.ctid
              FROM postern.secret AS e
             WHERE e.expires_at <= now()
               FOR UPDATE SKIP LOCKED) AS expired
     WHERE s.ctid = expired.ctid;
    DELETE FROM postern.webhook AS w
     WHERE w.state = 'deleted' AND w.updated_at < now() - interval '1 day';
    PERFORM postern.open_lost_lanes();
    DELETE FROM postern.access_token AS t
     WHERE least(t.expires_at, t.revoked_at) <= now() - interval '30 days';
    IF postern.expire(NULL, NULL) IS NOT NULL THEN
        RAISE NOTICE 'deliveries or deduplication keys from before % are left',
            postern.uuid7_time(kept)
            USING HINT = 'A worker removes them step by step; so does calling'
                || ' maintain() again.';
    END IF;
    -- Last, as others wait for what these lock until this commits.
    PERFORM postern.turn_days(parent, today,
            (postern.uuid7_time(kept) AT TIME ZONE 'UTC')::date)
       FROM unnest('{message,attempt}'::text[]) AS parent;
END
$$;
COMMENT ON FUNCTION postern.maintain IS
'Make the partitions of the next 7 days, drop those older than the retention
(neither, with a warning, while another transaction uses them for long), and
delete expired secrets, webhooks deleted more than a day ago, and access
tokens that expired or were revoked more than 30 days ago. Fails the first
2,000 deliveries that are owed longer than the retention, or deletes the first
2,000 old deduplication keys; a notice says if more are left, which a worker
removes step by step. A worker calls it hourly. It is harmless at any time, a
second call at the same time does nothing, and it waits for no lock longer
than 50 ms.';
