-- webhooks.sql - a webhook: its locks, and what operators change about it.

CREATE OR REPLACE FUNCTION postern.account_of(webhook uuid)
RETURNS uuid
LANGUAGE plpgsql STABLE
AS $$
DECLARE
    account uuid;
BEGIN
    SELECT w.account_id INTO account
      FROM postern.webhook AS w
     WHERE w.id = webhook AND w.state <> 'deleted';
    IF account IS NULL THEN
        RAISE EXCEPTION 'there is no webhook %', coalesce(webhook::text, 'NULL')
            USING ERRCODE = 'no_data_found',
                HINT = 'The webhooks: SELECT id, account_id, url'
                    || ' FROM postern.webhooks';
    END IF;
    RETURN account;
END
$$;
COMMENT ON FUNCTION postern.account_of IS
'The account that has a webhook, for operators, who give its id alone. Unknown:
no_data_found.';

CREATE OR REPLACE FUNCTION postern.await_webhook(account uuid, webhook uuid)
RETURNS void
LANGUAGE plpgsql VOLATILE
AS $$
BEGIN
    PERFORM postern.lock_account(account);
    PERFORM FROM postern.webhook AS w
      WHERE w.account_id = account AND w.id = webhook
        FOR NO KEY UPDATE;
END
$$;
COMMENT ON FUNCTION postern.await_webhook IS
'Wait for the locks of an account and its webhook, so that its lane may be
changed. Unknown account: no_data_found.';

CREATE OR REPLACE FUNCTION postern.hold_webhook(account uuid, webhook uuid)
RETURNS boolean
LANGUAGE plpgsql VOLATILE
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
COMMENT ON FUNCTION postern.hold_webhook IS
'Lock a webhook, so that its lane may be changed; false, at once, if another
transaction holds it.';

CREATE OR REPLACE FUNCTION postern.lock_webhook(account uuid, webhook uuid)
RETURNS postern.webhook
LANGUAGE plpgsql VOLATILE
AS $$
BEGIN
    PERFORM postern.await_webhook(account, webhook);
    INSERT INTO postern.lane AS l (account_id, webhook_id, next_at)
    VALUES (account, webhook, now())
    ON CONFLICT ON CONSTRAINT lane_pkey DO UPDATE SET next_at = l.next_at;
    RETURN postern.api_webhook(account, webhook::text);
END
$$;
COMMENT ON FUNCTION postern.lock_webhook IS
'Lock all that changes a webhook, in the order that avoids deadlocks, and
return the webhook as it is then; all NULL: it has been deleted. A lane that
is made for this is removed when a worker looks at it.';

CREATE OR REPLACE FUNCTION postern.set_webhook_state(
    account uuid, webhook uuid, new_state text, new_reason text, who text,
    delivery bigint DEFAULT NULL)
RETURNS void
LANGUAGE plpgsql VOLATILE
AS $$
DECLARE
    had postern.webhook;
BEGIN
    PERFORM postern.lock_account(account);
    IF new_state = 'enabled' THEN
        PERFORM postern.open_lane(account, webhook);
    END IF;
    had := postern.api_webhook(account, webhook::text);
    UPDATE postern.webhook AS w
       SET state = new_state, reason = new_reason, disabled_by = who,
           updated_at = clock_timestamp()
     WHERE w.account_id = account AND w.id = webhook AND w.state <> 'deleted';
    PERFORM postern.tell_of_state(had, delivery);
    IF new_state = 'enabled' THEN
        UPDATE postern.lane AS l SET failures = 0, failing_since = NULL, told = false
         WHERE l.account_id = account AND l.webhook_id = webhook;
    END IF;
END
$$;
COMMENT ON FUNCTION postern.set_webhook_state IS
'Set state, reason, and who disabled it, under the account''s lock, unless the
webhook is deleted, and tell the account. delivery is the one that has a worker
disable it. One that is enabled is sent what was held meanwhile.
Unknown account: no_data_found.';

CREATE OR REPLACE FUNCTION postern.disable_webhook(webhook uuid, reason text)
RETURNS void
LANGUAGE plpgsql VOLATILE SECURITY DEFINER
SET search_path = pg_catalog, pg_temp
SET enable_seqscan = off
SET enable_bitmapscan = off
SET jit = off
AS $$
BEGIN
    IF reason IS NULL OR reason !~ '[^[:space:]]' THEN
        RAISE EXCEPTION 'a reason is required to disable a webhook'
            USING ERRCODE = 'invalid_parameter_value';
    END IF;
    PERFORM postern.set_webhook_state(postern.account_of(webhook), webhook,
        'disabled', reason, 'operator');
END
$$;
COMMENT ON FUNCTION postern.disable_webhook IS
'Send nothing to a webhook until enable_webhook is called, even if its account
registers it again or tries to enable it. Unknown webhook: no_data_found. To
disable several in one transaction, go by account_id, so that no deadlock
arises.';

CREATE OR REPLACE FUNCTION postern.enable_webhook(webhook uuid)
RETURNS void
LANGUAGE plpgsql VOLATILE SECURITY DEFINER
SET search_path = pg_catalog, pg_temp
SET enable_seqscan = off
SET enable_bitmapscan = off
SET jit = off
AS $$
BEGIN
    PERFORM postern.set_webhook_state(postern.account_of(webhook), webhook,
        'enabled', NULL, NULL);
END
$$;
COMMENT ON FUNCTION postern.enable_webhook IS
'Undo disable_webhook, and send what was held meanwhile. Unknown webhook:
no_data_found.';

CREATE OR REPLACE FUNCTION postern.set_rate(webhook uuid, per_second real)
RETURNS void
LANGUAGE plpgsql VOLATILE SECURITY DEFINER
SET search_path = pg_catalog, pg_temp
SET enable_seqscan = off
SET enable_bitmapscan = off
SET jit = off
AS $$
DECLARE
    account uuid := postern.account_of(webhook);
BEGIN
    PERFORM postern.open_lane(account, webhook);
    UPDATE postern.webhook AS w SET rate = per_second
     WHERE w.account_id = account AND w.id = webhook;
EXCEPTION
    WHEN check_violation THEN
        RAISE EXCEPTION 'a rate must be from 0.001 to 10000 requests a second, not %',
            per_second
            USING ERRCODE = 'invalid_parameter_value',
                HINT = 'NULL removes the limit.';
END
$$;
COMMENT ON FUNCTION postern.set_rate IS
'Send a webhook at most so many requests a second, 0.001 to 10000; NULL: no
limit. Unknown webhook: no_data_found; an invalid rate:
invalid_parameter_value.';

CREATE OR REPLACE FUNCTION postern.set_max_in_flight(webhook uuid, requests integer)
RETURNS void
LANGUAGE plpgsql VOLATILE SECURITY DEFINER
SET search_path = pg_catalog, pg_temp
SET enable_seqscan = off
SET enable_bitmapscan = off
SET jit = off
AS $$
DECLARE
    account uuid := postern.account_of(webhook);
BEGIN
    PERFORM postern.await_webhook(account, webhook);
    UPDATE postern.webhook AS w SET max_in_flight = requests
     WHERE w.account_id = account AND w.id = webhook;
EXCEPTION
    WHEN check_violation THEN
        RAISE EXCEPTION 'max_in_flight must be from 1 to 10000 requests, not %', requests
            USING ERRCODE = 'invalid_parameter_value',
                HINT = 'NULL removes the limit.';
END
$$;
COMMENT ON FUNCTION postern.set_max_in_flight IS
'Have at most so many requests in flight to a webhook at one time, 1 to 10000,
in each worker, from what is sent next; NULL: as many as the worker finds that
it takes. Its --in-flight-per-webhook holds in either case. Unknown webhook:
no_data_found; an invalid number: invalid_parameter_value.';

CREATE OR REPLACE FUNCTION postern.set_timeout(webhook uuid, seconds integer)
RETURNS void
LANGUAGE plpgsql VOLATILE SECURITY DEFINER
SET search_path = pg_catalog, pg_temp
SET enable_seqscan = off
SET enable_bitmapscan = off
SET jit = off
AS $$
DECLARE
    account uuid := postern.account_of(webhook);
BEGIN
    PERFORM postern.await_webhook(account, webhook);
    UPDATE postern.webhook AS w SET timeout = seconds
     WHERE w.account_id = account AND w.id = webhook;
EXCEPTION
    WHEN check_violation THEN
        RAISE EXCEPTION 'a timeout must be from 1 to 60 seconds, not %', seconds
            USING ERRCODE = 'invalid_parameter_value',
                HINT = 'NULL brings back the default, 15 seconds.';
END
$$;
COMMENT ON FUNCTION postern.set_timeout IS
'Give a webhook so many seconds for an attempt as a whole, 1 to 60, of which at
most 5 are for the connection; NULL: 15. Unknown webhook: no_data_found; an
invalid time: invalid_parameter_value.';

CREATE OR REPLACE FUNCTION postern.set_ordered(webhook uuid, ordered boolean)
RETURNS void
LANGUAGE plpgsql VOLATILE SECURITY DEFINER
SET search_path = pg_catalog, pg_temp
SET enable_seqscan = off
SET enable_bitmapscan = off
SET jit = off
AS $$
DECLARE
    account uuid := postern.account_of(webhook);
BEGIN
    PERFORM postern.open_lane(account, webhook);
    UPDATE postern.webhook AS w SET ordered = set_ordered.ordered
     WHERE w.account_id = account AND w.id = webhook;
END
$$;
COMMENT ON FUNCTION postern.set_ordered IS
'From now on, send a webhook one delivery at a time in publish order, or stop
doing so. One that fails holds back those behind it; skip cancels it. Events
of transactions that overlap each other or this one have no order among them.
Unknown webhook: no_data_found.';

CREATE OR REPLACE FUNCTION postern.trim_secrets(
    at timestamptz, accounts uuid[], webhooks uuid[])
RETURNS void
LANGUAGE plpgsql VOLATILE
AS $$
BEGIN
    DELETE FROM postern.secret AS s
     USING (SELECT o.account_id, o.webhook_id, o.id, o.expires_at,
                   row_number() OVER (
                       PARTITION BY o.account_id, o.webhook_id
                       ORDER BY o.created_at DESC, o.id DESC) AS age
              FROM unnest(accounts, webhooks) AS w (account_id, webhook_id)
              JOIN postern.secret AS o
                ON o.account_id = w.account_id AND o.webhook_id = w.webhook_id)
           AS o
     WHERE (o.age > 4 OR o.expires_at <= at)
       AND s.account_id = o.account_id AND s.webhook_id = o.webhook_id
       AND s.id = o.id;
END
$$;
COMMENT ON FUNCTION postern.trim_secrets IS
'Delete the secrets of these webhooks that have expired, and all but the last
four of each: with a new one a webhook has five at most.';

CREATE OR REPLACE FUNCTION postern.replace_secret(
    hook postern.webhook, overlap interval,
    key_id bytea, ephemeral bytea, nonce bytea, box bytea)
RETURNS void
LANGUAGE plpgsql VOLATILE
AS $$
DECLARE
    at     timestamptz := clock_timestamp();
    new_id bytea       := uuid_send(postern.uuid7());
BEGIN
    PERFORM postern.require_sealing_key(key_id);
    IF octet_length(box) = 80 THEN
        new_id := set_byte(new_id, 6, get_byte(new_id, 6) & 15 | 128);
    END IF;
    UPDATE postern.secret AS s
       SET expires_at = least(s.expires_at, at + overlap)
     WHERE s.account_id = hook.account_id AND s.webhook_id = hook.id;
    PERFORM postern.trim_secrets(at, ARRAY[hook.account_id], ARRAY[hook.id]);
    INSERT INTO postern.secret
        (account_id, webhook_id, id, key_id, ephemeral, nonce, box, created_at)
    VALUES (hook.account_id, hook.id, encode(new_id, 'hex')::uuid, key_id, ephemeral,
        nonce, box, at);
END
$$;
COMMENT ON FUNCTION postern.replace_secret IS
'Give a webhook, whose account is locked, another secret, as it was sealed;
earlier ones sign for the overlap, but not longer than they would have. A secret
sealed for a key that is unknown or retired: PS001.';

CREATE OR REPLACE FUNCTION postern.import_secret(
    webhook uuid, key_id bytea, ephemeral bytea, nonce bytea, box bytea)
RETURNS void
LANGUAGE plpgsql VOLATILE SECURITY DEFINER
SET search_path = pg_catalog, pg_temp
SET enable_seqscan = off
SET enable_bitmapscan = off
SET jit = off
AS $$
DECLARE
    account uuid := postern.account_of(webhook);
    hook    postern.webhook;
BEGIN
    PERFORM postern.lock_account(account);
    hook := postern.api_webhook(account, webhook::text);
    IF hook.id IS NULL THEN
        PERFORM postern.account_of(webhook);
    END IF;
    PERFORM postern.replace_secret(hook, interval '24 hours', key_id, ephemeral, nonce, box);
EXCEPTION
    WHEN check_violation OR not_null_violation THEN
        RAISE EXCEPTION 'this is no sealed secret'
            USING ERRCODE = 'invalid_parameter_value',
                HINT = 'The command makes one: postern secrets import';
END
$$;
COMMENT ON FUNCTION postern.import_secret IS
'Sign a webhook''s deliveries with a secret that its receiver has from another
service, beside earlier ones for 24 hours, until it is replaced as any other. It
comes sealed, since the database must not have it in the clear: call it by the
command "postern secrets import". Unknown webhook: no_data_found; sealed for a key
that is unknown or retired: PS001; malformed: invalid_parameter_value.';

CREATE OR REPLACE FUNCTION postern.empty_webhooks(account uuid, webhooks uuid[])
RETURNS void
LANGUAGE plpgsql VOLATILE
AS $$
BEGIN
    UPDATE postern.webhook AS w
       SET state = 'deleted', url = 'deleted:' || w.id, canonical_url = 'deleted:' || w.id,
           description = NULL, reason = NULL, disabled_by = NULL, headers_id = NULL,
           updated_at = clock_timestamp()
     WHERE w.account_id = account AND w.id = ANY (webhooks);
    DELETE FROM postern.secret AS s
     WHERE s.account_id = account AND s.webhook_id = ANY (webhooks);
    DELETE FROM postern.webhook_headers AS h
     WHERE h.account_id = account AND h.webhook_id = ANY (webhooks);
    DELETE FROM postern.webhook_filter AS f
     WHERE f.account_id = account AND f.webhook_id = ANY (webhooks);
    DELETE FROM postern.health AS h
     WHERE h.account_id = account AND h.webhook_id = ANY (webhooks);
END
$$;
COMMENT ON FUNCTION postern.empty_webhooks IS
'Delete webhooks, which the caller has locked, with their secrets and headers. Their rows stay, so
that what belongs to them is found, and tell nothing of them.';
