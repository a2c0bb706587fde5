-- 0021-clients.sql - programs of accounts that get their own access tokens,
-- by OAuth's client credentials (RFC 6749, 4.4).
--
-- Nothing counts a client's failures: whoever knows its id, which is no
-- secret, could lock it out. Guessing 244 bits needs no counting; the web
-- server limits how often an address may try.

\ir 0002-ids.sql

CREATE TABLE postern.client (
    account_id  uuid        NOT NULL
        CONSTRAINT client_account_fkey REFERENCES postern.account,
    id          uuid        NOT NULL,
    name        text        NOT NULL,
    scopes      text[]      NOT NULL
        CONSTRAINT client_scopes_check
            CHECK (scopes <@ '{webhooks:read,webhooks:write}'
               AND cardinality(scopes) > 0
               AND array_position(scopes, NULL) IS NULL),
    secret_hash bytea       NOT NULL
        CONSTRAINT client_secret_hash_key UNIQUE
        CONSTRAINT client_secret_hash_check
            CHECK (octet_length(secret_hash) = 32),
    created_at  timestamptz NOT NULL DEFAULT now(),
    revoked_at  timestamptz,
    CONSTRAINT client_pkey PRIMARY KEY (account_id, id)
);
COMMENT ON TABLE postern.client IS
'Programs of accounts, which get access tokens by id and secret. The secret itself is nowhere: only its hash.';
COMMENT ON COLUMN postern.client.scopes IS
'What its tokens may be for.';
COMMENT ON COLUMN postern.client.secret_hash IS
'SHA-256 of the secret''s text.';
COMMENT ON COLUMN postern.client.revoked_at IS
'Since when it gets no tokens; NULL: it does.';

ALTER TABLE postern.access_token
    ADD client_id uuid,
    ADD CONSTRAINT access_token_client_fkey
        FOREIGN KEY (account_id, client_id) REFERENCES postern.client;
CREATE INDEX access_token_client
    ON postern.access_token (account_id, client_id, expires_at)
 WHERE client_id IS NOT NULL;
COMMENT ON COLUMN postern.access_token.client_id IS
'The client it was made for; NULL: it was made by postern.issue_token.';
COMMENT ON INDEX postern.access_token_client IS
'A client''s tokens, those first that expire first.';

-- Operators ------------------------------------------------------------------

CREATE FUNCTION postern.create_client(
    account uuid, name text,
    scopes text[] DEFAULT '{webhooks:read,webhooks:write}',
    OUT client_id uuid, OUT client_secret text)
RETURNS record
LANGUAGE plpgsql VOLATILE SECURITY DEFINER
SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
    PERFORM postern.lock_account(account);
    IF name IS NULL OR name !~ '\S' OR length(name) > 200 THEN
        RAISE EXCEPTION 'a client''s name is 1 to 200 characters, not blank'
            USING ERRCODE = 'invalid_parameter_value';
    END IF;
    client_id := postern.uuid7();
    client_secret := postern.new_credential('pcs_', postern.slot(account));
    INSERT INTO postern.client (account_id, id, name, scopes, secret_hash)
    VALUES (account, client_id, name,
            ARRAY(SELECT DISTINCT s.name
                    FROM unnest(scopes) AS s (name) ORDER BY s.name),
            sha256(convert_to(client_secret, 'UTF8')));
EXCEPTION
    WHEN check_violation OR not_null_violation THEN
        RAISE EXCEPTION 'not the scopes of a client: %',
            coalesce(scopes::text, 'NULL')
            USING ERRCODE = 'invalid_parameter_value',
                HINT = 'One or both of webhooks:read and webhooks:write.';
END
$$;
REVOKE ALL ON FUNCTION postern.create_client(uuid, text, text[]) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION postern.create_client(uuid, text, text[])
    TO postern_admin;
COMMENT ON FUNCTION postern.create_client(uuid, text, text[]) IS
'Let a program of the account get access tokens at /oauth/token, each for an
hour. Returns its id and its secret, this once: only the secret''s SHA-256 is
stored. The name is for operators, 1 to 200 characters. Its tokens may do what
scopes say: webhooks:read, webhooks:write, both unless said.';

CREATE FUNCTION postern.revoke_client(client uuid)
RETURNS void
LANGUAGE plpgsql VOLATILE SECURITY DEFINER
SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    account uuid;
BEGIN
    UPDATE postern.client AS c
       SET revoked_at = coalesce(c.revoked_at, now())
     WHERE c.id = client
    RETURNING c.account_id INTO account;
    IF account IS NULL THEN
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
REVOKE ALL ON FUNCTION postern.revoke_client(uuid) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION postern.revoke_client(uuid) TO postern_admin;
COMMENT ON FUNCTION postern.revoke_client(uuid) IS
'Give a client no more tokens, and refuse those that it has, from now on.
Again is harmless. Unknown: no_data_found.';

CREATE VIEW postern.clients AS
SELECT c.id, c.account_id, c.name, c.scopes,
       CASE WHEN c.revoked_at IS NULL THEN 'valid' ELSE 'revoked' END AS state,
       (SELECT count(*) FROM postern.access_token AS t
         WHERE t.account_id = c.account_id AND t.client_id = c.id
           AND t.expires_at > now() AND t.revoked_at IS NULL) AS tokens,
       c.created_at, c.revoked_at
  FROM postern.client AS c;
COMMENT ON VIEW postern.clients IS
'Programs that get access tokens by id and secret, with how many each has that
are valid. Secrets themselves are stored nowhere.';
COMMENT ON COLUMN postern.clients.id IS 'its client_id, for revoke_client';
COMMENT ON COLUMN postern.clients.account_id IS 'whose it is';
COMMENT ON COLUMN postern.clients.name IS 'as given to create_client';
COMMENT ON COLUMN postern.clients.scopes IS 'what its tokens may be for';
COMMENT ON COLUMN postern.clients.state IS 'valid or revoked';
COMMENT ON COLUMN postern.clients.tokens IS 'how many valid ones it has';
COMMENT ON COLUMN postern.clients.created_at IS 'when create_client was called';
COMMENT ON COLUMN postern.clients.revoked_at IS 'when revoke_client ended it';
GRANT SELECT ON postern.clients TO postern_admin;

CREATE OR REPLACE VIEW postern.access_tokens AS
SELECT t.id, t.account_id,
       CASE WHEN t.revoked_at IS NOT NULL THEN 'revoked'
            WHEN t.expires_at <= now() THEN 'expired'
            ELSE 'valid' END AS state,
       t.created_at, t.expires_at, t.revoked_at, t.scopes, t.client_id
  FROM postern.access_token AS t;
COMMENT ON COLUMN postern.access_tokens.client_id IS
'the client it was made for; NULL: made by issue_token';

-- The responder --------------------------------------------------------------

CREATE FUNCTION postern.authenticate_client(client text, secret_hash bytea)
RETURNS postern.client
LANGUAGE plpgsql VOLATILE SECURITY DEFINER
SET search_path = pg_catalog, pg_temp
SET plan_cache_mode = force_generic_plan
SET enable_seqscan = off
SET enable_bitmapscan = off
AS $$
DECLARE
    found postern.client;
BEGIN
    -- By the hash's index: what the time tells is of a hash, not the secret.
    -- The lock makes revoke_client wait, so that it misses no token.
    SELECT c.* INTO found
      FROM postern.client AS c
     WHERE c.secret_hash = authenticate_client.secret_hash
       AND c.id::text = client AND c.revoked_at IS NULL
       FOR SHARE;
    RETURN found;
END
$$;
REVOKE ALL ON FUNCTION postern.authenticate_client(text, bytea) FROM PUBLIC;
COMMENT ON FUNCTION postern.authenticate_client(text, bytea) IS
'The client with this id and the SHA-256 of this secret, unless it is revoked;
else NULLs.';

CREATE FUNCTION postern.oauth_token(
    client text, secret_hash bytea, scope text,
    OUT outcome text, OUT body text)
RETURNS record
LANGUAGE plpgsql VOLATILE SECURITY DEFINER
SET search_path = pg_catalog, pg_temp
SET plan_cache_mode = force_generic_plan
SET enable_seqscan = off
SET enable_bitmapscan = off
AS $$
DECLARE
    lifetime CONSTANT interval := '1 hour';
    found  postern.client := postern.authenticate_client(client, secret_hash);
    scopes text[]         := found.scopes;
    token  text;
BEGIN
    IF found.id IS NULL THEN
        outcome := 'invalid_client';
        RETURN;
    END IF;
    IF scope IS NOT NULL THEN
        scopes := ARRAY(
            SELECT DISTINCT s.name
              FROM unnest(string_to_array(scope, ' ')) AS s (name)
             ORDER BY s.name);
    END IF;
    IF scopes = '{}' OR NOT scopes <@ found.scopes THEN
        outcome := 'invalid_scope';
        RETURN;
    END IF;
    -- Two for one, so that a client that asks often leaves no heap behind.
    DELETE FROM postern.access_token AS t
     WHERE t.account_id = found.account_id
       AND t.id = ANY (ARRAY(
           SELECT e.id
             FROM postern.access_token AS e
            WHERE e.account_id = found.account_id AND e.client_id = found.id
              AND e.expires_at <= now() - interval '1 day'
            ORDER BY e.expires_at
            LIMIT 2
              FOR UPDATE SKIP LOCKED));
    token := postern.new_token(postern.slot(found.account_id));
    INSERT INTO postern.access_token
        (account_id, id, hash, expires_at, scopes, client_id)
    VALUES (found.account_id, postern.uuid7(),
            sha256(convert_to(token, 'UTF8')), now() + lifetime, scopes,
            found.id);
    outcome := 'ok';
    body := format('{"access_token":"%s","token_type":"Bearer",'
            || '"expires_in":%s,"scope":"%s"}',
        token, extract(epoch FROM lifetime)::integer,
        array_to_string(scopes, ' '));
END
$$;
REVOKE ALL ON FUNCTION postern.oauth_token(text, bytea, text) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION postern.oauth_token(text, bytea, text)
    TO postern_responder;
COMMENT ON FUNCTION postern.oauth_token(text, bytea, text) IS
'Make an access token for the client with this id and the SHA-256 of this
secret. scope: names with a blank between them, or NULL for all that the
client has. outcome is ok, and body the answer of RFC 6749, 5.1; invalid_client;
or invalid_scope.';

CREATE FUNCTION postern.oauth_revoke(
    client text, secret_hash bytea, token_hash bytea)
RETURNS text
LANGUAGE plpgsql VOLATILE SECURITY DEFINER
SET search_path = pg_catalog, pg_temp
SET plan_cache_mode = force_generic_plan
SET enable_seqscan = off
SET enable_bitmapscan = off
AS $$
DECLARE
    found postern.client := postern.authenticate_client(client, secret_hash);
BEGIN
    IF found.id IS NULL THEN
        RETURN 'invalid_client';
    END IF;
    UPDATE postern.access_token AS t
       SET revoked_at = now()
     WHERE t.hash = token_hash AND t.account_id = found.account_id
       AND t.client_id = found.id AND t.revoked_at IS NULL;
    RETURN 'ok';
END
$$;
REVOKE ALL ON FUNCTION postern.oauth_revoke(text, bytea, bytea) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION postern.oauth_revoke(text, bytea, bytea)
    TO postern_responder;
COMMENT ON FUNCTION postern.oauth_revoke(text, bytea, bytea) IS
'Refuse the access token with this SHA-256 from now on, for the client with
this id and the SHA-256 of this secret: ok, also when it has been issued no
such token (NULL: a text that is none); or invalid_client.';
