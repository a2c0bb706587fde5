-- notes.sql - what a lane is to be told once its webhook is free.
--
-- A transaction that is left open on one webhook must stop that one alone.
-- Workers lock a webhook before they change its lane, without waiting; what
-- concerns one that is locked goes into a note, in the same transaction, and
-- is told to the lane when the webhook is free. So does what concerns a lane
-- that a claim has locked: it may be another claim that has locked some
-- already, and two of them would wait for each other.

CREATE OR REPLACE FUNCTION postern.hold_lane(account uuid, webhook uuid)
RETURNS boolean
LANGUAGE plpgsql VOLATILE
AS $$
BEGIN
    PERFORM FROM postern.lane AS l
      WHERE l.account_id = account AND l.webhook_id = webhook
        FOR UPDATE SKIP LOCKED;
    RETURN FOUND OR NOT EXISTS (
        SELECT FROM postern.lane AS l
         WHERE l.account_id = account AND l.webhook_id = webhook);
END
$$;
COMMENT ON FUNCTION postern.hold_lane IS
'Lock the lane of a webhook, which the caller has locked, if it has one; false,
at once, if another transaction holds it.';

CREATE OR REPLACE FUNCTION postern.note_held(
    accounts uuid[], webhooks uuid[], what text)
RETURNS uuid[]
LANGUAGE plpgsql VOLATILE
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
         WHERE CASE WHEN postern.hold_webhook(w.account_id, w.webhook_id)
                    THEN NOT postern.hold_lane(w.account_id, w.webhook_id)
                    ELSE true END
        RETURNING n.webhook_id
    )
    SELECT array_agg(n.webhook_id) INTO held FROM noted AS n;
    RETURN coalesce(held, '{}');
END
$$;
COMMENT ON FUNCTION postern.note_held IS
'Lock these webhooks and their lanes, except those that another transaction
holds; leave a note with this news for each of those, and return them.';

CREATE OR REPLACE FUNCTION postern.disable_failing(
    account uuid, webhook uuid, reason text, delivery bigint)
RETURNS boolean
LANGUAGE plpgsql VOLATILE
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
            why, delivery)
        VALUES (account, webhook, clock_timestamp() + interval '1 second',
            'disable', reason, delivery);
        RETURN false;
    END IF;
    PERFORM postern.set_webhook_state(account, webhook, 'disabled', reason,
        'worker', delivery);
    RETURN true;
END
$$;
COMMENT ON FUNCTION postern.disable_failing IS
'Disable a webhook, which the caller has locked, because of a delivery, if it is
still enabled; true: it was. Leaves a note if another transaction holds its account.';

CREATE OR REPLACE FUNCTION postern.apply_notes()
RETURNS TABLE (webhook_id uuid, change text, reason text)
LANGUAGE plpgsql VOLATILE SECURITY DEFINER
SET search_path = pg_catalog, pg_temp
SET plan_cache_mode = force_generic_plan
SET enable_seqscan = off
SET enable_bitmapscan = off
SET jit = off
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
                   note.hard, note.hold, note.due, note.gone, note.why,
                   note.delivery) AS m;
        ELSE
            change := 'disabled';
            reason := note.why;
        END CASE;
        IF change IS NOT NULL AND (change <> 'disabled'
                OR postern.disable_failing(note.account_id, note.webhook_id,
                    reason, note.delivery)) THEN
            RETURN NEXT;
        END IF;
    END LOOP;
END
$$;
COMMENT ON FUNCTION postern.apply_notes IS
'Apply the notes to lanes whose webhooks nobody holds now; the others are tried
again after a second. Returns the webhooks whose state changed.';
