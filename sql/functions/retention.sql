-- retention.sql - how long things are kept, and what removes them then.

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
    RETURN postern.first_uuid7(((postern.old_by() AT TIME ZONE 'UTC')::date
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

CREATE OR REPLACE FUNCTION postern.remove_webhooks(low timestamptz, wanted integer)
RETURNS timestamptz
LANGUAGE plpgsql VOLATILE
SET plan_cache_mode = force_generic_plan
SET enable_seqscan = off
SET enable_bitmapscan = off
SET enable_hashjoin = off
SET enable_mergejoin = off
SET jit = off
AS $$
DECLARE
    accounts uuid[];
    webhooks uuid[];
    last     timestamptz;
    removed  integer;
BEGIN
    SELECT array_agg(o.account_id), array_agg(o.id), max(o.updated_at)
      INTO accounts, webhooks, last
      FROM (SELECT w.account_id, w.id, w.updated_at
              FROM postern.webhook AS w
             WHERE w.state = 'deleted' AND w.updated_at >= low
               AND w.updated_at < postern.old_by() - interval '1 day'
             ORDER BY w.updated_at
             LIMIT wanted) AS o;
    -- Those of accounts that somebody else holds are removed another time.
    accounts := ARRAY(
        SELECT a.id
          FROM postern.account AS a
         WHERE a.id = ANY (accounts)
         ORDER BY a.id
           FOR NO KEY UPDATE SKIP LOCKED);
    WITH gone AS (
        DELETE FROM postern.webhook AS w
         WHERE w.id = ANY (webhooks) AND w.account_id = ANY (accounts)
        RETURNING w.account_id
    ), counted AS (
        UPDATE postern.account AS a
           SET deleted_count = a.deleted_count - g.count
          FROM (SELECT g.account_id, count(*) FROM gone AS g
                 GROUP BY g.account_id) AS g
         WHERE a.id = g.account_id
    )
    SELECT count(*) INTO removed FROM gone AS g;
    RETURN CASE WHEN cardinality(webhooks) = wanted AND removed > 0 THEN last END;
END
$$;
COMMENT ON FUNCTION postern.remove_webhooks IS
'Remove so many webhooks that were deleted more than a day ago, from low on.
From then on they do not count for their accounts. Returns when the last was
deleted; NULL: that was all.';

CREATE OR REPLACE FUNCTION postern.remove_secrets(low timestamptz, wanted integer)
RETURNS timestamptz
LANGUAGE plpgsql VOLATILE
SET plan_cache_mode = force_generic_plan
SET enable_seqscan = off
SET enable_bitmapscan = off
SET jit = off
AS $$
DECLARE
    old  tid[];
    last timestamptz;
BEGIN
    -- It waits for no registration, and so is part of no deadlock.
    SELECT array_agg(o.ctid), max(o.expires_at) INTO old, last
      FROM (SELECT s.ctid, s.expires_at
              FROM postern.secret AS s
             WHERE s.expires_at >= low AND s.expires_at <= postern.old_by()
             ORDER BY s.expires_at
             LIMIT wanted
               FOR UPDATE SKIP LOCKED) AS o;
    DELETE FROM postern.secret AS s WHERE s.ctid = ANY (old);
    RETURN CASE WHEN cardinality(old) = wanted THEN last END;
END
$$;
COMMENT ON FUNCTION postern.remove_secrets IS
'Delete so many secrets that have expired, from low on. Returns when the last
did; NULL: that was all.';

CREATE OR REPLACE FUNCTION postern.remove_tokens(low timestamptz, wanted integer)
RETURNS timestamptz
LANGUAGE plpgsql VOLATILE
SET plan_cache_mode = force_generic_plan
SET enable_seqscan = off
SET enable_bitmapscan = off
SET jit = off
AS $$
DECLARE
    old  tid[];
    last timestamptz;
BEGIN
    SELECT array_agg(o.ctid), max(o.ended_at) INTO old, last
      FROM (SELECT t.ctid, least(t.expires_at, t.revoked_at) AS ended_at
              FROM postern.access_token AS t
             WHERE least(t.expires_at, t.revoked_at) >= low
               AND least(t.expires_at, t.revoked_at)
                   <= postern.old_by() - interval '30 days'
             ORDER BY least(t.expires_at, t.revoked_at)
             LIMIT wanted
               FOR UPDATE SKIP LOCKED) AS o;
    DELETE FROM postern.access_token AS t WHERE t.ctid = ANY (old);
    RETURN CASE WHEN cardinality(old) = wanted THEN last END;
END
$$;
COMMENT ON FUNCTION postern.remove_tokens IS
'Delete so many access tokens that expired or were revoked more than 30 days
ago, from low on. Returns when the last did; NULL: that was all.';

CREATE OR REPLACE FUNCTION postern.remove_tasks(low timestamptz, wanted integer)
RETURNS timestamptz
LANGUAGE plpgsql VOLATILE
SET plan_cache_mode = force_generic_plan
SET enable_seqscan = off
SET enable_bitmapscan = off
SET jit = off
AS $$
DECLARE
    old  tid[];
    last timestamptz;
BEGIN
    SELECT array_agg(o.ctid), max(o.ended_at) INTO old, last
      FROM (SELECT t.ctid, t.ended_at
              FROM postern.task AS t
             WHERE t.ended_at >= remove_tasks.low
               AND t.ended_at < postern.old_by() - interval '1 day'
             ORDER BY t.ended_at
             LIMIT wanted
               FOR UPDATE SKIP LOCKED) AS o;
    DELETE FROM postern.task AS t WHERE t.ctid = ANY (old);
    RETURN CASE WHEN cardinality(old) = wanted THEN last END;
END
$$;
COMMENT ON FUNCTION postern.remove_tasks IS
'Delete so many tasks that ended more than a day ago, from low on. Returns when
the last did; NULL: that was all.';

CREATE OR REPLACE FUNCTION postern.remove_strays(wanted integer)
RETURNS text
LANGUAGE plpgsql VOLATILE
SET plan_cache_mode = force_generic_plan
SET enable_seqscan = off
SET enable_bitmapscan = off
SET jit = off
AS $$
DECLARE
    kept     uuid := postern.kept_from();
    messages tid[];
    attempts tid[];
BEGIN
    messages := ARRAY(
        SELECT m.ctid
          FROM postern.message_default AS m
         WHERE m.id < kept
         ORDER BY m.id
         LIMIT wanted
           FOR UPDATE SKIP LOCKED);
    DELETE FROM postern.message_default AS m WHERE m.ctid = ANY (messages);
    attempts := ARRAY(
        SELECT a.ctid
          FROM postern.attempt_default AS a
         WHERE a.started_at < postern.uuid7_time(kept)
         LIMIT wanted
           FOR UPDATE SKIP LOCKED);
    DELETE FROM postern.attempt_default AS a WHERE a.ctid = ANY (attempts);
    RETURN CASE WHEN wanted IN (cardinality(messages), cardinality(attempts))
        THEN 'more' END;
END
$$;
COMMENT ON FUNCTION postern.remove_strays IS
'Delete so many messages and attempts that are no longer kept from the default
partitions, where those are of days that had no partition. NULL: that was all.';

CREATE OR REPLACE FUNCTION postern.tidy_part(part text, low text, wanted integer)
RETURNS text
LANGUAGE plpgsql VOLATILE
AS $$
DECLARE
    first_id CONSTANT uuid := '00000000-0000-0000-0000-000000000000';
BEGIN
    RETURN CASE part
        WHEN 'owed' THEN
            postern.expire_owed(coalesce(low::bigint, 0), wanted)::text
        WHEN 'keys' THEN
            postern.expire_keys(coalesce(low::uuid, first_id), wanted)::text
        WHEN 'webhooks' THEN
            postern.time_text(postern.remove_webhooks(
                coalesce(low, '-infinity')::timestamptz, wanted))
        WHEN 'secrets' THEN
            postern.time_text(postern.remove_secrets(
                coalesce(low, '-infinity')::timestamptz, wanted))
        WHEN 'tokens' THEN
            postern.time_text(postern.remove_tokens(
                coalesce(low, '-infinity')::timestamptz, wanted))
        WHEN 'tasks' THEN
            postern.time_text(postern.remove_tasks(
                coalesce(low, '-infinity')::timestamptz, wanted))
        WHEN 'strays' THEN
            postern.remove_strays(wanted)
        WHEN 'lanes' THEN
            postern.open_lost_lanes(coalesce(low::uuid, first_id), wanted)::text
        END;
END
$$;
COMMENT ON FUNCTION postern.tidy_part IS
'A step of one part of tidying: so many rows, from low, or NULL, the start.
Returns the low of the next step; NULL: this part is done.';

CREATE OR REPLACE FUNCTION postern.tidy(place text)
RETURNS text
LANGUAGE plpgsql VOLATILE SECURITY DEFINER
SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    parts CONSTANT text[] :=
        '{owed,keys,webhooks,secrets,tokens,tasks,strays,lanes}';
    part  text := coalesce(split_part(place, ' ', 1), parts[1]);
    low   text := substr(place, length(part) + 2);
BEGIN
    -- A step that a crash undoes is made again: it need not be durable.
    PERFORM set_config('synchronous_commit', 'off', true);
    FOREACH part IN ARRAY parts[array_position(parts, part):] LOOP
        low := postern.tidy_part(part, low, 500);
        IF low IS NOT NULL THEN
            RETURN concat(part, ' ', low);
        END IF;
    END LOOP;
    RETURN NULL;
END
$$;
COMMENT ON FUNCTION postern.tidy IS
'A short step of tidying: fail what is owed longer than messages are kept;
delete old deduplication keys, webhooks deleted more than a day ago, expired
secrets, access tokens that ended more than 30 days ago, tasks that ended more
than a day ago; and see that no backlog waits for nothing. Begins at NULL, and
goes on at what the step before returned; NULL: nothing is left.';

CREATE OR REPLACE FUNCTION postern.maintain()
RETURNS text
LANGUAGE plpgsql VOLATILE SECURITY DEFINER
SET search_path = pg_catalog, pg_temp
SET lock_timeout = '50ms'
AS $$
DECLARE
    today date := (clock_timestamp() AT TIME ZONE 'UTC')::date;
    doubt text;
    kept  uuid;
    more  text;
BEGIN
    PERFORM FROM postern.delivery_setting FOR UPDATE SKIP LOCKED;
    IF NOT FOUND THEN
        RETURN 'another session is running maintain()';
    END IF;
    doubt := postern.watch_clock();
    kept := postern.kept_from();
    IF postern.tidy(NULL) IS NOT NULL THEN
        more := 'not all that is old has been removed: a worker goes on';
    END IF;
    -- Last, as others wait for what these lock until this commits.
    RETURN (
        SELECT nullif(concat_ws('; ', doubt, more, string_agg(t.why, '; ')), '')
          FROM (SELECT postern.turn_days(parent, today,
                       (postern.uuid7_time(kept) AT TIME ZONE 'UTC')::date) AS why
                  FROM unnest('{message,attempt}'::text[]) AS parent) AS t);
END
$$;
COMMENT ON FUNCTION postern.maintain IS
'Make the partitions of the next 10 days, and drop those older than the
retention (neither while another transaction uses them for long). Then remove
what is old: what is owed longer than the retention fails, deduplication keys go
with their messages, webhooks a day after they were deleted, secrets when they
expire, access tokens 30 days after their end. It removes no more than 500 of
anything. Returns what is left to do, and why; NULL: nothing. A worker calls it
hourly, goes on step by step, and logs what this returns. It is harmless at any
time, a second call at the same time does nothing, and it waits for no lock
longer than 50 ms. If the clock has jumped, nothing is dropped: see
postern.trust_clock.';
