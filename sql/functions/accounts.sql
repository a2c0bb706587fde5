-- accounts.sql - accounts and their access tokens.

CREATE OR REPLACE FUNCTION postern.create_account(name text)
RETURNS uuid
LANGUAGE plpgsql VOLATILE SECURITY DEFINER
SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    id uuid := postern.uuid7();
BEGIN
    IF name IS NULL OR name !~ '[^[:space:]]' OR length(name) > 200 THEN
        RAISE EXCEPTION 'an account''s name must have 1 to 200 characters and not be blank'
            USING ERRCODE = 'invalid_parameter_value';
    END IF;
    INSERT INTO postern.account (id, name) VALUES (id, name);
    RETURN id;
EXCEPTION
    WHEN unique_violation THEN
        RAISE EXCEPTION 'there is already an account named "%"', name
            USING ERRCODE = 'unique_violation',
                HINT = 'Its id: SELECT id FROM postern.accounts'
                    || ' WHERE name = ' || quote_literal(name);
END
$$;
COMMENT ON FUNCTION postern.create_account IS
'Make an account and return its id. The name is for operators: 1 to 200
characters, unique (otherwise unique_violation).';

CREATE OR REPLACE FUNCTION postern.lock_account(account uuid)
RETURNS void
LANGUAGE plpgsql VOLATILE
AS $$
BEGIN
    PERFORM FROM postern.account AS a WHERE a.id = account FOR NO KEY UPDATE;
    IF NOT FOUND THEN
        RAISE EXCEPTION 'there is no account %', coalesce(account::text, 'NULL')
            USING ERRCODE = 'no_data_found',
                HINT = 'The accounts: SELECT id, name FROM postern.accounts';
    END IF;
END
$$;
COMMENT ON FUNCTION postern.lock_account IS
'Wait for the account''s lock and hold it until the transaction ends. Unknown
account: no_data_found.';

CREATE OR REPLACE FUNCTION postern.set_webhook_limit(account uuid, n integer)
RETURNS void
LANGUAGE plpgsql VOLATILE SECURITY DEFINER
SET search_path = pg_catalog, pg_temp
SET enable_seqscan = off
SET enable_bitmapscan = off
SET jit = off
AS $$
BEGIN
    PERFORM postern.lock_account(account);
    IF n IS NULL OR n < 0 THEN
        RAISE EXCEPTION 'a webhook limit must be 0 or more, not %',
            coalesce(n::text, 'NULL')
            USING ERRCODE = 'invalid_parameter_value';
    END IF;
    UPDATE postern.account AS a SET webhook_limit = n WHERE a.id = account;
END
$$;
COMMENT ON FUNCTION postern.set_webhook_limit IS
'Let an account have at most n webhooks (1,000 by default). Webhooks that it
already has stay, and can be registered again.';

CREATE OR REPLACE FUNCTION postern.set_share(account uuid, share real)
RETURNS void
LANGUAGE plpgsql VOLATILE SECURITY DEFINER
SET search_path = pg_catalog, pg_temp
SET enable_seqscan = off
SET enable_bitmapscan = off
SET jit = off
AS $$
BEGIN
    UPDATE postern.platform_client AS c SET share = set_share.share WHERE c.id = account;
    IF FOUND THEN
        RETURN;
    END IF;
    PERFORM postern.lock_account(account);
    UPDATE postern.account AS a SET share = set_share.share WHERE a.id = account;
EXCEPTION
    WHEN check_violation OR not_null_violation THEN
        RAISE EXCEPTION 'a share must be from 0.01 to 100, not %',
            coalesce(set_share.share::text, 'NULL')
            USING ERRCODE = 'invalid_parameter_value',
                HINT = 'An account has 1 unless it is set.';
END
$$;
COMMENT ON FUNCTION postern.set_share IS
'Let an account have so many times what an account of share 1 has, 0.01 to 100,
where not all can have what they want: places, deliveries in hand, turns. It
counts for what is claimed next. In place of an account a client of the platform can
be given, by its id. Unknown: no_data_found; an invalid share: invalid_parameter_value.';

CREATE OR REPLACE FUNCTION postern.issue_token(
    account uuid, ttl interval DEFAULT '90 days',
    scopes text[] DEFAULT '{webhooks:read,webhooks:write}')
RETURNS text
LANGUAGE plpgsql VOLATILE SECURITY DEFINER
SET search_path = pg_catalog, pg_temp
SET enable_seqscan = off
SET enable_bitmapscan = off
SET jit = off
AS $$
DECLARE
    token text;
BEGIN
    PERFORM postern.lock_account(account);
    IF ttl IS NULL OR now() + ttl <= now() THEN
        RAISE EXCEPTION 'a token''s time to live must be longer than 0, not %',
            coalesce(ttl::text, 'NULL')
            USING ERRCODE = 'invalid_parameter_value',
                HINT = 'For example interval ''90 days''.';
    END IF;
    token := postern.new_token(postern.slot(account));
    INSERT INTO postern.access_token
        (account_id, id, hash, expires_at, scopes)
    VALUES (account, postern.uuid7(), sha256(convert_to(token, 'UTF8')),
            now() + ttl, scopes);
    RETURN token;
EXCEPTION
    WHEN check_violation OR not_null_violation THEN
        RAISE EXCEPTION 'invalid scopes for a token: %',
            coalesce(scopes::text, 'NULL')
            USING ERRCODE = 'invalid_parameter_value',
                HINT = 'Give some of webhooks:read, webhooks:write and messages:write.';
END
$$;
COMMENT ON FUNCTION postern.issue_token IS
'Make an access token for an account and return it. It is shown this once: only
its SHA-256 is stored. The token expires after ttl (90 days by default) and is
good for scopes: webhooks:read and webhooks:write, which are the default, and
messages:write, to publish to the account.';

CREATE OR REPLACE FUNCTION postern.revoke_token(token text)
RETURNS uuid
LANGUAGE plpgsql VOLATILE SECURITY DEFINER
SET search_path = pg_catalog, pg_temp
SET enable_seqscan = off
SET enable_bitmapscan = off
SET jit = off
AS $$
DECLARE
    by_hash bytea := sha256(convert_to(token, 'UTF8'));
    by_id   uuid;
    revoked uuid;
BEGIN
    IF token ~* '^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$' THEN
        by_id := token::uuid;
    END IF;
    UPDATE postern.access_token AS t
       SET revoked_at = coalesce(t.revoked_at, now())
     WHERE t.hash = coalesce((
           SELECT o.hash FROM postern.access_token AS o WHERE o.id = by_id), by_hash)
    RETURNING t.id INTO revoked;
    IF revoked IS NULL THEN
        revoked := postern.revoke_platform_token(by_hash, by_id);
    END IF;
    IF revoked IS NULL THEN
        RAISE EXCEPTION 'there is no such access token'
            USING ERRCODE = 'no_data_found',
                HINT = 'Give the token or its id: SELECT id, account_id, state'
                    || ' FROM postern.access_tokens';
    END IF;
    RETURN revoked;
END
$$;
COMMENT ON FUNCTION postern.revoke_token IS
'Refuse an access token from now on, and return its id. Takes the token or its
id. Calling it again is harmless. Unknown: no_data_found.';
