-- clock.sql - the time by which what is old is dropped, which no clock that
-- jumps can move.
--
-- Leases, due times and rates go by the server's clock as it is: a jump of it
-- sends something too early or too late, and loses nothing. What is dropped is
-- lost, and goes by a time that advances as upkeep sees it pass.

CREATE OR REPLACE FUNCTION postern.old_by()
RETURNS timestamptz
LANGUAGE plpgsql STABLE
AS $$
BEGIN
    RETURN (SELECT least(now(), u.trusted) FROM postern.upkeep AS u);
END
$$;
COMMENT ON FUNCTION postern.old_by IS
'The time by which things are too old to be kept: now, unless the clock is not
trusted.';

CREATE OR REPLACE FUNCTION postern.follow_messages(since timestamptz)
RETURNS timestamptz
LANGUAGE plpgsql STABLE
SET plan_cache_mode = force_custom_plan
SET enable_seqscan = off
SET enable_bitmapscan = off
SET jit = off
AS $$
DECLARE
    low    uuid;
    high   uuid;
    newest uuid;
BEGIN
    FOR hop IN 1 .. 100 LOOP
        -- Known before it is planned, so that only its own days are planned for.
        low := postern.first_uuid7(since + interval '1 ms');
        high := postern.first_uuid7(since + interval '1 h');
        SELECT m.id INTO newest
          FROM postern.message AS m
         WHERE m.id > low AND m.id < high
         ORDER BY m.id DESC
         LIMIT 1;
        EXIT WHEN newest IS NULL;
        since := postern.uuid7_time(newest);
    END LOOP;
    RETURN since;
END
$$;
COMMENT ON FUNCTION postern.follow_messages IS
'The time of the newest message to which others lead from this time on, each
within an hour of the one before; 100 hours further at most.';

CREATE OR REPLACE FUNCTION postern.watch_clock()
RETURNS text
LANGUAGE plpgsql VOLATILE
AS $$
DECLARE
    hour CONSTANT interval := interval '1 h';
    clock         timestamptz := clock_timestamp();
    last          timestamptz;
    trust         timestamptz;
BEGIN
    SELECT u.seen, u.trusted INTO last, trust FROM postern.upkeep AS u FOR UPDATE;
    IF clock - last BETWEEN interval '0' AND hour THEN
        trust := trust + (clock - last);
    END IF;
    IF clock - trust > hour THEN
        trust := postern.follow_messages(trust);
    END IF;
    IF clock - trust BETWEEN -hour AND hour THEN
        trust := clock;
    END IF;
    UPDATE postern.upkeep SET seen = clock, trusted = trust;
    IF trust <> clock THEN
        RETURN format('the clock says %s, which is %s %s than the last upkeep leads to believe:'
            ' nothing is dropped that would not be by %s. If the clock is right, SELECT'
            ' postern.trust_clock()', date_trunc('second', clock),
            date_trunc('second', greatest(clock - trust, trust - clock)),
            CASE WHEN clock > trust THEN 'later' ELSE 'earlier' END,
            date_trunc('second', least(clock, trust)));
    END IF;
    RETURN NULL;
END
$$;
COMMENT ON FUNCTION postern.watch_clock IS
'See how much time has passed since the last call. The clock is trusted as long
as it is within an hour of the time that upkeep has seen pass, or that messages
lead to which were published meanwhile. Returns why it is not; NULL: it is.';

CREATE OR REPLACE FUNCTION postern.trust_clock()
RETURNS timestamptz
LANGUAGE plpgsql VOLATILE SECURITY DEFINER
SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    clock timestamptz := clock_timestamp();
BEGIN
    UPDATE postern.upkeep SET seen = clock, trusted = clock;
    RETURN clock;
END
$$;
COMMENT ON FUNCTION postern.trust_clock IS
'Say that the server''s clock is right, and return its time: what is older than
the retention by it is dropped from now on. For after a time in which there was
no worker, nor a message an hour, which looks as if the clock had jumped.';
