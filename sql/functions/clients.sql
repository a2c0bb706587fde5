-- clients.sql - programs of accounts that get access tokens by id and secret.

CREATE OR REPLACE FUNCTION postern.credential_account(
    hash bytea, OUT account_id uuid, OUT share real)
RETURNS record
LANGUAGE plpgsql STABLE SECURITY DEFINER
SET search_path = pg_catalog, pg_temp
SET plan_cache_mode = force_generic_plan
SET enable_seqscan = off
SET enable_bitmapscan = off
SET jit = off
AS $$
BEGIN
    SELECT t.account_id INTO account_id
      FROM postern.access_token AS t
     WHERE t.hash = credential_account.hash;
    IF account_id IS NULL THEN
        SELECT c.account_id INTO account_id
          FROM postern.client AS c
         WHERE c.secret_hash = credential_account.hash;
    END IF;
    SELECT a.share INTO share
      FROM postern.account AS a
     WHERE a.id = account_id;
    IF account_id IS NULL THEN
        SELECT c.id, c.share INTO account_id, share
          FROM postern.platform_client AS c
         WHERE c.id = coalesce((
               SELECT t.client_id
                 FROM postern.platform_token AS t
                WHERE t.hash = credential_account.hash), (
               SELECT o.id
                 FROM postern.platform_client AS o
                WHERE o.secret_hash = credential_account.hash));
    END IF;
END
$$;
COMMENT ON FUNCTION postern.credential_account IS
'The account, and its share, of the access token or the client secret with this
SHA-256, even if it has ended; NULLs: there is none. Of a client of the platform,
which has no account, its own id. The responder counts by it what an account holds;
it waits for no lock.';

CREATE OR REPLACE FUNCTION postern.check_client_name(name text)
RETURNS void
LANGUAGE plpgsql IMMUTABLE
AS $$
BEGIN
    IF name IS NULL OR name !~ '[^[:space:]]' OR length(name) > 200 THEN
        RAISE EXCEPTION 'a client''s name must have 1 to 200 characters and not be blank'
            USING ERRCODE = 'invalid_parameter_value';
    END IF;
END
$$;
COMMENT ON FUNCTION postern.check_client_name IS
'Says what the name of a client may be, if this may not: invalid_parameter_value.';

CREATE OR REPLACE FUNCTION postern.create_client(
    account uuid, name text,
    scopes text[] DEFAULT '{webhooks:read,webhooks:write}',
    OUT client_id uuid, OUT client_secret text)
RETURNS record
LANGUAGE plpgsql VOLATILE SECURITY DEFINER
SET search_path = pg_catalog, pg_temp
SET enable_seqscan = off
SET enable_bitmapscan = off
SET jit = off
AS $$
BEGIN
    PERFORM postern.lock_account(account);
    PERFORM postern.check_client_name(name);
    client_id := postern.uuid7();
    client_secret := postern.new_credential('pcs_', postern.slot(account));
    INSERT INTO postern.client (account_id, id, name, scopes, secret_hash)
    VALUES (account, client_id, name,
            ARRAY(SELECT DISTINCT s.name
                    FROM unnest(scopes) AS s (name) ORDER BY s.name),
            sha256(convert_to(client_secret, 'UTF8')));
EXCEPTION
    WHEN check_violation OR not_null_violation THEN
        RAISE EXCEPTION 'invalid scopes for a client: %',
            coalesce(scopes::text, 'NULL')
            USING ERRCODE = 'invalid_parameter_value',
                HINT = 'Give some of webhooks:read, webhooks:write and messages:write.';
END
$$;
COMMENT ON FUNCTION postern.create_client IS
'Let a program of the account get access tokens at /oauth/token, each for an
hour. Returns its id and its secret. The secret is shown this once: only its
SHA-256 is stored. The name is for operators, 1 to 200 characters. The tokens
are good for scopes: webhooks:read and webhooks:write, which are the default, and
messages:write, to publish to the account.';

CREATE OR REPLACE FUNCTION postern.revoke_client(client uuid)
RETURNS void
LANGUAGE plpgsql VOLATILE SECURITY DEFINER
SET search_path = pg_catalog, pg_temp
SET enable_seqscan = off
SET enable_bitmapscan = off
SET jit = off
AS $$
DECLARE
    account uuid;
BEGIN
    UPDATE postern.client AS c
       SET revoked_at = coalesce(c.revoked_at, now())
     WHERE c.id = client
    RETURNING c.account_id INTO account;
    IF account IS NULL THEN
        IF postern.revoke_platform_client(client) THEN
            RETURN;
        END IF;
        RAISE EXCEPTION 'there is no client %', coalesce(client::text, 'NULL')
            USING ERRCODE = 'no_data_found',
                HINT = 'The clients: SELECT id, name, account_id'
                    || ' FROM postern.clients';
    END IF;
    UPDATE postern.access_token AS t
       SET revoked_at = now()
     WHERE t.account_id = account AND t.client_id = client
       AND t.expires_at > now() AND t.revoked_at IS NULL;
END
$$;
COMMENT ON FUNCTION postern.revoke_client IS
'Give a client no more tokens, and refuse those that it has, from now on.
Calling it again is harmless. Unknown: no_data_found.';
