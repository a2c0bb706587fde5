-- 0014-partitions.sql - days made ready ahead, and dropped behind.

CREATE OR REPLACE FUNCTION postern.first_uuid7(at timestamptz)
RETURNS uuid
LANGUAGE sql STABLE PARALLEL SAFE SECURITY DEFINER
SET search_path = pg_catalog, pg_temp
AS $$
    SELECT CASE
        WHEN at <= 'epoch' THEN '00000000-0000-0000-0000-000000000000'
        WHEN at >= '9999-01-01 00:00+00' THEN
            'ffffffff-ffff-ffff-ffff-ffffffffffff'
        ELSE (lpad(to_hex(floor(extract(epoch FROM at) * 1000)::bigint), 12,
            '0') || '00000000000000000000')::uuid
        END
$$;
REVOKE ALL ON FUNCTION postern.first_uuid7(timestamptz) FROM PUBLIC;
COMMENT ON FUNCTION postern.first_uuid7(timestamptz) IS
'No UUIDv7 made at this time or later is lower.';

CREATE OR REPLACE FUNCTION postern.uuid7_time(id uuid)
RETURNS timestamptz
LANGUAGE plpgsql IMMUTABLE STRICT PARALLEL SAFE SECURITY DEFINER
SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
    RETURN to_timestamp(('x' || substr(replace(id::text, '-', ''), 1, 12))
        ::bit(48)::bigint / 1000.0);
END
$$;
REVOKE ALL ON FUNCTION postern.uuid7_time(uuid) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION postern.uuid7_time(uuid) TO postern_admin;
COMMENT ON FUNCTION postern.uuid7_time(uuid) IS
'When a UUIDv7 was made, to the millisecond.';

CREATE OR REPLACE FUNCTION postern.add_day(parent text, day date)
RETURNS void
LANGUAGE plpgsql VOLATILE SECURITY DEFINER
SET search_path = pg_catalog, pg_temp
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
REVOKE ALL ON FUNCTION postern.add_day(text, date) FROM PUBLIC;
COMMENT ON FUNCTION postern.add_day(text, date) IS
'The partition of a day, unless it is there; rows of the day that wait in the default partition move to it.';

CREATE OR REPLACE FUNCTION postern.expire_owed(high uuid)
RETURNS void
LANGUAGE plpgsql VOLATILE SECURITY DEFINER
SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
    WITH waiting AS (
        DELETE FROM postern.backlog AS b WHERE b.message_id < high
        RETURNING b.id, b.account_id, b.webhook_id, b.message_id, b.number
    ), unseen AS (
        DELETE FROM postern.fresh AS f WHERE f.message_id < high
        RETURNING f.id, f.account_id, f.webhook_id, f.message_id, 0
    )
    INSERT INTO postern.attempt (delivery_id, account_id, webhook_id,
        message_id, number, started_at, verdict, outcome, error)
    SELECT e.*, clock_timestamp(), 'expired', 'failed',
           'it was owed longer than messages are kept'
      FROM (SELECT * FROM waiting UNION ALL SELECT * FROM unseen)
           AS e (id, account_id, webhook_id, message_id, number);
END
$$;
REVOKE ALL ON FUNCTION postern.expire_owed(uuid) FROM PUBLIC;
COMMENT ON FUNCTION postern.expire_owed(uuid) IS
'Give up, visibly, what is owed of messages with lower ids.';

CREATE OR REPLACE FUNCTION postern.drop_days(before date)
RETURNS void
LANGUAGE plpgsql VOLATILE SECURITY DEFINER
SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    old text;
BEGIN
    FOR old IN
        SELECT c.relname
          FROM pg_inherits AS i
          JOIN pg_class AS c ON c.oid = i.inhrelid
         WHERE i.inhparent IN ('postern.message'::regclass,
                               'postern.attempt'::regclass)
           AND c.relname ~ '^(message|attempt)_[0-9]{8}$'
           AND to_date(right(c.relname, 8), 'YYYYMMDD') < before
         ORDER BY c.relname
    LOOP
        EXECUTE format('DROP TABLE postern.%I', old);
    END LOOP;
END
$$;
REVOKE ALL ON FUNCTION postern.drop_days(date) FROM PUBLIC;
COMMENT ON FUNCTION postern.drop_days(date) IS
'Drop the partitions of days before this one.';

CREATE OR REPLACE FUNCTION postern.maintain()
RETURNS void
LANGUAGE plpgsql VOLATILE SECURITY DEFINER
SET search_path = pg_catalog, pg_temp
SET lock_timeout = '2s'
AS $$
DECLARE
    today date := (clock_timestamp() AT TIME ZONE 'UTC')::date;
    keep  date;
BEGIN
    IF NOT pg_try_advisory_xact_lock(
            hashtextextended('postern maintain', 0)) THEN
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
    SELECT today - ceil(extract(epoch FROM s.retention) / 86400)::integer
      INTO keep
      FROM postern.delivery_setting AS s;
    PERFORM postern.expire_owed(postern.first_uuid7(
        keep::timestamp AT TIME ZONE 'UTC'));
    DELETE FROM postern.dedup AS d
     WHERE d.message_id < postern.first_uuid7(
        keep::timestamp AT TIME ZONE 'UTC');
    PERFORM postern.drop_days(keep);
    FOR ahead IN -1 .. 7 LOOP
        PERFORM postern.add_day('message', today + ahead);
        PERFORM postern.add_day('attempt', today + ahead);
    END LOOP;
END
$$;
GRANT EXECUTE ON FUNCTION postern.maintain() TO postern_delivery;
COMMENT ON FUNCTION postern.maintain() IS
'Make the partitions of the next 7 days, drop those older than the retention, give up what is still owed from then, and remove expired secrets, webhooks deleted more than a day ago, old deduplication keys, and access tokens that expired or were revoked more than 30 days ago. A worker calls it hourly; harmless at any time, and a second one at the same time does nothing. It gives up rather than wait 2 s for a lock.';

DO $$ BEGIN PERFORM postern.maintain(); END $$;
