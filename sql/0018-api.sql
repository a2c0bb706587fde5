-- 0018-api.sql - the API of an account's webhooks: what the responder calls.
--
-- Each route has a function with the arguments of them all: the SHA-256 of
-- the request's token; the ids in its path, as they were sent; its input, the
-- members of the body, or those of the query, which are strings, or NULL if
-- the request is at fault and the question is only whether it is admitted;
-- and the entity tags of If-Match, without quotes, {*} for any, NULL for none.
--
-- Each answers a postern.api_answer, and raises nothing that a client can
-- bring about. Locks are taken in the order account, webhook, lane.

CREATE TYPE postern.api_answer AS (
    outcome     text,
    body        text,
    etag        text,
    next        text,
    parameter   text,
    value       jsonb,
    retry_after integer,
    text        text
);
COMMENT ON TYPE postern.api_answer IS
'What a request of the API comes to: outcome and, with it, the JSON of the answer, its entity tag, the cursor of the next page; or the parameter at fault, its value, the seconds until it is worth asking again, and a sentence. NULL: none, or for text the usual one.';

CREATE FUNCTION postern.api_enter(
    token_hash bytea, scope text, input jsonb,
    OUT account_id uuid, OUT outcome text, OUT retry_after integer)
LANGUAGE plpgsql STABLE SECURITY DEFINER
SET search_path = pg_catalog, pg_temp
SET plan_cache_mode = force_generic_plan
SET enable_seqscan = off
SET enable_bitmapscan = off
AS $$
DECLARE
    scopes text[];
BEGIN
    SELECT t.account_id, t.scopes INTO account_id, scopes
      FROM postern.access_token AS t
     WHERE t.hash = token_hash AND t.revoked_at IS NULL
       AND t.expires_at > now();
    -- Whose token is wrong must not learn from the time it takes.
    IF account_id IS NULL THEN
        outcome := 'invalid_token';
        RETURN;
    END IF;
    IF EXISTS (SELECT FROM postern.opening)
            OR EXISTS (SELECT FROM postern.holiday) THEN
        retry_after := postern.seconds_until_open(clock_timestamp());
    END IF;
    outcome := CASE
        WHEN retry_after IS NOT NULL THEN 'outside_working_hours'
        WHEN scope <> ALL (scopes) THEN 'insufficient_scope'
        WHEN input IS NULL THEN 'admitted' END;
END
$$;
REVOKE ALL ON FUNCTION postern.api_enter(bytea, text, jsonb) FROM PUBLIC;
COMMENT ON FUNCTION postern.api_enter(bytea, text, jsonb) IS
'The account of a token that is good for the scope now. outcome is NULL if the request may go on; else admitted, because it has no input, invalid_token, outside_working_hours, with retry_after, or insufficient_scope.';

-- Parts of answers -----------------------------------------------------------

CREATE FUNCTION postern.api_invalid(
    parameter text, value jsonb, sentence text,
    outcome text DEFAULT 'invalid_parameter')
RETURNS postern.api_answer
LANGUAGE plpgsql IMMUTABLE SECURITY DEFINER
SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    answer postern.api_answer;
BEGIN
    answer.outcome := outcome;
    answer.parameter := parameter;
    answer.value := value;
    answer.text := sentence;
    RETURN answer;
END
$$;
REVOKE ALL ON FUNCTION postern.api_invalid(text, jsonb, text, text)
    FROM PUBLIC;
COMMENT ON FUNCTION postern.api_invalid(text, jsonb, text, text) IS
'The answer to a parameter that is not as it should be; value NULL: it is missing.';

CREATE FUNCTION postern.api_tag(body text)
RETURNS text
LANGUAGE plpgsql IMMUTABLE STRICT PARALLEL SAFE SECURITY DEFINER
SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
    RETURN left(encode(sha256(convert_to(body, 'UTF8')), 'hex'), 32);
END
$$;
REVOKE ALL ON FUNCTION postern.api_tag(text) FROM PUBLIC;
COMMENT ON FUNCTION postern.api_tag(text) IS
'The entity tag of an answer: 128 bits of its SHA-256 in hexadecimal.';

CREATE FUNCTION postern.api_time(at timestamptz)
RETURNS text
LANGUAGE plpgsql STABLE STRICT PARALLEL SAFE SECURITY DEFINER
SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
    RETURN to_char(at AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"');
END
$$;
REVOKE ALL ON FUNCTION postern.api_time(timestamptz) FROM PUBLIC;
COMMENT ON FUNCTION postern.api_time(timestamptz) IS
'A time as RFC 3339 has it, in UTC, to the millisecond.';

CREATE FUNCTION postern.api_time(text text)
RETURNS timestamptz
LANGUAGE plpgsql STABLE STRICT SECURITY DEFINER
SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    part text[] := regexp_match(text, '^(\d{4}-\d\d-\d\d)[Tt]'
        '(([01]\d|2[0-3]):[0-5]\d:([0-5]\d|60)(\.\d{1,20})?)'
        '([Zz]|([+-])([01]\d|2[0-3]):([0-5]\d))$');
BEGIN
    RETURN ((part[1] || ' ' || part[2])::timestamp
        - coalesce((part[7] || '1')::integer, 0)
        * make_interval(hours => coalesce(part[8]::integer, 0),
            mins => coalesce(part[9]::integer, 0))) AT TIME ZONE 'UTC';
EXCEPTION
    WHEN data_exception THEN
        RETURN NULL;                    -- such as the 30th of February
END
$$;
REVOKE ALL ON FUNCTION postern.api_time(text) FROM PUBLIC;
COMMENT ON FUNCTION postern.api_time(text) IS
'The time that a text in the form of RFC 3339 means; NULL: it means none.';

CREATE FUNCTION postern.api_limit(input jsonb)
RETURNS integer
LANGUAGE plpgsql IMMUTABLE SECURITY DEFINER
SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    wanted text := coalesce(input ->> 'limit', '25');
BEGIN
    RETURN CASE WHEN wanted ~ '^([1-9]\d?|100)$' THEN wanted::integer END;
END
$$;
REVOKE ALL ON FUNCTION postern.api_limit(jsonb) FROM PUBLIC;
COMMENT ON FUNCTION postern.api_limit(jsonb) IS
'How many a page may have: 1 to 100, 25 if not said; NULL: limit is something else.';

CREATE FUNCTION postern.api_cursor(input jsonb, start text)
RETURNS text
LANGUAGE plpgsql IMMUTABLE SECURITY DEFINER
SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    given text := coalesce(input ->> 'cursor', start);
BEGIN
    RETURN CASE WHEN given ~ '^[0-9a-f]+$' AND length(given) = length(start)
        THEN given END;
END
$$;
REVOKE ALL ON FUNCTION postern.api_cursor(jsonb, text) FROM PUBLIC;
COMMENT ON FUNCTION postern.api_cursor(jsonb, text) IS
'The cursor given, or else start; NULL: it is not as many hexadecimal digits as start.';

CREATE FUNCTION postern.api_bad_page(input jsonb, wanted integer)
RETURNS postern.api_answer
LANGUAGE plpgsql IMMUTABLE SECURITY DEFINER
SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
    IF wanted IS NULL THEN
        RETURN postern.api_invalid('limit', input -> 'limit',
            'limit is a number from 1 to 100.');
    END IF;
    RETURN postern.api_invalid('cursor', input -> 'cursor',
        'cursor is not one that another page gave.');
END
$$;
REVOKE ALL ON FUNCTION postern.api_bad_page(jsonb, integer) FROM PUBLIC;
COMMENT ON FUNCTION postern.api_bad_page(jsonb, integer) IS
'The answer to a limit that is none, or else to the cursor.';

CREATE FUNCTION postern.api_page(
    items text[], cursors text[], wanted integer, stay text DEFAULT NULL)
RETURNS postern.api_answer
LANGUAGE plpgsql IMMUTABLE SECURITY DEFINER
SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    answer postern.api_answer;
    taken  integer := 0;
    bytes  bigint  := 0;
BEGIN
    FOR i IN 1 .. least(coalesce(cardinality(items), 0), wanted) LOOP
        bytes := bytes + octet_length(items[i]);
        EXIT WHEN i > 1 AND bytes > 786432;
        taken := i;
    END LOOP;
    answer.outcome := 'ok';
    IF taken < cardinality(items) THEN
        answer.next := cursors[taken];
    END IF;
    answer.body := concat('{"data":[', array_to_string(items[:taken], ','),
        '],"next_cursor":', coalesce(to_json(coalesce(answer.next,
            CASE WHEN taken > 0 AND stay IS NOT NULL THEN cursors[taken] END,
            nullif(stay, '')))::text, 'null'), '}');
    answer.etag := postern.api_tag(answer.body);
    RETURN answer;
END
$$;
REVOKE ALL ON FUNCTION postern.api_page(text[], text[], integer, text)
    FROM PUBLIC;
COMMENT ON FUNCTION postern.api_page(text[], text[], integer, text) IS
'A page of the first wanted of these items, fewer if it were larger than 768 KiB. One more item than wanted says that there is a next page, which begins after the cursor of the last that is on this one. With stay, the cursor that the page began after, or an empty text, next_cursor has a place to go on from even at the end.';

-- One webhook ----------------------------------------------------------------

CREATE FUNCTION postern.webhook_json(hook postern.webhook)
RETURNS text
LANGUAGE plpgsql STABLE SECURITY DEFINER
SET search_path = pg_catalog, pg_temp
SET plan_cache_mode = force_generic_plan
SET enable_seqscan = off
SET enable_bitmapscan = off
SET enable_hashjoin = off
SET enable_mergejoin = off
AS $$
BEGIN
    RETURN row_to_json(j)
      FROM (SELECT hook.id, hook.url, hook.description,
                   ARRAY(SELECT t.name
                           FROM postern.subscription AS s
                           JOIN postern.event_type AS t
                             ON t.id = s.event_type_id
                          WHERE s.account_id = hook.account_id
                            AND s.webhook_id = hook.id
                          ORDER BY t.name) AS events,
                   hook.state = 'enabled' AS enabled, hook.reason, hook.rate,
                   hook.ordered,
                   postern.api_time(hook.created_at) AS created_at,
                   postern.api_time(hook.updated_at) AS updated_at) AS j;
END
$$;
REVOKE ALL ON FUNCTION postern.webhook_json(postern.webhook) FROM PUBLIC;
COMMENT ON FUNCTION postern.webhook_json(postern.webhook) IS
'A webhook as its account sees it.';

CREATE FUNCTION postern.api_webhook(account uuid, id text)
RETURNS postern.webhook
LANGUAGE plpgsql VOLATILE SECURITY DEFINER
SET search_path = pg_catalog, pg_temp
SET plan_cache_mode = force_generic_plan
SET enable_seqscan = off
SET enable_bitmapscan = off
AS $$
DECLARE
    hook postern.webhook;
BEGIN
    IF id ~* '^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$' THEN
        SELECT w.* INTO hook
          FROM postern.webhook AS w
         WHERE w.account_id = account AND w.id = api_webhook.id::uuid
           AND w.state <> 'deleted';
    END IF;
    RETURN hook;
END
$$;
REVOKE ALL ON FUNCTION postern.api_webhook(uuid, text) FROM PUBLIC;
COMMENT ON FUNCTION postern.api_webhook(uuid, text) IS
'The account''s webhook that a path names; all NULL: there is none.';

CREATE FUNCTION postern.api_list_webhooks(
    token_hash bytea, ids text[], input jsonb, if_match text[])
RETURNS postern.api_answer
LANGUAGE plpgsql STABLE SECURITY DEFINER
SET search_path = pg_catalog, pg_temp
SET plan_cache_mode = force_generic_plan
SET enable_seqscan = off
SET enable_bitmapscan = off
SET jit = off
AS $$
DECLARE
    answer  postern.api_answer;
    account uuid;
    wanted  integer := postern.api_limit(input);
    place   uuid    := postern.api_cursor(input, repeat('0', 32))::uuid;
    items   text[];
    cursors text[];
BEGIN
    SELECT e.account_id, e.outcome, e.retry_after
      INTO account, answer.outcome, answer.retry_after
      FROM postern.api_enter(token_hash, 'webhooks:read', input) AS e;
    IF answer.outcome IS NOT NULL THEN
        RETURN answer;
    ELSIF wanted IS NULL OR place IS NULL THEN
        RETURN postern.api_bad_page(input, wanted);
    END IF;
    SELECT array_agg(postern.webhook_json(p.hook) ORDER BY p.id),
           array_agg(replace(p.id::text, '-', '') ORDER BY p.id)
      INTO items, cursors
      FROM (SELECT w.id, w AS hook
              FROM postern.webhook AS w
             WHERE w.account_id = account AND w.id > place
               AND w.state <> 'deleted'
             ORDER BY w.id
             LIMIT wanted + 1) AS p;
    RETURN postern.api_page(items, cursors, wanted);
END
$$;
REVOKE ALL ON FUNCTION postern.api_list_webhooks(
    bytea, text[], jsonb, text[]) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION postern.api_list_webhooks(
    bytea, text[], jsonb, text[]) TO postern_responder;
COMMENT ON FUNCTION postern.api_list_webhooks(
    bytea, text[], jsonb, text[]) IS
'GET /v1/webhooks: the account''s webhooks, the oldest first.';

CREATE FUNCTION postern.api_get_webhook(
    token_hash bytea, ids text[], input jsonb, if_match text[])
RETURNS postern.api_answer
LANGUAGE plpgsql STABLE SECURITY DEFINER
SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    answer  postern.api_answer;
    account uuid;
    hook    postern.webhook;
BEGIN
    SELECT e.account_id, e.outcome, e.retry_after
      INTO account, answer.outcome, answer.retry_after
      FROM postern.api_enter(token_hash, 'webhooks:read', input) AS e;
    IF answer.outcome IS NOT NULL THEN
        RETURN answer;
    END IF;
    hook := postern.api_webhook(account, ids[1]);
    IF hook.id IS NULL THEN
        answer.outcome := 'no_such';
        RETURN answer;
    END IF;
    answer.outcome := 'ok';
    answer.body := postern.webhook_json(hook);
    answer.etag := postern.api_tag(answer.body);
    RETURN answer;
END
$$;
REVOKE ALL ON FUNCTION postern.api_get_webhook(
    bytea, text[], jsonb, text[]) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION postern.api_get_webhook(
    bytea, text[], jsonb, text[]) TO postern_responder;
COMMENT ON FUNCTION postern.api_get_webhook(
    bytea, text[], jsonb, text[]) IS
'GET /v1/webhooks/{id}: one of the account''s webhooks.';

-- Changing one ---------------------------------------------------------------

CREATE FUNCTION postern.lock_webhook(account uuid, webhook uuid)
RETURNS postern.webhook
LANGUAGE plpgsql VOLATILE SECURITY DEFINER
SET search_path = pg_catalog, pg_temp
SET plan_cache_mode = force_generic_plan
SET enable_seqscan = off
SET enable_bitmapscan = off
AS $$
BEGIN
    PERFORM postern.await_webhook(account, webhook);
    INSERT INTO postern.lane AS l (account_id, webhook_id, next_at)
    VALUES (account, webhook, now())
    ON CONFLICT ON CONSTRAINT lane_pkey DO UPDATE SET next_at = l.next_at;
    RETURN postern.api_webhook(account, webhook::text);
END
$$;
REVOKE ALL ON FUNCTION postern.lock_webhook(uuid, uuid) FROM PUBLIC;
COMMENT ON FUNCTION postern.lock_webhook(uuid, uuid) IS
'Lock all that changes a webhook, in the order in which that never ends in a deadlock, and return it as it is then; all NULL: it has been deleted. A lane that is made for this goes when a worker looks at it.';

CREATE FUNCTION postern.api_bad_events(events jsonb)
RETURNS postern.api_answer
LANGUAGE plpgsql STABLE SECURITY DEFINER
SET search_path = pg_catalog, pg_temp
SET plan_cache_mode = force_generic_plan
SET enable_seqscan = off
SET enable_bitmapscan = off
AS $$
DECLARE
    answer postern.api_answer;
    event  jsonb;
    seen   jsonb := '[]';
BEGIN
    IF jsonb_typeof(events) <> 'array' THEN
        RETURN postern.api_invalid('events', events,
            'events must be an array.');
    ELSIF jsonb_array_length(events) NOT BETWEEN 1 AND 64 THEN
        RETURN postern.api_invalid('events', events,
            'events must name 1 to 64 events.');
    END IF;
    FOR event IN SELECT * FROM jsonb_array_elements(events) LOOP
        IF jsonb_typeof(event) <> 'string'
                OR octet_length(event #>> '{}') NOT BETWEEN 1 AND 128 THEN
            RETURN postern.api_invalid('events', event,
                'Each of events must be a string of 1 to 128 bytes.');
        ELSIF seen @> event THEN
            RETURN postern.api_invalid('events', event,
                'events must name each event once.');
        END IF;
        seen := seen || event;
    END LOOP;
    SELECT e.event INTO event
      FROM jsonb_array_elements(events) WITH ORDINALITY AS e (event, n)
     WHERE NOT EXISTS (
           SELECT FROM postern.event_type AS t
            WHERE t.name = e.event #>> '{}' AND t.kind <> 'test')
     ORDER BY e.n
     LIMIT 1;
    IF FOUND THEN
        RETURN postern.api_invalid('events', event, NULL, 'unknown_event');
    END IF;
    RETURN answer;
END
$$;
REVOKE ALL ON FUNCTION postern.api_bad_events(jsonb) FROM PUBLIC;
COMMENT ON FUNCTION postern.api_bad_events(jsonb) IS
'What is wrong with the events that a client names; outcome NULL: nothing.';

CREATE FUNCTION postern.api_bad_change(input jsonb)
RETURNS postern.api_answer
LANGUAGE plpgsql STABLE SECURITY DEFINER
SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    answer postern.api_answer;
    fault  record;
BEGIN
    SELECT m.name, m.value, m.sentence INTO fault
      FROM (SELECT p.name, input -> p.name AS value,
                   jsonb_typeof(input -> p.name) AS type, p.types, p.sentence
              FROM (VALUES
                ('url', '{string}'::text[], 'url must be a string.'),
                ('enabled', '{boolean}', 'enabled must be true or false.'),
                ('description', '{string,"null"}',
                 'description must be a string of at most 500 characters, or'
                 ' null.'),
                ('rate', '{number,"null"}',
                 'rate must be a number from 0.001 to 10000, or null.'),
                ('ordered', '{boolean}', 'ordered must be true or false.'))
                AS p (name, types, sentence)
             WHERE input ? p.name) AS m
     WHERE m.type <> ALL (m.types)
        OR m.name = 'description' AND length(m.value #>> '{}') > 500
        OR CASE WHEN m.name = 'rate' AND m.type = 'number'
           THEN (m.value #>> '{}')::numeric NOT BETWEEN 0.001 AND 10000 END
     LIMIT 1;
    IF FOUND THEN
        RETURN postern.api_invalid(fault.name, fault.value, fault.sentence);
    ELSIF input ? 'events' THEN
        RETURN postern.api_bad_events(input -> 'events');
    END IF;
    RETURN answer;
END
$$;
REVOKE ALL ON FUNCTION postern.api_bad_change(jsonb) FROM PUBLIC;
COMMENT ON FUNCTION postern.api_bad_change(jsonb) IS
'What is wrong with the values that a webhook is to have; outcome NULL: nothing.';

CREATE FUNCTION postern.api_conflict(hook postern.webhook, input jsonb)
RETURNS text
LANGUAGE plpgsql STABLE SECURITY DEFINER
SET search_path = pg_catalog, pg_temp
SET plan_cache_mode = force_generic_plan
SET enable_seqscan = off
SET enable_bitmapscan = off
AS $$
BEGIN
    RETURN CASE
        WHEN input -> 'enabled' = 'true' AND hook.state = 'disabled'
             AND hook.disabled_by = 'operator' THEN
            'The webhook was disabled by the operator, who alone can enable'
            ' it.'
        WHEN EXISTS (
            SELECT FROM postern.webhook AS w
             WHERE w.account_id = hook.account_id
               AND w.canonical_url = input ->> 'canonical_url'
               AND w.id <> hook.id) THEN
            'Another webhook has this URL.'
        END;
END
$$;
REVOKE ALL ON FUNCTION postern.api_conflict(postern.webhook, jsonb)
    FROM PUBLIC;
COMMENT ON FUNCTION postern.api_conflict(postern.webhook, jsonb) IS
'Why a webhook cannot be changed so; NULL: it can.';

CREATE FUNCTION postern.change_webhook(hook postern.webhook, input jsonb)
RETURNS void
LANGUAGE plpgsql VOLATILE SECURITY DEFINER
SET search_path = pg_catalog, pg_temp
SET plan_cache_mode = force_generic_plan
SET enable_seqscan = off
SET enable_bitmapscan = off
AS $$
DECLARE
    wanted boolean := input -> 'enabled';
BEGIN
    IF wanted AND hook.state = 'disabled' THEN
        PERFORM postern.enable_webhook(hook.id);
    ELSIF NOT wanted AND hook.state = 'enabled' THEN
        PERFORM postern.set_webhook_state(hook.id, 'disabled',
            'disabled by its account', 'account');
    END IF;
    IF input ? 'rate' THEN
        PERFORM postern.set_rate(hook.id, (input ->> 'rate')::real);
    END IF;
    IF (input -> 'ordered')::boolean <> hook.ordered THEN
        PERFORM postern.set_ordered(hook.id, NOT hook.ordered);
    END IF;
    IF input ->> 'canonical_url' <> hook.canonical_url THEN
        PERFORM postern.open_lane(hook.id);
    END IF;
    IF input ? 'events' THEN
        DELETE FROM postern.subscription AS s
         WHERE s.account_id = hook.account_id AND s.webhook_id = hook.id;
        INSERT INTO postern.subscription (account_id, webhook_id, event_type_id)
        SELECT hook.account_id, hook.id, t.id
          FROM jsonb_array_elements_text(input -> 'events') AS e (name)
          JOIN postern.event_type AS t ON t.name = e.name;
    END IF;
    UPDATE postern.webhook AS w
       SET url = coalesce(input ->> 'url', w.url),
           canonical_url = coalesce(input ->> 'canonical_url',
               w.canonical_url),
           description = CASE WHEN input ? 'description'
               THEN input ->> 'description' ELSE w.description END,
           updated_at = clock_timestamp()
     WHERE w.account_id = hook.account_id AND w.id = hook.id;
END
$$;
REVOKE ALL ON FUNCTION postern.change_webhook(postern.webhook, jsonb)
    FROM PUBLIC;
COMMENT ON FUNCTION postern.change_webhook(postern.webhook, jsonb) IS
'Change a webhook, which the caller has locked, to values that have been found good. What has a new URL need not cool any longer.';

CREATE FUNCTION postern.api_change_webhook(
    token_hash bytea, ids text[], input jsonb, if_match text[])
RETURNS postern.api_answer
LANGUAGE plpgsql VOLATILE SECURITY DEFINER
SET search_path = pg_catalog, pg_temp
SET lock_timeout = '2s'
AS $$
DECLARE
    answer  postern.api_answer;
    account uuid;
    hook    postern.webhook;
BEGIN
    SELECT e.account_id, e.outcome, e.retry_after
      INTO account, answer.outcome, answer.retry_after
      FROM postern.api_enter(token_hash, 'webhooks:write', input) AS e;
    IF answer.outcome IS NOT NULL THEN
        RETURN answer;
    END IF;
    hook := postern.api_webhook(account, ids[1]);
    IF hook.id IS NOT NULL THEN
        answer := postern.api_bad_change(input);
        IF answer.outcome IS NOT NULL THEN
            RETURN answer;
        END IF;
        hook := postern.lock_webhook(account, hook.id);
    END IF;
    IF hook.id IS NULL THEN
        answer.outcome := 'no_such';
    ELSIF postern.api_tag(postern.webhook_json(hook)) <> ALL (if_match)
            AND if_match <> '{*}' THEN
        answer.outcome := 'precondition_failed';
    ELSE
        answer.text := postern.api_conflict(hook, input);
        IF answer.text IS NOT NULL THEN
            answer.outcome := 'conflict';
            RETURN answer;
        ELSIF input <> '{}' THEN
            PERFORM postern.change_webhook(hook, input);
        END IF;
        answer.outcome := 'ok';
        answer.body := postern.webhook_json(
            postern.api_webhook(account, hook.id::text));
        answer.etag := postern.api_tag(answer.body);
    END IF;
    RETURN answer;
EXCEPTION
    WHEN lock_not_available OR deadlock_detected THEN
        answer := NULL;
        answer.outcome := 'busy';
        RETURN answer;
END
$$;
REVOKE ALL ON FUNCTION postern.api_change_webhook(
    bytea, text[], jsonb, text[]) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION postern.api_change_webhook(
    bytea, text[], jsonb, text[]) TO postern_responder;
COMMENT ON FUNCTION postern.api_change_webhook(
    bytea, text[], jsonb, text[]) IS
'PATCH /v1/webhooks/{id}: change url (with canonical_url, which the caller makes of it), events, enabled, description, rate, ordered. What its account or a worker disabled it may enable; what an operator did is a conflict, as is the URL of another of its webhooks.';

CREATE FUNCTION postern.api_delete_webhook(
    token_hash bytea, ids text[], input jsonb, if_match text[])
RETURNS postern.api_answer
LANGUAGE plpgsql VOLATILE SECURITY DEFINER
SET search_path = pg_catalog, pg_temp
SET plan_cache_mode = force_generic_plan
SET enable_seqscan = off
SET enable_bitmapscan = off
SET lock_timeout = '2s'
AS $$
DECLARE
    answer  postern.api_answer;
    account uuid;
    hook    postern.webhook;
BEGIN
    SELECT e.account_id, e.outcome, e.retry_after
      INTO account, answer.outcome, answer.retry_after
      FROM postern.api_enter(token_hash, 'webhooks:write', input) AS e;
    IF answer.outcome IS NOT NULL THEN
        RETURN answer;
    END IF;
    hook := postern.api_webhook(account, ids[1]);
    IF hook.id IS NOT NULL THEN
        hook := postern.lock_webhook(account, hook.id);
    END IF;
    IF hook.id IS NULL THEN
        answer.outcome := 'no_such';
        RETURN answer;
    ELSIF postern.api_tag(postern.webhook_json(hook)) <> ALL (if_match)
            AND if_match <> '{*}' THEN
        answer.outcome := 'precondition_failed';
        RETURN answer;
    END IF;
    UPDATE postern.webhook AS w
       SET state = 'deleted', canonical_url = 'deleted:' || w.id,
           reason = NULL, disabled_by = NULL, updated_at = clock_timestamp()
     WHERE w.account_id = account AND w.id = hook.id;
    DELETE FROM postern.subscription AS s
     WHERE s.account_id = account AND s.webhook_id = hook.id;
    DELETE FROM postern.secret AS s
     WHERE s.account_id = account AND s.webhook_id = hook.id;
    UPDATE postern.account AS a SET webhook_count = a.webhook_count - 1
     WHERE a.id = account;
    UPDATE postern.lane AS l SET next_at = now()
     WHERE l.account_id = account AND l.webhook_id = hook.id;
    PERFORM postern.drop_owed(account, hook.id);
    PERFORM postern.wake();
    answer.outcome := 'no_content';
    RETURN answer;
EXCEPTION
    WHEN lock_not_available OR deadlock_detected THEN
        answer := NULL;
        answer.outcome := 'busy';
        RETURN answer;
END
$$;
REVOKE ALL ON FUNCTION postern.api_delete_webhook(
    bytea, text[], jsonb, text[]) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION postern.api_delete_webhook(
    bytea, text[], jsonb, text[]) TO postern_responder;
COMMENT ON FUNCTION postern.api_delete_webhook(
    bytea, text[], jsonb, text[]) IS
'DELETE /v1/webhooks/{id}: remove a webhook. Nothing is sent to it any more but what is in flight; what it is owed is cancelled, by the worker as far as it is much or fresh.';

CREATE FUNCTION postern.api_rotate_secret(
    token_hash bytea, ids text[], input jsonb, if_match text[])
RETURNS postern.api_answer
LANGUAGE plpgsql VOLATILE SECURITY DEFINER
SET search_path = pg_catalog, pg_temp
SET plan_cache_mode = force_generic_plan
SET enable_seqscan = off
SET enable_bitmapscan = off
SET lock_timeout = '2s'
AS $$
DECLARE
    answer  postern.api_answer;
    account uuid;
    hook    postern.webhook;
    overlap jsonb := coalesce(input -> 'overlap_seconds', '86400');
    sealed  jsonb := input -> 'sealed';
    at      timestamptz;
BEGIN
    SELECT e.account_id, e.outcome, e.retry_after
      INTO account, answer.outcome, answer.retry_after
      FROM postern.api_enter(token_hash, 'webhooks:write', input) AS e;
    IF answer.outcome IS NOT NULL THEN
        RETURN answer;
    END IF;
    hook := postern.api_webhook(account, ids[1]);
    IF hook.id IS NOT NULL THEN
        IF (CASE WHEN jsonb_typeof(overlap) = 'number' THEN
                overlap::numeric NOT BETWEEN 0 AND 604800
                OR overlap::numeric % 1 <> 0 ELSE true END) THEN
            RETURN postern.api_invalid('overlap_seconds', overlap,
                'overlap_seconds must be a whole number from 0 to 604800.');
        END IF;
        PERFORM postern.lock_account(account);
        hook := postern.api_webhook(account, ids[1]);
    END IF;
    IF hook.id IS NULL THEN
        answer.outcome := 'no_such';
        RETURN answer;
    END IF;
    IF NOT EXISTS (SELECT FROM postern.sealing_key AS k
                    WHERE k.id = decode(sealed ->> 'key_id', 'hex')
                      AND k.retired_at IS NULL) THEN
        RAISE EXCEPTION 'no secret may be sealed for key %',
            sealed ->> 'key_id'
            USING ERRCODE = 'PS001',
                HINT = 'It is unknown or retired; as an administrator:'
                    || ' SELECT postern.add_sealing_key(...)';
    END IF;
    at := clock_timestamp();
    UPDATE postern.secret AS s
       SET expires_at = least(s.expires_at,
               at + overlap::integer * interval '1 second')
     WHERE s.account_id = account AND s.webhook_id = hook.id;
    DELETE FROM postern.secret AS s
     USING (SELECT o.id, o.expires_at,
                   row_number() OVER (ORDER BY o.created_at DESC, o.id DESC)
                       AS age
              FROM postern.secret AS o
             WHERE o.account_id = account AND o.webhook_id = hook.id) AS o
     WHERE (o.age > 4 OR o.expires_at <= at)
       AND s.account_id = account AND s.webhook_id = hook.id AND s.id = o.id;
    INSERT INTO postern.secret
        (account_id, webhook_id, id, key_id, ephemeral, nonce, box, created_at)
    VALUES (account, hook.id, postern.uuid7(),
            decode(sealed ->> 'key_id', 'hex'),
            decode(sealed ->> 'ephemeral', 'hex'),
            decode(sealed ->> 'nonce', 'hex'),
            decode(sealed ->> 'box', 'hex'), at);
    answer.outcome := 'ok';
    RETURN answer;
EXCEPTION
    WHEN lock_not_available OR deadlock_detected THEN
        answer := NULL;
        answer.outcome := 'busy';
        RETURN answer;
END
$$;
REVOKE ALL ON FUNCTION postern.api_rotate_secret(
    bytea, text[], jsonb, text[]) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION postern.api_rotate_secret(
    bytea, text[], jsonb, text[]) TO postern_responder;
COMMENT ON FUNCTION postern.api_rotate_secret(
    bytea, text[], jsonb, text[]) IS
'POST /v1/webhooks/{id}/rotate-secret: sealed, which the caller adds to the input, becomes the secret; those before sign along for overlap_seconds, a day unless said, and no longer than they would have. A secret sealed for a key that is unknown or retired: PS001.';
