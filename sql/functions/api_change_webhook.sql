-- api_change_webhook.sql - the API that changes one webhook.

CREATE OR REPLACE FUNCTION postern.api_bad_events(events jsonb)
RETURNS postern.api_answer
LANGUAGE plpgsql STABLE
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
                'An event is given twice.');
        END IF;
        seen := seen || event;
    END LOOP;
    SELECT e.event INTO event
      FROM jsonb_array_elements(events) WITH ORDINALITY AS e (event, n)
     WHERE NOT EXISTS (
           SELECT FROM postern.event_type AS t
            WHERE t.name = e.event #>> '{}' AND t.kind <> 'test'
              AND t.archived_in IS NULL)
     ORDER BY e.n
     LIMIT 1;
    IF FOUND THEN
        RETURN postern.api_invalid('events', event, NULL, 'unknown_event');
    END IF;
    RETURN answer;
END
$$;
COMMENT ON FUNCTION postern.api_bad_events IS
'What is wrong with the events that a client names; outcome NULL: nothing.';

CREATE OR REPLACE FUNCTION postern.api_bad_change(input jsonb)
RETURNS postern.api_answer
LANGUAGE plpgsql STABLE
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
                ('ordered', '{boolean}', 'ordered must be true or false.'),
                ('headers', '{object,"null"}',
                 'headers must be an object, or null.'),
                ('max_in_flight', '{number,"null"}',
                 'max_in_flight must be a whole number from 1 to 10000, or'
                 ' null.'),
                ('timeout', '{number,"null"}',
                 'timeout must be a whole number of seconds from 1 to 60, or'
                 ' null.'),
                ('filter', '{string,"null"}', 'filter must be a string or null.'))
                AS p (name, types, sentence)
             WHERE input ? p.name) AS m
     WHERE m.type <> ALL (m.types)
        OR m.name = 'description' AND length(m.value #>> '{}') > 500
        OR CASE WHEN m.name = 'rate' AND m.type = 'number'
           THEN (m.value #>> '{}')::numeric NOT BETWEEN 0.001 AND 10000 END
        OR CASE WHEN m.name = 'max_in_flight' AND m.type = 'number'
           THEN (m.value #>> '{}')::numeric NOT BETWEEN 1 AND 10000
                OR (m.value #>> '{}')::numeric % 1 <> 0 END
        OR CASE WHEN m.name = 'timeout' AND m.type = 'number'
           THEN NOT (m.value #>> '{}')::numeric BETWEEN 1 AND 60
                OR (m.value #>> '{}')::numeric % 1 <> 0 END
     LIMIT 1;
    IF NOT FOUND THEN
        SELECT 'filter' AS name, input -> 'filter' AS value, r.fault AS sentence INTO fault
          FROM postern.read_filter(input ->> 'filter') AS r
         WHERE r.fault IS NOT NULL AND input ->> 'filter' IS NOT NULL;
    END IF;
    IF FOUND THEN
        RETURN postern.api_invalid(fault.name, fault.value, fault.sentence);
    ELSIF input ? 'events' THEN
        RETURN postern.api_bad_events(input -> 'events');
    END IF;
    RETURN answer;
END
$$;
COMMENT ON FUNCTION postern.api_bad_change IS
'What is wrong with the values that a webhook is to have; outcome NULL:
nothing.';

CREATE OR REPLACE FUNCTION postern.api_conflict(hook postern.webhook, input jsonb)
RETURNS text
LANGUAGE plpgsql STABLE
AS $$
DECLARE
    wanted text := input ->> 'canonical_url';
BEGIN
    RETURN CASE
        WHEN input -> 'enabled' = 'true' AND hook.state = 'disabled'
             AND hook.disabled_by = 'operator' THEN
            'The webhook was disabled by the operator, who alone can enable'
            ' it.'
        WHEN EXISTS (
            SELECT FROM postern.webhook AS w
             WHERE w.account_id = hook.account_id
               AND w.canonical_url = wanted
               AND w.id <> hook.id) THEN
            'Another webhook has this URL.'
        END;
END
$$;
COMMENT ON FUNCTION postern.api_conflict IS
'Why a webhook cannot be changed in this way; NULL: it can.';

CREATE OR REPLACE FUNCTION postern.change_webhook(hook postern.webhook, input jsonb)
RETURNS void
LANGUAGE plpgsql VOLATILE
AS $$
DECLARE
    wanted boolean := input -> 'enabled';
BEGIN
    IF wanted AND hook.state = 'disabled' THEN
        PERFORM postern.set_webhook_state(hook.account_id, hook.id, 'enabled',
            NULL, NULL);
    ELSIF NOT wanted AND hook.state = 'enabled' THEN
        PERFORM postern.set_webhook_state(hook.account_id, hook.id, 'disabled',
            'disabled by its account', 'account');
    END IF;
    IF input ? 'rate' OR (input -> 'ordered')::boolean <> hook.ordered
            OR input ->> 'canonical_url' <> hook.canonical_url THEN
        PERFORM postern.open_lane(hook.account_id, hook.id);
    END IF;
    -- They may be credentials: not for another host.
    IF input ? 'headers' OR hook.headers_id IS NOT NULL AND input ? 'canonical_url'
            AND postern.origin(input ->> 'canonical_url')
                IS DISTINCT FROM postern.origin(hook.canonical_url) THEN
        PERFORM postern.set_headers(hook, input -> 'header_names', input -> 'sealed_headers');
    END IF;
    IF input ? 'events' THEN
        DELETE FROM postern.subscription AS s
         WHERE s.account_id = hook.account_id AND s.webhook_id = hook.id;
        INSERT INTO postern.subscription (account_id, webhook_id, event_type_id)
        SELECT hook.account_id, hook.id, t.id
          FROM jsonb_array_elements_text(input -> 'events') AS e (name)
          JOIN postern.event_type AS t ON t.name = e.name;
    END IF;
    IF input ? 'filter' THEN
        PERFORM postern.set_filter(hook.account_id, hook.id, input ->> 'filter');
    END IF;
    UPDATE postern.webhook AS w
       SET url = coalesce(input ->> 'url', w.url),
           canonical_url = coalesce(input ->> 'canonical_url',
               w.canonical_url),
           description = CASE WHEN input ? 'description'
               THEN input ->> 'description' ELSE w.description END,
           rate = CASE WHEN input ? 'rate'
               THEN (input ->> 'rate')::real ELSE w.rate END,
           max_in_flight = CASE WHEN input ? 'max_in_flight'
               THEN (input ->> 'max_in_flight')::numeric::integer
               ELSE w.max_in_flight END,
           timeout = CASE WHEN input ? 'timeout'
               THEN (input ->> 'timeout')::numeric::integer
               ELSE w.timeout END,
           ordered = coalesce((input -> 'ordered')::boolean, w.ordered),
           updated_at = clock_timestamp()
     WHERE w.account_id = hook.account_id AND w.id = hook.id;
END
$$;
COMMENT ON FUNCTION postern.change_webhook IS
'Change a webhook, which the caller has locked, to values that the caller has
checked. A new URL ends a cool-down; one of another origin ends the headers, unless
others are given.';

CREATE OR REPLACE FUNCTION postern.api_change_webhook(
    hook postern.webhook, input jsonb, if_match text[])
RETURNS postern.api_answer
LANGUAGE plpgsql VOLATILE
AS $$
DECLARE
    answer postern.api_answer := postern.api_bad_change(input);
BEGIN
    IF answer.outcome IS NOT NULL THEN
        RETURN answer;
    END IF;
    hook := postern.lock_webhook(hook.account_id, hook.id);
    IF hook.id IS NULL THEN
        answer.outcome := 'no_such';
        RETURN answer;
    ELSIF postern.api_changed_since(hook, if_match) THEN
        answer.outcome := 'precondition_failed';
        RETURN answer;
    END IF;
    answer.text := postern.api_conflict(hook, input);
    IF answer.text IS NOT NULL THEN
        answer.outcome := 'conflict';
        RETURN answer;
    ELSIF input <> '{}' THEN
        PERFORM postern.change_webhook(hook, input);
    END IF;
    RETURN postern.api_get_webhook(
        postern.api_webhook(hook.account_id, hook.id::text));
END
$$;
COMMENT ON FUNCTION postern.api_change_webhook IS
'PATCH /v1/webhooks/{id}: change url (with canonical_url, which the caller
derives from it), events, enabled, description, rate, ordered, max_in_flight,
timeout, filter, headers (with header_names and sealed_headers, which the caller adds to the
input). A URL of another scheme, host or port takes the headers away unless others come
with it. The account may enable what it or a worker disabled. Enabling what an
operator disabled is a conflict, and so is the URL of another webhook of the account.';
