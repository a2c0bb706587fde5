-- api_create_webhook.sql - the API that makes a webhook.

CREATE OR REPLACE FUNCTION postern.insert_webhook(hook postern.webhook, input jsonb)
RETURNS void
LANGUAGE plpgsql VOLATILE
AS $$
DECLARE
    sealed jsonb := input -> 'sealed';
BEGIN
    INSERT INTO postern.webhook AS w (account_id, id, url, canonical_url)
    VALUES (hook.account_id, hook.id, input ->> 'url', input ->> 'canonical_url')
    RETURNING w.* INTO hook;
    UPDATE postern.account AS a SET webhook_count = a.webhook_count + 1
     WHERE a.id = hook.account_id;
    PERFORM postern.replace_secret(hook, interval '0',
        decode(sealed ->> 'key_id', 'hex'), decode(sealed ->> 'ephemeral', 'hex'),
        decode(sealed ->> 'nonce', 'hex'), decode(sealed ->> 'box', 'hex'));
    PERFORM postern.change_webhook(hook, input);
END
$$;
COMMENT ON FUNCTION postern.insert_webhook IS
'Give an account, which the caller has locked, a webhook with this id and with values
that the caller has checked, and its secret. Sealed for a key that is unknown or
retired: PS001.';

CREATE OR REPLACE FUNCTION postern.api_create_webhook(account uuid, input jsonb)
RETURNS postern.api_answer
LANGUAGE plpgsql VOLATILE
AS $$
DECLARE
    answer postern.api_answer;
    hook   postern.webhook;
BEGIN
    IF NOT input ? 'url' THEN
        RETURN postern.api_invalid('url', NULL, 'url is missing.');
    ELSIF NOT input ? 'events' THEN
        RETURN postern.api_invalid('events', NULL, 'events is missing.');
    END IF;
    answer := postern.api_bad_change(input);
    IF answer.outcome IS NOT NULL THEN
        RETURN answer;
    END IF;
    PERFORM postern.lock_account(account);
    hook.account_id := account;
    hook.id := postern.uuid7();
    answer.text := postern.api_conflict(hook, input);
    IF answer.text IS NOT NULL THEN
        answer.outcome := 'conflict';
        RETURN answer;
    ELSIF EXISTS (
            SELECT FROM postern.account AS a
             WHERE a.id = account AND a.webhook_count + a.deleted_count >= a.webhook_limit) THEN
        answer.outcome := 'webhook_limit_reached';
        RETURN answer;
    END IF;
    PERFORM postern.insert_webhook(hook, input);
    answer := postern.api_get_webhook(postern.api_webhook(account, hook.id::text));
    answer.outcome := 'created';
    answer.next := hook.id;
    RETURN answer;
END
$$;
COMMENT ON FUNCTION postern.api_create_webhook IS
'POST /v1/webhooks: make a webhook with the members that api_change_webhook takes, of
which url and events must be there, and the secret sealed, which the caller adds to the
input. next is its id. The URL of another webhook of the account is a conflict.';
