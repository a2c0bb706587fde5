-- retention.sql - how long things are kept, and what removes them then.

CREATE OR REPLACE FUNCTION postern.set_retention(period interval)
RETURNS void
LANGUAGE plpgsql VOLATILE SECURITY DEFINER
SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    longest interval;
BEGIN
    UPDATE postern.delivery_setting SET retention = period;
    longest := postern.longest_schedule();
    IF longest > period THEN
        RAISE EXCEPTION 'retention must be at least as long as the longest retry schedule,'
            ' %, not %', longest, period
            USING ERRCODE = 'invalid_parameter_value',
                HINT = 'They are in postern.delivery_settings and postern.webhooks.';
    END IF;
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
    failed bigint[];
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
    ), logged AS (
        INSERT INTO postern.attempt (delivery_id, account_id, webhook_id,
            message_id, attempt_no, started_at, verdict, outcome, error)
        SELECT e.*, clock_timestamp(), 'expired', 'failed',
               'it was owed longer than messages are kept'
          FROM (SELECT * FROM waiting UNION ALL SELECT * FROM unseen)
               AS e (id, account_id, webhook_id, message_id, attempt_no)
        RETURNING delivery_id
    )
    SELECT array_agg(l.delivery_id) INTO failed FROM logged AS l;
    PERFORM postern.tell_of_deliveries(failed);
    RETURN CASE WHEN looked = wanted THEN last END;
END
$$;
COMMENT ON FUNCTION postern.expire_owed IS
'Look at so many deliveries with ids above low, and fail, visibly and with a notice to
their accounts, those that are owed longer than messages are kept. Returns the last id
looked at; NULL: that was all.';

CREATE OR REPLACE FUNCTION postern.remove_old(
    name text, key text, low text, before text, wanted integer)
RETURNS text
LANGUAGE plpgsql VOLATILE
SET DateStyle = ISO
SET enable_seqscan = off
SET enable_bitmapscan = off
SET jit = off
AS $$
DECLARE
    old  tid[];
    last text;
BEGIN
    -- It waits for nobody, and so is part of no deadlock.
    EXECUTE format('SELECT array_agg(o.ctid), (array_agg(o.key))[count(*)]'
        ' FROM (SELECT ctid, %1$s AS key FROM postern.%2$I WHERE %1$s < %3$L AND %4$s'
        ' ORDER BY %1$s LIMIT %5$s FOR UPDATE SKIP LOCKED) AS o', key, name, before,
        CASE WHEN low IS NULL THEN 'true' ELSE format('%s >= %L', key, low) END, wanted)
       INTO old, last;
    EXECUTE format('DELETE FROM postern.%I WHERE ctid = ANY ($1)', name) USING old;
    RETURN CASE WHEN cardinality(old) = wanted THEN last END;
END
$$;
COMMENT ON FUNCTION postern.remove_old IS
'Delete so many rows of a table, from low on (NULL: the first), whose key, an
expression that has an index, is before this. Returns the key of the last; NULL:
that was all.';

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
    theirs  uuid[];
    old     uuid[];
    last    timestamptz;
    free    uuid[];
    removed integer;
BEGIN
    SELECT array_agg(o.account_id), array_agg(o.id), max(o.updated_at) INTO theirs, old, last
      FROM (SELECT w.account_id, w.id, w.updated_at
              FROM postern.webhook AS w
             WHERE w.state = 'deleted' AND w.updated_at >= low
               AND w.updated_at < postern.old_by() - interval '1 day'
             ORDER BY w.updated_at
             LIMIT wanted) AS o;
    -- Those of accounts that somebody else holds are removed another time.
    free := ARRAY(
        SELECT a.id
          FROM postern.account AS a
         WHERE a.id = ANY (theirs)
           FOR NO KEY UPDATE SKIP LOCKED);
    WITH gone AS (
        DELETE FROM postern.webhook AS w
         WHERE w.id = ANY (ARRAY(
               SELECT o.id FROM unnest(theirs, old) AS o (account_id, id)
                WHERE o.account_id = ANY (free)))
        RETURNING w.account_id, w.id
    ), noted AS (
        INSERT INTO postern.removed_webhook (id, account_id)
        SELECT g.id, g.account_id FROM gone AS g
    ), forgotten AS (
        DELETE FROM postern.health AS h
         USING gone AS g
         WHERE h.account_id = g.account_id AND h.webhook_id = g.id
    ), counted AS (
        UPDATE postern.account AS a
           SET deleted_count = a.deleted_count - (
               SELECT count(*) FROM gone AS g WHERE g.account_id = a.id)
         WHERE a.id = ANY (ARRAY(SELECT g.account_id FROM gone AS g))
    )
    SELECT count(*) INTO removed FROM gone AS g;
    RETURN CASE WHEN cardinality(old) = wanted AND (removed > 0 OR last > low) THEN last END;
END
$$;
COMMENT ON FUNCTION postern.remove_webhooks IS
'Remove so many webhooks that were deleted more than a day ago, from low on.
From then on they do not count for their accounts. Returns when the last was
deleted; NULL: that was all.';

CREATE OR REPLACE FUNCTION postern.tidy_part(part text, low text, wanted integer)
RETURNS text
LANGUAGE plpgsql VOLATILE
AS $$
DECLARE
    first_id CONSTANT uuid := '00000000-0000-0000-0000-000000000000';
    old_by timestamptz := postern.old_by();
    kept   uuid        := postern.kept_from();
BEGIN
    RETURN CASE part
        WHEN 'owed' THEN
            postern.expire_owed(coalesce(low::bigint, 0), wanted)::text
        WHEN 'keys' THEN
            postern.remove_old('dedup', 'message_id', low, kept::text, wanted)
        WHEN 'requests' THEN
            postern.remove_old('idempotency_key', 'made_at', low,
                postern.time_text(postern.uuid7_time(kept)), wanted)
        WHEN 'webhooks' THEN
            postern.time_text(postern.remove_webhooks(
                coalesce(low, '-infinity')::timestamptz, wanted))
        WHEN 'secrets' THEN
            postern.remove_old('secret', 'expires_at', low, postern.time_text(old_by),
                wanted)
        WHEN 'tokens' THEN
            postern.remove_old('access_token', 'least(expires_at, revoked_at)', low,
                postern.time_text(old_by - interval '30 days'), wanted)
        WHEN 'platform' THEN
            postern.remove_old('platform_token', 'least(expires_at, revoked_at)', low,
                postern.time_text(old_by - interval '30 days'), wanted)
        WHEN 'tasks' THEN
            postern.remove_old('task', 'ended_at', low,
                postern.time_text(old_by - interval '1 day'), wanted)
        WHEN 'removed' THEN
            postern.remove_old('removed_webhook', 'removed_at', low,
                postern.time_text(postern.uuid7_time(kept)), wanted)
        WHEN 'messages' THEN
            postern.remove_old('message_default', postern.stray_key('message'), low,
                kept::text, wanted)
        WHEN 'attempts' THEN
            postern.remove_old('attempt_default', postern.stray_key('attempt'), low,
                postern.time_text(postern.uuid7_time(kept)), wanted)
        WHEN 'lanes' THEN
            postern.open_lost_lanes(coalesce(low::uuid, first_id), wanted)::text
        END;
END
$$;
COMMENT ON FUNCTION postern.tidy_part IS
'A step of one part of tidying: so many rows, from low, or NULL, the start.
Returns the low of the next step; NULL: this part is done.';

CREATE OR REPLACE FUNCTION postern.tidy_for(part text, INOUT low text)
LANGUAGE plpgsql VOLATILE
AS $$
DECLARE
    until CONSTANT timestamptz := clock_timestamp() + interval '30 ms';
BEGIN
    FOR n IN 1 .. 5 LOOP
        low := postern.tidy_part(part, low, 100);
        EXIT WHEN low IS NULL OR clock_timestamp() > until;
    END LOOP;
END
$$;
COMMENT ON FUNCTION postern.tidy_for IS
'As tidy_part: 500 rows, or as many as 30 ms, or a little more, are enough for.';

CREATE OR REPLACE FUNCTION postern.tidy_parts()
RETURNS text[]
LANGUAGE sql IMMUTABLE PARALLEL SAFE
AS $$
    SELECT '{owed,keys,requests,webhooks,secrets,tokens,platform,tasks,removed,messages,
        attempts,lanes}'::text[]
$$;
COMMENT ON FUNCTION postern.tidy_parts IS
'The parts of tidying, in their order.';

CREATE OR REPLACE FUNCTION postern.tidy(place text)
RETURNS text
LANGUAGE plpgsql VOLATILE SECURITY DEFINER
SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    parts CONSTANT text[] := postern.tidy_parts();
    part  text := coalesce(split_part(place, ' ', 1), parts[1]);
    low   text;
BEGIN
    -- A step that a crash undoes is made again: it need not be durable.
    PERFORM set_config('synchronous_commit', 'off', true);
    low := postern.tidy_for(part, nullif(substr(place, length(part) + 2), ''));
    RETURN coalesce(part || ' ' || low, parts[array_position(parts, part) + 1]);
END
$$;
COMMENT ON FUNCTION postern.tidy IS
'A short step of tidying: fail what is owed longer than messages are kept;
delete old deduplication keys and keys of requests, webhooks deleted more than a
day ago, expired secrets, access tokens that ended more than 30 days ago, tasks that
ended more than a day ago, and what is old of days that had no partition; and see that no
backlog waits for nothing. Begins at NULL, and goes on at what the step before
returned; NULL: nothing is left.';

CREATE OR REPLACE FUNCTION postern.maintain_days(parent text)
RETURNS text
LANGUAGE plpgsql VOLATILE
AS $$
DECLARE
    step record;
BEGIN
    FOR n IN 1 .. 24 LOOP
        step := postern.try_day(parent);
        IF step.did IS NULL THEN
            RETURN step.why;
        END IF;
        -- What it now has locked is not to be read at length.
        EXIT WHEN step.did = 'gap';
    END LOOP;
    RETURN format('not all partitions of postern.%s are made or dropped: a worker goes on',
        parent);
END
$$;
COMMENT ON FUNCTION postern.maintain_days IS
'Make and drop partitions in one transaction, up to 24. Returns why not all.';

CREATE OR REPLACE FUNCTION postern.maintain()
RETURNS text
LANGUAGE plpgsql VOLATILE SECURITY DEFINER
SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    doubt text;
    part  text;
    more  text;
BEGIN
    PERFORM FROM postern.delivery_setting FOR UPDATE SKIP LOCKED;
    IF NOT FOUND THEN
        RETURN 'another session is running maintain()';
    END IF;
    doubt := postern.watch_clock();
    FOREACH part IN ARRAY postern.tidy_parts() LOOP
        IF postern.tidy_for(part, NULL) IS NOT NULL THEN
            more := 'not all that is old has been removed: a worker goes on';
        END IF;
    END LOOP;
    -- Last, as others wait for what these lock until this commits.
    RETURN nullif(concat_ws('; ', doubt, more, postern.maintain_days('message'),
        postern.maintain_days('attempt')), '');
END
$$;
COMMENT ON FUNCTION postern.maintain IS
'Do what workers do step by step (turn_days, tidy), at once, as far as it is not too
much: make the partitions of the next 10 days, and drop those older than the
retention (neither while another transaction uses them for long); then remove what is
old, no more than 500 of anything: what is owed longer than the retention fails,
deduplication keys and keys of requests go with their messages, webhooks a day after
they were deleted, secrets when they expire, access tokens 30 days after their end.
Returns what is left to do, and why; NULL: nothing. It is harmless at any time, a
second call at the same time does nothing, and it waits for no lock that others wait
for longer than 40 ms. If the clock has jumped, nothing is dropped: see postern.trust_clock.';
