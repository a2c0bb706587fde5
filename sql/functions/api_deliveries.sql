-- api_deliveries.sql - the API of what was and will be sent to a webhook.
--
-- Deliveries of a webhook are in the order of their messages' ids, which is
-- that of publishing, newest first; a message is delivered to a webhook once.

CREATE OR REPLACE FUNCTION postern.page_deliveries(
    hook postern.webhook, states text[], low uuid, high uuid, wanted integer,
    OUT items text[], OUT cursors text[])
LANGUAGE plpgsql STABLE
SET enable_hashjoin = off
SET enable_mergejoin = off
AS $$
DECLARE
    waits  text   := CASE hook.state WHEN 'enabled' THEN 'owed' ELSE 'held' END;
    -- No attempt is older than its message. A day, should the clock have been
    -- set back.
    oldest timestamptz := postern.uuid7_time(low) - interval '1 day';
    after  timestamptz;
BEGIN
    SELECT CASE waits WHEN 'owed' THEN greatest(l.rate_next_at, l.cool_until) END
      INTO after
      FROM postern.lane AS l
     WHERE l.account_id = hook.account_id AND l.webhook_id = hook.id;
    SELECT array_agg(row_to_json(j)::text ORDER BY j.message_id DESC),
           array_agg(substr(j.message_id, 5) ORDER BY j.message_id DESC)
      INTO items, cursors
      FROM (SELECT p.id::text AS id,
                   postern.write_message_id(p.message_id) AS message_id,
                   (SELECT t.name
                      FROM postern.message AS m
                      JOIN postern.event_type AS t ON t.id = m.event_type_id
                     WHERE m.id = p.message_id) AS type,
                   p.state, postern.api_time(d.made_at) AS created_at,
                   CASE WHEN p.due_at > clock_timestamp()
                         AND isfinite(p.due_at)
                       THEN postern.api_time(p.due_at) END AS next_attempt_at,
                   postern.api_time(p.ended_at
                       + coalesce(p.took_us, 0) * interval '1 us')
                       AS finished_at,
                   (SELECT coalesce(array_to_json(array_agg(
                               row_to_json(r) ORDER BY r.number)), '[]')
                      FROM (SELECT a.attempt_no AS number,
                                   postern.api_time(a.started_at) AS started_at,
                                   round(a.total_us / 1000.0, 3) AS duration_ms,
                                   a.status,
                                   coalesce(a.error,
                                       CASE WHEN a.verdict <> 'delivered'
                                       THEN 'it answered ' || a.status END)
                                       AS error,
                                   (SELECT f
                                      FROM (SELECT
                                       round(a.name_us / 1000.0, 3) AS name_ms,
                                       round(a.connect_us / 1000.0, 3)
                                           AS connect_ms,
                                       round(a.tls_us / 1000.0, 3) AS tls_ms,
                                       round(a.first_us / 1000.0, 3)
                                           AS first_byte_ms) AS f) AS phases,
                                   encode(a.answer, 'escape') AS answer,
                                   encode(a.answer_headers, 'escape')
                                       AS answer_headers
                              FROM postern.attempt AS a
                             WHERE a.account_id = hook.account_id
                               AND a.delivery_id = p.id
                               AND a.started_at BETWEEN d.first_at AND d.last_at
                               AND a.verdict NOT IN ('cancelled', 'expired')
                             ORDER BY a.attempt_no DESC
                             LIMIT 20) AS r) AS attempts
              -- An index by webhook would make publishing dearer. Where no
              -- worker is behind, all that is fresh is among the last.
              FROM ((SELECT f.id, f.message_id, waits AS state, after AS due_at,
                           NULL::timestamptz AS ended_at,
                           NULL::integer AS took_us
                      FROM (SELECT n.id, n.webhook_id, n.message_id
                              FROM postern.fresh AS n
                             WHERE n.account_id <= hook.account_id
                               AND n.account_id >= hook.account_id
                             ORDER BY n.account_id DESC, n.id DESC
                             LIMIT 10000) AS f
                     WHERE waits = ANY (states) AND f.webhook_id = hook.id
                       AND f.message_id >= low AND f.message_id < high
                     ORDER BY f.message_id DESC
                     LIMIT wanted)
                   UNION ALL
                   (SELECT b.id, b.message_id, waits,
                           CASE waits WHEN 'owed'
                               THEN greatest(b.due_at, after) END,
                           NULL, NULL
                      FROM postern.backlog AS b
                     WHERE waits = ANY (states)
                       AND b.account_id = hook.account_id
                       AND b.webhook_id = hook.id
                       AND b.message_id >= low AND b.message_id < high
                     ORDER BY b.message_id DESC
                     LIMIT wanted)
                   UNION ALL
                   (SELECT f.id, f.message_id, 'owed', NULL, NULL, NULL
                      FROM postern.in_flight AS f
                     WHERE 'owed' = ANY (states)
                       AND f.account_id = hook.account_id
                       AND f.webhook_id = hook.id
                       AND f.message_id >= low AND f.message_id < high
                     ORDER BY f.message_id DESC
                     LIMIT wanted)
                   UNION ALL
                   (SELECT a.delivery_id, a.message_id, a.outcome, NULL,
                           a.started_at, a.total_us
                      FROM postern.attempt AS a
                     WHERE 'sent' = ANY (states)
                       AND a.account_id = hook.account_id
                       AND a.webhook_id = hook.id
                       AND a.outcome = 'sent' AND a.started_at >= oldest
                       AND a.message_id >= low AND a.message_id < high
                     ORDER BY a.message_id DESC
                     LIMIT wanted)
                   UNION ALL
                   (SELECT a.delivery_id, a.message_id, a.outcome, NULL,
                           a.started_at, a.total_us
                      FROM postern.attempt AS a
                     WHERE 'failed' = ANY (states)
                       AND a.account_id = hook.account_id
                       AND a.webhook_id = hook.id
                       AND a.outcome = 'failed' AND a.started_at >= oldest
                       AND a.message_id >= low AND a.message_id < high
                     ORDER BY a.message_id DESC
                     LIMIT wanted)
                   UNION ALL
                   (SELECT a.delivery_id, a.message_id, a.outcome, NULL,
                           a.started_at, a.total_us
                      FROM postern.attempt AS a
                     WHERE 'cancelled' = ANY (states)
                       AND a.account_id = hook.account_id
                       AND a.webhook_id = hook.id
                       AND a.outcome = 'cancelled' AND a.started_at >= oldest
                       AND a.message_id >= low AND a.message_id < high
                     ORDER BY a.message_id DESC
                     LIMIT wanted)
                   ORDER BY 2 DESC
                    LIMIT wanted) AS p,
           LATERAL (SELECT m.at AS made_at, m.at - interval '1 day' AS first_at,
                           coalesce(p.ended_at + interval '1 day', 'infinity')
                               AS last_at
                      FROM postern.uuid7_time(p.message_id) AS m (at)
                    OFFSET 0) AS d) AS j;
END
$$;
COMMENT ON FUNCTION postern.page_deliveries IS
'The newest deliveries of a webhook in these states, of messages with ids from
low up to, not including, high, each with its last 20 attempts; and their
cursors. What waits for a disabled webhook is held; what is in flight is owed.
Of the account''s fresh deliveries only the last 10,000 are searched.';

CREATE OR REPLACE FUNCTION postern.api_list_deliveries(hook postern.webhook, input jsonb)
RETURNS postern.api_answer
LANGUAGE plpgsql STABLE
AS $$
DECLARE
    wanted  integer     := postern.api_limit(input);
    place   uuid        := postern.api_cursor(input, repeat('f', 32))::uuid;
    since   timestamptz := postern.api_time(input ->> 'since');
    until   timestamptz := postern.api_time(input ->> 'until');
    low     uuid;
    high    uuid;
    span    interval;
    page    record;
BEGIN
    IF wanted IS NULL OR place IS NULL THEN
        RETURN postern.api_bad_page(input, wanted);
    ELSIF input ->> 'state' <> ALL
            ('{owed,held,sent,failed,cancelled}'::text[]) THEN
        RETURN postern.api_invalid('state', input -> 'state',
            'state is owed, held, sent, failed or cancelled.');
    ELSIF input ? 'since' AND since IS NULL THEN
        RETURN postern.api_bad_time('since', input);
    ELSIF input ? 'until' AND until IS NULL THEN
        RETURN postern.api_bad_time('until', input);
    END IF;
    low := greatest(postern.first_uuid7(since), postern.kept_from());
    high := least(postern.first_uuid7(until), place);
    -- Most pages are full with what is of a few days.
    FOREACH span IN ARRAY '{1 day,1 week,10 years}'::interval[] LOOP
        page := postern.page_deliveries(hook, CASE WHEN input ? 'state'
                THEN ARRAY[input ->> 'state']
                ELSE '{owed,held,sent,failed,cancelled}'::text[] END,
            greatest(low, postern.first_uuid7(least(clock_timestamp(),
                postern.uuid7_time(high)) - span)), high, wanted + 1);
        EXIT WHEN cardinality(page.items) > wanted;
    END LOOP;
    RETURN postern.api_page(page.items, page.cursors, wanted);
END
$$;
COMMENT ON FUNCTION postern.api_list_deliveries IS
'GET /v1/webhooks/{id}/deliveries: by state, and by when their events were
published: from since up to, not including, until.';

CREATE OR REPLACE FUNCTION postern.api_test_webhook(hook postern.webhook)
RETURNS postern.api_answer
LANGUAGE plpgsql VOLATILE
AS $$
DECLARE
    answer  postern.api_answer;
    message uuid := postern.uuid7();
    sent    bigint;
    held    boolean;
BEGIN
    IF NOT postern.feed_is_held() THEN
        BEGIN
            held := postern.feed_lock();
        EXCEPTION WHEN OTHERS THEN
            RAISE;
        END;
        held := postern.feed_note();
    END IF;
    INSERT INTO postern.fresh AS f (account_id, webhook_id, message_id)
    VALUES (hook.account_id, hook.id, message)
    RETURNING f.id INTO sent;
    INSERT INTO postern.message (id, account_id, event_type_id, owed, body, place,
        traceparent)
    SELECT message, hook.account_id, t.id, 1,
           postern.write_event(t.name, '{}', clock_timestamp()),
           nextval('postern.feed')::text::xid8, postern.traceparent()
      FROM postern.event_type AS t
     WHERE t.name = 'postern.test';
    PERFORM postern.wake();
    answer.outcome := 'accepted';
    answer.body := row_to_json(j)
       FROM (SELECT postern.write_message_id(message) AS message_id,
                    sent::text AS delivery_id) AS j;
    RETURN answer;
END
$$;
COMMENT ON FUNCTION postern.api_test_webhook IS
'POST /v1/webhooks/{id}/test: owe the webhook an event of the type
postern.test, whatever it subscribes to. As with publish it is part of the trace
that postern.traceparent is set to.';

CREATE OR REPLACE FUNCTION postern.api_redeliver(hook postern.webhook, delivery text)
RETURNS postern.api_answer
LANGUAGE plpgsql VOLATILE
AS $$
DECLARE
    answer postern.api_answer;
BEGIN
    IF delivery ~ '^[1-9][0-9]{0,18}$'
            AND delivery::numeric <= 9223372036854775807 THEN
        hook := postern.lock_webhook(hook.account_id, hook.id);
        IF hook.id IS NOT NULL THEN
            answer.outcome := postern.redeliver(hook.account_id,
                hook.id, delivery::bigint);
        END IF;
    END IF;
    answer.outcome := coalesce(answer.outcome, 'no_such');
    IF answer.outcome = 'accepted' THEN
        answer.body := row_to_json(j) FROM (SELECT delivery AS delivery_id) AS j;
    ELSIF answer.outcome = 'conflict' THEN
        answer.text := 'The delivery is on its way at this moment.';
    END IF;
    RETURN answer;
END
$$;
COMMENT ON FUNCTION postern.api_redeliver IS
'POST /v1/webhooks/{id}/deliveries/{id}/redeliver: send a delivery now,
whatever its state.';

CREATE OR REPLACE FUNCTION postern.api_replay(hook postern.webhook, input jsonb)
RETURNS postern.api_answer
LANGUAGE plpgsql VOLATILE
AS $$
DECLARE
    answer   postern.api_answer;
    since    timestamptz := postern.api_time(input ->> 'since');
    until    timestamptz := CASE WHEN input ? 'until'
        THEN postern.api_time(input ->> 'until') ELSE 'infinity' END;
    sent_too jsonb       := coalesce(input -> 'sent_too', 'false');
    task     postern.task;
BEGIN
    IF since IS NULL THEN
        RETURN postern.api_bad_time('since', input);
    ELSIF until IS NULL THEN
        RETURN postern.api_bad_time('until', input);
    ELSIF jsonb_typeof(sent_too) <> 'boolean' THEN
        RETURN postern.api_invalid('sent_too', sent_too,
            'sent_too must be true or false.');
    END IF;
    hook := postern.lock_webhook(hook.account_id, hook.id);
    IF hook.id IS NULL THEN
        answer.outcome := 'no_such';
        RETURN answer;
    END IF;
    SELECT t.* INTO task
      FROM postern.task AS t
     WHERE t.account_id = hook.account_id AND t.webhook_id = hook.id
       AND t.kind = 'replay' AND t.ended_at IS NULL
     LIMIT 1;
    IF FOUND THEN
        answer.outcome := 'conflict';
        answer.text := concat('A replay is under way: ',
            postern.replay_path(task));
        RETURN answer;
    END IF;
    task := postern.begin_task(hook.account_id, hook.id, 'replay',
        greatest(since, postern.uuid7_time(postern.kept_from())), until,
        sent_too::boolean);
    PERFORM postern.open_lane(hook.account_id, hook.id);
    IF task.ended_at IS NULL THEN
        answer.outcome := 'accepted';
        answer.body := postern.replay_json(task);
    ELSE
        answer.outcome := 'ok';
        answer.body := row_to_json(j)
           FROM (SELECT task.deliveries AS deliveries) AS j;
    END IF;
    RETURN answer;
END
$$;
COMMENT ON FUNCTION postern.api_replay IS
'POST /v1/webhooks/{id}/replay: send again the failed deliveries of events
published from since up to, not including, until; with sent_too also those
that were sent. Of more than 1,000 a worker replays the rest, and the answer
says where to look. A webhook has one replay at a time.';

CREATE OR REPLACE FUNCTION postern.replay_path(task postern.task)
RETURNS text
LANGUAGE plpgsql IMMUTABLE
AS $$
BEGIN
    RETURN concat('/v1/webhooks/', task.webhook_id, '/replays/', task.id);
END
$$;
COMMENT ON FUNCTION postern.replay_path IS
'Where a client sees how far a replay is.';

CREATE OR REPLACE FUNCTION postern.replay_json(task postern.task)
RETURNS text
LANGUAGE plpgsql STABLE
AS $$
BEGIN
    RETURN row_to_json(j)
      FROM (SELECT task.id, postern.replay_path(task) AS url, task.deliveries,
                   postern.api_time(task.created_at) AS created_at,
                   postern.api_time(task.ended_at) AS finished_at) AS j;
END
$$;
COMMENT ON FUNCTION postern.replay_json IS
'A replay that a worker does, as its account sees it.';

CREATE OR REPLACE FUNCTION postern.api_get_replay(hook postern.webhook, id text)
RETURNS postern.api_answer
LANGUAGE plpgsql STABLE
AS $$
DECLARE
    answer postern.api_answer;
    task   postern.task;
    wanted uuid;
BEGIN
    answer.outcome := 'no_such';
    IF id ~* '^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$' THEN
        wanted := id::uuid;
        SELECT t.* INTO task
          FROM postern.task AS t
         WHERE t.account_id = hook.account_id AND t.webhook_id = hook.id
           AND t.id = wanted AND t.kind = 'replay';
        IF FOUND THEN
            answer.outcome := 'ok';
            answer.body := postern.replay_json(task);
            answer.etag := postern.api_tag(answer.body);
        END IF;
    END IF;
    RETURN answer;
END
$$;
COMMENT ON FUNCTION postern.api_get_replay IS
'GET /v1/webhooks/{id}/replays/{id}: how far a replay is that a worker does, or
did within the last day.';
