-- notices.sql - what an account is told of its webhooks and deliveries, as events.
--
-- They go to the account's webhooks as others do, and whatever becomes of them
-- there, they end: postern.webhook.failing and postern.delivery.failed are only
-- made of events that are not of types of ours; postern.webhook.recovered is made
-- once for a failing or a disabled one; and a webhook that a worker has disabled
-- stays so until somebody enables it.

CREATE OR REPLACE FUNCTION postern.send_notices(
    type text, accounts uuid[], webhooks uuid[], data json[])
RETURNS void
LANGUAGE plpgsql VOLATILE
SET plan_cache_mode = force_generic_plan
SET enable_seqscan = off
SET enable_bitmapscan = off
SET enable_nestloop = on
SET jit = off
AS $$
DECLARE
    ids   uuid[];
    types integer[];
BEGIN
    SELECT array_agg(postern.uuid7()), array_agg(n.account_id), array_agg(n.webhook_id),
           array_agg(n.data), array_agg((
               SELECT t.id FROM postern.event_type AS t WHERE t.name = send_notices.type))
      INTO ids, accounts, webhooks, data, types
      FROM unnest(accounts, webhooks, send_notices.data) AS n (account_id, webhook_id, data)
     WHERE EXISTS (
           SELECT FROM postern.webhook AS w
            WHERE w.account_id = n.account_id AND w.id = n.webhook_id
              AND w.state <> 'deleted'
           OFFSET 0)
       AND EXISTS (SELECT FROM postern.account AS a WHERE a.id = n.account_id OFFSET 0);
    IF ids IS NOT NULL THEN
        PERFORM postern.enqueue(ids, accounts, types, data, NULL, webhooks);
    END IF;
END
$$;
COMMENT ON FUNCTION postern.send_notices IS
'Publish an event of a type of ours to each of these accounts, with its data, about its
webhook, to which it is not sent. None of a webhook or an account that is deleted. It
waits for no lock.';

CREATE OR REPLACE FUNCTION postern.send_notice(
    type text, account uuid, webhook uuid, data json)
RETURNS void
LANGUAGE plpgsql VOLATILE
AS $$
BEGIN
    PERFORM postern.send_notices(type, ARRAY[account], ARRAY[webhook], ARRAY[data]);
END
$$;
COMMENT ON FUNCTION postern.send_notice IS
'As send_notices, of one.';

CREATE OR REPLACE FUNCTION postern.last_attempt(
    delivery bigint, OUT data json, OUT verdict text, OUT is_ours boolean)
LANGUAGE plpgsql STABLE
AS $$
DECLARE
    oldest timestamptz := clock_timestamp() - interval '2 days';
BEGIN
    SELECT (SELECT row_to_json(j)
              FROM (SELECT l.delivery_id::text,
                           postern.write_message_id(l.message_id) AS message_id,
                           l.attempt_no AS number, l.status) AS j),
           l.verdict, t.kind <> 'type'
      INTO data, verdict, is_ours
      FROM (SELECT a.*
              FROM postern.attempt AS a
             WHERE a.delivery_id = delivery AND a.started_at >= oldest
             ORDER BY a.attempt_no DESC
             LIMIT 1) AS l
     CROSS JOIN LATERAL (
           SELECT e.kind
             FROM postern.message AS m
             JOIN postern.event_type AS e ON e.id = m.event_type_id
            WHERE m.id = l.message_id
           OFFSET 0) AS t;
END
$$;
COMMENT ON FUNCTION postern.last_attempt IS
'The last attempt of a delivery, as notices have it, what the worker made of it, and
whether it was of an event of a type of ours. All NULL: there was none of late.';

CREATE OR REPLACE FUNCTION postern.tell_of_lane(lane postern.lane, delivery bigint)
RETURNS void
LANGUAGE plpgsql VOLATILE
SET enable_nestloop = on
AS $$
DECLARE
    hook postern.webhook := postern.api_webhook(lane.account_id, lane.webhook_id::text);
    last record;
BEGIN
    IF lane.told THEN
        -- Of one that others than its account have disabled, that is what it knows.
        IF hook.state = 'enabled' OR hook.disabled_by = 'account' THEN
            PERFORM postern.send_notice('postern.webhook.recovered', lane.account_id,
                lane.webhook_id, row_to_json(j))
               FROM (SELECT lane.webhook_id, 'delivered' AS cause,
                            postern.api_time(lane.failing_since) AS since) AS j;
        END IF;
    ELSE
        last := postern.last_attempt(delivery);
        IF hook.state IS DISTINCT FROM 'enabled' OR last.is_ours IS NOT FALSE THEN
            RETURN;
        END IF;
        PERFORM postern.send_notice('postern.webhook.failing', lane.account_id,
            lane.webhook_id, row_to_json(j))
           FROM (SELECT lane.webhook_id, postern.api_time(lane.failing_since) AS since,
                        lane.failures, last.data AS attempt) AS j;
    END IF;
    UPDATE postern.lane AS l SET told = NOT lane.told
     WHERE l.account_id = lane.account_id AND l.webhook_id = lane.webhook_id;
END
$$;
COMMENT ON FUNCTION postern.tell_of_lane IS
'Tell the account of a webhook, which the caller has locked, that it fails, with the last
attempt of a delivery; or, if that has been told, that it has taken one again. A webhook
that fails with events of types of ours, or while it is disabled, is not told.';

CREATE OR REPLACE FUNCTION postern.tell_of_state(had postern.webhook, delivery bigint)
RETURNS void
LANGUAGE plpgsql VOLATILE
SET enable_nestloop = on
AS $$
DECLARE
    hook postern.webhook := postern.api_webhook(had.account_id, had.id::text);
    lane postern.lane;
    last record;
BEGIN
    SELECT l.* INTO lane
      FROM postern.lane AS l
     WHERE l.account_id = had.account_id AND l.webhook_id = had.id;
    IF hook.disabled_by <> 'account' AND hook.disabled_by IS DISTINCT FROM had.disabled_by THEN
        last := postern.last_attempt(delivery);
        PERFORM postern.send_notice('postern.webhook.disabled', had.account_id, had.id,
            row_to_json(j))
           FROM (SELECT had.id AS webhook_id, CASE
                            WHEN hook.disabled_by = 'operator' THEN 'operator'
                            WHEN last.verdict = 'gone' THEN 'gone'
                            ELSE 'failing' END AS cause,
                        left(CASE hook.disabled_by WHEN 'operator' THEN hook.reason
                            ELSE split_part(hook.reason, '; last: ', 1) END, 1000) AS reason,
                        postern.api_time(lane.failing_since) AS since,
                        last.data AS attempt) AS j;
    ELSIF hook.state = 'enabled' AND (had.disabled_by <> 'account' OR lane.told) THEN
        PERFORM postern.send_notice('postern.webhook.recovered', had.account_id, had.id,
            row_to_json(j))
           FROM (SELECT had.id AS webhook_id, 'enabled' AS cause,
                        postern.api_time(lane.failing_since) AS since) AS j;
    END IF;
END
$$;
COMMENT ON FUNCTION postern.tell_of_state IS
'Tell the account of a webhook, which was as had is, that a worker or an operator has
disabled it, with the last attempt of a delivery, or that it is enabled again. What the
account itself disables it is not told. An attempt''s error is left out: it may have the
URL, which the receivers of other webhooks need not know.';

CREATE OR REPLACE FUNCTION postern.tell_of_deliveries(failed bigint[])
RETURNS void
LANGUAGE plpgsql VOLATILE
SET plan_cache_mode = force_generic_plan
SET enable_seqscan = off
SET enable_bitmapscan = off
SET enable_nestloop = on
SET jit = off
AS $$
DECLARE
    oldest   timestamptz := clock_timestamp() - interval '2 days';
    accounts uuid[];
    webhooks uuid[];
    data     json[];
BEGIN
    SELECT array_agg(n.account_id), array_agg(n.webhook_id), array_agg(n.data)
      INTO accounts, webhooks, data
      FROM (SELECT d.account_id, d.webhook_id, concat('{"webhook_id":"', d.webhook_id,
                   '","deliveries":[', string_agg(d.delivery, ',' ORDER BY d.n), ']}')::json
                   AS data
              FROM (SELECT a.account_id, a.webhook_id, (
                           SELECT row_to_json(j)::text
                             FROM (SELECT f.id::text,
                                          postern.write_message_id(a.message_id) AS message_id,
                                          t.name AS type, a.attempt_no AS attempts,
                                          a.status) AS j) AS delivery,
                           row_number() OVER (
                               PARTITION BY a.account_id, a.webhook_id
                               ORDER BY f.id) - 1 AS n
                      FROM unnest(failed) AS f (id)
                     CROSS JOIN LATERAL (
                           SELECT a.account_id, a.webhook_id, a.message_id, a.attempt_no,
                                  a.status
                             FROM postern.attempt AS a
                            WHERE a.delivery_id = f.id AND a.outcome = 'failed'
                              AND a.started_at >= oldest
                            ORDER BY a.attempt_no DESC
                            LIMIT 1) AS a
                     CROSS JOIN LATERAL (
                           SELECT e.name
                             FROM postern.message AS m
                             JOIN postern.event_type AS e ON e.id = m.event_type_id
                            WHERE m.id = a.message_id AND e.kind = 'type'
                           OFFSET 0) AS t) AS d
             GROUP BY d.account_id, d.webhook_id, d.n / 100) AS n;
    IF webhooks IS NOT NULL THEN
        PERFORM postern.send_notices('postern.delivery.failed', accounts, webhooks, data);
    END IF;
END
$$;
COMMENT ON FUNCTION postern.tell_of_deliveries IS
'Tell the accounts of these deliveries, which have just been given up, that they were: one
event for up to 100 of a webhook, but none of those of types of ours.';
