-- api.sql - the API: what the responder calls, and what its operations have in
-- common.
--
-- Each operation is a function api_*, which api() calls once the request is
-- admitted and its webhook found. It answers a postern.api_answer, and raises
-- nothing that a client can bring about. Locks are taken in the order account,
-- webhook, lane.

CREATE OR REPLACE FUNCTION postern.api(
    operation text, token_hash bytea, ids text[], input jsonb, if_match text[])
RETURNS postern.api_answer
LANGUAGE plpgsql VOLATILE SECURITY DEFINER
SET search_path = pg_catalog, pg_temp
SET plan_cache_mode = force_generic_plan
SET enable_seqscan = off
SET enable_bitmapscan = off
SET jit = off
AS $$
DECLARE
    reads   CONSTANT boolean := operation ~ '^(list|get)_';
    answer  postern.api_answer;
    account uuid;
    hook    postern.webhook;
BEGIN
    SELECT e.account_id, e.outcome, e.retry_after
      INTO account, answer.outcome, answer.retry_after
      FROM postern.api_enter(token_hash,
           CASE WHEN reads THEN 'webhooks:read' ELSE 'webhooks:write' END,
           input) AS e;
    IF answer.outcome IS NOT NULL THEN
        RETURN answer;
    END IF;
    IF operation NOT IN ('list_webhooks', 'create_webhook', 'list_event_types', 'list_events',
            'get_webhook_keys') THEN
        hook := postern.api_webhook(account, ids[1]);
        IF hook.id IS NULL THEN
            answer.outcome := 'no_such';
            RETURN answer;
        END IF;
    END IF;
    IF reads THEN
        CASE operation
        WHEN 'list_webhooks' THEN
            RETURN postern.api_list_webhooks(account, input);
        WHEN 'get_webhook' THEN
            RETURN postern.api_get_webhook(hook);
        WHEN 'list_deliveries' THEN
            RETURN postern.api_list_deliveries(hook, input);
        WHEN 'get_replay' THEN
            RETURN postern.api_get_replay(hook, ids[2]);
        WHEN 'list_event_types' THEN
            RETURN postern.api_list_event_types(input);
        WHEN 'list_events' THEN
            RETURN postern.api_list_events(account, input);
        WHEN 'get_webhook_keys' THEN
            RETURN postern.api_get_webhook_keys(account);
        END CASE;
    END IF;
    BEGIN
        PERFORM set_config('lock_timeout', '2s', true);
        CASE operation
        WHEN 'create_webhook' THEN
            RETURN postern.api_create_webhook(account, input);
        WHEN 'change_webhook' THEN
            RETURN postern.api_change_webhook(hook, input, if_match);
        WHEN 'delete_webhook' THEN
            RETURN postern.api_delete_webhook(hook, if_match);
        WHEN 'rotate_secret' THEN
            RETURN postern.api_rotate_secret(hook, input);
        WHEN 'test_webhook' THEN
            PERFORM set_config('postern.traceparent',
                coalesce(input ->> 'traceparent', ''), true);
            RETURN postern.api_test_webhook(hook);
        WHEN 'redeliver' THEN
            RETURN postern.api_redeliver(hook, ids[2]);
        WHEN 'replay' THEN
            RETURN postern.api_replay(hook, input);
        END CASE;
    EXCEPTION
        WHEN lock_not_available OR deadlock_detected THEN
            answer := NULL;
            answer.outcome := 'busy';
            RETURN answer;
        WHEN no_data_found THEN
            -- The account was deleted while it was waited for.
            answer := NULL;
            answer.outcome := 'invalid_token';
            RETURN answer;
    END;
END
$$;
COMMENT ON FUNCTION postern.api IS
'Do one operation of the API for whoever has the token with this SHA-256. ids
are those in the path, as they were sent: the webhook''s, then that of the
delivery or the replay. input has the members of the body, or those of the query, which
are strings. input is NULL when the request is at fault: then the answer only
says whether it is admitted. if_match has the entity tags of If-Match, without
quotes; {*}: any; NULL: none were sent.';

CREATE OR REPLACE FUNCTION postern.api_enter(
    token_hash bytea, scope text, input jsonb,
    OUT account_id uuid, OUT outcome text, OUT retry_after integer)
LANGUAGE plpgsql STABLE
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
        outcome := CASE WHEN postern.is_platform_token(token_hash)
            THEN 'insufficient_scope' ELSE 'invalid_token' END;
        RETURN;
    END IF;
    retry_after := postern.closed_for(clock_timestamp());
    outcome := CASE
        WHEN retry_after IS NOT NULL THEN 'outside_working_hours'
        WHEN scope <> ALL (scopes) THEN 'insufficient_scope'
        WHEN input IS NULL THEN 'admitted' END;
END
$$;
COMMENT ON FUNCTION postern.api_enter IS
'The account of a token that is good for the scope now. outcome is NULL if the
request may go on. Otherwise it is admitted (there is no input),
invalid_token, outside_working_hours (with retry_after) or insufficient_scope, as
for any token of the platform, which has no account.';

CREATE OR REPLACE FUNCTION postern.api_invalid(
    parameter text, value jsonb, sentence text,
    outcome text DEFAULT 'invalid_parameter')
RETURNS postern.api_answer
LANGUAGE plpgsql IMMUTABLE
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
COMMENT ON FUNCTION postern.api_invalid IS
'The answer to an invalid parameter; value NULL: it is missing.';

CREATE OR REPLACE FUNCTION postern.api_tag(body text)
RETURNS text
LANGUAGE plpgsql IMMUTABLE STRICT PARALLEL SAFE
AS $$
BEGIN
    RETURN left(encode(sha256(convert_to(body, 'UTF8')), 'hex'), 32);
END
$$;
COMMENT ON FUNCTION postern.api_tag IS
'The entity tag of an answer: 128 bits of its SHA-256 in hexadecimal.';

CREATE OR REPLACE FUNCTION postern.api_time(at timestamptz)
RETURNS text
LANGUAGE plpgsql STABLE STRICT PARALLEL SAFE
AS $$
BEGIN
    RETURN to_char(at AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"');
END
$$;
COMMENT ON FUNCTION postern.api_time(timestamptz) IS
'A time in the form of RFC 3339, in UTC, to the millisecond.';

CREATE OR REPLACE FUNCTION postern.api_time(text text)
RETURNS timestamptz
LANGUAGE plpgsql STABLE STRICT
AS $$
DECLARE
    part text[] := regexp_match(text, '^([0-9]{4}-[0-9][0-9]-[0-9][0-9])[Tt]'
        '(([01][0-9]|2[0-3]):[0-5][0-9]:([0-5][0-9]|60)([.][0-9]{1,20})?)'
        '([Zz]|([+-])([01][0-9]|2[0-3]):([0-5][0-9]))$');
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
COMMENT ON FUNCTION postern.api_time(text) IS
'The time that a text in the form of RFC 3339 means; NULL: the text is not a
time.';

CREATE OR REPLACE FUNCTION postern.api_limit(input jsonb)
RETURNS integer
LANGUAGE plpgsql IMMUTABLE
AS $$
DECLARE
    wanted text := coalesce(input ->> 'limit', '25');
BEGIN
    RETURN CASE WHEN wanted ~ '^([1-9][0-9]?|100)$' THEN wanted::integer END;
END
$$;
COMMENT ON FUNCTION postern.api_limit IS
'How many items a page may have: 1 to 100, 25 by default; NULL: limit is
invalid.';

CREATE OR REPLACE FUNCTION postern.api_cursor(input jsonb, start text)
RETURNS text
LANGUAGE plpgsql IMMUTABLE
AS $$
DECLARE
    given text := coalesce(input ->> 'cursor', start);
BEGIN
    RETURN CASE WHEN given ~ '^[0-9a-f]+$' AND length(given) = length(start)
        THEN given END;
END
$$;
COMMENT ON FUNCTION postern.api_cursor IS
'The cursor of the input, or start by default; NULL: it does not have as many
hexadecimal digits as start.';

CREATE OR REPLACE FUNCTION postern.api_bad_page(input jsonb, wanted integer)
RETURNS postern.api_answer
LANGUAGE plpgsql IMMUTABLE
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
COMMENT ON FUNCTION postern.api_bad_page IS
'The answer to an invalid limit (wanted is NULL) or an invalid cursor.';

CREATE OR REPLACE FUNCTION postern.api_bad_time(name text, input jsonb)
RETURNS postern.api_answer
LANGUAGE plpgsql IMMUTABLE
AS $$
BEGIN
    RETURN postern.api_invalid(name, input -> name, concat(name,
        ' must be a time such as 2026-11-24T08:00:00Z.'));
END
$$;
COMMENT ON FUNCTION postern.api_bad_time IS
'The answer to a time that is invalid or missing.';

CREATE OR REPLACE FUNCTION postern.api_page(
    items text[], cursors text[], wanted integer, stay text DEFAULT NULL)
RETURNS postern.api_answer
LANGUAGE plpgsql IMMUTABLE
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
COMMENT ON FUNCTION postern.api_page IS
'A page with the first wanted of these items; with fewer if it would be larger
than 768 KiB. If there is one more item than wanted, there is a next page, and
next is the cursor of the last item on this one. stay is for feeds: the cursor
that the page began after, or an empty text; with it next_cursor is never
null, so that a client can go on from the end.';
