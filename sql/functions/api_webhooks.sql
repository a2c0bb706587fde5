-- api_webhooks.sql - the API of an account's webhooks.

CREATE OR REPLACE FUNCTION postern.webhook_json(hook postern.webhook)
RETURNS text
LANGUAGE plpgsql STABLE
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
                   hook.ordered, hook.max_in_flight, hook.timeout,
                   postern.header_names(hook) AS header_names,
                   (SELECT f.expression
                      FROM postern.webhook_filter AS f
                     WHERE f.account_id = hook.account_id
                       AND f.webhook_id = hook.id) AS filter,
                   postern.api_time(hook.created_at) AS created_at,
                   postern.api_time(hook.updated_at) AS updated_at) AS j;
END
$$;
COMMENT ON FUNCTION postern.webhook_json IS
'A webhook as its account made it.';

CREATE OR REPLACE FUNCTION postern.webhook_body(hook postern.webhook, settings text)
RETURNS text
LANGUAGE plpgsql STABLE
AS $$
BEGIN
    RETURN concat(left(settings, -1), ',"health":',
        postern.health_json(hook.account_id, hook.id), '}');
END
$$;
COMMENT ON FUNCTION postern.webhook_body IS
'A webhook as its account sees it: as it made it, which webhook_json says, and how that
fares.';

CREATE OR REPLACE FUNCTION postern.api_webhook(account uuid, id text)
RETURNS postern.webhook
LANGUAGE plpgsql VOLATILE
AS $$
DECLARE
    wanted uuid;
    hook   postern.webhook;
BEGIN
    IF id ~* '^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$' THEN
        -- Not in the query: where a table is empty, a conversion there makes
        -- the index of all URLs of the account seem the cheaper.
        wanted := id::uuid;
        SELECT w.* INTO hook
          FROM postern.webhook AS w
         WHERE w.account_id = account AND w.id = wanted;
        IF hook.state = 'deleted' THEN
            hook := NULL;
        END IF;
    END IF;
    RETURN hook;
END
$$;
COMMENT ON FUNCTION postern.api_webhook IS
'The account''s webhook that a path names; all NULL: there is none.';

CREATE OR REPLACE FUNCTION postern.api_list_webhooks(account uuid, input jsonb)
RETURNS postern.api_answer
LANGUAGE plpgsql STABLE
AS $$
DECLARE
    wanted  integer := postern.api_limit(input);
    place   uuid    := postern.api_cursor(input, repeat('0', 32))::uuid;
    items   text[];
    cursors text[];
BEGIN
    IF wanted IS NULL OR place IS NULL THEN
        RETURN postern.api_bad_page(input, wanted);
    END IF;
    SELECT array_agg(postern.webhook_body(p.hook, postern.webhook_json(p.hook)) ORDER BY p.id),
           array_agg(replace(p.id::text, '-', '') ORDER BY p.id)
      INTO items, cursors
      FROM (SELECT w.id, w AS hook
              FROM postern.webhook AS w
             WHERE CASE WHEN w.state <> 'deleted' THEN w.account_id END
                   = account
               AND CASE WHEN w.state <> 'deleted' THEN w.id END > place
               AND w.state <> 'deleted'
             ORDER BY CASE WHEN w.state <> 'deleted' THEN w.id END
             LIMIT wanted + 1) AS p;
    RETURN postern.api_page(items, cursors, wanted);
END
$$;
COMMENT ON FUNCTION postern.api_list_webhooks IS
'GET /v1/webhooks: the account''s webhooks, the oldest first.';

CREATE OR REPLACE FUNCTION postern.api_get_webhook(hook postern.webhook)
RETURNS postern.api_answer
LANGUAGE plpgsql STABLE
AS $$
DECLARE
    answer   postern.api_answer;
    settings text := postern.webhook_json(hook);
BEGIN
    answer.outcome := 'ok';
    answer.body := postern.webhook_body(hook, settings);
    answer.etag := postern.api_tag(settings) || left(postern.api_tag(answer.body), 8);
    RETURN answer;
END
$$;
COMMENT ON FUNCTION postern.api_get_webhook IS
'GET /v1/webhooks/{id}: one of the account''s webhooks.';

CREATE OR REPLACE FUNCTION postern.api_changed_since(
    hook postern.webhook, if_match text[])
RETURNS boolean
LANGUAGE plpgsql STABLE
AS $$
BEGIN
    RETURN if_match <> '{*}'
       AND postern.api_tag(postern.webhook_json(hook)) <> ALL (ARRAY(
           SELECT left(t.tag, 32) FROM unnest(if_match) AS t (tag)));
END
$$;
COMMENT ON FUNCTION postern.api_changed_since IS
'Has a webhook been changed since it had one of these entity tags? How it fares, which
the end of a tag is of, is no change. NULL: no tags were given.';

CREATE OR REPLACE FUNCTION postern.api_delete_webhook(hook postern.webhook, if_match text[])
RETURNS postern.api_answer
LANGUAGE plpgsql VOLATILE
AS $$
DECLARE
    answer postern.api_answer;
BEGIN
    hook := postern.lock_webhook(hook.account_id, hook.id);
    IF hook.id IS NULL THEN
        answer.outcome := 'no_such';
        RETURN answer;
    ELSIF postern.api_changed_since(hook, if_match) THEN
        answer.outcome := 'precondition_failed';
        RETURN answer;
    END IF;
    PERFORM postern.empty_webhooks(hook.account_id, ARRAY[hook.id]);
    DELETE FROM postern.subscription AS s
     WHERE s.account_id = hook.account_id AND s.webhook_id = hook.id;
    UPDATE postern.account AS a
       SET webhook_count = a.webhook_count - 1,
           deleted_count = a.deleted_count + 1
     WHERE a.id = hook.account_id;
    UPDATE postern.lane AS l SET next_at = now()
     WHERE l.account_id = hook.account_id AND l.webhook_id = hook.id;
    PERFORM postern.drop_owed(hook.account_id, hook.id);
    PERFORM postern.leave_task(hook.account_id, hook.id, 'scrub');
    PERFORM postern.wake();
    answer.outcome := 'no_content';
    RETURN answer;
END
$$;
COMMENT ON FUNCTION postern.api_delete_webhook IS
'DELETE /v1/webhooks/{id}: delete a webhook. Nothing more is sent to it, except
what is in flight. What it is owed is cancelled: at most 100 deliveries at
once, the others and those still fresh by a worker, which also takes out of its
attempts what may have its URL. It counts for the limit of the account for a
day.';

CREATE OR REPLACE FUNCTION postern.api_rotate_secret(hook postern.webhook, input jsonb)
RETURNS postern.api_answer
LANGUAGE plpgsql VOLATILE
AS $$
DECLARE
    answer  postern.api_answer;
    overlap jsonb := coalesce(input -> 'overlap_seconds', '86400');
    sealed  jsonb := input -> 'sealed';
BEGIN
    IF (CASE WHEN jsonb_typeof(overlap) = 'number' THEN
            overlap::numeric NOT BETWEEN 0 AND 604800
            OR overlap::numeric % 1 <> 0 ELSE true END) THEN
        RETURN postern.api_invalid('overlap_seconds', overlap,
            'overlap_seconds must be a whole number from 0 to 604800.');
    END IF;
    PERFORM postern.lock_account(hook.account_id);
    hook := postern.api_webhook(hook.account_id, hook.id::text);
    IF hook.id IS NULL THEN
        answer.outcome := 'no_such';
        RETURN answer;
    END IF;
    PERFORM postern.replace_secret(hook, overlap::integer * interval '1 second',
        decode(sealed ->> 'key_id', 'hex'), decode(sealed ->> 'ephemeral', 'hex'),
        decode(sealed ->> 'nonce', 'hex'), decode(sealed ->> 'box', 'hex'));
    answer.outcome := 'ok';
    RETURN answer;
END
$$;
COMMENT ON FUNCTION postern.api_rotate_secret IS
'POST /v1/webhooks/{id}/rotate-secret: sealed, which the caller adds to the
input, becomes the secret. Earlier secrets keep signing for overlap_seconds (a
day by default), but not longer than they would have. A secret sealed for a
key that is unknown or retired: PS001.';
