-- 0023-lane-notes.sql - what is to be told to lanes that somebody holds.
--
-- A transaction that is left open on one webhook must stop that one alone.
-- Workers lock a webhook before they change its lane, without waiting; what
-- concerns one that is locked goes into a note, in the same transaction, and
-- is told to the lane when the webhook is free.

CREATE TABLE postern.lane_note (
    id         bigint      GENERATED ALWAYS AS IDENTITY
        CONSTRAINT lane_note_pkey PRIMARY KEY,
    account_id uuid        NOT NULL,
    webhook_id uuid        NOT NULL,
    try_at     timestamptz NOT NULL
        DEFAULT clock_timestamp() + interval '5 ms',
    news       text        NOT NULL
        CONSTRAINT lane_note_news_check
            CHECK (news IN ('open', 'free', 'outcomes', 'disable')),
    sent       integer,
    failed     integer,
    began      timestamptz,
    hard       boolean,
    hold       interval,
    due        timestamptz,
    gone       boolean,
    why        text
) WITH (autovacuum_vacuum_scale_factor = 0, autovacuum_vacuum_threshold = 1000,
    autovacuum_vacuum_cost_delay = 0);
CREATE INDEX lane_note_try ON postern.lane_note (try_at);
COMMENT ON TABLE postern.lane_note IS
'What lanes have yet to be told, because another transaction had the webhook locked.';
COMMENT ON COLUMN postern.lane_note.try_at IS
'A worker tries again then.';
COMMENT ON COLUMN postern.lane_note.news IS
'open: something waits in the backlog. free: the same, and what was in flight is lost. outcomes: what move_failing_lane is to be given. disable: the webhook is to be disabled, for the reason in why.';

CREATE FUNCTION postern.await_webhook(account uuid, webhook uuid)
RETURNS void
LANGUAGE plpgsql VOLATILE SECURITY DEFINER
SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
    PERFORM postern.lock_account(account);
    PERFORM FROM postern.webhook AS w
      WHERE w.account_id = account AND w.id = webhook
        FOR NO KEY UPDATE;
END
$$;
REVOKE ALL ON FUNCTION postern.await_webhook(uuid, uuid) FROM PUBLIC;
COMMENT ON FUNCTION postern.await_webhook(uuid, uuid) IS
'Wait for the locks of an account and its webhook, so that its lane may be changed. Unknown account: no_data_found.';

CREATE FUNCTION postern.hold_webhook(account uuid, webhook uuid)
RETURNS boolean
LANGUAGE plpgsql VOLATILE SECURITY DEFINER
SET search_path = pg_catalog, pg_temp
SET plan_cache_mode = force_generic_plan
SET enable_seqscan = off
SET enable_bitmapscan = off
AS $$
BEGIN
    PERFORM FROM postern.webhook AS w
      WHERE w.account_id = account AND w.id = webhook
        FOR NO KEY UPDATE SKIP LOCKED;
    -- One that has been removed is held by nobody.
    RETURN FOUND OR NOT EXISTS (
        SELECT FROM postern.webhook AS w
         WHERE w.account_id = account AND w.id = webhook);
END
$$;
REVOKE ALL ON FUNCTION postern.hold_webhook(uuid, uuid) FROM PUBLIC;
COMMENT ON FUNCTION postern.hold_webhook(uuid, uuid) IS
'Lock a webhook, so that its lane may be changed; false, at once, if another transaction holds it.';

CREATE FUNCTION postern.note_held(
    accounts uuid[], webhooks uuid[], what text)
RETURNS uuid[]
LANGUAGE plpgsql VOLATILE SECURITY DEFINER
SET search_path = pg_catalog, pg_temp
SET plan_cache_mode = force_generic_plan
AS $$
DECLARE
    held uuid[];
BEGIN
    WITH noted AS (
        INSERT INTO postern.lane_note AS n (account_id, webhook_id, news)
        SELECT w.account_id, w.webhook_id, what
          FROM (SELECT DISTINCT u.account_id, u.webhook_id
                  FROM unnest(accounts, webhooks)
                       AS u (account_id, webhook_id)
                OFFSET 0) AS w
         WHERE NOT postern.hold_webhook(w.account_id, w.webhook_id)
        RETURNING n.webhook_id
    )
    SELECT array_agg(n.webhook_id) INTO held FROM noted AS n;
    RETURN coalesce(held, '{}');
END
$$;
REVOKE ALL ON FUNCTION postern.note_held(uuid[], uuid[], text) FROM PUBLIC;
COMMENT ON FUNCTION postern.note_held(uuid[], uuid[], text) IS
'Lock these webhooks but for those that another transaction holds: leave a note of this news for each of them, and return them.';

CREATE FUNCTION postern.disable_failing(
    account uuid, webhook uuid, reason text)
RETURNS boolean
LANGUAGE plpgsql VOLATILE SECURITY DEFINER
SET search_path = pg_catalog, pg_temp
SET plan_cache_mode = force_generic_plan
SET enable_seqscan = off
SET enable_bitmapscan = off
AS $$
BEGIN
    -- What has been deleted or disabled meanwhile stays so.
    IF NOT EXISTS (
            SELECT FROM postern.webhook AS w
             WHERE w.account_id = account AND w.id = webhook
               AND w.state = 'enabled') THEN
        RETURN false;
    END IF;
    PERFORM FROM postern.account AS a
      WHERE a.id = account
        FOR NO KEY UPDATE SKIP LOCKED;
    IF NOT FOUND THEN
        INSERT INTO postern.lane_note (account_id, webhook_id, try_at, news,
            why)
        VALUES (account, webhook, clock_timestamp() + interval '1 second',
            'disable', reason);
        RETURN false;
    END IF;
    PERFORM postern.set_webhook_state(webhook, 'disabled', reason, 'worker');
    RETURN true;
END
$$;
REVOKE ALL ON FUNCTION postern.disable_failing(uuid, uuid, text) FROM PUBLIC;
COMMENT ON FUNCTION postern.disable_failing(uuid, uuid, text) IS
'Disable a webhook, which the caller has locked, unless it is enabled no longer; true if this is done. Leaves a note if somebody holds its account.';

CREATE FUNCTION postern.settle()
RETURNS TABLE (webhook_id uuid, change text, reason text)
LANGUAGE plpgsql VOLATILE SECURITY DEFINER
SET search_path = pg_catalog, pg_temp
SET plan_cache_mode = force_generic_plan
SET enable_seqscan = off
SET enable_bitmapscan = off
AS $$
DECLARE
    note postern.lane_note;
BEGIN
    FOR note IN
        SELECT due.*
          FROM (SELECT n.*
                  FROM postern.lane_note AS n
                 WHERE n.try_at <= clock_timestamp()
                 ORDER BY n.try_at
                 LIMIT 256
                   FOR UPDATE SKIP LOCKED) AS due
         ORDER BY due.webhook_id, due.id
    LOOP
        IF NOT postern.hold_webhook(note.account_id, note.webhook_id) THEN
            UPDATE postern.lane_note AS n
               SET try_at = clock_timestamp() + interval '1 second'
             WHERE n.id = note.id;
            CONTINUE;
        END IF;
        DELETE FROM postern.lane_note AS n WHERE n.id = note.id;
        webhook_id := note.webhook_id;
        change := NULL;
        CASE note.news
        WHEN 'open' THEN
            -- Whether it is enabled now is seen at the look.
            PERFORM postern.open_lanes(ARRAY[note.account_id],
                ARRAY[note.webhook_id], '{true}');
        WHEN 'free' THEN
            PERFORM postern.free_lanes(ARRAY[note.account_id],
                ARRAY[note.webhook_id]);
        WHEN 'outcomes' THEN
            SELECT m.change, m.reason INTO change, reason
              FROM postern.move_failing_lane(note.account_id,
                   note.webhook_id, note.sent, note.failed, note.began,
                   note.hard, note.hold, note.due, note.gone, note.why) AS m;
        ELSE
            change := 'disabled';
            reason := note.why;
        END CASE;
        IF change IS NOT NULL AND (change <> 'disabled'
                OR postern.disable_failing(note.account_id, note.webhook_id,
                    reason)) THEN
            RETURN NEXT;
        END IF;
    END LOOP;
END
$$;
REVOKE ALL ON FUNCTION postern.settle() FROM PUBLIC;
GRANT EXECUTE ON FUNCTION postern.settle() TO postern_delivery;
COMMENT ON FUNCTION postern.settle() IS
'Tell lanes what notes have for them, as far as their webhooks are free; those that are not are tried again after a second. Returns the webhooks whose state changed.';

-- Rates ----------------------------------------------------------------------

-- At a lower one, the time until the next request is none that can be told.
WITH raised AS (
    UPDATE postern.webhook AS w SET rate = 0.001 WHERE w.rate < 0.001::real
    RETURNING w.account_id, w.id
)
UPDATE postern.lane AS l
   SET slot_at = NULL, next_at = greatest(now(), l.cool_until)
  FROM raised AS r
 WHERE l.account_id = r.account_id AND l.webhook_id = r.id;
ALTER TABLE postern.webhook
    DROP CONSTRAINT webhook_rate_check,
    ADD CONSTRAINT webhook_rate_check
        CHECK (rate >= 0.001::real AND rate <= 10000);

-- Functions that have changed ------------------------------------------------

\ir 0011-claim.sql
\ir 0012-record.sql
\ir 0013-owed.sql
